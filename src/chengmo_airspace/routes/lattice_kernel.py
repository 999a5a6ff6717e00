"""Compiled search from cell to cell by the 26 moves: A* (Hart, Nilsson and Raphael 1968).

A move costs its length times the mean of the prices at its two ends, which is the exact integral
of the prices along it. What stands in for the rest of the way is the length of the shortest way by
26 moves through empty space, times the least price anywhere: never too much, and it never falls by
more than a move costs, so the first time a cell is taken from the heap its cost is final.
"""

# ruff: noqa: C901, PLR0913, PLR0915, PLR0917
# (one loop over the heap: what it calls for each cell would be handed a dozen arrays that grow)
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

from math import inf

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo_airspace.routes.column_kernel import Bounds, left_to_pay
from chengmo_airspace.routes.heap_kernel import Rows, drop_first, grow, push
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
from chengmo_airspace.routes.sight_kernel import Floats, Integers, Prices, free_ends

Bytes = NDArray[np.uint8]

# Of a cell: the number of the move it was reached by, and one; none where the search began.
STAYED = 14
_CLOSED = 128
_MOVE = 127
_ROOM = 1 << 11


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
def trace_back(table: Table, came: Bytes, offsets: Integers, cell: int) -> Integers:
    """Return the cells from the start of a search to one that it has reached."""
    way, at = [cell], cell
    while came[slot_of(table, at)] & _MOVE != STAYED:
        at -= offsets[(came[slot_of(table, at)] & _MOVE) - 1]
        way.append(at)
    return np.array(way)[::-1].copy()


@numba.njit(cache=True, nogil=True)
def _go_on(
    prices: Prices,
    strides: Integers,
    moves: tuple[Integers, Integers, Floats, Integers],
    goal: Integers,
    least: float,
    stretch: float,
    bounds: Bounds,
    memory: tuple[Table, Bytes, Floats, Rows],
    state: Integers,
) -> bool:
    """Search until the goal is taken, nothing is left, or the memory is full; say whether it ended.

    A loop in which no array grows needs not count who holds it: that makes it twice as fast.

    Args:
        prices: As in `find_way`, like all others up to `bounds`.
        strides: As in `find_way`.
        moves: As in `find_way`.
        goal: (3,) the cell it leads to, in padded numbers.
        least: As in `find_way`.
        stretch: As in `find_way`.
        bounds: As in `find_way`.
        memory: The pages, of each slot the move it was reached by and its cost, and the heap.
        state: (2,) how many rows the heap has, and how many cells were taken; changed.
    """
    deltas, offsets, lengths, needs = moves
    table, came, cost, rows = memory
    columns, first, cells, lift, level = bounds
    stride = strides[1] if len(columns) else np.int64(0)
    gx, gy, gz = goal
    end, used = (goal * strides).sum(), len(table) - 1
    count, looked, is_over = state[0], state[1], True
    while count:
        if count + 27 > len(rows) or (table[used, 0] + MOST_NEW_PAGES) * PAGE > len(came):
            is_over = False
            break
        cell = np.int64(rows[0, 2])
        drop_first(rows, count)
        count -= 1
        slot = slot_of(table, cell)
        if came[slot] & _CLOSED:
            continue
        came[slot] |= _CLOSED
        looked += 1
        if cell == end:
            break
        x, y, z = cell // strides[0], cell % strides[0] // strides[1], cell % strides[1]
        here, price = cost[slot], np.float64(prices[cell])
        free = free_ends(prices, cell, offsets)
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
                dx, dy, dz = deltas[move, 0], deltas[move, 1], deltas[move, 2]
                rest = open_length(x + dx - gx, y + dy - gy, z + dz - gz, lengths) * least
                if stride:
                    known = left_to_pay(columns, first, cells, lift, level, at, stride)
                    rest = max(rest, known)
                rest *= stretch
                push(rows, count, total + rest, rest, at)
                count += 1
    state[0], state[1] = count, looked
    return is_over


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
    start, goal = (ends[0] * strides).sum(), (ends[1] * strides).sum()
    if prices[start] == inf or prices[goal] == inf:
        return np.empty(0, np.int64), inf, 0
    table, came = lay_table(FIRST_PAGES), np.zeros(FIRST_PAGES * PAGE, np.uint8)
    cost, rows = np.empty(FIRST_PAGES * PAGE, np.float64), np.empty((_ROOM, 3), np.float64)
    came[slot_of(table, start)] = STAYED
    cost[slot_of(table, start)] = 0.0
    push(rows, 0, 0.0, 0.0, start)
    state = np.array([1, 0])
    while not _go_on(
        prices, strides, moves, ends[1], least, stretch, bounds, (table, came, cost, rows), state
    ):
        if state[0] + 27 > len(rows):
            rows = grow(rows)
        if (table[len(table) - 1, 0] + MOST_NEW_PAGES) * PAGE > len(came):
            table = widened(table)
            came = np.concatenate((came, np.zeros_like(came)))
            cost = np.concatenate((cost, np.empty_like(cost)))
    slot = slot_of(table, goal)
    if not came[slot] & _CLOSED:
        return np.empty(0, np.int64), inf, state[1]
    return trace_back(table, came, moves[1], goal), cost[slot], state[1]
