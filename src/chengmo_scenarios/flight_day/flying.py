"""A flight as volumes, and the other ways it could be flown: levels, beside its path, round zones.

A flight climbs where it starts, cruises in its band along its path and comes down where it ends:
a column from the ground to the top of the band at either end, and between them one rectangle for
each leg, each with time to spare before and after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from chengmo_airspace.conflict import FlightWish, Leeway, Snapshot, Way
from chengmo_airspace.volume import VolumeColumns
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE, PER_SECOND, to_instant
from chengmo_scenarios.flight_day.closing import CLOSED, Closed
from chengmo_scenarios.flight_day.method.detour import go_round
from chengmo_scenarios.flight_day.method.path import (
    Floats,
    beside,
    corridor_corners,
    cut_path,
    length_of,
)
from chengmo_scenarios.flight_day.reading import AskedFlight
from chengmo_scenarios.flight_day.request import Request

Integers = NDArray[np.int64]
# How the name of a way reads: the path, then metres up or down.
AS_ASKED, LEFT, RIGHT, ROUND = "asked", "left", "right", "round"
# What a flight is called in an index, beside what is closed.
FLIGHT = "flight:"


@dataclass(frozen=True)
class Course:
    """Where a flight goes: a path and how much higher than asked for.

    Attributes:
        route: What the path is: `asked`, `left`, `right` or `round`.
        path: (n, 2) degrees.
        lift_m: Metres higher; below 0, lower.
        extra_m: Metres longer than asked for.
    """

    route: str
    path: Floats
    lift_m: float = 0.0
    extra_m: float = 0.0

    @property
    def name(self) -> str:
        """What the way is called in a plan."""
        return f"{self.route}{self.lift_m:+g}"


def fly(flight: AskedFlight, course: Course, request: Request) -> VolumeColumns:
    """Return the volumes of a flight on a course: the climb, the legs, the descent."""
    half = flight.width_m / 2
    legs = cut_path(course.path, speed_mps=flight.speed_mps, leg_s=request.leg_s)
    lower, upper = flight.lower_m + course.lift_m, flight.upper_m + course.lift_m
    climb = upper / request.climb_mps
    ends = course.path[[0, -1]]
    corners = np.concatenate([
        corridor_corners(ends[:1], ends[:1], half),
        corridor_corners(legs.begin, legs.end, half),
        corridor_corners(ends[1:], ends[1:], half),
    ])  # fmt: skip
    begin = np.concatenate([[0.0], climb + legs.from_s, [climb + legs.to_s[-1]]]) - request.spare_s
    end = np.concatenate([[climb], climb + legs.to_s, [2 * climb + legs.to_s[-1]]])
    floor = np.full(len(begin), lower)
    floor[[0, -1]] = 0.0
    return _columns(
        corners,
        np.stack([floor, np.full(len(begin), upper)], axis=1),
        np.stack([begin, end + request.spare_s], axis=1),
        to_instant(flight.departure),
    )


def minutes_of(flight: AskedFlight, path: Floats, request: Request) -> float:
    """Return how long a flight along a path lasts, with its climb and descent, minutes."""
    climb = 2 * flight.upper_m / request.climb_mps
    return (length_of(path) / flight.speed_mps + climb) / 60


def wish_of(
    flight: AskedFlight, request: Request, closed: Sequence[Closed], known: Snapshot
) -> tuple[FlightWish, dict[str, Course]]:
    """Return what a flight wishes for, with all its ways, and its courses by the ways' names."""
    asked = Course(AS_ASKED, flight.path)
    volumes = fly(flight, asked, request)
    exempt = frozenset(CLOSED + key for key in flight.authorised)
    barred = known.find_meetings(volumes, besides=exempt)
    paths = list(_paths(flight, request, closed, is_barred=bool(barred)))
    courses = {
        course.name: course
        for path in paths
        for lift in lifts(flight, request)
        if (course := Course(path.route, path.path, lift, path.extra_m)).name != asked.name
    }
    ways = tuple(
        Way(name, cost_of(flight, course, request), partial(fly, flight, course, request))
        for name, course in courses.items()
    )
    leeway = leeway_of(flight, request)
    wish = FlightWish(
        FLIGHT + flight.id, flight.operator, flight.priority, volumes, leeway, ways, exempt
    )
    return wish, {asked.name: asked, **courses}


def leeway_of(flight: AskedFlight, request: Request) -> Leeway:
    """Return how far a flight may be moved in time; its levels are ways of their own."""
    earlier = request.earlier_min if flight.earlier_min is None else flight.earlier_min
    later = request.later_min if flight.later_min is None else flight.later_min
    return Leeway(
        earlier_s=round(earlier * 60),
        later_s=round(later * 60),
        step_s=request.step_s,
        minute_cost=request.minute_cost,
    )


def cost_of(flight: AskedFlight, course: Course, request: Request) -> float:
    """Return what a course costs more than the one asked for."""
    minutes = max(0.0, course.extra_m) / flight.speed_mps / 60
    return minutes * request.minute_cost + abs(course.lift_m) * request.metre_cost


def lifts(flight: AskedFlight, request: Request) -> list[float]:
    """Return metres up and down within the levels allowed, 0 first."""
    step = request.level_step_m
    down = int(max(0.0, flight.lower_m - request.floor_m) // step)
    up = int(max(0.0, request.ceiling_m - flight.upper_m) // step)
    lowered = flight.upper_m - request.ceiling_m
    if lowered > 0:  # what asks for more than the ceiling is offered to stay below it
        down = int(min(down, -(-lowered // step)))
    return [number * step for number in sorted(range(-down, up + 1), key=abs)]


def _paths(
    flight: AskedFlight, request: Request, closed: Sequence[Closed], *, is_barred: bool
) -> Iterator[Course]:
    """Yield the paths a flight can take: as asked, beside, and round what is closed."""
    asked = length_of(flight.path)
    yield Course(AS_ASKED, flight.path)
    if request.sidestep_m > 0:
        for route, offset in ((LEFT, request.sidestep_m), (RIGHT, -request.sidestep_m)):
            path = beside(flight.path, offset)
            yield Course(route, path, extra_m=length_of(path) - asked)
    areas = areas_near(flight, closed, request) if is_barred else []
    if areas:
        path = go_round(flight.path, areas, clearance_m=request.clearance_m + flight.width_m / 2)
        if path is not None:
            yield Course(ROUND, path, extra_m=length_of(path) - asked)


def areas_near(
    flight: AskedFlight, closed: Sequence[Closed], request: Request
) -> list[BaseGeometry]:
    """Return what is closed to a flight near its path, within its leeway."""
    return [
        part.area
        for part in closed
        if part.key not in flight.authorised
        and part.kind != "ceiling"
        and _may_bar(flight, part, request)
    ]


def _may_bar(flight: AskedFlight, part: Closed, request: Request) -> bool:
    """Say whether something closed is near a flight in place, time and height, with all leeway."""
    leeway = leeway_of(flight, request)
    long = timedelta(minutes=2 * minutes_of(flight, flight.path, request))
    begin = flight.departure - timedelta(seconds=leeway.earlier_s)
    end = flight.departure + timedelta(seconds=leeway.later_s) + long
    reach = LineString(flight.path).buffer(LineString(flight.path).length / 2).bounds
    west, south, east, north = part.area.bounds
    return (
        any(start <= end and begin <= stop for start, stop in part.times)
        and part.lower_m <= flight.upper_m
        and west <= reach[2]
        and reach[0] <= east
        and south <= reach[3]
        and reach[1] <= north
    )


def _columns(corners: Floats, band_m: Floats, span_s: Floats, departure: int) -> VolumeColumns:
    rings = np.rint(corners * PER_DEGREE).astype(np.int64)
    boxes = np.column_stack([
        rings[:, :, 0].min(1), rings[:, :, 0].max(1), rings[:, :, 1].min(1), rings[:, :, 1].max(1),
        np.rint(band_m * PER_METRE).astype(np.int64),
        np.rint(span_s * PER_SECOND).astype(np.int64) + departure,
    ])  # fmt: skip
    return VolumeColumns(
        np.ascontiguousarray(boxes), rings.reshape(-1, 2), np.arange(0, 4 * len(rings) + 1, 4)
    )
