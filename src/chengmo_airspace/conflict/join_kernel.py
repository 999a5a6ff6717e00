"""Compiled walk of a tree of volumes against itself: all pairs that meet.

Two leaves whose bounds overlap are compared lane by lane: the short bounds of a leaf lie side by
side for each of the eight bounds, so one vector instruction compares one volume with eight. What is
left is decided exactly. Most outlines are convex ones of four vertices, corridors and columns;
for these the test of `outlines_meet` is first made in double precision, with no rounding but that
of two products and a difference, and only what lies within the error of that is decided on whole
numbers:

    vertices differ by D < 2³¹ in each direction, which doubles hold exactly; then
    |dy·(x − ax) − dx·(y − ay) as computed − exact| ≤ 4·D²·2⁻⁵³ < 2¹¹

`inline="always"` puts the loops over lanes where the compiler sees that what they read is not what
they write; otherwise they are not made vector instructions.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo_airspace.conflict.pair_kernel import (
    Cells,
    Flags,
    Rows,
    outlines_meet,
    overlap,
    run_of,
)
from chengmo_airspace.conflict.tree_kernel import LEAF, Shorts, may_overlap
from chengmo_airspace.volume.ring_kernel import Integers

# (n, 2, 4) east and north of the vertices of convex outlines of four, to the left; and which are.
Quads = tuple[NDArray[np.float64], Flags]

# More than a tree of 2⁵⁵ leaves needs: 3 a level.
_STACK = 192
_FIRST_ROOM = 1 << 14
_SIDES, _CORNERS = 8, 4
_SLACK = float(1 << 12)
# Boxes that overlap and are each so wide at most span less than 2³¹ together.
_WIDEST = 1 << 30
_LEAST = -(1 << 31)


@numba.njit(cache=True, nogil=True)
def find_quads(rows: Rows) -> Quads:
    """Return the vertices of convex outlines of four as doubles, each going round to the left."""
    boxes, vertices, offsets, windings = rows
    corners = np.zeros((len(boxes), 2, _CORNERS), np.float64)
    known = np.zeros(len(boxes), np.bool_)
    for row in range(len(boxes)):
        wide = max(boxes[row, 1] - boxes[row, 0], boxes[row, 3] - boxes[row, 2])
        start = offsets[row]
        known[row] = windings[row] and offsets[row + 1] - start == _CORNERS and wide < _WIDEST
        if known[row]:
            for corner in range(_CORNERS):
                at = start + (corner if windings[row] > 0 else _CORNERS - 1 - corner)
                corners[row, 0, corner] = vertices[at, 0]
                corners[row, 1, corner] = vertices[at, 1]
    return corners, known


@numba.njit(cache=True, nogil=True, forceinline=True)
def quad_parts(corners: NDArray[np.float64], i: int, j: int) -> int:
    """Say whether an edge of i has all of j strictly beyond it: 1 yes, 0 no, −1 too near to say."""
    near = False
    ax, ay = corners[i, 0, _CORNERS - 1], corners[i, 1, _CORNERS - 1]
    for corner in range(_CORNERS):
        bx, by = corners[i, 0, corner], corners[i, 1, corner]
        dx, dy = bx - ax, by - ay
        one = min(
            dy * (corners[j, 0, 0] - ax) - dx * (corners[j, 1, 0] - ay),
            dy * (corners[j, 0, 1] - ax) - dx * (corners[j, 1, 1] - ay),
        )
        other = min(
            dy * (corners[j, 0, 2] - ax) - dx * (corners[j, 1, 2] - ay),
            dy * (corners[j, 0, 3] - ax) - dx * (corners[j, 1, 3] - ay),
        )
        least = min(one, other)
        if least > _SLACK:
            return 1
        near |= least >= -_SLACK
        ax, ay = bx, by
    return -1 if near else 0


@numba.njit(cache=True, nogil=True, forceinline=True)
def quads_meet(rows: Rows, quads: Quads, i: int, j: int) -> bool:
    """Say whether two outlines meet whose bounds do; as `outlines_meet`, quicker."""
    corners, known = quads
    if known[i] and known[j]:
        one = quad_parts(corners, i, j)
        if one == 1:
            return False
        other = quad_parts(corners, j, i)
        if other == 1:
            return False
        if one == 0 and other == 0:
            return True
    return outlines_meet(rows, i, rows, j, 0)


@numba.njit(cache=True, nogil=True)
def lay_lanes(ceilings: Shorts, leaves: int) -> Shorts:
    """Return (leaves, 8, LEAF) ceilings leaf by leaf; lanes without a volume are below all."""
    lanes = np.full((leaves, _SIDES, LEAF), _LEAST, np.int32)
    for leaf in range(leaves):
        start, stop = run_of(leaf, leaves, len(ceilings))
        for row in range(start, stop):
            for side in range(_SIDES):
                lanes[leaf, side, row - start] = ceilings[row, side]
    return lanes


@numba.njit(cache=True, nogil=True, inline="always")
def part_lanes(floors: Shorts, row: int, lanes: Shorts, leaf: int, parted: Shorts) -> None:
    """Say of each volume of a leaf whether it is apart from bounds: 1 or 0, lane by lane."""
    # Read before the loop that writes: a compiler cannot know that these are not written to.
    a, b, c, d = floors[row, 0], floors[row, 1], floors[row, 2], floors[row, 3]
    e, f, g, h = floors[row, 4], floors[row, 5], floors[row, 6], floors[row, 7]
    for lane in range(LEAF):
        parted[lane] = (
            np.int32(lanes[leaf, 0, lane] < a)
            | np.int32(lanes[leaf, 1, lane] < b)
            | np.int32(lanes[leaf, 2, lane] < c)
            | np.int32(lanes[leaf, 3, lane] < d)
            | np.int32(lanes[leaf, 4, lane] < e)
            | np.int32(lanes[leaf, 5, lane] < f)
            | np.int32(lanes[leaf, 6, lane] < g)
            | np.int32(lanes[leaf, 7, lane] < h)
        )


@numba.njit(cache=True, nogil=True)
def grow(pairs: Integers) -> Integers:
    """Return the pairs in an array with twice the room."""
    grown = np.empty((2 * len(pairs), 2), np.int64)
    grown[: len(pairs)] = pairs
    return grown


@numba.njit(cache=True, nogil=True, inline="always")
def join_leaves(  # noqa: PLR0913, PLR0917 - compiled: a record of these would be allocated
    rows: Rows,
    quads: Quads,
    owner: Integers,
    cells: Cells,
    lanes: Shorts,
    leaves: tuple[int, int],
    near: tuple[Integers, Shorts],
    pairs: Integers,
    count: int,
) -> int:
    """Write the meeting pairs of two leaves after `count`; return how many there are then.

    `near` is room for the volumes of a leaf of either, and for what is known of each of them.
    """
    (a, b), (close, parted) = leaves, near
    floors, all_leaves = cells[0][0], len(lanes)
    part_lanes(cells[1][0], b + all_leaves, lanes, a, parted)
    start, stop = run_of(a, all_leaves, len(owner))
    kept = 0
    for i in range(start, stop):
        close[LEAF + kept] = i
        kept += 1 - parted[i - start]
    first, last = run_of(b, all_leaves, len(owner))
    for k in range(LEAF, LEAF + kept):
        i = close[k]
        part_lanes(floors, i, lanes, b, parted)
        maybe = 0
        # A leaf against itself gives each pair once.
        for j in range(i + 1 if a == b else first, last):
            close[maybe] = j
            maybe += (parted[j - first] == 0) & (owner[i] != owner[j])
        for n in range(maybe):
            j = close[n]
            if overlap(rows[0], i, rows[0], j, 0) and quads_meet(rows, quads, i, j):
                pairs[count, 0], pairs[count, 1] = i, j
                count += 1
    return count


@numba.njit(cache=True, nogil=True)
def join_cells(rows: Rows, owner: Integers, cells: Cells) -> Integers:
    """Return (m, 2) places in the tree's order of volumes of different owners that meet.

    What meets only across ±180° is not among them: see `query_cells`.
    """
    node_floors, node_ceilings = cells[1]
    leaves, quads = len(node_floors) >> 1, find_quads(rows)
    lanes = lay_lanes(cells[0][1], leaves)
    near = np.empty(2 * LEAF + 1, np.int64), np.empty(LEAF, np.int32)
    pairs, count = np.empty((_FIRST_ROOM, 2), np.int64), 0
    stack = np.empty((_STACK, 2), np.int64)
    stack[0, 0] = stack[0, 1] = top = 1
    while top:
        top -= 1
        a, b = stack[top, 0], stack[top, 1]
        if a != b and not may_overlap(node_floors, a, node_ceilings, b):
            continue
        if a >= leaves:
            if count + LEAF * LEAF > len(pairs):
                pairs = grow(pairs)
            pair = a - leaves, b - leaves
            count = join_leaves(rows, quads, owner, cells, lanes, pair, near, pairs, count)
            continue
        for left in (2 * a + 1, 2 * a):
            for right in (2 * b + 1, 2 * b):
                if a != b or left <= right:
                    stack[top, 0], stack[top, 1] = left, right
                    top += 1
    return pairs[:count]
