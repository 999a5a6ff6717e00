"""What the public board tells: invariants of the Ladder, and an attack that it stops."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.contests.ladder import rounded, told_loss

STEPS = st.sampled_from([0.001, 0.01, 0.1, 0.25, 0.5, 1.0, 10.0, 0.3])


def climb(losses, step):
    told, all_told = None, []
    for loss in losses:
        told = told_loss(told, loss, step=step)
        all_told.append(told)
    return all_told


@given(losses=st.lists(st.floats(0, 100), min_size=1, max_size=30), step=STEPS)
@settings(max_examples=40, deadline=None)
def test_what_is_told_only_falls_and_always_by_a_step_at_least(losses, step):
    told = climb(losses, step)
    for before, after in itertools.pairwise(told):
        assert after == before or after <= before - step * 0.999
    # And it is never further from the best so far than two steps.
    assert told[-1] - min(losses) <= step * 1.51
    assert min(losses) - told[-1] <= step * 0.51


@given(loss=st.floats(0, 1e4), step=STEPS)
@settings(max_examples=40, deadline=None)
def test_what_is_told_is_a_multiple_of_the_step(loss, step):
    told = rounded(loss, step)
    assert abs(told / step - round(told / step)) < 1e-2
    assert abs(told - loss) <= step * 0.51


def test_a_score_beyond_all_bounds_is_told_as_it_is():
    assert rounded(float("inf"), 0.1) == float("inf")
    assert told_loss(float("inf"), 7.04, step=0.1) == 7.0


def test_changing_one_prediction_at_a_time_tells_nothing():
    """Boosting by votes reads labels off exact scores; by the Ladder all it hears is one number."""
    random = np.random.default_rng(1)
    target = random.integers(0, 2, 200)
    start = random.integers(0, 2, 200)
    losses, told = [], None
    heard = set()
    for row in range(200):
        tried = start.copy()
        tried[row] = 1 - tried[row]
        loss = float(np.mean(tried != target))
        losses.append(loss)
        told = told_loss(told, loss, step=0.05)
        heard.add(told)
    # Each exact score tells whether the row was right.
    assert len(set(losses)) == 2
    assert len(heard) == 1
