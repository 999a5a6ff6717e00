"""Readers of the published instances (Beasley's OR-Library; Holmberg et al.; Avella & Boccia)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import floyd_warshall


@dataclass(frozen=True)
class Plant:
    """A capacitated location instance: costs are for serving all of a customer."""

    demand: np.ndarray
    capacity: np.ndarray
    fixed: np.ndarray
    cost: np.ndarray  # (customers, sites)


def read_numbers(path: Path) -> np.ndarray:
    return np.array(path.read_text(errors="replace").split(), dtype=np.float64)


def read_median(path: Path) -> tuple[np.ndarray, int]:
    """Return the matrix of shortest paths and p; of a repeated edge the last one counts."""
    numbers = read_numbers(path).astype(np.int64)
    n, _edges, p = numbers[:3]
    length = np.full((n, n), np.inf)
    for a, b, cost in numbers[3:].reshape(-1, 3):
        length[a - 1, b - 1] = length[b - 1, a - 1] = cost
    np.fill_diagonal(length, 0.0)
    return floyd_warshall(length, directed=False), int(p)


def read_cap(path: Path) -> Plant:
    numbers = read_numbers(path)
    m, n = int(numbers[0]), int(numbers[1])
    sites = numbers[2 : 2 + 2 * m].reshape(m, 2)
    rest = numbers[2 + 2 * m :].reshape(n, m + 1)
    return Plant(rest[:, 0], sites[:, 0], sites[:, 1], rest[:, 1:])


def read_holmberg(path: Path) -> Plant:
    numbers = read_numbers(path)
    m, n = int(numbers[0]), int(numbers[1])
    sites = numbers[2 : 2 + 2 * m].reshape(m, 2)
    demand = numbers[2 + 2 * m : 2 + 2 * m + n]
    cost = numbers[2 + 2 * m + n :].reshape(m, n)
    return Plant(demand, sites[:, 0], sites[:, 1], cost.T.copy())


def read_tbed(path: Path) -> Plant:
    numbers = read_numbers(path)
    n, m = int(numbers[0]), int(numbers[1])
    demand, rest = numbers[2 : 2 + n], numbers[2 + n :]
    capacity, fixed = rest[:m], rest[m : 2 * m]
    return Plant(demand, capacity, fixed, rest[2 * m :].reshape(m, n).T.copy())


def read_values(path: Path) -> dict[str, float]:
    """Return name to published optimum."""
    pairs = [line.split() for line in path.read_text(errors="replace").splitlines()]
    return {pair[0]: float(pair[1]) for pair in pairs if len(pair) == 2 and pair[1][0].isdigit()}
