"""From a request and a city's datasets to spaces, people and places where a site may be."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter
from shapely.geometry.base import BaseGeometry

from chengmo import City, InvalidRequest, Surface, Text
from chengmo_airspace.altitude import (
    Altitudes,
    Reference,
    geoid_of_dataset,
    level_ground,
    number_column,
    terrain_of_dataset,
)
from chengmo_airspace.network import Layers, Rules
from chengmo_airspace.noise import level_at
from chengmo_airspace.risk import People, cells_of_centres
from chengmo_airspace.routes import Frame, Space
from chengmo_airspace.zones import Rule, Zone, ZoneLayer, zones_of_dataset
from chengmo_scenarios.low_altitude_network.closing import Closures, find_closures, zones_within
from chengmo_scenarios.low_altitude_network.request import Request

Floats = NDArray[np.float64]
MOST_CELLS = 4_000_000
_CLOSING = (Rule.PROHIBITED, Rule.AUTHORISATION)
_POLYGONS = (3, 6)
_PER_KM2 = 10_000.0
_FURTHEST_HEARD_M = 3000


@dataclass(frozen=True)
class Places:
    """Where a site may be.

    Attributes:
        lon: (n,) degrees.
        lat: (n,) degrees.
        name: (n,) names; empty where there is none.
        is_allowed: (n,) False where its terminal area would reach into a closed zone.
    """

    lon: Floats
    lat: Floats
    name: tuple[str, ...]
    is_allowed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ground:
    """All that the network is planned on.

    Attributes:
        spaces: Of each pair of heights.
        people: Residents.
        demand: (m, 3) longitude, latitude and residents of the places that are to be served.
        places: Where a site may be.
        closed: Zones that are closed, each with its area, in degrees.
        conditional: How many conditional zones are flown through as if open.
        altitudes: With the ground.
        closures: What closes cells besides zones.
        heard_m: How far aside of a lane it is heard.
        rules: How lanes are laid out.
    """

    spaces: tuple[Space, ...]
    people: People
    demand: Floats
    places: Places
    closed: tuple[tuple[Zone, BaseGeometry], ...]
    conditional: int
    altitudes: Altitudes
    closures: Closures
    heard_m: float
    rules: Rules


def read_ground(request: Request, city: City) -> Ground:
    """Read what `request` needs from `city`.

    Raises:
        InvalidRequest: If a row or a column cannot be read, or the area has too many cells.
    """
    rules = rules_of(request)
    lon, lat, names = _read_candidates(request, city)
    frame = _frame(request, lon, lat, rules.layers.top_m)
    zones = zones_within(request, zones_of_dataset(city, request.zones)[0])
    closed = [
        (zone, layer)
        for zone in zones
        if zone.rule in _CLOSING
        for layer in zone.layers
        if _band(layer)[0] <= rules.layers.top_m
    ]
    people, demand = _read_people(request, city, frame)
    heard_m = earshot(request)
    terrain = _read_terrain(request, city)
    closures = find_closures(request, city, frame, rules, terrain)
    is_clear = _is_clear(frame, np.column_stack([lon, lat]), closed, rules)
    places = Places(lon, lat, names, is_clear & closures.is_open_at(frame, lon, lat))
    return Ground(
        spaces=closures.close(_lay_spaces(frame, people, closed, rules, heard_m)),
        people=people,
        demand=demand,
        places=places,
        closed=tuple((zone, layer.area()) for zone, layer in closed),
        conditional=sum(zone.rule is Rule.CONDITIONAL for zone in zones),
        altitudes=Altitudes(geoid_of_dataset(city, request.geoid), terrain),
        closures=closures,
        heard_m=heard_m,
        rules=rules,
    )


def rules_of(request: Request) -> Rules:
    """Return how lanes are laid out."""
    layers = Layers(request.lowest_m, request.step_m, request.layer_pairs, request.half_height_m)
    weights = {
        "length": request.time_weight,
        "risk": request.risk_weight,
        "noise": request.noise_weight,
    }
    return Rules(layers, request.half_width_m, request.terminal_m, weights)


def earshot(request: Request) -> float:
    """Return how far aside of the lowest lane a flight is heard, metres; 0 if nowhere."""
    beside = np.arange(_FURTHEST_HEARD_M, dtype=np.float64)
    level = level_at(request.power_dba, request.lowest_m, beside)
    return float(np.count_nonzero(level >= request.heard_db))


def _frame(request: Request, lon: Floats, lat: Floats, top_m: float) -> Frame:
    if request.area is None:
        spare = (request.site_reach_m + request.terminal_m) / 100_000
        box = (lon.min() - spare, lat.min() - spare, lon.max() + spare, lat.max() + spare)
    else:
        area = shapely.Polygon(request.area)
        if not shapely.is_valid(area) or not area.area:
            raise InvalidRequest(
                f"the area is no outline: {shapely.is_valid_reason(area)}",
                hint="corners in order around it; edges may not cross",
            )
        box = area.bounds
    west, south, east, north = (float(edge) for edge in box)
    frame = Frame.over(
        (west, south, east, north),
        cell_m=(request.cell_m, request.cell_m, top_m),
        band_m=(0.0, top_m),
    )
    if np.prod(frame.shape) > MOST_CELLS:
        raise InvalidRequest(
            f"{np.prod(frame.shape)} cells of {request.cell_m} m",
            hint=f"at most {MOST_CELLS}: a smaller area, or larger cells",
        )
    return frame


def _lay_spaces(
    frame: Frame,
    people: People,
    closed: list[tuple[Zone, ZoneLayer]],
    rules: Rules,
    heard_m: float,
) -> tuple[Space, ...]:
    """Return the space of each pair of heights: closed where either lane would touch a zone."""
    rows = np.indices(frame.shape[:2]).reshape(2, -1).T
    spots = frame.spots_of(np.column_stack([rows, np.zeros(len(rows))]))
    density = people.density_at(spots[:, 0], spots[:, 1]).reshape(frame.shape[:2]) / _PER_KM2
    wide = max(1, round(2 * heard_m / frame.sizes_m[0]))
    noise = uniform_filter(density, wide, mode="nearest") if heard_m else np.zeros_like(density)
    plain = Space.open(frame).rate("risk", density[:, :, None])
    plain = plain.rate("noise", np.maximum(noise, 0)[:, :, None])
    touched = [frame.touched_by(layer.area().buffer(_degrees(rules))) for _, layer in closed]
    spaces: list[Space] = []
    for pair in range(rules.layers.pairs):
        low, high = rules.layers.heights(pair)
        space = plain
        for (zone, layer), cells in zip(closed, touched, strict=True):
            floor, ceiling = _band(layer)
            reach = rules.layers.half_height_m
            if floor <= high + reach and low - reach <= ceiling:
                space = space.close(cells[:, :, None], _name(zone))
        spaces.append(space)
    return tuple(spaces)


def _degrees(rules: Rules) -> float:
    """Return half the width of a lane in degrees of latitude, rounded up."""
    return rules.half_width_m * np.sqrt(2) / 90_000


def _band(layer: ZoneLayer) -> tuple[float, float]:
    """Return floor and ceiling above the ground; all heights where they count otherwise."""
    low, high = layer.lower, layer.upper
    floor = low.metres if low and low.reference is Reference.GROUND else 0.0
    ceiling = high.metres if high and high.reference is Reference.GROUND else np.inf
    return floor, ceiling


def _name(zone: Zone) -> Text:
    return Text(zh=zone.title("zh"), en=zone.title("en"))


def _is_clear(
    frame: Frame, place: Floats, closed: list[tuple[Zone, ZoneLayer]], rules: Rules
) -> NDArray[np.bool_]:
    """Say at which places a terminal area stays out of all closed zones and within the frame."""
    metres = frame.plane.to_metres(place)
    reach = rules.terminal_m + rules.half_width_m
    low = np.array([frame.west_m, frame.south_m]) + reach
    high = low - 2 * reach + np.array(frame.shape[:2]) * frame.sizes_m[:2]
    is_clear = ((metres > low) & (metres < high)).all(axis=1)
    points = shapely.points(metres)
    for _, layer in closed:
        area = shapely.transform(layer.area(), frame.plane.to_metres)
        is_clear &= shapely.distance(points, area) > reach + max(frame.sizes_m[:2])
    return np.asarray(is_clear, np.bool_)


def _read_candidates(request: Request, city: City) -> tuple[Floats, Floats, tuple[str, ...]]:
    table = city.table(request.candidates)
    lon, lat = city.places(request.candidates)
    names = [""] * table.num_rows
    if request.candidate_name in table.column_names:
        names = [str(name or "") for name in table[request.candidate_name].to_pylist()]
    known = np.isfinite(lon) & np.isfinite(lat)
    _, first = np.unique(np.column_stack([lon, lat])[known], axis=0, return_index=True)
    rows = np.flatnonzero(known)[np.sort(first)]
    if not len(rows):
        raise InvalidRequest(
            f"dataset '{request.candidates}' has no place", hint="name one whose rows have places"
        )
    return lon[rows], lat[rows], tuple(names[row] for row in rows)


def _read_people(request: Request, city: City, frame: Frame) -> tuple[People, Floats]:
    number = number_column(city, request.people, request.people_column)
    shapes = city.geometry(request.people)
    lon, lat = city.places(request.people)
    counted = np.isfinite(number) & np.isfinite(lon) & (number > 0)
    metres = frame.plane.to_metres(np.column_stack([lon, lat]))
    low = np.array([frame.west_m, frame.south_m]) - 5 * request.people_reach_m
    high = low + np.array(frame.shape[:2]) * frame.sizes_m[:2] + 10 * request.people_reach_m
    counted &= ((metres > low) & (metres < high)).all(axis=1)
    if not counted.any():
        raise InvalidRequest(
            f"dataset '{request.people}' has nobody in this area", hint="another area, or dataset"
        )
    place, which = np.unique(np.column_stack([lon, lat])[counted], axis=0, return_inverse=True)
    total = np.bincount(which.ravel(), number[counted], len(place)).astype(np.float64)
    demand = np.column_stack([place, total])
    if np.isin(shapely.get_type_id(shapes[counted]), _POLYGONS).all():
        return People(shapes[counted], number[counted], elsewhere_per_km2=0.0), demand
    cells = cells_of_centres(place[:, 0], place[:, 1], reach_m=request.people_reach_m)
    return People(cells, total, elsewhere_per_km2=0.0), demand


def _read_terrain(request: Request, city: City) -> Surface:
    if request.terrain is None:
        return level_ground(request.assumed_ground_m or 0.0)
    terrain = terrain_of_dataset(
        city, request.terrain, column=request.terrain_column, reach_m=request.terrain_reach_m
    )
    if terrain is None:
        raise InvalidRequest(
            f"dataset '{request.terrain}' has no height", hint="or give assumed_ground_m"
        )
    return terrain
