"""Ledgers on disk, over SQLite and over a private PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chengmo.ledger import Database, Ledger, open_database


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
def ledger(database: Database) -> Ledger:
    """A new ledger."""
    return Ledger(database)
