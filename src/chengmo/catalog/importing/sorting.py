"""Rows in the order of their cells: in memory, or from files that are each in this order."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chengmo.catalog.importing.kernels import pc
from chengmo.catalog.staged import ROW_GROUP_SIZE

Keys = NDArray[np.uint64]

SLICE_ROWS = 16 * ROW_GROUP_SIZE
SLICE_BYTES = 16 << 20
# No place on Earth has this key: it stands for none, at the end.
NO_PLACE = (1 << 64) - 1
_BEYOND = 1 << 64


class Order:
    """Whether the cells that went by ascend, rows without a cell at the end."""

    def __init__(self) -> None:
        self.is_kept = True
        self._last = 0
        self._is_ended = False

    def add(self, cells: pa.ChunkedArray) -> None:
        """Look at the cells of the next rows."""
        if not self.is_kept:
            return
        placed = cells.slice(0, len(cells) - cells.null_count)
        if placed.null_count or (len(placed) and self._is_ended):
            self.is_kept = False
        elif len(placed):
            keys = placed.to_numpy()
            self.is_kept = int(keys[0]) >= self._last and bool((keys[1:] >= keys[:-1]).all())
            self._last = int(keys[-1])
        self._is_ended |= cells.null_count > 0


def group_rows(rows: int) -> int:
    """Return how many rows a row group has in a table of so many rows.

    A reader looks at the statistics of all groups and reads a few of them: the more rows, the
    larger both should be, as the root of their number. They also take memory of whoever opens the
    file, about 1 kB for each group and column.
    """
    return ROW_GROUP_SIZE << ((rows // 1_000_000).bit_length() // 2)


def sorted_by_cell(
    parts: list[pa.Table], schema: pa.Schema, *, done: int = 0
) -> Iterator[pa.Table]:
    """Yield the rows of `parts` in the order of their cells, some at a time.

    Rows of one cell keep their order; those without a cell come last. They are numbered in this
    order from `done` + 1. `parts` is emptied, so that no more than one column lies in memory twice.
    """
    columns = _joined_columns(parts, schema)
    order = pc.sort_indices(columns[schema.get_field_index("_cell")])
    count = len(order)
    bytes_a_row = sum(column.nbytes for column in columns) // max(count, 1) + 1
    groups = SLICE_BYTES // (bytes_a_row * ROW_GROUP_SIZE)
    step = min(max(groups, 1) * ROW_GROUP_SIZE, SLICE_ROWS)
    for start in range(0, count, step):
        here = order.slice(start, step)
        taken = {id(column): column for column in columns}
        taken = {each: column.take(here) for each, column in taken.items()}
        part = pa.Table.from_arrays([taken[id(column)] for column in columns], schema=schema)
        yield _numbered(part, done + start)


def merged(paths: Sequence[Path], schema: pa.Schema, *, held_bytes: int) -> Iterator[pa.Table]:
    """Yield the rows of Parquet files that are each sorted by cell, sorted as a whole.

    The range of keys is cut so that the rows between two cuts take about half of `held_bytes`.
    These are sorted in memory; rows of one key that are more than that need no sorting.

    Args:
        paths: The files; of rows with the same cell, those of an earlier file come first.
        schema: Their layout.
        held_bytes: Most bytes of rows to hold at a time.
    """
    files = [_SortedFile(path) for path in paths]
    done = 0
    for low, high in pairwise(_cuts(files, held_bytes // 2)):
        parts: list[pa.Table] = []
        for part in (part for file in files for part in file.between(low, high)):
            if high - low > 1:
                parts.append(part)
                continue
            yield _numbered(part, done)
            done += part.num_rows
        count = sum(part.num_rows for part in parts)
        yield from sorted_by_cell(parts, schema, done=done)
        done += count


class _SortedFile:
    """A Parquet file sorted by cell, of which row groups are read by their keys."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        metadata = self._file.metadata
        cell = self._file.schema_arrow.get_field_index("_cell")
        edges = [
            _edges_of(metadata.row_group(i).column(cell).statistics)
            for i in range(metadata.num_row_groups)
        ]
        self.first: Keys = np.array([first for first, _ in edges], np.uint64)
        self._last: Keys = np.array([last for _, last in edges], np.uint64)

    @property
    def group_bytes(self) -> int:
        """Bytes in memory of the first row group."""
        return self._file.read_row_group(0).nbytes if len(self.first) else 0

    def between(self, low: int, high: int) -> Iterator[pa.Table]:
        """Yield the rows whose key is at least `low` and below `high`."""
        for i in range(_position(self._last, low), _position(self.first, high)):
            group = self._file.read_row_group(i)
            keys = group.column("_cell").combine_chunks().fill_null(NO_PLACE).to_numpy()
            start, stop = _position(keys, low), _position(keys, high)
            if start < stop:
                yield group.slice(start, stop - start)


def _edges_of(cells: pq.Statistics | None) -> tuple[int, int]:
    if cells is None or not cells.has_min_max:
        return NO_PLACE, NO_PLACE
    return cells.min, NO_PLACE if cells.null_count else cells.max


def _position(keys: Keys, key: int) -> int:
    """Return how many of the ascending `keys` are below `key`."""
    return len(keys) if key > NO_PLACE else int(np.searchsorted(keys, np.uint64(key)))


def _cuts(files: Sequence[_SortedFile], part_bytes: int) -> list[int]:
    """Return keys, ascending, between any two of which lie about so many bytes of rows.

    A key of which there are several row groups stands alone between itself and the next.
    """
    firsts = np.sort(np.concatenate([file.first for file in files]))
    group_bytes = max(*(file.group_bytes for file in files), 1, 1)
    step = max(part_bytes // group_bytes, 1)
    keys, counts = np.unique(firsts, return_counts=True)
    cuts = {0, _BEYOND, *map(int, firsts[::step])}
    for key in keys[counts > 1]:
        cuts |= {int(key), int(key) + 1}
    return sorted(cuts)


def _numbered(part: pa.Table, done: int) -> pa.Table:
    position = part.schema.get_field_index("_row")
    rows = pa.array(np.arange(done + 1, done + 1 + part.num_rows))
    return part.set_column(position, part.schema.field(position), rows)


def _joined_columns(parts: list[pa.Table], schema: pa.Schema) -> list[pa.Array]:
    apart = [part.columns for part in parts]
    parts.clear()
    joined: list[pa.Array] = []
    seen: dict[tuple[object, ...], pa.Array] = {}
    for field in reversed(schema):
        chunks = [chunk for columns in apart for chunk in columns.pop().chunks]
        # The east of a point is its west: the same memory.
        where = (field.type, *(place for chunk in chunks for place in _memory_of(chunk)))
        if where not in seen:
            seen[where] = pa.concat_arrays(chunks) if chunks else pa.array([], field.type)
        joined.append(seen[where])
        del chunks
        # Else the allocator keeps what was freed, and the table lies in memory twice after all.
        pa.default_memory_pool().release_unused()
    return joined[::-1]


def _memory_of(chunk: pa.Array) -> tuple[int, ...]:
    places = (part.address if part is not None else 0 for part in chunk.buffers())
    return (chunk.offset, len(chunk), *places)
