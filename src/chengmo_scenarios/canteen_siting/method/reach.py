"""Links between demands and candidates, from coordinates, pairs or a table of distances."""

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from chengmo_scenarios.canteen_siting.method.problem import Floats, Ints, Links

# Distances are rounded to the centimetre: the last bits of a square root differ between machines.
PARTS_OF_A_METRE = 100.0


def link_by_coordinates(
    demand_xy: Floats, site_xy: Floats, *, detour: float, limit_m: float = np.inf
) -> Links:
    """Return the links of at most `limit_m` metres, straight line times `detour`.

    Args:
        demand_xy: (n, 2) metres in a plane coordinate system that is true to scale here.
        site_xy: (m, 2) likewise.
        detour: How much longer a walk is than the straight line, 1.2 to 1.4 in cities.
        limit_m: The longest walk to keep.
    """
    if not np.isfinite(limit_m):
        return link_by_table(np.asarray(cdist(demand_xy, site_xy) * detour, dtype=np.float64))
    demand, site = find_pairs(demand_xy, site_xy, limit_m / detour + 1.0)
    straight = np.hypot(*(demand_xy[demand] - site_xy[site]).T)
    return link_by_pairs((demand, site), straight * detour, len(demand_xy), limit_m)


def find_pairs(demand_xy: Floats, site_xy: Floats, radius_m: float | Floats) -> tuple[Ints, Ints]:
    """Return the demands and sites at most `radius_m` (one, or one a demand) apart, straight."""
    none = np.zeros(0, dtype=np.int64)
    if len(demand_xy) == 0 or len(site_xy) == 0:
        return none, none
    near = KDTree(site_xy).query_ball_point(demand_xy, radius_m, return_sorted=True)
    sizes = np.array([len(sites) for sites in near])
    site = np.concatenate([np.asarray(sites, dtype=np.int64) for sites in near])
    return np.repeat(np.arange(len(demand_xy)), sizes), site


def link_by_table(distance: Floats, *, limit_m: float = np.inf) -> Links:
    """Return the links of a (n, m) table of metres; beyond `limit_m` or at infinity is none."""
    n, m = distance.shape
    rounded = round_to_cm(distance)
    order = np.argsort(rounded, axis=1, kind="stable")
    sorted_m = np.take_along_axis(rounded, order, axis=1)
    kept = (sorted_m <= limit_m) & np.isfinite(sorted_m)
    start = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int64)
    if m == 0 or n == 0:
        return Links(start, np.zeros(0, dtype=np.int64), np.zeros(0))
    return Links(start, order[kept].astype(np.int64), sorted_m[kept])


def nearest_candidate_m(demand_xy: Floats, site_xy: Floats, *, detour: float) -> Floats:
    """Return (n,) metres from each demand to its nearest candidate, +inf where there is none."""
    if len(site_xy) == 0:
        return np.full(len(demand_xy), np.inf)
    _, site = KDTree(site_xy).query(demand_xy)
    # The same formula as for links: a distance must not be on both sides of a standard.
    straight = np.hypot(*(demand_xy - site_xy[np.asarray(site)]).T)
    return round_to_cm(straight * detour)


def round_to_cm(metres: Floats) -> Floats:
    """Return `metres` to the centimetre."""
    return np.rint(metres * PARTS_OF_A_METRE) / PARTS_OF_A_METRE


def link_by_pairs(pairs: tuple[Ints, Ints], metres: Floats, n: int, limit_m: float) -> Links:
    """Return the links of `n` demands, given as (pairs,) demands, sites and metres."""
    (demand, site), rounded = pairs, round_to_cm(metres)
    kept = rounded <= limit_m
    demand, site, rounded = demand[kept], site[kept], rounded[kept]
    order = np.lexsort((site, rounded, demand))
    counts = np.bincount(demand, minlength=n)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Links(start, site[order], rounded[order])
