"""Compiled bounds from below for what a way still costs, over the columns of the grid.

A way through the grid leaves a track on the ground plan. Each of its moves is at least as long as
its track and costs at least the least price of the columns at its ends; so the least cost between
two columns by 8 moves, at the least price of each column, is never more than the way costs, and
never falls by more than a move costs. That holds for any grid, and is close to the truth where what
closes or prices the air does so over all heights, as zones and people on the ground do.

Where prices fall with height a way climbs first and comes down last, which the columns' least does
not see. Two things make up for it:

* Some columns, those about the ends, are `tall`: each of their cells counts for itself, with its
  own price and the real moves between them. Columns taken as one place and cells taken for
  themselves are together the places of a smaller map, onto which the whole grid falls: every move
  of the grid falls onto one of the map that costs no more, or stays where it is. So the least costs
  on the map are bounds as before (abstraction: Holte, Perez, Zimmer and MacDonald 1996).
* A move that changes height is longer than its track, by some part at least. With each layer away
  from the goal's the bound rises by that part, at the least price of all, on the side where the
  cheap layers lie, and falls by it on the other; on the map, moves between tall cells cost as much
  less or more (a potential, as Johnson's of 1977). So the coming down is told everywhere.

The costs are found backwards from the goal with buckets as wide as the cheapest move (Dial 1969;
Dinic 1978): within a bucket the order does not matter then, so no heap is needed. The search ends
a little beyond the start; what it has not reached costs at least as much as where it ended.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
# (one loop over the buckets: a call for each place, handed a dozen arrays, takes as long again)
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

from math import inf, nan
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo_airspace.routes.moves import STAY
from chengmo_airspace.routes.sight_kernel import Floats, Integers, Prices, free_ends

Numbers = NDArray[np.int32]
MoveArrays = tuple[Integers, Integers, Floats, Integers]

# A price so far above the least one is taken as this much: the bound is then lower, never wrong.
_MOST_BUCKETS = 1 << 16
_LAST_BUCKET = _MOST_BUCKETS - 1
_SIDES = 4
_HAIR = 1e-9
# The moves up, north, north and up, east, east and up, east and north, all three.
_UP, _NORTH, _NORTH_UP, _EAST, _EAST_UP, _BOTH, _ALL = 14, 16, 17, 22, 23, 25, 26
_WEST = 4


class Bounds(NamedTuple):
    """The least that is left to pay to the goal.

    Attributes:
        columns: (columns) from anywhere in a column that is not tall; none at all to know nothing.
        first: (columns) of a tall column, where its cells lie in `cells`; else -1.
        cells: (n) from each cell of the tall columns, one column after the other.
        lift: What is added for each layer above the goal's, and taken off below.
        level: The layer of the goal.
    """

    columns: Floats
    first: Numbers
    cells: Floats
    lift: float
    level: int


NOTHING_KNOWN = Bounds(np.empty(0), np.empty(0, np.int32), np.empty(0), 0.0, 0)


@numba.njit(cache=True, nogil=True, forceinline=True)
def left_to_pay(
    columns: Floats, first: Numbers, cells: Floats, lift: float, level: int, cell: int, stride: int
) -> float:
    """Return the bound of a cell from the fields of `Bounds`; a column has `stride` cells."""
    column = cell // stride
    layer, at = cell - column * stride, first[column]
    known = columns[column] if at < 0 else cells[at + layer]
    return known + lift * (layer - level)


@numba.njit(cache=True, nogil=True)
def lowest_prices(prices: Prices, stride: int) -> tuple[Prices, float]:
    """Return the least price of each column of `stride` cells, and the layer that has it mostly.

    The layer is the mean over the columns whose open cells do not all cost the same, taking the
    middle of the cheapest of each; nan where all do.
    """
    lowest, layers, uneven = np.empty(len(prices) // stride, np.float32), 0.0, 0
    for column in range(len(lowest)):
        least, most, low, high = np.float32(inf), np.float32(0), 0, 0
        for layer in range(stride):
            price = prices[column * stride + layer]
            if price == inf:
                continue
            if price < least:
                least, low = price, layer
            if price == least:
                high = layer
            most = max(most, price)
        lowest[column] = least
        if most > least:
            layers += (low + high) / 2
            uneven += 1
    return lowest, layers / uneven if uneven else nan


@numba.njit(cache=True, nogil=True, forceinline=True)
def _put(
    place: int,
    total: float,
    width: float,
    best: Floats,
    heads: Numbers,
    entries: Numbers,
    count: int,
) -> int:
    """Note a lower cost of a place in a bucket; return how many entries there are then."""
    slot = np.int64(total / width) & _LAST_BUCKET
    best[place] = total
    entries[count, 0], entries[count, 1] = place, heads[slot]
    heads[slot] = count
    return count + 1


@numba.njit(cache=True, nogil=True)
def _sides_of(offsets: Integers, lengths: Floats, stride: int) -> tuple[Integers, Floats]:
    """Return how far away the eight columns around one are numbered, and half their distances."""
    row = -offsets[_WEST] // stride
    around = np.array([row, 1, -row, -1, row + 1, 1 - row, -row - 1, row - 1])
    sides = [lengths[_EAST], lengths[_NORTH], lengths[_EAST], lengths[_NORTH]]
    return around, np.array([*sides, *[lengths[_BOTH]] * 4]) / 2


@numba.njit(cache=True, nogil=True, forceinline=True)
def _free_sides(lowest: Prices, place: int, around: Integers) -> int:
    """Return the bits of the sides of a column that are open, the first once more at the end."""
    free = 0
    for move in range(_SIDES):
        if lowest[place + around[move]] != inf:
            free |= 1 << move
    return free | (free & 1) << _SIDES


@numba.njit(cache=True, nogil=True)
def _laid(size: int, most_new: int) -> tuple[Floats, NDArray[np.bool_], Numbers, Numbers]:
    """Return what a search over so many places begins with: costs, what is done, buckets."""
    heads, entries = np.full(_MOST_BUCKETS, -1, np.int32), np.empty((size + most_new, 2), np.int32)
    return np.full(size, inf), np.zeros(size, np.bool_), heads, entries


@numba.njit(cache=True, nogil=True)
def _close(best: Floats, is_done: NDArray[np.bool_], reached: float) -> None:
    """Lower what is not settled to what the search has come to: no place beyond costs less."""
    for place in range(len(best)):
        if not is_done[place]:
            best[place] = min(best[place], reached)


@numba.njit(cache=True, nogil=True)
def _spread(
    prices: Prices,
    lowest: Prices,
    stride: int,
    moves: MoveArrays,
    places: Integers,
    tall: Integers,
    first: Numbers,
    lift: float,
    bucket: tuple[float, float],
    margin: float,
) -> Floats:
    """Return what all places of the map cost from the goal, the first of the two `places`.

    They are numbered by column, then those of the cells of tall columns; the search ends a little
    beyond the start. `first`, `lift` are as in `Bounds`, a `bucket` is how wide one is and what a
    dearer price is taken as, a column has `stride` cells; the rest is as in `bound_below`.
    """
    deltas, offsets, lengths, needs = moves
    width, ceiling = bucket
    flat, most_new = len(lowest), 8 * stride + 27
    around, halves = _sides_of(offsets, lengths, stride)
    best, is_done, heads, entries = _laid(flat + len(tall) * stride, most_new)
    count, last = _put(places[0], 0.0, width, best, heads, entries, 0), inf
    taken = turn = 0
    while taken < count and turn * width <= last:
        at = heads[turn & _LAST_BUCKET]
        heads[turn & _LAST_BUCKET] = -1
        while at >= 0:
            place, at = entries[at, 0], entries[at, 1]
            taken += 1
            # Once is enough: nothing in the same bucket makes it cheaper.
            if is_done[place]:
                continue
            is_done[place], here = True, best[place]
            if place == places[1]:
                last = here * (1.0 + margin)
            if count + most_new > len(entries):
                entries = np.concatenate((entries, np.empty_like(entries)))
            if place >= flat:
                cell = tall[(place - flat) // stride] * stride + (place - flat) % stride
                price = min(np.float64(prices[cell]), ceiling)
                free = free_ends(prices, cell, offsets)
                for move in range(27):
                    if move == STAY or free & needs[move] != needs[move]:
                        continue
                    there = cell + offsets[move]
                    to = there // stride
                    fee = np.float64(lowest[to])
                    if first[to] >= 0:
                        to, fee = flat + first[to] + there % stride, np.float64(prices[there])
                    total = here + 0.5 * lengths[move] * (price + min(fee, ceiling))
                    total -= lift * deltas[move, 2]
                    if total < best[to]:
                        count = _put(to, total, width, best, heads, entries, count)
                continue
            price, free = (
                min(np.float64(lowest[place]), ceiling),
                _free_sides(lowest, place, around),
            )
            for move in range(8):
                column = place + around[move]
                cut = move >= _SIDES and (free >> (move - _SIDES)) & 3 != 3  # noqa: PLR2004 - two bits
                if cut or is_done[column] or lowest[column] == inf:
                    continue
                if first[column] < 0:
                    total = here + halves[move] * (price + min(np.float64(lowest[column]), ceiling))
                    if total < best[column]:
                        count = _put(column, total, width, best, heads, entries, count)
                    continue
                to = flat + first[column]
                for cell in range(column * stride, (column + 1) * stride):
                    fee = np.float64(prices[cell])
                    total = here + halves[move] * (price + min(fee, ceiling))
                    if fee != inf and total < best[to]:
                        count = _put(to, total, width, best, heads, entries, count)
                    to += 1
        turn += 1
    _close(best, is_done, turn * width if taken < count else inf)
    return best


@numba.njit(cache=True, nogil=True)
def bound_below(
    prices: Prices,
    lowest: Prices,
    strides: Integers,
    moves: MoveArrays,
    ends: Integers,
    tall: Integers,
    side: int,
    margin: float,
) -> Bounds:
    """Return the least that is left to pay to the goal.

    Args:
        prices: (cells) per unit of length, flat and padded; inf where closed.
        lowest: (columns) least price, flat and padded.
        strides: (3,) of the cells.
        moves: As `lay_moves` returns them.
        ends: (2,) the cells of start and goal.
        tall: (n) the columns whose cells count for themselves, each once.
        side: Where the bound rises with the distance from the goal's layer: 1 above, -1 below, 0
            on neither side.
        margin: How far to go beyond the start, as a share of its cost.
    """
    lengths, stride = moves[2], strides[1]
    least = np.float64(lowest.min())
    climb = abs(side) * (1.0 - _HAIR)
    climb *= min(
        lengths[_ALL] - lengths[_BOTH],
        lengths[_EAST_UP] - lengths[_EAST],
        lengths[_NORTH_UP] - lengths[_NORTH],
    )
    shortest = min(lengths[_EAST], lengths[_NORTH])
    if len(tall):
        shortest = min(shortest, lengths[_UP] - climb)
    # A hair narrower than the cheapest move: rounding never puts a move's end in its own bucket.
    width = least * shortest * (1.0 - _HAIR)
    ceiling = (_MOST_BUCKETS - 2) * width / (lengths[_ALL] + climb)
    first = np.full(len(lowest), -1, np.int32)
    for n in range(len(tall)):
        first[tall[n]] = n * stride
    places = np.empty(2, np.int64)
    for n in range(2):
        cell = ends[1 - n]
        at = first[cell // stride]
        places[n] = cell // stride if at < 0 else len(lowest) + at + cell % stride
    lift = side * climb * least
    best = _spread(
        prices, lowest, stride, moves, places, tall, first, lift, (width, ceiling), margin
    )
    return Bounds(best[: len(lowest)], first, best[len(lowest) :], lift, ends[1] % stride)
