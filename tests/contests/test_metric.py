"""The measures against their definitions, computed another way: with fractions, by counting."""

import math
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.contests.metric import METRICS, SCORING_VERSION, is_usable, unfit_targets

NUMBERS = st.lists(
    st.tuples(st.integers(1, 1000), st.integers(-1000, 1000)), min_size=2, max_size=20
)
LABELS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=20)


def score(name, pairs):
    target, predicted = (np.array(side, float) for side in zip(*pairs, strict=True))
    return METRICS[name].compute(target, predicted)


def by_definition(name, pairs):
    pairs = [(Fraction(y), Fraction(p)) for y, p in pairs]
    count = len(pairs)
    if name == "mae":
        return sum(abs(y - p) for y, p in pairs) / count
    if name == "rmse":
        return math.sqrt(sum((y - p) ** 2 for y, p in pairs) / count)
    if name == "mape":
        return 100 * sum(abs(y - p) / abs(y) for y, p in pairs) / count
    if name == "smape":
        return 200 * sum(abs(y - p) / (abs(y) + abs(p)) for y, p in pairs) / count
    mean = statistics.mean(y for y, _ in pairs)
    return 1 - sum((y - p) ** 2 for y, p in pairs) / sum((y - mean) ** 2 for y, _ in pairs)


@pytest.mark.parametrize("name", ["mae", "rmse", "mape", "smape", "r2"])
@given(pairs=NUMBERS)
@settings(max_examples=15, deadline=None)
def test_measures_of_numbers_are_what_fractions_give(name, pairs):
    if name == "r2" and len({y for y, _ in pairs}) == 1:
        return
    assert score(name, pairs) == pytest.approx(float(by_definition(name, pairs)), rel=1e-12)


@given(pairs=LABELS)
@settings(max_examples=20, deadline=None)
def test_measures_of_labels_are_what_counting_gives(pairs):
    assert score("accuracy", pairs) == sum(y == p for y, p in pairs) / len(pairs)
    found = []
    for label in sorted({each for pair in pairs for each in pair}):
        right = sum(y == p == label for y, p in pairs)
        precision = right / max(1, sum(p == label for _, p in pairs))
        recall = right / max(1, sum(y == label for y, _ in pairs))
        found.append(2 * precision * recall / (precision + recall) if right else 0.0)
    assert score("macro-f1", pairs) == pytest.approx(statistics.mean(found))


def test_measures_of_probabilities():
    pairs = [(1, 0.8), (0, 0.4), (1, 0.5)]
    expected = -(math.log(0.8) + math.log(0.6) + math.log(0.5)) / 3
    assert score("log-loss", pairs) == pytest.approx(expected, rel=1e-14)
    assert score("brier", pairs) == pytest.approx((0.04 + 0.16 + 0.25) / 3, rel=1e-14)
    # Sure and wrong is dear, and not endless.
    assert score("log-loss", [(1, 0.0)]) == pytest.approx(-math.log(1e-15))


# Whoever has to change one of these raises SCORING_VERSION.
GOLDEN = {
    "mae": 5 / 4, "rmse": math.sqrt(10.5 / 4), "mape": 100 * (1 + 0.125 + 2.5 / 7) / 4,
    "smape": 50 * (2 / 6 + 0.5 / 8.5 + 2.5 / 11.5), "r2": 0.5, "accuracy": 0.25, "f1": 1.0,
    "macro-f1": 0.2,
}  # fmt: skip


def test_scores_of_this_version_stay_what_they_are():
    pairs = [(1, 1), (2, 4), (4, 4.5), (7, 4.5)]
    assert SCORING_VERSION == "1"
    for name, expected in GOLDEN.items():
        assert score(name, pairs) == pytest.approx(expected, rel=1e-15), name


@given(pairs=NUMBERS, random=st.randoms())
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_changes_no_digit(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    for name in ("mae", "mape", "smape"):
        assert score(name, pairs) == score(name, shuffled)


def test_what_can_be_scored():
    numbers = np.array([0.5, -1.0, np.nan, np.inf, 1e300])
    assert is_usable(numbers, "number").tolist() == [True, True, False, False, False]
    assert is_usable(numbers, "probability").tolist() == [True, False, False, False, False]
    assert is_usable(numbers, "label").tolist() == [False, True, False, False, False]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("mae", [1, np.nan]),
        ("log-loss", [0, 2]),
        ("f1", [0, 0.5]),
        ("mape", [0, 1]),
        ("r2", [3, 3]),
    ],
)
def test_targets_that_no_score_can_be_told_of_are_refused(name, target):
    assert unfit_targets(name, np.array(target, float)) is not None
    assert unfit_targets(name, np.array([1.0, 0.0])) is None or name == "mape"
