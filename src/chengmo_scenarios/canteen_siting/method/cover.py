"""Covering problems (only reach matters) solved on what is needed of them.

Demands that many sites reach are nearly always covered: they are taken as covered at first, and
stated only when a plan misses them. A plan of this looser problem that misses none is a plan of
the whole problem, and its bound holds for the whole problem in any case.
"""

# ruff: noqa: PLR0912, PLR0913, PLR0917, C901 - compiled functions take arrays by position, and a loop split
# over functions would walk the links twice.
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from chengmo_scenarios.canteen_siting.method.problem import (
    Flags,
    Floats,
    Goal,
    Ints,
    Problem,
    add_up,
)
from chengmo_scenarios.canteen_siting.method.program import is_one
from chengmo_scenarios.canteen_siting.method.reduction import drop_dominated, merge_alike
from chengmo_scenarios.canteen_siting.method.statement import Limit, state

# A demand with more sites in reach is left out at first, while the problem is large.
FEW_SITES = 40
LARGE_LINKS = 50_000


@dataclass(frozen=True)
class Cover:
    """Open sites (empty where none were found), the bound in the program's sense, and proofs."""

    is_open: Flags
    objective: float
    bound: float
    is_infeasible: bool


def solve_cover(
    problem: Problem,
    goal: Goal,
    *,
    relaxed: Limit | None = None,
    max_nodes: int,
    first_will_do: bool = False,
) -> Cover:
    """Return the best sites for a problem without assignment; arguments as for `state`."""
    small = drop_dominated(merge_alike(problem))
    sizes = np.diff(small.links.start)
    stated_rows = np.ones(small.n_demands, dtype=bool)
    if len(small.links.site) > LARGE_LINKS:
        stated_rows = sizes <= FEW_SITES
    while True:
        # A demand left out is covered by whatever is open: it has no row and its column is free.
        loose = _leave_out(small, ~stated_rows)
        stated = state(loose, goal, relaxed=relaxed, free_cover=~stated_rows)
        found = stated.program.minimise(
            max_nodes=max_nodes,
            first_will_do=first_will_do,
            doubt_infeasible=not first_will_do,
        )
        if found.is_infeasible or len(found.value) == 0:
            nowhere = np.zeros(0, dtype=bool)
            return Cover(nowhere, np.nan, found.bound, found.is_infeasible)
        is_open = is_one(found.value[stated.site])
        missed = ~stated_rows & ~is_reached(small, is_open)
        if not missed.any():
            return Cover(is_open, found.objective, found.bound, is_infeasible=False)
        stated_rows |= missed


def is_reached(problem: Problem, is_open: Flags) -> Flags:
    """Return (n,) whether each demand has an open site in reach."""
    counts = add_up(
        problem.links.demand, is_open[problem.links.site].astype(np.float64), problem.n_demands
    )
    return counts > 0.0


def _leave_out(problem: Problem, left_out: Flags) -> Problem:
    return replace(problem, links=problem.links.keep(~left_out[problem.links.demand]))


@njit(cache=True)
def cover_greedily(
    start: Ints, site: Ints, distance: Floats, weight: Floats, radius: float, need: float,
    is_open: Flags, allowed: Flags, most: int,
) -> bool:  # fmt: skip
    """Open in place, always the site that reaches most uncovered people within `radius`.

    Returns whether people of total weight `need` are covered by at most `most` sites.
    """
    n, m = len(start) - 1, len(is_open)
    end = np.zeros(n, dtype=np.int64)
    gain = np.zeros(m)
    covered = np.zeros(n, dtype=np.bool_)
    done = 0.0
    for i in range(n):
        k = start[i]
        while k < start[i + 1] and distance[k] <= radius:
            covered[i] = covered[i] or is_open[site[k]]
            k += 1
        end[i] = k
        if covered[i]:
            done += weight[i]
        else:
            for k in range(start[i], end[i]):
                gain[site[k]] += weight[i]
    while done < need:
        best = -1
        for j in range(m):
            usable = allowed[j] and not is_open[j] and gain[j] > 0.0
            if usable and (best < 0 or gain[j] > gain[best]):
                best = j
        if best < 0 or np.sum(is_open) >= most:
            return False
        is_open[best] = True
        for i in range(n):
            if covered[i]:
                continue
            for k in range(start[i], end[i]):
                if site[k] == best:
                    covered[i] = True
                    break
            if covered[i]:
                done += weight[i]
                for k in range(start[i], end[i]):
                    gain[site[k]] -= weight[i]
    return bool(np.sum(is_open) <= most)
