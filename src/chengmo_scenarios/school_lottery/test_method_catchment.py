"""Proposed catchments: connected, within the bound of every plan, against brute force."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from chengmo_scenarios.school_lottery.method.catchment import (
    bound_walk,
    link_cells,
    propose_catchments,
)


def small_city(seed, n=9, p=2):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (n, 2))
    school = rng.uniform(0, 1000, (p, 2))
    walk = np.hypot(*(xy[:, None] - school[None]).transpose(2, 0, 1))
    return xy, rng.integers(1, 5, n).astype(float), walk, np.full(p, 10.0)


def is_connected(links, zone, z):
    start, end = links
    inside = np.nonzero(zone == z)[0]
    matrix = np.zeros((len(inside), len(inside)))
    for a, i in enumerate(inside):
        for j in end[start[i] : start[i + 1]]:
            if zone[j] == z:
                matrix[a, np.nonzero(inside == j)[0][0]] = 1
    return connected_components(matrix)[0] == 1


@pytest.mark.parametrize("seed", range(6))
def test_zones_are_connected_and_no_plan_of_all_beats_the_bound(seed):
    xy, weight, walk, seats = small_city(seed)
    plan = propose_catchments(xy, weight, walk, seats, balance=0.3)
    links = link_cells(xy)
    assert all(is_connected(links, plan.zone, z) for z in range(2))
    best = np.inf
    for zone in product(range(2), repeat=len(xy)):
        load = np.bincount(zone, weights=weight, minlength=2)
        if (load <= plan.capacity).all():
            best = min(best, weight @ walk[np.arange(len(xy)), list(zone)])
    assert plan.bound <= best + 1e-6
    if plan.is_balanced:
        assert plan.walk >= best - 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_nearly_that_of_linear_programming(seed):
    _, weight, walk, seats = small_city(seed, n=40, p=4)
    capacity = 1.05 * weight.sum() * seats / seats.sum()
    n, p = walk.shape
    rows = np.kron(np.ones(n), np.eye(p)) * np.repeat(weight, p)
    each = np.kron(np.eye(n), np.ones(p))
    exact = linprog((walk * weight[:, None]).ravel(), A_ub=rows, b_ub=capacity, A_eq=each,
                    b_eq=np.ones(n)).fun  # fmt: skip
    bound, _ = bound_walk(walk, weight, capacity)
    assert bound <= exact + 1e-6
    assert bound >= 0.98 * exact


@pytest.mark.parametrize("count", [1, 2, 3, 4, 30])
def test_cells_are_linked_however_few_or_in_one_line(count):
    xy = np.column_stack([np.arange(count) * 100.0, np.zeros(count)])
    start, end = link_cells(xy)
    matrix = np.zeros((count, count))
    for i in range(count):
        matrix[i, end[start[i] : start[i + 1]]] = 1
    assert connected_components(matrix)[0] == 1


@pytest.mark.slow
def test_a_larger_city_is_balanced_with_a_small_gap():
    rng = np.random.default_rng(8)
    side = np.arange(20) * 500.0
    xy = np.array(np.meshgrid(side, side)).reshape(2, -1).T
    school = rng.uniform(0, 9500, (6, 2))
    walk = np.hypot(*(xy[:, None] - school[None]).transpose(2, 0, 1))
    weight = rng.integers(1, 30, 400).astype(float)
    plan = propose_catchments(xy, weight, walk, np.full(6, 100.0), balance=0.1)
    assert plan.is_balanced
    assert plan.gap < 0.1
    links = link_cells(xy)
    assert all(is_connected(links, plan.zone, z) for z in range(6))
