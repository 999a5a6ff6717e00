"""How much flies where, how much can, and what a loss costs: flows on the network.

- A lane carries `speed / separation` aircraft a second: flow is speed times density, and the
  density of aircraft that keep a distance is one a distance (the identity of traffic flow,
  Lighthill and Whitham, On kinematic waves II, Proc. Roy. Soc. A 229, 1955).
- A site handles `pads / time on the pad` movements a second, times a share of the time that may be
  taken, as waiting grows without bound towards all of it (the law of Pollaczek and Khinchine).
- Between two sites there is wanted in proportion to the demand at both, the less the further apart
  they are: a gravity model, `D_i · D_j · exp(−d_ij / scale)`. It is an assumption, never a count.
- All of a pair's flights take the way of least cost (all or nothing).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from chengmo import InvalidRequest

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HOUR_S = 3600.0


def lane_capacity(speed_mps: float, separation_m: float) -> float:
    """Return how many aircraft an hour a lane carries.

    Example:
        >>> lane_capacity(15, 500)
        108.0
    """
    if not (speed_mps > 0 and separation_m > 0):
        raise InvalidRequest(
            f"a lane at {speed_mps} m/s, {separation_m} m apart", hint="numbers above 0"
        )
    return HOUR_S * speed_mps / separation_m


def site_capacity(pads: int, pad_s: float, most_0to1: float = 0.8) -> float:
    """Return how many take-offs and landings an hour a site handles.

    Args:
        pads: How many aircraft may be on the ground at once.
        pad_s: How long a movement takes a pad, with approach and clearance, seconds.
        most_0to1: Share of the time that pads may be taken.

    Example:
        >>> round(site_capacity(4, 90), 1)
        128.0
    """
    if not (pads >= 1 and pad_s > 0 and 0 < most_0to1 <= 1):
        raise InvalidRequest(f"{pads} pads of {pad_s} s", hint="one pad and a time above 0")
    return most_0to1 * pads * HOUR_S / pad_s


def gravity(demand: ArrayLike, metres: Floats, *, per_h: float, scale_m: float) -> Floats:
    """Return (n, n) how many flights an hour are wanted from each site to each other.

    Args:
        demand: (n,) at each site, 0 or more.
        metres: (n, n) distances.
        per_h: Flights an hour in all.
        scale_m: Over which distance wanting falls by e.
    """
    much = np.asarray(demand, np.float64)
    pull = np.outer(much, much) * np.exp(-metres / scale_m)
    np.fill_diagonal(pull, 0.0)
    total = float(pull.sum())
    return pull * (per_h / total) if total > 0 else pull


@dataclass(frozen=True)
class Flows:
    """What flies on a network.

    Attributes:
        lanes: (e, 2) flights an hour along each link, from its first node to its second, and back.
        movements: (n,) take-offs and landings an hour at each site; flights that pass are not
            counted: they do not land.
        lost_per_h: Flights that are wanted and have no way.
        mean_cost: Of a flight that has one.
    """

    lanes: Floats
    movements: Floats
    lost_per_h: float
    mean_cost: float


def assign_flows(pairs: Integers, cost: Floats, wanted: Floats) -> Flows:
    """Return the flows when every flight takes the way of least cost.

    Args:
        pairs: (e, 2) links.
        cost: (e,) of each link, both ways, above 0.
        wanted: (n, n) flights an hour.
    """
    count = len(wanted)
    links = np.asarray(pairs, np.int64).reshape(-1, 2)
    least, before = _least(count, links, cost)
    number = {(int(i), int(j)): at for at, (i, j) in enumerate(links)}
    lanes = np.zeros((len(links), 2))
    reached = np.isfinite(least)
    for i, j in np.argwhere((wanted > 0) & reached):
        node = int(j)
        while node != i:
            back = int(before[i, node])
            forward = (back, node) in number
            at = number[back, node] if forward else number[node, back]
            lanes[at, 0 if forward else 1] += wanted[i, j]
            node = back
    flown = np.where(reached, wanted, 0.0)
    total = float(flown.sum())
    mean = float(flown[reached] @ least[reached]) / total if total > 0 else 0.0
    lost = float(wanted.sum()) - total
    return Flows(lanes, flown.sum(axis=0) + flown.sum(axis=1), max(lost, 0.0), mean)


@dataclass(frozen=True)
class Loss:
    """What happens when one link or one site is closed.

    Attributes:
        cut_off_0to1: Share of the wanted flights that have no way then. Of a site: of those that
            neither begin nor end there.
        detour: Cost of the others, as a multiple of what it was.
        largest_part: Sites in the largest part that holds together.
    """

    cut_off_0to1: float
    detour: float
    largest_part: int


def lose_link(pairs: Integers, cost: Floats, wanted: Floats, link: int) -> Loss:
    """Return what the loss of a link does; arguments as of `assign_flows`."""
    keep = np.arange(len(pairs)) != link
    return _compare((pairs, cost), (pairs[keep], cost[keep]), wanted)


def lose_site(pairs: Integers, cost: Floats, wanted: Floats, site: int) -> Loss:
    """Return what the loss of a site does to the flights between the others."""
    keep = (pairs != site).all(axis=1)
    others = wanted.copy()
    others[site], others[:, site] = 0.0, 0.0
    return _compare((pairs, cost), (pairs[keep], cost[keep]), others, without=site)


def _compare(
    one: tuple[Integers, Floats],
    other: tuple[Integers, Floats],
    wanted: Floats,
    without: int | None = None,
) -> Loss:
    before, _ = _least(len(wanted), *one)
    after, _ = _least(len(wanted), *other)
    flown = np.where(np.isfinite(before), wanted, 0.0)
    still = np.where(np.isfinite(after), flown, 0.0)
    total, kept = float(flown.sum()), float(still.sum())
    is_left = still > 0
    detour = 1.0
    if kept > 0:
        left = still[is_left]
        detour = float(left @ after[is_left]) / float(left @ before[is_left])
    sizes = np.isfinite(after).sum(axis=1)
    if without is not None:
        sizes[without] = 0
    cut = 1 - kept / total if total > 0 else 0.0
    return Loss(cut, detour, int(sizes.max(initial=0)))


def _least(count: int, pairs: Integers, cost: Floats) -> tuple[Floats, Integers]:
    """Return (n, n) least costs between nodes, and the node before each on the way."""
    graph = coo_array((cost, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    least, before = dijkstra(graph, directed=False, return_predecessors=True)
    return least, before.astype(np.int64)
