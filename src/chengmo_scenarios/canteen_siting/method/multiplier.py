"""What no plan can beat, for the p-median: the Lagrangian bound and what it rules out.

Relaxing "each demand is served once" with prices `u` leaves, for each site, the sum
`rho_j = sum_i min(0, c_ij - u_i)`, and the bound `L(u) = sum_i u_i + the p smallest rho_j`
(Cornuéjols, Fisher & Nemhauser, Location of bank accounts, Man. Sci. 23, 1977). The prices are
improved along a deflected subgradient (Camerini, Fratta & Maffioli 1975).
"""

# ruff: noqa: PLR0913, PLR0917 - compiled functions take arrays by position, and a loop split
# over functions would walk the links twice.
from dataclasses import dataclass

import numpy as np
from numba import njit

from chengmo_scenarios.canteen_siting.method.problem import Flags, Floats, Ints

PATIENCE_STEPS = 25
DEFLECTION = 0.7
NOTHING = 1e-9


@njit(cache=True)
def rate_sites(start: Ints, site: Ints, cost: Floats, price: Floats, n_sites: int) -> Floats:
    """Return rho, what each site adds to the bound when open (never positive)."""
    rho = np.zeros(n_sites)
    for i in range(len(start) - 1):
        for k in range(start[i], start[i + 1]):
            if cost[k] >= price[i]:
                break
            rho[site[k]] += cost[k] - price[i]
    return rho


@njit(cache=True)
def choose_sites(rho: Floats, allowed: Flags, locked: Flags, count: int) -> Flags:
    """Return the locked sites and the allowed ones of smallest rho, `count` in all."""
    chosen = locked.copy()
    left = count - np.sum(locked)
    for j in np.argsort(rho, kind="mergesort"):
        if left <= 0:
            break
        if allowed[j] and not locked[j]:
            chosen[j] = True
            left -= 1
    return chosen


@njit(cache=True)
def _count_missed(start: Ints, site: Ints, cost: Floats, price: Floats, chosen: Flags) -> Floats:
    """Return one less the number of chosen sites that serve each demand: the subgradient."""
    missed = np.ones(len(price))
    for i in range(len(price)):
        for k in range(start[i], start[i + 1]):
            if cost[k] >= price[i]:
                break
            if chosen[site[k]]:
                missed[i] -= 1.0
    return missed


@njit(cache=True)
def raise_bound(
    start: Ints,
    site: Ints,
    cost: Floats,
    price: Floats,
    allowed: Flags,
    locked: Flags,
    count: int,
    target: float,
    state: Floats,
    steps: int,
) -> tuple[float, Flags]:
    """Improve `price` in place; return the best bound and the sites chosen there.

    Args:
        start: Links, with `site` and `cost`, sorted by cost in each demand.
        site: See `start`.
        cost: See `start`.
        price: (n,) where to begin; on return the prices of the best bound.
        allowed: (m,) sites that may open.
        locked: (m,) sites that must.
        count: How many sites are open.
        target: Cost of the best plan known; it sets the length of a step.
        state: (1,) the length factor of a step, kept between calls.
        steps: How many steps.
    """
    n = len(start) - 1
    # Every demand has a link here; a price below its cheapest one never helps.
    floor = cost[start[:-1]]
    best, best_price = -np.inf, price.copy()
    best_chosen = locked.copy()
    direction, waited = np.zeros(n), 0
    for _ in range(steps):
        rho = rate_sites(start, site, cost, price, len(allowed))
        chosen = choose_sites(rho, allowed, locked, count)
        bound = np.sum(price) + np.sum(rho[chosen])
        waited = 0 if bound > best + 1e-7 * abs(best) else waited + 1
        if bound > best:
            best, best_chosen = bound, chosen
            best_price[:] = price
        if waited >= PATIENCE_STEPS:
            state[0] *= 0.6
            waited = 0
            price[:] = best_price
            direction = np.zeros(n)
            continue
        direction = DEFLECTION * direction + _count_missed(start, site, cost, price, chosen)
        length = np.sum(direction**2)
        if length < NOTHING or target - bound < NOTHING:
            break
        step = state[0] * max(1.02 * target - bound, 1e-9) / length
        price[:] = np.maximum(price + step * direction, floor)
    price[:] = best_price
    return best, best_chosen


@dataclass(frozen=True)
class Remainder:
    """What can still be part of a better plan.

    Attributes:
        link: (links,) links that can.
        site: (m,) sites that can be open.
        must: (m,) sites that must be.
    """

    link: Flags
    site: Flags
    must: Flags


def rule_out(
    start: Ints,
    site: Ints,
    cost: Floats,
    price: Floats,
    locks: tuple[Flags, Flags],
    count: int,
    ceiling: float,
) -> Remainder:
    """Return what a plan of cost below `ceiling` can hold, by reduced costs.

    Opening a site that the bound leaves shut costs the difference to the worst chosen one, and so
    on: whatever lifts the bound to `ceiling` or above is ruled out.
    """
    allowed, locked = locks
    rho = rate_sites(start, site, cost, price, len(allowed))
    chosen = choose_sites(rho, allowed, locked, count)
    bound = price.sum() + rho[chosen].sum()
    free = rho[chosen & ~locked]
    shut = rho[allowed & ~chosen]
    worst = free.max() if len(free) else -np.inf
    next_best = shut.min() if len(shut) else np.inf
    opening = np.where(chosen, 0.0, rho - worst)
    may_open = allowed & (bound + opening < ceiling)
    must = locked | (chosen & (bound + next_best - rho >= ceiling))
    demand = np.repeat(np.arange(len(price)), np.diff(start))
    serving = np.maximum(cost - price[demand], 0.0) + opening[site]
    return Remainder(may_open[site] & (bound + serving < ceiling), may_open, must)
