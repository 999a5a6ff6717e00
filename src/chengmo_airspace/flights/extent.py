"""An extent: the volumes that an intent, constraint or subscription declares, ready to compare."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from chengmo import ChengmoError
from chengmo_airspace.flights.coverage import Ring, cover_circle, cover_polygon
from chengmo_airspace.flights.instant import parse_instant, time_document
from chengmo_airspace.flights.message import Altitude, Volume3D, Volume4D, read_volume
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.volume import Circle, Outline, Polygon, Volume, follow_geodesics

# As large as the discovery services in use allow.
MOST_AREA_KM2 = 2500.0
LOWEST_M, HIGHEST_M = -8000.0, 100_000.0
# Where time is open: the year 1970 and the year 9000, which no request reaches.
EARLIEST_US = 0
LATEST_US = 221_845_392_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True)
class Extent:
    """One or more volumes and the bounds of them all.

    Attributes:
        volumes: Each exact, for what is decided.
        cells: S2 cells of level 13 that they touch together, for who is notified.
        lower_m: Metres above the WGS 84 ellipsoid.
        upper_m: Likewise.
        start_us: Microseconds since 1970.
        end_us: Likewise.
        document: The volumes as F3548-21 writes them, to keep and read again.
    """

    volumes: tuple[Volume, ...]
    cells: frozenset[int]
    lower_m: float
    upper_m: float
    start_us: int
    end_us: int
    document: tuple[dict[str, Any], ...]

    def is_near(self, other: "Extent") -> bool:
        """Tell whether the bounds of both meet: cells, heights and times."""
        return (
            self.start_us <= other.end_us
            and other.start_us <= self.end_us
            and self.lower_m <= other.upper_m
            and other.lower_m <= self.upper_m
            and not self.cells.isdisjoint(other.cells)
        )

    def covers(self, other: "Extent") -> bool:
        """Tell whether the bounds of this one hold those of `other`."""
        return (
            self.start_us <= other.start_us
            and other.end_us <= self.end_us
            and self.lower_m <= other.lower_m
            and other.upper_m <= self.upper_m
            and other.cells <= self.cells
        )

    @cached_property
    def text(self) -> str:
        """The volumes as JSON."""
        return json.dumps(self.document, separators=(",", ":"))


def extent_of(
    volumes: Sequence[Volume4D],
    *,
    times: bool = True,
    heights: bool = True,
    start_us: int = EARLIEST_US,
    end_us: int = LATEST_US,
) -> Extent:
    """Return the extent of volumes as they came in.

    Args:
        volumes: At least one.
        times: Whether each must say when it begins and ends.
        heights: Whether each must say how low and high it reaches.
        start_us: When one begins that does not say.
        end_us: When one ends that does not say.

    Raises:
        FlightRefused: If a bound is missing, an outline impossible or the area too large.
    """
    pieces = [_piece(v, (start_us, end_us), times=times, heights=heights) for v in volumes]
    if sum(area for area, _, _ in pieces) > MOST_AREA_KM2 * max(1, len(pieces) / 2):
        raise _too_large()
    return Extent(
        volumes=tuple(piece for _, piece, _ in pieces),
        cells=frozenset[int]().union(*(cells for _, _, cells in pieces)),
        lower_m=min(piece.lower_m for _, piece, _ in pieces),
        upper_m=max(piece.upper_m for _, piece, _ in pieces),
        start_us=min(instant_of(piece.begin) for _, piece, _ in pieces),
        end_us=max(instant_of(piece.end) for _, piece, _ in pieces),
        document=tuple(
            volume_document(piece, v.volume)
            for v, (_, piece, _) in zip(volumes, pieces, strict=True)
        ),
    )


def extent_of_document(document: Sequence[Any]) -> Extent:
    """Return the extent that `Extent.document` was kept of."""
    return extent_of([read_volume(volume) for volume in document])


def join_extents(one: Extent, other: Extent) -> Extent:
    """Return the extent of the volumes of both."""
    return Extent(
        (*one.volumes, *other.volumes),
        one.cells | other.cells,
        min(one.lower_m, other.lower_m),
        max(one.upper_m, other.upper_m),
        min(one.start_us, other.start_us),
        max(one.end_us, other.end_us),
        (*one.document, *other.document),
    )


def instant_of(moment: datetime) -> int:
    """Return the microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def volume_document(volume: Volume, shape: Volume3D) -> dict[str, Any]:
    """Return a `Volume4D` of F3548-21: the outline as it came, every bound said."""
    given: dict[str, Any] = shape.model_dump(
        include={"outline_circle", "outline_polygon"}, exclude_none=True
    )
    return {
        "volume": {
            **given,
            "altitude_lower": altitude_document(volume.lower_m),
            "altitude_upper": altitude_document(volume.upper_m),
        },
        "time_start": time_document(instant_of(volume.begin)),
        "time_end": time_document(instant_of(volume.end)),
    }


def altitude_document(height_m: float) -> dict[str, Any]:
    """Return metres above the ellipsoid as an `Altitude` of F3548-21."""
    return {"value": height_m, "reference": "W84", "units": "M"}


def _piece(
    given: Volume4D, open_us: tuple[int, int], *, times: bool, heights: bool
) -> tuple[float, Volume, frozenset[int]]:
    shape = given.volume
    if times and (given.time_start is None or given.time_end is None):
        raise FlightRefused("a volume has no time_start or no time_end", hint="give both")
    if heights and (shape.altitude_lower is None or shape.altitude_upper is None):
        raise FlightRefused("a volume has no altitude_lower or no altitude_upper", hint="give both")
    start_us = open_us[0] if given.time_start is None else parse_instant(given.time_start.value)
    end_us = (
        open_us[1] if given.time_end is None else parse_instant(given.time_end.value, upward=True)
    )
    if start_us >= end_us:
        raise FlightRefused("a volume ends before it begins", hint="give the earlier time first")
    area_km2, outline, cells = _outline(shape)
    try:
        volume = Volume(
            outline,
            _height(shape.altitude_lower, LOWEST_M),
            _height(shape.altitude_upper, HIGHEST_M),
            _EPOCH + timedelta(microseconds=start_us),
            _EPOCH + timedelta(microseconds=end_us),
        )
    except ChengmoError as error:
        raise FlightRefused(error.message, hint=error.hint) from error
    return area_km2, volume, cells


def _height(given: Altitude | None, if_open: float) -> float:
    return if_open if given is None else given.value


def _outline(shape: Volume3D) -> tuple[float, Outline, frozenset[int]]:
    circle, polygon = shape.outline_circle, shape.outline_polygon
    if circle is not None:
        radius_m = circle.radius.value
        area_km2 = math.pi * (radius_m / 1000) ** 2
        if area_km2 > MOST_AREA_KM2:
            raise _too_large()
        place = (circle.center.lat, circle.center.lng)
        return area_km2, _make_circle(*place, radius_m), cover_circle(*place, radius_m)
    if polygon is None:  # pragma: no cover - the message has exactly one of the two
        raise FlightRefused("a volume without outline", hint="give one")
    ring = tuple((vertex.lat, vertex.lng) for vertex in polygon.vertices)
    cells = cover_polygon(ring)
    area_km2 = _area_km2(ring)
    if area_km2 > MOST_AREA_KM2:
        raise _too_large()
    return area_km2, _make_polygon(ring), cells


# An update mostly keeps the outlines; their exact rings and boxes are kept with them.
@lru_cache(maxsize=8192)
def _make_circle(latitude: float, longitude: float, radius_m: float) -> Circle:
    try:
        return Circle(longitude, latitude, radius_m)
    except ChengmoError as error:
        raise FlightRefused(error.message, hint=error.hint) from error


@lru_cache(maxsize=8192)
def _make_polygon(ring: Ring) -> Polygon:
    try:
        return follow_geodesics(Polygon([(lng, lat) for lat, lng in ring]), tolerance_m=0.1)
    except ChengmoError as error:
        raise FlightRefused(error.message, hint=error.hint) from error


def _area_km2(ring: Ring) -> float:
    """Return the area of a polygon on the sphere (Chamberlain and Duquette 2007)."""
    total = 0.0
    for (south, west), (north, east) in zip(ring, (*ring[1:], ring[0]), strict=True):
        turn = math.radians((east - west + 180) % 360 - 180)
        total += turn * (2 + math.sin(math.radians(south)) + math.sin(math.radians(north)))
    return abs(total) * _EARTH_RADIUS_KM**2 / 2


def _too_large() -> FlightRefused:
    return FlightRefused(
        f"the area is larger than {MOST_AREA_KM2:.0f} km²",
        hint="divide it",
        reason="too-large",
    )
