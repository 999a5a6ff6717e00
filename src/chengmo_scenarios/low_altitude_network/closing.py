"""What closes cells besides zones: unknown ground, buildings, no coverage, wind; and hours.

What is asked for is kept strictly: a lane may stay where its constraint is known to hold, and a
constraint of which nothing is known closes as one that is broken does.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from chengmo import City, Surface, Text
from chengmo_airspace.atlas import Buildings, buildings_of_dataset, hours_of
from chengmo_airspace.coverage import masts_of_dataset, serve
from chengmo_airspace.network import Rules
from chengmo_airspace.routes import Frame, Space
from chengmo_airspace.weather import Limits, WeatherVerdict, judge, weather_of_dataset
from chengmo_airspace.zones import Zone, ZoneMap
from chengmo_scenarios.low_altitude_network.request import Request

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]
NO_GROUND = Text(zh="地面高程未知", en="ground height not known")
BUILDING = Text(zh="建筑物", en="buildings")
NO_COVERAGE = Text(zh="通信未覆盖", en="no radio coverage")
WIND = Text(zh="风超过限制或未知", en="wind beyond the limit, or not known")
_CHINA = timezone(timedelta(hours=8))
_HAIR = timedelta(microseconds=1)


@dataclass(frozen=True)
class Closures:
    """What closes cells, of each pair of heights.

    Attributes:
        parts: Of each reason (pairs, east, north) True where closed.
    """

    parts: tuple[tuple[Text, Cells], ...]

    def close(self, spaces: tuple[Space, ...]) -> tuple[Space, ...]:
        """Return the spaces of the pairs, closed."""
        found = list(spaces)
        for reason, cells in self.parts:
            for pair, own in enumerate(cells):
                if own.any():
                    found[pair] = found[pair].close(own[:, :, None], reason)
        return tuple(found)

    def share_of(self, reason: Text) -> float | None:
        """Return what share of the cells a reason closes, None if it was not asked."""
        return next((float(cells.mean()) for own, cells in self.parts if own == reason), None)

    def closed_pairs(self, reason: Text) -> list[int]:
        """Return the pairs that a reason closes everywhere."""
        shut = next((cells for own, cells in self.parts if own == reason), np.zeros((0, 1, 1)))
        return [pair for pair, own in enumerate(shut) if own.all()]

    def is_open_at(self, frame: Frame, lon: Floats, lat: Floats) -> Cells:
        """Say over which places some pair is open; outside the frame none is. Wind aside."""
        metres = frame.plane.to_metres(np.column_stack([lon, lat]))
        at = np.floor((metres - [frame.west_m, frame.south_m]) / frame.sizes_m[:2])
        inside = np.all(at // np.array(frame.shape[:2]) == 0, axis=1, keepdims=True)[:, 0]
        east, north = np.where(inside[:, None], at, 0).astype(np.int64).T
        is_open = inside
        standing = [cells for reason, cells in self.parts if reason != WIND]
        if standing:
            shut = np.logical_or.reduce(standing)
            is_open = inside & ~shut[:, east, north].all(axis=0)
        return np.asarray(is_open, np.bool_)


def find_closures(
    request: Request, city: City, frame: Frame, rules: Rules, terrain: Surface
) -> Closures:
    """Return what closes cells besides zones.

    Raises:
        InvalidRequest: If a row or a column cannot be read, or a lane is above the heights for
            which coverage is known.
    """
    rows = np.indices(frame.shape[:2]).reshape(2, -1).T
    spots = frame.spots_of(np.column_stack([rows, np.zeros(len(rows))]))[:, :2]
    pairs, shape = rules.layers.pairs, frame.shape[:2]
    parts: list[tuple[Text, Cells]] = []
    if request.terrain is not None:
        bare = _without_ground(frame, spots, terrain, rules)
        parts.append((NO_GROUND, np.repeat(bare[None], pairs, axis=0)))
    if request.buildings is not None:
        buildings = buildings_of_dataset(
            city,
            request.buildings,
            column=request.building_column,
            clearance_m=request.building_clearance_m,
            assumed_m=request.assumed_building_m,
        )
        parts.append((BUILDING, _near_buildings(frame, spots, buildings, rules)))
    if request.coverage_required and request.masts is not None:
        masts = masts_of_dataset(city, request.masts)
        bare = [
            ~serve(
                masts, spots[:, 0], spots[:, 1], height,
                threshold_dbm=request.threshold_dbm, best=1, nearest=8,
            ).covered
            for pair in range(pairs)
            for height in rules.layers.heights(pair)
        ]  # fmt: skip
        lower, upper = np.array(bare).reshape(pairs, 2, *shape).transpose(1, 0, 2, 3)
        parts.append((NO_COVERAGE, lower | upper))
    if request.weather is not None:
        windy = _is_windy(request, city, rules)
        parts.append((WIND, np.broadcast_to(windy[:, None, None], (pairs, *shape))))
    return Closures(tuple(parts))


def hours_asked(request: Request) -> tuple[tuple[datetime, datetime], ...]:
    """Return the hours for which the network is planned; none: it holds at any time."""
    if request.day is None:
        return ()
    noon = datetime.combine(request.day, time(12), _CHINA)
    return hours_of(noon, first=request.first_hour, last=request.last_hour)


def zones_within(request: Request, zones: list[Zone]) -> list[Zone]:
    """Return the zones that hold at any time within the hours asked for."""
    hours = hours_asked(request)
    if not hours:
        return zones
    clock, begin, end = ZoneMap(zones), hours[0][0] + _HAIR, hours[-1][1] - _HAIR
    return [zone for zone in zones if clock.when(zone, begin, end)]


def _without_ground(frame: Frame, spots: Floats, terrain: Surface, rules: Rules) -> Cells:
    """Return (east, north) True where a lane over the cell may leave what is known of the ground.

    Heights count from it: where it is not known nothing is planned rather than guessed.
    """
    unknown = np.isnan(terrain.heights(spots[:, 0], spots[:, 1])).reshape(frame.shape[:2])
    reach = 1 + int(np.ceil(rules.half_width_m * np.sqrt(2) / min(frame.sizes_m[:2])))
    return np.asarray(binary_dilation(unknown, np.ones((2 * reach + 1,) * 2)), np.bool_)


def _near_buildings(frame: Frame, spots: Floats, buildings: Buildings, rules: Rules) -> Cells:
    """Return (pairs, east, north) True where a lane comes nearer to a building than it may.

    A building without a height closes all heights: unknown is not free.
    """
    box = (*spots.min(axis=0).tolist(), *spots.max(axis=0).tolist())
    top = np.full(frame.shape[:2], -np.inf)
    for area, height in zip(*buildings.around(box), strict=True):
        own = np.inf if np.isnan(height) else height + buildings.clearance_m
        touched = frame.touched_by(area.buffer(rules.half_width_m * np.sqrt(2) / 90_000))
        top[touched] = np.maximum(top[touched], own)
    lows = [rules.layers.heights(pair)[0] for pair in range(rules.layers.pairs)]
    floors = np.array(lows) - rules.layers.half_height_m
    return np.asarray(floors[:, None, None] < top, np.bool_)


def _is_windy(request: Request, city: City, rules: Rules) -> Cells:
    """Say of each pair whether wind or gusts pass the limit in any hour, or are not known."""
    limits = Limits(wind_mps=request.max_wind_mps, gust_mps=request.max_gust_mps)
    series = weather_of_dataset(city, request.weather or "")
    given = series.at([begin for begin, _ in hours_asked(request)])
    tops = [
        rules.layers.heights(pair)[1] + rules.layers.half_height_m
        for pair in range(rules.layers.pairs)
    ]
    return np.array(
        [(judge(limits, given, top).verdict != WeatherVerdict.FIT).any() for top in tops], np.bool_
    )
