"""The least farthest walk (p-centre): the shortest radius at which the limits can be kept.

Binary search over the distinct distances; each radius is one covering problem (Minieka, The
m-center problem, SIAM Rev. 12, 1970; Daskin, Network and Discrete Location, 1995).
"""

from dataclasses import dataclass

import numpy as np

from chengmo_scenarios.canteen_siting.method.cover import cover_greedily, solve_cover
from chengmo_scenarios.canteen_siting.method.problem import (
    Flags,
    Floats,
    Goal,
    OnProgress,
    Problem,
    ignore_progress,
)
from chengmo_scenarios.canteen_siting.method.program import is_one
from chengmo_scenarios.canteen_siting.method.statement import needs_links, state


@dataclass(frozen=True)
class Centre:
    """The shortest radius found, what is open, and the radius that nothing can be below.

    `flow` is all zero where only reach matters. The radii are infinite where none will do.
    """

    radius: float
    bound: float
    is_open: Flags
    flow: Floats


def find_centre(
    problem: Problem, *, max_nodes: int, on_progress: OnProgress = ignore_progress
) -> Centre:
    """Return the shortest radius at which `problem` can be answered."""
    # Zero is a radius too: where nobody lives, nobody walks.
    radii = np.unique(np.append(problem.links.distance[problem.link_weight > 0.0], 0.0))
    nowhere = np.zeros(problem.n_sites, dtype=bool)
    search = _Search(problem, max_nodes)
    # No radius below `low` will do (proven up to `proven`), the one at `high` is known to.
    low, high, proven = _first_radius(problem, radii), len(radii), None
    best = Centre(np.inf, np.inf, nowhere, np.zeros(0))
    span = max(1, high - low)
    middle = len(radii) - 1
    while low < high:
        tried = search.try_radius(float(radii[middle]))
        if tried is not None and len(tried.is_open):
            best, high = tried, middle
        else:
            if tried is not None and proven is None:
                proven = low
            low = middle + 1
        middle = (low + high) // 2
        on_progress("radius", 1.0 - (high - low) / span)
    floor = high if proven is None else proven
    bound = float(radii[floor]) if floor < len(radii) else np.inf
    return Centre(best.radius, bound, best.is_open, best.flow)


def _first_radius(problem: Problem, radii: Floats) -> int:
    """Return the first radius at which every demand has a site, where all must be served."""
    if problem.cover_share < 1.0:
        return 0
    usable = ~problem.locked_out[problem.links.site]
    nearest = np.full(problem.n_demands, np.inf)
    np.minimum.at(nearest, problem.links.demand[usable], problem.links.distance[usable])
    nearest = nearest[problem.weight > 0.0]
    return int(np.searchsorted(radii, nearest.max())) if len(nearest) else 0


@dataclass
class _Search:
    problem: Problem
    max_nodes: int

    def try_radius(self, radius: float) -> Centre | None:
        """Return a plan within `radius`, None if there is none, an empty one if undecided."""
        kept = self.problem.links.distance <= radius
        near = self.problem.restrict(kept)
        if not needs_links(near, Goal.FEWEST_SITES):
            return self._try_cover(near, radius, len(kept))
        stated = state(near, Goal.FEWEST_SITES)
        found = stated.program.minimise(max_nodes=self.max_nodes, first_will_do=True)
        if found.is_infeasible:
            return None
        if len(found.value) == 0:
            return Centre(radius, radius, np.zeros(0, dtype=bool), np.zeros(0))
        flow = np.zeros(len(kept))
        flow[kept] = found.value[stated.link]
        return Centre(radius, radius, is_one(found.value[stated.site]), flow)

    def _try_cover(self, near: Problem, radius: float, n_links: int) -> Centre | None:
        is_open = self._open_greedily(near, radius)
        if is_open is None:
            found = solve_cover(
                near, Goal.FEWEST_SITES, max_nodes=self.max_nodes, first_will_do=True
            )
            if found.is_infeasible:
                return None
            is_open = found.is_open
        return Centre(radius, radius, is_open, np.zeros(n_links))

    def _open_greedily(self, near: Problem, radius: float) -> Flags | None:
        """Return sites that keep the limits, if opening the best one each time finds them."""
        if np.isfinite(near.budget) or near.group_share is not None:
            return None
        is_open = near.locked_in.copy()
        # A little more than the share: the exact program decides what rounding decides.
        need = near.cover_share * near.weight.sum() * (1.0 - 1e-12)
        most = near.n_sites if near.max_sites is None else near.max_sites
        links = near.links
        enough = cover_greedily(
            links.start, links.site, links.distance, near.weight, radius, need, is_open,
            ~near.locked_out, most,
        )  # fmt: skip
        return is_open if enough else None
