"""Demand and capacity: which cells are entered how often in which hour, as asked and as planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from chengmo import encode_codes
from chengmo_scenarios.flight_day.flying import AS_ASKED, Course
from chengmo_scenarios.flight_day.method.occupancy import (
    CELLS_PER_DEGREE,
    HOUR_S,
    Legs,
    Load,
    Visits,
    load_of,
    visits_of,
)
from chengmo_scenarios.flight_day.method.path import cut_path
from chengmo_scenarios.flight_day.planning import Outcome
from chengmo_scenarios.flight_day.reading import AskedFlight
from chengmo_scenarios.flight_day.request import Request

_LEVEL = 4  # BeiDou level 4: cells of one minute of arc


@dataclass(frozen=True)
class CellHour:
    """A cell in an hour.

    Attributes:
        code: The cell's BeiDou code, level 4.
        west: Its western edge, degrees; it is one minute of arc wide and high.
        south: Its southern edge.
        hour: When the hour begins, UTC.
        asked: Flights that would enter it as asked.
        planned: Flights that enter it in the plan.
        peak: Most of these in it at one time.
    """

    code: str
    west: float
    south: float
    hour: datetime
    asked: int
    planned: int
    peak: int


def loads_of(
    flights: Iterable[AskedFlight], outcomes: Iterable[Outcome], request: Request
) -> list[CellHour]:
    """Return all cells and hours that any flight enters, the fullest in the plan first."""
    nobody = timedelta(0)
    asked = _load([_visits(one, Course(AS_ASKED, one.path), nobody, request) for one in flights])
    planned = _load([
        _visits(one.flight, one.course, timedelta(seconds=one.delay_s), request)
        for one in outcomes
        if one.status != "refused"
    ])  # fmt: skip
    keys = sorted({*asked, *planned}, key=lambda key: (-planned.get(key, (0, 0))[0], key))
    if not keys:
        return []
    corners = np.array([key[:2] for key in keys]) / CELLS_PER_DEGREE
    middle = corners + 0.5 / CELLS_PER_DEGREE
    codes = encode_codes(middle[:, 0], middle[:, 1], level=_LEVEL).tolist()
    return [
        CellHour(
            code=code.decode() if isinstance(code, bytes) else str(code),
            west=west,
            south=south,
            hour=datetime.fromtimestamp(key[2] * HOUR_S, UTC),
            asked=asked.get(key, (0, 0))[0],
            planned=planned.get(key, (0, 0))[0],
            peak=planned.get(key, (0, 0))[1],
        )
        for key, code, (west, south) in zip(keys, codes, corners.tolist(), strict=True)
    ]


def _visits(flight: AskedFlight, course: Course, delay: timedelta, request: Request) -> Visits:
    """Return the cells a flight is in, its climb and descent counted where they are."""
    legs = cut_path(course.path, speed_mps=flight.speed_mps, leg_s=np.inf)
    climb = (flight.upper_m + course.lift_m) / request.climb_mps
    begin, end = legs.from_s + climb, legs.to_s + climb
    start = (flight.departure + delay).timestamp()
    visits = visits_of(Legs(legs.begin, legs.end, begin + start, end + start))
    visits.from_s[0] -= climb
    visits.to_s[-1] += climb
    return visits


def _load(visits: list[Visits]) -> dict[tuple[int, int, int], tuple[int, int]]:
    if not visits:
        return {}
    load: Load = load_of(Visits(*(np.concatenate(part) for part in zip(*visits, strict=True))))
    keys = np.column_stack([load.cell, load.hour]).tolist()
    counts = zip(load.entries.tolist(), load.peak.tolist(), strict=True)
    return {(key[0], key[1], key[2]): count for key, count in zip(keys, counts, strict=True)}
