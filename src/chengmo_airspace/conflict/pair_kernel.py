"""Compiled exact tests of pairs of volumes, and the walk through a tree to what meets some."""

# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo_airspace.conflict.tree_kernel import (
    Bounds,
    Shorts,
    may_overlap,
    overlap,
    shorten,
)
from chengmo_airspace.volume.ring_kernel import (
    Integers,
    Run,
    edge_parts,
    find_winding,
    rings_meet,
)

Flags = NDArray[np.bool_]
Signs = NDArray[np.int8]
# Boxes, vertices, offsets and windings of volumes.
Rows = tuple[Integers, Integers, Integers, Signs]
# The short bounds of the volumes and of the nodes of a tree.
Cells = tuple[Bounds, Bounds]

# More than a tree of 2⁵⁵ leaves needs: 1 a level.
_DEPTH = 64
_FEW = 64
_SMALL = 1 << 31


@numba.njit(cache=True, nogil=True)
def find_windings(vertices: Integers, offsets: Integers) -> Signs:
    """Return for each outline 1 or −1 if it is convex, to the left or right, else 0."""
    windings = np.empty(len(offsets) - 1, np.int8)
    for row in range(len(windings)):
        windings[row] = find_winding(vertices, (offsets[row], offsets[row + 1]))
    return windings


@numba.njit(cache=True, nogil=True, forceinline=True)
def outlines_meet(one: Rows, i: int, other: Rows, j: int, shift: int) -> bool:
    """Say whether the outlines of two volumes meet whose bounds are known to.

    Convex areas are apart just if an edge of one of them has all of the other beyond it: for a few
    vertices that is quicker than to look for edges that cross.
    """
    a, a_vertices, a_offsets, a_windings = one
    b, b_vertices, b_offsets, b_windings = other
    mine, theirs = (a_offsets[i], a_offsets[i + 1]), (b_offsets[j], b_offsets[j + 1])
    west, east = min(a[i, 0], b[j, 0] + shift), max(a[i, 1], b[j, 1] + shift)
    south, north = min(a[i, 2], b[j, 2]), max(a[i, 3], b[j, 3])
    few = (mine[1] - mine[0]) * (theirs[1] - theirs[0]) <= _FEW
    if few and a_windings[i] and b_windings[j] and max(east - west, north - south) < _SMALL:
        if edge_parts(a_vertices, mine, b_vertices, theirs, shift, a_windings[i]):
            return False
        return not edge_parts(b_vertices, theirs, a_vertices, mine, -shift, b_windings[j])
    window = (
        max(a[i, 0], b[j, 0] + shift),
        min(a[i, 1], b[j, 1] + shift),
        max(a[i, 2], b[j, 2]),
        min(a[i, 3], b[j, 3]),
    )
    return rings_meet(a_vertices, mine, b_vertices, theirs, shift, window)


@numba.njit(cache=True, nogil=True, forceinline=True)
def volumes_meet(one: Rows, i: int, other: Rows, j: int, shift: int) -> bool:
    """Say whether two volumes meet, the other moved east by `shift`."""
    return overlap(one[0], i, other[0], j, shift) and outlines_meet(one, i, other, j, shift)


@numba.njit(cache=True, nogil=True)
def place_keys(pairs: Integers, order: Integers) -> Integers:
    """Return pairs of places as one number each: the smaller row times all rows, and the larger."""
    keys = np.empty(len(pairs), np.int64)
    for n in range(len(pairs)):
        i, j = order[pairs[n, 0]], order[pairs[n, 1]]
        keys[n] = min(i, j) * len(order) + max(i, j)
    return keys


@numba.njit(cache=True, nogil=True)
def part_keys(keys: Integers, rows: int) -> Integers:
    """Return the pairs of rows that `place_keys` made numbers of."""
    pairs = np.empty((len(keys), 2), np.int64)
    for n in range(len(keys)):
        pairs[n, 0] = keys[n] // rows
        pairs[n, 1] = keys[n] - pairs[n, 0] * rows
    return pairs


@numba.njit(cache=True, nogil=True)
def append(pairs: Integers, count: int, one: int, other: int) -> Integers:
    """Return the pairs with one more at `count`, in a larger array where they were full."""
    if count == len(pairs):
        grown = np.empty((2 * count, 2), np.int64)
        grown[:count] = pairs
        pairs = grown
    pairs[count, 0], pairs[count, 1] = one, other
    return pairs


@numba.njit(cache=True, nogil=True, forceinline=True)
def run_of(leaf: int, leaves: int, count: int) -> Run:
    """Return where the volumes of a leaf begin and end in the tree's order."""
    return leaf * count // leaves, (leaf + 1) * count // leaves


@numba.njit(cache=True, nogil=True, forceinline=True)
def next_leaf(floors: Shorts, i: int, nodes: Bounds, stack: Integers, top: int) -> tuple[int, int]:
    """Return the next leaf whose bounds may overlap those of a row, or −1, and the stack's top.

    The stack holds the nodes still to be looked at; to begin, that is the root.
    """
    leaves = len(nodes[1]) >> 1
    while top:
        top -= 1
        node = stack[top]
        if not may_overlap(floors, i, nodes[1], node):
            continue
        if node >= leaves:
            return node - leaves, top
        stack[top], stack[top + 1] = 2 * node, 2 * node + 1
        top += 2
    return -1, 0


@numba.njit(cache=True, nogil=True)
def query_cells(
    rows: Rows, alive: Flags, scale: Integers, cells: Cells, asked: Rows, shifts: Integers
) -> Integers:
    """Return (m, 2) the rows asked about, moved east by each shift, and what living ones meet them.

    What is found is counted in the tree's order. With the shifts 0, a turn and minus a turn, what
    meets across ±180° is found too.
    """
    pairs, count = np.empty((64, 2), np.int64), 0
    leaves, ceilings = len(cells[1][0]) >> 1, cells[0][1]
    stack = np.empty(_DEPTH, np.int64)
    for shift in shifts:
        floors, _ = shorten(asked[0], scale, shift)
        for i in range(len(floors)):
            stack[0] = top = 1
            leaf, top = next_leaf(floors, i, cells[1], stack, top)
            while leaf >= 0:
                start, stop = run_of(leaf, leaves, len(alive))
                for j in range(start, stop):
                    if not may_overlap(floors, i, ceilings, j) or not alive[j]:
                        continue
                    if volumes_meet(asked, i, rows, j, -shift):
                        pairs = append(pairs, count, i, j)
                        count += 1
                leaf, top = next_leaf(floors, i, cells[1], stack, top)
    return pairs[:count]
