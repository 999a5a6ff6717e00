"""Compiled admission: acceptance in bands, and serial dictatorship.

numba's cache looks at the file of the function that is called, not at those it calls: `conftest.py`
of this scenario clears what is stale before tests.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from chengmo_scenarios.school_lottery.method.market import NONE, NUMBERS, Ints, One
from chengmo_scenarios.school_lottery.method.rounds import accept_in_rounds
from chengmo_scenarios.school_lottery.method.rules import (
    HIGHEST,
    TOTAL,
    Rules,
    choose,
    start_counts,
)


class Held(NamedTuple):
    """Units held by each school from `start`: the units, their keys, how many, their children.

    Best first where groups have rules; elsewhere a heap with the worst on top.

    `bar` is (m, T) the best key sent away of those in the same groups; nobody worse of them is let
    in. `used`
    counts those let in for good, in earlier bands, and `room` is (m,) the seats they left.
    """

    start: Ints
    unit: Ints
    key: Ints
    filled: Ints
    load: Ints
    bar: Ints
    used: Ints
    room: Ints


class Waiting(NamedTuple):
    """Units that have to propose again; `filled[0]` of them, the last goes first."""

    unit: Ints
    filled: Ints


@njit(cache=True)
def hold(held: Held, school: One, unit: One, key: One) -> None:
    """Put `unit` among those that `school` holds, sorted by key."""
    first = held.start[school]
    low, high = first, first + held.filled[school]
    for i in range(high, first, -1):
        if held.key[i - 1] < key:
            low = i
            break
        held.unit[i], held.key[i] = held.unit[i - 1], held.key[i - 1]
    held.unit[low], held.key[low] = unit, key
    held.filled[school] += 1


@njit(cache=True)
def start_holding(rules: Rules) -> Held:
    """Return places to hold one unit more than each school has seats."""
    m = len(rules.seats)
    start = np.zeros(m + 1, np.int64)
    start[1:] = np.cumsum(rules.seats + 2)
    return Held(
        start,
        np.empty(start[m], np.int64),
        np.empty(start[m], np.int64),
        np.zeros(m, np.int64),
        np.zeros(m, np.int64),
        np.full((m, len(rules.belongs)), HIGHEST, np.int64),
        start_counts(rules),
        rules.seats.copy(),
    )


@njit(cache=True)
def send_away(waiting: Waiting, unit: One) -> None:
    """Let `unit` propose again."""
    waiting.unit[waiting.filled[0]] = unit
    waiting.filled[0] += 1


@njit(cache=True)
def choose_by_rules(rules: Rules, school: One, held: Held, waiting: Waiting) -> None:
    """Keep of the held units those that the school chooses; send the others away."""
    if held.used[school, TOTAL] + held.load[school] <= rules.seats[school]:
        return
    first, count = held.start[school], held.filled[school]
    is_in = np.empty(count, np.bool_)
    choose(rules, school, held.unit[first : first + count], held.used[school].copy(), is_in)
    for i in range(count - 1, -1, -1):
        if not is_in[i]:
            turned_away, key = held.unit[first + i], held.key[first + i]
            send_away(waiting, turned_away)
            held.load[school] -= rules.size[turned_away]
            group = rules.group[turned_away]
            held.bar[school, group] = min(held.bar[school, group], key)
    kept = first
    for i in range(count):
        if is_in[i]:
            held.unit[kept], held.key[kept] = held.unit[first + i], held.key[first + i]
            kept += 1
    held.filled[school] = kept - first


@njit(cache=True, inline="always")
def push(units: Ints, keys: Ints, first: One, count: One, unit: One, key: One) -> None:
    """Put `unit` on the heap of `count` from `first`; the worst is on top."""
    at = count
    while at > 0:
        above = (at - 1) >> 1
        if keys[first + above] >= key:
            break
        units[first + at], keys[first + at] = units[first + above], keys[first + above]
        at = above
    units[first + at], keys[first + at] = unit, key


@njit(cache=True, inline="always")
def pop(units: Ints, keys: Ints, first: One, count: One) -> None:
    """Take the top off the heap from `first`, which leaves `count`."""
    unit, key, at = units[first + count], keys[first + count], 0
    while 2 * at + 1 < count:
        below = 2 * at + 1
        if below + 1 < count and keys[first + below + 1] > keys[first + below]:
            below += 1
        if keys[first + below] <= key:
            break
        units[first + at], keys[first + at] = units[first + below], keys[first + below]
        at = below
    units[first + at], keys[first + at] = unit, key


@njit(cache=True)
def take_in(rules: Rules, school: One, key: One, unit: One, held: Held, waiting: Waiting) -> None:
    """Let a school without rules for groups take `unit`; send away whom it no longer has room for.

    That is the worst, while the others alone fill the school.
    """
    units, keys, first, size = held.unit, held.key, held.start[school], rules.size
    count, load = held.filled[school], held.load[school] + size[unit]
    push(units, keys, first, count, unit, key)
    count += 1
    while load - size[units[first]] >= held.room[school]:
        worst = units[first]
        load -= size[worst]
        count -= 1
        pop(units, keys, first, count)
        waiting.unit[waiting.filled[0]] = worst
        waiting.filled[0] += 1
    held.filled[school], held.load[school] = count, load


@njit(cache=True)
def run_band(
    rules: Rules, lists: tuple[Ints, Ints, Ints], held: Held, waiting: Waiting, at: Ints, end: int
) -> None:
    """Let those who wait propose until each is held or has come to `end` of its list."""
    choice, tier, number = lists
    # Taken out of the tuples once: inside the loop that costs ten times the work itself.
    start, keys, filled, load, room, bar = (
        held.start, held.key, held.filled, held.load, held.room, held.bar
    )  # fmt: skip
    has_rules, group, last_number = rules.has_rules, rules.group, number.shape[1] - 1
    stack, depth = waiting.unit, waiting.filled
    while depth[0]:
        depth[0] -= 1
        u = stack[depth[0]]
        while at[u] < end and choice[u, at[u]] != NONE:
            k = at[u]
            at[u] += 1
            s = choice[u, k]
            key = tier[u, k] * NUMBERS + number[u, min(k, last_number)]
            if has_rules[s]:
                if key <= bar[s, group[u]]:
                    hold(held, s, u, key)
                    held.load[s] += rules.size[u]
                    choose_by_rules(rules, s, held, waiting)
                    break
            elif load[s] < room[s] or (filled[s] > 0 and keys[start[s]] > key):
                take_in(rules, s, key, u, held, waiting)
                break


@njit(cache=True)
def settle(rules: Rules, held: Held, at: Ints, got: Ints) -> None:
    """Make what the schools hold final at the end of a band."""
    for s in range(len(rules.seats)):
        first, count = held.start[s], held.filled[s]
        if rules.has_rules[s]:
            is_in = np.empty(count, np.bool_)
            choose(rules, s, held.unit[first : first + count], held.used[s], is_in)
        else:
            held.used[s, TOTAL] += held.load[s]
        held.room[s] = rules.seats[s] - held.used[s, TOTAL]
        for i in range(first, first + count):
            got[held.unit[i]] = at[held.unit[i]] - 1
        held.filled[s] = 0
        held.load[s] = 0
        held.bar[s] = HIGHEST


@njit(cache=True)
def accept_in_bands(rules: Rules, choice: Ints, tier: Ints, number: Ints, band: int) -> Ints:
    """Return (n,) the index of the choice each unit gets.

    Units propose down their list; within a band of `band` choices a school's word is not final
    (deferred acceptance), at its end it is. `band` 1 is immediate acceptance ("Boston"), one band
    as long as the longest list is deferred acceptance (Chen & Kesten 2017, application-rejection
    mechanisms).

    Args:
        rules: The market's rules.
        choice: (n, K) schools, best first.
        tier: (n, K) priorities.
        number: (n, K) or (n, 1) lottery numbers, at each choice or one for all.
        band: Choices in a band.
    """
    if rules.has_limits:
        return accept_in_rounds(rules, choice, tier, number, band)
    n, longest = choice.shape
    held = start_holding(rules)
    got, at = np.full(n, NONE, np.int64), np.zeros(n, np.int64)
    waiting = Waiting(np.empty(n + 1, np.int64), np.zeros(1, np.int64))
    for first in range(0, longest, band):
        for u in range(n - 1, -1, -1):
            if got[u] == NONE:
                at[u] = first
                send_away(waiting, u)
        end = min(first + band, longest)
        run_band(rules, (choice, tier, number), held, waiting, at, end)
        settle(rules, held, at, got)
    return got


@njit(cache=True)
def serve_in_turn(rules: Rules, choice: Ints, turn: Ints) -> Ints:
    """Return (n,) the index of the choice each unit takes when it comes to its turn.

    For markets without rules for groups; where there are some, deferred acceptance with the number
    alone is the same in their sense (`allocation`).

    Args:
        rules: The market's rules.
        choice: (n, K) schools, best first.
        turn: (n,) units in the order in which they choose.
    """
    taken = np.zeros(len(rules.seats), np.int64)
    got = np.full(len(choice), NONE, np.int64)
    for u in turn:
        for k in range(choice.shape[1]):
            s = choice[u, k]
            if s == NONE:
                break
            if taken[s] < rules.seats[s]:
                taken[s] += rules.size[u]
                got[u] = k
                break
    return got


@njit(cache=True)
def place_the_rest(rules: Rules, place: Ints, turn: Ints, zone: Ints, fallback: Ints) -> None:
    """Place units without a school, in turn, at the first school of their zone's list with a seat.

    `place` is changed.
    """
    free = rules.seats.copy()
    for u in range(len(place)):
        if place[u] != NONE:
            free[place[u]] -= rules.size[u]
    for u in turn:
        if place[u] != NONE:
            continue
        for k in range(fallback.shape[1]):
            s = fallback[zone[u], k]
            if s == NONE:
                break
            if free[s] > 0:
                free[s] -= rules.size[u]
                place[u] = s
                break
