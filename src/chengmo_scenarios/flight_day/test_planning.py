"""The plan beside the best of all plans on tiny days, and beside the exact check of every pair."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
import shapely

from chengmo import ExampleCity
from chengmo_airspace.altitude import GroundRows, Height, Reference
from chengmo_airspace.volume import Polygon, Volume, meet
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE, from_instant
from chengmo_airspace.zones import Rule, Zone, ZoneLayer, ZoneMap
from chengmo_scenarios.flight_day.closing import close_above, close_zones, day_of, index_of
from chengmo_scenarios.flight_day.flying import AS_ASKED, Course, fly, wish_of
from chengmo_scenarios.flight_day.planning import conflicts_as_asked, plan_day_of
from chengmo_scenarios.flight_day.reading import AskedFlight, read_flights, read_zones
from chengmo_scenarios.flight_day.request import Request

CITY = ExampleCity.from_folder(Path(__file__).parent / "example")
NINE = datetime(2026, 5, 1, 1, tzinfo=UTC)


def as_volumes(columns):
    rings = columns.vertices.reshape(len(columns), 4, 2) / PER_DEGREE
    return [
        Volume(Polygon(ring.tolist()), box[4] / PER_METRE, box[5] / PER_METRE,
               from_instant(int(box[6])), from_instant(int(box[7])))
        for ring, box in zip(rings, columns.boxes, strict=True)
    ]  # fmt: skip


def do_meet(one, other):
    return any(meet(mine, theirs) for mine, theirs in product(one, other))


def test_conflicts_as_asked_are_those_of_every_pair_compared():
    request = Request(flights="flight-requests")
    flights = read_flights(request, "flight-requests", CITY)
    parts = [as_volumes(fly(flight, Course(AS_ASKED, flight.path), request)) for flight in flights]
    met = sum(do_meet(one, other) for one, other in combinations(parts, 2))
    assert conflicts_as_asked(flights, request) == met


def test_what_is_planned_meets_nothing_of_every_pair_compared():
    request = Request(flights="flight-requests")
    flights = read_flights(request, "flight-requests", CITY)
    day = day_of(flights)
    closed = [*close_zones(read_zones(request, CITY), day), close_above(request, flights, day)]
    plan = plan_day_of(request, flights, closed, order="turns")
    flying = [one for one in plan.outcomes.values() if one.status != "refused"]
    parts = [as_volumes(one.volumes) for one in flying]
    assert not any(do_meet(one, other) for one, other in combinations(parts, 2))
    for one, volumes in zip(flying, parts, strict=True):
        for part in closed:
            assert part.key in one.flight.authorised or not do_meet(volumes, part.volumes())
    assert plan.conflicts == 0


def tiny_day(seed, count=3):
    """Return flights that cross near one place within a minute."""
    rng = np.random.default_rng(seed)
    flights = []
    for number in range(count):
        turn = rng.uniform(0, np.pi)
        arm = np.array([np.cos(turn), np.sin(turn)]) * 0.004
        middle = np.array([114.3, 30.5]) + rng.uniform(-0.0005, 0.0005, 2)
        flights.append(
            AskedFlight(
                id=f"F{number}",
                operator=f"operator {number % 2}",
                priority=0,
                path=np.array([middle - arm, middle + arm]),
                lower_m=60.0,
                upper_m=80.0,
                departure=NINE + timedelta(seconds=int(rng.integers(0, 5)) * 10),
                speed_mps=15.0,
                width_m=60.0,
            )
        )
    return flights


def least_cost(flights, request, closed):
    """Return the least cost of any plan: all ways at all delays of all flights, or refused."""
    known = index_of(closed).snapshot()
    options = []
    for flight in flights:
        wish, _ = wish_of(flight, request, closed, known)
        ways = [(0.0, wish.volumes), *((way.cost, way.make()) for way in wish.ways)]
        options.append([
            (cost + delay / 60 * request.minute_cost, as_volumes(moved))
            for cost, volumes in ways
            for delay in range(0, wish.leeway.later_s + 1, request.step_s)
            for moved in (volumes.moved(time_us=delay * 1_000_000),)
            if not known.find_meetings(moved, besides=wish.exempt)
        ])  # fmt: skip
    free = {}
    for (a, one), (b, other) in combinations(enumerate(options), 2):
        for i, j in product(range(len(one)), range(len(other))):
            free[a, i, b, j] = not do_meet(one[i][1], other[j][1])
    best = np.inf
    for choice in product(*([*range(len(option)), None] for option in options)):
        cost = sum(
            request.refusal_cost if i is None else option[i][0]
            for option, i in zip(options, choice, strict=True)
        )
        flown = [number for number, i in enumerate(choice) if i is not None]
        if cost < best and all(free[a, choice[a], b, choice[b]] for a, b in combinations(flown, 2)):
            best = cost
    return best


@pytest.mark.slow
@pytest.mark.parametrize("order", ["turns", "schedule"])
def test_the_plan_of_a_tiny_day_costs_little_more_than_the_best(order):
    request = Request(
        flights="flight-requests", later_min=1.5, step_s=30, floor_m=30, ceiling_m=110,
        level_step_m=25, sidestep_m=100, leg_s=30,
    )  # fmt: skip
    spent, least = 0.0, 0.0
    for seed in range(5):
        flights = tiny_day(seed)
        closed = [close_above(request, flights, day_of(flights))]
        plan = plan_day_of(request, flights, closed, order=order)
        best = least_cost(flights, request, closed)
        assert plan.bound <= best + 1e-9
        assert best <= plan.cost + 1e-9
        spent, least = spent + plan.cost, least + best
    assert least > 0
    assert spent <= 1.3 * least


def test_a_zone_above_the_sea_closes_the_heights_the_ground_below_lets_it_reach():
    def close(ground, lower, upper):
        limits = (Height(lower, Reference.SEA), Height(upper, Reference.SEA))
        area = shapely.box(114.30, 30.50, 114.31, 30.51)
        zone = Zone("Z", Rule.PROHIBITED, (ZoneLayer(area, *limits),))
        return close_zones(ZoneMap([zone]), (NINE, NINE + timedelta(hours=1)), ground)

    lattice = np.array(
        [(114.29 + 0.005 * x, 30.49 + 0.005 * y) for x in range(7) for y in range(7)]
    )
    metres = np.where(lattice[:, 0] < 114.305, 20.0, 60.0)
    ground = GroundRows("hills", lattice[:, 0], lattice[:, 1], metres, 600.0)
    (part,) = close(ground, 100, 200)
    assert (part.lower_m, part.upper_m, part.is_guessed) == (40, 180, False)
    # Below the ground everywhere it closes nothing, where the ground is not known all heights.
    assert close(ground, 0, 10) == []
    assert close(ground, 0, 30)[0].lower_m == 0
    for unknown in (None, GroundRows("gap", lattice[:9, 0], lattice[:9, 1], metres[:9], 600.0)):
        (guess,) = close(unknown, 100, 200)
        assert (guess.lower_m, guess.upper_m, guess.is_guessed) == (0, 20_000, True)
