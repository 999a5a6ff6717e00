"""One axis of a level's grid, as compiled arithmetic.

Cells of an axis are counted by a signed index: 0, 1, … away from 0° to the east or north, −1, −2, …
to the west or south; cell c lies between `edge_of(c)` and `edge_of(c + 1)`, in units of 1/2048″.
GeoSOT cells are not all of one size: where 60 is no multiple of the cell, the last cell before each
whole degree or minute is cut short. An axis is therefore a tuple (block, cells in a block, cell,
end, cells to the end): every `block` units the count of cells starts afresh.
"""

# pyright: reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np

from chengmo.grid.kernel import UNITS_PER_DEGREE, magnitude_of

Axis = tuple[float, int, float, float, int]

_DEGREE_LEVEL, _MINUTE_LEVEL, _SECOND_LEVEL = 9, 15, 21
_MINUTE, _SECOND = 122_880, 2_048
_SIXTY = 60


def axis_of(level: int, end_degrees: int) -> Axis:
    """Return the axis of a level (1–32) that ends at ±180 (longitude) or ±90 (latitude) degrees."""
    cell = 1 << (32 - level)
    block = cell
    if level <= _DEGREE_LEVEL:
        cell = block = UNITS_PER_DEGREE << (_DEGREE_LEVEL - level)
    elif level <= _MINUTE_LEVEL:
        cell, block = _MINUTE << (_MINUTE_LEVEL - level), UNITS_PER_DEGREE
    elif level <= _SECOND_LEVEL:
        cell, block = _SECOND << (_SECOND_LEVEL - level), _MINUTE
    inside = -(-block // cell)
    end = end_degrees * UNITS_PER_DEGREE
    cells = (end // block) * inside + -(-(end % block) // cell)
    return float(block), inside, float(cell), float(end), cells


@numba.njit(cache=True, nogil=True)
def edge_of(axis: Axis, index: int) -> float:
    """Return the lower edge of a cell in units."""
    block, inside, cell, end, _ = axis
    i = abs(index)
    edge = i * cell
    if inside > 1:
        blocks = i // inside
        edge = blocks * block + (i - blocks * inside) * cell
    edge = min(edge, end)
    return -edge if index < 0 else edge


@numba.njit(cache=True, nogil=True)
def _whole(value: float, size: float) -> int:
    """Return the exact floor of value / size."""
    whole = np.floor(value / size)
    # The quotient may round up to a whole number that `value` does not reach.
    if whole * size > value:
        whole -= 1.0
    return np.int64(whole)


@numba.njit(cache=True, nogil=True)
def index_of(axis: Axis, units: float) -> int:
    """Return the cell with edge ≤ units < next edge."""
    block, inside, cell, end, cells = axis
    size = abs(units)
    if size >= end:
        i = cells
    else:
        i = _whole(size, block)
        if inside > 1:
            i = i * inside + _whole(size - i * block, cell)
    if units >= 0.0:
        return i
    return -i if edge_of(axis, i) == size else -i - 1


@numba.njit(cache=True, nogil=True)
def index_below(axis: Axis, units: float) -> int:
    """Return the last cell with edge < units."""
    i = index_of(axis, units)
    return i - 1 if edge_of(axis, i) == units else i


@numba.njit(cache=True, nogil=True)
def middle_of(axis: Axis, index: int) -> float:
    """Return the middle of a cell in units."""
    return (edge_of(axis, index) + edge_of(axis, index + 1)) * 0.5


@numba.njit(cache=True, nogil=True)
def field_index(axis: Axis, level: int, distance: int) -> int:
    """Return the first `level` bits, without sign, of the field of the cell at this distance.

    `distance` counts cells from 0°; one past the last gives the first code past all used ones.
    """
    if distance >= axis[4]:
        return np.int64(1) << (level - 1)
    return np.int64(magnitude_of(edge_of(axis, distance))) >> (32 - level)
