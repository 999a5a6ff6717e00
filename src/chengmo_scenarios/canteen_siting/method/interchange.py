"""Good sites quickly: greedy opening, then the best exchange of one site until none helps.

The gain of every exchange (open `j`, close `r`) is read off one walk over the links:
`gain[j] - loss[r] + extra[j, r]` of Resende & Werneck, A fast swap-based local search procedure
for location problems, Ann. Oper. Res. 150 (2007), after Teitz & Bart (1968) and Whitaker (1983).
Links are sorted by cost, so that a walk stops at the second open site.
"""

# ruff: noqa: PLR0913, PLR0917, C901 - compiled functions take arrays by position, and a loop split
# over functions would walk the links twice.
import numpy as np
from numba import njit

from chengmo_scenarios.canteen_siting.method.problem import Flags, Floats, Ints

# A walk's cost is a sum of thousands of terms: smaller differences are rounding.
ROUNDING = 1e-9


@njit(cache=True)
def total_cost(start: Ints, site: Ints, cost: Floats, far: Floats, is_open: Flags) -> float:
    """Return the sum over demands of the cost of the cheapest open link, `far` where none is."""
    total = 0.0
    for i in range(len(start) - 1):
        best = far[i]
        for k in range(start[i], start[i + 1]):
            if is_open[site[k]]:
                best = cost[k]
                break
        total += best
    return total


@njit(cache=True)
def open_greedily(
    start: Ints, site: Ints, cost: Floats, far: Floats, is_open: Flags, allowed: Flags, count: int
) -> None:
    """Open sites in place, always the one that saves most, until `count` are open."""
    n_open = np.sum(is_open)
    while n_open < count:
        gain = np.zeros(len(is_open))
        for i in range(len(start) - 1):
            end = start[i + 1]
            limit = far[i]
            for k in range(start[i], end):
                if is_open[site[k]]:
                    limit = cost[k]
                    end = k
                    break
            for k in range(start[i], end):
                gain[site[k]] += limit - cost[k]
        best = -1
        for j in range(len(is_open)):
            if allowed[j] and not is_open[j] and (best < 0 or gain[j] > gain[best]):
                best = j
        if best < 0:
            return
        is_open[best] = True
        n_open += 1


@njit(cache=True)
def _rate_exchanges(
    start: Ints, site: Ints, cost: Floats, far: Floats, is_open: Flags, slot: Ints
) -> tuple[Floats, Floats, Floats]:
    """Return gain of opening, loss of closing (by slot) and what both together save again."""
    n_open = int(np.sum(is_open))
    gain, loss = np.zeros(len(is_open)), np.zeros(n_open)
    extra = np.zeros((len(is_open), n_open))
    for i in range(len(start) - 1):
        first = second = start[i + 1]
        for k in range(start[i], start[i + 1]):
            if is_open[site[k]]:
                if first == start[i + 1]:
                    first = k
                else:
                    second = k
                    break
        if first == start[i + 1]:
            for k in range(start[i], first):
                gain[site[k]] += far[i] - cost[k]
            continue
        here = slot[site[first]]
        next_cost = cost[second] if second < start[i + 1] else far[i]
        loss[here] += next_cost - cost[first]
        for k in range(start[i], first):
            gain[site[k]] += cost[first] - cost[k]
            extra[site[k], here] += next_cost - cost[first]
        for k in range(first + 1, second):
            extra[site[k], here] += next_cost - cost[k]
    return gain, loss, extra


@njit(cache=True)
def exchange(
    start: Ints,
    site: Ints,
    cost: Floats,
    far: Floats,
    is_open: Flags,
    allowed: Flags,
    locked: Flags,
    max_steps: int,
) -> None:
    """Make the best exchange in place, again and again, while one helps."""
    slot = np.zeros(len(is_open), dtype=np.int64)
    for _ in range(max_steps):
        opened = np.flatnonzero(is_open)
        for s in range(len(opened)):
            slot[opened[s]] = s
        gain, loss, extra = _rate_exchanges(start, site, cost, far, is_open, slot)
        best, best_in, best_out = 0.0, -1, -1
        for j in range(len(is_open)):
            if is_open[j] or not allowed[j]:
                continue
            for s in range(len(opened)):
                profit = gain[j] - loss[s] + extra[j, s]
                if profit > best + ROUNDING * (1.0 + gain[j]) and not locked[opened[s]]:
                    best, best_in, best_out = profit, j, opened[s]
        if best_in < 0:
            return
        is_open[best_in] = True
        is_open[best_out] = False


@njit(cache=True)
def search_around(
    start: Ints,
    site: Ints,
    cost: Floats,
    far: Floats,
    is_open: Flags,
    allowed: Flags,
    locked: Flags,
    rounds: int,
    kick: int,
    seed: int,
) -> float:
    """Shake `kick` sites, exchange again, keep what is better, `rounds` times; return the cost.

    Iterated local search as in Lourenço, Martin & Stützle (2003). `is_open` changes in place.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator, local to compiled code
    best = total_cost(start, site, cost, far, is_open)
    for _ in range(rounds):
        trial = is_open.copy()
        free = np.flatnonzero(trial & ~locked)
        shut = np.flatnonzero(~trial & allowed)
        for _ in range(min(kick, len(free), len(shut))):
            out = free[np.random.randint(len(free))]  # noqa: NPY002 - as above
            into = shut[np.random.randint(len(shut))]  # noqa: NPY002 - as above
            if trial[out] and not trial[into]:
                trial[out], trial[into] = False, True
        exchange(start, site, cost, far, trial, allowed, locked, 10 * kick + 50)
        value = total_cost(start, site, cost, far, trial)
        if value <= best:
            best = value
            is_open[:] = trial
    return best
