"""Compiled: which aircraft are near one another, by cells as wide as the distance asked for."""

# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

from math import cos, radians, sin

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo_airspace.tracking.batch import NO_HEIGHT
from chengmo_airspace.tracking.record import GROUND, Record, Records
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE
from chengmo_airspace.volume.ring_kernel import Integers

Floats = NDArray[np.float64]

_SECOND_US = 1_000_000
# Metres of one degree of latitude on the WGS 84 ellipsoid, where it is least (the equator), and of
# longitude there: a distance is understated, by 0.5 % at most between 60° S and 60° N.
_PER_DEGREE_M = 110_574.0
_EAST_M = 111_320.0
_COLUMNS = 1 << 31
# No more pairs are looked for: thousands at one place are a fault, not a sky.
_MOST_PAIRS = 20_000


@numba.njit(cache=True, nogil=True)
def predict(craft: Record, now: int, longest_us: int) -> tuple[float, float, float]:
    """Return longitude and latitude (degrees) and height (m) of an aircraft carried on to now."""
    lon, lat = craft.lon / PER_DEGREE, craft.lat / PER_DEGREE
    height = craft.above / PER_METRE
    seconds = min(max(now - craft.time, 0), longest_us) / _SECOND_US
    if not np.isnan(craft.speed) and not np.isnan(craft.course):
        along, way = craft.speed * seconds, radians(craft.course)
        lat += along * cos(way) / _PER_DEGREE_M
        lon += along * sin(way) / (_EAST_M * max(cos(radians(lat)), 0.01))
    if not np.isnan(craft.climb):
        height += craft.climb * seconds
    return lon, lat, height


@numba.njit(cache=True, nogil=True)
def find_near(
    crafts: Records, now: int, longest_us: int, near: tuple[float, float]
) -> tuple[Integers, Floats]:
    """Return (m, 2) slots of airborne aircraft that are near, the smaller first, and distances.

    Two of one intent (a formation) are not looked at, nor is one whose height is not known.

    Args:
        crafts: `AIRCRAFT` records.
        now: When they are compared, microseconds since 1970.
        longest_us: For how long at most positions are carried on.
        near: Metres, horizontal and vertical, that both must be fallen short of.

    Returns:
        The pairs, and for each the horizontal and vertical distance in metres.
    """
    slots = np.empty(len(crafts), np.int64)
    places = np.empty((len(crafts), 3))
    keys = np.empty(len(crafts), np.int64)
    count = 0
    for slot in range(len(crafts)):
        craft: Record = crafts[slot]
        if not craft.is_live or craft.is_lost or craft.marks & GROUND or craft.above == NO_HEIGHT:
            continue
        lon, lat, height = predict(craft, now, longest_us)
        slots[count] = slot
        places[count, 0], places[count, 1], places[count, 2] = lon, lat, height
        count += 1
    if count < 2:  # noqa: PLR2004 - a pair
        return np.empty((0, 2), np.int64), np.empty((0, 2))
    # Columns as narrow as where a degree of longitude is shortest, so that neighbours suffice.
    furthest = min(np.abs(places[:count, 1]).max() + 0.1, 89.0)
    wide = near[0] / (_EAST_M * cos(radians(furthest)))
    high = near[0] / _PER_DEGREE_M
    for n in range(count):
        column = int(np.floor((places[n, 0] + 180) / wide))
        keys[n] = int(np.floor((places[n, 1] + 90) / high)) * _COLUMNS + column
    order = np.argsort(keys[:count])
    return pairs_of(crafts, (slots, places, keys[:count][order], order), near)


@numba.njit(cache=True, nogil=True)
def gap_of(crafts: Records, slots: Integers, places: Floats, i: int, j: int) -> tuple[float, float]:
    """Return how far apart two are, horizontally and vertically; without end within an intent."""
    one: Record = crafts[slots[i]]
    two: Record = crafts[slots[j]]
    if one.intent != 0 and one.intent == two.intent:
        return np.inf, np.inf
    north = (places[i, 1] - places[j, 1]) * _PER_DEGREE_M
    scale = _EAST_M * cos(radians((places[i, 1] + places[j, 1]) / 2))
    across = np.hypot((places[i, 0] - places[j, 0]) * scale, north)
    return across, abs(places[i, 2] - places[j, 2])


@numba.njit(cache=True, nogil=True)
def pairs_of(
    crafts: Records,
    cells: tuple[Integers, Floats, Integers, Integers],
    near: tuple[float, float],
) -> tuple[Integers, Floats]:
    """Return the pairs among sorted cells and their neighbours to the east and north."""
    slots, places, keys, order = cells
    pairs, gaps = np.empty((64, 2), np.int64), np.empty((64, 2))
    found = 0
    for step in (0, 1, _COLUMNS - 1, _COLUMNS, _COLUMNS + 1):
        start = 0
        for n in range(len(keys)):
            wanted = keys[n] + step
            while start < len(keys) and keys[start] < wanted:
                start += 1
            other = n + 1 if step == 0 else start
            while other < len(keys) and keys[other] == wanted:
                i, j = order[n], order[other]
                other += 1
                across, apart = gap_of(crafts, slots, places, i, j)
                if across >= near[0] or apart >= near[1]:
                    continue
                if found == _MOST_PAIRS:
                    return pairs[:found], gaps[:found]
                if found == len(pairs):
                    pairs = np.concatenate((pairs, np.empty_like(pairs)))
                    gaps = np.concatenate((gaps, np.empty_like(gaps)))
                pairs[found, 0], pairs[found, 1] = min(slots[i], slots[j]), max(slots[i], slots[j])
                gaps[found, 0], gaps[found, 1] = across, apart
                found += 1
    return pairs[:found], gaps[:found]
