"""One commit at a time: a lock that a killed process cannot leave behind."""

import fcntl
import random
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from chengmo.errors import Conflict, LakeUnavailable

WAIT_S = 600.0
# Any fixed number will do, as long as nothing else in the same database takes it.
ADVISORY_KEY = 0x6368656E676D6F


class CommitLock(Protocol):
    """What a commit holds from its first look at the catalogue to its acknowledgement."""

    def held(self) -> AbstractContextManager[None]:
        """Hold the lock inside the block.

        Raises:
            Conflict: If another commit holds it for longer than the wait.
            LakeUnavailable: If the lock itself cannot be reached.
        """
        ...


@dataclass(frozen=True)
class FolderLock:
    """A lock on a file: between threads and processes of one machine. The kernel releases it."""

    path: Path
    wait_s: float = WAIT_S

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock inside the block."""
        try:
            file = self.path.open("a")
        except OSError as error:
            raise LakeUnavailable(
                f"{self.path} cannot be written: {error.strerror}",
                hint="check the rights on the home folder and the space on its disk",
            ) from error
        with file:
            deadline = time.monotonic() + self.wait_s
            while not _try_lock(file.fileno()):
                if time.monotonic() > deadline:
                    raise _busy(self.wait_s)
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - jitter, not a secret
            yield


@dataclass(frozen=True)
class PostgresLock:
    """An advisory lock: between all machines that share a database. The server releases it."""

    database: str
    wait_s: float = WAIT_S

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock inside the block."""
        url = make_url(self.database).set(drivername="postgresql+psycopg")
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            connection = engine.connect()
        except SQLAlchemyError as error:
            raise LakeUnavailable(
                f"the database at {url.host or 'the local socket'} does not answer",
                hint="check that PostgreSQL runs and that CHENGMO_DATABASE is right",
            ) from error
        with connection:
            deadline = time.monotonic() + self.wait_s
            ask = text("SELECT pg_try_advisory_lock(:key)")
            while not connection.execute(ask, {"key": ADVISORY_KEY}).scalar():
                if time.monotonic() > deadline:
                    raise _busy(self.wait_s)
                time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - jitter, not a secret
            # Closing the session releases the lock, whatever happened inside.
            yield


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy(wait_s: float) -> Conflict:
    return Conflict(
        f"another import has held the lake for {wait_s:.0f} seconds",
        hint="wait until it is done, then try again",
    )
