"""The journal: where an access is safe before the database knows of it.

Each process appends lines to a file of its own. What `os.write` has taken survives the end of the
process, `kill -9` included, because it is the kernel's; a loss of power may take what the kernel
has not written to the disk yet, some seconds, unless every line is synced.

A file is locked (flock) as long as its process lives. The kernel drops the lock when it ends, so
whoever can lock a file of the folder knows that it was left behind, and takes it over.
"""

import errno
import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chengmo.errors import LakeUnavailable, PlatformError, ResourceExhausted

MOST_BYTES = 8 << 20
_SUFFIX = ".jsonl"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass
class Segment:
    """One file of the journal, locked by this process.

    Attributes:
        path: Where it lies.
        descriptor: Open, with the lock.
        size: Bytes of whole lines.
    """

    path: Path
    descriptor: int
    size: int = 0

    def lines(self) -> list[bytes]:
        """Return the whole lines. A torn last one was never acknowledged."""
        return self.path.read_bytes().split(b"\n")[:-1]

    def discard(self) -> None:
        """Delete the file: everything in it is in the database."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)

    def leave(self) -> None:
        """Let go of the file, for whoever opens the log next."""
        os.close(self.descriptor)

    def set_aside(self) -> None:
        """Keep a file nobody can read, out of the way."""
        self.path.rename(self.path.with_suffix(".unreadable"))
        os.close(self.descriptor)


class Journal:
    """The lines of this process that the database does not have yet; threads may share it."""

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        """Use `folder`, made when the first line is written."""
        self.folder = folder
        self._fsync = fsync
        self._lock = threading.Lock()
        self._current: Segment | None = None
        self._full: list[Segment] = []

    def append(self, line: bytes) -> None:
        """Write `line`, which ends with a line feed; it is the kernel's when this returns.

        Raises:
            PlatformError: If it cannot be written; then nothing of it is.
        """
        with self._lock:
            try:
                segment = self._current or self._begin()
                self._write(segment, line)
            except OSError as error:
                raise _unwritten(error) from error
            if segment.size >= MOST_BYTES:
                self._full.append(segment)
                self._current = None

    def take(self) -> list[Segment]:
        """Return the files written so far; what comes after goes into a new one."""
        with self._lock:
            taken = [*self._full, *([self._current] if self._current else [])]
            self._full, self._current = [], None
        return taken

    def left_behind(self) -> Iterator[Segment]:
        """Yield the files of processes that are gone, oldest first, locked by this one now."""
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            with suppress(FileNotFoundError):
                descriptor = os.open(path, os.O_RDWR)
                if _lock(descriptor):
                    yield Segment(path, descriptor, os.fstat(descriptor).st_size)
                else:
                    os.close(descriptor)

    def _begin(self) -> Segment:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while self._current is None:
            path = self.folder / f"{time.time_ns():020d}-{secrets.token_hex(6)}{_SUFFIX}"
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            # Between these two lines another process may have found the file, empty, and taken it.
            if _lock(descriptor):
                self._current = Segment(path, descriptor)
            else:
                os.close(descriptor)
        return self._current

    def _write(self, segment: Segment, line: bytes) -> None:
        written = 0
        try:
            written = os.write(segment.descriptor, line)
            if written == len(line) and self._fsync:
                os.fdatasync(segment.descriptor)
        finally:
            if 0 < written < len(line):
                # A disk that ran full in the middle: the next line must not join the torn one.
                os.ftruncate(segment.descriptor, segment.size)
        if written < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        segment.size += written


def _lock(descriptor: int) -> bool:
    """Lock a file that is still in its folder; tell whether that worked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(descriptor).st_nlink > 0


def _unwritten(error: OSError) -> PlatformError:
    kind = ResourceExhausted if error.errno in _FULL else LakeUnavailable
    return kind(
        f"the access could not be written into the audit: {error.strerror}",
        hint="nothing leaves without being written down: make room in the home folder",
    )
