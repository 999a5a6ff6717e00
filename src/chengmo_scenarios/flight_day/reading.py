"""From a request and a city's datasets to the flights asked for and the zones that are closed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from chengmo import City, InvalidRequest
from chengmo_airspace.altitude import Altitudes, GroundRows, egm96, ground_of_dataset
from chengmo_airspace.zones import ZoneMap, zones_of_dataset
from chengmo_scenarios.flight_day.method.path import length_of, without_repeats
from chengmo_scenarios.flight_day.request import Request

Floats = NDArray[np.float64]
_MOST_FLIGHTS, _MOST_VERTICES, _WEST_EDGE = 20_000, 1000, 179.0
_ENDS = ("from_lon", "from_lat", "to_lon", "to_lat")


@dataclass(frozen=True)
class AskedFlight:
    """A flight somebody asks for.

    Attributes:
        id: Unique among the flights.
        operator: Whose it is.
        priority: Higher goes first.
        path: (n, 2) longitudes and latitudes, degrees.
        lower_m: Floor of the cruise, metres above the ground.
        upper_m: Its ceiling.
        departure: When it leaves the ground.
        speed_mps: Cruising speed.
        width_m: Of its corridor.
        earlier_min: How much earlier it may leave; None: as the request says.
        later_min: How much later.
        authorised: Keys of zones it may enter; `above-120` to fly above the ceiling.
    """

    id: str
    operator: str
    priority: int
    path: Floats
    lower_m: float
    upper_m: float
    departure: datetime
    speed_mps: float
    width_m: float
    earlier_min: float | None = None
    later_min: float | None = None
    authorised: frozenset[str] = field(default_factory=frozenset)


def read_zones(request: Request, city: City) -> ZoneMap:
    """Return the zones of the dataset named, or none.

    Raises:
        InvalidRequest: If a row cannot be read, or a column is missing.
    """
    if request.zones is None:
        return ZoneMap((), altitudes=Altitudes(egm96()))
    zones, coverage = zones_of_dataset(city, request.zones)
    return ZoneMap(zones, coverage, Altitudes(egm96()))


def read_ground(request: Request, city: City) -> GroundRows | None:
    """Return the heights of the ground, None if none are given.

    Raises:
        InvalidRequest: If the column is missing or holds no numbers.
    """
    if request.terrain is None:
        return None
    return ground_of_dataset(
        city, request.terrain, column=request.terrain_column, reach_m=request.terrain_reach_m
    )


def read_residents(dataset: str, city: City) -> tuple[Floats, Floats]:
    """Return (n, 2) places and (n,) residents.

    Raises:
        InvalidRequest: If the dataset has no column `residents`.
    """
    table = city.table(dataset)
    if "residents" not in table.column_names:
        raise InvalidRequest(
            f"dataset '{dataset}' has no column 'residents'",
            hint="name another one in population, or flights of your own",
        )
    places = np.column_stack(city.places(dataset))
    found = np.array(table["residents"].to_pylist(), np.float64)
    return places, np.nan_to_num(found)


def read_flights(request: Request, dataset: str, city: City) -> list[AskedFlight]:
    """Return the flights of a dataset, ordered by their ids.

    Raises:
        InvalidRequest: If a column is missing, a row cannot be read (says which), or an id comes
            twice.
    """
    table = city.table(dataset)
    columns = [name for name in table.column_names if not name.startswith("_")]
    missing = [name for name in ("id", "operator", "departure") if name not in columns]
    if missing:
        raise InvalidRequest(
            f"dataset '{dataset}' has no column '{missing[0]}'",
            hint="flights have id, operator, departure and a path; see the scenario's README",
        )
    if table.num_rows > _MOST_FLIGHTS:
        raise InvalidRequest(
            f"{table.num_rows} flights in '{dataset}'", hint=f"at most {_MOST_FLIGHTS} in one plan"
        )
    shapes = list(city.geometry(dataset))
    rows = table.select(columns).to_pylist()
    numbers = table["_row"].to_pylist()
    flights: list[AskedFlight] = []
    for number, row, shape in zip(numbers, rows, shapes, strict=True):
        try:
            flights.append(_read_row(request, row, shape))
        except InvalidRequest as error:
            raise InvalidRequest(
                f"dataset '{dataset}', row {number}: {error.message}", hint=error.hint
            ) from error
    flights.sort(key=lambda flight: flight.id)
    for one, other in pairwise(flights):
        if one.id == other.id:
            raise InvalidRequest(
                f"dataset '{dataset}': two flights are called '{one.id}'", hint="ids are unique"
            )
    return flights


def _read_row(request: Request, row: Mapping[str, Any], shape: BaseGeometry | None) -> AskedFlight:
    for name in ("id", "operator"):
        if row[name] in (None, ""):
            raise InvalidRequest(f"no {name}", hint=f"each flight has its {name}")
    number = _Numbers(row)
    lower, upper = number.get("lower_m", 80.0), number.get("upper_m", 100.0)
    if not 0 <= lower < upper:
        raise InvalidRequest(
            f"a band from {lower:g} to {upper:g} m", hint="lower_m first, both above the ground"
        )
    speed, width = (
        number.get("speed_mps", request.speed_mps),
        number.get("width_m", request.width_m),
    )
    if speed <= 0 or width <= 0:
        raise InvalidRequest("a speed or width of 0 or less", hint="give m/s and metres above 0")
    return AskedFlight(
        id=str(row["id"]),
        operator=str(row["operator"]),
        priority=int(number.get("priority", 0.0)),
        path=_read_path(row, shape),
        lower_m=lower,
        upper_m=upper,
        departure=_read_time(row["departure"]),
        speed_mps=speed,
        width_m=width,
        earlier_min=number.find("earlier_min"),
        later_min=number.find("later_min"),
        authorised=_read_names(row.get("authorised")),
    )


@dataclass(frozen=True)
class _Numbers:
    """The numbers of a row."""

    row: Mapping[str, Any]

    def find(self, name: str) -> float | None:
        value = self.row.get(name)
        if value is None or value == "":
            return None
        try:
            found = float(value)
        except (TypeError, ValueError) as error:
            raise InvalidRequest(f"{name} '{value}' is no number", hint="0.5, 12 …") from error
        if not np.isfinite(found) or (found < 0 and name != "priority"):
            raise InvalidRequest(f"{name} {value}", hint="give a number of 0 or more")
        return found

    def get(self, name: str, otherwise: float) -> float:
        found = self.find(name)
        return otherwise if found is None else found


def _read_path(row: Mapping[str, Any], shape: BaseGeometry | None) -> Floats:
    """Return the path: a line, or from one place to another by the columns for that."""
    if isinstance(shape, shapely.LineString) and not shape.is_empty:
        path = shapely.get_coordinates(shape)
    elif all(row.get(name) is not None for name in _ENDS):
        path = np.array([float(row[name]) for name in _ENDS]).reshape(2, 2)
    else:
        kind = "no geometry" if shape is None else f"a {shape.geom_type}"
        raise InvalidRequest(
            f"{kind} instead of a path",
            hint="give a LineString, or the columns from_lon, from_lat, to_lon, to_lat",
        )
    if len(path) > _MOST_VERTICES or np.abs(path[:, 0]).max() > _WEST_EDGE:
        raise InvalidRequest(
            "a path of more than 1000 vertices, or near ±180°", hint="simplify it, or cut it"
        )
    path = without_repeats(path)
    if len(path) < 2 or length_of(path) > 500_000:  # noqa: PLR2004 - two ends; metres
        raise InvalidRequest("a path that leads nowhere, or further than 500 km", hint="check it")
    return path


def _read_time(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise InvalidRequest(
                f"departure '{value}' is no time", hint="2026-05-01T08:00:00+08:00"
            ) from error
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidRequest(
            f"departure {value} has no offset from UTC", hint="2026-05-01T08:00:00+08:00"
        )
    return value.astimezone(UTC)


def _read_names(value: object) -> frozenset[str]:
    """Return the keys of a cell: a list, JSON, or texts with semicolons between."""
    if isinstance(value, str) and value.startswith("["):
        value = json.loads(value)
    names: Sequence[object] = value if isinstance(value, list) else str(value or "").split(";")
    return frozenset(name for item in names if (name := str(item).strip()))
