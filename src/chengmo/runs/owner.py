"""Who works on a run: a process, known to be alive by a lock that the kernel lets go at its end."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from chengmo.errors import PlatformError

_LOCK = "lock"
_NODE = "node"


class Owner:
    """This process as an owner of runs, with a folder for their files.

    A lock rather than a process id: ids are used again, and differ between containers that share
    a folder.
    """

    def __init__(self, folder: Path) -> None:
        """Take a place in `folder`, after removing what dead owners left there.

        Raises:
            PlatformError: If nothing can be written there.
        """
        self._folder = folder
        try:
            self._take_place(folder)
        except OSError as error:
            raise PlatformError(
                f"the folder {folder} cannot be used: {error.strerror}",
                hint="see that it may be written to and that its disk has room",
            ) from error

    def _take_place(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _exclusive(folder / _LOCK):
            self._node = _node_of(folder)
            _remove_dead(folder)
            self.id = f"{self._node}.{secrets.token_hex(8)}"
            self.folder = folder / self.id
            self.folder.mkdir(mode=0o700)
            self._lock = os.open(self.folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def is_dead(self, other: str) -> bool:
        """Tell whether `other` is known to have ended; False if it works on another machine."""
        if other.partition(".")[0] != self._node or other == self.id:
            return False
        return not _is_locked(self._folder / other / _LOCK)

    def close(self) -> None:
        """Leave."""
        with _exclusive(self._folder / _LOCK):
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self._lock)


def _node_of(folder: Path) -> str:
    path = folder / _NODE
    if not path.exists():
        path.write_text(secrets.token_hex(4), encoding="ascii")
    return path.read_text(encoding="ascii")


def _remove_dead(folder: Path) -> None:
    for place in folder.iterdir():
        if place.is_dir() and not _is_locked(place / _LOCK):
            shutil.rmtree(place, ignore_errors=True)


def _is_locked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def _exclusive(path: Path) -> Generator[None]:
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
