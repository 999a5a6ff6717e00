"""Mechanisms against brute force, published examples, and another package."""

from dataclasses import replace
from itertools import permutations, product

import matching.games
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.market import NONE, UNLIMITED, Mechanism, plain_market
from chengmo_scenarios.school_lottery.method.stability import count_envy, find_blocking

STRATEGY_PROOF = (Mechanism.DEFERRED, Mechanism.SERIAL, Mechanism.TRADING)
EFFICIENT = (Mechanism.SERIAL, Mechanism.TRADING)


def as_choice(lists, longest):
    return np.array([[*line, *[NONE] * (longest - len(line))] for line in lists], dtype=np.int64)


def with_priorities(lists, seats, queues):
    """A market whose schools rank units as in `queues`, with no ties."""
    longest = max(len(line) for line in lists)
    tier = [
        [queues[s].index(u) for s in line] + [0] * (longest - len(line))
        for u, line in enumerate(lists)
    ]
    return plain_market(as_choice(lists, longest), np.array(seats), tier=np.array(tier))


def places(market, mechanism, number=None, **more):
    number = np.arange(market.n_units) if number is None else number
    return allocate(market, mechanism, Draw(number), **more).place.tolist()


@st.composite
def small_markets(draw, most_units=4, most_schools=3):
    n, m = draw(st.integers(1, most_units)), draw(st.integers(1, most_schools))
    lists = [draw(st.permutations(range(m)))[: draw(st.integers(1, m))] for _ in range(n)]
    seats = draw(st.lists(st.integers(0, 2), min_size=m, max_size=m))
    tier = draw(st.lists(st.lists(st.integers(0, 2), min_size=m, max_size=m), min_size=n,
                         max_size=n))  # fmt: skip
    number = np.array(draw(st.permutations(range(n))))
    return lists, seats, np.array(tier), number


def market_of(lists, seats, rights):
    """`rights` is (n, m): the priority of each unit at each school."""
    longest = max(len(line) for line in lists)
    choice = as_choice(lists, longest)
    tier = np.take_along_axis(rights, np.maximum(choice, 0), axis=1)
    return plain_market(choice, np.array(seats), tier=tier)


def assignments(lists, seats):
    for chosen in product(*[[*line, NONE] for line in lists]):
        if all(chosen.count(s) <= seats[s] for s in range(len(seats))):
            yield chosen


def likes(line, school):
    return line.index(school) if school in line else len(line)


def is_stable(lists, seats, rights, number, chosen):
    for u, line in enumerate(lists):
        for s in line[: likes(line, chosen[u])]:
            there = [v for v, place in enumerate(chosen) if place == s]
            if len(there) < seats[s]:
                return False
            if any((rights[u, s], number[u]) < (rights[v, s], number[v]) for v in there):
                return False
    return True


@settings(max_examples=60, deadline=None)
@given(small_markets())
def test_deferred_acceptance_is_the_stable_assignment_that_every_child_likes_best(given_):
    lists, seats, rights, number = given_
    found = places(market_of(lists, seats, rights), Mechanism.DEFERRED, number)
    stable = [x for x in assignments(lists, seats) if is_stable(lists, seats, rights, number, x)]
    assert tuple(found) in stable
    for other in stable:
        assert all(likes(line, a) <= likes(line, b)
                   for line, a, b in zip(lists, found, other, strict=True))  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(small_markets())
def test_who_blocks_an_assignment_is_whom_the_definition_names(given_):
    lists, seats, rights, number = given_
    market = market_of(lists, seats, rights)
    for mechanism in (Mechanism.IMMEDIATE, Mechanism.SERIAL):
        found = allocate(market, mechanism, Draw(number))
        blocks = find_blocking(market, found, number[:, None]).any()
        chosen = tuple(found.place.tolist())
        assert blocks != is_stable(lists, seats, rights, number, chosen)


def lies(line, m):
    for length in range(m + 1):
        yield from (list(order) for order in permutations(range(m), length))


@pytest.mark.parametrize("mechanism", STRATEGY_PROOF)
@settings(max_examples=6, deadline=None)
@given(given_=small_markets(most_units=3))
def test_no_child_gains_by_a_false_list(mechanism, given_):
    lists, seats, rights, number = given_
    honest = places(market_of(lists, seats, rights), mechanism, number)
    for u, line in enumerate(lists):
        for lie in lies(line, len(seats)):
            stated = [lie if v == u else other for v, other in enumerate(lists)]
            if not any(stated):
                continue
            got = places(market_of(stated, seats, rights), mechanism, number)[u]
            assert likes(line, honest[u]) <= likes(line, got)


def test_under_immediate_acceptance_a_false_list_can_gain():
    lists, seats = [[0, 1], [0, 1], [1, 0]], [1, 1]
    market = with_priorities(lists, seats, [[1, 0, 2], [0, 1, 2]])
    assert places(market, Mechanism.IMMEDIATE)[0] == NONE
    lists[0] = [1, 0]
    market = with_priorities(lists, seats, [[1, 0, 2], [0, 1, 2]])
    assert places(market, Mechanism.IMMEDIATE)[0] == 1


@pytest.mark.parametrize("mechanism", EFFICIENT)
@settings(max_examples=30, deadline=None)
@given(given_=small_markets())
def test_nobody_can_do_better_without_another_doing_worse(mechanism, given_):
    lists, seats, rights, number = given_
    found = places(market_of(lists, seats, rights), mechanism, number)
    mine = [likes(line, place) for line, place in zip(lists, found, strict=True)]
    for other in assignments(lists, seats):
        theirs = [likes(line, place) for line, place in zip(lists, other, strict=True)]
        better = all(a <= b for a, b in zip(theirs, mine, strict=True))
        assert not (better and theirs != mine)


def test_stability_costs_efficiency_in_the_example_of_roth_1982():
    # As Example 1 of Abdulkadiroğlu & Sönmez (2003) restates it.
    market = with_priorities(
        [[1, 0, 2], [0, 1, 2], [0, 1, 2]], [1, 1, 1], [[0, 2, 1], [1, 0, 2], [1, 0, 2]]
    )
    assert places(market, Mechanism.DEFERRED) == [0, 1, 2]
    assert places(market, Mechanism.TRADING) == [1, 0, 2]


def test_top_trading_cycles_gives_the_cycles_worked_by_hand():
    # Eight students, schools of 2, 2, 3 and 3 seats. Round 1: 0→B→2→C→4→A→0 and 5→D→5. Round 2:
    # 1→A→1, which fills A. Round 3: 3→C→6→B→3, which fills B. Round 4: 7→D→7.
    lists = [[1, 0, 2, 3], [0, 1, 2, 3], [2, 1, 0, 3], [2, 3, 0, 1], [0, 2, 3, 1], [3, 0, 1, 2],
             [0, 1, 2, 3], [0, 1, 3, 2]]  # fmt: skip
    queues = [[0, 1, 2, 3, 4, 5, 6, 7], [2, 4, 3, 7, 6, 1, 0, 5], [4, 2, 0, 6, 1, 7, 5, 3],
              [5, 7, 6, 3, 1, 2, 4, 0]]  # fmt: skip
    market = with_priorities(lists, [2, 2, 3, 3], queues)
    assert places(market, Mechanism.TRADING) == [1, 0, 2, 2, 0, 3, 1, 3]


@settings(max_examples=30, deadline=None)
@given(small_markets(), st.integers(1, 3))
def test_parallel_preferences_lie_between_immediate_and_deferred_acceptance(given_, band):
    lists, seats, rights, number = given_
    market = market_of(lists, seats, rights)
    one = places(market, Mechanism.PARALLEL, number, band=1)
    assert one == places(market, Mechanism.IMMEDIATE, number)
    all_ = places(market, Mechanism.PARALLEL, number, band=market.choice.shape[1])
    assert all_ == places(market, Mechanism.DEFERRED, number)


def test_within_a_band_of_two_a_second_choice_counts_as_much_as_a_first():
    # Child 2 has the best claim to school 0 but lists it second; school 1 is full with better.
    lists, queues = [[0, 2], [1, 2], [1, 0]], [[2, 0, 1], [1, 2, 0], [0, 1, 2]]
    market = with_priorities(lists, [1, 1, 1], queues)
    assert places(market, Mechanism.PARALLEL, band=1) == [0, 1, NONE]
    assert places(market, Mechanism.PARALLEL, band=2) == [2, 1, 0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_package_matching_finds_the_same_deferred_acceptance(seed):
    rng = np.random.default_rng(seed)
    n, m = 8, 3
    lists = [rng.permutation(m).tolist()[: rng.integers(1, m + 1)] for _ in range(n)]
    seats, number = rng.integers(1, 4, m).tolist(), rng.permutation(n)
    rights = rng.integers(0, 2, (n, m))
    wanted = {s for line in lists for s in line}
    ranked = {
        s: sorted((u for u in range(n) if s in lists[u]), key=lambda u: (rights[u, s], number[u]))
        for s in wanted
    }
    game = matching.games.HospitalResident.create_from_dictionaries(
        {f"c{u}": [f"s{s}" for s in lists[u]] for u in range(n)},
        {f"s{s}": [f"c{u}" for u in ranked[s]] for s in ranked},
        {f"s{s}": seats[s] for s in ranked},
    )
    theirs = [NONE] * n
    for school, children in game.solve(optimal="resident").items():
        for child in children:
            theirs[int(child.name[1:])] = int(school.name[1:])
    assert places(market_of(lists, seats, rights), Mechanism.DEFERRED, number) == theirs


def test_a_reserve_first_helps_and_what_the_group_leaves_is_for_all():
    choice = np.zeros((4, 1), np.int64)
    group, reserved = np.array([0, 0, 0, 1]), np.array([[0, 2]])
    market = plain_market(choice, np.array([3]), group=group, reserved=reserved)
    assert places(market, Mechanism.DEFERRED) == [0, 0, NONE, 0]
    assert places(replace(market, reserved=reserved * 0), Mechanism.DEFERRED) == [0, 0, 0, NONE]


def test_open_seats_first_let_more_of_the_group_in():
    choice, group = np.zeros((6, 1), np.int64), np.array([1, 0, 1, 0, 1, 0])
    market = plain_market(choice, np.array([3]), group=group, reserved=np.array([[0, 1]]))
    assert places(market, Mechanism.DEFERRED) == [0, 0, 0, NONE, NONE, NONE]
    tough = plain_market(choice, np.array([2]), group=group, reserved=np.array([[0, 1]]))
    assert places(tough, Mechanism.DEFERRED)[:3] == [0, 0, NONE]
    first = replace(tough, open_first=True)
    assert places(first, Mechanism.DEFERRED)[:3] == [0, NONE, 0]


def test_a_limit_keeps_a_group_to_its_seats_and_seats_may_stay_free():
    choice, group = np.zeros((4, 1), np.int64), np.array([0, 0, 0, 1])
    market = plain_market(choice, np.array([4]), group=group, reserved=np.zeros((1, 2), np.int64))
    limited = replace(market, at_most=np.array([[2, UNLIMITED]]))
    for mechanism in Mechanism:
        draw = Draw(np.arange(4), by_choice=np.arange(4)[:, None])
        assert allocate(limited, mechanism, draw).place.tolist().count(0) == 3, mechanism


def test_twins_get_in_together_and_may_take_one_seat_beyond_the_plan():
    market = plain_market(np.zeros((3, 1), np.int64), np.array([2]), size=np.array([1, 2, 1]))
    for mechanism in Mechanism:
        draw = Draw(np.arange(3), by_choice=np.arange(3)[:, None])
        assert allocate(market, mechanism, draw).place.tolist() == [0, 0, NONE], mechanism


def test_those_left_over_go_in_turn_to_the_nearest_school_with_a_seat():
    market = plain_market(np.array([[0], [0], [0]]), np.array([1, 1, 1]))
    near = replace(market, fallback=np.array([[1, 2, 0]]))
    found = allocate(near, Mechanism.DEFERRED, Draw(np.array([2, 0, 1])))
    assert found.place.tolist() == [2, 0, 1]
    assert found.is_overflow.tolist() == [True, False, True]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_with_reserves_deferred_acceptance_leaves_no_justified_envy(seed):
    rng = np.random.default_rng(seed)
    n, m = 60, 5
    choice = np.array([rng.permutation(m)[:4] for _ in range(n)])
    market = plain_market(
        choice, rng.integers(2, 12, m), tier=rng.integers(0, 3, choice.shape),
        group=rng.integers(0, 3, n), reserved=rng.integers(0, 3, (m, 3)),
    )  # fmt: skip
    market = replace(market, open_first=bool(seed % 2))
    number = rng.permutation(n)
    envy = count_envy(market, allocate(market, Mechanism.DEFERRED, Draw(number)), number[:, None])
    assert (envy.justified, envy.by_priority, envy.wasted) == (0, 0, 0)


def test_a_market_without_units_is_allocated():
    market = plain_market(np.zeros((0, 2), np.int64), np.array([1]))
    for mechanism in Mechanism:
        draw = Draw(np.zeros(0, np.int64), by_choice=np.zeros((0, 2), np.int64))
        assert len(allocate(market, mechanism, draw).place) == 0
