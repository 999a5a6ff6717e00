"""Links between people and sites along streets; the walks themselves are the platform's."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from chengmo import Streets, Walks, walk_pairs
from chengmo_scenarios.canteen_siting.method.problem import Flags, Floats, Links
from chengmo_scenarios.canteen_siting.method.reach import (
    find_pairs,
    link_by_pairs,
    link_by_table,
    nearest_candidate_m,
)


@dataclass(frozen=True)
class Tally:
    """How many links were measured in which way; `capped` are not counted in `along`."""

    straight: int
    along: int
    capped: int


def link_along(
    streets: Streets, demand_xy: Floats, site_xy: Floats, *, detour: float, limit_m: float = np.inf
) -> tuple[Links, Tally]:
    """Return the links of at most `limit_m` metres, and how they were measured."""
    # A walk is never shorter than the straight line: what is farther cannot be within the limit.
    pairs = find_pairs(demand_xy, site_xy, Walks.MOST_STRAIGHT_M if np.isinf(limit_m) else limit_m)
    walks = walk_pairs(streets, demand_xy, site_xy, pairs, detour=detour)
    if np.isinf(limit_m):
        table = np.asarray(cdist(demand_xy, site_xy) * detour, dtype=np.float64)
        table[pairs] = walks.metres
        tally = _count(walks.kind, np.ones(len(walks.kind), dtype=bool))
        others = table.size - len(walks.kind)
        return link_by_table(table), Tally(tally.straight + others, tally.along, tally.capped)
    links = link_by_pairs(pairs, walks.metres, len(demand_xy), limit_m)
    return links, _count(walks.kind, walks.metres <= limit_m)


def nearest_along_m(
    streets: Streets, demand_xy: Floats, site_xy: Floats, *, detour: float
) -> Floats:
    """Return (n,) metres of the shortest walk of each demand, +inf where there is no site."""
    nearest = nearest_candidate_m(demand_xy, site_xy, detour=detour)
    asked = np.flatnonzero(nearest <= Walks.MOST_STRAIGHT_M * detour + 1.0)
    if len(asked) == 0:
        return nearest
    # The nearest site is at most Walks.CAP times this far; whatever is nearer on foot lies within.
    pairs = find_pairs(demand_xy[asked], site_xy, nearest[asked] * Walks.CAP + 1.0)
    walks = walk_pairs(streets, demand_xy[asked], site_xy, pairs, detour=detour)
    found = np.full(len(asked), np.inf)
    np.minimum.at(found, pairs[0], walks.metres)
    nearest[asked] = found
    return nearest


def _count(kind: NDArray[np.int8], kept: Flags) -> Tally:
    counts = np.bincount(kind[kept], minlength=3).tolist()
    return Tally(
        straight=counts[Walks.STRAIGHT], along=counts[Walks.ALONG], capped=counts[Walks.CAPPED]
    )
