"""Outlines of volumes: polygons and circles in degrees, WGS 84, as rings on the lattice.

A **polygon** is the closed area within straight lines in longitude and latitude. F3548-21 means
geodesics instead; an edge of L metres at latitude φ differs from its geodesic by at most about
1.09·tan|φ|·L²/8R: 1.3 cm for 1 km and 1.3 m for 10 km at 30.5° N. `follow_geodesics` puts
vertices on long edges for those who need less.

A **circle** is the closed area within a geodesic distance of its centre. It stands for the
polygon of 64 edges around it: all of the circle lies inside, and nothing further out than 0.13 % of
the radius and 1 mm, so circles that meet are never missed, while a gap narrower than that may
count as meeting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, cos, pi, radians, sqrt, tan
from typing import cast

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from chengmo import InvalidRequest
from chengmo_airspace.volume.lattice import PER_DEGREE, TURN
from chengmo_airspace.volume.ring_kernel import Integers, find_fault

MAX_LATITUDE = 85.0
MAX_SPAN_DEGREES = 90.0
MAX_VERTICES = 10_000
MAX_RADIUS_M = 200_000.0
SIDES = 64

_MIN_VERTICES = 3
_EARTH_M = 6.35e6  # the least radius of curvature, rounded down to the safe side
_GEOD = Geod(ellps="WGS84")
_AZIMUTHS = np.arange(SIDES) * (360 / SIDES)
# What rounding to the lattice and Karney's formulas (15 nm) may take from a vertex, with room.
_ROUNDING_M = 0.0005


@dataclass(frozen=True)
class Polygon:
    """The closed area within straight edges in longitude and latitude.

    Attributes:
        vertices: (longitude, latitude) in degrees, either way round, the first not repeated at the
            end (if it is, that is forgiven). An edge goes the shorter way round the Earth, so an
            outline may cross ±180°.

    Raises:
        InvalidRequest: If fewer than three vertices differ, edges cross or touch, the area is
            nothing, a place is not on the Earth or beyond 85° of latitude, or the outline is wider
            than 90° or has more than 10 000 vertices.

    Example:
        >>> Polygon([(114.30, 30.54), (114.32, 30.54), (114.31, 30.56)]).ring.shape
        (3, 2)
    """

    vertices: Sequence[tuple[float, float]]

    def __post_init__(self) -> None:
        pairs = tuple((float(lon), float(lat)) for lon, lat in self.vertices)
        object.__setattr__(self, "vertices", pairs)
        _ = self.ring  # what is wrong is said now, not at first use

    @cached_property
    def ring(self) -> Integers:
        """(n, 2) vertices on the lattice; longitudes go on beyond ±180° where it is crossed."""
        if not _MIN_VERTICES <= len(self.vertices) <= MAX_VERTICES:
            raise InvalidRequest(
                f"a polygon of {len(self.vertices)} vertices",
                hint=f"give {_MIN_VERTICES} to {MAX_VERTICES}",
            )
        ring = _lay_ring(np.array(self.vertices))
        fault = find_fault(ring)
        if fault >= 0:
            at = ring[fault] / PER_DEGREE
            raise InvalidRequest(
                f"the edges of a polygon cross or touch near {at[0]:.6f}, {at[1]:.6f}",
                hint="give the vertices in order along the edge, each once",
            )
        ring.flags.writeable = False
        return ring


@dataclass(frozen=True)
class Circle:
    """The closed area within a geodesic distance of a place.

    Attributes:
        longitude: Of the centre, degrees.
        latitude: Of the centre, degrees.
        radius_m: Metres along the WGS 84 ellipsoid.

    Raises:
        InvalidRequest: If the centre is not on the Earth, the radius is not within 0 to 200 km, or
            the circle reaches beyond 85° of latitude.

    Example:
        >>> Circle(114.3, 30.5, 100).ring.shape
        (64, 2)
    """

    longitude: float
    latitude: float
    radius_m: float

    def __post_init__(self) -> None:
        if not 0 < self.radius_m <= MAX_RADIUS_M:
            raise InvalidRequest(
                f"a circle of {self.radius_m} m radius",
                hint=f"give more than 0 and at most {MAX_RADIUS_M:.0f} m",
            )
        _ = self.ring

    @cached_property
    def ring(self) -> Integers:
        """(64, 2) vertices on the lattice of a polygon that holds the circle."""
        _check_places(np.array([[self.longitude, self.latitude]]))
        reach = np.full(SIDES, _reach_of_vertices(self.radius_m, self.latitude))
        lon, lat = np.full(SIDES, self.longitude), np.full(SIDES, self.latitude)
        east, north, _ = _GEOD.fwd(lon, lat, _AZIMUTHS, reach)
        ring = _lay_ring(np.column_stack([east, north]))
        ring.flags.writeable = False
        return ring


Outline = Polygon | Circle


def follow_geodesics(polygon: Polygon, *, tolerance_m: float = 0.01) -> Polygon:
    """Return a polygon whose edges keep to the geodesics between the vertices of another.

    Args:
        polygon: Whose edges are meant as shortest paths, as F3548-21 means them.
        tolerance_m: How far an edge may still leave its geodesic; metres, more than 0.

    Example:
        >>> wide = Polygon([(114.0, 30.5), (114.1, 30.5), (114.05, 30.6)])   # edges of about 10 km
        >>> len(follow_geodesics(wide, tolerance_m=0.1).vertices)
        14
    """
    if not tolerance_m > 0:
        raise InvalidRequest(f"a tolerance of {tolerance_m} m", hint="give more than 0")
    vertices: list[tuple[float, float]] = []
    for (a_lon, a_lat), (b_lon, b_lat) in zip(
        polygon.vertices, (*polygon.vertices[1:], polygon.vertices[0]), strict=True
    ):
        length = cast("float", _GEOD.inv(a_lon, a_lat, b_lon, b_lat)[2])
        steepest = max(abs(a_lat), abs(b_lat))
        parts = max(1, ceil(sqrt(edge_error_m(length, steepest) / tolerance_m)))
        vertices.append((a_lon, a_lat))
        if parts > 1:
            vertices += _GEOD.npts(a_lon, a_lat, b_lon, b_lat, parts - 1)
    return Polygon(vertices)


def edge_error_m(length_m: float, latitude: float) -> float:
    """Return how far at most a straight edge in longitude and latitude leaves its geodesic.

    On the sphere a line that is straight in longitude and latitude, at azimuth α, has the geodesic
    curvature sin α·(1 + cos² α)·tan φ / R, at most 1.09·tan φ / R; a chord of length L of
    such a curve keeps within curvature · L² / 8.
    """
    return 1.1 * tan(radians(min(abs(latitude), 89.0))) * length_m**2 / (8 * _EARTH_M)


def _reach_of_vertices(radius_m: float, latitude: float) -> float:
    """Return how far out vertices must lie so that the straight edges hold the circle."""
    half = pi / SIDES
    furthest = min(abs(latitude) + radius_m * 1.01 / 111_000, MAX_LATITUDE)
    sag = edge_error_m(2.02 * half * radius_m, furthest)
    # In a plane r / cos(π/n); on a sphere tan ρ = tan r / cos(π/n), which asks for less.
    return (radius_m + sag) / cos(half) + _ROUNDING_M


def _lay_ring(places: NDArray[np.float64]) -> Integers:
    """Return places in degrees as a ring on the lattice, each step the shorter way round."""
    _check_places(places)
    ring = np.rint(places * PER_DEGREE).astype(np.int64)
    steps = (np.diff(ring[:, 0]) + TURN // 2) % TURN - TURN // 2
    ring[1:, 0] = ring[0, 0] + np.cumsum(steps)
    moved = (ring != np.roll(ring, 1, axis=0)).any(axis=1)
    # The first again at the end may be a turn away: that outline goes round a pole.
    if abs(int(ring[-1, 0] - ring[0, 0])) >= TURN // 2:
        raise InvalidRequest("an outline around a pole", hint="cut it at a meridian")
    ring = ring[moved]
    if len(ring) < _MIN_VERTICES:
        raise InvalidRequest(
            "fewer than three vertices of a polygon differ", hint="give three or more places"
        )
    west, east = int(ring[:, 0].min()), int(ring[:, 0].max())
    if max(east - west, int(np.ptp(ring[:, 1]))) > MAX_SPAN_DEGREES * PER_DEGREE:
        raise InvalidRequest(
            f"an outline {(east - west) / PER_DEGREE:.1f}° wide",
            hint=f"cut it into outlines of at most {MAX_SPAN_DEGREES:.0f}°",
        )
    ring[:, 0] -= (west + TURN // 2) // TURN * TURN
    return ring


def _check_places(places: NDArray[np.float64]) -> None:
    lon, lat = np.abs(places[:, 0]), np.abs(places[:, 1])
    if not ((lon <= 360) & (lat <= 90)).all():  # noqa: PLR2004 - degrees
        raise InvalidRequest(
            "a longitude or latitude that is not on the Earth",
            hint="give degrees, longitude first, as numbers",
        )
    if (lat > MAX_LATITUDE).any():
        raise InvalidRequest(
            f"an outline beyond {MAX_LATITUDE:.0f}° of latitude",
            hint="near the poles outlines in longitude and latitude have no use",
        )
