"""From a request and a city's datasets to a frame and the sources of an atlas."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from chengmo import City, InvalidRequest, Surface
from chengmo_airspace.altitude import (
    Altitudes,
    geoid_of_dataset,
    level_ground,
    number_column,
    terrain_of_dataset,
)
from chengmo_airspace.atlas import (
    Buildings,
    Frame,
    Lattice,
    Network,
    QuietPlaces,
    Sources,
    Weather,
    buildings_of_dataset,
    hours_of,
)
from chengmo_airspace.coverage import masts_of_dataset
from chengmo_airspace.noise import NoiseClass
from chengmo_airspace.risk import Aircraft, People, cells_of_centres
from chengmo_airspace.weather import Conditions, ConditionSeries, Limits, weather_of_dataset
from chengmo_airspace.zones import AircraftClass, Coverage, ZoneMap, zones_of_dataset
from chengmo_scenarios.low_altitude_map.request import Request

Floats = NDArray[np.float64]
CHINA = timezone(timedelta(hours=8))
_EVERYWHERE = shapely.box(-180, -90, 180, 90)
_METRES_A_DEGREE = 111_320.0
_POLYGONS = (3, 6)


@dataclass(frozen=True)
class Ground:
    """What the atlas is drawn over, and of what."""

    frame: Frame
    sources: Sources


def read_ground(request: Request, city: City) -> Ground:
    """Read what `request` needs from `city`.

    Raises:
        InvalidRequest: If a row or a column cannot be read, or the area has too many cells.
    """
    lattice = Lattice.of(area_of(request), level=request.cell_level)
    noon = datetime.combine(request.day, time(12), CHINA)
    zone_map = _read_zones(request, city)
    limit, _ = zone_map.regulation.limit_of(AircraftClass(request.aircraft))
    frame = Frame(
        lattice,
        _edges(request, limit),
        hours_of(noon, first=request.first_hour, last=request.last_hour),
    )
    sources = Sources(
        zone_map=zone_map,
        aircraft=AircraftClass(request.aircraft),
        people_night=_read_people(request, city, request.people),
        people_day=_read_people(request, city, request.people_day),
        body=Aircraft(request.dimension_m, request.speed_mps, request.mass_kg)
        if request.people
        else None,
        power_dba=request.power_dba,
        quiet=_read_quiet(request, city),
        network=_read_masts(request, city),
        weather=_read_weather(request, city),
        buildings=_read_buildings(request, city),
    )
    return Ground(frame, sources)


def area_of(request: Request) -> BaseGeometry:
    """Return the area of the map as a polygon in degrees.

    Raises:
        InvalidRequest: If its corners make no outline.
    """
    if request.area is None:
        lon, lat = request.lon or 0.0, request.lat or 0.0
        north = request.reach_m / _METRES_A_DEGREE
        east = north / max(float(np.cos(np.radians(lat))), 1e-3)
        return shapely.box(lon - east, lat - north, lon + east, lat + north)
    area = shapely.Polygon(request.area)
    if not shapely.is_valid(area) or not area.area:
        raise InvalidRequest(
            f"the area is no outline: {shapely.is_valid_reason(area)}",
            hint="corners in order around it; edges may not cross",
        )
    return area


def _edges(request: Request, limit_m: float) -> tuple[float, ...]:
    """Return the bands' edges; also where the law's limit lies, that no band has two answers."""
    inner = np.arange(request.floor_m, request.top_m - 1e-6, request.band_m)
    edges = {*inner.round(6).tolist(), request.top_m}
    if request.floor_m < limit_m < request.top_m:
        edges.add(limit_m)
    return tuple(sorted(edges))


def _read_zones(request: Request, city: City) -> ZoneMap:
    zones, coverage = zones_of_dataset(city, request.zones)
    assumed = [Coverage(_EVERYWHERE, kind, "assumed") for kind in request.complete_kinds]
    altitudes = Altitudes(geoid_of_dataset(city, request.geoid), _read_terrain(request, city))
    return ZoneMap(zones, [*coverage, *assumed], altitudes)


def _read_terrain(request: Request, city: City) -> Surface | None:
    if request.assumed_ground_m is not None:
        return level_ground(request.assumed_ground_m)
    if request.terrain is None:
        return None
    return terrain_of_dataset(
        city, request.terrain, column=request.terrain_column, reach_m=request.terrain_reach_m
    )


def _read_buildings(request: Request, city: City) -> Buildings | None:
    if request.buildings is None:
        return None
    return buildings_of_dataset(
        city,
        request.buildings,
        column=request.building_column,
        clearance_m=request.building_clearance_m,
        assumed_m=request.assumed_building_m,
    )


def _read_people(request: Request, city: City, dataset: str | None) -> People | None:
    if dataset is None:
        return None
    number = number_column(city, dataset, request.people_column)
    shapes = city.geometry(dataset)
    counted = np.isfinite(number) & ~shapely.is_missing(shapes)
    if not counted.any():
        return None
    if np.isin(shapely.get_type_id(shapes[counted]), _POLYGONS).all():
        return People(shapes[counted], number[counted])
    lon, lat = (column[counted] for column in city.places(dataset))
    place, which = np.unique(np.column_stack([lon, lat]), axis=0, return_inverse=True)
    total = np.bincount(which.ravel(), number[counted], len(place)).astype(np.float64)
    return People(cells_of_centres(place[:, 0], place[:, 1], reach_m=request.people_reach_m), total)


def _read_quiet(request: Request, city: City) -> QuietPlaces | None:
    if request.quiet is None or request.power_dba is None:
        return None
    lon, lat = city.places(request.quiet)
    known = np.isfinite(lon)
    kind = NoiseClass(request.quiet_class)
    return QuietPlaces(lon[known], lat[known], (kind,) * int(known.sum()))


def _read_masts(request: Request, city: City) -> Network | None:
    if request.masts is None:
        return None
    masts = masts_of_dataset(city, request.masts)
    return Network(
        masts, threshold_dbm=request.threshold_dbm, is_required=request.coverage_required
    )


def _read_weather(request: Request, city: City) -> Weather | None:
    if not request.asks_weather:
        return None
    limits = Limits(
        wind_mps=request.max_wind_mps,
        gust_mps=request.max_gust_mps,
        rain_mm_h=request.max_rain_mm_h,
        visibility_m=request.min_visibility_m,
        lowest_c=request.min_celsius,
        highest_c=request.max_celsius,
    )
    if request.weather is None:
        # Nothing is given, so every limit is unknown.
        return Weather(ConditionSeries([], Conditions.of(wind_mps=[])), limits)
    return Weather(weather_of_dataset(city, request.weather), limits)
