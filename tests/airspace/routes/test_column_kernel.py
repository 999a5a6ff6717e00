"""Bounds from below: never more than the truth, and never falling by more than a move costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.airspace.routes.references import least_costs

from chengmo_airspace.routes.column_kernel import bound_below, left_to_pay, lowest_prices
from chengmo_airspace.routes.lattice_kernel import find_way
from chengmo_airspace.routes.moves import PAD, STAY, lay_moves, strides_of

SIZES = (50.0, 40.0, 10.0)


def padded_prices(rng, shape):
    """Return prices that differ by height, a third closed, and the same flat and padded."""
    prices = rng.choice([1.0, 1.5, 3.0, 8.0], shape) * rng.choice([1.0, 1.0, 20.0], shape[2])
    prices = np.where(rng.random(shape) < 0.3, np.inf, prices).astype(np.float32)
    return prices, np.pad(prices, PAD, constant_values=np.inf).ravel()


def check_bounds(seed, shape):
    rng = np.random.default_rng(seed)
    prices, cells = padded_prices(rng, shape)
    strides, moves = strides_of(shape), lay_moves(shape, SIZES)
    stride = int(strides[1])
    ends = rng.integers(0, shape, (2, 3))
    if np.isinf(prices[tuple(ends.T)]).any():
        return
    lowest, _ = lowest_prices(cells, stride)
    share = rng.choice([0.0, 0.3, 1.0])
    tall = np.flatnonzero(rng.random(len(lowest)) < share)
    places, side = (ends + PAD) @ strides, int(rng.integers(-1, 2))
    bounds = bound_below(cells, lowest, strides, moves, places, tall, side, 0.1)
    known = np.array([left_to_pay(*bounds, cell, stride) for cell in range(len(cells))])
    truth = np.pad(least_costs(prices, SIZES, tuple(ends[1])), PAD, constant_values=np.inf)
    assert (known <= truth.ravel() * (1 + 1e-9) + 1e-9).all()
    for cell in np.flatnonzero(np.isfinite(cells)):
        for move in range(27):
            to = cell + moves.offsets[move]
            touched = [m for m in range(27) if moves.needs[move] >> m & 1]
            if move == STAY or np.isinf(cells[cell + moves.offsets[touched]]).any():
                continue
            paid = moves.lengths[move] * (float(cells[cell]) + float(cells[to])) / 2
            assert known[cell] <= paid + known[to] + 1e-6
    least = float(cells.min())
    _, cost, _ = find_way(cells, strides, moves, ends + PAD, least, 1.0, bounds)
    assert cost == pytest.approx(truth.ravel()[places[0]], rel=1e-9)


@given(st.integers(0, 2**32))
@settings(max_examples=3, deadline=None)
def test_a_bound_is_never_more_than_the_truth_nor_falls_by_more_than_a_move_costs(seed):
    check_bounds(seed, (4, 3, 3))


@pytest.mark.slow
def test_bounds_hold_in_hundreds_of_random_spaces():
    for seed in range(150):
        check_bounds(seed, (6, 5, 4))


def test_the_cheap_layer_is_the_mean_over_columns_that_differ_by_height():
    columns = [[1, 1, 1], [3, 2, 1], [2, 2, 5], [np.inf, 4, 4], [np.inf] * 3]
    lowest, layer = lowest_prices(np.array(columns, np.float32).ravel(), 3)
    assert lowest.tolist() == [1, 1, 2, 4, np.inf]
    assert layer == pytest.approx((2 + 0.5) / 2)
    assert np.isnan(lowest_prices(np.ones(6, np.float32), 3)[1])
