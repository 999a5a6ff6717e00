"""Acceptance in rounds: all who were refused apply at once, as the verifier does it.

With limits for groups a school's word depends on who asks together, so the rounds are the rule.
Without limits the order of asking changes nothing, and `admission` finds the same much faster.
"""

import numpy as np
from numba import njit

from chengmo_scenarios.school_lottery.method.market import NONE, NUMBERS, Flags, Ints
from chengmo_scenarios.school_lottery.method.rules import Rules, choose, start_counts


@njit(cache=True)
def line_up_applicants(choice: Ints, at: Ints, got: Ints, end: int, m: int) -> tuple[Ints, Ints]:
    """Return those without a place by the school they are at: starts (m + 1,) and units."""
    start = np.zeros(m + 1, np.int64)
    school = np.full(len(choice), NONE, np.int64)
    for u in range(len(choice)):
        if got[u] == NONE and at[u] < end:
            school[u] = choice[u, at[u]]
            if school[u] != NONE:
                start[school[u] + 1] += 1
    start = np.cumsum(start)
    unit, filled = np.empty(start[m], np.int64), start[:-1].copy()
    for u in range(len(choice)):
        if school[u] != NONE:
            unit[filled[school[u]]] = u
            filled[school[u]] += 1
    return start, unit


@njit(cache=True)
def sort_line(line: Ints, lists: tuple[Ints, Ints, Ints], at: Ints) -> Ints:
    """Return the units of a line, best first."""
    _, tier, number = lists
    key = np.empty(len(line), np.int64)
    for i in range(len(line)):
        u = line[i]
        key[i] = tier[u, at[u]] * NUMBERS + number[u, min(at[u], number.shape[1] - 1)]
    return line[np.argsort(key)]


@njit(cache=True)
def hold_round(
    rules: Rules, lists: tuple[Ints, Ints, Ints], used: Ints, at: Ints, lines: tuple[Ints, Ints],
    asked: Flags,
) -> Flags:  # fmt: skip
    """Let the schools that were asked choose of their lines; return to whom the refused turn."""
    choice, m = lists[0], len(rules.seats)
    start, unit = lines
    next_asked = np.zeros(m, np.bool_)
    for s in np.nonzero(asked)[0]:
        line = sort_line(unit[start[s] : start[s + 1]], lists, at)
        is_in = np.zeros(len(line), np.bool_)
        choose(rules, s, line, used[s].copy(), is_in)
        for u in line[~is_in]:
            at[u] += 1
            if at[u] < choice.shape[1] and choice[u, at[u]] != NONE:
                next_asked[choice[u, at[u]]] = True
    return next_asked


@njit(cache=True)
def accept_in_rounds(rules: Rules, choice: Ints, tier: Ints, number: Ints, band: int) -> Ints:
    """Return (n,) the index of the choice each unit gets; as `admission.accept_in_bands`."""
    n, longest = choice.shape
    m, lists = len(rules.seats), (choice, tier, number)
    used, got, at = start_counts(rules), np.full(n, NONE, np.int64), np.zeros(n, np.int64)
    for first in range(0, longest, band):
        end = min(first + band, longest)
        at[:] = first
        asked = np.ones(m, np.bool_)
        while asked.any():
            lines = line_up_applicants(choice, at, got, end, m)
            asked = hold_round(rules, lists, used, at, lines, asked)
        start, unit = line_up_applicants(choice, at, got, end, m)
        for s in range(m):
            line = sort_line(unit[start[s] : start[s + 1]], lists, at)
            is_in = np.zeros(len(line), np.bool_)
            choose(rules, s, line, used[s], is_in)
            for u in line[is_in]:
                got[u] = at[u]
    return got
