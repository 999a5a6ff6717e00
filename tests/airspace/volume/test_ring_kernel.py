"""Signs of areas are exact up to the largest differences there are."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo_airspace.volume.ring_kernel import sign_of_difference

FACTORS = st.integers(-(2**39) + 1, 2**39 - 1)
MOST = 2**39 - 1


@given(FACTORS, FACTORS, FACTORS, FACTORS)
@example(MOST, MOST, MOST, MOST)
@example(MOST, MOST, MOST - 1, MOST)
@example(-MOST, MOST, MOST, -MOST)
@example(MOST, -MOST, -MOST, -MOST)
@example(2**31, 2**31 - 2, 2**31 - 1, 2**31 - 1)
@example(-(2**20), 1, 0, 0)
@settings(max_examples=60, deadline=None)
def test_the_sign_of_a_difference_of_products_is_that_of_unlimited_numbers(a, b, c, d):
    exact = a * b - c * d
    assert sign_of_difference(a, b, c, d) == (exact > 0) - (exact < 0)


@given(FACTORS, st.integers(-(2**20), 2**20))
@settings(max_examples=30, deadline=None)
def test_products_one_apart_are_told_apart(a, b):
    # (a + b)(a − b) = a² − b²: large factors, a small difference.
    one, other = max(min(a + b, MOST), -MOST), max(min(a - b, MOST), -MOST)
    exact = a * a - one * other
    assert sign_of_difference(a, a, one, other) == (exact > 0) - (exact < 0)
