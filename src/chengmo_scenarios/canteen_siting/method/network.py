"""Walks along streets where the streets are known to lead there, else along the straight line.

The lines are an incomplete picture of where people walk, so the rule is a careful one. For a pair
`s` metres apart, `along` is: straight to the nearest node, along the streets, straight from the
nearest node, both straight legs times `detour`.

    s × detour                              where the streets say nothing: a place is more than
                                            ACCESS_M from any node, the nodes are not connected,
                                            the two legs are longer than s, or s > MOST_STRAIGHT_M
    max(s, min(along, s × detour × CAP))    everywhere else

A path much longer than the straight line mostly means a street that is missing from the lines:
CAP limits what such a gap can do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from chengmo_scenarios.canteen_siting.method.problem import Flags, Floats, Ints, Links
from chengmo_scenarios.canteen_siting.method.reach import (
    find_pairs,
    link_by_pairs,
    link_by_table,
    nearest_candidate_m,
    round_to_cm,
)
from chengmo_scenarios.canteen_siting.method.streets import Streets

ACCESS_M = 500.0
CAP = 2.0
# Farther apart than this nobody walks: the straight line tells enough.
MOST_STRAIGHT_M = 3000.0
# So many sources at once: their distances to all nodes lie in memory together.
SOURCES_AT_ONCE = 64

STRAIGHT, ALONG, CAPPED = 0, 1, 2


@dataclass(frozen=True)
class Walks:
    """(pairs,) metres, and how they were found: STRAIGHT, ALONG or CAPPED."""

    metres: Floats
    kind: NDArray[np.int8]


@dataclass(frozen=True)
class Tally:
    """How many links were measured in which way; `capped` are not counted in `along`."""

    straight: int
    along: int
    capped: int


@dataclass(frozen=True)
class _Access:
    """(places,) the nearest node, and metres to it."""

    node: Ints
    metres: Floats


def walk_pairs(
    streets: Streets,
    demand_xy: Floats,
    site_xy: Floats,
    pairs: tuple[Ints, Ints],
    *,
    detour: float,
) -> Walks:
    """Return the walks of `pairs`, (pairs,) numbers of demands and of sites; rounded to the cm.

    Args:
        streets: The graph, in the same plane as the places.
        demand_xy: (n, 2) metres.
        site_xy: (m, 2) metres.
        pairs: (pairs,) demands and (pairs,) sites.
        detour: Length of a walk over the straight line where the streets say nothing.
    """
    demand, site = pairs
    straight = np.hypot(*(demand_xy[demand] - site_xy[site]).T)
    metres = straight * detour
    kind = np.full(len(metres), STRAIGHT, dtype=np.int8)
    if len(streets.node_xy) == 0:
        return Walks(round_to_cm(metres), kind)
    tree = KDTree(streets.node_xy)
    home, door = _reach_streets(tree, demand_xy), _reach_streets(tree, site_xy)
    legs = home.metres[demand] + door.metres[site]
    told = (home.metres[demand] <= ACCESS_M) & (door.metres[site] <= ACCESS_M)
    told &= streets.part[home.node[demand]] == streets.part[door.node[site]]
    told &= (legs <= straight) & (straight <= MOST_STRAIGHT_M)
    cap = straight[told] * detour * CAP
    path = _find_paths(streets, (home.node[demand[told]], door.node[site[told]]), cap)
    along = path + legs[told] * detour
    metres[told] = np.maximum(straight[told], np.minimum(along, cap))
    kind[told] = np.where(along <= cap, ALONG, CAPPED)
    return Walks(round_to_cm(metres), kind)


def link_along(
    streets: Streets, demand_xy: Floats, site_xy: Floats, *, detour: float, limit_m: float = np.inf
) -> tuple[Links, Tally]:
    """Return the links of at most `limit_m` metres, and how they were measured."""
    # A walk is never shorter than the straight line: what is farther cannot be within the limit.
    pairs = find_pairs(demand_xy, site_xy, MOST_STRAIGHT_M if np.isinf(limit_m) else limit_m)
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
    asked = np.flatnonzero(nearest <= MOST_STRAIGHT_M * detour + 1.0)
    if len(asked) == 0:
        return nearest
    # The nearest site is at most CAP times this far; whatever is nearer on foot lies within.
    pairs = find_pairs(demand_xy[asked], site_xy, nearest[asked] * CAP + 1.0)
    walks = walk_pairs(streets, demand_xy[asked], site_xy, pairs, detour=detour)
    found = np.full(len(asked), np.inf)
    np.minimum.at(found, pairs[0], walks.metres)
    nearest[asked] = found
    return nearest


def _reach_streets(tree: KDTree, places: Floats) -> _Access:
    if len(places) == 0:
        return _Access(np.zeros(0, dtype=np.int64), np.zeros(0))
    metres, node = tree.query(places)
    return _Access(np.asarray(node, dtype=np.int64), np.asarray(metres, dtype=np.float64))


def _find_paths(streets: Streets, ends: tuple[Ints, Ints], cap: Floats) -> Floats:
    """Return (pairs,) metres along the streets, +inf where they are beyond `cap`."""
    target, source = ends
    path = np.full(len(cap), np.inf)
    sources, of_pair = np.unique(source, return_inverse=True)
    order = np.argsort(of_pair, kind="stable")
    for first in range(0, len(sources), SOURCES_AT_ONCE):
        low, high = np.searchsorted(of_pair[order], [first, first + SOURCES_AT_ONCE])
        mine = order[low:high]
        indices = sources[first : first + SOURCES_AT_ONCE]
        far = float(cap[mine].max(initial=0.0))
        table = dijkstra(streets.length, directed=True, indices=indices, limit=far)
        path[mine] = table[of_pair[mine] - first, target[mine]]
    return path


def _count(kind: NDArray[np.int8], kept: Flags) -> Tally:
    counts = np.bincount(kind[kept], minlength=3).tolist()
    return Tally(straight=counts[STRAIGHT], along=counts[ALONG], capped=counts[CAPPED])
