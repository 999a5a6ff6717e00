import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import (
    encode_key,
    encode_keys,
    from_signed,
    is_valid_place,
    key_bounds,
    key_centres,
    key_range,
    parent_keys,
    to_signed,
)
from chengmo.grid.kernel import degrees_of

UNITS = 7_372_800
LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)
LEVEL = st.integers(0, 32)
# Kept decimals as people write them, to nine digits.
SHORT_LON = st.integers(-180 * 10**6, 180 * 10**6).map(lambda n: n / 10**6)
SHORT_LAT = st.integers(-90 * 10**5, 90 * 10**5).map(lambda n: n / 10**5)


def random_places(count, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-180, 180, count), rng.uniform(-90, 90, count)


@settings(deadline=None)
@given(lon=LON | SHORT_LON, lat=LAT | SHORT_LAT, level=LEVEL)
@example(lon=180.0, lat=90.0, level=32)
@example(lon=-180.0, lat=-90.0, level=32)
@example(lon=-0.0, lat=-0.0, level=32)
@example(lon=-5e-324, lat=5e-324, level=32)
def test_a_place_lies_in_its_cell(lon, lat, level):
    key = encode_key(lon, lat, level=level)
    west, south, east, north = (float(edge) for edge in key_bounds(key, level=level))
    snap = 2e-6 / UNITS
    assert west - snap <= lon <= east + snap
    assert south - snap <= lat <= north + snap
    assert west < east
    assert south < north


@settings(deadline=None)
@given(lon=LON, lat=LAT, level=LEVEL)
def test_the_centre_and_the_inner_corner_of_a_cell_encode_to_the_cell(lon, lat, level):
    key = encode_key(lon, lat, level=level)
    centre = key_centres(key, level=level)
    if level > 0:
        assert encode_key(*map(float, centre), level=level) == key
    west, south, east, north = (float(edge) for edge in key_bounds(key, level=level))
    # The corner nearest 0°, 0° belongs to the cell; at 0 itself only to the north-eastern one.
    near_lon, near_lat = (west if lon >= 0 else east), (south if lat >= 0 else north)
    if level > 0 and near_lon != 0 and near_lat != 0:
        assert encode_key(near_lon, near_lat, level=level) == key


@settings(deadline=None)
@given(lon=LON, lat=LAT, level=LEVEL, finer=LEVEL)
def test_a_parent_is_a_prefix_and_holds_the_child(lon, lat, level, finer):
    level, finer = sorted((level, finer))
    parent, child = encode_key(lon, lat, level=level), encode_key(lon, lat, level=finer)
    assert int(parent_keys(child, level)) == parent
    assert child >> (64 - 2 * level) == parent >> (64 - 2 * level)
    first, last = (int(key) for key in key_range(parent, level))
    assert first == parent <= child <= encode_key(lon, lat) <= last
    outer, inner = key_bounds(parent, level=level), key_bounds(child, level=finer)
    assert outer[0] <= inner[0] <= inner[2] <= outer[2]
    assert outer[1] <= inner[1] <= inner[3] <= outer[3]


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=2))
@example([0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_signed_keys_keep_the_order_and_come_back(keys):
    column = np.array(keys, np.uint64)
    signed = to_signed(column)
    assert signed.dtype == np.int64
    np.testing.assert_array_equal(
        np.argsort(signed, kind="stable"), np.argsort(column, kind="stable")
    )
    np.testing.assert_array_equal(from_signed(signed), column)


def test_signed_key_of_the_first_cell_is_the_smallest_integer():
    assert int(to_signed(np.uint64(0))) == -(2**63)


def test_cells_fill_the_world_without_gap_or_overlap_at_every_coarse_level():
    for level in range(9):
        lon, lat = np.meshgrid(np.arange(-179.5, 180), np.arange(-89.5, 90))
        keys = np.unique(encode_keys(lon, lat, level=level))
        west, south, east, north = key_bounds(keys, level=level)
        assert ((east - west) * (north - south)).sum() == 360 * 180


@pytest.mark.parametrize("level", range(9, 22))
def test_neighbouring_cells_share_an_edge_where_codes_are_unused(level):
    # 113°58'–114°: from minute 59 to the next degree, and second 59 to the next minute.
    lon = np.arange(113.9 * 3600, 114.1 * 3600) / 3600 + 1e-7
    keys = encode_keys(lon, 30.0, level=level)
    west, _, east, _ = key_bounds(keys, level=level)
    assert ((west[1:] == west[:-1]) | (west[1:] == east[:-1])).all()


def test_zero_belongs_to_the_north_east_and_the_edges_to_their_own_side():
    assert encode_key(-0.0, -0.0) == encode_key(0.0, 0.0) == 0
    assert encode_key(-1e-12, 0.0, level=1) == 1 << 62
    assert encode_key(0.0, -1e-12, level=1) == 1 << 63
    east, west = encode_key(180.0, 10.0), encode_key(-180.0, 10.0)
    assert east != west
    assert float(key_bounds(east, level=32)[2]) == 180.0
    assert float(key_bounds(west, level=32)[0]) == -180.0
    assert float(key_bounds(encode_key(0, 90.0), level=32)[3]) == 90.0
    assert float(key_bounds(encode_key(0, -90.0), level=32)[1]) == -90.0


def test_a_decimal_a_hair_below_a_grid_line_is_on_it():
    corner = 858_483_641 / UNITS
    assert encode_key(np.nextafter(corner, 0), 0.0) == encode_key(corner, 0.0)


def test_no_corner_of_a_finest_cell_falls_into_a_neighbour():
    keys = encode_keys(*random_places(200_000, 4))
    west, south, east, north = key_bounds(keys, level=32)
    lon = np.where(np.abs(west) < np.abs(east), west, east)
    lat = np.where(np.abs(south) < np.abs(north), south, north)
    np.testing.assert_array_equal(encode_keys(lon, lat), keys)


def test_units_become_degrees_as_if_divided():
    rng = np.random.default_rng(6)
    for units in rng.integers(0, 180 * UNITS + 1, 20_000) * 0.5:
        assert degrees_of(units) == units / UNITS


def test_levels_may_differ_from_key_to_key():
    lon, lat = random_places(330, 7)
    levels = np.tile(np.arange(33, dtype=np.uint8), 10)
    keys = parent_keys(encode_keys(lon, lat), levels)
    mixed, centres, ranges = (
        key_bounds(keys, level=levels),
        key_centres(keys, level=levels),
        key_range(keys, levels),
    )
    for i, level in enumerate(levels.tolist()):
        assert int(keys[i]) == encode_key(lon[i], lat[i], level=level)
        assert [e[i] for e in mixed] == [float(e) for e in key_bounds(keys[i], level=level)]
        assert [e[i] for e in centres] == [float(e) for e in key_centres(keys[i], level=level)]
        assert [e[i] for e in ranges] == [int(e) for e in key_range(keys[i], level)]


def test_results_may_be_written_into_given_columns():
    lon, lat = random_places(50, 11)
    keys, edges, centres = np.empty(50, np.uint64), np.empty((4, 50)), np.empty((2, 50))
    assert np.shares_memory(encode_keys(lon, lat, out=keys), keys)
    np.testing.assert_array_equal(keys, encode_keys(lon, lat))
    for levels in (17, np.full(50, 17)):
        key_bounds(keys, level=levels, out=edges)
        key_centres(keys, level=levels, out=centres)
        np.testing.assert_array_equal(edges, key_bounds(keys, level=17))
        np.testing.assert_array_equal(centres, key_centres(keys, level=17))
    for wrong in (np.empty(49, np.uint64), np.empty(50), np.empty(100, np.uint64)[::2]):
        with pytest.raises(InvalidCell, match="no room for 50"):
            encode_keys(lon, lat, out=wrong)
    with pytest.raises(InvalidCell, match="3 columns"):
        key_bounds(keys, level=32, out=edges[:3])


def test_columns_keep_their_shape_and_broadcast():
    assert encode_keys(114.0, 30.0).shape == ()
    assert encode_keys([[1, 2], [3, 4]], 5).shape == (2, 2)
    assert encode_keys([], []).shape == (0,)
    assert key_bounds(np.empty(0, np.uint64), level=9)[0].size == 0
    lon, lat = random_places(20, 8)
    np.testing.assert_array_equal(encode_keys(lon[::2], lat[::2]), encode_keys(lon, lat)[::2])
    lon.flags.writeable = False
    np.testing.assert_array_equal(encode_keys(lon, lat), encode_keys(lon.copy(), lat))
    assert encode_keys(lon.astype(np.float32), lat).dtype == np.uint64


@pytest.mark.parametrize(
    "bad",
    [
        (180.0000001, 0),
        (-180.1, 0),
        (0, 90.1),
        (0, -91),
        (np.nan, 0),
        (0, np.nan),
        (np.inf, 0),
        (0, -np.inf),
    ],
)
def test_the_first_place_off_the_earth_is_named(bad):
    lon, lat = random_places(50, 9)
    lon[[17, 30]], lat[[17, 30]] = bad
    assert np.flatnonzero(~is_valid_place(lon, lat)).tolist() == [17, 30]
    with pytest.raises(InvalidCell, match=r"at index 17 .*\(2 such\)"):
        encode_keys(lon, lat)


def test_what_is_no_number_no_level_or_no_key_is_refused():
    with pytest.raises(InvalidCell, match="no coordinates"):
        encode_keys(["east"], [1])
    with pytest.raises(InvalidCell, match="no coordinates"):
        encode_keys([1, 2, 3], [1, 2])
    for level in (-1, 33):
        with pytest.raises(InvalidCell, match="level"):
            encode_keys(1, 1, level=level)
        with pytest.raises(InvalidCell, match="level"):
            key_bounds(0, level=level)
        with pytest.raises(InvalidCell, match="level"):
            parent_keys(0, [level])
    with pytest.raises(InvalidCell, match="from_signed"):
        key_bounds(np.array([5], np.int64), level=3)
    with pytest.raises(InvalidCell, match="2⁶⁴"):
        parent_keys([-1], 3)
    with pytest.raises(InvalidCell, match="int64"):
        from_signed(np.array([5], np.uint64))


@pytest.mark.parametrize("field", [60 << 17, 63 << 17, 60 << 11, 63 << 11, 180 << 23, 255 << 23])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_key_in_an_unused_code_is_named(field, axis):
    key = sum((field >> bit & 1) << (2 * bit + axis) for bit in range(32))
    keys = np.array([0, 0, key], np.uint64)
    for levels in (32, np.array([32, 32, 32])):
        with pytest.raises(InvalidCell, match=f"key {key} at index 2"):
            key_bounds(keys, level=levels)
        with pytest.raises(InvalidCell, match="at index 2"):
            key_centres(keys, level=levels)


def test_ninety_degrees_of_longitude_are_used_and_of_latitude_not():
    key = sum((90 << 23 >> bit & 1) << (2 * bit) for bit in range(32))
    assert float(key_bounds(key, level=9)[0]) == 90.0
    with pytest.raises(InvalidCell, match="no cell"):
        key_bounds(key << 1, level=9)


def test_a_key_survives_json():
    key = encode_key(-116.3, -39.9)
    assert json.loads(json.dumps(key)) == key > 2**63
