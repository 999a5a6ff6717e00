import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengmo.catalog.disclosure import NO_LEVEL, rounded_counts, safe_levels
from chengmo.grid import encode_keys
from chengmo.grid.key import parent_keys

SECRET = b"s" * 32
# Close together, far apart, in other hemispheres: groups of every size.
PLACES = st.lists(
    st.tuples(
        st.sampled_from([114.3, 114.301, 114.5, 120.0, -60.0]),
        st.sampled_from([30.5, 30.5004, 30.6, -20.0]),
    ),
    max_size=40,
)


def keys_of(places):
    lon, lat = np.array(places, float).reshape(-1, 2).T
    return encode_keys(lon, lat) if lon.size else np.empty(0, np.uint64)


def groups_of(keys, levels):
    placed = levels != NO_LEVEL
    cells = parent_keys(keys[placed], levels[placed])
    pairs = np.stack([cells, levels[placed].astype(np.uint64)], axis=1)
    return np.unique(pairs, axis=0, return_counts=True)


@given(PLACES, st.integers(1, 7))
def test_nobody_stands_with_fewer_than_the_minimum(places, minimum):
    keys = keys_of(places)
    levels = safe_levels(keys, level=20, coarsest=5, minimum=minimum)
    _, counts = groups_of(keys, levels)
    assert (counts >= minimum).all()
    assert ((levels >= 5) & (levels <= 20) | (levels == NO_LEVEL)).all()


@given(PLACES, st.integers(2, 7))
def test_what_is_left_out_is_a_whole_coarsest_cell_that_is_too_small(places, minimum):
    # Else a total known from elsewhere less what is shown would tell of a few rows.
    keys = keys_of(places)
    levels = safe_levels(keys, level=20, coarsest=5, minimum=minimum)
    roots = parent_keys(keys, 5)
    for root in np.unique(roots):
        here = roots == root
        if (levels[here] == NO_LEVEL).any():
            assert (levels[here] == NO_LEVEL).all()
            assert here.sum() < minimum


@given(PLACES, st.integers(1, 7), st.randoms())
def test_the_order_of_the_rows_does_not_matter(places, minimum, random):
    keys = keys_of(places)
    order = list(range(keys.size))
    random.shuffle(order)
    levels = safe_levels(keys, level=20, coarsest=5, minimum=minimum)
    shuffled = safe_levels(keys[order], level=20, coarsest=5, minimum=minimum)
    assert (shuffled == levels[order]).all()


@given(st.integers(2, 20), st.data())
def test_a_rounded_count_is_a_multiple_next_to_the_count(base, data):
    counts = np.array(data.draw(st.lists(st.integers(base, 1000), min_size=1, max_size=20)))
    keys, levels = np.arange(counts.size, dtype=np.uint64), np.full(counts.size, 15, np.int16)
    found = rounded_counts(keys, levels, counts, base=base, secret=SECRET)
    assert (found % base == 0).all()
    assert (np.abs(found - counts) < base).all()
    assert (found >= base).all()
    again = rounded_counts(keys, levels, counts, base=base, secret=SECRET)
    assert (again == found).all()


def test_rounding_keeps_the_expected_value():
    # Fellegi 1975: unbiased. 20 000 cells of 7, rounded to 5 or 10: the mean is 7 ± 4 sigma.
    count = 20_000
    found = rounded_counts(
        np.arange(count, dtype=np.uint64), np.full(count, 15, np.int16), np.full(count, 7),
        base=5, secret=SECRET,
    )  # fmt: skip
    assert found.mean() == pytest.approx(7, abs=4 * 5 * np.sqrt(0.4 * 0.6 / count))


def test_another_secret_rounds_otherwise():
    keys, levels, counts = np.arange(50, dtype=np.uint64), np.full(50, 15), np.full(50, 7)
    one, other = (
        rounded_counts(keys, levels, counts, base=5, secret=secret) for secret in (SECRET, b"t")
    )
    assert (one != other).any()
