"""The ring rule of Chinese practice: a start number, a gap, and counting on round the ring.

The rule as Nanchang published it in 2023: those who registered stand in a ring by number; the
first place goes to the start number, every next one to the number that is `gap` further among
those who are still in the ring. With 20 numbers, 15 places, start 6 and gap 3 that gives 6, 9, 12,
15, 18, 1, 4, 8, 13, 17, 2, 7, 14, 20, 10.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from chengmo_scenarios.school_lottery.method.market import Floats, Ints


@njit(cache=True)
def count_round(count: int, places: int, start: int, gap: int) -> Ints:
    """Return the (places,) indices that win, in order, of a ring of `count`.

    A Fenwick tree finds the next one still in the ring, so a long ring costs n log n.

    Args:
        count: Numbers in the ring.
        places: How many win, at most `count`.
        start: Index of the first winner, from 0.
        gap: How far the next winner is, from 1.
    """
    top = 1
    while top * 2 <= count:
        top *= 2
    tree = np.zeros(count + 1, np.int64)
    for i in range(1, count + 1):
        tree[i] = i & -i
    winners = np.empty(places, np.int64)
    at = start
    for place in range(places):
        left = count - place
        at %= left
        index, rest, step = 0, at, top
        while step:
            if index + step <= count and tree[index + step] <= rest:
                index += step
                rest -= tree[index]
            step >>= 1
        winners[place] = index
        i = index + 1
        while i <= count:
            tree[i] -= 1
            i += i & -i
        at += gap - 1
    return winners


@dataclass(frozen=True)
class PairOdds:
    """How often two numbers of a ring win, over every start and every gap from 1 to its size.

    Attributes:
        both: (count,) share in which a number and the one `d` further both win; index 0 is the
            share of a single number.
        neither: The same where both lose.
        fair_both: The share for any two numbers of a fair lottery.
        fair_neither: The same where both lose.
    """

    both: Floats
    neither: Floats
    fair_both: float
    fair_neither: float


def pair_odds(count: int, places: int) -> PairOdds:
    """Return the odds of pairs, counted exactly over all `count` squared starts and gaps.

    Twins who register one after the other have the odds at distance 1.
    """
    both, neither = np.zeros(count), np.zeros(count)
    for gap in range(1, count + 1):
        # The ring turns: other starts shift the winners, so all pairs of one start stand for them.
        won = np.zeros(count)
        won[count_round(count, places, 0, gap)] = 1.0
        spectrum = np.abs(np.fft.rfft(won)) ** 2
        both += np.rint(np.fft.irfft(spectrum, count))
        spectrum = np.abs(np.fft.rfft(1.0 - won)) ** 2
        neither += np.rint(np.fft.irfft(spectrum, count))
    lost, pairs = count - places, max(count * (count - 1), 1)
    return PairOdds(
        both=both / count**2,
        neither=neither / count**2,
        fair_both=places * (places - 1) / pairs,
        fair_neither=lost * (lost - 1) / pairs,
    )


def order_by_ring(block: Ints, start: int, gap: int) -> Ints:
    """Return `block`, in order of registration, in the order in which the ring rule draws it.

    Args:
        block: Units.
        start: Number of the first, from 1; larger numbers go round the ring.
        gap: How far the next one is, from 1.

    Example:
        >>> order_by_ring(np.arange(1, 7), 2, 3)
        array([2, 5, 3, 1, 4, 6])
    """
    if len(block) == 0:
        return block
    return block[count_round(len(block), len(block), start - 1, gap)]
