"""Compiled quadtree of a cover: rows of cells in, the fewest cells of mixed levels out.

Level by level, from fine to coarse, a parent is *full* when its (used) children are; full cells
whose parent is not full are the result. Rows and columns are counted in field space, the first bits
of a GeoSOT field with its sign, where a parent is a shift; unused codes count as full.
"""

# pyright: reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np

from chengmo.grid.axis import Axis, field_index
from chengmo.grid.cover_kernel import Indices, Rows
from chengmo.grid.kernel import Keys, Levels, spread_bits, unused_bits

# Row numbers, ascending, and the intervals of each.
Layer = tuple[Indices, Rows]

_U0, _U1, _U17, _U23 = np.uint64(0), np.uint64(1), np.uint64(17), np.uint64(23)
_U60, _U63 = np.uint64(60), np.uint64(63)
_MAGNITUDE = np.uint64((1 << 31) - 1)
_LON_END = np.uint64(180 << 23)


@numba.njit(cache=True, nogil=True)
def field_of_index(index: int, level: int) -> np.uint64:
    """Return the whole 32-bit field of its first `level` bits."""
    return np.uint64(index) << np.uint64(32 - level)


@numba.njit(cache=True, nogil=True)
def is_used_row(index: int, level: int) -> bool:
    """Tell whether a row in field space holds any place."""
    field = field_of_index(index, level)
    return unused_bits(spread_bits(field) << _U1, _U0, field) == 0


@numba.njit(cache=True, nogil=True)
def next_used_column(index: int, level: int) -> int:
    """Return the first used column from this one on; past 180° one that is larger than any."""
    field = field_of_index(index, level)
    magnitude = field & _MAGNITUDE
    if magnitude >= _LON_END:
        return np.int64(1) << 62
    if unused_bits(spread_bits(field), field, _U0):
        # To the next whole degree from minute 60, else to the next minute from second 60.
        unit = _U23 if ((magnitude >> _U17) & _U63) >= _U60 else _U17
        return np.int64((((field >> unit) + _U1) << unit) >> np.uint64(32 - level))
    return index


@numba.njit(cache=True, nogil=True)
def to_fields(rows: Rows, axes: tuple[Axis, Axis], level: int, first_row: int) -> Layer:
    """Return rows of signed cells as a layer in field space: east before west, north before south.

    An interval ends just before the next used column, so that unused codes within count as full.
    """
    offsets, firsts, lasts = rows
    count = offsets.size - 1
    south = min(max(-first_row, 0), count)
    sign = np.int64(1) << (level - 1)
    numbers, starts = np.empty(count, np.int64), np.zeros(count + 1, np.int64)
    # An interval across the prime meridian becomes two.
    begins, ends = np.empty(2 * firsts.size, np.int64), np.empty(2 * firsts.size, np.int64)
    used, n = 0, 0
    for step in range(count):
        north = count - south
        at = south + step if step < north else south - 1 - (step - north)
        if offsets[at] == offsets[at + 1]:
            continue
        for i in range(offsets[at], offsets[at + 1]):
            if lasts[i] >= 0:
                begins[n] = field_index(axes[0], level, max(firsts[i], 0))
                ends[n] = field_index(axes[0], level, lasts[i] + 1) - 1
                n += 1
        for i in range(offsets[at + 1] - 1, offsets[at] - 1, -1):
            if firsts[i] < 0:
                begins[n] = sign | field_index(axes[0], level, max(-lasts[i] - 1, 0))
                ends[n] = sign | (field_index(axes[0], level, -firsts[i]) - 1)
                n += 1
        row = first_row + at
        number = field_index(axes[1], level, -row - 1 if row < 0 else row)
        numbers[used] = number | sign if row < 0 else number
        used += 1
        starts[used] = n
    return numbers[:used].copy(), (starts[: used + 1].copy(), begins[:n].copy(), ends[:n].copy())


@numba.njit(cache=True, nogil=True)
def coarsen(layer: Layer, level: int) -> Layer:
    """Return the full parents, at `level` − 1, of the full cells of a layer."""
    numbers, (offsets, firsts, lasts) = layer
    parents, starts = np.empty(numbers.size, np.int64), np.zeros(numbers.size + 1, np.int64)
    begins, ends = np.empty(firsts.size, np.int64), np.empty(firsts.size, np.int64)
    used, n, row = 0, 0, 0
    while row < numbers.size:
        other = row
        if row + 1 < numbers.size and numbers[row + 1] == numbers[row] | 1:
            other = row + 1
        elif numbers[row] & 1 or is_used_row(numbers[row] | 1, level):
            row += 1
            continue
        i, j = offsets[row], offsets[other]
        while i < offsets[row + 1] and j < offsets[other + 1]:
            a = (max(firsts[i], firsts[j]) + 1) >> 1
            b = ((min(lasts[i], lasts[j]) + 1) >> 1) - 1
            if a <= b:
                begins[n], ends[n] = a, b
                n += 1
            if lasts[i] < lasts[j]:
                i += 1
            else:
                j += 1
        if n > starts[used]:
            parents[used] = numbers[row] >> 1
            used += 1
            starts[used] = n
        row = other + 1
    return parents[:used].copy(), (starts[: used + 1].copy(), begins[:n].copy(), ends[:n].copy())


@numba.njit(cache=True, nogil=True)
def write_cells(columns: tuple[int, int], row: int, level: int, out: Keys, n: int) -> int:
    """Append the used cells of an interval if `out` has room for any; return the new count."""
    latitude = spread_bits(field_of_index(row, level)) << _U1
    column = columns[0]
    while column <= columns[1]:
        used = next_used_column(column, level)
        if used == column:
            if out.size:
                out[n] = latitude | spread_bits(field_of_index(column, level))
            n += 1
            used += 1
        column = used
    return n


@numba.njit(cache=True, nogil=True)
def write_leftover(layer: Layer, above: Layer, level: int, out: Keys) -> int:
    """Write the cells of a layer whose parent is not in the layer above; only count if no room."""
    numbers, (offsets, firsts, lasts) = layer
    parents, (parent_offsets, parent_firsts, parent_lasts) = above
    n, p = 0, 0
    for row in range(numbers.size):
        while p < parents.size and parents[p] < numbers[row] >> 1:
            p += 1
        k = end = 0
        if p < parents.size and parents[p] == numbers[row] >> 1:
            k, end = parent_offsets[p], parent_offsets[p + 1]
        for i in range(offsets[row], offsets[row + 1]):
            a = firsts[i]
            while k < end and 2 * parent_firsts[k] <= lasts[i]:
                n = write_cells((a, 2 * parent_firsts[k] - 1), numbers[row], level, out, n)
                a = 2 * parent_lasts[k] + 2
                k += 1
            n = write_cells((a, lasts[i]), numbers[row], level, out, n)
    return n


@numba.njit(cache=True, nogil=True)
def build_pyramid(layer: Layer, level: int) -> tuple[Keys, Levels]:
    """Return the keys and levels of the fewest cells that make up a layer, finest level first."""
    keys, levels = np.empty(0, np.uint64), np.empty(0, np.uint8)
    nothing = np.empty(0, np.int64)
    while layer[0].size:
        if level > 1:
            above = coarsen(layer, level)
        else:
            above = (nothing, (np.zeros(1, np.int64), nothing, nothing))
        count = write_leftover(layer, above, level, np.empty(0, np.uint64))
        if count:
            found = np.empty(count, np.uint64)
            write_leftover(layer, above, level, found)
            keys = np.concatenate((keys, found))
            levels = np.concatenate((levels, np.full(count, level, np.uint8)))
        layer = above
        level -= 1
    return keys, levels
