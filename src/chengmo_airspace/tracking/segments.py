"""The log: segments of frames on disk, appended to, never changed.

`append` returns when its frames are on disk. A process that is killed leaves at most one frame by
half, at the end of the last segment, which was not acknowledged: it is cut off at the next start.
One process writes; any may read (`segment_files.py`).
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chengmo import PlatformError
from chengmo_airspace.tracking.frame import HEAD, read_head
from chengmo_airspace.tracking.record import Records
from chengmo_airspace.tracking.segment_files import (
    ENTRY,
    INDEX,
    OPENING,
    Segments,
    entry_of,
    failed,
    scan,
)

SEGMENT_BYTES = 256 * 2**20
_UNFINISHED = ".new"


class SegmentLog(Segments):
    """Frames in a folder, to write and to read."""

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open the log, cutting off what is not whole.

        Raises:
            PlatformError: If another process writes to it, or the disk fails.
        """
        self._segment_bytes = segment_bytes
        self._tail: list[tuple[Any, ...]] = []
        self._file = -1
        self._size = 0
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            super().__init__(folder)
            self._guard = _locked(folder)
            for left in folder.glob(f"*{_UNFINISHED}"):
                left.unlink()
            if self.numbers:
                self._resume(self.numbers[-1])
        except OSError as error:
            raise failed(error) from error

    @property
    def is_full(self) -> bool:
        """Whether a new segment must be begun before anything is appended."""
        return self._file < 0 or self._size >= self._segment_bytes

    def begin(self, frames: Sequence[bytes]) -> None:
        """Begin a segment with frames by which it can be read alone.

        Raises:
            PlatformError: If the disk fails; there is no such segment then.
        """
        try:
            self._begin(frames)
        except OSError as error:
            raise failed(error) from error

    def append(self, frames: Sequence[bytes]) -> None:
        """Write frames; return when they are on disk.

        Raises:
            PlatformError: If the disk fails; nothing of them is there then.
        """
        try:
            start = self._size
            try:
                _write_all(self._file, b"".join(frames))
                os.fdatasync(self._file)
            except OSError:
                os.ftruncate(self._file, start)
                os.lseek(self._file, start, os.SEEK_SET)
                raise
            self._note(frames)
        except OSError as error:
            raise failed(error) from error

    def close(self) -> None:
        """End writing."""
        for file in (self._file, self._guard):
            if file >= 0:
                os.close(file)
        self._file = self._guard = -1

    def entries(self, number: int) -> Records:
        """Return the index of a segment, `ENTRY` records in order."""
        with self._lock:
            if self.numbers and number == self.numbers[-1]:
                return np.array(self._tail, ENTRY)
        return super().entries(number)

    def drop_before(self, at_us: int) -> None:
        """Delete the segments all of whose frames were decided before an instant."""
        while len(self.numbers) > 1:
            entries = self.entries(self.numbers[0])
            if len(entries) and int(entries["at"].max()) >= at_us:
                return
            with self._lock:
                number = self.numbers.pop(0)
                self._entries.pop(number, None)
            self.path(number).unlink(missing_ok=True)
            self.path(number, INDEX).unlink(missing_ok=True)

    def _resume(self, number: int) -> None:
        path = self.path(number)
        self._file = os.open(path, os.O_RDWR)
        self._size = len(OPENING)
        for offset, head in scan(path):
            self._tail.append(entry_of(offset, head))
            self._size = offset + HEAD.size + head.stored
        os.ftruncate(self._file, self._size)
        os.fsync(self._file)
        os.lseek(self._file, self._size, os.SEEK_SET)

    def _begin(self, frames: Sequence[bytes]) -> None:
        """Begin a segment: it has its name only when what it begins with is on disk."""
        number = self.numbers[-1] + 1 if self.numbers else 1
        path = self.path(number, _UNFINISHED)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write_all(file, b"".join([OPENING, *frames]))
            os.fsync(file)
            path.rename(self.path(number))
            _sync_folder(self.folder)
        except OSError:
            os.close(file)
            raise
        if self._file >= 0:
            os.close(self._file)
            self._write_index(self.numbers[-1])
        with self._lock:
            self.numbers.append(number)
            self._tail, self._file, self._size = [], file, len(OPENING)
        self._note(frames)

    def _note(self, frames: Sequence[bytes]) -> None:
        with self._lock:
            for frame in frames:
                head = read_head(frame)
                assert head is not None  # noqa: S101 - it was just written  # pragma: no branch
                self._tail.append(entry_of(self._size, head))
                self._size += len(frame)

    def _write_index(self, number: int) -> None:
        entries = np.array(self._tail, ENTRY)
        with self._lock:
            self._entries[number] = entries
        self.path(number, INDEX).write_bytes(entries.tobytes())


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _locked(folder: Path) -> int:
    guard = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(guard)
        raise PlatformError(
            "another process writes the telemetry of this folder",
            hint="one server takes telemetry; start the others without the role tracking",
        ) from error
    return guard


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
