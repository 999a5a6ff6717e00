"""The shortest way round closed areas: a visibility graph around their hulls.

In the plane, a shortest path among polygons turns only at their convex corners (Lozano-Pérez and
Wesley, An algorithm for planning collision-free paths among polyhedral obstacles, 1979). Here the
obstacles are the convex hulls of the closed areas, widened by a clearance; hulls that meet are made
one. The way is the shortest past these, from corner to corner, each a metre further out; a hull
may close more than the area does, so past a hollow area a shorter way can exist.
"""

from heapq import heappop, heappush
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from chengmo_scenarios.flight_day.method.path import Floats, metres_per_degree

_FURTHER_M = 1.0


def go_round(path: Floats, areas: list[BaseGeometry], *, clearance_m: float) -> Floats | None:
    """Return a path that keeps clear of areas, or None where an end lies within or none leads past.

    Vertices of the path within an area are left out; every edge that crosses one is replaced by the
    shortest way past.

    Args:
        path: (n, 2) degrees.
        areas: Closed polygons in degrees.
        clearance_m: How far to keep away from them.
    """
    scale = metres_per_degree(path[:, 1].mean(keepdims=True))[0]
    flat = path * scale
    hulls = merge_hulls([shapely.transform(area, lambda x: x * scale) for area in areas])
    closed = shapely.union_all([hull.buffer(clearance_m, join_style="mitre") for hull in hulls])
    corners = [
        shapely.get_coordinates(hull.buffer(clearance_m + _FURTHER_M, join_style="mitre"))[:-1]
        for hull in hulls
    ]
    shapely.prepare(closed)
    inside = shapely.intersects_xy(closed, flat[:, 0], flat[:, 1])
    if inside[0] or inside[-1]:
        return None
    found = [flat[0]]
    for begin, end in pairwise(flat[~inside]):
        part = _shortest(begin, end, np.vstack(corners), closed)
        if part is None:
            return None
        found += part[1:]
    return np.array(found) / scale


def merge_hulls(areas: list[BaseGeometry]) -> list[BaseGeometry]:
    """Return convex hulls that hold all of some areas and do not meet each other."""
    hulls = [shapely.convex_hull(area) for area in areas]
    while True:
        joined = shapely.union_all(hulls)
        parts = list(shapely.get_parts(joined))
        merged = [shapely.convex_hull(part) for part in parts]
        if len(merged) == len(hulls) and all(
            one.equals(other) for one, other in zip(parts, merged, strict=True)
        ):
            return merged
        hulls = merged


def _shortest(
    begin: Floats, end: Floats, corners: Floats, closed: BaseGeometry
) -> list[Floats] | None:
    """Return the shortest way between two places over corners that see each other (Dijkstra)."""
    if not closed.intersects(shapely.LineString([begin, end])):
        return [begin, end]
    free = ~shapely.intersects_xy(closed, corners[:, 0], corners[:, 1])
    places = np.vstack([begin[None], end[None], corners[free]])
    lengths = _visible_lengths(places, closed)
    best = np.full(len(places), np.inf)
    before = np.zeros(len(places), np.int64)
    best[0], queue = 0.0, [(0.0, 0)]
    while queue:
        far, here = heappop(queue)
        if here == 1:
            break
        if far > best[here]:
            continue
        for there in np.flatnonzero(far + lengths[here] < best).tolist():
            best[there], before[there] = far + lengths[here, there], here
            heappush(queue, (float(best[there]), there))
    if not np.isfinite(best[1]):
        return None
    way = [1]
    while way[-1]:
        way.append(int(before[way[-1]]))
    return [places[number] for number in reversed(way)]


def _visible_lengths(places: Floats, closed: BaseGeometry) -> NDArray[np.float64]:
    """Return (n, n) lengths between places that see each other, else infinity."""
    one, other = np.triu_indices(len(places), 1)
    lines = shapely.linestrings(np.stack([places[one], places[other]], axis=1))
    seen = ~shapely.intersects(closed, lines)
    lengths = np.full((len(places), len(places)), np.inf)
    away = np.hypot(*(places[one] - places[other]).T)
    lengths[one[seen], other[seen]] = lengths[other[seen], one[seen]] = away[seen]
    return lengths
