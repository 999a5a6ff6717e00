"""A zone: where, how high and when a rule of the air holds, whose it is and where it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Height
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones.schedule import Period
from chengmo_airspace.zones.wording import NO_WORDS, Wording

WGS84 = Geod(ellps="WGS84")
ALL_KINDS = "all"
_SIDES = 128
_EQUATOR_M, _ECCENTRICITY = 6_378_137.0, 0.006694379990141316
_PLANE_REACH_M, _PLANE_LATITUDE = 50_000.0, 70.0


class Rule(StrEnum):
    """What a zone asks of who wants to fly in it, mildest first."""

    INFORMATION = "information"
    CONDITIONAL = "conditional"
    AUTHORISATION = "requires-authorisation"
    PROHIBITED = "prohibited"


@dataclass(frozen=True, slots=True)
class Authority:
    """Who decides on flights in a zone; `purpose` as in ED-318, `notice` an ISO 8601 duration."""

    purpose: str = "AUTHORIZATION"
    name: Wording = NO_WORDS
    unit: Wording = NO_WORDS
    contact: Wording = NO_WORDS
    email: str = ""
    site_url: str = ""
    phone: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class ZoneLayer:
    """One outline between two heights.

    Attributes:
        outline: A valid shapely Polygon or MultiPolygon in degrees (WGS 84; edges are straight in
            longitude and latitude), or a `Circle` (geodesic). The edge belongs to it.
        lower: The floor, which belongs to it; None: from the ground.
        upper: The ceiling, which belongs to it; None: without limit.
    """

    outline: BaseGeometry | Circle
    lower: Height | None = None
    upper: Height | None = None

    def __post_init__(self) -> None:
        """Refuse an outline without an inside, and a band upside down."""
        if not isinstance(self.outline, Circle):
            check_area(self.outline)
        low, high = self.lower, self.upper
        if low and high and low.reference is high.reference and high.metres < low.metres:
            raise InvalidRequest(
                f"a layer from {low.metres} m up to {high.metres} m {low.reference} has no inside",
                hint="lower ≤ upper",
            )

    def area(self) -> BaseGeometry:
        """Return the outline as a polygon; a circle as one of 128 corners on it."""
        if not isinstance(self.outline, Circle):
            return self.outline
        circle = self.outline
        turn = np.arange(_SIDES) * (360.0 / _SIDES)
        lon, lat, _ = WGS84.fwd(
            np.full(_SIDES, circle.longitude),
            np.full(_SIDES, circle.latitude),
            turn,
            np.full(_SIDES, circle.radius_m),
        )
        return shapely.Polygon(np.column_stack([lon, lat]))

    def box(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees; all of the outline lies within."""
        if not isinstance(self.outline, Circle):
            west, south, east, north = self.outline.bounds
            return west, south, east, north
        ring = self.outline.ring / 1e9
        return (*ring.min(axis=0).tolist(), *ring.max(axis=0).tolist())

    def covers(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say of each place whether it lies within the outline or on its edge; exact."""
        if not isinstance(self.outline, Circle):
            shapely.prepare(self.outline)
            return np.asarray(shapely.intersects_xy(self.outline, lon, lat))
        return _within_circle(self.outline, lon, lat)


def _within_circle(
    circle: Circle, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say of each place whether its geodesic distance is at most the radius.

    Places clearly within or without are told by a local plane first, which within 50 km and 70° of
    latitude is off by far less than the 1 % and 1 m it is given; the others by the geodesic.
    """
    if circle.radius_m > _PLANE_REACH_M or abs(circle.latitude) > _PLANE_LATITUDE:
        return _by_geodesic(circle, lon, lat)
    middle = np.radians((lat + circle.latitude) / 2)
    curve = 1 - _ECCENTRICITY * np.sin(middle) ** 2
    east = (lon - circle.longitude + 180) % 360 - 180
    east = np.radians(east) * _EQUATOR_M / np.sqrt(curve) * np.cos(middle)
    north = np.radians(lat - circle.latitude) * _EQUATOR_M * (1 - _ECCENTRICITY) / curve**1.5
    away = np.hypot(east, north)
    inside = away <= circle.radius_m
    near = np.flatnonzero(np.abs(away - circle.radius_m) <= 0.01 * circle.radius_m + 1)
    inside[near] = _by_geodesic(circle, lon[near], lat[near])
    return inside


def _by_geodesic(
    circle: Circle, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.bool_]:
    centre_lon, centre_lat = (
        np.full(len(lon), value) for value in (circle.longitude, circle.latitude)
    )
    return np.asarray(WGS84.inv(centre_lon, centre_lat, lon, lat)[2]) <= circle.radius_m


@dataclass(frozen=True, slots=True)
class Zone:
    """An airspace zone.

    Attributes:
        identifier: Unique within its publisher, at most 7 characters to fit ED-318.
        rule: What it asks.
        layers: Where it holds; at least one.
        name: Its name.
        kind: What is protected: "airport", "military", "power", "rail", "hospital", "temporary" …
        country: ISO 3166 alpha-3.
        variant: COMMON or CUSTOMIZED, as in ED-318.
        reason: Of ED-318's list: AIR_TRAFFIC, SENSITIVE, PRIVACY, POPULATION …
        reason_words: Reasons in words.
        periods: When it holds; none: always.
        authorities: Who decides.
        message: What who flies here should read.
        conditions: Under which conditions one may fly, as published.
        citation: The rule and article it follows from.
        citation_en: The same in English, if there is one.
        source: Where the data are from.
        is_synthetic: Whether it is made up for demonstration.
        extra: Members of a published zone that are kept as they are (`region`, `dataSource` …).
    """

    identifier: str
    rule: Rule
    layers: tuple[ZoneLayer, ...]
    name: Wording = NO_WORDS
    kind: str = "other"
    country: str = "CHN"
    variant: str = "COMMON"
    reason: tuple[str, ...] = ()
    reason_words: Wording = NO_WORDS
    periods: tuple[Period, ...] = ()
    authorities: tuple[Authority, ...] = ()
    message: Wording = NO_WORDS
    conditions: str = ""
    citation: str = ""
    citation_en: str = ""
    source: str = ""
    is_synthetic: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    def __post_init__(self) -> None:
        """Refuse a zone without a name or a place."""
        if not self.identifier:
            raise InvalidRequest("a zone has no identifier", hint="give a text of 1 to 7 letters")
        if not self.layers:
            raise InvalidRequest(
                f"zone '{self.identifier}' has no layer", hint="give an outline at least"
            )

    def title(self, language: str) -> str:
        """Return its name in a language, or its identifier."""
        return self.name.within(language) or self.identifier


@dataclass(frozen=True, slots=True)
class Coverage:
    """A statement of the publisher: within this area all zones of a kind are known.

    Without it, that no zone is found somewhere says nothing.

    Attributes:
        area: A shapely polygon in degrees.
        kind: The kind of zone that is complete there, or `ALL_KINDS`.
        source: Who states it, or from what it follows.
    """

    area: BaseGeometry
    kind: str
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse an area without an inside."""
        check_area(self.area)


def check_area(area: BaseGeometry) -> BaseGeometry:
    """Return `area` if it is a valid polygon or multipolygon on the Earth.

    Raises:
        InvalidRequest: If it is not.
    """
    if area.geom_type not in {"Polygon", "MultiPolygon"} or area.is_empty:
        raise InvalidRequest(
            f"an outline of type {area.geom_type} has no inside",
            hint="give a Polygon, a MultiPolygon, or a point with a circle's radius",
        )
    if not shapely.is_valid(area):
        raise InvalidRequest(
            f"an outline is not valid: {shapely.is_valid_reason(area)}",
            hint="edges may not cross, and holes lie within",
        )
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:  # noqa: PLR2004 - degrees
        raise InvalidRequest(
            f"an outline reaches {west}, {south}, {east}, {north}",
            hint="longitude then latitude, in degrees; cut it at ±180°",
        )
    return area
