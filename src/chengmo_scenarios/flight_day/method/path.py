"""Paths over the ground: metres, legs in time, a parallel path beside.

A path is (n, 2) longitudes and latitudes in degrees (WGS 84); its edges are straight in them.
Lengths are those on the WGS 84 ellipsoid by the radii of curvature at an edge's middle, which over
50 km at 30° N is off by less than a hundred-thousandth.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_EQUATOR_M, _ECCENTRICITY = 6_378_137.0, 0.0066943799901413165
_LEAST_M = 0.01


class Legs(NamedTuple):
    """Straight pieces of a flight, one after the other.

    Attributes:
        begin: (n, 2) where each begins, degrees.
        end: (n, 2) where each ends.
        from_s: (n,) when it begins, seconds after the path's beginning.
        to_s: (n,) when it ends.
    """

    begin: Floats
    end: Floats
    from_s: Floats
    to_s: Floats


def metres_per_degree(latitude: Floats) -> Floats:
    """Return (n, 2) metres of a degree eastward and northward at latitudes."""
    phi = np.radians(latitude)
    curve = 1 - _ECCENTRICITY * np.sin(phi) ** 2
    east = _EQUATOR_M * np.cos(phi) / np.sqrt(curve)
    north = _EQUATOR_M * (1 - _ECCENTRICITY) / curve**1.5
    return np.radians(np.stack([east, north], axis=-1))


def edge_lengths(path: Floats) -> Floats:
    """Return the (n − 1,) lengths of a path's edges, metres.

    Example:
        >>> edge_lengths(np.array([[114.0, 30.0], [114.0, 30.01]])).round(1).tolist()
        [1108.5]
    """
    middle = (path[1:, 1] + path[:-1, 1]) / 2
    return np.hypot(*(np.diff(path, axis=0) * metres_per_degree(middle)).T)


def length_of(path: Floats) -> float:
    """Return the length of a path, metres."""
    return float(edge_lengths(path).sum())


def without_repeats(path: Floats) -> Floats:
    """Return a path without the vertices that lie on the one before."""
    kept = np.concatenate([[True], edge_lengths(path) > _LEAST_M])
    return path[kept]


def cut_path(path: Floats, *, speed_mps: float, leg_s: float) -> Legs:
    """Return the legs of a flight along a path: cut at its vertices and at least every `leg_s`.

    Example:
        >>> legs = cut_path(np.array([[114.0, 30.0], [114.0, 30.01]]), speed_mps=10, leg_s=60)
        >>> legs.to_s.round(1).tolist()
        [55.4, 110.9]
    """
    times = np.concatenate([[0.0], np.cumsum(edge_lengths(path) / speed_mps)])
    parts = np.maximum(1, np.ceil(np.diff(times) / leg_s)).astype(np.int64)
    edge = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = np.stack([number, number + 1]) / parts[edge]
    at = times[edge] + share * (times[edge + 1] - times[edge])
    begin, end = (
        path[edge] + one[:, None] * (path[edge + 1] - path[edge]) for one in (share[0], share[1])
    )
    return Legs(begin, end, at[0], at[1])


def corridor_corners(begin: Floats, end: Floats, half_m: float) -> Floats:
    """Return (n, 4, 2) corners of the rectangles around legs, `half_m` wider to every side."""
    scale = metres_per_degree((begin[:, 1] + end[:, 1]) / 2)
    step = (end - begin) * scale
    length = np.hypot(step[:, 0], step[:, 1])[:, None]
    along = np.divide(step, length, out=np.tile([1.0, 0.0], (len(step), 1)), where=length > 0)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    corners = [
        (place + half_m * (lengthwise * along + side * across) / scale)
        for place, lengthwise, side in ((begin, -1, -1), (end, 1, -1), (end, 1, 1), (begin, -1, 1))
    ]
    return np.stack(corners, axis=1)


def beside(path: Floats, offset_m: float) -> Floats:
    """Return a path from the same start to the same end that runs beside another between.

    It leaves to the left (or, below 0, to the right) within as many metres along the path as it is
    offset, at most a quarter of the path, and comes back so. At a vertex it keeps the offset along
    the middle of both edges' directions, which is a little nearer to the edges in a bend.

    Example:
        >>> beside(np.array([[114.0, 30.0], [114.0, 30.1]]), 100).shape
        (4, 2)
    """
    scale = metres_per_degree(path[:, 1].mean(keepdims=True))[0]
    flat = path * scale
    edges = np.diff(flat, axis=0)
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    along = edges / lengths[:, None]
    reach = min(abs(offset_m), lengths.sum() / 4)
    stations = np.concatenate([[0.0], np.cumsum(lengths)])
    inner = stations[(stations > reach) & (stations < stations[-1] - reach)]
    at = np.concatenate([[reach], inner, [stations[-1] - reach]])
    places = np.column_stack([np.interp(at, stations, flat[:, axis]) for axis in (0, 1)])
    right = np.clip(np.searchsorted(stations, at, side="right") - 1, 0, len(along) - 1)
    left = np.clip(np.searchsorted(stations, at, side="left") - 1, 0, len(along) - 1)
    middle = along[left] + along[right]
    size = np.hypot(middle[:, 0], middle[:, 1])[:, None]
    middle = np.where(size > 0.1, middle / np.maximum(size, 0.1), along[right])  # noqa: PLR2004 - a way back upon itself has no middle direction
    moved = places + offset_m * np.column_stack([-middle[:, 1], middle[:, 0]])
    return np.vstack([path[:1], moved / scale, path[-1:]])
