"""What is said of a file that cannot be scored: how many, the first by its key, no target."""

import numpy as np
import pytest

from chengmo.contests.prediction import Predictions, Unfit, aligned, format_of

KEYS = ("a", "b", "c")


def refused(contest, keys, values):
    with pytest.raises(Unfit) as caught:
        aligned(Predictions(tuple(keys), np.array(values, float)), KEYS, contest)
    return caught.value.reason.en


def test_predictions_are_put_in_the_order_of_the_keys(make):
    found = Predictions(("c", "a", "b"), np.array([3.0, 1.0, 2.0]))
    assert aligned(found, KEYS, make()).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("keys", "values", "said"),
    [
        ("a", [1], "2 keys are missing, the first one: b"),
        ("abcab", [1] * 5, "2 keys stand there more than once, the first one: a"),
        ("abcxy", [1] * 5, "2 keys are unknown, the first one: x"),
        ("abc", [1, np.nan, np.inf], "2 predictions are not finite numbers, the first one: b"),
    ],
)
def test_a_file_that_cannot_be_scored_says_why(make, keys, values, said):
    assert refused(make(), keys, values) == said


def test_what_a_prediction_must_be_depends_on_the_measure(make):
    said = refused(make(metric="log-loss", step=0.01), "abc", [0.5, 1.5, 0])
    assert said == "1 predictions are not probabilities from 0 to 1, the first one: b"
    assert "whole numbers" in refused(make(metric="f1", step=0.01), "abc", [0.5, 1, 0])


def test_a_hostile_key_is_shown_short_and_without_control_characters(make):
    said = refused(make(), ["a", "b", "c", "\x1b[31m" + "x" * 5000], [1] * 4)
    assert "\x1b" not in said
    assert len(said) < 200


def test_files_are_known_by_their_ending():
    assert format_of("A.CSV") == ".csv"
    assert format_of("a.parquet") == ".parquet"
    assert format_of("a.xlsx") is None
