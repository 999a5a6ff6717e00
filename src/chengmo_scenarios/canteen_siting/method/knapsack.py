"""What no plan can beat when sites have capacities: a Lagrangian bound by one knapsack a site.

Relaxing "each demand is served once" with prices `u` leaves, for each site, a knapsack
`v_j = f_j + min sum_i (c_ij - u_i) x_ij` over `sum_i w_i x_ij <= capacity_j`, and then the choice
of sites with `sum capacity_j y_j >= sum w_i` (Beasley, Lagrangean heuristics for location
problems, EJOR 65, 1993; Holmberg, Rönnqvist & Yuan, EJOR 113, 1999). With whole-number knapsacks
the bound is above that of linear programming; where demands may be split they are continuous.
"""

# pyright: reportAssignmentType=false, reportReturnType=false
# The stubs of NumPy take an element at an index for an array.
# ruff: noqa: PLR0913, PLR0917, C901 - compiled functions take arrays by position, and a loop split
# over functions would walk the links twice.
import numpy as np
from numba import njit

from chengmo_scenarios.canteen_siting.method.problem import Flags, Floats, Ints

# A table larger than this costs more than its better bound is worth.
MAX_TABLE = 4_000_000
PATIENCE_STEPS, DEFLECTION = 20, 0.7
NOTHING = 1e-12


@njit(cache=True)
def fill_split(value: Floats, weight: Floats, room: float) -> tuple[float, Floats]:
    """Return the least total of `value` (all ≤ 0) that fits when items may be cut, and shares."""
    share, total = np.zeros(len(value)), 0.0
    for k in np.argsort(value / np.maximum(weight, NOTHING), kind="mergesort"):
        if room <= 0.0:
            break
        share[k] = min(1.0, room / weight[k]) if weight[k] > 0.0 else 1.0
        room -= share[k] * weight[k]
        total += share[k] * value[k]
    return total, share


@njit(cache=True)
def fill_whole(value: Floats, weight: Ints, room: int) -> tuple[float, Floats]:
    """Return the least total of `value` (all ≤ 0) that fits as whole items, and which."""
    n = len(value)
    best = np.zeros(room + 1)
    taken = np.zeros((n, room + 1), dtype=np.bool_)
    for k in range(n):
        for r in range(room, weight[k] - 1, -1):
            trial = best[r - weight[k]] + value[k]
            if trial < best[r]:
                best[r] = trial
                taken[k, r] = True
    share, r = np.zeros(n), room
    for k in range(n - 1, -1, -1):
        if taken[k, r]:
            share[k] = 1.0
            r -= weight[k]
    return best[room], share


@njit(cache=True)
def rate_plants(
    start: Ints,
    demand: Ints,
    cost: Floats,
    weight: Floats,
    capacity: Floats,
    price: Floats,
    is_whole: bool,  # noqa: FBT001 - compiled functions take their arguments by position
) -> tuple[Floats, Floats]:
    """Return each site's best knapsack value (without its fixed cost) and the links' shares.

    Links are ordered by site here: `start` (m + 1,), `demand` and `cost` (links,).
    """
    value, share = np.zeros(len(start) - 1), np.zeros(len(demand))
    for j in range(len(value)):
        links = np.arange(start[j], start[j + 1])
        pick = links[cost[links] < price[demand[links]]]
        gains, weights = cost[pick] - price[demand[pick]], weight[demand[pick]]
        if np.sum(weights) <= capacity[j]:
            value[j] = np.sum(gains)
            share[pick] = 1.0
        elif is_whole and (capacity[j] + 1.0) * len(pick) <= MAX_TABLE:
            # Rounded down on both sides, what fitted before still fits: the bound stays a bound.
            sizes = np.floor(weights + 1e-9).astype(np.int64)
            value[j], share[pick] = fill_whole(gains, sizes, int(np.floor(capacity[j] + 1e-9)))
        else:
            value[j], share[pick] = fill_split(gains, weights, capacity[j])
    return value, share


@njit(cache=True)
def choose_plants(
    rate: Floats, capacity: Floats, need: float, allowed: Flags, locked: Flags, most: int
) -> tuple[float, Floats]:
    """Return a lower bound on the best choice of sites, and the (maybe cut) choice itself.

    Sites that pay for themselves open; while room is missing, the cheapest for its room is added,
    the last one in part. At most `most` sites limits only those that pay for themselves.
    """
    chosen = np.zeros(len(rate))
    total, room, n_open = 0.0, 0.0, 0
    for j in range(len(rate)):
        if locked[j]:
            chosen[j] = 1.0
            total += rate[j]
            room += capacity[j]
            n_open += 1
    for j in np.argsort(rate, kind="mergesort"):
        if rate[j] >= 0.0 or n_open >= most:
            break
        if allowed[j] and not locked[j]:
            chosen[j] = 1.0
            total += rate[j]
            room += capacity[j]
            n_open += 1
    if room >= need or n_open >= most:
        return total, chosen
    for j in np.argsort(rate / np.maximum(capacity, NOTHING), kind="mergesort"):
        if allowed[j] and chosen[j] == 0.0 and capacity[j] > 0.0:
            part = min(1.0, (need - room) / capacity[j])
            chosen[j] = part
            total += part * rate[j]
            room += part * capacity[j]
            if room >= need - 1e-9:
                break
    return total, chosen


@njit(cache=True)
def raise_plant_bound(
    start: Ints,
    demand: Ints,
    cost: Floats,
    weight: Floats,
    capacity: Floats,
    fixed: Floats,
    price: Floats,
    allowed: Flags,
    locked: Flags,
    most: int,
    is_whole: bool,  # noqa: FBT001 - compiled functions take their arguments by position
    target: float,
    state: Floats,
    steps: int,
) -> tuple[float, Floats]:
    """Improve `price` in place by subgradient steps; return the best bound and its choice.

    Arguments as in `rate_plants` and `choose_plants`; `target` is the cost of the best plan known
    and `state` (1,) the length factor of a step, kept between calls.
    """
    need = np.sum(weight)
    best, best_price = -np.inf, price.copy()
    best_chosen = np.zeros(len(capacity))
    direction, waited = np.zeros(len(price)), 0
    for _ in range(steps):
        value, share = rate_plants(start, demand, cost, weight, capacity, price, is_whole)
        total, chosen = choose_plants(fixed + value, capacity, need, allowed, locked, most)
        bound = total + np.sum(price)
        waited = 0 if bound > best + 1e-7 * abs(best) else waited + 1
        if bound > best:
            best, best_chosen = bound, chosen
            best_price[:] = price
        if waited >= PATIENCE_STEPS:
            state[0] *= 0.6
            waited = 0
            price[:] = best_price
            direction[:] = 0.0
            continue
        served = np.zeros(len(price))
        for j in range(len(capacity)):
            if chosen[j] > 0.0:
                for k in range(start[j], start[j + 1]):
                    served[demand[k]] += share[k] * chosen[j]
        direction = DEFLECTION * direction + 1.0 - served
        length = np.sum(direction**2)
        if length < NOTHING or target - bound < 1e-9 * abs(target):
            break
        price += state[0] * max(1.01 * target - bound, 1e-9) / length * direction
    price[:] = best_price
    return best, best_chosen
