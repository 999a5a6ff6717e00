"""Where and when together: a cell's code with a time code behind it, and rows of both.

The space-time key of a row is the pair (key, time key), in three dimensions the triple (key, height
key, time key): integers in columns of their own, in each of which a parent is a prefix. What lies
in a region and an interval is then a few integer comparisons, and a table sorted by key and time is
pruned by both.

As text the time code stands behind the 2-D or 3-D code, `N50J475493E` + `T2026112209`. A parent in
space is a shorter cell code, a parent in time a shorter time code.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.characters import Texts, empty_texts, text_at, text_matrix
from chengmo.grid.instant import TimeKeys, parse_time_codes, time_code

_T, _UPPER = ord("T"), 0xDF
_SHORTEST_CODE = 4


def space_time_code(codes: ArrayLike, times: ArrayLike) -> Texts:
    """Return each cell's code with the time code behind it.

    Args:
        codes: 2-D or 3-D codes; they are not read here.
        times: Time keys; the two broadcast.

    Raises:
        InvalidCell: If a number is no time key.

    Example:
        >>> space_time_code("N50J475493E", parse_time_codes("T2026112209")).item()
        b'N50J475493ET2026112209'
    """
    matrix, shape = text_matrix(codes)
    cells = matrix.view(f"S{matrix.shape[1]}").reshape(shape)
    cells, moments = np.broadcast_arrays(cells, time_code(times))
    return np.asarray(np.char.add(cells, moments), np.bytes_)


def split_space_time(texts: ArrayLike) -> tuple[Texts, TimeKeys]:
    """Return the cell code, unread, and the time key of each space-time code.

    Raises:
        InvalidCell: If a text has no time code at its end.

    Example:
        >>> code, time = split_space_time("N50J475493ET2026112209")
        >>> code.item(), time_code(time).item()
        (b'N50J475493E', b'T2026112209')
    """
    matrix, shape = text_matrix(texts)
    # A T may stand in the sheet of a cell's code too: the last one begins the time.
    at = np.where((matrix & _UPPER) == _T, np.arange(matrix.shape[1]), -1).max(axis=1, initial=-1)
    for i in np.flatnonzero(at < _SHORTEST_CODE)[:1]:
        raise InvalidCell(
            f"'{text_at(matrix, int(i))}' at index {i} has no time code behind a cell's code",
            hint="a space-time code is like N50J475493ET2026112209",
        )
    columns = np.arange(matrix.shape[1])
    cells, cell_bytes = empty_texts(len(matrix), matrix.shape[1])
    cell_bytes[:] = np.where(columns < at[:, None], matrix, 0)
    moments, moment_bytes = empty_texts(len(matrix), matrix.shape[1])
    shifted = np.minimum(columns + at[:, None], matrix.shape[1] - 1)
    moment_bytes[:] = np.where(
        columns + at[:, None] < matrix.shape[1], np.take_along_axis(matrix, shifted, axis=1), 0
    )
    return cells.reshape(shape), parse_time_codes(moments).reshape(shape)


def in_time_ranges(times: ArrayLike, ranges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each time key whether one of the intervals (ascending, disjoint) holds it.

    Args:
        times: Time keys.
        ranges: Shape (n, 2), both ends included, as `time_ranges` gives them.

    Example:
        >>> from chengmo.grid import cover_interval, time_keys, time_ranges
        >>> days = cover_interval("2026-11-01T00:00Z", "2026-12-01T00:00Z")
        >>> in_time_ranges(time_keys(["2026-11-22T09:30:00Z"]), time_ranges(days)).tolist()
        [True]
    """
    column = np.asarray(times, np.int64)
    if not len(ranges):
        return np.zeros(column.shape, np.bool_)
    at = np.searchsorted(ranges[:, 0], column, side="right")
    return (at > 0) & (column <= ranges[np.maximum(at, 1) - 1, 1])
