"""The entrance: a market, a mechanism and a draw in, an allocation out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chengmo_scenarios.school_lottery.method.admission import (
    accept_in_bands,
    place_the_rest,
    serve_in_turn,
)
from chengmo_scenarios.school_lottery.method.market import (
    NONE,
    Allocation,
    Ints,
    Market,
    Mechanism,
)
from chengmo_scenarios.school_lottery.method.ring import order_by_ring
from chengmo_scenarios.school_lottery.method.rules import Rules, choose, rules_of, start_counts
from chengmo_scenarios.school_lottery.method.trading import trade_cycles

# School, round from 0, priority, numbers in the ring → start number and gap, both from 1.
RingDraw = Callable[[int, int, int, int], tuple[int, int]]


def start_at_one(_school: int, _round: int, _tier: int, _count: int) -> tuple[int, int]:
    """Return the draw that leaves a ring in the order of registration."""
    return 1, 1


@dataclass(frozen=True)
class Draw:
    """What chance decided.

    Attributes:
        number: (n,) each unit's lottery number, all different; a smaller one goes first.
        by_choice: (n, K) numbers drawn for each school on its own (multiple tie-breaking only).
        ring: Start and gap of each ring (ring rule only).
    """

    number: Ints
    by_choice: Ints | None = None
    ring: RingDraw = start_at_one


def allocate(market: Market, mechanism: Mechanism, draw: Draw, *, band: int = 3) -> Allocation:
    """Return who gets which school.

    Args:
        market: Units, schools, choices and rules.
        mechanism: How places are given.
        draw: What chance decided.
        band: Choices that count alike under parallel preferences.

    Raises:
        ValueError: If multiple tie-breaking has no numbers for each school.
    """
    rules = rules_of(market)
    turn = np.argsort(draw.number, kind="stable").astype(np.int64)
    rank = _rank(market, mechanism, draw, band, rules)
    place = place_of_rank(market.choice, rank)
    if market.fallback.shape[1]:
        place_the_rest(rules, place, turn, market.zone, market.fallback)
    return Allocation(place=place, rank=rank)


def place_of_rank(choice: Ints, rank: Ints) -> Ints:
    """Return (n,) the school at index `rank` of each unit's choices."""
    if choice.shape[1] == 0:
        return np.full(len(choice), NONE, np.int64)
    school = np.take_along_axis(choice, np.maximum(rank, 0)[:, None], axis=1)[:, 0]
    return np.where(rank == NONE, NONE, school).astype(np.int64)


def _rank(market: Market, mechanism: Mechanism, draw: Draw, band: int, rules: Rules) -> Ints:
    if mechanism is Mechanism.SERIAL:
        return _serve(market, draw, rules)
    if mechanism is Mechanism.TRADING:
        return trade_cycles(market, draw.number)
    if mechanism is Mechanism.RING:
        return _draw_rings(market, draw, rules)
    if mechanism is Mechanism.IMMEDIATE:
        band = 1
    elif mechanism is not Mechanism.PARALLEL:
        band = max(market.choice.shape[1], 1)
    number = draw.number[:, None]
    if mechanism is Mechanism.DEFERRED_MULTIPLE:
        if draw.by_choice is None:
            raise ValueError("multiple tie-breaking needs numbers for each school")
        number = draw.by_choice
    return accept_in_bands(rules, market.choice, market.tier, number, band)


def _serve(market: Market, draw: Draw, rules: Rules) -> Ints:
    if not rules.has_rules.any():
        turn = np.argsort(draw.number, kind="stable").astype(np.int64)
        return serve_in_turn(rules, market.choice, turn)
    # With reserves one turn is not enough: who sits on a seat kept for others may have to move on.
    nobody_first, longest = np.zeros_like(market.tier), max(market.choice.shape[1], 1)
    return accept_in_bands(rules, market.choice, nobody_first, draw.number[:, None], longest)


def _draw_rings(market: Market, draw: Draw, rules: Rules) -> Ints:
    """Return the choice met when each school draws its applicants by the ring rule, in rounds.

    In round k those without a place apply to their k-th choice. A school takes priorities in
    order; all of one priority stand in a ring by their place in the queue of registration.
    """
    used, rank = start_counts(rules), np.full(market.n_units, NONE, np.int64)
    for k in range(market.choice.shape[1]):
        applies = (rank == NONE) & (market.choice[:, k] != NONE)
        unit = np.nonzero(applies)[0].astype(np.int64)
        unit = unit[np.argsort(market.registered[unit], kind="stable")]
        unit = unit[np.argsort(market.choice[unit, k], kind="stable")]
        school = market.choice[unit, k]
        for block in np.split(unit, np.nonzero(np.diff(school))[0] + 1):
            if len(block) == 0:
                continue
            s = int(market.choice[block[0], k])
            order = _order_applicants(market.tier[block, k], block, s, k, draw.ring)
            is_in = np.zeros(len(order), dtype=np.bool_)
            choose(rules, s, order, used[s], is_in)
            rank[order[is_in]] = k
    return rank


def _order_applicants(tier: Ints, block: Ints, school: int, round_: int, ring: RingDraw) -> Ints:
    parts: list[Ints] = []
    for priority in np.unique(tier).tolist():
        same = block[tier == priority]
        parts.append(order_by_ring(same, *ring(school, round_, priority, len(same))))
    return np.concatenate(parts)
