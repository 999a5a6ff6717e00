"""Compiled bounds from below for what a way still costs, over the columns of the grid.

A way through the grid leaves a track on the ground plan. Each of its moves is at least as long as
its track and costs at least the least price of the columns at its ends; so the least cost between
two columns by 8 moves, at the least price of each column, is never more than the way costs, and
never falls by more than a move costs. That holds for any grid, and is close to the truth where what
closes or prices the air does so over all heights, as zones and people on the ground do.

The costs are found backwards from the goal with buckets as wide as the cheapest move (Dial 1969;
Dinic 1978): within a bucket the order does not matter then, so no heap is needed. The search ends
a little beyond the start; what it has not reached costs at least as much as where it ended.
"""

# ruff: noqa: C901, PLR0912, PLR0915
# (one loop over the buckets: what it calls for each cell would be handed a dozen arrays that grow)
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

from math import inf

import numba
import numpy as np

from chengmo_airspace.routes.sight_kernel import Floats, Integers, Prices

# A price so far above the least one is taken as this much: the bound is then lower, never wrong.
_MOST_BUCKETS = 1 << 16
_SIDES = 4


@numba.njit(cache=True, nogil=True)
def lowest_prices(prices: Prices, stride: int) -> Prices:
    """Return the least price of each column of `stride` cells."""
    lowest = np.empty(len(prices) // stride, np.float32)
    for column in range(len(lowest)):
        least = np.float32(inf)
        for cell in range(column * stride, (column + 1) * stride):
            least = min(least, prices[cell])
        lowest[column] = least
    return lowest


@numba.njit(cache=True, nogil=True)
def bound_below(lowest: Prices, row: int, lengths: Floats, ends: Integers, margin: float) -> Floats:
    """Return the least that is left to pay from each column to the goal's.

    Args:
        lowest: (columns) least price, flat and padded.
        row: How far apart neighbours east lie; neighbours north are next to one another.
        lengths: (3,) of a move east, north, and both.
        ends: (2,) the columns of start and goal.
        margin: How far to go beyond the start, as a share of its cost.
    """
    least = np.float64(inf)
    for price in lowest:
        least = min(least, np.float64(price))
    # A hair narrower than the cheapest move: rounding never puts a move's end in its own bucket.
    width = least * min(lengths[0], lengths[1]) * (1.0 - 1e-9)
    ceiling = (_MOST_BUCKETS - 2) * width / lengths[2]
    offsets = np.array([row, 1, -row, -1, row + 1, 1 - row, -row - 1, row - 1])
    steps = np.array([lengths[0], lengths[1], lengths[0], lengths[1], *[lengths[2]] * 4]) / 2
    bounds, is_done = np.full(len(lowest), inf), np.zeros(len(lowest), np.bool_)
    first = np.full(_MOST_BUCKETS, -1, np.int32)
    entries, count, waiting = np.empty((len(lowest), 2), np.int32), 1, 1
    bounds[ends[1]] = 0.0
    entries[0, 0], entries[0, 1], first[0] = ends[1], -1, 0
    bucket, last = 0, inf
    while waiting and bucket * width <= last:
        at = first[bucket % _MOST_BUCKETS]
        first[bucket % _MOST_BUCKETS] = -1
        while at >= 0:
            column, at = entries[at, 0], entries[at, 1]
            waiting -= 1
            # Once is enough: nothing in the same bucket makes it cheaper.
            if is_done[column]:
                continue
            is_done[column] = True
            here = bounds[column]
            if column == ends[0]:
                last = here * (1.0 + margin)
            price = min(np.float64(lowest[column]), ceiling)
            free = 0
            for move in range(_SIDES):
                if lowest[column + offsets[move]] != inf:
                    free |= 1 << move
            free |= (free & 1) << 4
            for move in range(8):
                to = column + offsets[move]
                if is_done[to] or lowest[to] == inf:
                    continue
                if move >= _SIDES and (free >> (move - _SIDES)) & 3 != 3:  # noqa: PLR2004 - two bits
                    continue
                total = here + steps[move] * (price + min(np.float64(lowest[to]), ceiling))
                if total < bounds[to]:
                    bounds[to] = total
                    if count == len(entries):
                        more = np.empty((2 * count, 2), np.int32)
                        more[:count] = entries
                        entries = more
                    slot = np.int64(total / width) % _MOST_BUCKETS
                    entries[count, 0], entries[count, 1] = to, first[slot]
                    first[slot] = count
                    count += 1
                    waiting += 1
        bucket += 1
    reached = bucket * width if waiting else inf
    for column in range(len(bounds)):
        if not is_done[column]:
            bounds[column] = min(bounds[column], reached)
    return bounds
