"""Compiled, exact geometry of rings on the lattice of 1e-9 degrees.

A ring is its vertices in whole numbers, without the first again at the end. No coordinate
difference reaches 2³⁹ (360° are 2³⁸·⁴), so the sign of a difference of two products is had
from 64-bit whole numbers alone: there is no rounding, hence no tolerance, anywhere here.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Window = tuple[int, int, int, int]
# Where a ring begins among many vertices, and where it ends.
Run = tuple[int, int]

_SMALL = 1 << 31
_HALF = 20
_LOW = (1 << _HALF) - 1


@numba.njit(cache=True, nogil=True, forceinline=True)
def sign_of_difference(a: int, b: int, c: int, d: int) -> int:
    """Return the sign of a·b − c·d, exactly, for factors below 2³⁹ in magnitude."""
    if (abs(a) | abs(b) | abs(c) | abs(d)) < _SMALL:
        value = a * b - c * d
        return (value > 0) - (value < 0)
    # Each factor is high · 2²⁰ + low with 0 ≤ low < 2²⁰: three sums of partial products, none of
    # which reaches 2⁶¹, then one carry.
    a1, a0, b1, b0 = a >> _HALF, a & _LOW, b >> _HALF, b & _LOW
    c1, c0, d1, d0 = c >> _HALF, c & _LOW, d >> _HALF, d & _LOW
    low = a0 * b0 - c0 * d0
    middle = a1 * b0 + a0 * b1 - c1 * d0 - c0 * d1 + (low >> _HALF)
    high = ((a1 * b1 - c1 * d1) << _HALF) + middle
    low &= _LOW
    if high != 0:
        return 1 if high > 0 else -1
    return 1 if low > 0 else 0


@numba.njit(cache=True, nogil=True, forceinline=True)
def turn(ax: int, ay: int, bx: int, by: int, cx: int, cy: int) -> int:
    """Return 1 if c lies left of the line from a to b, −1 right of it, 0 on it."""
    return sign_of_difference(bx - ax, cy - ay, by - ay, cx - ax)


@numba.njit(cache=True, nogil=True, forceinline=True)
def segments_meet(  # noqa: PLR0913, PLR0917 - eight numbers: compiled, arrays would be allocated
    ax: int, ay: int, bx: int, by: int, cx: int, cy: int, dx: int, dy: int
) -> bool:
    """Say whether the closed segments a–b and c–d have a point in common.

    They do if their boxes meet and neither lies strictly on one side of the other's line.
    """
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    if turn(ax, ay, bx, by, cx, cy) * turn(ax, ay, bx, by, dx, dy) > 0:
        return False
    return turn(cx, cy, dx, dy, ax, ay) * turn(cx, cy, dx, dy, bx, by) <= 0


@numba.njit(cache=True, nogil=True)
def ring_holds(ring: Integers, run: Run, x: int, y: int) -> bool:
    """Say whether a point lies inside a ring or on its edge (crossings to the east, exact)."""
    inside = False
    last = run[1] - 1
    for here in range(run[0], run[1]):
        ax, ay, bx, by = ring[last, 0], ring[last, 1], ring[here, 0], ring[here, 1]
        last = here
        if (ay > y) != (by > y):
            side = turn(ax, ay, bx, by, x, y)
            if side == 0:
                return True
            inside ^= (side > 0) == (by > ay)
        elif segments_meet(ax, ay, bx, by, x, y, x, y):
            return True
    return inside


@numba.njit(cache=True, nogil=True)
def edges_meet(one: Integers, a: Run, other: Integers, b: Run, shift: int, window: Window) -> bool:
    """Say whether an edge of one ring meets an edge of the other, moved east by `shift`.

    Only edges of `one` that reach into the window, common to the bounds of both, are looked at.
    """
    west, east, south, north = window
    last = a[1] - 1
    for here in range(a[0], a[1]):
        ax, ay, bx, by = one[last, 0], one[last, 1], one[here, 0], one[here, 1]
        last = here
        if max(ax, bx) < west or min(ax, bx) > east or max(ay, by) < south or min(ay, by) > north:
            continue
        before = b[1] - 1
        for there in range(b[0], b[1]):
            cx, cy = other[before, 0] + shift, other[before, 1]
            dx, dy = other[there, 0] + shift, other[there, 1]
            before = there
            if segments_meet(ax, ay, bx, by, cx, cy, dx, dy):
                return True
    return False


@numba.njit(cache=True, nogil=True)
def edge_parts(one: Integers, a: Run, other: Integers, b: Run, shift: int, side: int) -> bool:
    """Say whether an edge of a convex ring has all of another ring strictly beyond it.

    `side` is 1 if the ring goes round to the left, else −1. Only for rings that together span less
    than 2³¹, so that a product of two differences fits into 64 bits.
    """
    last = a[1] - 1
    for here in range(a[0], a[1]):
        ax, ay = one[last, 0] - shift, one[last, 1]
        dx, dy = (one[here, 0] - one[last, 0]) * side, (one[here, 1] - one[last, 1]) * side
        last = here
        beyond = True
        for there in range(b[0], b[1]):
            beyond &= dx * (other[there, 1] - ay) < dy * (other[there, 0] - ax)
        if beyond:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def find_winding(ring: Integers, run: Run) -> int:
    """Return 1 or −1 for a convex ring that goes round to the left or right, else 0."""
    lefts, rights = 0, 0
    before, last = run[1] - 2, run[1] - 1
    for here in range(run[0], run[1]):
        ax, ay, bx, by = ring[before, 0], ring[before, 1], ring[last, 0], ring[last, 1]
        side = turn(ax, ay, bx, by, ring[here, 0], ring[here, 1])
        lefts += side > 0
        rights += side < 0
        before, last = last, here
    if lefts and rights:
        return 0
    return 1 if lefts else -1


@numba.njit(cache=True, nogil=True)
def rings_meet(one: Integers, a: Run, other: Integers, b: Run, shift: int, window: Window) -> bool:
    """Say whether two closed areas have a point in common, the other moved east by `shift`.

    Either their edges meet, or one lies wholly inside the other, with every vertex. The window
    (west, east, south, north) is what the bounds of both have in common.
    """
    if edges_meet(one, a, other, b, shift, window):
        return True
    if ring_holds(other, b, one[a[0], 0] - shift, one[a[0], 1]):
        return True
    return ring_holds(one, a, other[b[0], 0] + shift, other[b[0], 1])


@numba.njit(cache=True, nogil=True)
def find_fault(ring: Integers) -> int:
    """Return −1 if a ring is simple, else the number of an edge that is at fault.

    Edge k leads from vertex k to the next. It is at fault if it turns back on the edge before it,
    or meets an edge that is not its neighbour. Edges are swept from west to east, so that only
    those above the same longitudes are compared.
    """
    count = len(ring)
    west = np.empty(count, np.int64)
    for k in range(count):
        after = (k + 1) % count
        west[k] = min(ring[k, 0], ring[after, 0])
        ax, ay = ring[k - 1, 0] - ring[k, 0], ring[k - 1, 1] - ring[k, 1]
        bx, by = ring[after, 0] - ring[k, 0], ring[after, 1] - ring[k, 1]
        if sign_of_difference(ax, by, ay, bx) == 0 and sign_of_difference(ax, bx, -ay, by) > 0:
            return k
    order = np.argsort(west)
    for n in range(count):
        k = order[n]
        after = (k + 1) % count
        ax, ay, bx, by = ring[k, 0], ring[k, 1], ring[after, 0], ring[after, 1]
        for m in range(n + 1, count):
            j = order[m]
            if west[j] > max(ax, bx):
                break
            beyond = (j + 1) % count
            if j == after or beyond == k:
                continue
            cx, cy, dx, dy = ring[j, 0], ring[j, 1], ring[beyond, 0], ring[beyond, 1]
            if segments_meet(ax, ay, bx, by, cx, cy, dx, dy):
                return k
    return -1


@numba.njit(cache=True, nogil=True)
def gather_rings(
    vertices: Integers, offsets: Integers, rows: Integers
) -> tuple[Integers, Integers]:
    """Return the vertices of some outlines, one after the other, and where each begins."""
    starts = np.zeros(len(rows) + 1, np.int64)
    for n in range(len(rows)):
        starts[n + 1] = starts[n] + offsets[rows[n] + 1] - offsets[rows[n]]
    gathered = np.empty((starts[-1], 2), np.int64)
    for n in range(len(rows)):
        for k in range(starts[n + 1] - starts[n]):
            gathered[starts[n] + k, 0] = vertices[offsets[rows[n]] + k, 0]
            gathered[starts[n] + k, 1] = vertices[offsets[rows[n]] + k, 1]
    return gathered, starts
