"""Slow answers by other ways than the code under test, and volumes that are hard to tell apart."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import shapely

from chengmo_airspace.volume import VolumeColumns

BASE_LON, BASE_LAT = 114_300_000_000, 30_500_000_000


def columns_of(rings, bands):
    """Return columns of rings of whole numbers and rows of lower, upper, begin and end."""
    boxes = [
        [*np.column_stack([ring.min(axis=0), ring.max(axis=0)]).ravel(), *band]
        for ring, band in zip(rings, bands, strict=True)
    ]
    offsets = np.cumsum([0, *(len(ring) for ring in rings)])
    return VolumeColumns(np.array(boxes, np.int64), np.concatenate(rings), offsets)


def shapely_pairs(volumes, owner, *, shift=0):
    """Return all conflicting pairs by testing every pair with GEOS, whose predicates are exact."""
    boxes = volumes.boxes
    i, j = np.triu_indices(len(boxes), 1)
    both = owner[i] != owner[j]
    for low, high in ((4, 5), (6, 7)):
        both &= (boxes[i, low] <= boxes[j, high]) & (boxes[j, low] <= boxes[i, high])
    i, j = i[both], j[both]
    counts = np.diff(volumes.offsets)
    rings = shapely.linearrings(
        volumes.vertices - [BASE_LON, BASE_LAT],
        indices=np.repeat(np.arange(len(boxes)), counts),
    )
    areas = shapely.polygons(rings)
    met = shapely.intersects(areas[i], areas[j])
    return np.column_stack([i[met], j[met]])


def fractions_meet(one, other):
    """Say whether two rings meet by solving for the point where each two edges cross."""
    return (
        any(_cross(a, b) for a in _edges(one) for b in _edges(other))
        or _winds_around(other, one[0])
        or _winds_around(one, other[0])
    )


def _edges(ring):
    return list(pairwise([*ring, ring[0]]))


def _cross(one, other):
    (ax, ay), (bx, by) = one
    (cx, cy), (dx, dy) = other
    ux, uy, vx, vy = bx - ax, by - ay, dx - cx, dy - cy
    scale = ux * vy - uy * vx
    if scale:
        s = Fraction((cx - ax) * vy - (cy - ay) * vx, scale)
        t = Fraction((cx - ax) * uy - (cy - ay) * ux, scale)
        return 0 <= s <= 1 and 0 <= t <= 1
    if (cx - ax) * uy != (cy - ay) * ux:
        return False
    along = ux * ux + uy * uy
    ends = sorted(Fraction((x - ax) * ux + (y - ay) * uy, along) for x, y in other)
    return ends[0] <= 1 and ends[1] >= 0


def _winds_around(ring, point):
    """Return the winding number by the quadrants the vertices lie in, as seen from the point."""
    px, py = point
    turns = 0
    for (ax, ay), (bx, by) in _edges(ring):
        if ay <= py < by and (bx - ax) * (py - ay) > (px - ax) * (by - ay):
            turns += 1
        if by <= py < ay and (bx - ax) * (py - ay) < (px - ax) * (by - ay):
            turns -= 1
    return turns != 0


def simple_rings(rng, count, *, vertices=(3, 7), side=7):
    """Return rings with corners on a tiny lattice, where nearly everything touches something."""
    rings = []
    while len(rings) < count:
        ring = rng.integers(0, side, (rng.integers(*vertices), 2))
        if is_simple(ring):
            rings.append(ring)
    return rings


def is_simple(ring):
    """Say whether GEOS takes a ring for the edge of an area."""
    closed = np.concatenate([ring, ring[:1]])
    distinct = len(np.unique(ring, axis=0)) == len(ring)
    return bool(distinct and shapely.Polygon(closed).is_valid and shapely.Polygon(closed).area)


def hard_volumes(rng, count):
    """Return volumes of one of several kinds that touch, nest, share corners or miss narrowly."""
    kind = rng.integers(5)
    if kind == 0:  # 1e-9 degrees apart
        rings = simple_rings(rng, count)
    elif kind == 1:  # the same lattice, sheared and blown up beyond 2**31 a side
        rings = [ring @ [[911_382_323, 7], [13, 772_613_561]] for ring in simple_rings(rng, count)]
    elif kind == 2:  # slivers along one line, with corners one step off it
        places = rng.integers(0, 40, (count, 3, 1)) * [[123_457, 98_765]]
        slivers = places + rng.integers(-1, 2, (count, 3, 2))
        rings = [ring for ring in slivers if is_simple(ring)]
    elif kind == 3:  # short decimals: whole thousandths of a degree
        rings = [ring * 1_000_000 for ring in simple_rings(rng, count)]
    else:  # squares within squares that touch in edges and corners
        low, size = rng.integers(0, 6, (count, 1, 2)), rng.integers(1, 7, (count, 1, 1))
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
        rings = list((low + size * corners)[:, :: rng.choice([1, -1])] * 1000)
    rings = [np.add(ring, [BASE_LON, BASE_LAT]) for ring in rings]
    bands = np.sort(rng.integers(0, 4, (len(rings), 2, 2)), axis=2).reshape(-1, 4)
    return columns_of(rings, bands * [1000, 1000, 10**6, 10**6])
