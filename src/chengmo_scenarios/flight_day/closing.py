"""What no flight may enter: zones, the air above the ceiling, a closure; as known intents.

All heights are above the ground, of flights and of what is closed: at one place both stand on the
same ground, so bands that follow it compare exactly without knowing how high it lies. A limit that
counts from the sea is taken to reach as far as the ground below lets it; one that counts from the
ellipsoid, or lies where the ground is not known, to hold at all heights on that side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import shapely
from shapely.geometry.base import BaseGeometry

from chengmo import InvalidRequest, Text
from chengmo_airspace.altitude import GroundRows, Height, Reference
from chengmo_airspace.conflict import ConflictIndex
from chengmo_airspace.volume import Circle, Outline, Polygon, Volume
from chengmo_airspace.zones import Rule, Zone, ZoneLayer, ZoneMap
from chengmo_scenarios.flight_day.reading import AskedFlight
from chengmo_scenarios.flight_day.request import Closure, Request

ABOVE = "above-120"
CLOSURE = "closure"
# What it is called in an index, beside flights.
CLOSED = "closed:"
_LOWEST_M, _HIGHEST_M, _MARGIN_M = 0.0, 20_000.0, 0.001
_ROUND = 1.0
Interval = tuple[datetime, datetime]
Kind = Literal["zone", "ceiling", "closure"]


@dataclass(frozen=True)
class Closed:
    """A part of the air that is closed to flights that are not authorised for it.

    Attributes:
        key: The zone's identifier, `above-120` or `closure`.
        kind: What it is.
        title: What it is called.
        area: Its outline, degrees.
        outline: The same where it is a circle.
        lower_m: Floor above the ground.
        upper_m: Its ceiling.
        times: When.
        is_guessed: Whether a limit is not known and was taken to hold at all heights.
    """

    key: str
    kind: Kind
    title: Text
    area: BaseGeometry
    outline: Circle | None
    lower_m: float
    upper_m: float
    times: Sequence[Interval]
    is_guessed: bool = False

    def volumes(self) -> list[Volume]:
        """Return the volumes it is closed in."""
        outlines: list[Outline] = [self.outline] if self.outline else list(_outlines(self.area))
        return [
            Volume(outline, self.lower_m, self.upper_m, begin, end)
            for outline in outlines
            for begin, end in self.times
        ]


def day_of(flights: Iterable[AskedFlight]) -> Interval:
    """Return a time before and after which nothing of these flights can be."""
    times = [flight.departure for flight in flights]
    return min(times) - timedelta(days=2), max(times) + timedelta(days=2)


def close_zones(zone_map: ZoneMap, day: Interval, ground: GroundRows | None = None) -> list[Closed]:
    """Return what the zones close within a time: those that prohibit or want authorisation.

    A layer that lies below the ground everywhere closes nothing.
    """
    found: list[Closed] = []
    for zone in zone_map.zones:
        if zone.rule not in {Rule.PROHIBITED, Rule.AUTHORISATION}:
            continue
        times = zone_map.when(zone, *day)
        if times:
            found += [_close_layer(zone, layer, times, ground) for layer in zone.layers]
    return [part for part in found if part.upper_m >= part.lower_m]


def close_above(request: Request, flights: Sequence[AskedFlight], day: Interval) -> Closed:
    """Return the air above the ceiling, over all that flights could reach."""
    box = shapely.total_bounds([shapely.LineString(flight.path) for flight in flights])
    west, south, east, north = box.tolist()
    metres = f"{request.ceiling_m:g}"
    return Closed(
        ABOVE, "ceiling", Text(zh=f"真高{metres}米以上", en=f"above {metres} m"),
        shapely.box(
            west - _ROUND, max(south - _ROUND, -84.9), east + _ROUND, min(north + _ROUND, 84.9)
        ), None,
        request.ceiling_m + _MARGIN_M, _HIGHEST_M, [day],
    )  # fmt: skip


def close_area(closure: Closure, zone_map: ZoneMap) -> list[Closed]:
    """Return what a closure closes.

    Raises:
        InvalidRequest: If its outline crosses itself, or there is no zone of that name.
    """
    title = Text(zh="临时关闭区", en="the closure")
    band = closure.lower_m, closure.upper_m
    times = [(closure.begin, closure.end)]
    if closure.zone is None:
        area = shapely.Polygon(closure.area)
        if not area.is_valid or area.area <= 0:
            raise InvalidRequest(
                "the outline of the closure crosses itself", hint="give its corners in order"
            )
        return [Closed(CLOSURE, "closure", title, area, None, *band, times)]
    zones = [zone for zone in zone_map.zones if zone.identifier == closure.zone]
    if not zones:
        raise InvalidRequest(
            f"there is no zone '{closure.zone}'", hint="give a zone of the dataset, or an area"
        )
    return [
        Closed(CLOSURE, "closure", title, layer.area(), _circle_of(layer), *band, times)
        for layer in zones[0].layers
    ]


def index_of(closed: Iterable[Closed]) -> ConflictIndex:
    """Return an index that holds all that is closed; layers of one zone are one intent."""
    volumes: dict[str, list[Volume]] = {}
    for part in closed:
        volumes.setdefault(part.key, []).extend(part.volumes())
    index = ConflictIndex()
    for key, parts in volumes.items():
        index.put(CLOSED + key, parts)
    return index


def _close_layer(
    zone: Zone, layer: ZoneLayer, times: Sequence[Interval], ground: GroundRows | None
) -> Closed:
    limits = (layer.lower, layer.upper)
    asks = any(limit is not None and limit.reference is Reference.SEA for limit in limits)
    low, high = (ground.range_over(layer.area()) if ground and asks else None) or (None, None)
    # Where the ground is highest a floor above the sea is nearest to it, and a ceiling so lowest.
    lower, upper = _metres(layer.lower, _LOWEST_M, high), _metres(layer.upper, _HIGHEST_M, low)
    return Closed(
        key=zone.identifier,
        kind="zone",
        title=Text(zh=zone.title("zh"), en=zone.title("en")),
        area=layer.area(),
        outline=_circle_of(layer),
        lower_m=_LOWEST_M if lower is None else max(lower, _LOWEST_M),
        upper_m=_HIGHEST_M if upper is None else upper,
        times=times,
        is_guessed=lower is None or upper is None,
    )


def _circle_of(layer: ZoneLayer) -> Circle | None:
    return layer.outline if isinstance(layer.outline, Circle) else None


def _metres(limit: Height | None, otherwise: float, ground_m: float | None) -> float | None:
    """Return a limit above the ground, None where that is not known."""
    if limit is None:
        return otherwise
    if limit.reference is Reference.SEA and ground_m is not None:
        return limit.metres - ground_m
    return limit.metres if limit.reference is Reference.GROUND else None


def _outlines(area: BaseGeometry) -> Iterable[Polygon]:
    """Yield outlines without holes whose union is an area: triangles where it has holes."""
    for part in cast("list[shapely.Polygon]", shapely.get_parts(area).tolist()):
        whole = [part] if not part.interiors else shapely.constrained_delaunay_triangles(part).geoms
        for piece in cast("Iterable[shapely.Polygon]", whole):
            yield Polygon([(x, y) for x, y in piece.exterior.coords])
