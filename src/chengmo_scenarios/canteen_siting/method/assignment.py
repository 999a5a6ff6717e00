"""Good plans quickly where each demand goes to one site with a capacity (single source).

Moves: another site for a demand, two demands exchange their sites, a site is closed, opened, or
replaced by another; the best known plan is shaken and improved again. The neighbourhoods are
those of Filho & Galvão (1998) and Delmaire, Díaz, Fernández & Ortega, INFOR 37 (1999).
"""

# ruff: noqa: PLR0913, PLR0917, C901 - compiled functions take arrays by position, and a loop split
# over functions would walk the links twice.
import numpy as np
from numba import njit

from chengmo_scenarios.canteen_siting.method.problem import Flags, Floats, Ints

SLACK = 1e-9
# A move helps when it saves more than rounding.
GAIN = 1e-7
HUGE = 1e12


@njit(cache=True)
def plan_cost(cost: Floats, fixed: Floats, locked: Flags, site_of: Ints) -> float:
    """Return the cost of serving demand i at `site_of[i]`, +inf where one is not served."""
    used = locked.copy()
    total = 0.0
    for i in range(len(site_of)):
        if site_of[i] < 0:
            return np.inf
        used[site_of[i]] = True
        total += cost[i, site_of[i]]
    return total + np.sum(fixed[used])


@njit(cache=True)
def place(
    cost: Floats, weight: Floats, fixed: Floats, room: Floats, is_open: Flags, allowed: Flags,
    order: Ints, site_of: Ints,
) -> bool:  # fmt: skip
    """Give each demand of `order` the cheapest site with room, opening one where none has.

    `room`, `is_open` and `site_of` change in place. Returns whether all were placed.
    """
    done = True
    for i in order:
        best, best_cost = -1, np.inf
        for j in range(len(room)):
            if allowed[j] and room[j] + SLACK >= weight[i]:
                trial = cost[i, j] + (0.0 if is_open[j] else fixed[j])
                if trial < best_cost:
                    best, best_cost = j, trial
        site_of[i] = best
        if best < 0:
            done = False
            continue
        room[best] -= weight[i]
        is_open[best] = True
    return done


@njit(cache=True)
def _move_one(
    cost: Floats, weight: Floats, fixed: Floats, allowed: Flags, locked: Flags, room: Floats,
    members: Ints, site_of: Ints,
) -> bool:  # fmt: skip
    """Give single demands a better site; return whether any moved."""
    moved = False
    for i in range(len(site_of)):
        here = site_of[i]
        saved = cost[i, here]
        if members[here] == 1 and not locked[here]:
            saved += fixed[here]
        best, best_cost = -1, saved - GAIN
        for j in range(len(room)):
            if j != here and allowed[j] and room[j] + SLACK >= weight[i]:
                shut = members[j] == 0 and not locked[j]
                trial = cost[i, j] + (fixed[j] if shut else 0.0)
                if trial < best_cost:
                    best, best_cost = j, trial
        if best >= 0:
            room[here] += weight[i]
            room[best] -= weight[i]
            members[here] -= 1
            members[best] += 1
            site_of[i] = best
            moved = True
    return moved


@njit(cache=True)
def _swap_two(cost: Floats, weight: Floats, room: Floats, site_of: Ints) -> bool:
    """Let pairs of demands exchange their sites where it helps; return whether any did."""
    moved = False
    for i in range(len(site_of)):
        for k in range(i + 1, len(site_of)):
            a, b = site_of[i], site_of[k]
            if a == b:
                continue
            gain = cost[i, a] + cost[k, b] - cost[i, b] - cost[k, a]
            grow = weight[i] - weight[k]
            if gain > GAIN and room[b] + SLACK >= grow and room[a] + SLACK >= -grow:
                site_of[i], site_of[k] = b, a
                room[a] += grow
                room[b] -= grow
                moved = True
    return moved


@njit(cache=True)
def _close_one(
    cost: Floats, weight: Floats, fixed: Floats, locked: Flags, room: Floats, members: Ints,
    site_of: Ints,
) -> bool:  # fmt: skip
    """Close sites whose demands fit elsewhere more cheaply; return whether any was closed."""
    moved = False
    for j in range(len(room)):
        if members[j] == 0 or locked[j]:
            continue
        group = np.flatnonzero(site_of == j)
        group = group[np.argsort(-weight[group], kind="mergesort")]
        left, to = room.copy(), np.full(len(group), -1)
        change = -fixed[j]
        for g in range(len(group)):
            best = np.inf
            for s in range(len(room)):
                fits = s != j and left[s] + SLACK >= weight[group[g]]
                if fits and (members[s] > 0 or locked[s]) and cost[group[g], s] < best:
                    best, to[g] = cost[group[g], s], s
            change += best - cost[group[g], j]
            if to[g] < 0 or change > HUGE:
                break
            left[to[g]] -= weight[group[g]]
        if np.isfinite(change) and change < -GAIN:
            for g in range(len(group)):
                site_of[group[g]] = to[g]
                members[to[g]] += 1
            left[j] = room[j] + np.sum(weight[group])
            members[j] = 0
            room[:] = left
            moved = True
    return moved


@njit(cache=True)
def _open_one(
    cost: Floats, weight: Floats, fixed: Floats, allowed: Flags, locked: Flags, room: Floats,
    members: Ints, site_of: Ints,
) -> bool:  # fmt: skip
    """Open shut sites that draw enough demands; return whether any was opened."""
    moved = False
    n = len(site_of)
    for j in range(len(room)):
        if members[j] > 0 or locked[j] or not allowed[j]:
            continue
        saving = np.zeros(n)
        for i in range(n):
            saving[i] = cost[i, site_of[i]] - cost[i, j]
        drawn = np.flatnonzero(saving > 0.0)
        rank = np.argsort(-saving[drawn] / np.maximum(weight[drawn], 1e-12), kind="mergesort")
        left, gain, taken = room[j], -fixed[j], 0
        leaving = np.zeros(len(room), dtype=np.int64)
        take = np.zeros(n, dtype=np.bool_)
        for i in drawn[rank]:
            if left + SLACK >= weight[i]:
                left -= weight[i]
                gain += saving[i]
                take[i] = True
                taken += 1
                here = site_of[i]
                leaving[here] += 1
                if leaving[here] == members[here] and not locked[here]:
                    gain += fixed[here]
        if gain > GAIN:
            for i in np.flatnonzero(take):
                room[site_of[i]] += weight[i]
                members[site_of[i]] -= 1
                site_of[i] = j
            room[j], members[j] = left, taken
            moved = True
    return moved


@njit(cache=True)
def _replace_one(
    cost: Floats, weight: Floats, fixed: Floats, allowed: Flags, locked: Flags, room: Floats,
    members: Ints, site_of: Ints,
) -> bool:  # fmt: skip
    """Move all demands of a site to a shut one where it helps; return whether any moved."""
    moved = False
    for j in range(len(room)):
        if members[j] == 0 or locked[j]:
            continue
        group = np.flatnonzero(site_of == j)
        load = np.sum(weight[group])
        here = fixed[j]
        for i in group:
            here += cost[i, j]
        best, best_cost = -1, here - GAIN
        for s in range(len(room)):
            if members[s] > 0 or locked[s] or not allowed[s] or room[s] + SLACK < load:
                continue
            trial = fixed[s]
            for i in group:
                trial += cost[i, s]
            if trial < best_cost:
                best, best_cost = s, trial
        if best >= 0:
            site_of[group] = best
            room[j] += load
            room[best] -= load
            members[best], members[j] = members[j], 0
            moved = True
    return moved


@njit(cache=True)
def improve(
    cost: Floats, weight: Floats, fixed: Floats, capacity: Floats, allowed: Flags, locked: Flags,
    site_of: Ints,
) -> None:  # fmt: skip
    """Make improving moves in place until none is left; every demand must have a site."""
    room = capacity.copy()
    members = np.zeros(len(capacity), dtype=np.int64)
    for i in range(len(site_of)):
        room[site_of[i]] -= weight[i]
        members[site_of[i]] += 1
    for _ in range(100):
        moved = _move_one(cost, weight, fixed, allowed, locked, room, members, site_of)
        moved = _swap_two(cost, weight, room, site_of) or moved
        moved = _close_one(cost, weight, fixed, locked, room, members, site_of) or moved
        moved = _open_one(cost, weight, fixed, allowed, locked, room, members, site_of) or moved
        moved = _replace_one(cost, weight, fixed, allowed, locked, room, members, site_of) or moved
        if not moved:
            return


@njit(cache=True)
def build(
    cost: Floats, weight: Floats, fixed: Floats, capacity: Floats, allowed: Flags, locked: Flags,
    is_open: Flags,
) -> Ints:  # fmt: skip
    """Return an improved plan that begins with the sites of `is_open`; -1 where one has none."""
    site_of = np.full(len(weight), -1)
    room, opened = capacity.copy(), is_open.copy()
    order = np.argsort(-weight, kind="mergesort")
    if place(cost, weight, fixed, room, opened, allowed, order, site_of):
        improve(cost, weight, fixed, capacity, allowed, locked, site_of)
    return site_of


@njit(cache=True)
def shake(
    cost: Floats, weight: Floats, fixed: Floats, capacity: Floats, allowed: Flags, locked: Flags,
    site_of: Ints, rounds: int, seed: int,
) -> float:  # fmt: skip
    """Close some sites, open others, improve; keep what is better. Return the cost; in place."""
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator, local to compiled code
    best = plan_cost(cost, fixed, locked, site_of)
    for turn in range(rounds):
        trial = site_of.copy()
        used = np.unique(trial)
        shut = used[np.random.randint(len(used))]  # noqa: NPY002 - as above
        barred = allowed.copy()
        barred[shut] = locked[shut]
        if turn % 2:
            also = used[np.random.randint(len(used))]  # noqa: NPY002 - as above
            barred[also] = locked[also]
        room, is_open = capacity.copy(), locked.copy()
        for i in range(len(trial)):
            if barred[trial[i]]:
                room[trial[i]] -= weight[i]
                is_open[trial[i]] = True
            else:
                trial[i] = -1
        order = np.flatnonzero(trial < 0)
        order = order[np.argsort(-weight[order], kind="mergesort")]
        if not place(cost, weight, fixed, room, is_open, barred, order, trial):
            continue
        improve(cost, weight, fixed, capacity, allowed, locked, trial)
        value = plan_cost(cost, fixed, locked, trial)
        if value < best:
            best = value
            site_of[:] = trial
    return best
