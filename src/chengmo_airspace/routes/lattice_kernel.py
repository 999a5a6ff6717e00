"""Compiled search from cell to cell by the 26 moves: A* (Hart, Nilsson and Raphael 1968).

A move costs its length times the mean of the prices at its two ends, which is the exact integral
of the prices along it. What stands in for the rest of the way is the length of the shortest way by
26 moves through empty space, times the least price anywhere: never too much, and it never falls by
more than a move costs, so the first time a cell is taken from the heap its cost is final.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
# (one loop over the heap: what it calls for each cell would be handed a dozen arrays that grow)
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

from math import inf

import numba
import numpy as np
from numpy.typing import NDArray

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
)
from chengmo_airspace.routes.sight_kernel import Floats, Integers, Prices

Bytes = NDArray[np.uint8]

# Of a cell: the number of the move it was reached by, and one; none where the search began.
STAYED = 14
_CLOSED = 128
_MOVE = 127
_ROOM = 1 << 16


@numba.njit(cache=True, nogil=True, forceinline=True)
def open_length(dx: int, dy: int, dz: int, lengths: Floats) -> float:
    """Return how long the shortest way by 26 moves is where nothing is blocked.

    To go all three ways at once as often as possible, then two, then one, is shortest for any sizes
    of a cell: the length is a concave function of the squares of its three parts.
    """
    dx, dy, dz = abs(dx), abs(dy), abs(dz)
    three = min(dx, dy, dz)
    dx, dy, dz = dx - three, dy - three, dz - three
    total = three * lengths[26]
    if dz == 0:
        two = min(dx, dy)
        total += two * lengths[25]
    elif dy == 0:
        two = min(dx, dz)
        total += two * lengths[23]
    else:
        two = min(dy, dz)
        total += two * lengths[17]
    if dx:
        total += (dx - (two if dy or dz else 0)) * lengths[22]
    if dy:
        total += (dy - (two if dx or dz else 0)) * lengths[16]
    if dz:
        total += (dz - (two if dx or dy else 0)) * lengths[14]
    return total


@numba.njit(cache=True, nogil=True)
def free_ends(prices: Prices, cell: int, offsets: Integers) -> int:
    """Return the bits of the moves from a cell whose ends are free."""
    bits = 0
    for move in range(27):
        if prices[cell + offsets[move]] != inf:
            bits |= 1 << move
    return bits


@numba.njit(cache=True, nogil=True)
def trace_back(table: Table, came: Bytes, offsets: Integers, cell: int) -> Integers:
    """Return the cells from the start of a search to one that it has reached."""
    way, at = [cell], cell
    while came[slot_of(table, at)] & _MOVE != STAYED:
        at -= offsets[(came[slot_of(table, at)] & _MOVE) - 1]
        way.append(at)
    return np.array(way)[::-1].copy()


@numba.njit(cache=True, nogil=True)
def find_way(
    prices: Prices,
    strides: Integers,
    moves: tuple[Integers, Integers, Floats, Integers],
    ends: Integers,
    least: float,
    stretch: float,
    bounds: Bounds,
) -> tuple[Integers, float, int]:
    """Return the cells of a least-cost way by 26 moves, its cost, and how many cells were taken.

    Args:
        prices: (cells) per unit of length, flat and padded; inf where closed.
        strides: (3,) of the flat array.
        moves: As `lay_moves` returns them.
        ends: (2, 3) the cells it leads from and to, in padded numbers.
        least: The least price of a free cell; 0 makes this Dijkstra's search.
        stretch: 1 for a way of least cost; more for one that costs at most so many times the least
            (weighted A*, Pohl 1970).
        bounds: The least that is left to pay (`bound_below`), or nothing.

    Returns:
        An empty array and inf if there is no way.
    """
    deltas, offsets, lengths, needs = moves
    gx, gy, gz = ends[1]
    start = (ends[0] * strides).sum()
    goal = (ends[1] * strides).sum()
    table = lay_table(len(prices))
    came, cost = np.zeros(FIRST_PAGES * PAGE, np.uint8), np.empty(FIRST_PAGES * PAGE, np.float64)
    rows, count, looked = np.empty((_ROOM, 3), np.float64), 0, 0
    column = strides[1] if len(bounds.columns) else np.int64(0)
    if prices[start] != inf and prices[goal] != inf:
        came[slot_of(table, start)] = STAYED
        cost[slot_of(table, start)] = 0.0
        push(rows, 0, 0.0, 0.0, start)
        count = 1
    while count:
        cell = np.int64(rows[0, 2])
        drop_first(rows, count)
        count -= 1
        slot = slot_of(table, cell)
        if came[slot] & _CLOSED:
            continue
        came[slot] |= _CLOSED
        looked += 1
        if cell == goal:
            return trace_back(table, came, offsets, goal), cost[slot], looked
        x, y, z = cell // strides[0], cell % strides[0] // strides[1], cell % strides[1]
        here, price = cost[slot], np.float64(prices[cell])
        free = free_ends(prices, cell, offsets)
        while count + 27 > len(rows):
            rows = grow(rows)
        while (table[-1] + MOST_NEW_PAGES) * PAGE > len(came):
            came = np.concatenate((came, np.zeros_like(came)))
            cost = np.concatenate((cost, np.empty_like(cost)))
        for move in range(27):
            if move == STAY or free & needs[move] != needs[move]:
                continue
            at = cell + offsets[move]
            slot = slot_of(table, at)
            if came[slot] & _CLOSED:
                continue
            total = here + lengths[move] * (0.5 * (price + prices[at]))
            if came[slot] == 0 or total < cost[slot]:
                came[slot], cost[slot] = move + 1, total
                d = deltas[move]
                rest = open_length(x + d[0] - gx, y + d[1] - gy, z + d[2] - gz, lengths) * least
                if column:
                    rest = max(rest, left_to_pay(bounds, at, column))
                rest *= stretch
                push(rows, count, total + rest, rest, at)
                count += 1
    return np.empty(0, np.int64), inf, looked
