"""Segments of the log as they lie on disk: read by whoever may, while one process writes."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from chengmo import PlatformError
from chengmo_airspace.tracking.frame import HEAD, Head, read_head, read_payload
from chengmo_airspace.tracking.record import Records

OPENING = b"CHENGMO-TRACK-1\n"
SUFFIX, INDEX = ".track", ".index"
# Of each frame in a segment: where its head is, and what it says.
ENTRY = np.dtype(
    [
        ("offset", "<i8"),
        ("kind", "u1"),
        ("count", "<u4"),
        ("at", "<i8"),
        ("first", "<i8"),
        ("last", "<i8"),
    ]
)


class Segments:
    """The segments in a folder, to read.

    Attributes:
        folder: Where they are.
        numbers: Of the segments, oldest first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = numbers_in(folder)
        self._entries: dict[int, Records] = {}
        self._lock = threading.Lock()

    def entries(self, number: int) -> Records:
        """Return the index of a segment, `ENTRY` records in order.

        Raises:
            PlatformError: If it cannot be read.
        """
        with self._lock:
            known = self._entries.get(number)
        if known is not None:
            return known
        found = self._read_index(number)
        with self._lock:
            self._entries[number] = found
        return found

    def read(self, number: int, offset: int) -> bytes:
        """Return the payload of the frame at an offset of a segment.

        Raises:
            PlatformError: If it is damaged.
        """
        try:
            with self.path(number).open("rb") as file:
                file.seek(offset)
                head_bytes = file.read(HEAD.size)
                head = read_head(head_bytes)
                payload = None
                if head is not None:
                    payload = read_payload(head_bytes, file.read(head.stored))
        except OSError as error:
            raise failed(error) from error
        if payload is None:
            raise PlatformError(
                f"segment {self.path(number).name} is damaged at byte {offset}",
                hint="restore it from a backup",
            )
        return payload

    def path(self, number: int, suffix: str = SUFFIX) -> Path:
        """Return where a segment, or its index, is."""
        return self.folder / f"{number:012d}{suffix}"

    def _read_index(self, number: int) -> Records:
        path = self.path(number, INDEX)
        try:
            if path.is_file() and path.stat().st_size % ENTRY.itemsize == 0:
                return np.frombuffer(path.read_bytes(), ENTRY)
            scanned = [entry_of(offset, head) for offset, head in scan(self.path(number))]
        except OSError as error:
            raise failed(error) from error
        return np.array(scanned, ENTRY)


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers of the segments in a folder, oldest first."""
    return sorted(int(path.stem) for path in folder.glob(f"*{SUFFIX}"))


def scan(path: Path) -> Iterator[tuple[int, Head]]:
    """Return offset and head of the frames of a segment, up to the first that is not whole."""
    with path.open("rb") as file:
        if file.read(len(OPENING)) != OPENING:
            raise PlatformError(f"{path.name} is no segment", hint="restore it from a backup")
        while True:
            offset = file.tell()
            head_bytes = file.read(HEAD.size)
            head = read_head(head_bytes)
            if head is None or read_payload(head_bytes, file.read(head.stored)) is None:
                return
            yield offset, head


def entry_of(offset: int, head: Head) -> tuple[Any, ...]:
    """Return the entry of a frame in the index."""
    return offset, head.kind, head.count, head.at_us, head.first_us, head.last_us


def failed(error: OSError) -> PlatformError:
    """Return the error of a disk that fails."""
    return PlatformError(
        f"the log of telemetry cannot be used: {error.strerror}", hint="look after the disk"
    )
