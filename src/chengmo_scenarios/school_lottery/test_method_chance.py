"""From randomness to numbers: uniform, independent of the order of rows, provable."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chengmo_scenarios.school_lottery.method.chance import (
    digest,
    draw,
    draw_numbers,
    draw_numbers_by_school,
    draw_rings,
    fix_roster,
    list_leaves,
    name_unit,
    rank_draws,
)

SEED = digest("seed", "test")
TICKETS = [digest("ticket", "salt", str(u)) for u in range(40)]


@given(st.permutations(range(40)))
def test_a_number_does_not_depend_on_the_order_of_the_roster(order):
    number = draw_numbers(SEED, TICKETS)
    shuffled = draw_numbers(SEED, [TICKETS[u] for u in order])
    assert shuffled.tolist() == number[order].tolist()


def test_without_a_unit_all_others_keep_their_order():
    number = draw_numbers(SEED, TICKETS)
    fewer = draw_numbers(SEED, TICKETS[1:])
    assert np.argsort(fewer).tolist() == [u - 1 for u in np.argsort(number).tolist() if u]


def test_purposes_never_meet():
    assert digest("node", "a", "b") != digest("unit", "a", "b")
    assert digest("node", "ab", "") != digest("node", "a", "b")
    assert draw(SEED, "number", "t") != draw(SEED, "number-at-school", "t")


def test_numbers_at_schools_rank_those_who_list_them():
    choice = np.array([[0, 1], [1, -1], [0, 1]])
    number = draw_numbers_by_school(SEED, TICKETS[:3], choice, ["A", "B"])
    assert sorted([number[0, 0], number[2, 0]]) == [0, 1]
    assert sorted([number[0, 1], number[1, 0], number[2, 1]]) == [0, 1, 2]


def test_start_and_gap_of_a_ring_lie_within_it():
    ring = draw_rings(SEED, ["A", "B"])
    drawn = [ring(s, k, t, 7) for s in range(2) for k in range(5) for t in range(9)]
    assert {value for pair in drawn for value in pair} == set(range(1, 8))


def test_twins_have_one_ticket_that_does_not_depend_on_who_comes_first():
    assert name_unit(["s", "t"], ["a", "b"]) == name_unit(["t", "s"], ["b", "a"])
    assert name_unit(["s"], ["a"]) == digest("ticket", "s", "a")


def test_a_family_finds_its_unit_among_the_leaves_that_fix_the_roster():
    units = [{"ticket": ticket, "size": 1} for ticket in TICKETS]
    leaves = list_leaves(units)
    assert digest("unit", {"size": 1, "ticket": TICKETS[7]}) == leaves[7]
    assert fix_roster(leaves) != fix_roster([*leaves[:7], *leaves[8:]])
    assert fix_roster(leaves) != fix_roster([leaves[1], leaves[0], *leaves[2:]])


@pytest.mark.slow
def test_a_million_draws_give_every_place_in_the_order_alike():
    lotteries, units = 100_000, 10
    count = np.zeros((units, units), np.int64)
    before = np.zeros((units, units), np.int64)
    for lottery in range(lotteries):
        seed = digest("seed", lottery)
        rank = rank_draws([draw(seed, "number", ticket) for ticket in TICKETS[:units]])
        count[np.arange(units), rank] += 1
        before += rank[:, None] < rank[None, :]
    expected = lotteries / units
    # A doubly constrained table: (units - 1)² degrees of freedom.
    statistic = ((count - expected) ** 2 / expected).sum() * (units - 1) / units
    assert stats.chi2.sf(statistic, (units - 1) ** 2) > 0.001
    share = before[np.triu_indices(units, 1)] / lotteries
    assert np.abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(lotteries)


@pytest.mark.slow
def test_the_first_byte_of_a_million_draws_is_uniform():
    seed = digest("seed", "uniform")
    first = [int(draw(seed, "number", str(u))[:2], 16) for u in range(1_000_000)]
    assert stats.chisquare(np.bincount(first, minlength=256)).pvalue > 0.001
