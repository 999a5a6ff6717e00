"""The people whom the ways in ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from chengmo.identity import People
from chengmo.ledger import open_database


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    """Nobody yet, and passwords that cost next to nothing to check."""
    database = open_database(tmp_path)
    yield People(database, hasher=PasswordHasher(1, 8, 1))
    database.close()
