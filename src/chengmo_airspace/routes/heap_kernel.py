"""A compiled heap of rows (priority, tie, cell), four children to a node, the least on top."""

import numba
import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

_WAYS = 4


@numba.njit(cache=True, nogil=True, forceinline=True)
def comes_before(rows: Rows, i: int, j: int) -> bool:
    """Say whether row i comes before row j: a lower priority, or the same and a lower tie."""
    return rows[i, 0] < rows[j, 0] or (rows[i, 0] == rows[j, 0] and rows[i, 1] < rows[j, 1])


@numba.njit(cache=True, nogil=True)
def grow(rows: Rows) -> Rows:
    """Return the same rows with twice the room."""
    larger = np.empty((2 * len(rows), 3), np.float64)
    larger[: len(rows)] = rows
    return larger


@numba.njit(cache=True, nogil=True)
def push(rows: Rows, count: int, priority: float, tie: float, cell: int) -> None:
    """Put a row into a heap of `count` rows, which must have room."""
    at = count
    while at > 0:
        above = (at - 1) // _WAYS
        if rows[above, 0] < priority or (rows[above, 0] == priority and rows[above, 1] <= tie):
            break
        rows[at, 0], rows[at, 1], rows[at, 2] = rows[above, 0], rows[above, 1], rows[above, 2]
        at = above
    rows[at, 0], rows[at, 1], rows[at, 2] = priority, tie, cell


@numba.njit(cache=True, nogil=True)
def drop_first(rows: Rows, count: int) -> None:
    """Take the first row off a heap of `count` rows."""
    last = count - 1
    priority, tie, cell = rows[last, 0], rows[last, 1], rows[last, 2]
    at = 0
    while True:
        least = _WAYS * at + 1
        if least >= last:
            break
        for below in range(least + 1, min(least + _WAYS, last)):
            if comes_before(rows, below, least):
                least = below
        if priority < rows[least, 0] or (priority == rows[least, 0] and tie <= rows[least, 1]):
            break
        rows[at, 0], rows[at, 1], rows[at, 2] = rows[least, 0], rows[least, 1], rows[least, 2]
        at = least
    rows[at, 0], rows[at, 1], rows[at, 2] = priority, tie, cell
