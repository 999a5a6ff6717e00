"""From a request and a city's datasets to a question and a map of zones."""

from dataclasses import dataclass, replace

import shapely

from chengmo import City, Surface, parse_code
from chengmo_airspace.altitude import (
    Altitudes,
    Height,
    Reference,
    geoid_of_dataset,
    terrain_of_dataset,
)
from chengmo_airspace.zones import (
    CHINA_2024,
    AircraftClass,
    Coverage,
    Question,
    SpecialUse,
    ZoneMap,
    zones_of_dataset,
)
from chengmo_scenarios.flight_permission.request import Request

REFERENCES = {
    "ground": Reference.GROUND,
    "sea": Reference.SEA,
    "ellipsoid": Reference.ELLIPSOID,
}
_EVERYWHERE = shapely.box(-180, -90, 180, 90)


@dataclass(frozen=True)
class Ground:
    """The question, and the zones it is asked of."""

    question: Question
    zone_map: ZoneMap


def read_ground(request: Request, city: City) -> Ground:
    """Read what `request` needs from `city`.

    Raises:
        InvalidRequest: If a row of the zones cannot be read, or a column is missing.
        InvalidCell: If the code is none.
    """
    rules = replace(
        CHINA_2024,
        controlled_above_m=request.controlled_above_m,
        class_limits_m={AircraftClass.MICRO: request.micro_limit_m},
    )
    zones, coverage = zones_of_dataset(city, request.zones)
    assumed = [Coverage(_EVERYWHERE, kind, "assumed") for kind in request.complete_kinds]
    altitudes = Altitudes(geoid_of_dataset(city, request.geoid), _read_terrain(request, city))
    return Ground(_ask(request), ZoneMap(zones, [*coverage, *assumed], altitudes, rules))


def place_of(request: Request) -> tuple[float, float]:
    """Return longitude and latitude of the place."""
    if request.lon is not None and request.lat is not None:
        return request.lon, request.lat
    return parse_code(request.code or "").centre


def _ask(request: Request) -> Question:
    lon, lat = place_of(request)
    return Question(
        lon,
        lat,
        Height(request.height_m, REFERENCES[request.height_above]),
        request.start,
        request.start + request.duration,
        aircraft=AircraftClass(request.aircraft),
        uses=tuple(SpecialUse(use) for use in request.uses),
    )


def _read_terrain(request: Request, city: City) -> Surface | None:
    if request.terrain is None:
        return None
    return terrain_of_dataset(
        city, request.terrain, column=request.terrain_column, reach_m=request.terrain_reach_m
    )
