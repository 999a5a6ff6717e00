"""Smaller covering problems with the same answer.

Demands with the same sites in reach (and the same district) are one demand; a site that reaches
no more people than another, and costs no less, is not needed (Toregas & ReVelle 1973; Downs &
Camm, An exact algorithm for the maximal covering problem, Naval Res. Log. 43, 1996).
"""

from dataclasses import replace

import numpy as np
from scipy import sparse

from chengmo_scenarios.canteen_siting.method.problem import Flags, Ints, Links, Problem, add_up

# Comparing all pairs of sites pays while their common reach is sparse.
MAX_PAIR_WORK = 300_000_000


def merge_alike(problem: Problem) -> Problem:
    """Return the covering problem with demands of the same reach and district added up."""
    links = problem.links.keep(~problem.locked_out[problem.links.site])
    member = _mark_reach(links, problem)
    group = np.zeros(problem.n_demands, dtype=np.int64) if problem.group is None else problem.group
    _, first, kind = np.unique(
        np.column_stack([member, group]), axis=0, return_index=True, return_inverse=True
    )
    kind = kind.ravel()
    weight = add_up(kind, problem.weight, len(first))
    bounds = zip(links.start[first].tolist(), links.start[first + 1].tolist(), strict=True)
    chosen = [np.arange(low, high) for low, high in bounds]
    pick = np.concatenate([*chosen, np.zeros(0, dtype=np.int64)])
    sizes = np.array([len(part) for part in chosen], dtype=np.int64)
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    merged = Links(start, links.site[pick], links.distance[pick])
    return replace(
        problem,
        weight=weight,
        links=merged,
        group=None if problem.group is None else group[first],
        link_cost=None,
    )


def _mark_reach(links: Links, problem: Problem) -> Ints:
    """Return (n, 2) numbers that are equal where the sites in reach are the same.

    Each site gets two random 62-bit numbers; a demand's mark is their sum over its sites, so two
    different reaches have the same mark with a chance of about 2 to the -124.
    """
    numbers = np.random.default_rng(20_240_601).integers(0, 2**62, size=(problem.n_sites, 2))
    marks = np.zeros((len(links.start) - 1, 2), dtype=np.int64)
    # Sums may wrap around: they stay equal where the reach is the same.
    np.add.at(marks, links.demand, numbers[links.site])
    return marks


def drop_dominated(problem: Problem) -> Problem:
    """Return the covering problem with the sites locked out that another makes needless."""
    needless = find_dominated(problem)
    return replace(problem, locked_out=problem.locked_out | needless)


def find_dominated(problem: Problem) -> Flags:
    """Return (m,) sites of which another reaches all they reach and costs no more."""
    m = problem.n_sites
    nothing = np.zeros(m, dtype=bool)
    sizes = np.diff(problem.links.start).astype(np.float64)
    if (sizes**2).sum() > MAX_PAIR_WORK:
        return nothing
    live = (problem.weight > 0.0)[problem.links.demand] & ~problem.locked_out[problem.links.site]
    rows, columns = problem.links.demand[live], problem.links.site[live]
    reach = sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=(problem.n_demands, m)
    )
    common = sparse.coo_matrix(reach.T @ reach)
    size = np.bincount(columns, minlength=m)
    a, b = common.row.astype(np.int64), common.col.astype(np.int64)
    cost = problem.site_cost
    within = (a != b) & (common.data == size[a]) & (cost[b] <= cost[a])
    # Of two that are quite equal the locked one stays, else the first.
    equal = (size[a] == size[b]) & (cost[a] == cost[b])
    first = (b < a) | problem.locked_in[b]
    worse = within & (~equal | first) & ~problem.locked_in[a]
    nothing[a[worse]] = True
    idle = (size == 0) & ~problem.locked_in & ~problem.locked_out
    return nothing | idle
