"""Which sites to join: a sparse graph without crossings, and links that bear a loss.

A graph is (n,) nodes, numbered from 0, and (e, 2) pairs.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import Delaunay, QhullError

Integers = NDArray[np.int64]
Pair = tuple[int, int]

_LEAST_FOR_TRIANGLES = 4


def gabriel_pairs(place: ArrayLike, *, longest_m: float) -> list[Pair]:
    """Return the pairs between which no third site lies: within the circle over their distance.

    The Gabriel graph (Gabriel and Sokal, A new statistical approach to geographic variation
    analysis, Systematic Zoology 18, 1969): its straight lines do not cross, and it joins all that
    any graph joins at the least total length.

    Args:
        place: (n, 2) metres.
        longest_m: Longer pairs are left out.
    """
    at = np.asarray(place, np.float64)
    found: list[Pair] = []
    for i, j in _neighbours(at):
        middle, radius2 = (at[i] + at[j]) / 2, ((at[i] - at[j]) ** 2).sum() / 4
        inside = ((at - middle) ** 2).sum(axis=1) < radius2 * (1 - 1e-9)
        inside[[i, j]] = False
        if not inside.any() and 4 * radius2 <= longest_m**2:
            found.append((i, j))
    return found


def strengthen(
    place: ArrayLike, pairs: Iterable[Pair], *, longest_m: float, closed: Iterable[Pair] = ()
) -> list[Pair]:
    """Return pairs with such added that fewer parts, or fewer bridges, are left: the short first.

    A heuristic: each pair that helps is taken in the order of length, until no bridge is left or
    no pair helps. The pairs looked at are those of the Delaunay triangulation, whose lines do not
    cross either.

    Args:
        place: (n, 2) metres.
        pairs: What is there.
        longest_m: Longer pairs are not added.
        closed: Pairs between which nobody flies.
    """
    at, taken = np.asarray(place, np.float64), list(pairs)
    barred = set(closed) | set(taken)
    length = {pair: float(np.hypot(*(at[pair[0]] - at[pair[1]]))) for pair in _neighbours(at)}
    offered = sorted((metres, pair) for pair, metres in length.items() if pair not in barred)
    weakness = _weakness(len(at), taken)
    for metres, pair in offered:
        if weakness == (1, 0) or metres > longest_m:
            break
        then = _weakness(len(at), [*taken, pair])
        if then < weakness:
            taken.append(pair)
            weakness = then
    return sorted(taken)


def find_parts(count: int, pairs: Iterable[Pair]) -> Integers:
    """Return (count,) the number of the connected part of each node, the largest part 0.

    Example:
        >>> find_parts(4, [(1, 2), (2, 3)]).tolist()
        [1, 0, 0, 0]
    """
    part = list(range(count))

    def root(node: int) -> int:
        while part[node] != node:
            part[node] = part[part[node]]
            node = part[node]
        return node

    for i, j in pairs:
        part[root(i)] = root(j)
    _, number, sizes = np.unique(
        np.array([root(node) for node in range(count)], np.int64),
        return_inverse=True,
        return_counts=True,
    )
    rank = np.empty(len(sizes), np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[number]


def find_weak(count: int, pairs: Iterable[Pair]) -> tuple[list[Pair], list[int]]:
    """Return the bridges and the articulation points: what alone holds parts together.

    By depth-first search (Hopcroft and Tarjan, Efficient algorithms for graph manipulation,
    Communications of the ACM 16, 1973).

    Example:
        >>> find_weak(4, [(0, 1), (1, 2), (2, 0), (2, 3)])
        ([(2, 3)], [2])
    """
    near: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    edges = list(pairs)
    for number, (i, j) in enumerate(edges):
        near[i].append((j, number))
        near[j].append((i, number))
    order, low = [-1] * count, [0] * count
    bridges: list[int] = []
    joints: set[int] = set()
    for root in range(count):
        if order[root] < 0:
            _descend(root, near, (order, low), (bridges, joints))
    return sorted(edges[number] for number in bridges), sorted(joints)


def _descend(  # noqa: C901 - one walk, without recursion
    root: int,
    near: list[list[tuple[int, int]]],
    numbers: tuple[list[int], list[int]],
    found: tuple[list[int], set[int]],
) -> None:
    order, low = numbers
    bridges, joints = found
    order[root] = low[root] = count = max(order) + 1
    stack, children = [(root, -1, iter(near[root]))], 0
    while stack:
        node, by, rest = stack[-1]
        for other, number in rest:
            if number == by:
                continue
            if order[other] >= 0:
                low[node] = min(low[node], order[other])
                continue
            count += 1
            order[other] = low[other] = count
            stack.append((other, number, iter(near[other])))
            break
        else:
            stack.pop()
            if not stack:
                break
            parent = stack[-1][0]
            low[parent] = min(low[parent], low[node])
            if low[node] > order[parent]:
                bridges.append(by)
            if parent == root:
                children += 1
            elif low[node] >= order[parent]:
                joints.add(parent)
    if children > 1:
        joints.add(root)


def _weakness(count: int, pairs: list[Pair]) -> tuple[int, int]:
    """Return how many parts there are, and how many bridges."""
    return int(find_parts(count, pairs).max(initial=0)) + 1, len(find_weak(count, pairs)[0])


def _neighbours(at: NDArray[np.float64]) -> list[Pair]:
    """Return the pairs of the Delaunay triangulation; all pairs where there is none."""
    count = len(at)
    if count >= _LEAST_FOR_TRIANGLES:
        try:
            corners = Delaunay(at).simplices
        except QhullError:  # all on one line
            corners = None
        if corners is not None:
            sides = np.sort(
                np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
            )
            return [(int(i), int(j)) for i, j in np.unique(sides, axis=0)]
    return [(i, j) for i in range(count) for j in range(i + 1, count)]
