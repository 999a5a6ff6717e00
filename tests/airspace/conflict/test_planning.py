"""A day's plan has no conflicts, keeps priorities, and is not far from the best of tiny days."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, product

import numpy as np
import pytest

from chengmo import InvalidRequest
from chengmo_airspace.conflict import (
    ConflictIndex,
    FlightWish,
    Leeway,
    Way,
    find_conflicts,
    find_way,
    plan_day,
)
from chengmo_airspace.volume import Circle, Volume, VolumeColumns, meet

EIGHT = datetime(2026, 5, 1, 8, tzinfo=UTC)
LEEWAY = Leeway(later_s=600, step_s=10, lower_m=0, upper_m=65, climb_step_m=20, metre_cost=0.02)


def block(begin_s, end_s, *, lower_m=0, lon=114.3):
    times = (EIGHT + timedelta(seconds=int(s)) for s in (begin_s, end_s))
    return Volume(Circle(lon, 30.5, 100), lower_m, lower_m + 15, *times)


def wishes(rng, count, *, operators=3, priorities=2, places=2, leeway=LEEWAY):
    made = []
    for number in range(count):
        begin = int(rng.integers(0, 12)) * 10
        legs = [
            block(begin + 25 * k, begin + 25 * (k + 1), lon=114.3 + rng.integers(places) / 500)
            for k in range(2)
        ]
        operator, priority = f"operator {rng.integers(operators)}", int(rng.integers(priorities))
        made.append(FlightWish(f"flight {number:03}", operator, priority, legs, leeway))
    return made


def conflicts(plan):
    planned = [flight.volumes for flight in plan.flights if flight.move]
    owner = np.repeat(np.arange(len(planned)), [len(volumes) for volumes in planned])
    return len(find_conflicts(VolumeColumns.join(planned), owner))


@pytest.mark.parametrize("order", ["schedule", "turns"])
def test_a_plan_has_no_conflicts_and_says_who_is_left_out(order):
    asked = wishes(np.random.default_rng(1), 80)
    plan = plan_day(asked, order=order)
    assert conflicts(plan) == 0
    assert sorted(flight.intent for flight in plan.flights) == [wish.intent for wish in asked]
    assert plan.left_out
    assert len(plan.left_out) + sum(share.flights for share in plan.shares) == 80
    assert plan.cost == pytest.approx(sum(f.move.cost for f in plan.flights if f.move))
    again = plan_day(reversed(asked), order=order)
    assert [(f.intent, f.move) for f in again.flights] == [(f.intent, f.move) for f in plan.flights]


def test_a_higher_priority_is_planned_as_if_there_were_no_lower():
    asked = wishes(np.random.default_rng(2), 30)
    alone = plan_day([wish for wish in asked if wish.priority == 1])
    both = plan_day(asked)
    moves = {flight.intent: flight.move for flight in both.flights}
    assert all(moves[flight.intent] == flight.move for flight in alone.flights)


def test_what_is_known_is_neither_met_nor_moved():
    known = ConflictIndex()
    known.put("a concert", [block(0, 100)])
    [flight] = plan_day([FlightWish("f", "o", 0, [block(50, 60)], LEEWAY)], known=known).flights
    assert flight.move.climb_m == 20
    assert "f" not in known
    with pytest.raises(InvalidRequest):
        plan_day([FlightWish("a concert", "o", 0, [block(50, 60)], LEEWAY)], known=known)


def test_operators_in_turn_share_the_waiting_that_the_schedule_puts_on_one():
    stay = Leeway(later_s=3600, step_s=10)
    # All want the same minute; by the schedule the small operator, a second later, is last.
    asked = [FlightWish(f"big {n}", "big", 0, [block(0, 50)], stay) for n in range(8)]
    asked += [FlightWish(f"small {n}", "small", 0, [block(1, 51)], stay) for n in range(2)]
    means = {}
    for order in ("schedule", "turns"):
        plan = plan_day(asked, order=order)
        means[order] = {s.operator: s.cost / s.flights for s in plan.shares}
    assert means["schedule"]["small"] > 2 * means["schedule"]["big"]
    assert means["turns"]["small"] < 1.5 * means["turns"]["big"]


def best_cost(asked):
    """Return the least cost of planning all of a few flights, by trying all moves of all."""
    options = []
    for wish in asked:
        steps = product(range(0, wish.leeway.later_s + 1, 10), (0, 20, 40))
        options.append([
            (wish.leeway.cost(d, h), [moved(v, d, h) for v in wish.volumes]) for d, h in steps
        ])  # fmt: skip
    free = {}
    for (a, one), (b, other) in combinations(enumerate(options), 2):
        for i, j in product(range(len(one)), range(len(other))):
            free[a, i, b, j] = not any(meet(v, w) for v, w in product(one[i][1], other[j][1]))
    best = np.inf
    for choice in product(*(range(len(option)) for option in options)):
        cost = sum(option[i][0] for option, i in zip(options, choice, strict=True))
        if cost < best and all(
            free[a, choice[a], b, choice[b]] for a, b in combinations(range(len(choice)), 2)
        ):
            best = cost
    return best


def moved(volume, delay_s, climb_m):
    delay, lower = timedelta(seconds=delay_s), volume.lower_m + climb_m
    return Volume(volume.outline, lower, lower + 15, volume.begin + delay, volume.end + delay)


@pytest.mark.slow
def test_the_plan_of_a_tiny_day_costs_little_more_than_the_best():
    leeway = Leeway(later_s=60, step_s=10, lower_m=0, upper_m=55, climb_step_m=20, metre_cost=0.02)
    spent, least = 0.0, 0.0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        asked = wishes(rng, 4, priorities=1, places=1, leeway=leeway)
        plan, best = plan_day(asked), best_cost(asked)
        assert not plan.left_out
        assert plan.cost >= best - 1e-9
        spent, least = spent + plan.cost, least + best
    assert spent <= 1.25 * least


STAY = Leeway(later_s=0)


def test_a_flight_takes_the_cheapest_of_its_ways_and_is_asked_for_no_dearer_one():
    known = ConflictIndex()
    known.put("a concert", [block(0, 1000)])
    asked = []

    def way(name, cost, lon):
        def make():
            asked.append(name)
            return [block(0, 50, lon=lon)]

        return Way(name, cost, make)

    ways = (way("far", 3.0, 114.4), way("beside", 1.0, 114.35), way("through", 0.5, 114.3))
    wish = FlightWish("f", "o", 0, [block(0, 50)], STAY, ways)
    flight = find_way(wish, known.snapshot())
    assert (flight.way.name, flight.cost, flight.blocked_by) == ("beside", 1.0, ("a concert",))
    assert asked == ["through", "beside"]
    plan = plan_day([wish], known=known)
    assert plan.flights[0].way.name == "beside"
    assert (plan.cost, plan.alone) == (1.0, {"f": 1.0})


def test_a_flight_may_meet_what_it_is_exempt_from_and_nothing_else():
    known = ConflictIndex()
    known.put("a concert", [block(0, 100)])
    allowed = FlightWish("f", "o", 0, [block(50, 60)], STAY, exempt=frozenset({"a concert"}))
    other = FlightWish("g", "o", 0, [block(50, 60)], STAY)
    plan = plan_day([allowed, other], known=known)
    assert plan.left_out == ("g",)
    assert plan.alone == {"f": 0.0, "g": None}
    assert {flight.intent: flight.blocked_by for flight in plan.flights}["g"] == ("a concert", "f")


def test_who_finds_no_place_chooses_first_when_the_class_is_planned_again():
    # The first takes the only time that the second, which cannot wait, has.
    patient = FlightWish("a", "o", 0, [block(0, 50)], Leeway(later_s=600, step_s=10))
    urgent = FlightWish("b", "o", 0, [block(10, 60)], STAY)
    assert plan_day([patient, urgent], rounds=0).left_out == ("b",)
    again = plan_day([patient, urgent])
    assert again.left_out == ()
    assert {flight.intent: flight.move.delay_s for flight in again.flights} == {"b": 0, "a": 70}
