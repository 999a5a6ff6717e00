"""Top trading cycles with seats, priorities and reserves.

Abdulkadiroğlu & Sönmez (2003); with reserves a school points at a member of a group whose reserve
is not full before it points at anybody else (Hafalir, Yenmez & Yildirim 2013); whoever belongs to
several counts where `reserve` can make room. A school points at those alone who list it.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from chengmo_scenarios.school_lottery.method.market import (
    NONE,
    NUMBERS,
    Flags,
    Ints,
    Market,
    One,
)
from chengmo_scenarios.school_lottery.method.reserve import find_seat
from chengmo_scenarios.school_lottery.method.rules import (
    STAGE_LEFT,
    STAGE_RESERVE,
    Rules,
    enter,
    may_enter,
    rules_of,
    start_counts,
)


class Pointers(NamedTuple):
    """Whom schools point at: queue `school * T + group` of `unit`, best first.

    A queue holds the units of the same groups that list the school: whoever points at a school
    lists it, so somebody on its queues is always left.
    """

    start: Ints
    unit: Ints
    key: Ints
    head: Ints


def queue_up(market: Market, number: Ints) -> Pointers:
    """Return the queues of `market`, given (n,) lottery numbers."""
    m, n_groups = market.n_schools, len(market.belongs)
    unit, k = np.nonzero(market.choice != NONE)
    queue = market.choice[unit, k] * n_groups + market.group[unit]
    key = market.tier[unit, k] * NUMBERS + number[unit]
    order = np.lexsort((key, queue))
    start = np.searchsorted(queue[order], np.arange(m * n_groups + 1)).astype(np.int64)
    return Pointers(start, unit[order].astype(np.int64), key[order], start[:-1].copy())


@njit(cache=True)
def find_head(pointers: Pointers, queue: One, is_done: Flags) -> One:
    """Return the position of the first unit of a queue that is still there, or -1."""
    while pointers.head[queue] < pointers.start[queue + 1]:
        if not is_done[pointers.unit[pointers.head[queue]]]:
            return pointers.head[queue]
        pointers.head[queue] += 1
    return -1


@njit(cache=True)
def point_among(
    rules: Rules, pointers: Pointers, school: One, used: Ints, is_done: Flags, stage: int
) -> One:
    """Return the unit that a school points at, of all or of groups whose reserve is not full."""
    best, best_key = NONE, 1 << 62
    n_groups, reserved = len(rules.belongs), rules.reserved[school]
    for group in range(n_groups):
        is_full = find_seat(rules.belongs, reserved, used, group, take=False) == NONE
        if stage == STAGE_RESERVE and is_full:
            continue
        at = find_head(pointers, school * n_groups + group, is_done)
        if at >= 0 and pointers.key[at] < best_key:
            best, best_key = pointers.unit[at], pointers.key[at]
    return best


@njit(cache=True)
def point(rules: Rules, pointers: Pointers, school: One, used: Ints, is_done: Flags) -> One:
    """Return the unit that a school points at."""
    unit = point_among(rules, pointers, school, used, is_done, STAGE_RESERVE)
    if unit == NONE:
        unit = point_among(rules, pointers, school, used, is_done, STAGE_LEFT)
    return unit


@njit(cache=True)
def find_open_choice(rules: Rules, choice: Ints, at: Ints, unit: One, used: Ints) -> One:
    """Return the best school of `unit` that still has a seat for it, or `NONE`."""
    while at[unit] < choice.shape[1] and choice[unit, at[unit]] != NONE:
        s = choice[unit, at[unit]]
        if may_enter(rules, s, used[s], rules.group[unit], STAGE_LEFT):
            return s
        at[unit] += 1
    return NONE


@njit(cache=True)
def close_cycle(rules: Rules, choice: Ints, cycle: Ints, at: Ints, used: Ints, got: Ints) -> None:
    """Give each unit of a cycle the school it points at."""
    for unit in cycle:
        s, group = choice[unit, at[unit]], rules.group[unit]
        seat = find_seat(rules.belongs, rules.reserved[s], used[s], group, take=False)
        is_reserved = seat != NONE
        enter(rules, s, used[s], unit, STAGE_RESERVE if is_reserved else STAGE_LEFT)
        got[unit] = at[unit]


@njit(cache=True)
def trade(rules: Rules, choice: Ints, pointers: Pointers, turn: Ints) -> Ints:
    """Return (n,) the index of the choice each unit gets by top trading cycles.

    Args:
        rules: The market's rules.
        choice: (n, K) schools, best first.
        pointers: The queues; their heads are changed.
        turn: (n,) units in the order in which a search for a cycle starts; it changes nothing.
    """
    n = len(choice)
    used, got = start_counts(rules), np.full(n, NONE, np.int64)
    at, is_done = np.zeros(n, np.int64), np.zeros(n, np.bool_)
    path, position, length = np.empty(n, np.int64), np.full(n, -1, np.int64), 0
    for seed in turn:
        if is_done[seed]:
            continue
        path[0], position[seed], length = seed, 0, 1
        while length:
            unit = path[length - 1]
            school = find_open_choice(rules, choice, at, unit, used)
            if school == NONE:
                is_done[unit] = True
                length -= 1
                continue
            pointed = point(rules, pointers, school, used[school], is_done)
            first = position[pointed]
            if first < 0 or first >= length or path[first] != pointed:
                path[length], position[pointed] = pointed, length
                length += 1
                continue
            close_cycle(rules, choice, path[first:length], at, used, got)
            for i in range(first, length):
                is_done[path[i]] = True
            length = first
    return got


def trade_cycles(market: Market, number: Ints) -> Ints:
    """Return (n,) the index of the choice each unit gets, given (n,) lottery numbers."""
    turn = np.argsort(number, kind="stable").astype(np.int64)
    return trade(rules_of(market), market.choice, queue_up(market, number), turn)
