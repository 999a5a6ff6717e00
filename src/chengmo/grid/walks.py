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
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from chengmo.grid.plane import Floats
from chengmo.grid.streets import Ints, Streets

ACCESS_M = 500.0
CAP = 2.0
# Farther apart than this nobody walks: the straight line tells enough.
MOST_STRAIGHT_M = 3000.0
# So many sources at once: their distances to all nodes lie in memory together.
SOURCES_AT_ONCE = 64

STRAIGHT, ALONG, CAPPED = 0, 1, 2
# Walks are rounded to the centimetre: the last bits of a square root differ between machines.
PARTS_OF_A_METRE = 100.0


@dataclass(frozen=True)
class Walks:
    """(pairs,) metres, and how they were found: STRAIGHT, ALONG or CAPPED.

    The numbers of the rule stand here too, for whoever tells of it.
    """

    STRAIGHT: ClassVar[int] = STRAIGHT
    ALONG: ClassVar[int] = ALONG
    CAPPED: ClassVar[int] = CAPPED
    CAP: ClassVar[float] = CAP
    MOST_STRAIGHT_M: ClassVar[float] = MOST_STRAIGHT_M

    metres: Floats
    kind: NDArray[np.int8]


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
        return Walks(_round(metres), kind)
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
    return Walks(_round(metres), kind)


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


def _round(metres: Floats) -> Floats:
    return np.rint(metres * PARTS_OF_A_METRE) / PARTS_OF_A_METRE
