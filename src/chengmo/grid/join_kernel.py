"""Compiled join of points and polygons: integers for most points, one or two edges for the rest.

A point in a cell wholly inside a polygon is in it. A cell that the boundary meets knows the few
edges there and whether its middle is inside; a point in it is on the same side if the way to the
middle, first level and then upright, crosses an even number of edges. Whether an edge ends above or
below the way is a comparison of given numbers; where it crosses is rounded, by less than 2e-13
degrees. What comes within `NEAR` of a decision is left to the caller, who asks shapely.
"""

# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.grid.axis import Axis, edge_of
from chengmo.grid.cover_kernel import Edges, Indices, pack
from chengmo.grid.kernel import Floats, Keys

Flags = NDArray[np.uint8]
# (first key of each interval, first interval of each bin, where in the lists it begins, shift)
Directory = tuple[Keys, Indices, Indices, np.uint64]
# (polygon, group of edges or −1 inside) of each interval's polygons
Lists = tuple[Indices, Indices]
# (where its edges begin, x0 y0 x1 y1 in degrees, middle in degrees, OUT IN or UNSURE) of each group
Groups = tuple[Indices, Floats, Floats, Flags]

OUT, IN, UNSURE = 0, 1, 2
# Degrees: 0.1 µm.
NEAR = 1e-12
_LOW32 = np.int64(0xFFFFFFFF)
_NOTHING = np.int64(2**63 - 1)


@numba.njit(cache=True, nogil=True)
def cells_of_edges(
    edges: Edges,
    axes: tuple[Axis, Axis],
    margin: float,
    spans: Indices,
    out: tuple[Indices, Indices, Indices],
) -> int:
    """Write (column, row, edge) of each cell that an edge meets; only count if there is no room."""
    points, owners = edges
    columns, rows, which = out
    x_axis, y_axis = axes
    n = np.int64(0)
    for e in range(owners.size):
        x0, y0, x1, y1 = points[e, 0], points[e, 1], points[e, 2], points[e, 3]
        if y1 < y0:
            x0, y0, x1, y1 = x1, y1, x0, y0
        slope = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
        left, right = min(x0, x1), max(x0, x1)
        for row in range(spans[e, 0], spans[e, 1] + 1):
            low, high = edge_of(y_axis, row) - margin, edge_of(y_axis, row + 1) + margin
            x = x0 if low <= y0 else min(max(x0 + (low - y0) * slope, left), right)
            after = x1 if high >= y1 else min(max(x0 + (high - y0) * slope, left), right)
            packed = pack(x_axis, min(x, after) - margin, max(x, after) + margin)
            if packed == _NOTHING:
                continue
            first = packed >> 32
            for column in range(first, first + (packed & _LOW32) + 1):
                if which.size:
                    columns[n], rows[n], which[n] = column, row, e
                n += 1
    return n


@numba.njit(cache=True, nogil=True)
def is_near(x: float, y: float, edge: Floats) -> bool:
    """Tell whether an edge comes near a place, level or upright."""
    x0, y0, x1, y1 = edge[0], edge[1], edge[2], edge[3]
    in_x = min(x0, x1) - NEAR <= x <= max(x0, x1) + NEAR
    if not (in_x and min(y0, y1) - NEAR <= y <= max(y0, y1) + NEAR):
        return False
    if abs(x1 - x0) <= NEAR or abs(y1 - y0) <= NEAR:
        return True
    level = abs(x0 + (y - y0) * ((x1 - x0) / (y1 - y0)) - x) <= NEAR
    return level or abs(y0 + (x - x0) * ((y1 - y0) / (x1 - x0)) - y) <= NEAR


@numba.njit(cache=True, nogil=True)
def mark_unsure(groups: Groups) -> None:
    """Mark the groups whose middle has an edge near: nothing can be told from that middle."""
    begins, edges, middles, sides = groups
    for g in range(sides.size):
        for e in range(begins[g], begins[g + 1]):
            if is_near(middles[g, 0], middles[g, 1], edges[e]):
                sides[g] = UNSURE


@numba.njit(cache=True, nogil=True)
def crosses(ends: tuple[float, float, float, float], line: float, way: tuple[float, float]) -> int:
    """Return whether an edge crosses a way along a line: 0, 1, or UNSURE if near its ends.

    `ends` are the edge's two coordinates along the line and the two across it.
    """
    along0, along1, across0, across1 = ends
    if (across0 <= line) == (across1 <= line):
        return 0
    at = along0 + (line - across0) * ((along1 - along0) / (across1 - across0))
    if abs(at - way[0]) <= NEAR or abs(at - way[1]) <= NEAR:
        return UNSURE
    return np.int64((at < way[0]) != (at < way[1]))


@numba.njit(cache=True, nogil=True)
def has_corner_near(edge: Floats, x: float, y: float, turn_x: float) -> bool:
    """Tell whether an edge ends at (x, y) or (turn_x, y), or runs level with them."""
    first, second = abs(edge[1] - y) <= NEAR, abs(edge[3] - y) <= NEAR
    if first and second:
        return True
    if first:
        return abs(edge[0] - x) <= NEAR or abs(edge[0] - turn_x) <= NEAR
    return second and (abs(edge[2] - x) <= NEAR or abs(edge[2] - turn_x) <= NEAR)


@numba.njit(cache=True, nogil=True)
def side_of(x: float, y: float, group: int, groups: Groups) -> int:
    """Return whether a place in a cell is OUT or IN of the polygon of a group, or UNSURE."""
    begins, edges, middles, sides = groups
    middle_x, middle_y, side = middles[group, 0], middles[group, 1], np.int64(sides[group])
    if side == UNSURE:
        return UNSURE
    for e in range(begins[group], begins[group + 1]):
        x0, y0, x1, y1 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        level = crosses((x0, x1, y0, y1), y, (x, middle_x))
        upright = crosses((y0, y1, x0, x1), middle_x, (y, middle_y))
        # Neither rule sees a corner that lies just on the place or on the turn of the way.
        corner = has_corner_near(edges[e], x, y, middle_x)
        if corner or max(level, upright) == UNSURE:
            return UNSURE
        side ^= level ^ upright
    return side


@numba.njit(cache=True, nogil=True)
def interval_of(key: np.uint64, directory: Directory) -> int:
    """Return the interval that holds a key, or −1."""
    firsts, bins, _, shift = directory
    if key < firsts[0]:
        return -1
    at = np.int64((key - firsts[0]) >> shift)
    if at >= bins.size - 1:
        return -1
    low, high = bins[at], bins[at + 1]
    while low < high:
        middle = (low + high) // 2
        if firsts[middle] <= key:
            low = middle + 1
        else:
            high = middle
    return low - 1


@numba.njit(cache=True, nogil=True)
def write_pairs(
    places: tuple[Floats, Floats, Keys],
    begin: int,
    index: tuple[Directory, Lists, Groups],
    out: tuple[Indices, Indices, Flags],
) -> tuple[int, int]:
    """Write (place, polygon, IN or UNSURE) from one place on until `out` may be full.

    Returns the place to go on from and how many were written.
    """
    lon, lat, keys = places
    directory, (polygons, list_groups), groups = index
    begins = directory[2]
    found, owners, sides = out
    n = np.int64(0)
    for i in range(begin, keys.size):
        interval = interval_of(keys[i], directory)
        if interval < 0:
            continue
        if n + begins[interval + 1] - begins[interval] > found.size:
            return i, n
        for k in range(begins[interval], begins[interval + 1]):
            group = list_groups[k]
            side = IN if group < 0 else side_of(lon[i], lat[i], group, groups)
            if side != OUT:
                found[n], owners[n], sides[n] = i, polygons[k], side
                n += 1
    return keys.size, n
