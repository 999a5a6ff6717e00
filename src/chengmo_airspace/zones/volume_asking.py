"""May a flight take this volume: a piece of airspace for a while, instead of one place.

Outlines meet exactly (a zone's circle as the 64 edges around it, which hold it). Heights are
compared at places within the part both share: corners, and a raster between. Where a band surely
meets at one of them, the zone holds. Where it meets at none, and would not if the ground or the sea
rose or fell by as much again as it does among those places, the zone does not. Between, and where
a surface is not known, that is unknown.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from chengmo_airspace.altitude import Height, Heights, Reference
from chengmo_airspace.volume import Circle, Volume
from chengmo_airspace.volume.lattice import PER_DEGREE
from chengmo_airspace.zones.finding import (
    Finding,
    Permission,
    by_zone,
    of_missing,
    permit,
)
from chengmo_airspace.zones.permission import find_by_height, find_by_use
from chengmo_airspace.zones.regulation import AircraftClass, SpecialUse
from chengmo_airspace.zones.zone import ALL_KINDS, ZoneLayer, check_area
from chengmo_airspace.zones.zone_map import MAYBE, NO, YES, ZoneMap

Floats = NDArray[np.float64]
_RASTER, _MOST_CORNERS = 7, 64


def ask_volume(
    zone_map: ZoneMap,
    volume: Volume,
    *,
    aircraft: AircraftClass = AircraftClass.LIGHT,
    uses: tuple[SpecialUse, ...] = (),
) -> Permission:
    """Return whether a flight may take a volume, and all rules that bear on it.

    Args:
        zone_map: The zones.
        volume: Outline, heights above the ellipsoid, times.
        aircraft: Its class.
        uses: What special is done with it.

    Raises:
        InvalidRequest: If the outline crosses ±180°.

    Example:
        >>> from datetime import UTC, datetime
        >>> from chengmo_airspace.altitude import Altitudes, egm96
        >>> noon = datetime(2026, 5, 1, 4, tzinfo=UTC)
        >>> pad = Volume(Circle(114.3, 30.5, 100), 40, 160, noon, noon.replace(minute=5))
        >>> ask_volume(ZoneMap([], altitudes=Altitudes(egm96())), pad).verdict.name
        'UNKNOWN'
    """
    area = check_area(shapely.Polygon(volume.ring / PER_DEGREE))
    when = volume.begin, volume.end
    found = [
        *find_by_use(zone_map, aircraft, uses, when),
        *find_by_height(zone_map, aircraft, _true_heights(zone_map, volume, area), when),
        *_of_zones(zone_map, volume, area),
    ]
    missing = _missing_kinds(zone_map, area)
    if missing:
        found.append(of_missing(missing, when))
    return permit(zone_map, found, missing, when)


def zones_meeting(zone_map: ZoneMap, volume: Volume) -> dict[int, int]:
    """Return the numbers of the zones that a volume meets, whenever: each with YES or MAYBE.

    Raises:
        InvalidRequest: If the outline crosses ±180°.
    """
    return _meeting(zone_map, volume, check_area(shapely.Polygon(volume.ring / PER_DEGREE)))


def _meeting(zone_map: ZoneMap, volume: Volume, area: BaseGeometry) -> dict[int, int]:
    states: dict[int, int] = {}
    for number in zone_map.boxes_meeting(area):
        zone_number, layer = zone_map.layers[number]
        shared = area.intersection(_outer_area(layer))
        if shared.is_empty or states.get(zone_number) == YES:
            continue
        state = _meets(zone_map, layer, volume, shared)
        if state != NO:
            states[zone_number] = state
    return states


def _of_zones(zone_map: ZoneMap, volume: Volume, area: BaseGeometry) -> list[Finding]:
    found: list[Finding] = []
    for zone_number, state in sorted(_meeting(zone_map, volume, area).items()):
        zone = zone_map.zones[zone_number]
        times = zone_map.when(zone, volume.begin, volume.end)
        if times:
            found.append(by_zone(zone, tuple(times), is_certain=state == YES))
    return found


def _meets(zone_map: ZoneMap, layer: ZoneLayer, volume: Volume, shared: BaseGeometry) -> int:
    x, y = _places_in(shared)
    low, low_slack = _limit(zone_map, layer.lower, x, y, floor=True)
    high, high_slack = _limit(zone_map, layer.upper, x, y, floor=False)
    if ((volume.upper_m >= low) & (volume.lower_m <= high)).any():
        return YES
    under = volume.upper_m < low.min() - low_slack
    over = volume.lower_m > high.max() + high_slack
    return NO if under or over else MAYBE


def _limit(
    zone_map: ZoneMap, limit: Height | None, x: Floats, y: Floats, *, floor: bool
) -> tuple[Floats, float]:
    """Return a limit above the ellipsoid at places, and how much it may differ between them."""
    if limit is None or (floor and limit.reference is Reference.GROUND and limit.metres <= 0):
        return np.full(len(x), -np.inf if floor else np.inf), 0.0
    found = zone_map.altitudes.convert_known(limit, x, y, to=Reference.ELLIPSOID).metres
    return found, float(np.ptp(found))


def _true_heights(zone_map: ZoneMap, volume: Volume, area: BaseGeometry) -> tuple[float, float]:
    """Return the height above the ground that the top surely reaches, and may reach at most."""
    x, y = _places_in(area)
    top = Heights(np.full(len(x), volume.upper_m), Reference.ELLIPSOID)
    metres = zone_map.altitudes.convert_known(top, x, y, to=Reference.GROUND).metres
    known = metres[np.isfinite(metres)]
    surely = float(known.max()) if len(known) else np.nan
    at_most = surely + float(np.ptp(known)) if len(known) == len(metres) else np.nan
    return surely, at_most


def _places_in(shared: BaseGeometry) -> tuple[Floats, Floats]:
    """Return places within or on a shape: corners, a raster, and one that is surely within."""
    corners = shapely.get_coordinates(shared)
    corners = corners[:: max(1, len(corners) // _MOST_CORNERS)]
    west, south, east, north = shared.bounds
    lon, lat = np.meshgrid(np.linspace(west, east, _RASTER), np.linspace(south, north, _RASTER))
    inside = shapely.intersects_xy(shared, lon.ravel(), lat.ravel())
    middle = shapely.get_coordinates(shapely.point_on_surface(shared))
    places = np.vstack([corners, middle, np.column_stack([lon.ravel(), lat.ravel()])[inside]])
    return places[:, 0], places[:, 1]


def _outer_area(layer: ZoneLayer) -> BaseGeometry:
    if isinstance(layer.outline, Circle):
        return shapely.Polygon(layer.outline.ring / PER_DEGREE)
    return layer.outline


def _missing_kinds(zone_map: ZoneMap, area: BaseGeometry) -> tuple[str, ...]:
    """Return the controlled kinds that are not known to be complete in all of an area."""
    missing: list[str] = []
    for kind in zone_map.regulation.controlled_kinds:
        parts = [part.area for part in zone_map.coverage if part.kind in {kind, ALL_KINDS}]
        if not parts or not shapely.covers(shapely.union_all(parts), area):
            missing.append(kind)
    return tuple(missing)
