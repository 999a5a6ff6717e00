"""Compiled building of a tree of four-dimensional cells over the bounds of volumes.

The tree is a balanced binary one without pointers: node k has the children 2k and 2k + 1, node 1 is
the root, and level l cuts the n volumes, in the tree's order, into 2^l runs of equal length. Each
cut goes across that dimension (east, north, height, time) in which the centres of the volumes lie
furthest apart for their size, so thin, long, lasting and short volumes all find a cell near
their own shape. The order depends on nothing but the bounds.

Bounds are looked at in a short form, as eight 32-bit numbers, so that one vector instruction
compares two of them: `floors` are the four lower bounds and the four upper ones negated, `ceilings`
the four upper and the four lower negated; two are apart just if some floor of the one is above the
same ceiling of the other. Lattice numbers are shifted to the right until the range of all
volumes fits; that keeps their order, so what is apart in short form is apart, and what is not is
looked at in full.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo_airspace.volume.ring_kernel import Integers

LEAF = 16

Shorts = NDArray[np.int32]
# Floors and ceilings.
Bounds = tuple[Shorts, Shorts]

_DIMENSIONS = 4
_SAMPLES = 24
_MOST = (1 << 31) - 1


@numba.njit(cache=True, nogil=True)
def find_scale(boxes: Integers) -> Integers:
    """Return (2, 4) what to take off each dimension, and how far to shift it to the right."""
    scale = np.zeros((2, _DIMENSIONS), np.int64)
    for dimension in range(_DIMENSIONS):
        least, most = boxes[0, 2 * dimension], boxes[0, 2 * dimension + 1]
        for row in range(1, len(boxes)):
            least = min(least, boxes[row, 2 * dimension])
            most = max(most, boxes[row, 2 * dimension + 1])
        scale[0, dimension] = least
        while (most - least) >> scale[1, dimension] > _MOST:
            scale[1, dimension] += 1
    return scale


@numba.njit(cache=True, nogil=True)
def shorten(boxes: Integers, scale: Integers, east: int) -> Bounds:
    """Return the short form of bounds moved east; what is out of the range is put at its end."""
    floors = np.empty((len(boxes), 2 * _DIMENSIONS), np.int32)
    ceilings = np.empty_like(floors)
    for row in range(len(boxes)):
        for dimension in range(_DIMENSIONS):
            move = (east if dimension == 0 else 0) - scale[0, dimension]
            low = (boxes[row, 2 * dimension] + move) >> scale[1, dimension]
            high = (boxes[row, 2 * dimension + 1] + move) >> scale[1, dimension]
            low, high = min(max(low, -_MOST), _MOST), min(max(high, -_MOST), _MOST)
            floors[row, dimension], floors[row, dimension + _DIMENSIONS] = low, -high
            ceilings[row, dimension], ceilings[row, dimension + _DIMENSIONS] = high, -low
    return floors, ceilings


@numba.njit(cache=True, nogil=True, forceinline=True)
def may_overlap(floors: Shorts, i: int, ceilings: Shorts, j: int) -> bool:
    """Say whether two bounds in short form have a point in common."""
    apart = False
    for side in range(2 * _DIMENSIONS):
        apart |= floors[i, side] > ceilings[j, side]
    return not apart


@numba.njit(cache=True, nogil=True, forceinline=True)
def overlap(one: Integers, i: int, other: Integers, j: int, shift: int) -> bool:
    """Say whether closed bounds have a point in common, the other's moved east by `shift`."""
    return (
        one[i, 6] <= other[j, 7]
        and other[j, 6] <= one[i, 7]
        and one[i, 0] <= other[j, 1] + shift
        and other[j, 0] + shift <= one[i, 1]
        and one[i, 2] <= other[j, 3]
        and other[j, 2] <= one[i, 3]
        and one[i, 4] <= other[j, 5]
        and other[j, 4] <= one[i, 5]
    )


@numba.njit(cache=True, nogil=True)
def widest_dimension(bounds: Bounds, order: Integers, start: int, stop: int) -> int:
    """Return the dimension in which some volumes lie furthest apart for their size."""
    floors, ceilings = bounds
    step = max(1, (stop - start) // _SAMPLES)
    best, widest = -1.0, 0
    for dimension in range(_DIMENSIONS):
        least, most, size = np.inf, -np.inf, 1.0
        for n in range(start, stop, step):
            low, high = float(floors[order[n], dimension]), float(ceilings[order[n], dimension])
            least, most = min(least, low + high), max(most, low + high)
            size += high - low
        if (most - least) / size > best:
            best, widest = (most - least) / size, dimension
    return widest


@numba.njit(cache=True, nogil=True)
def part_at(keys: Integers, order: Integers, start: int, stop: int, middle: int) -> None:
    """Put the smallest keys of a run before `middle`, with what they belong to (quickselect)."""
    stop -= 1
    while start < stop:
        a, b, c = keys[start], keys[(start + stop) >> 1], keys[stop]
        pivot = max(min(a, b), min(max(a, b), c))
        low, high = start, stop
        while low <= high:
            while keys[low] < pivot:
                low += 1
            while keys[high] > pivot:
                high -= 1
            if low <= high:
                keys[low], keys[high] = keys[high], keys[low]
                order[low], order[high] = order[high], order[low]
                low += 1
                high -= 1
        if middle <= high:
            stop = high
        elif middle >= low:
            start = low
        else:
            return


@numba.njit(cache=True, nogil=True)
def order_cells(bounds: Bounds, levels: int) -> Integers:
    """Return the rows of volumes in the order of a tree of so many levels below its root."""
    floors, ceilings = bounds
    count = len(floors)
    order, keys = np.arange(count), np.empty(count, np.int64)
    for level in range(levels):
        for n in range(1 << level):
            start, stop = (n * count) >> level, ((n + 1) * count) >> level
            dimension = widest_dimension(bounds, order, start, stop)
            for k in range(start, stop):
                row = order[k]
                keys[k] = np.int64(floors[row, dimension]) + np.int64(ceilings[row, dimension])
            part_at(keys, order, start, stop, ((2 * n + 1) * count) >> (level + 1))
    return order


@numba.njit(cache=True, nogil=True)
def bound_nodes(bounds: Bounds, levels: int) -> Bounds:
    """Return the bounds of the 2^(levels + 1) nodes over volumes in order; row 0 is not used."""
    floors, ceilings = bounds
    count, leaves = len(floors), 1 << levels
    lowest = np.full((2 * leaves, 2 * _DIMENSIONS), _MOST, np.int32)
    highest = np.full((2 * leaves, 2 * _DIMENSIONS), -_MOST, np.int32)
    for n in range(leaves):
        for k in range((n * count) >> levels, ((n + 1) * count) >> levels):
            for side in range(2 * _DIMENSIONS):
                lowest[leaves + n, side] = min(lowest[leaves + n, side], floors[k, side])
                highest[leaves + n, side] = max(highest[leaves + n, side], ceilings[k, side])
    for n in range(leaves - 1, 0, -1):
        for side in range(2 * _DIMENSIONS):
            lowest[n, side] = min(lowest[2 * n, side], lowest[2 * n + 1, side])
            highest[n, side] = max(highest[2 * n, side], highest[2 * n + 1, side])
    return lowest, highest


@numba.njit(cache=True, nogil=True)
def build_cells(boxes: Integers) -> tuple[Integers, Integers, Bounds, Bounds]:
    """Return the order of the tree, its scale, and the short bounds of volumes and of nodes."""
    levels = 0
    while ((len(boxes) + (1 << levels) - 1) >> levels) > LEAF:
        levels += 1
    scale = find_scale(boxes)
    floors, ceilings = shorten(boxes, scale, 0)
    order = order_cells((floors, ceilings), levels)
    bounds = (floors[order], ceilings[order])
    return order, scale, bounds, bound_nodes(bounds, levels)
