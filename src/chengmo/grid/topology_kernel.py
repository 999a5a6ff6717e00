"""Compiled steps from cell to cell of one level.

A cell is counted by a signed column and row: 0, 1, … east and north of 0°, −1, −2, … west and south
(see `axis`), so that the unused codes between minute or second 59 and the next whole do not exist.
Columns go round the Earth; rows end at the poles. Everything is done in binary64, exact for
integers, and without branches, so that the compiler can vectorise it (with NumPy's error model,
because Python's would ask before each division whether to raise).
"""

# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.grid.axis import Axis
from chengmo.grid.kernel import (
    Keys,
    exact_float,
    fields_of,
    magnitude_of,
    spread_bits,
    units_of_field,
)

Indices = NDArray[np.int64]

# All bits set: degree 255 of both axes, which `key_bounds` refuses from level 3 on.
NO_CELL = np.uint64(2**64 - 1)
_MAGNITUDE = np.uint64(0x7FFFFFFF)
_LON_BITS, _LAT_BITS = np.uint64(0x5555555555555555), np.uint64(0xAAAAAAAAAAAAAAAA)
_TWO52_AND_HALF, _TWO52_AND_HALF_BITS = 1.5 * 2.0**52, np.int64(0x4338000000000000)
_U0, _U1, _U31 = np.uint64(0), np.uint64(1), np.uint64(31)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def index_of_field(axis: Axis, field: np.uint64) -> float:
    """Return the signed index of the cell of a field."""
    block, inside, cell, _, _ = axis
    units = exact_float(units_of_field(field & _MAGNITUDE))
    # Half a unit off every edge, the reciprocals' rounding cannot matter.
    blocks = np.floor((units + 0.5) * (1.0 / block))
    distance = blocks * inside + np.floor((units - blocks * block + 0.5) * (1.0 / cell))
    return -1.0 - distance if field >> _U31 else distance


@numba.njit(cache=True, nogil=True, error_model="numpy")
def spread_index(axis: Axis, index: float) -> np.uint64:
    """Return the spread field of the cell with this signed index: undoes `index_of_field`."""
    block, inside, cell, _, _ = axis
    distance = -1.0 - index if index < 0.0 else index
    blocks = np.floor((distance + 0.5) * (1.0 / inside))
    units = blocks * block + (distance - blocks * inside) * cell
    return spread_bits(magnitude_of(units) | (np.uint64(index < 0.0) << _U31))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def go_round(axis: Axis, index: float) -> float:
    """Return the index between the two ends of the axis: past ±180° lies the other side."""
    half = float(axis[4])
    round_trips = np.floor((index + half + 0.5) * (0.5 / half))
    return index - round_trips * 2.0 * half


@numba.njit(cache=True, nogil=True)
def beyond(axis: Axis, index: float) -> np.uint64:
    """Return `NO_CELL` if there is no such row, else 0."""
    half = float(axis[4])
    return _U0 - np.uint64((index >= half) | (index < -half))


@numba.njit(cache=True, nogil=True)
def to_integer(value: float) -> np.int64:
    """Return a whole number below 2⁵¹ as an integer, by its bits: vectorised on every processor."""
    return np.float64(value + _TWO52_AND_HALF).view(np.int64) - _TWO52_AND_HALF_BITS


@numba.njit(cache=True, nogil=True)
def to_float(value: np.int64) -> float:
    """Undo `to_integer`."""
    return np.int64(value + _TWO52_AND_HALF_BITS).view(np.float64) - _TWO52_AND_HALF


@numba.njit(cache=True, nogil=True)
def read_indices(
    keys: Keys, mask: np.uint64, axes: tuple[Axis, Axis], out: tuple[Indices, Indices]
) -> np.bool_:
    """Write the signed column and row of each key; tell of unused keys."""
    columns, rows = out
    bad = _U0
    for i in range(keys.size):
        x, y, unused = fields_of(keys[i], mask)
        bad |= unused
        columns[i] = to_integer(index_of_field(axes[0], x))
        rows[i] = to_integer(index_of_field(axes[1], y))
    return bad != 0


@numba.njit(cache=True, nogil=True)
def write_indexed(columns: Indices, rows: Indices, axes: tuple[Axis, Axis], out: Keys) -> None:
    """Write the key of each column (any, going round) and row, `NO_CELL` beyond a pole."""
    for i in range(columns.size):
        row = to_float(rows[i])
        key = spread_index(axes[0], go_round(axes[0], to_float(columns[i])))
        out[i] = key | (spread_index(axes[1], row) << _U1) | beyond(axes[1], row)


@numba.njit(cache=True, nogil=True)
def write_neighbours(keys: Keys, mask: np.uint64, axes: tuple[Axis, Axis], out: Keys) -> np.bool_:
    """Write the neighbours of each cell, one row of `out` a direction; tell of unused keys.

    The rows are east, north, west, south and, if there are eight, NE, NW, SW, SE.
    """
    x_axis, y_axis = axes
    bad = _U0
    corners = out.shape[0] == 8  # noqa: PLR2004 - the directions
    for i in range(keys.size):
        x, y, unused = fields_of(keys[i], mask)
        bad |= unused
        column, row = index_of_field(x_axis, x), index_of_field(y_axis, y)
        east = spread_index(x_axis, go_round(x_axis, column + 1.0))
        west = spread_index(x_axis, go_round(x_axis, column - 1.0))
        north = (spread_index(y_axis, row + 1.0) << _U1) | beyond(y_axis, row + 1.0)
        south = (spread_index(y_axis, row - 1.0) << _U1) | beyond(y_axis, row - 1.0)
        here_x, here_y = keys[i] & mask & _LON_BITS, keys[i] & mask & _LAT_BITS
        out[0, i], out[1, i] = east | here_y, here_x | north
        out[2, i], out[3, i] = west | here_y, here_x | south
        if corners:
            out[4, i], out[5, i] = east | north, west | north
            out[6, i], out[7, i] = west | south, east | south
    return bad != 0


@numba.njit(cache=True, nogil=True)
def write_children(keys: Keys, depth: int, level: int, out: Keys) -> int:
    """Write the used descendants, `depth` levels below at `level`; only count if no room."""
    n = 0
    shift = np.uint64(64 - 2 * level)
    for i in range(keys.size):
        for code in range(1 << (2 * depth)):
            child = keys[i] | (np.uint64(code) << shift)
            if fields_of(child, ~_U0)[2] == _U0:
                if out.size:
                    out[n] = child
                n += 1
    return n
