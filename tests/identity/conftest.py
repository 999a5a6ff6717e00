"""People on disk, over SQLite and over a private PostgreSQL, with a clock that tests turn."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from chengmo.identity import NewAccount, People
from chengmo.ledger import Database, open_database

# As cheap as argon2 goes: what is tested is when it is asked, not how hard it is.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "three bridges over han"


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest) -> str | None:
    """The address of a new database; None for SQLite."""
    return request.getfixturevalue("postgresql_database") if request.param != "sqlite" else None


@pytest.fixture(scope="session")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `root` on it, to be copied: made once."""
    folder = tmp_path_factory.mktemp("inhabited")
    database = open_database(folder)
    _add_root(People(database, clock=Hands(), hasher=CHEAP))
    database.close()
    return folder


def _add_root(people: People) -> People:
    root = NewAccount(id="root", roles=frozenset({"administrator"}))
    people.add_account(root, password=PASSWORD)
    return people


@pytest.fixture
def database(
    request: pytest.FixtureRequest, tmp_path: Path, url: str | None, inhabited: Path
) -> Iterator[Database]:
    """A new database; where `people` are asked for on SQLite, with `root` on it already."""
    if url is None and "people" in request.fixturenames:
        shutil.copytree(inhabited, tmp_path, dirs_exist_ok=True)
    opened = open_database(tmp_path, url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Hands:
    """The time."""
    return Hands()


@pytest.fixture
def people(database: Database, clock: Hands) -> People:
    """The people of a platform on which only the administrator `root` has a password."""
    made = People(database, clock=clock, hasher=CHEAP)
    return made if made.accounts() else _add_root(made)


@pytest.fixture
def other(database: Database, clock: Hands, people: People) -> People:
    """The same people as another process sees them."""
    return People(database, clock=clock, hasher=CHEAP)
