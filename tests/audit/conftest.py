"""Logs on disk, over SQLite and over a private PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chengmo.audit import Access, AuditLog, AuditSettings
from chengmo.ledger import Database, open_database

# Sealed and signed when a test says so, not by the clock.
BY_HAND = AuditSettings(seal_every_s=3600, checkpoint_s=3600, checkpoint_entries=1_000_000)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest) -> str | None:
    """The address of a new database; None for SQLite."""
    return request.getfixturevalue("postgresql_database") if request.param != "sqlite" else None


@pytest.fixture
def database(tmp_path: Path, url: str | None) -> Iterator[Database]:
    """A new database."""
    opened = open_database(tmp_path, url)
    yield opened
    opened.close()


@pytest.fixture
def log(database: Database, tmp_path: Path) -> Iterator[AuditLog]:
    """A new log that seals and signs when it is told to."""
    with AuditLog(database, tmp_path, BY_HAND) as opened:
        yield opened


@pytest.fixture
def make() -> Callable[..., Access]:
    """Make an access, different from the others where the test says so."""
    return access


def access(**stated) -> Access:
    """Return a plain access but for what is stated."""
    usual = {
        "actor": "lin",
        "via": "ogc",
        "action": "read",
        "verdict": "allowed",
        "roles": ("analyst",),
        "organisation": "traffic",
        "dataset": "population",
        "version": 3,
        "purpose": "优化公交",
        "reason": "purpose-allowed",
        "rows": 20,
        "detail": {"address": "127.0.0.1"},
    }
    return Access(**{**usual, **stated})
