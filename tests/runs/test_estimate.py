"""How long a run will still take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengmo.runs.estimate import estimate_rest_s


@pytest.mark.parametrize(
    ("elapsed_s", "progress", "earlier_s", "expected"),
    [
        (0.0, 0.0, [], None),
        (10.0, 0.01, [], None),
        (10.0, 0.5, [], 10.0),
        (10.0, 1.0, [], 0.0),
        (0.0, 0.0, [4.0, 6.0, 100.0], 6.0),
        (2.0, 0.0, [4.0, 6.0, 100.0], 4.0),
        (60.0, 0.0, [6.0], None),
        (10.0, 0.5, [30.0], 15.0),
    ],
)
def test_the_rest_is_told_from_the_rate_and_from_earlier_runs(
    elapsed_s, progress, earlier_s, expected
):
    assert estimate_rest_s(elapsed_s, progress, earlier_s) == expected


@given(st.floats(0, 1e6), st.floats(0, 1), st.lists(st.floats(0, 1e6)))
def test_the_rest_is_never_negative(elapsed_s, progress, earlier_s):
    rest_s = estimate_rest_s(elapsed_s, progress, earlier_s)
    assert rest_s is None or rest_s >= 0
