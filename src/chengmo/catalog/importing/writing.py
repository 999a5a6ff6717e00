"""The two Parquet files of an import, written while rows come in."""

import queue
import tempfile
import threading
from pathlib import Path
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.parquet as pq

from chengmo.catalog.importing.options import SORTING_PREFIX, Refused
from chengmo.catalog.importing.sorting import (
    SLICE_BYTES,
    SLICE_ROWS,
    Order,
    group_rows,
    merged,
    sorted_by_cell,
)
from chengmo.catalog.staged import QUARANTINE_SCHEMA, ROW_GROUP_SIZE, SYSTEM_FIELDS

_REFUSALS_AT_ONCE = 20_000
# Sorted keys and whole numbers differ little from row to row; the bytes of coordinates compress
# when those of equal weight stand together. A million points take a fifth fewer bytes so, and half
# the time. An owner's numbers have few digits: they compress better as they are.
_DELTA, _SPLIT = "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"
_EDGES = {field.name for field in SYSTEM_FIELDS if pa.types.is_floating(field.type)}


class TableWriter:
    """Writes a table to Parquet, sorted by cell as the lake wants it.

    Up to `held_bytes` of rows are held and sorted in memory. If there are more, each such part is
    sorted into a file of its own, and these are merged in the end; rows that come in order already
    are written as they come. With `held_bytes` 0 nothing is sorted: the lake does it, unless the
    rows came in order.

    Attributes:
        is_sorted: Whether the table is sorted; known when all is written.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, held_bytes: int) -> None:
        self._path = path
        self._schema = schema
        self._most_bytes = held_bytes
        self._held: list[pa.Table] = []
        self._held_bytes = 0
        self._held_rows = 0
        self._rows = 0
        self._order = Order()
        self._file: _ParquetThread | None = None
        self._is_streaming = False
        self._sorted_parts: list[Path] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.is_sorted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            if self._file is not None:
                self._file.stop()
            if self._folder is not None:
                self._folder.cleanup()

    def write(self, part: pa.Table) -> None:
        """Take rows of the table, in the order of the file."""
        self._order.add(part.column("_cell"))
        self._held.append(part)
        self._held_bytes += part.nbytes
        self._held_rows += part.num_rows
        self._rows += part.num_rows
        if self._is_streaming and self._most_bytes and not self._order.is_kept:
            self._stop_streaming()
        if self._is_streaming:
            if self._held_rows >= SLICE_ROWS or self._held_bytes >= SLICE_BYTES:
                self._write_held()
        elif self._held_bytes > self._most_bytes:
            self._make_room()

    def _finish(self) -> None:
        if self._is_streaming:
            self._write_held()
        elif self._sorted_parts:
            self._sort_part()
            self._close_file()
            file = self._open(self._path, "zstd")
            for part in merged(self._sorted_parts, self._schema, held_bytes=self._most_bytes):
                file.write(part)
        elif self._order.is_kept:
            self._open(self._path, "zstd")
            self._write_held()
        else:
            self._sort_held(self._open(self._path, "zstd"))
        self.is_sorted = self._order.is_kept or not self._is_streaming
        self._close_file()

    def _make_room(self) -> None:
        is_simple = self._order.is_kept or not self._most_bytes
        if is_simple and not self._sorted_parts:
            self._is_streaming = True
            self._open(self._path, "zstd" if self._order.is_kept else "lz4")
            self._write_held()
        else:
            self._sort_part()

    def _stop_streaming(self) -> None:
        self._is_streaming = False
        self._close_file()
        part = self._next_part()
        self._path.rename(part)

    def _sort_part(self) -> None:
        self._close_file()
        self._sort_held(self._open(self._next_part(), "lz4"))

    def _next_part(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix=SORTING_PREFIX, dir=self._path.parent)
        part = Path(self._folder.name) / f"{len(self._sorted_parts)}.parquet"
        self._sorted_parts.append(part)
        return part

    def _sort_held(self, file: "_ParquetThread") -> None:
        for part in sorted_by_cell(self._held, self._schema):
            file.write(part)
        self._held_rows = self._held_bytes = 0

    def _write_held(self) -> None:
        if self._held and self._file is not None:
            self._file.write(pa.concat_tables(self._held))
        self._held = []
        self._held_rows = self._held_bytes = 0

    def _open(self, path: Path, compression: Literal["zstd", "lz4"]) -> "_ParquetThread":
        # Merging holds one group of each file: those of a part stay small.
        group = 2 * ROW_GROUP_SIZE if path != self._path else group_rows(self._rows)
        self._file = _ParquetThread(path, self._schema, compression, group)
        return self._file

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()


class _ParquetThread:
    """Writes one Parquet file on a thread of its own, so that reading and sorting go on."""

    def __init__(
        self, path: Path, schema: pa.Schema, compression: Literal["zstd", "lz4"], group: int
    ) -> None:
        self._group = group
        self._waiting: queue.Queue[pa.Table | None] = queue.Queue(maxsize=2)
        self._failures: list[OSError | MemoryError | pa.ArrowException] = []
        self._thread = threading.Thread(
            target=self._run, args=(path, schema, compression), name="parquet"
        )
        self._thread.start()

    def write(self, part: pa.Table) -> None:
        """Take rows; wait if two parts are waiting already."""
        self._waiting.put(part)

    def close(self) -> None:
        """Wait until all is written, and raise what went wrong."""
        self.stop()
        if self._failures:
            raise self._failures[0]

    def stop(self) -> None:
        """Wait until the thread has ended."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self, path: Path, schema: pa.Schema, compression: Literal["zstd", "lz4"]) -> None:
        try:
            with _open_writer(path, schema, compression) as writer:
                for part in iter(self._waiting.get, None):
                    writer.write_table(part, row_group_size=self._group)
        except (OSError, MemoryError, pa.ArrowException) as error:
            self._failures.append(error)
            # Whoever hands over must not wait for ever.
            for _ in iter(self._waiting.get, None):
                pass


def _open_writer(
    path: Path, schema: pa.Schema, compression: Literal["zstd", "lz4"]
) -> pq.ParquetWriter:
    # Only texts repeat; a dictionary of coordinates costs time and saves nothing.
    repeating: Any = [field.name for field in schema if pa.types.is_string(field.type)]
    encodings: Any = {field.name: _SPLIT for field in schema if field.name in _EDGES} | {
        field.name: _DELTA for field in schema if _is_whole(field.type)
    }
    return pq.ParquetWriter(
        path,
        schema,
        compression=compression,
        compression_level=1 if compression == "zstd" else None,
        use_dictionary=repeating,
        column_encoding=encodings,
    )


def _is_whole(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind)


class QuarantineWriter:
    """Writes refused rows; makes no file if there are none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[Refused] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def add(self, rows: list[Refused]) -> None:
        """Take refused rows."""
        self._waiting += rows
        if len(self._waiting) >= _REFUSALS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows = sorted(self._waiting, key=lambda row: row.row_number)
        self._waiting = []
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, QUARANTINE_SCHEMA, compression="zstd")
        self._writer.write_table(
            pa.table(
                {
                    "row_number": [row.row_number for row in rows],
                    "reason": [row.reason for row in rows],
                    "raw": [row.raw for row in rows],
                },
                schema=QUARANTINE_SCHEMA,
            )
        )
