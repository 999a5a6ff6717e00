"""Whom an allocation wrongs: envy, justified envy, seats left empty that somebody wanted."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from chengmo_scenarios.school_lottery.method.market import (
    NONE,
    NUMBERS,
    Allocation,
    Flags,
    Ints,
    Market,
    One,
)
from chengmo_scenarios.school_lottery.method.rules import (
    HIGHEST,
    Rules,
    choose,
    rules_of,
    start_counts,
)


@njit(cache=True)
def line_up(rules: Rules, key: Ints, place: Ints, rank: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the units in each school, best first: starts, units, keys."""
    m = len(rules.seats)
    start = np.zeros(m + 1, np.int64)
    for u in range(len(place)):
        if rank[u] != NONE:
            start[place[u] + 1] += 1
    start = np.cumsum(start)
    unit, unit_key = np.empty(start[m], np.int64), np.empty(start[m], np.int64)
    end = start[:-1].copy()
    for u in range(len(place)):
        if rank[u] != NONE:
            unit[end[place[u]]], unit_key[end[place[u]]] = u, key[u, rank[u]]
            end[place[u]] += 1
    for s in range(m):
        order = np.argsort(unit_key[start[s] : start[s + 1]], kind="mergesort")
        unit[start[s] : start[s + 1]] = unit[start[s] : start[s + 1]][order]
        unit_key[start[s] : start[s + 1]] = unit_key[start[s] : start[s + 1]][order]
    return start, unit, unit_key


@njit(cache=True)
def is_wanted(rules: Rules, school: One, unit: One, held: Ints, at: One) -> One:
    """Return whether a school would take `unit` if it stood at index `at` of its order."""
    order = np.empty(len(held) + 1, np.int64)
    order[:at], order[at], order[at + 1 :] = held[:at], unit, held[at:]
    is_in = np.empty(len(order), np.bool_)
    choose(rules, school, order, start_counts(rules)[school], is_in)
    return is_in[at]


@njit(cache=True)
def find_bar(rules: Rules, school: One, unit: One, held: Ints, held_key: Ints) -> One:
    """Return the key below which a school takes a unit of the same groups as `unit`.

    A unit's own size never decides whether it is let in, so one unit stands for all like it.
    """
    if is_wanted(rules, school, unit, held, len(held)):
        return HIGHEST
    taken, turned_away = -1, len(held)
    while turned_away - taken > 1:
        middle = (taken + turned_away) >> 1
        if is_wanted(rules, school, unit, held, middle):
            taken = middle
        else:
            turned_away = middle
    return -1 if taken < 0 else held_key[taken]


@njit(cache=True)
def mark_blocking(rules: Rules, choice: Ints, key: Ints, place: Ints, rank: Ints) -> Flags:
    """Mark (n, K) the choices better than a unit's place at which the school would take it."""
    start, unit, unit_key = line_up(rules, key, place, rank)
    m, n_groups = len(rules.seats), len(rules.belongs)
    bar = np.full((m, n_groups), HIGHEST, np.int64)
    member = np.full(n_groups, NONE, np.int64)
    for u in range(len(place)):
        member[rules.group[u]] = u
    for s in range(m):
        held, held_key = unit[start[s] : start[s + 1]], unit_key[start[s] : start[s + 1]]
        for group in range(n_groups):
            if member[group] != NONE:
                bar[s, group] = find_bar(rules, s, member[group], held, held_key)
    blocks = np.zeros(choice.shape, np.bool_)
    for u in range(len(place)):
        for k in range(choice.shape[1]):
            s = choice[u, k]
            if s == NONE or k == rank[u]:
                break
            blocks[u, k] = key[u, k] < bar[s, rules.group[u]]
    return blocks


def find_blocking(market: Market, allocation: Allocation, number: Ints) -> Flags:
    """Return (n, K) whether a unit and a school both would rather have each other.

    Whom a school would rather have: it chooses again, by its rules, among those it let in and this
    unit. So a free seat counts, and so does somebody in with a worse priority or number.

    Args:
        market: Units, schools, choices and rules.
        allocation: Who got what; those placed beyond their choices do not count as let in.
        number: (n, 1) or (n, K) lottery numbers.
    """
    rules: Rules = rules_of(market)
    key = market.tier * NUMBERS + number
    return np.asarray(mark_blocking(rules, market.choice, key, allocation.place, allocation.rank))


@dataclass(frozen=True)
class Envy:
    """Units that have reason to complain, of those that did not get their first choice.

    Attributes:
        envious: Units that would rather have a school that let others in.
        justified: Of these, units that a school would take instead of somebody it let in.
        by_priority: Of these, units with a better priority, not only a better number, than
            somebody let in whose seat they could have.
        wasted: Units that would rather have a school with a seat still free for them.
    """

    envious: int
    justified: int
    by_priority: int
    wasted: int


def count_envy(market: Market, allocation: Allocation, number: Ints) -> Envy:
    """Return how many units envy, with which reason."""
    better = _is_better(market, allocation)
    blocks = find_blocking(market, allocation, number)
    load = np.zeros(market.n_schools, np.int64)
    inside = allocation.rank != NONE
    np.add.at(load, allocation.place[inside], market.size[inside])
    school = np.maximum(market.choice, 0)
    is_full = (load >= market.seats)[school]
    # With the same priority whoever is in already goes first: what still blocks, blocks by it.
    inside_first = np.where(better, number + NUMBERS // 2, number)
    by_priority = find_blocking(market, allocation, inside_first)
    return Envy(
        envious=int((better & (load > 0)[school]).any(axis=1).sum()),
        justified=int((blocks & is_full).any(axis=1).sum()),
        by_priority=int((by_priority & is_full).any(axis=1).sum()),
        wasted=int((blocks & ~is_full).any(axis=1).sum()),
    )


def _is_better(market: Market, allocation: Allocation) -> Flags:
    index = np.arange(market.choice.shape[1])
    rank = np.where(allocation.rank == NONE, market.choice.shape[1], allocation.rank)
    return (market.choice != NONE) & (index < rank[:, None])
