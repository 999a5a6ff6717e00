"""Where to take off and land: so many sites that the most demand is within reach.

The maximal covering location problem (Church and ReVelle, The maximal covering location problem,
Papers of the Regional Science Association 32, 1974), as a mixed-integer program for HiGHS.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, hstack
from scipy.spatial import KDTree

from chengmo import InvalidRequest

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SECONDS = 30.0


@dataclass(frozen=True)
class Covering:
    """Sites and what they reach.

    Attributes:
        chosen: (k,) rows of the candidates, ascending; those that reach something only.
        nearest: (n,) which of `chosen` each demand is nearest to; -1 where none is within reach.
        covered: Sum of the weights within reach.
        bound: Proven: no choice covers more.
        total: Sum of all weights.
    """

    chosen: Integers
    nearest: Integers
    covered: float
    bound: float
    total: float

    @property
    def is_optimal(self) -> bool:
        """Whether it is proven that no choice covers more."""
        return self.bound - self.covered <= 1e-6 * max(self.total, 1.0)


def cover_most(
    demand: ArrayLike, weight: ArrayLike, candidates: ArrayLike, *, reach_m: float, count: int
) -> Covering:
    """Return the sites, at most `count`, that have the most demand within reach.

    Args:
        demand: (n, 2) places, metres of a plane.
        weight: (n,) how much there is, 0 or more.
        candidates: (m, 2) places where a site may be, metres of the same plane.
        reach_m: How far a site reaches, in a straight line.
        count: How many sites at most.

    Raises:
        InvalidRequest: If there is no candidate, or a number is out of range.
    """
    place, site = _places(demand), _places(candidates)
    much = np.asarray(weight, np.float64)
    if not len(site) or count < 1 or not reach_m > 0 or not (much >= 0).all():
        raise InvalidRequest(
            f"{count} sites of {len(site)} candidates that reach {reach_m} m",
            hint="one candidate, one site and a reach above 0 at least; demand not negative",
        )
    near = KDTree(site).query_ball_point(place, reach_m)
    rows = np.repeat(np.arange(len(place)), [len(found) for found in near])
    columns = np.array([at for found in near for at in found], np.int64)
    is_open, bound = _solve(rows, columns, much, (len(site), count))
    chosen = np.flatnonzero(is_open)
    away, nearest = KDTree(site[chosen]).query(place, distance_upper_bound=reach_m * (1 + 1e-12))
    within = np.isfinite(away)
    nearest = np.where(within, nearest, -1)
    kept = np.unique(nearest[within & (much > 0)])
    renumbered = np.full(len(chosen) + 1, -1, np.int64)
    renumbered[kept] = np.arange(len(kept))
    covered = float(much[within].sum())
    return Covering(
        chosen[kept], renumbered[nearest], covered, max(bound, covered), float(much.sum())
    )


def _solve(
    rows: Integers, columns: Integers, weight: Floats, sizes: tuple[int, int]
) -> tuple[NDArray[np.bool_], float]:
    """Return which sites are open, and the bound of what can be covered."""
    sites, count = sizes
    reached = np.unique(rows)
    if not len(reached):
        return np.arange(sites) < count, 0.0
    at = np.searchsorted(reached, rows)
    by_site = coo_array((-np.ones(len(at)), (at, columns)), shape=(len(reached), sites))
    own = coo_array((np.ones(len(reached)), (np.arange(len(reached)),) * 2))
    most = hstack([coo_array(np.ones((1, sites))), coo_array((1, len(reached)))])
    # Sites are whole; a demand then is covered wholly or not by itself.
    found = milp(
        np.concatenate([np.zeros(sites), -weight[reached]]),
        integrality=np.concatenate([np.ones(sites), np.zeros(len(reached))]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(hstack([by_site, own]).tocsr(), ub=0),
            LinearConstraint(most.tocsr(), ub=count),
        ],
        options={"time_limit": _SECONDS, "mip_rel_gap": 1e-7},
    )
    if found.x is None:
        raise InvalidRequest(
            "no choice of sites was found in time", hint="fewer candidates, or a shorter reach"
        )
    return found.x[:sites] > 0.5, -float(found.mip_dual_bound)  # noqa: PLR2004 - 0 or 1


def _places(given: ArrayLike) -> Floats:
    place = np.asarray(given, np.float64).reshape(-1, 2)
    if not np.isfinite(place).all():
        raise InvalidRequest("a place is not finite", hint="metres of a plane")
    return place
