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

    All others keep their order. Found by halving: a better number never harms under mechanisms
    that respect improvements (Balinski & Sönmez 1999), which all with one number do while units
    are single children.

    Args:
        market: Units, schools, choices and rules.
        mechanism: One that has one number for each unit, from 0.
        draw: What chance decided.
        wish: The unit and the index of the choice.
        band: Choices that count alike under parallel preferences.
    """
    unit, k = wish

    def is_met(number: int) -> bool:
        moved = replace(draw, number=move(draw.number, unit, number))
        rank = int(allocate(market, mechanism, moved, band=band).rank[unit])
        return rank != NONE and rank <= k

    low, high = 0, market.n_units
    if not is_met(low):
        return NONE
    while high - low > 1:
        middle = (low + high) // 2
        if is_met(middle):
            low = middle
        else:
            high = middle
    return low
