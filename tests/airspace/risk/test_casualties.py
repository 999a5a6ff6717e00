"""Critical areas as annex F has them, and what follows of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest
from chengmo_airspace.risk import (
    Descent,
    critical_area,
    expected_casualties,
    tolerable_failure_rate,
)

FEW = settings(max_examples=25, deadline=None)
# What the package of the annex's authors (CasEx 1.2.3) gives:
# dimension, mass, speed, angle, m².
CASEX = [
    (1, 3, 25, 35, 5.118376),
    (2, 3, 10, 90, 3.185575),
    (3, 50, 22.75, 35, 41.688352),
    (8, 400, 60, 10, 991.054052),
    (20, 5_000, 97.5, 62, 1123.248354),
    (40, 10_000, 130, 35, 21034.823366),
]


@pytest.mark.parametrize(("size", "mass", "speed", "angle", "wanted"), CASEX)
def test_the_area_is_that_of_the_annex_authors_own_program(size, mass, speed, angle, wanted):
    assert critical_area(size, mass, Descent(speed, angle))[0] == pytest.approx(wanted, abs=1e-5)


def test_the_nominal_aircraft_of_each_column_stay_below_the_annex_areas():
    sizes, masses, targets = [1, 3, 8, 20, 40], [3, 50, 400, 5_000, 10_000], [8, 80, 800, 8e3, 43e3]
    for size, mass, speed, most in zip(sizes, masses, [25, 35, 75, 150, 200], targets, strict=True):
        assert critical_area(size, mass, Descent(0.65 * speed))[0] < most


@FEW
@given(st.floats(0.1, 39), st.floats(0.1, 1e4), st.floats(0, 200), st.floats(1, 90))
def test_a_faster_or_heavier_crash_is_never_a_smaller_area(size, mass, speed, angle):
    area = critical_area(size, mass, Descent(speed, angle))
    assert area > 0
    assert critical_area(size, mass * 2, Descent(speed, angle)) >= area
    assert critical_area(size, mass, Descent(speed * 2, angle)) >= area
    assert critical_area(size, mass, Descent(speed, angle), obstacles=False) >= area


def test_casualties_are_proportional_to_each_factor_and_unknown_stays_unknown():
    one = expected_casualties(1_000, 10, failures_per_h=1e-3, outdoors_0to1=0.5)
    assert one[0] == pytest.approx(5e-6)
    assert np.isnan(expected_casualties([np.nan], 10, failures_per_h=1e-3)).all()
    with pytest.raises(InvalidRequest, match="0 or more"):
        expected_casualties(1, 1, failures_per_h=1, outdoors_0to1=1.5)


def test_the_tolerable_rate_gives_back_the_target():
    rate = tolerable_failure_rate([1_000, 0], 10)
    assert expected_casualties(1_000, 10, failures_per_h=rate[0])[0] == pytest.approx(1e-6)
    assert rate[1] == np.inf


def test_what_is_no_descent_is_refused():
    with pytest.raises(InvalidRequest, match="no descent"):
        Descent(10, 0)
