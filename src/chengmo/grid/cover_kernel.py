"""Compiled scan line: the edges of polygons in, intervals of cells in each row out.

Many polygons are scanned at once. Each has its own rows, numbered through as *slots*: the slot of a
row is the row plus its polygon's shift. Two sets of cells are found for each slot. *Crossed* cells
have a piece of the boundary, of positive length, in their interior. *Centre* cells have their
middle inside by the even-odd rule. Then

    touching = centre ∪ crossed        within = centre ∖ crossed

so the three modes are nested by construction. With a *margin*, edges are as thick as twice that:
then crossed cells are all those on or so near the boundary, also with an edge or corner only.
Coordinates are units (1/2048″) east and north.
"""

# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.grid.axis import Axis, edge_of, index_below, index_of, middle_of
from chengmo.grid.kernel import UNITS_PER_DEGREE, Floats, Keys, magnitude_of, spread_bits

Indices = NDArray[np.int64]
# (first of each slot's intervals, first column, last column)
Rows = tuple[Indices, Indices, Indices]
# (x0, y0, x1, y1 of each edge, its polygon)
Edges = tuple[Floats, Indices]

# Truth tables: bit (centre inside) + 2 · (crossed).
CENTRE, TOUCHING, WITHIN, CROSSED = 0b1010, 0b1110, 0b0010, 0b1100
_UNITS = float(UNITS_PER_DEGREE)
# Vertices this near (units) to a whole unit are on it.
_NEAR = 1e-6
_LOW32 = np.int64(0xFFFFFFFF)
_NOTHING = np.int64(2**63 - 1)
_U31, _U1 = np.uint64(31), np.uint64(1)


@numba.njit(cache=True, nogil=True)
def snap(degrees: float) -> float:
    """Return units, whole ones if a hair off: the noise of decimal degrees, 15 nm."""
    units = degrees * _UNITS
    whole = np.rint(units)
    return whole if abs(units - whole) <= _NEAR else units


@numba.njit(cache=True, nogil=True)
def write_edges(points: Floats, rings: tuple[Indices, Indices], out: Edges, exact: bool) -> int:  # noqa: FBT001 - compiled
    """Write the edges between neighbouring points of the same ring; return how many.

    Args:
        points: Degrees.
        rings: (the ring of each point, the polygon of each ring).
        out: Room for as many edges as there are points.
        exact: Leave the edges in degrees as they are, instead of units.
    """
    edges, owners = out
    ring_of, owner_of = rings
    n = 0
    for i in range(ring_of.size - 1):
        if ring_of[i] != ring_of[i + 1]:
            continue
        for k in range(4):
            degrees = points[i + k // 2, k % 2]
            edges[n, k] = degrees if exact else snap(degrees)
        owners[n] = owner_of[ring_of[i]]
        n += 1
    return n


@numba.njit(cache=True, nogil=True)
def find_rows(edges: Edges, y_axis: Axis, margin: float, spans: Indices, limits: Indices) -> None:
    """Write the first and the last row with a piece of each edge, and of each polygon.

    `limits` holds, for each polygon, a first row larger than any and a last one smaller than any.
    """
    points, owners = edges
    end = y_axis[3]
    for e in range(owners.size):
        low, high = min(points[e, 1], points[e, 3]), max(points[e, 1], points[e, 3])
        first = index_of(y_axis, max(low - margin, -end))
        last = index_below(y_axis, min(high + margin, end))
        spans[e, 0], spans[e, 1] = first, last
        limits[owners[e], 0] = min(limits[owners[e], 0], first)
        limits[owners[e], 1] = max(limits[owners[e], 1], last)


@numba.njit(cache=True, nogil=True)
def count_rows(spans: Indices, owners: Indices, shifts: Indices, counts: Indices) -> None:
    """Count for each slot the edges with a piece in it: counts[slot + 1]."""
    for e in range(owners.size):
        shift = shifts[owners[e]] + 1
        for row in range(spans[e, 0], spans[e, 1] + 1):
            counts[shift + row] += 1


@numba.njit(cache=True, nogil=True)
def pack(axis: Axis, low: float, high: float) -> int:
    """Return the columns with a piece of [low, high] in them as one sortable number."""
    high = min(high, axis[3])
    a = index_of(axis, max(low, -axis[3]))
    # Most pieces lie in one cell.
    if edge_of(axis, a) < high <= edge_of(axis, a + 1):
        return a << 32
    b = index_below(axis, high)
    return (a << 32) | (b - a) if a <= b else _NOTHING


@numba.njit(cache=True, nogil=True)
def first_middle(axis: Axis, units: float) -> int:
    """Return the first cell whose middle is at or past a coordinate."""
    index = index_of(axis, units)
    return index + 1 if units > middle_of(axis, index) else index


@numba.njit(cache=True, nogil=True)
def trace_edges(
    edges: Edges,
    axes: tuple[Axis, Axis],
    margin: float,
    rows: tuple[Indices, Indices],
    room: tuple[Indices, Indices],
) -> tuple[Indices, Indices, Indices]:
    """Return packed crossed columns and centre crossings by slot, and how many of the latter.

    `rows` is (the rows of each edge, each polygon's shift); `room` is (starts, counters): where
    each slot's items begin and, zeroed, how many there are. A centre crossing is the first column
    whose middle is at or east of it.
    """
    points, owners = edges
    x_axis, y_axis = axes
    spans, shifts = rows
    starts, crossed_count = room
    crossed, centres = np.empty(starts[-1], np.int64), np.empty(starts[-1], np.int64)
    centre_count = np.zeros(crossed_count.size, np.int64)
    for e in range(owners.size):
        x0, y0, x1, y1 = points[e, 0], points[e, 1], points[e, 2], points[e, 3]
        if y1 < y0:
            x0, y0, x1, y1 = x1, y1, x0, y0
        left, right = min(x0, x1), max(x0, x1)
        # A level edge between two rows crosses none; inside a row it is one step of the loop.
        slope = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
        bottom = edge_of(y_axis, spans[e, 0])
        for row in range(spans[e, 0], spans[e, 1] + 1):
            slot = row + shifts[owners[e]]
            top = edge_of(y_axis, row + 1)
            # Rounding is monotone in y, and clamping keeps it so: a middle crossing always lies
            # between the crossings of the row's two edges.
            low, high, middle = bottom - margin, top + margin, (bottom + top) * 0.5
            x = x0 if low <= y0 else min(max(x0 + (low - y0) * slope, left), right)
            after = x1 if high >= y1 else min(max(x0 + (high - y0) * slope, left), right)
            crossed[starts[slot] + crossed_count[slot]] = pack(
                x_axis, min(x, after) - margin, max(x, after) + margin
            )
            crossed_count[slot] += 1
            if y0 <= middle < y1:
                crossing = min(max(x0 + (middle - y0) * slope, left), right)
                centres[starts[slot] + centre_count[slot]] = first_middle(x_axis, crossing)
                centre_count[slot] += 1
            bottom = top
    return crossed, centres, centre_count


@numba.njit(cache=True, nogil=True)
def sort_slice(values: Indices, start: int, stop: int) -> None:
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
def merge_crossed(crossed: Indices, turns: Indices) -> int:
    """Write where sorted, packed columns begin and end in turn; return how many turns."""
    m = 0
    for i in range(crossed.size):
        if crossed[i] == _NOTHING:
            break
        first = crossed[i] >> 32
        end = first + (crossed[i] & _LOW32) + 1
        if m and first <= turns[m - 1]:
            turns[m - 1] = max(turns[m - 1], end)
        else:
            turns[m], turns[m + 1] = first, end
            m += 2
    return m


@numba.njit(cache=True, nogil=True)
def combine_rows(traced: tuple[Indices, Indices, Indices], starts: Indices, truth: int) -> Rows:
    """Return each slot's columns for a mode, as disjoint ascending intervals that do not touch."""
    crossed, centres, centre_count = traced
    slots = starts.size - 1
    offsets = np.zeros(slots + 1, np.int64)
    firsts, lasts = np.empty(2 * crossed.size, np.int64), np.empty(2 * crossed.size, np.int64)
    most = 0
    for slot in range(slots):
        most = max(most, starts[slot + 1] - starts[slot])
    turns = np.empty(2 * most, np.int64)
    n = 0
    for slot in range(slots):
        begin, end, last = starts[slot], starts[slot + 1], starts[slot] + centre_count[slot]
        sort_slice(centres, begin, last)
        sort_slice(crossed, begin, end)
        m = merge_crossed(crossed[begin:end], turns)
        i, j, was = begin, 0, 0
        while i < last or j < m:
            here = centres[i] if j == m or (i < last and centres[i] <= turns[j]) else turns[j]
            while i < last and centres[i] == here:
                i += 1
            if j < m and turns[j] == here:
                j += 1
            now = (truth >> (((i - begin) & 1) + 2 * (j & 1))) & 1
            if now > was:
                firsts[n] = here
            elif now < was:
                lasts[n] = here - 1
                n += 1
            was = now
        offsets[slot + 1] = n
    return offsets, firsts[:n], lasts[:n]


@numba.njit(cache=True, nogil=True)
def find_in_rows(cells: tuple[Indices, Indices], found: Rows, out: NDArray[np.bool_]) -> None:
    """Tell for each (column, slot) whether it is in the intervals of its slot."""
    columns, slots = cells
    offsets, firsts, lasts = found
    for i in range(columns.size):
        slot = slots[i]
        out[i] = False
        if slot < 0 or slot >= offsets.size - 1:
            continue
        low, high = offsets[slot], offsets[slot + 1]
        while low < high:
            middle = (low + high) // 2
            if lasts[middle] < columns[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low < offsets[slot + 1] and firsts[low] <= columns[i]


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
def write_keys(rows: Rows, slot_rows: Indices, axes: tuple[Axis, Axis], out: Keys) -> None:
    """Write the keys of all cells, slot by slot, each from west to east."""
    offsets, firsts, lasts = rows
    n = 0
    for slot in range(slot_rows.size):
        if offsets[slot] == offsets[slot + 1]:
            continue
        latitude = latitude_bits(axes[1], slot_rows[slot])
        for i in range(offsets[slot], offsets[slot + 1]):
            a, b = firsts[i], lasts[i]
            # An interval across the prime meridian is written as two.
            while a <= b:
                end = min(b, np.int64(-1)) if a < 0 else b
                write_run(axes[0], a, end, latitude, out[n : n + end - a + 1])
                n, a = n + end - a + 1, end + 1
