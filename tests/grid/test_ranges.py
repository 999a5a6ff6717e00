import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import bbox_ranges, cell_ranges, encode_keys, in_ranges, key_range

LON, LAT = st.floats(-180, 180), st.floats(-90, 90)


def assert_ordered(ranges, most):
    assert ranges.dtype == np.uint64
    assert 1 <= len(ranges) <= most
    flat = [int(key) for key in ranges.ravel()]
    assert flat == sorted(flat)
    assert (ranges[:, 0] <= ranges[:, 1]).all()


@given(
    lon=st.tuples(LON, LON),
    lat=st.tuples(LAT, LAT),
    most=st.sampled_from([1, 2, 7, 64, 1000]),
    seed=st.integers(0, 9),
)
@example(lon=(-180.0, 180.0), lat=(-90.0, 90.0), most=64, seed=0)
@example(lon=(170.0, -170.0), lat=(-5.0, 5.0), most=64, seed=0)
@example(lon=(-1e-9, 0.0), lat=(-1e-9, 0.0), most=64, seed=0)
@example(lon=(0.0, 0.0), lat=(0.0, 0.0), most=64, seed=0)
@settings(deadline=None)
def test_the_ranges_of_a_box_hold_every_place_in_it(lon, lat, most, seed):
    (west, east), (south, north) = lon, sorted(lat)
    ranges = bbox_ranges(west, south, east, north, max_ranges=most)
    assert_ordered(ranges, most)
    rng = np.random.default_rng(seed)
    width = east - west if west <= east else east - west + 360
    x = np.r_[west + width * rng.random(200), west, west, east, east]
    x = np.where(x > 180, x - 360, x)
    y = np.clip(
        np.r_[south + (north - south) * rng.random(200), south, north, south, north], south, north
    )
    in_box = (x >= west) & (x <= east) if west <= east else (x >= west) | (x <= east)
    assert in_ranges(encode_keys(x[in_box], y[in_box]), ranges).all()


@pytest.mark.parametrize(
    "box", [(113.7, 29.97, 115.08, 31.36), (-0.3, 51.3, 0.2, 51.7), (-71.0, -34.0, -70.4, -33.2)]
)
def test_sixty_four_ranges_are_tight_for_a_city(box):
    west, south, east, north = box
    ranges = bbox_ranges(*box)
    rng = np.random.default_rng(1)
    x = rng.uniform(west - (east - west), east + (east - west), 40_000)
    y = rng.uniform(south - (north - south), north + (north - south), 40_000)
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    found = in_ranges(encode_keys(x, y), ranges)
    assert found[inside].all()
    # False positives against the area of the box itself.
    assert (found & ~inside).sum() < 0.12 * inside.sum()


def test_more_ranges_are_never_looser():
    rng = np.random.default_rng(2)
    keys = encode_keys(rng.uniform(112, 116, 20_000), rng.uniform(29, 32, 20_000))
    hits = [
        in_ranges(keys, bbox_ranges(113.7, 29.97, 115.08, 31.36, max_ranges=m)).sum()
        for m in (1, 4, 16, 64, 256)
    ]
    assert hits == sorted(hits, reverse=True)


def test_a_whole_degree_is_one_range():
    ranges = bbox_ranges(114.0, 30.0, np.nextafter(115.0 - 1e-12, 0) - 1e-7, 31.0 - 1e-7)
    first, last = key_range(encode_keys(114.5, 30.5), 9)
    assert len(ranges) >= 1
    assert ranges[0, 0] == first
    assert ranges[-1, 1] <= last


def test_a_point_is_one_key():
    key = encode_keys(114.3, 30.6)
    assert bbox_ranges(114.3, 30.6, 114.3, 30.6).tolist() == [[key, key]]


def test_neighbouring_cells_join_to_one_range():
    keys = np.array([0, 1, 3, 2], np.uint64) << np.uint64(44)
    assert cell_ranges(keys, 10).tolist() == [[0, (4 << 44) - 1]]
    assert cell_ranges(np.array([3, 1], np.uint64) << np.uint64(62), 1).tolist() == [
        [1 << 62, (2 << 62) - 1],
        [3 << 62, 2**64 - 1],
    ]
    assert cell_ranges(np.empty(0, np.uint64), 5).shape == (0, 2)
    assert not in_ranges([1, 2], np.empty((0, 2), np.uint64)).any()


@pytest.mark.parametrize(
    "box", [(0, 1, 1, 0), (0, 0, 181, 1), (0, -91, 1, 0), (float("nan"), 0, 1, 1)]
)
def test_what_is_no_box_is_refused(box):
    with pytest.raises(InvalidCell, match="no box"):
        bbox_ranges(*box)


def test_no_range_at_all_is_refused():
    with pytest.raises(InvalidCell, match="at least one"):
        bbox_ranges(0, 0, 1, 1, max_ranges=0)
