"""Ways found by others: all moves as a graph for SciPy's Dijkstra, and lines cut by rationals."""

import itertools
from fractions import Fraction

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

MOVES = [move for move in itertools.product((-1, 0, 1), repeat=3) if any(move)]


def least_costs(prices, sizes, start):
    """Return the least cost by 26 moves from a cell to every other; `prices` is inf where closed.

    A move needs all cells free in the box that its two ends span.
    """
    rows, columns, costs = [], [], []
    for cell in np.ndindex(prices.shape):
        for move in MOVES:
            to = tuple(np.add(cell, move))
            if min(to) < 0 or any(n >= size for n, size in zip(to, prices.shape, strict=True)):
                continue
            box = tuple(slice(min(a, b), max(a, b) + 1) for a, b in zip(cell, to, strict=True))
            if np.isinf(prices[box]).any():
                continue
            rows.append(np.ravel_multi_index(cell, prices.shape))
            columns.append(np.ravel_multi_index(to, prices.shape))
            length = float(
                np.sqrt(sum((n * size) ** 2 for n, size in zip(move, sizes, strict=True)))
            )
            costs.append(length * (float(prices[cell]) + float(prices[to])) / 2)
    graph = coo_array((costs, (rows, columns)), shape=(prices.size, prices.size)).tocsr()
    return dijkstra(graph, indices=np.ravel_multi_index(start, prices.shape)).reshape(prices.shape)


def price_of_line(prices, sizes, a, b):
    """Return what a line between the middles of two cells costs, inf where it touches a closed one.

    Whether it touches a cell is told in rational numbers, cell by cell.
    """
    length = float(np.sqrt(sum(((q - p) * s) ** 2 for p, q, s in zip(a, b, sizes, strict=True))))
    total = 0.0
    low, high = np.minimum(a, b), np.maximum(a, b)
    for cell in itertools.product(*(range(p, q + 1) for p, q in zip(low, high, strict=True))):
        enter, leave = Fraction(0), Fraction(1)
        for n, p, q in zip(cell, a, b, strict=True):
            if p == q:
                continue
            ends = sorted(Fraction(2 * (n - p) + side, 2 * (q - p)) for side in (-1, 1))
            enter, leave = max(enter, ends[0]), min(leave, ends[1])
        if enter > leave:
            continue
        if np.isinf(prices[cell]):
            return np.inf
        total += float(leave - enter) * length * float(prices[cell])
    return total
