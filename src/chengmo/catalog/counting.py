"""Counting rows for counts with noise: into which count each falls, and how many of a person's.

Numbers in, numbers out, but for `read_counts`, which reads columns.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.importing.kernels import pc
from chengmo.catalog.noise import NoisyCount
from chengmo.grid.key import parent_keys

Counts = NDArray[np.int64]
NOWHERE = -1


def needed_columns(space: NoisyCount) -> list[str]:
    """Return the columns that counting goes by."""
    names = ["_cell" if space.level is not None else None, space.by, space.person]
    return list(dict.fromkeys(name for name in names if name is not None))


def read_counts(parts: Iterable[pa.Table], space: NoisyCount, cells: NDArray[np.uint64]) -> Counts:
    """Return the true counts, shape (max(cells, 1) * max(values, 1),): cell by cell, its values.

    Args:
        parts: Rows with the columns of `needed_columns`.
        space: What is counted.
        cells: Sorted.
    """
    tables = list(parts)
    whole = pa.concat_tables(tables) if tables else None
    size = max(cells.size, 1) * max(len(space.values), 1)
    if whole is None:
        return np.zeros(size, np.int64)
    slots = np.zeros(whole.num_rows, np.int64)
    if space.level is not None:
        slots = _places(whole.column("_cell"), cells, space.level)
    if space.by is not None:
        values = _categories(whole.column(space.by), space.values)
        slots = np.where(
            (slots == NOWHERE) | (values == NOWHERE), NOWHERE, slots * len(space.values) + values
        )
    persons = None if space.person is None else _codes(whole.column(space.person))
    return bounded_counts(slots, persons, most_rows=space.most_rows, size=size)


def bounded_counts(slots: Counts, persons: Counts | None, *, most_rows: int, size: int) -> Counts:
    """Return how many rows fall into each slot, the first `most_rows` of each person.

    Which rows of a person are counted depends on that person's rows alone, so one person more or
    less changes the counts by `most_rows` in sum at most.

    Args:
        slots: Shape (rows,): from 0; -1 for a row that is not counted.
        persons: Shape (rows,): a number for each person, -1 where it is not known: then the row is
            not counted. None: each row is a person of its own.
        most_rows: Of one person.
        size: Number of slots.
    """
    counted = np.flatnonzero(slots != NOWHERE)
    if persons is not None:
        counted = counted[persons[counted] != NOWHERE]
        counted = counted[np.argsort(persons[counted], kind="stable")]
        whose = persons[counted]
        first = np.flatnonzero(np.r_[True, whose[1:] != whose[:-1]]) if whose.size else counted
        lengths = np.diff(np.r_[first, whose.size])
        rank = np.arange(whose.size) - np.repeat(first, lengths)
        counted = counted[rank < most_rows]
    return np.bincount(slots[counted], minlength=size).astype(np.int64)


def _places(column: pa.ChunkedArray, cells: NDArray[np.uint64], level: int) -> Counts:
    known = pc.is_valid(column).to_numpy()
    keys = parent_keys(column.fill_null(0).to_numpy(), level)
    at = np.minimum(np.searchsorted(cells, keys), max(cells.size - 1, 0))
    found = known & (cells[at] == keys) if cells.size else np.zeros(known.size, bool)
    return np.where(found, at, NOWHERE).astype(np.int64)


def _categories(column: pa.ChunkedArray, values: tuple[str, ...]) -> Counts:
    texts = column.cast(pa.string())
    found = pc.index_in(texts, value_set=pa.array(values, pa.string()), skip_nulls=True)
    return found.fill_null(NOWHERE).to_numpy().astype(np.int64)


def _codes(column: pa.ChunkedArray) -> Counts:
    coded = column.combine_chunks().dictionary_encode()
    return coded.indices.fill_null(NOWHERE).to_numpy(zero_copy_only=False).astype(np.int64)
