"""Contests on disk, over SQLite and over a private PostgreSQL, with a clock that tests turn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chengmo.contests.contest import Contest, OpenedContest
from chengmo.contests.store import ContestStore, Entry
from chengmo.ledger import Database, open_database

START = datetime(2026, 3, 1, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 3, 10, 16, tzinfo=UTC)


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


def contest_of(**stated) -> Contest:
    words = {"zh": "题", "en": "words"}
    return Contest.model_validate(
        {
            "id": "c", "title": words, "task": words, "rules": words, "training": ["open"],
            "hidden": "hidden", "keys": ["id"], "target": "y", "metric": "mae", "step": 0.5,
            "start": START, "deadline": DEADLINE, "per_day": 2, "in_all": 3, **stated,
        }
    )  # fmt: skip


def entry_of(content=b"a", entrant="li", **stated) -> Entry:
    return Entry(**{"entrant": entrant, "actor": entrant, "is_ranked": True, "name": "a.csv",
                    "content": content, **stated})  # fmt: skip


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request, tmp_path: Path) -> Iterator[Database]:
    url = request.getfixturevalue("postgresql_database") if request.param != "sqlite" else None
    opened = open_database(tmp_path, url)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database, clock: Hands) -> ContestStore:
    """A store with the contest `c`."""
    made = ContestStore(database, clock)
    made.open(opened_of(contest_of()), b"s" * 32)
    return made


def opened_of(contest: Contest) -> OpenedContest:
    return OpenedContest(
        contest=contest, version=1, rows=3, scoring_version="1", opened_utc="", opened_by="root"
    )


@pytest.fixture
def make():
    return contest_of


@pytest.fixture
def entry():
    return entry_of


@pytest.fixture
def opened():
    return opened_of
