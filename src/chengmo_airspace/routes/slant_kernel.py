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

from chengmo_airspace.routes.column_kernel import Bounds, left_to_pay
from chengmo_airspace.routes.heap_kernel import drop_first, grow, push
from chengmo_airspace.routes.moves import STAY
from chengmo_airspace.routes.page_kernel import (
    FIRST_PAGES,
    MOST_NEW_PAGES,
    PAGE,
    Table,
    lay_table,
    slot_of,
    widened,
)
from chengmo_airspace.routes.sight_kernel import (
    Floats,
    Integers,
    Prices,
    free_ends,
    price_along,
)

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


@numba.njit(cache=True, nogil=True, forceinline=True)
def far(cell: Integers, move: Integers, goal: Integers, sizes: Floats) -> float:
    """Return how far the cell after a move is from the goal, in units of length."""
    x = (cell[0] + move[0] - goal[0]) * sizes[0]
    y = (cell[1] + move[1] - goal[1]) * sizes[1]
    z = (cell[2] + move[2] - goal[2]) * sizes[2]
    return sqrt(x * x + y * y + z * z)


@numba.njit(cache=True, nogil=True, forceinline=True)
def doubled(column: Floats) -> Floats:
    """Return a column with as many places more, not yet filled."""
    return np.concatenate((column, np.empty_like(column)))


@numba.njit(cache=True, nogil=True)
def find_slant_way(
    prices: Prices,
    strides: Integers,
    moves: tuple[Integers, Integers, Floats, Integers],
    ends: Integers,
    least: float,
    stretch: float,
    bounds: Bounds,
    patience: int,
) -> tuple[Integers, float, int]:
    """Return the corners of a way of straight pieces, its cost, and how many cells were taken.

    `prices` are (cells) per unit of length, flat and padded, inf where closed; `ends` (2, 3) the
    cells it leads from and to, in padded numbers; `bounds` the least that is left to pay
    (`bound_below`), or nothing; the rest is as in `find_way`.

    Returns:
        An empty array and inf if there is no way, or it gave up after so many cells.
    """
    deltas, offsets, lengths, needs = moves
    table = lay_table(FIRST_PAGES)
    columns, first, known, lift, level = bounds
    # From where a cell was reached (0: not yet), what it costs, what it cost when last taken.
    parents = np.zeros(FIRST_PAGES * PAGE, np.int64)
    cost, taken = np.empty(FIRST_PAGES * PAGE, np.float64), np.empty(FIRST_PAGES * PAGE, np.float64)
    sizes = np.array([lengths[22], lengths[16], lengths[14]])
    column = strides[1] if len(columns) else np.int64(0)
    start, goal = (ends[0] * strides).sum(), (ends[1] * strides).sum()
    rows, line, count, looked = np.empty((_ROOM, 3)), np.empty((2, 3), np.int64), 0, 0
    if prices[start] != inf and prices[goal] != inf:
        slot = slot_of(table, start)
        parents[slot], cost[slot], taken[slot] = start + 1, 0.0, inf
        push(rows, 0, 0.0, 0.0, start)
        count = 1
    while count and looked <= patience:
        cell, slot = np.int64(rows[0, 2]), slot_of(table, np.int64(rows[0, 2]))
        drop_first(rows, count)
        count -= 1
        if taken[slot] <= cost[slot]:
            continue
        looked += 1
        place(cell, strides, line[1])
        before = slot_of(table, parents[slot] - 1)
        further = parents[before] - 1
        if before != slot and further != parents[slot] - 1:
            paid = cost[slot_of(table, further)]
            place(further, strides, line[0])
            straight = price_along(prices, strides, sizes, line, cost[slot] - paid)
            if straight < cost[slot] - paid:
                parents[slot], cost[slot] = further + 1, paid + straight
        taken[slot] = cost[slot]
        if cell == goal:
            return trace_parents(table, parents, goal), cost[slot], looked
        here, price = cost[slot], np.float64(prices[cell])
        free = free_ends(prices, cell, offsets)
        while count + 27 > len(rows):
            rows = grow(rows)
        if (table[len(table) - 1, 0] + MOST_NEW_PAGES) * PAGE > len(parents):
            table = widened(table)
            parents = np.concatenate((parents, np.zeros_like(parents)))
            cost, taken = doubled(cost), doubled(taken)
        for move in range(27):
            if move == STAY or free & needs[move] != needs[move]:
                continue
            at = cell + offsets[move]
            total = here + lengths[move] * (0.5 * (price + prices[at]))
            slot = slot_of(table, at)
            if parents[slot] != 0 and total >= cost[slot]:
                continue
            taken[slot] = taken[slot] if parents[slot] else inf
            parents[slot], cost[slot] = cell + 1, total
            rest = least * far(line[1], deltas[move], ends[1], sizes)
            if column:
                rest = max(rest, left_to_pay(columns, first, known, lift, level, at, column))
            push(rows, count, total + stretch * rest, stretch * rest, at)
            count += 1
    return np.empty(0, np.int64), inf, looked
