"""Simulated lotteries, exact odds, receipts, and what an allocation looks like in numbers."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.comparison import could_gain, measure, measure_mixing
from chengmo_scenarios.school_lottery.method.market import NONE, Allocation, Mechanism, plain_market
from chengmo_scenarios.school_lottery.method.receipt import explain, largest_number
from chengmo_scenarios.school_lottery.method.simulation import Trial, expected_change, simulate

ONE_NUMBER = [m for m in Mechanism if m not in (Mechanism.DEFERRED_MULTIPLE, Mechanism.RING)]


def some_market(seed=0, n=30, m=4):
    rng = np.random.default_rng(seed)
    choice = np.array([rng.permutation(m)[:3] for _ in range(n)])
    tier = rng.integers(0, 2, choice.shape)
    return plain_market(choice, np.full(m, n // m - 1), tier=tier)


@pytest.mark.parametrize("mechanism", Mechanism)
def test_every_child_has_one_outcome_in_every_lottery(mechanism):
    market = some_market()
    odds = simulate(market, mechanism, np.arange(30) % 3, Trial(20, 1))
    assert (odds.met.sum(axis=1) == 20).all()
    assert odds.share.sum(axis=1) == pytest.approx(1.0)
    # As many seats are filled whatever the numbers are, where every list is as long.
    assert odds.met[:, -1].sum() >= 20 * (30 - market.seats.sum())


@pytest.mark.parametrize("mechanism", Mechanism)
def test_the_same_seed_gives_the_same_odds(mechanism):
    runs = [simulate(some_market(), mechanism, np.zeros(30, np.int64), Trial(20, 7)) for _ in "ab"]
    assert (runs[0].met == runs[1].met).all()
    assert (runs[0].error == runs[1].error).all()


@pytest.mark.parametrize("mechanism", ONE_NUMBER)
def test_a_few_units_have_exact_odds(mechanism):
    market = some_market(n=5, m=3)
    odds = simulate(market, mechanism, np.arange(5), Trial(10, 1))
    met = np.zeros_like(odds.met)
    for order in permutations(range(5)):
        found = allocate(market, mechanism, Draw(np.array(order)))
        for u, rank in enumerate(found.rank):
            met[u, rank if rank != NONE else 4] += 1
    assert odds.is_exact
    assert (odds.met == met).all()


def test_one_seat_for_two_is_half_a_chance_each():
    market = plain_market(np.zeros((2, 1), np.int64), np.array([1]))
    odds = simulate(market, Mechanism.DEFERRED, np.arange(2), Trial(10, 1))
    assert odds.share[:, 0].tolist() == [0.5, 0.5]
    assert expected_change(odds) == pytest.approx(0.5)


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", ONE_NUMBER)
def test_simulated_odds_lie_within_their_limits_of_the_exact_ones(mechanism):
    market = some_market(seed=3, n=6, m=3)
    exact = simulate(market, mechanism, np.arange(6), Trial(1, 1))
    near = simulate(market, mechanism, np.arange(6), Trial(4000, 5, most_exact=0))
    assert not near.is_exact
    assert (np.abs(near.share - exact.share) <= 5.0 * near.error + 1e-9).all()
    assert expected_change(near) == pytest.approx(expected_change(exact), abs=0.03)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([Mechanism.DEFERRED, Mechanism.SERIAL]))
def test_the_largest_number_that_does_is_found_and_one_more_does_not_do(seed, mechanism):
    market = some_market(seed=seed, n=12, m=3)
    number = np.random.default_rng(seed).permutation(12)
    draw = Draw(number)
    rank = allocate(market, mechanism, draw).rank
    for u in np.nonzero(rank != 0)[0].tolist():
        needed = largest_number(market, mechanism, draw, (u, 0))
        enough = []
        for place in range(12):
            others = [v for v in np.argsort(number).tolist() if v != u]
            order = [*others[:place], u, *others[place:]]
            changed = allocate(market, mechanism, Draw(np.argsort(order)))
            enough.append(changed.rank[u] == 0)
        assert needed == max((p for p, yes in enumerate(enough) if yes), default=NONE)


def test_a_receipt_names_the_last_let_in_at_the_first_choice():
    market = plain_market(np.array([[0, 1], [0, 1], [0, 1]]), np.array([1, 1]))
    number = np.array([2, 0, 1])
    found = allocate(market, Mechanism.DEFERRED, Draw(number))
    missed = explain(market, found, number[:, None])
    assert missed.school.tolist() == [0, NONE, 0]
    assert missed.last_number.tolist() == [0, NONE, 0]


def test_mixed_schools_have_index_zero_and_parted_ones_have_one():
    assert measure_mixing(np.array([[5, 5], [10, 10]])) == pytest.approx((0.0, 0.0))
    assert measure_mixing(np.array([[8, 0], [0, 3]])) == pytest.approx((1.0, 1.0))
    assert measure_mixing(np.array([[8], [3]])) == (0.0, 0.0)
    # Two groups: half the sum of |a_s / A - b_s / B| (Duncan & Duncan 1955).
    count = np.array([[30, 10], [20, 40], [50, 5]])
    duncan = 0.5 * np.abs(count[:, 0] / 100 - count[:, 1] / 55).sum()
    assert measure_mixing(count)[0] == pytest.approx(duncan)


def test_an_allocation_is_measured_by_children_not_by_units():
    market = plain_market(np.array([[0], [0]]), np.array([3]), size=np.array([3, 1]))
    found = Allocation(np.array([0, NONE]), np.array([0, NONE]))
    outcome = measure(market, found, np.arange(2)[:, None], np.array([[100.0], [50.0]]))
    assert (outcome.first, outcome.unplaced, outcome.walk_m) == (0.75, 0.25, 100.0)


def test_serial_dictatorship_under_fewer_seats_fills_every_seat():
    market = replace(some_market(), fallback=np.array([[0, 1, 2, 3]]))
    found = allocate(market, Mechanism.SERIAL, Draw(np.arange(30)))
    assert np.bincount(found.place[found.place != NONE]).tolist() == market.seats.tolist()


def test_false_lists_gain_under_immediate_acceptance_and_not_under_deferred():
    market = some_market(seed=2)
    rng = np.random.default_rng(2)
    draw = Draw(rng.permutation(30), by_choice=rng.integers(0, 1000, (30, 3)))
    assert could_gain(market, Mechanism.IMMEDIATE, draw, 1, 30)[0] > 0
    for mechanism in (Mechanism.DEFERRED, Mechanism.DEFERRED_MULTIPLE, Mechanism.SERIAL,
                      Mechanism.TRADING):  # fmt: skip
        gained, tried = could_gain(market, mechanism, draw, 1, 30)
        assert gained == 0
        assert tried > 0
