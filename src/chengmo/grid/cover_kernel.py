"""Compiled scan line: the edges of polygons in, intervals of cells in each row out.

Two sets of cells are found for each row. *Crossed* cells have a piece of the boundary, of positive
length, in their interior. *Centre* cells have their middle inside by the even-odd rule. Then

    touching = centre ∪ crossed        within = centre ∖ crossed

so the three modes are nested by construction. Coordinates are units (1/2048″) east and north.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.grid.axis import Axis, edge_of, index_below, index_of, middle_of
from chengmo.grid.kernel import Floats, Keys, magnitude_of, spread_bits

Indices = NDArray[np.int64]
# (first of each row's intervals, first column, last column)
Rows = tuple[Indices, Indices, Indices]

CENTRE, TOUCHING, WITHIN = 0, 1, 2
_LOW32 = np.uint64(0xFFFFFFFF)
_U32, _U31, _U1 = np.uint64(32), np.uint64(31), np.uint64(1)


@numba.njit(cache=True, nogil=True)
def count_rows(edges: Floats, y_axis: Axis, first_row: int, counts: Indices) -> None:
    """Count for each row the edges with a piece in it: counts[row + 1]."""
    for e in range(edges.shape[0]):
        low, high = min(edges[e, 1], edges[e, 3]), max(edges[e, 1], edges[e, 3])
        first, last = index_of(y_axis, low), index_below(y_axis, high)
        for row in range(first, last + 1):
            counts[row - first_row + 1] += 1


@numba.njit(cache=True, nogil=True)
def pack(axis: Axis, low: float, high: float, first: int) -> np.uint64:
    """Return the columns with a piece of [low, high] in them as one sortable number; 0 if none."""
    a, b = index_of(axis, low), index_below(axis, high)
    if a > b:
        return np.uint64(0)
    return (np.uint64(a - first + 1) << _U32) | np.uint64(b - first + 1)


@numba.njit(cache=True, nogil=True)
def upward(edge: Floats) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 of an edge with y0 ≤ y1."""
    if edge[3] < edge[1]:
        return edge[2], edge[3], edge[0], edge[1]
    return edge[0], edge[1], edge[2], edge[3]


@numba.njit(cache=True, nogil=True)
def first_middle(axis: Axis, units: float) -> int:
    """Return the first cell whose middle is at or past a coordinate."""
    index = index_of(axis, units)
    return index + 1 if units > middle_of(axis, index) else index


@numba.njit(cache=True, nogil=True)
def trace_edges(
    edges: Floats, axes: tuple[Axis, Axis], firsts: tuple[int, int], room: tuple[Indices, Indices]
) -> tuple[Keys, Indices, Indices]:
    """Return packed crossed columns and centre crossings by row, and how many of the latter.

    `room` is (starts, counters): where each row's items begin and, zeroed, how many there are. A
    centre crossing is the first column whose middle is at or east of it.
    """
    x_axis, y_axis = axes
    first_column, first_row = firsts
    starts, crossed_count = room
    crossed = np.zeros(starts[-1], np.uint64)
    centres = np.empty(starts[-1], np.int64)
    centre_count = np.zeros(crossed_count.size, np.int64)
    for e in range(edges.shape[0]):
        x0, y0, x1, y1 = upward(edges[e])
        left, right = min(x0, x1), max(x0, x1)
        row = index_of(y_axis, y0)
        # A level edge between two rows crosses none; inside a row it is one step of the loop.
        slope = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
        x, bottom = x0, edge_of(y_axis, row)
        for r in range(row, index_below(y_axis, y1) + 1):
            at = r - first_row
            top = edge_of(y_axis, r + 1)
            # Rounding is monotone in y, and clamping keeps it so: a middle crossing always lies
            # between the crossings of the row's two edges.
            after = x1 if top >= y1 else min(max(x0 + (top - y0) * slope, left), right)
            packed = pack(x_axis, min(x, after), max(x, after), first_column)
            crossed[starts[at] + crossed_count[at]] = packed
            crossed_count[at] += 1
            middle = (bottom + top) * 0.5
            if y0 <= middle < y1:
                crossing = min(max(x0 + (middle - y0) * slope, left), right)
                centres[starts[at] + centre_count[at]] = first_middle(x_axis, crossing)
                centre_count[at] += 1
            x, bottom = after, top
    return crossed, centres, centre_count


@numba.njit(cache=True, nogil=True)
def sort_slice(values: NDArray[Any], start: int, stop: int) -> None:
    """Sort a slice in place (Shell's method): most have two or four items, some thousands.

    NumPy's own sort would cost two seconds of compiling for each type.
    """
    gap = 1
    while gap < (stop - start) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(start + gap, stop):
            value, j = values[i], i
            while j >= start + gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3


@numba.njit(cache=True, nogil=True)
def combine_rows(
    traced: tuple[Keys, Indices, Indices], starts: Indices, first_column: int, mode: int
) -> Rows:
    """Return each row's columns for a mode, as disjoint ascending intervals that do not touch."""
    crossed, centres, centre_count = traced
    rows = starts.size - 1
    offsets = np.zeros(rows + 1, np.int64)
    firsts = np.empty(2 * crossed.size + 1, np.int64)
    lasts = np.empty(2 * crossed.size + 1, np.int64)
    merged = np.empty((crossed.size + 1, 2), np.int64)
    n = 0
    for row in range(rows):
        begin, end = starts[row], starts[row + 1]
        sort_slice(centres, begin, begin + centre_count[row])
        m = 0
        if mode != CENTRE:
            sort_slice(crossed, begin, end)
            for i in range(begin, end):
                if crossed[i] == 0:
                    continue
                a = np.int64(crossed[i] >> _U32) - 1 + first_column
                b = np.int64(crossed[i] & _LOW32) - 1 + first_column
                if m and a <= merged[m - 1, 1] + 1:
                    merged[m - 1, 1] = max(merged[m - 1, 1], b)
                else:
                    merged[m, 0], merged[m, 1] = a, b
                    m += 1
        inside = centres[begin : begin + centre_count[row]]
        if mode == WITHIN:
            n = subtract(inside, merged[:m], firsts, lasts, n)
        else:
            n = unite(inside, merged[:m], firsts, lasts, n)
        offsets[row + 1] = n
    return offsets, firsts[:n].copy(), lasts[:n].copy()


@numba.njit(cache=True, nogil=True)
def unite(inside: Indices, merged: Indices, firsts: Indices, lasts: Indices, n: int) -> int:
    """Append the union of centre pairs and crossed intervals; return the new count."""
    begin, i, j = n, 0, 0
    while i + 1 < inside.size or j < merged.shape[0]:
        take_pair = i + 1 < inside.size
        if take_pair and j < merged.shape[0]:
            take_pair = inside[i] < merged[j, 0]
        if take_pair:
            a, b = inside[i], inside[i + 1] - 1
            i += 2
        else:
            a, b = merged[j, 0], merged[j, 1]
            j += 1
        if b < a:
            continue
        if n > begin and a <= lasts[n - 1] + 1:
            lasts[n - 1] = max(lasts[n - 1], b)
        else:
            firsts[n], lasts[n] = a, b
            n += 1
    return n


@numba.njit(cache=True, nogil=True)
def subtract(inside: Indices, merged: Indices, firsts: Indices, lasts: Indices, n: int) -> int:
    """Append the centre pairs without the crossed intervals; return the new count."""
    begin, j = n, 0
    for i in range(0, inside.size - 1, 2):
        a, end = inside[i], inside[i + 1] - 1
        while j < merged.shape[0] and merged[j, 1] < a:
            j += 1
        k = j
        while a <= end:
            b = end
            following = end + 1
            if k < merged.shape[0] and merged[k, 0] <= end:
                b, following = merged[k, 0] - 1, merged[k, 1] + 1
                k += 1
            if a <= b:
                if n > begin and a == lasts[n - 1] + 1:
                    lasts[n - 1] = b
                else:
                    firsts[n], lasts[n] = a, b
                    n += 1
            a = following
    return n


@numba.njit(cache=True, nogil=True)
def write_run(axis: Axis, first: int, last: int, latitude: np.uint64, out: Keys) -> None:
    """Write the keys of neighbouring cells of one row on one side of the prime meridian."""
    block, inside, cell, _, _ = axis
    sign = np.uint64(first < 0) << _U31
    start = -first - 1 if first < 0 else first
    direction = -1.0 if first < 0 else 1.0
    per_block = 1.0 / inside
    for i in range(last - first + 1):
        distance = start + direction * i
        blocks = np.floor((distance + 0.5) * per_block)
        units = blocks * block + (distance - blocks * inside) * cell
        out[i] = spread_bits(magnitude_of(units) | sign) | latitude


@numba.njit(cache=True, nogil=True)
def latitude_bits(axis: Axis, row: int) -> np.uint64:
    """Return the latitude half of the keys of a row."""
    distance = -row - 1 if row < 0 else row
    field = magnitude_of(edge_of(axis, distance)) | (np.uint64(row < 0) << _U31)
    return spread_bits(field) << _U1


@numba.njit(cache=True, nogil=True)
def write_keys(rows: Rows, axes: tuple[Axis, Axis], first_row: int, out: Keys) -> None:
    """Write the keys of all cells, row by row from south to north, each from west to east."""
    offsets, firsts, lasts = rows
    n = 0
    for row in range(offsets.size - 1):
        if offsets[row] == offsets[row + 1]:
            continue
        latitude = latitude_bits(axes[1], first_row + row)
        for i in range(offsets[row], offsets[row + 1]):
            a, b = firsts[i], lasts[i]
            if a < 0 <= b:
                write_run(axes[0], a, -1, latitude, out[n : n - a])
                n, a = n - a, 0
            write_run(axes[0], a, b, latitude, out[n : n + b - a + 1])
            n += b - a + 1
