"""Multi-school catchments: connected, balanced in children for each seat, near to a school.

The least total walk with balance alone is a transport problem; its Lagrangian dual bounds every
plan from below, connected or not. The plan itself starts from the dual's prices, is made connected,
and is bettered by moving cells along borders.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay

from chengmo_scenarios.school_lottery.method.market import NONE, Flags, Floats, Ints, One

# Links between cells longer than this many times the median are cut, unless nothing else joins.
LONGEST_LINK = 2.0
STEPS = 400
SWEEPS = 60
# What one child too many costs in the search, in times of the mean walk.
OVERLOAD_WALKS = 20.0


@dataclass(frozen=True)
class Plan:
    """Catchments.

    Attributes:
        zone: (n,) zone of each cell.
        walk: Total walk, children times metres, each to the nearest school of the zone.
        bound: No plan within the balance has a smaller one.
        load: (p,) children of each zone.
        capacity: (p,) most children that keep the balance.
    """

    zone: Ints
    walk: float
    bound: float
    load: Floats
    capacity: Floats

    @property
    def is_balanced(self) -> bool:
        """Whether no zone has more children than its capacity."""
        return bool((self.load <= self.capacity + 1e-9).all())

    @property
    def gap(self) -> float:
        """How far at most the walk is above the best, as a share of it."""
        return max(self.walk - self.bound, 0.0) / self.walk if self.walk > 0.0 else 0.0


def link_cells(xy: Floats) -> tuple[Ints, Ints]:
    """Return the links between neighbouring cells as (n + 1,) starts and ends.

    A triangulation without its long sides, but with its shortest spanning tree: always connected.
    """
    n = len(xy)
    if n < 4:  # noqa: PLR2004 - a triangulation needs four points
        pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
        edge = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    else:
        # QJ: cells in one line, or on one spot, are moved a hair apart.
        corner = Delaunay(xy, qhull_options="QJ").simplices
        side = np.vstack([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [2, 0]]])
        side = np.unique(np.sort(side, axis=1), axis=0)
        length = np.hypot(*(xy[side[:, 0]] - xy[side[:, 1]]).T) + 1e-6
        short = side[length <= LONGEST_LINK * np.median(length)]
        graph = coo_array((length, (side[:, 0], side[:, 1])), shape=(n, n))
        tree = minimum_spanning_tree(graph.tocsr()).tocoo()
        edge = np.vstack([short, np.column_stack([tree.row, tree.col])])
        edge = np.vstack([edge, edge[:, ::-1]])
    ones = np.ones(len(edge), dtype=np.int8)
    matrix = csr_array((ones, (edge[:, 0], edge[:, 1])), shape=(n, n))
    matrix.sum_duplicates()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


def bound_walk(walk_m: Floats, weight: Floats, capacity: Floats) -> tuple[float, Floats]:
    """Return a lower bound of the total walk within the capacities, and the prices that give it.

    max over prices ≥ 0 of Σ_i w_i min_z (d_iz + price_z) − Σ_z price_z capacity_z, by steps along
    the subgradient that get shorter (Polyak 1967); every price gives a valid bound.

    Args:
        walk_m: (n, p) metres to the nearest school of each zone.
        weight: (n,) children.
        capacity: (p,) most children of each zone.
    """
    price = np.zeros(walk_m.shape[1])
    best, best_price = -np.inf, price
    scale = float(np.median(walk_m))
    for step in range(STEPS):
        total = walk_m + price
        zone = total.argmin(axis=1)
        value = float(weight @ total[np.arange(len(zone)), zone] - price @ capacity)
        if value > best:
            best, best_price = value, price
        excess = np.bincount(zone, weights=weight, minlength=len(price)) - capacity
        norm = float(np.abs(excess).max())
        if norm <= 0.0:
            break
        price = np.maximum(price + scale / (1.0 + step / 8.0) * excess / norm, 0.0)
    return best, best_price


@njit(cache=True)
def stays_joined(start: Ints, end: Ints, zone: Ints, cell: One, seen: Ints, mark: One) -> One:
    """Return whether a zone is connected, and not empty, without one of its cells."""
    own = zone[cell]
    stack = [cell]
    seen[cell] = mark
    # The first neighbour alone is followed; then the others must have been reached.
    for at in stack:
        for i in range(start[at], start[at + 1]):
            other = end[i]
            if zone[other] == own and seen[other] != mark:
                seen[other] = mark
                stack.append(other)
                if at == cell:
                    break
    if len(stack) == 1:
        return False
    for i in range(start[cell], start[cell + 1]):
        if zone[end[i]] == own and seen[end[i]] != mark:
            return False
    return True


@njit(cache=True)
def overload(spare: One, unit: One) -> One:
    """Return by how much a zone is too full, more than in proportion."""
    excess = max(-spare, 0.0)
    return excess + excess * excess / unit


@njit(cache=True)
def find_move(
    links: tuple[Ints, Ints], cost: Floats, weight: Floats, zone: Ints, spare: Floats, cell: One
) -> One:
    """Return the neighbouring zone whose taking the cell lowers the sum most, or `NONE`.

    `spare` is (p + 2,) capacity less load of each zone, then what one child too many costs, then
    so many of them that the next costs twice that: so what is too much spreads until it fits.
    """
    start, end = links
    own, w, fine, unit = zone[cell], weight[cell], spare[-2], spare[-1]
    best, best_change = NONE, -1e-6
    relief = fine * (overload(spare[own], unit) - overload(spare[own] + w, unit))
    for i in range(start[cell], start[cell + 1]):
        other = zone[end[i]]
        if other == own:
            continue
        burden = fine * (overload(spare[other] - w, unit) - overload(spare[other], unit))
        change = cost[cell, other] - cost[cell, own] + burden - relief
        if change < best_change:
            best, best_change = other, change
    return best


@njit(cache=True)
def move_along_borders(
    links: tuple[Ints, Ints], cost: Floats, weight: Floats, zone: Ints, spare: Floats, sweeps: int
) -> None:
    """Move cells to neighbouring zones while that lowers the sum; `zone` and `spare` change."""
    seen, mark = np.full(len(zone), -1, np.int64), 0
    for _ in range(sweeps):
        moved = 0
        for cell in range(len(zone)):
            other = find_move(links, cost, weight, zone, spare, cell)
            if other == NONE:
                continue
            mark += 1
            if stays_joined(links[0], links[1], zone, cell, seen, mark):
                spare[zone[cell]] += weight[cell]
                spare[other] -= weight[cell]
                zone[cell] = other
                moved += 1
        if moved == 0:
            break


def keep_connected(links: tuple[Ints, Ints], cost: Floats, zone: Ints, home: Ints) -> Ints:
    """Return zones that are connected: what hangs not with its home cell goes to a neighbour.

    Args:
        links: Neighbours of cells.
        cost: (n, p) of each cell in each zone.
        zone: (n,) wished zones.
        home: (p,) a cell that stays in each zone, all different.
    """
    start, end = links
    zone = zone.copy()
    zone[home] = np.arange(len(home))
    fixed = _spread(links, zone, home)
    while not fixed.all():
        edge = [
            (cost[i, zone[j]], i, int(zone[j]))
            for i in np.nonzero(~fixed)[0].tolist()
            for j in end[start[i] : start[i + 1]].tolist()
            if fixed[j]
        ]
        _, cell, other = min(edge)
        zone[cell], fixed[cell] = other, True
        # Cells behind it that wished for the same zone are joined to it now.
        fixed |= _spread(links, zone, np.array([cell]))
    return zone


def _spread(links: tuple[Ints, Ints], zone: Ints, seeds: Ints) -> Flags:
    start, end = links
    reached = np.zeros(len(zone), dtype=np.bool_)
    reached[seeds] = True
    stack = seeds.tolist()
    while stack:
        at = stack.pop()
        for other in end[start[at] : start[at + 1]].tolist():
            if not reached[other] and zone[other] == zone[at]:
                reached[other] = True
                stack.append(other)
    return reached


def choose_homes(walk_m: Floats) -> Ints:
    """Return (p,) the nearest cell of each zone's schools, all different."""
    home: list[int] = []
    for z in range(walk_m.shape[1]):
        order = np.argsort(walk_m[:, z], kind="stable").tolist()
        home.append(next(cell for cell in order if cell not in home))
    return np.array(home, dtype=np.int64)


def propose_catchments(
    xy: Floats, weight: Floats, walk_m: Floats, seats: Floats, *, balance: float
) -> Plan:
    """Return catchments; not more zones than cells.

    Args:
        xy: (n, 2) metres, cells.
        weight: (n,) children.
        walk_m: (n, p) metres to the nearest school of each zone.
        seats: (p,) seats of each zone's schools.
        balance: By which share a zone may have more children for a seat than the city.
    """
    links = link_cells(xy)
    capacity = (1.0 + balance) * weight.sum() * seats / seats.sum()
    bound, price = bound_walk(walk_m, weight, capacity)
    cost = walk_m * weight[:, None]
    wished = (walk_m + price).argmin(axis=1).astype(np.int64)
    zone = keep_connected(links, cost, wished, choose_homes(walk_m))
    mean_m = bound / max(float(weight.sum()), 1e-9)
    fine = OVERLOAD_WALKS * max(mean_m, 1.0)
    load = np.bincount(zone, weights=weight, minlength=len(seats))
    spare = np.append(capacity - load, [fine, max(float(weight.mean()), 1e-9)])
    move_along_borders(links, cost, weight, zone, spare, SWEEPS)
    return judge(zone, weight, walk_m, capacity, bound)


def judge(zone: Ints, weight: Floats, walk_m: Floats, capacity: Floats, bound: float) -> Plan:
    """Return a plan's numbers, also of one that was made elsewhere."""
    walk = float(weight @ walk_m[np.arange(len(zone)), zone])
    load = np.bincount(zone, weights=weight, minlength=len(capacity)).astype(np.float64)
    return Plan(zone, walk, bound, load, capacity)
