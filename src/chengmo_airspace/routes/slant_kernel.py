"""Compiled search for ways of straight pieces at any angle, from centre to centre of cells.

A search as in `lattice_kernel`, but a cell that is taken from the heap is first tried with a
straight line from the cell before the one it was reached from (Theta*: Nash, Daniel, Koenig and
Felner 2007; once for each cell taken and not for each neighbour, as in its lazy form of 2010). What
a line costs is the exact integral of the prices along it.

Such a way is never dearer than the least by 26 moves: cells are taken up again when they become
cheaper, so along that least way there is always an open cell that costs no more than on it. The
way is not always the least of all at any angle: finding that one is NP-hard in three dimensions
(Canny and Reif 1987).
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
# (one loop over the heap: what it calls for each cell would be handed a dozen arrays that grow)
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

from math import inf, sqrt

import numba
import numpy as np

from chengmo_airspace.routes.heap_kernel import drop_first, grow, push
from chengmo_airspace.routes.lattice_kernel import free_ends
from chengmo_airspace.routes.moves import STAY
from chengmo_airspace.routes.page_kernel import (
    FIRST_PAGES,
    MOST_NEW_PAGES,
    PAGE,
    Table,
    lay_table,
    slot_of,
)
from chengmo_airspace.routes.sight_kernel import Floats, Integers, Prices, price_along

_ROOM = 1 << 16
_FURTHEST = 200
_HAIR = 1e-12


@numba.njit(cache=True, nogil=True, forceinline=True)
def place(cell: int, strides: Integers, out: Integers) -> None:
    """Write the three padded numbers of a cell."""
    out[0] = cell // strides[0]
    out[1] = cell % strides[0] // strides[1]
    out[2] = cell % strides[1]


@numba.njit(cache=True, nogil=True)
def straighten(
    prices: Prices, strides: Integers, sizes: Floats, way: Integers
) -> tuple[Integers, float]:
    """Return the least-cost way over some of the corners of a way, and its cost.

    All pairs of corners up to 200 apart are tried, by dynamic programming; the way given is one of
    the choices.
    """
    count = len(way)
    cost, before = np.full(count, inf), np.zeros(count, np.int64)
    ends = np.empty((2, 3), np.int64)
    cost[0] = 0.0
    for j in range(1, count):
        place(way[j], strides, ends[1])
        for i in range(j - 1, max(j - _FURTHEST, 0) - 1, -1):
            place(way[i], strides, ends[0])
            # Of equals the one with fewer corners, though rounding may have made it a hair dearer.
            most = (cost[j] - cost[i]) * (1.0 + _HAIR)
            line = price_along(prices, strides, sizes, ends, most)
            if line < most:
                cost[j], before[j] = cost[i] + line, i
    kept, at = 1, count - 1
    while at:
        at = before[at]
        kept += 1
    found, at = np.empty(kept, np.int64), count - 1
    for n in range(kept - 1, -1, -1):
        found[n] = way[at]
        at = before[at]
    return found, cost[count - 1]


@numba.njit(cache=True, nogil=True)
def trace_parents(table: Table, parents: Integers, cell: int) -> Integers:
    """Return the corners from the start of a search to a cell that it has reached."""
    way, at = [cell], cell
    while parents[slot_of(table, at)] - 1 != at:
        at = parents[slot_of(table, at)] - 1
        way.append(at)
    return np.array(way)[::-1].copy()


@numba.njit(cache=True, nogil=True)
def find_slant_way(
    prices: Prices,
    strides: Integers,
    moves: tuple[Integers, Integers, Floats, Integers],
    ends: Integers,
    least: float,
    stretch: float,
    bounds: Floats,
    patience: int,
) -> tuple[Integers, float, int]:
    """Return the corners of a way of straight pieces, its cost, and how many cells were taken.

    Args:
        prices: (cells) per unit of length, flat and padded; inf where closed.
        strides: (3,) of the flat array.
        moves: As `lay_moves` returns them.
        ends: (2, 3) the cells it leads from and to, in padded numbers.
        least: The least price of a free cell.
        stretch: As in `find_way`: at most so many times the least cost by 26 moves.
        bounds: (columns) the least that is left to pay from each (`bound_below`), or none.
        patience: Give up after so many cells.

    Returns:
        An empty array and inf if there is no way, or it gave up: then more cells were taken than
        `patience`.
    """
    deltas, offsets, lengths, needs = moves
    table = lay_table(len(prices))
    # From where a cell was reached (0: not yet), what it costs, and what it cost when last taken.
    parents = np.zeros(FIRST_PAGES * PAGE, np.int64)
    cost, taken = np.empty(FIRST_PAGES * PAGE, np.float64), np.empty(FIRST_PAGES * PAGE, np.float64)
    sizes = np.array([lengths[22], lengths[16], lengths[14]])
    column = strides[1] if len(bounds) else np.int64(0)
    start, goal = (ends[0] * strides).sum(), (ends[1] * strides).sum()
    rows, count, looked = np.empty((_ROOM, 3), np.float64), 0, 0
    line = np.empty((2, 3), np.int64)
    if prices[start] != inf and prices[goal] != inf:
        slot = slot_of(table, start)
        parents[slot], cost[slot], taken[slot] = start + 1, 0.0, inf
        push(rows, 0, 0.0, 0.0, start)
        count = 1
    while count:
        cell = np.int64(rows[0, 2])
        drop_first(rows, count)
        count -= 1
        slot = slot_of(table, cell)
        if taken[slot] <= cost[slot]:
            continue
        looked += 1
        if looked > patience:
            break
        before = slot_of(table, parents[slot] - 1)
        further = parents[before] - 1
        place(cell, strides, line[1])
        if before != slot and further != parents[slot] - 1:
            place(further, strides, line[0])
            most = cost[slot] - cost[slot_of(table, further)]
            straight = price_along(prices, strides, sizes, line, most)
            if straight < most:
                parents[slot] = further + 1
                cost[slot] = cost[slot_of(table, further)] + straight
        taken[slot] = cost[slot]
        if cell == goal:
            return trace_parents(table, parents, goal), cost[slot], looked
        here, price = cost[slot], np.float64(prices[cell])
        free = free_ends(prices, cell, offsets)
        while count + 27 > len(rows):
            rows = grow(rows)
        while (table[-1] + MOST_NEW_PAGES) * PAGE > len(parents):
            parents = np.concatenate((parents, np.zeros_like(parents)))
            cost = np.concatenate((cost, np.empty_like(cost)))
            taken = np.concatenate((taken, np.empty_like(taken)))
        for move in range(27):
            if move == STAY or free & needs[move] != needs[move]:
                continue
            at = cell + offsets[move]
            total = here + lengths[move] * (0.5 * (price + prices[at]))
            slot = slot_of(table, at)
            if parents[slot] == 0:
                taken[slot] = inf
            elif total >= cost[slot]:
                continue
            parents[slot], cost[slot] = cell + 1, total
            dx = (line[1, 0] + deltas[move, 0] - ends[1, 0]) * sizes[0]
            dy = (line[1, 1] + deltas[move, 1] - ends[1, 1]) * sizes[1]
            dz = (line[1, 2] + deltas[move, 2] - ends[1, 2]) * sizes[2]
            rest = sqrt(dx * dx + dy * dy + dz * dz) * least
            if column:
                rest = max(rest, bounds[at // column])
            rest *= stretch
            push(rows, count, total + rest, rest, at)
            count += 1
    return np.empty(0, np.int64), inf, looked
