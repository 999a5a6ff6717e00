"""The S2 cells of level 13 that an outline touches: the coarse areas in which flights are notified.

F3548-21 leaves to the discovery service how coarsely it looks for subscribers; the services in use
take S2 cells of level 13 (about 1 km across). An edge of an F3548 polygon is the shortest way
between its ends, which is a straight line in the gnomonic (u, v) plane of a face of the S2 cube:
there a cell is a rectangle, and covering is plane geometry, exact.

Formulas: S2 geometry's face and (u, v) conventions with the quadratic (s, t) projection.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from chengmo_airspace.flights.refusal import FlightRefused

LEVEL = 13
_SIDE = 1 << LEVEL
# The smallest radius of curvature of WGS 84 (of the meridian, at the equator): metres become
# rather more degrees than fewer.
_SMALLEST_RADIUS_M = 6_335_439.0
_ROUND = 48
# A window of 250 km each way; what passes the area limit and is longer than that is a needle.
_MOST_CELLS = 60_000
# Below this a vertex is so far from the middle of a face that the plane says little about it.
_NEAREST_COSINE = 0.3
_AXES = np.array(
    [
        [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
        [(0, 1, 0), (-1, 0, 0), (0, 0, 1)],
        [(0, 0, 1), (-1, 0, 0), (0, -1, 0)],
        [(-1, 0, 0), (0, 0, -1), (0, -1, 0)],
        [(0, -1, 0), (0, 0, -1), (1, 0, 0)],
        [(0, 0, -1), (0, 1, 0), (1, 0, 0)],
    ],
    dtype=np.float64,
)

Ring = tuple[tuple[float, float], ...]


@lru_cache(maxsize=8192)
def cover_polygon(ring: Ring) -> frozenset[int]:
    """Return the cells that a polygon touches.

    Args:
        ring: (latitude, longitude) of each vertex in degrees, the first not repeated.

    Raises:
        FlightRefused: If its edges cross, or it is too long for any notification area.

    Example:
        >>> len(cover_polygon(((30.5, 114.3), (30.5, 114.301), (30.501, 114.3))))
        1
    """
    return _cover(_directions(np.array(ring, dtype=np.float64)))


@lru_cache(maxsize=8192)
def cover_circle(latitude: float, longitude: float, radius_m: float) -> frozenset[int]:
    """Return the cells that a circle touches, and perhaps one that it nearly touches.

    Raises:
        FlightRefused: If it is too wide for any notification area.
    """
    angle = radius_m / _SMALLEST_RADIUS_M / math.cos(math.pi / _ROUND)
    if angle > 1:
        raise _too_long()
    centre = _directions(np.array([(latitude, longitude)]))[0]
    aside = np.cross(centre, (0.0, 0.0, 1.0) if abs(centre[2]) < 0.9 else (1.0, 0.0, 0.0))  # noqa: PLR2004 - any axis that is not the centre's
    aside /= np.linalg.norm(aside)
    turns = np.linspace(0, 2 * math.pi, _ROUND, endpoint=False)[:, None]
    rim = np.cos(turns) * aside + np.sin(turns) * np.cross(centre, aside)
    return _cover(math.cos(angle) * centre + math.sin(angle) * rim)


def _directions(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    latitude, longitude = np.radians(places).T
    level = np.cos(latitude)
    return np.stack(
        (level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)), axis=1
    )


def _cover(directions: npt.NDArray[np.float64]) -> frozenset[int]:
    cells: list[int] = []
    is_seen = False
    for face in range(6):
        depth, across, up = (directions @ _AXES[face].T).T
        if depth.min() < _NEAREST_COSINE:
            continue
        is_seen = True
        plane = np.stack((across / depth, up / depth), axis=1)
        low, high = plane.min(axis=0), plane.max(axis=0)
        if (low <= 1).all() and (high >= -1).all():
            cells.extend(_cells_of_face(face, plane, low, high))
    if not is_seen:
        raise _too_long()
    return frozenset(cells)


def _cells_of_face(
    face: int,
    plane: npt.NDArray[np.float64],
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
) -> list[int]:
    first, last = _index_of(low), _index_of(high)
    wide, tall = (int(n) for n in last - first + 1)
    if wide * tall > _MOST_CELLS:
        raise _too_long()
    outline = shapely.Polygon(plane)
    if not outline.is_valid:
        raise FlightRefused(
            "the edges of a polygon cross, or a vertex is there twice",
            hint="give the vertices in order round the area, the first not repeated",
        )
    across, up = np.meshgrid(
        np.arange(first[0], first[0] + wide), np.arange(first[1], first[1] + tall), indexing="ij"
    )
    across, up = across.ravel(), up.ravel()
    if len(across) > 1:
        boxes = shapely.box(_edge_of(across), _edge_of(up), _edge_of(across + 1), _edge_of(up + 1))
        shapely.prepare(outline)
        touched = shapely.intersects(outline, boxes)
        across, up = across[touched], up[touched]
    return ((face << 2 * LEVEL) | (across << LEVEL) | up).tolist()


def _index_of(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    clipped = np.clip(plane, -1, 1)
    grown = 0.5 * np.sqrt(1 + 3 * np.abs(clipped))
    share = np.where(clipped >= 0, grown, 1 - grown)
    return np.clip(np.floor(share * _SIDE), 0, _SIDE - 1).astype(np.int64)


def _edge_of(index: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    share = index / _SIDE
    grown = np.where(share >= 0.5, share, 1 - share)  # noqa: PLR2004 - the middle of a face
    edge = (4 * grown * grown - 1) / 3
    return np.where(share >= 0.5, edge, -edge)  # noqa: PLR2004 - the middle of a face


def _too_long() -> FlightRefused:
    return FlightRefused(
        "the area is too long for one request", hint="divide it", reason="too-large"
    )
