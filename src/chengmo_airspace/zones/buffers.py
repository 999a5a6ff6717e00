"""Zones around places: what a city sets around hospitals, stations, lines, as its own parameters.

No distance is in the law: decree 761 says "and around" and leaves it to who publishes the zones. So
every buffer names its distance and where that is written; there are no defaults.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from chengmo import InvalidRequest, Plane
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones.zone import Zone

_QUARTER = 16
_METRES_A_DEGREE = 111_000.0


@dataclass(frozen=True, slots=True)
class Buffer:
    """A distance around places of a kind.

    Attributes:
        distance_m: Metres around each place.
        zone: A zone whose rule, heights, times, words and citation all of them get; its first
            layer gives the heights.
    """

    distance_m: float
    zone: Zone

    def __post_init__(self) -> None:
        """Refuse a buffer that cites nothing."""
        if not self.zone.citation:
            raise InvalidRequest(
                f"buffer '{self.zone.identifier}' says not where its distance is written",
                hint="give zone.citation: the city's rule, or 'assumption'",
            )
        if not self.distance_m > 0:
            raise InvalidRequest(f"a buffer of {self.distance_m} m", hint="more than 0")


def buffer_places(places: Sequence[BaseGeometry], buffer: Buffer) -> Zone:
    """Return one zone with a layer around each place.

    A point becomes a circle (exact); a line or polygon is buffered on a plane true to scale around
    it (0.02 % within 100 km), rounded off by 16 edges a quarter turn, which lie outside.

    Args:
        places: shapely points, lines or polygons in degrees.
        buffer: Distance, rule and words.

    Raises:
        InvalidRequest: If there is no place.
    """
    if not places:
        raise InvalidRequest("there is no place to buffer", hint="give points, lines or polygons")
    like = buffer.zone.layers[0]
    layers = [replace(like, outline=_around(place, buffer.distance_m)) for place in places]
    return replace(buffer.zone, layers=tuple(layers))


def _around(place: BaseGeometry, distance_m: float) -> BaseGeometry | Circle:
    if isinstance(place, shapely.Point):
        return Circle(place.x, place.y, distance_m)
    corners = shapely.get_coordinates(place)
    plane = Plane.around(corners)
    flat = shapely.transform(place, plane.to_metres)
    # The corners of a round end lie on the circle: a little more, and its edges hold it.
    wide = shapely.buffer(flat, distance_m / np.cos(np.pi / (4 * _QUARTER)), quad_segs=_QUARTER)
    return shapely.transform(wide, lambda metres: _to_degrees(metres, plane))


def _to_degrees(metres: np.ndarray, plane: Plane) -> np.ndarray:
    """Return degrees of metres on a plane, by Newton's method on the plane's own formulas."""
    place = np.array([[plane.lon, plane.lat]]) + metres / _METRES_A_DEGREE
    for _ in range(12):
        off = metres - plane.to_metres(place)
        width = np.cos(np.radians(place[:, 1]))
        place = place + off / _METRES_A_DEGREE / np.column_stack([width, np.ones(len(place))])
    return place
