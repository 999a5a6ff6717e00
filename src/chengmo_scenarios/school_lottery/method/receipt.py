"""What a family is told: why it got what it got, and what would have had to be different."""

from dataclasses import dataclass, replace

import numpy as np

from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.market import (
    NONE,
    NUMBERS,
    Allocation,
    Ints,
    Market,
    Mechanism,
)


@dataclass(frozen=True)
class Missed:
    """(n,) the best school that each unit did not get, and who was the last let in there.

    `school` is `NONE` where the first choice was met, `last_tier` and `last_number` where the
    school let nobody in. Numbers are from 0.
    """

    school: Ints
    own_tier: Ints
    last_tier: Ints
    last_number: Ints


def find_last(market: Market, allocation: Allocation, number: Ints) -> Ints:
    """Return (m,) the key of the last unit that each school let in by choice, or `NONE`."""
    last = np.full(market.n_schools, NONE, np.int64)
    unit = np.nonzero(allocation.rank != NONE)[0]
    rank = allocation.rank[unit]
    key = market.tier[unit, rank] * NUMBERS + _number_at(number, unit, rank)
    np.maximum.at(last, allocation.place[unit], key)
    return last


def _number_at(number: Ints, unit: Ints, k: Ints) -> Ints:
    return number[unit, np.minimum(k, number.shape[1] - 1)]


def explain(market: Market, allocation: Allocation, number: Ints) -> Missed:
    """Return what each unit missed.

    Args:
        market: Units, schools, choices and rules.
        allocation: Who got what.
        number: (n, 1) or (n, K) lottery numbers.
    """
    last = find_last(market, allocation, number)
    missed = (allocation.rank != 0) & (market.choice[:, 0] != NONE)
    school = np.where(missed, market.choice[:, 0], NONE)
    at = last[np.maximum(school, 0)]
    known = missed & (at != NONE)
    return Missed(
        school=school,
        own_tier=np.where(missed, market.tier[:, 0], NONE),
        last_tier=np.where(known, at // NUMBERS, NONE),
        last_number=np.where(known, at % NUMBERS, NONE),
    )


def move(number: Ints, unit: int, to: int) -> Ints:
    """Return the numbers with `unit` at `to`, all others in their order.

    Example:
        >>> move(np.array([0, 1, 2, 3]), 3, 1)
        array([0, 2, 3, 1])
    """
    others = number - (number > number[unit])
    moved = others + (others >= to)
    moved[unit] = to
    return moved


def largest_number(
    market: Market, mechanism: Mechanism, draw: Draw, wish: tuple[int, int], *, band: int = 3
) -> int:
    """Return the largest number with which a unit gets its k-th choice or better, or `NONE`.

    All others keep their order. Where each school has numbers of its own, it is the number at the
    school of that choice. Found by halving: a better number never harms under mechanisms
    that respect improvements (Balinski & Sönmez 1999), which all with one number do while units
    are single children.

    Args:
        market: Units, schools, choices and rules.
        mechanism: Any but the ring rule, which gives no numbers before it is held.
        draw: What chance decided.
        wish: The unit and the index of the choice.
        band: Choices that count alike under parallel preferences.
    """
    unit, k = wish

    def is_met(number: int) -> bool:
        moved = _renumber(market, draw, wish, number)
        rank = int(allocate(market, mechanism, moved, band=band).rank[unit])
        return rank != NONE and rank <= k

    low, high = 0, market.n_units
    if draw.by_choice is not None:
        high = int((market.choice == market.choice[unit, k]).sum())
    if not is_met(low):
        return NONE
    while high - low > 1:
        middle = (low + high) // 2
        if is_met(middle):
            low = middle
        else:
            high = middle
    return low


def _renumber(market: Market, draw: Draw, wish: tuple[int, int], to: int) -> Draw:
    unit, k = wish
    if draw.by_choice is None:
        return replace(draw, number=move(draw.number, unit, to))
    row, column = np.nonzero(market.choice == market.choice[unit, k])
    moved = draw.by_choice.copy()
    moved[row, column] = move(moved[row, column], int(np.nonzero(row == unit)[0][0]), to)
    return replace(draw, by_choice=moved)


def weakest_tier(
    market: Market, mechanism: Mechanism, draw: Draw, wish: tuple[int, int], *, band: int = 3
) -> int:
    """Return the weakest priority with which a unit gets its k-th choice or better, or `NONE`.

    Its number stays, and so does everybody else. Tried are the priorities that others have at that
    school, from the weakest that is better than its own: what nobody has, no family can ask for.

    Args:
        market: Units, schools, choices and rules.
        mechanism: Any; serial dictatorship knows no priorities, so there it is `NONE`.
        draw: What chance decided.
        wish: The unit and the index of the choice.
        band: Choices that count alike under parallel preferences.
    """
    unit, k = wish
    there = market.tier[market.choice == market.choice[unit, k]]
    for better in np.unique(there[there < market.tier[unit, k]])[::-1].tolist():
        tier = market.tier.copy()
        tier[unit, k] = better
        promoted = replace(market, tier=tier)
        rank = int(allocate(promoted, mechanism, draw, band=band).rank[unit])
        if rank != NONE and rank <= k:
            return int(better)
    return NONE
