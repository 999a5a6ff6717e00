"""Proposals are the least that is free; a search over every step finds nothing nearer."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest
from chengmo_airspace.conflict import ConflictIndex, Leeway, find_cheapest, propose_changes
from chengmo_airspace.conflict.resolution import find_free
from chengmo_airspace.volume import Circle, Volume, meet

EIGHT = datetime(2026, 5, 1, 8, tzinfo=UTC)
LEEWAY = Leeway(
    earlier_s=20, later_s=30, step_s=2, lower_m=0, upper_m=80, climb_step_m=10,
    minute_cost=6, metre_cost=0.07,
)  # fmt: skip


def block(*, begin_s=0, end_s=10, lower_m=20, upper_m=40, lon=114.3):
    times = (EIGHT + timedelta(seconds=s) for s in (begin_s, end_s))
    return Volume(Circle(lon, 30.5, 100), lower_m, upper_m, *times)


def moved(volume, delay_s, climb_m):
    delay = timedelta(seconds=delay_s)
    lower, upper = volume.lower_m + climb_m, volume.upper_m + climb_m
    return Volume(volume.outline, lower, upper, volume.begin + delay, volume.end + delay)


def is_free(volumes, others, delay_s, climb_m):
    return not any(meet(moved(v, delay_s, climb_m), o) for v in volumes for o in others)


@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 9)), max_size=8), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_the_nearest_free_step_is_that_of_a_search_over_all_steps(ranges, step):
    taken = np.array([(low, low + size) for low, size in ranges], np.int64).reshape(-1, 2)
    for sign in (1, -1):
        free = [
            sign * move
            for move in range(0, 41, step)
            if not any(low <= sign * move <= high for low, high in taken.tolist())
        ]
        assert find_free(taken, sign * step, 40) == (free[0] if free else None)


def crowd(rng, count):
    return [
        block(
            begin_s=(begin := int(rng.integers(-30, 40))),
            end_s=begin + int(rng.integers(1, 12)),
            lower_m=(lower := int(rng.integers(0, 7)) * 10),
            upper_m=lower + 10,
            lon=114.3 + int(rng.integers(3)) / 1000,
        )
        for _ in range(count)
    ]


@given(st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_no_nearer_delay_or_level_is_free_and_no_move_is_cheaper(seed):
    rng = np.random.default_rng(seed)
    others, mine = crowd(rng, 12), [block(), block(begin_s=10, end_s=15, lon=114.302)]
    index = ConflictIndex()
    for number, other in enumerate(others):
        index.put(str(number), [other])
    delays, climbs = range(-20, 31, 2), range(-20, 41, 10)
    free = {(d, h) for d in delays for h in climbs if is_free(mine, others, d, h)}

    found = {(p.delay_s, p.climb_m) for p in propose_changes(index.snapshot(), mine, LEEWAY)}
    expected = {(0, 0)} & free
    if not expected:
        for moves in ([(d, 0) for d in delays], [(0, h) for h in climbs]):
            for sign in (1, -1):
                side = [m for m in moves if sum(m) * sign > 0 and m in free]
                expected |= {min(side, key=lambda m: abs(sum(m)))} if side else set()
    assert found == expected

    cheapest = find_cheapest(index.snapshot(), mine, LEEWAY)
    costs = [LEEWAY.cost(d, h) for d, h in free]
    if cheapest is None:
        assert not costs
    else:
        assert cheapest.cost == min(costs)
        assert (cheapest.delay_s, cheapest.climb_m) in free


def test_a_proposal_says_what_it_is_and_whom_it_makes_room_for():
    index = ConflictIndex()
    index.put("first", [block(end_s=5)])
    index.put("second", [block(begin_s=6, end_s=11)])
    leeway = Leeway(earlier_s=60, later_s=60, lower_m=0, upper_m=100, climb_step_m=1)
    earlier, later, up = sorted(
        propose_changes(index.snapshot(), [block()], leeway),
        key=lambda proposal: (proposal.climb_m, proposal.delay_s),
    )
    assert (earlier.kind, earlier.delay_s, earlier.because) == ("delay", -11, ("first",))
    assert (later.kind, later.delay_s, later.because) == ("delay", 12, ("second",))
    # There is no room below: 20 m down the two still touch.
    assert (up.kind, up.climb_m, up.because) == ("level", 21.0, ("first", "second"))
    assert up.cost == pytest.approx(2.1)


def test_an_intent_that_replaces_itself_may_stay():
    index = ConflictIndex()
    index.put("mine", [block()])
    [stay] = propose_changes(index.snapshot(), [block()], Leeway(), besides="mine")
    assert (stay.kind, stay.cost, stay.because) == ("none", 0, ())


def test_an_intent_outside_the_band_keeps_its_height():
    assert Leeway(lower_m=0, upper_m=30).climbs_mm(
        np.array([[0, 0, 0, 0, 20_000, 40_000, 0, 0]])
    ) == range(1)


@pytest.mark.parametrize("change", [{"earlier_s": -1}, {"step_s": 0}, {"climb_step_m": 0}])
def test_a_leeway_without_sense_is_refused(change):
    with pytest.raises(InvalidRequest):
        Leeway(**change)
