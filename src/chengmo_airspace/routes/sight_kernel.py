"""Compiled lines of sight: the exact sum of prices along a straight line between two cells.

Where a line crosses from cell to cell is told by comparing fractions in whole numbers, so which
cells it meets, and whether it goes exactly through an edge or a corner, is exact; only the sum is
rounded.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

from math import inf, sqrt

import numba
import numpy as np
from numpy.typing import NDArray

Prices = NDArray[np.float32]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Three = tuple[int, int, int]


@numba.njit(cache=True, nogil=True, forceinline=True)
def free_ends(prices: Prices, cell: int, offsets: Integers) -> int:
    """Return the bits of the moves from a cell whose ends are free."""
    bits = 0
    for move in range(27):
        if prices[cell + offsets[move]] != inf:
            bits |= 1 << move
    return bits


@numba.njit(cache=True, nogil=True, forceinline=True)
def comes_no_later(k: int, n: int, k_other: int, n_other: int) -> bool:
    """Say whether crossing k of n comes no later than crossing k_other of n_other."""
    if k > n:
        return False
    return k_other > n_other or (2 * k - 1) * n_other <= (2 * k_other - 1) * n


@numba.njit(cache=True, nogil=True, forceinline=True)
def next_crossing(k: Three, n: Three) -> tuple[int, float]:
    """Return the axes that a line crosses next, as bits, and where, as a share of its length.

    Args:
        k: Which crossing of each axis comes next, from 1.
        n: How many each axis has.
    """
    in_x = comes_no_later(k[0], n[0], k[1], n[1]) and comes_no_later(k[0], n[0], k[2], n[2])
    in_y = comes_no_later(k[1], n[1], k[0], n[0]) and comes_no_later(k[1], n[1], k[2], n[2])
    in_z = comes_no_later(k[2], n[2], k[0], n[0]) and comes_no_later(k[2], n[2], k[1], n[1])
    axis = 0 if in_x else (1 if in_y else 2)
    return in_x | (in_y << 1) | (in_z << 2), (2 * k[axis] - 1) / (2 * n[axis])


@numba.njit(cache=True, nogil=True, forceinline=True)
def away(crossed: int, steps: Three) -> int:
    """Return how far the cell lies in the flat array that is reached by crossing some axes."""
    return (crossed & 1) * steps[0] + (crossed >> 1 & 1) * steps[1] + (crossed >> 2) * steps[2]


@numba.njit(cache=True, nogil=True, forceinline=True)
def is_closed_around(prices: Prices, cell: int, crossed: int, steps: Three) -> bool:
    """Say whether a line touches a closed cell as it crosses some axes at once.

    It goes through an edge or a corner then, and touches all the cells that meet there.
    """
    for part in range(1, crossed + 1):
        if part & crossed == part and prices[cell + away(part, steps)] == inf:
            return True
    return False


@numba.njit(cache=True, nogil=True, forceinline=True)
def lay_line(strides: Integers, sizes: Floats, ends: Integers) -> tuple[int, Three, Three, float]:
    """Return a line's first cell, how often it crosses each axis, its steps, and its length."""
    dx, dy, dz = ends[1, 0] - ends[0, 0], ends[1, 1] - ends[0, 1], ends[1, 2] - ends[0, 2]
    cell = ends[0, 0] * strides[0] + ends[0, 1] * strides[1] + ends[0, 2] * strides[2]
    steps = (
        strides[0] if dx > 0 else -strides[0],
        strides[1] if dy > 0 else -strides[1],
        strides[2] if dz > 0 else -strides[2],
    )
    length = sqrt((dx * sizes[0]) ** 2 + (dy * sizes[1]) ** 2 + (dz * sizes[2]) ** 2)
    return cell, (abs(dx), abs(dy), abs(dz)), steps, length


@numba.njit(cache=True, nogil=True)
def price_along(
    prices: Prices, strides: Integers, sizes: Floats, ends: Integers, most: float
) -> float:
    """Return what a straight line costs: the integral of the prices; inf where it is closed.

    Args:
        prices: (cells) per unit of length, flat and padded; inf where closed.
        strides: (3,) of the flat array, east, north and up.
        sizes: (3,) of a cell.
        ends: (2, 3) the cells it leads from and to, in padded numbers.
        most: Stop and return inf once it costs so much.
    """
    cell, n, steps, length = lay_line(strides, sizes, ends)
    k, left = (1, 1, 1), n[0] + n[1] + n[2]
    price, total, before = np.float64(prices[cell]), 0.0, 0.0
    while left and price != inf and total < most:
        crossed, now = next_crossing(k, n)
        total += (now - before) * price * length
        if is_closed_around(prices, cell, crossed, steps):
            return inf
        cell += away(crossed, steps)
        in_x, in_y, in_z = crossed & 1, crossed >> 1 & 1, crossed >> 2
        k, left = (k[0] + in_x, k[1] + in_y, k[2] + in_z), left - in_x - in_y - in_z
        price, before = np.float64(prices[cell]), now
    total += (1.0 - before) * price * length
    return total if total < most and price != inf else inf


@numba.njit(cache=True, nogil=True)
def list_along(strides: Integers, sizes: Floats, ends: Integers) -> tuple[Integers, Floats]:
    """Return the cells that a straight line meets, and its length in each.

    Cells that it only touches, at an edge or a corner, are listed with a length of nothing. Any
    cells are taken as open; the arguments are those of `price_along`.
    """
    cell, n, steps, length = lay_line(strides, sizes, ends)
    cells, lengths = [cell], [0.0]
    k, left, at, before = (1, 1, 1), n[0] + n[1] + n[2], 0, 0.0
    while left:
        crossed, now = next_crossing(k, n)
        lengths[at] += (now - before) * length
        for part in range(1, crossed + 1):
            if part & crossed == part:
                cells.append(cell + away(part, steps))
                lengths.append(0.0)
        # The last of these is what lies beyond all that was crossed: there the line goes on.
        at, before = len(cells) - 1, now
        cell = cells[at]
        in_x, in_y, in_z = crossed & 1, crossed >> 1 & 1, crossed >> 2
        k, left = (k[0] + in_x, k[1] + in_y, k[2] + in_z), left - in_x - in_y - in_z
    lengths[at] += (1.0 - before) * length
    return np.array(cells), np.array(lengths)
