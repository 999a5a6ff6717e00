"""Compiled quadtree of a cover: rows of cells in, the fewest cells of mixed levels out.

Level by level, from fine to coarse, a parent is *full* when its (used) children are; full cells
whose parent is not full are the result. Rows and columns are counted in field space, the first bits
of a GeoSOT field with its sign, where a parent is a shift; unused codes count as full. Many covers
are built at once: a row's number is its owner (the polygon) shifted by the level, plus the row.
"""

# pyright: reportReturnType=false, reportArgumentType=false
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
_LOW32 = np.uint64((1 << 32) - 1)
_MAGNITUDE = np.uint64((1 << 31) - 1)
_LON_END = np.uint64(180 << 23)


_NOTHING = np.empty(0, np.int64)
_NO_LAYER: Layer = _NOTHING, (np.zeros(1, np.int64), _NOTHING, _NOTHING)


@numba.njit(cache=True, nogil=True)
def field_of_index(index: int, level: int) -> np.uint64:
    """Return the whole 32-bit field of its first `level` bits; what is above them is left out."""
    return (np.uint64(index) << np.uint64(32 - level)) & _LOW32


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
def row_number(axis: Axis, level: int, row: int) -> int:
    """Return the number in field space of a signed row: north before south."""
    if row < 0:
        return field_index(axis, level, -row - 1) | (np.int64(1) << (level - 1))
    return field_index(axis, level, row)


@numba.njit(cache=True, nogil=True)
def to_fields(
    rows: Rows, slots: tuple[Indices, Indices, Indices], axes: tuple[Axis, Axis], level: int
) -> Layer:
    """Return rows of signed cells as a layer in field space: east before west, north before south.

    `slots` is (the signed row of each slot, its owner, the slots by owner in the layer's order). An
    interval ends just before the next used column, so that unused codes within count as full.
    """
    offsets, firsts, lasts = rows
    slot_rows, owners, order = slots
    sign = np.int64(1) << (level - 1)
    numbers, starts = np.empty(order.size, np.int64), np.zeros(order.size + 1, np.int64)
    # An interval across the prime meridian becomes two.
    begins, ends = np.empty(2 * firsts.size, np.int64), np.empty(2 * firsts.size, np.int64)
    used, n = 0, 0
    for at in order:
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
        numbers[used] = (owners[at] << level) | row_number(axes[1], level, slot_rows[at])
        used += 1
        starts[used] = n
    return numbers[:used], (starts[: used + 1], begins[:n], ends[:n])


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
    return parents[:used], (starts[: used + 1], begins[:n], ends[:n])


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
def write_leftover(layer: Layer, above: Layer, level: int, out: Keys, owners: Indices) -> int:
    """Write the cells of a layer whose parent is not in the layer above; only count if no room."""
    numbers, (offsets, firsts, lasts) = layer
    parents, (parent_offsets, parent_firsts, parent_lasts) = above
    # Counters begin as a variable: a literal would compile what they are passed to twice.
    n, p = offsets[0], 0
    for row in range(numbers.size):
        before = n
        while p < parents.size and parents[p] < numbers[row] >> 1:
            p += 1
        k = end = offsets[0]
        if p < parents.size and parents[p] == numbers[row] >> 1:
            k, end = parent_offsets[p], parent_offsets[p + 1]
        for i in range(offsets[row], offsets[row + 1]):
            a = firsts[i]
            while a <= lasts[i]:
                # Up to the children of the next parent, or to the end.
                stop = following = lasts[i]
                if k < end and 2 * parent_firsts[k] <= stop:
                    stop, following = 2 * parent_firsts[k] - 1, 2 * parent_lasts[k] + 1
                    k += 1
                n = write_cells((a, stop), numbers[row], level, out, n)
                a = following + 1
        if out.size:
            owners[before:n] = numbers[row] >> level
    return n


@numba.njit(cache=True, nogil=True)
def leftover_cells(layer: Layer, above: Layer, level: int) -> tuple[Keys, Indices]:
    """Return keys and owners of the cells of a layer whose parent is not in the layer above."""
    keys, owners = np.empty(0, np.uint64), np.empty(0, np.int64)
    # Counted first, then written: by one call in a loop, which is compiled once.
    for _ in range(2):
        count = write_leftover(layer, above, level, keys, owners)
        if keys.size == count:
            break
        keys, owners = np.empty(count, np.uint64), np.empty(count, np.int64)
    return keys, owners


def build_pyramid(layer: Layer, level: int) -> tuple[Keys, Levels, Indices]:
    """Return keys, levels and owners of the fewest cells that make up a layer, finest first.

    The loop over levels is not compiled: as one function it took four seconds to compile.
    """
    parts: list[tuple[Keys, Indices]] = [(np.empty(0, np.uint64), np.empty(0, np.int64))]
    levels = [level]
    while layer[0].size:
        above = coarsen(layer, level) if level > 1 else _NO_LAYER
        parts.append(leftover_cells(layer, above, level))
        levels.append(level)
        layer, level = above, level - 1
    keys, owners = zip(*parts, strict=True)
    sizes = [part.size for part in keys]
    every = np.repeat(np.array(levels, np.uint8), sizes)
    return np.concatenate(keys), every, np.concatenate(owners)
