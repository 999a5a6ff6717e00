"""The ring rule: the official example, counting by hand, the odds of twins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.chance import always_ring
from chengmo_scenarios.school_lottery.method.market import Mechanism, plain_market
from chengmo_scenarios.school_lottery.method.ring import count_round, pair_odds

OFFICIAL = [6, 9, 12, 15, 18, 1, 4, 8, 13, 17, 2, 7, 14, 20, 10]


def count_by_hand(count, places, start, gap):
    left, at, winners = list(range(count)), start, []
    while len(winners) < places:
        at %= len(left)
        winners.append(left.pop(at))
        at += gap - 1
    return winners


def test_the_official_example_of_nanchang_is_reproduced():
    assert (count_round(20, 15, 5, 3) + 1).tolist() == OFFICIAL


def test_the_same_fifteen_get_in_when_a_school_draws_by_it():
    market = plain_market(np.zeros((20, 1), np.int64), np.array([15]))
    found = allocate(market, Mechanism.RING, Draw(np.arange(20), ring=always_ring(6, 3)))
    assert set(np.nonzero(found.place == 0)[0] + 1) == set(OFFICIAL)


@given(st.integers(1, 60), st.data())
def test_counting_with_a_tree_is_counting_by_hand(count, data):
    places = data.draw(st.integers(0, count))
    start, gap = data.draw(st.integers(0, count - 1)), data.draw(st.integers(1, 2 * count))
    expected = count_by_hand(count, places, start, gap)
    assert count_round(count, places, start, gap).tolist() == expected


def test_neighbouring_twins_both_lose_more_often_than_in_a_fair_lottery():
    odds = pair_odds(20, 15)
    assert odds.neither[1] == pytest.approx(0.0775)
    assert odds.fair_neither == pytest.approx(1 / 19)
    assert odds.both[0] == pytest.approx(0.75)


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(2, 12), st.data())
def test_the_odds_of_pairs_are_counted_over_every_start_and_gap(count, data):
    places = data.draw(st.integers(0, count))
    odds = pair_odds(count, places)
    both = np.zeros(count)
    for start in range(count):
        for gap in range(1, count + 1):
            won = set(count_by_hand(count, places, start, gap))
            both += [0 in won and d in won for d in range(count)]
    assert odds.both == pytest.approx(both / count**2)
