"""From a request and a city's datasets to a frame and the sources of an atlas."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from chengmo import City, InvalidRequest, Surface, nearest_points
from chengmo_airspace.altitude import Altitudes, egm96
from chengmo_airspace.atlas import (
    Frame,
    Lattice,
    Network,
    QuietPlaces,
    Sources,
    Weather,
    hours_of,
)
from chengmo_airspace.coverage import Masts
from chengmo_airspace.noise import NoiseClass
from chengmo_airspace.risk import Aircraft, People, cells_of_centres
from chengmo_airspace.weather import Conditions, ConditionSeries, Limits
from chengmo_airspace.zones import AircraftClass, Coverage, ZoneMap, zones_of_dataset
from chengmo_scenarios.low_altitude_map.request import Request

Floats = NDArray[np.float64]
CHINA = timezone(timedelta(hours=8))
_EVERYWHERE = shapely.box(-180, -90, 180, 90)
_METRES_A_DEGREE = 111_320.0
_POLYGONS = (3, 6)
_WEATHER = ("wind_mps", "gust_mps", "rain_mm_h", "visibility_m", "celsius")


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
    altitudes = Altitudes(egm96(), _read_terrain(request, city))
    return ZoneMap(zones, [*coverage, *assumed], altitudes)


def _read_terrain(request: Request, city: City) -> Surface | None:
    if request.assumed_ground_m is not None:
        level = request.assumed_ground_m
        return Surface("assumed", lambda lon, _: np.full(len(lon), level), "EPSG:4326", "sea level")
    if request.terrain is None:
        return None
    metres = _numbers(city.table(request.terrain), request.terrain, request.terrain_column)
    lon, lat = city.places(request.terrain)
    known = np.isfinite(lon) & np.isfinite(metres)
    x, y, ground = lon[known], lat[known], metres[known]
    if not known.any():
        return None

    def heights(at_lon: Floats, at_lat: Floats) -> Floats:
        nearest, far = nearest_points(at_lon, at_lat, x, y)
        return np.where(far <= request.terrain_reach_m, ground[nearest], np.nan)

    return Surface(request.terrain, heights, "EPSG:4326", "sea level")


def _read_people(request: Request, city: City, dataset: str | None) -> People | None:
    if dataset is None:
        return None
    number = _numbers(city.table(dataset), dataset, request.people_column)
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
    table = city.table(request.masts)
    lon, lat = city.places(request.masts)
    given = {
        name: _numbers(table, request.masts, name)
        for name in ("antenna_m", "reference_dbm", "frequency_ghz")
    }
    shape = {
        name: np.nan_to_num(_numbers(table, request.masts, name))
        for name in ("tilt_deg", "beam_deg")
        if name in table.column_names
    }
    masts = Masts.of(lon, lat, synthetic=city.about(request.masts).synthetic, **given, **shape)
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
    table = city.table(request.weather)
    if "time" not in table.column_names:
        raise InvalidRequest(
            f"dataset '{request.weather}' has no column 'time'",
            hint="one row an hour, its begin in `time`: 2026-05-01T08:00:00+08:00",
        )
    moments = [_moment(value, request.weather) for value in table["time"].to_pylist()]
    columns = {
        name: _numbers(table, request.weather, name)
        for name in _WEATHER
        if name in table.column_names
    }
    order = np.argsort([moment.timestamp() for moment in moments])
    given = {name: column[order] for name, column in columns.items()}
    known = Conditions.of(**{"wind_mps": np.full(len(order), np.nan), **given})
    return Weather(ConditionSeries([moments[at] for at in order], known), limits)


def _moment(value: object, dataset: str) -> datetime:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime):
        raise InvalidRequest(
            f"dataset '{dataset}': {value!r} is no time", hint="write 2026-05-01T08:00:00+08:00"
        )
    # What says no offset is China's: so the city's own tables are written.
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _numbers(table: pa.Table, dataset: str, column: str) -> Floats:
    if column not in table.column_names:
        raise InvalidRequest(
            f"dataset '{dataset}' has no column '{column}'", hint="name one that it has"
        )
    try:
        return np.array(table[column].to_pylist(), np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(
            f"column '{column}' of dataset '{dataset}' is no column of numbers",
            hint="name a numeric column",
        ) from error
