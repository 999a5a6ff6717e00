"""Reserves of groups that meet: against every choice there is, on small cases."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.market import NONE, Mechanism, plain_market
from chengmo_scenarios.school_lottery.method.stability import count_envy

# Every set of three groups.
KINDS = np.array(list(product([False, True], repeat=3)))


def one_school(kinds, seats, kept, *, open_first=False):
    """A school and children who all want it, the best first."""
    market = plain_market(
        np.zeros((len(kinds), 1), np.int64), np.array([seats]), reserved=np.array([kept])
    )
    group = np.array(kinds, np.int64)
    return replace(market, group=group, belongs=KINDS, open_first=open_first)


def let_in(kinds, seats, kept, **how):
    market = one_school(kinds, seats, kept, **how)
    found = allocate(market, Mechanism.DEFERRED, Draw(np.arange(len(kinds))))
    return tuple(np.nonzero(found.place == 0)[0].tolist())


def honoured(children, kinds, kept):
    """The most reserved seats that these children fill, each one of its groups, by trying all."""
    seats = [g for g, count in enumerate(kept) for _ in range(count)]
    if not children or not seats:
        return 0
    first, rest = children[0], children[1:]
    best = honoured(rest, kinds, kept)
    for g in range(3):
        if KINDS[kinds[first], g] and kept[g] > 0:
            less = [count - (one == g) for one, count in enumerate(kept)]
            best = max(best, 1 + honoured(rest, kinds, less))
    return best


def best_of_all(children, kinds, seats, kept):
    """The set with the best claims, of all that honour as many reserved seats as can be."""
    sets = list(combinations(children, min(seats, len(children))))
    most = max(honoured(chosen, kinds, kept) for chosen in sets)
    return [chosen for chosen in sets if honoured(chosen, kinds, kept) == most]


cases = st.tuples(
    st.lists(st.integers(0, 7), min_size=1, max_size=6),
    st.integers(0, 4),
    st.lists(st.integers(0, 2), min_size=3, max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_a_school_honours_as_many_reserved_seats_as_can_be_and_takes_the_best_claims(case):
    kinds, seats, kept = case
    found = let_in(kinds, seats, kept)
    every = best_of_all(range(len(kinds)), kinds, seats, kept)
    assert found == min(every)
    # No other set has, place by place, a better child.
    assert all(a <= b for other in every for a, b in zip(found, other, strict=True))


@settings(max_examples=30, deadline=None)
@given(cases)
def test_with_open_seats_first_the_same_holds_of_those_who_are_left(case):
    kinds, seats, kept = case
    number = max(seats - sum(kept), 0)
    first, rest = range(len(kinds))[:number], range(len(kinds))[number:]
    if sum(kept) > seats:
        return
    expected = (*first, *min(best_of_all(rest, kinds, seats - len(first), kept)))
    assert let_in(kinds, seats, kept, open_first=True) == expected


@settings(max_examples=30, deadline=None)
@given(cases)
def test_no_family_gains_by_hiding_a_group(case):
    kinds, seats, kept = case
    honest = let_in(kinds, seats, kept)
    for child, kind in enumerate(kinds):
        for hidden in np.nonzero(~(KINDS & ~KINDS[kind]).any(axis=1))[0]:
            stated = [*kinds[:child], int(hidden), *kinds[child + 1 :]]
            assert child in honest or child not in let_in(stated, seats, kept)


def test_whoever_has_two_groups_leaves_the_seat_that_another_can_take():
    # One seat for newcomers, one for low income. The first child has both, the second is a
    # newcomer, the third neither: seating the first as a newcomer would waste the second's claim.
    newcomer, both, neither = 4, 6, 0
    assert let_in([neither, both, newcomer], 2, [1, 1, 0]) == (1, 2)
    assert let_in([neither, newcomer, both], 2, [1, 1, 0]) == (1, 2)
    # Each counts once: two of both groups fill two seats, not four.
    assert let_in([both, both, neither, newcomer], 3, [1, 1, 0]) == (0, 1, 2)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_where_groups_meet_no_envy_is_justified_and_no_false_list_gains(seed):
    rng = np.random.default_rng(seed)
    n, m = 5, 2
    market = plain_market(
        np.array([rng.permutation(m) for _ in range(n)]), rng.integers(1, 3, m),
        tier=rng.integers(0, 2, (n, m)), reserved=rng.integers(0, 2, (m, 3)),
    )  # fmt: skip
    market = replace(market, group=rng.integers(0, 8, n), belongs=KINDS, open_first=bool(seed % 2))
    draw = Draw(rng.permutation(n))
    found = allocate(market, Mechanism.DEFERRED, draw)
    envy = count_envy(market, found, draw.number[:, None])
    assert (envy.justified, envy.wasted) == (0, 0)
    for unit in range(n):
        for lie in ([1, 0], [0, NONE], [1, NONE]):
            choice, tier = market.choice.copy(), market.tier.copy()
            choice[unit] = [market.choice[unit, k] if k >= 0 else NONE for k in lie]
            tier[unit] = market.tier[unit, lie]
            stated = replace(market, choice=choice, tier=tier)
            got = allocate(stated, Mechanism.DEFERRED, draw).place[unit]
            liked = market.choice[unit].tolist()
            honest = found.rank[unit] if found.rank[unit] != NONE else m
            assert honest <= (liked.index(got) if got != NONE else m)


@pytest.mark.slow
def test_a_large_market_where_groups_meet_is_stable():
    rng = np.random.default_rng(5)
    n, m = 4000, 25
    choice = np.array([rng.permutation(m)[:6] for _ in range(n)])
    market = plain_market(
        choice, rng.integers(50, 160, m), tier=rng.integers(0, 4, choice.shape),
        reserved=rng.integers(0, 20, (m, 3)),
    )  # fmt: skip
    market = replace(market, group=rng.integers(0, 8, n), belongs=KINDS)
    number = rng.permutation(n)
    envy = count_envy(market, allocate(market, Mechanism.DEFERRED, Draw(number)), number[:, None])
    assert (envy.justified, envy.by_priority, envy.wasted) == (0, 0, 0)
