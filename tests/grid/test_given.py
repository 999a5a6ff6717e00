"""What NumPy would quietly make into a number, and so into a wrong cell, is refused or a gap."""

import numpy as np
import pytest

from chengmo import grid
from chengmo.errors import InvalidCell, InvalidGeometry

LON, LAT = np.array([114.3055, 114.3162]), np.array([30.5433, 30.5810])
KEYS = grid.encode_keys(LON, LAT)
AREA = grid.cells_to_polygons(KEYS, 20)[0]
BY_LEVEL = {
    "encode_keys": lambda level: grid.encode_keys(LON, LAT, level=level),
    "encode_codes": lambda level: grid.encode_codes(LON, LAT, level=level),
    "encode_solid_codes": lambda level: grid.encode_solid_codes(LON, LAT, [1.0, 2.0], level=level),
    "height_keys": lambda level: grid.height_keys([1.0, 2.0], level=level),
    "code_of_key": lambda level: grid.code_of_key(KEYS, level=level),
    "key_bounds": lambda level: grid.key_bounds(KEYS, level=level),
    "parent_keys": lambda level: grid.parent_keys(KEYS, level),
    "cover_polygon": lambda level: grid.cover_polygon(
        grid.cells_to_polygons(KEYS, 20)[0], level=level
    ),
}


@pytest.mark.parametrize("name", BY_LEVEL)
@pytest.mark.parametrize("level", [1.5, "5", None, -1, 33, 10**30])
def test_a_level_is_one_whole_number_that_exists(name, level):
    with pytest.raises(InvalidCell):
        BY_LEVEL[name](level)


@pytest.mark.parametrize("name", BY_LEVEL)
def test_a_level_may_be_an_integer_of_any_kind(name):
    for level in (np.int64(7), np.uint8(7)):
        np.testing.assert_array_equal(BY_LEVEL[name](level), BY_LEVEL[name](7))
    if name != "code_of_key":
        np.testing.assert_array_equal(BY_LEVEL[name](True), BY_LEVEL[name](1))


@pytest.mark.parametrize("keys", [[1.0], [1.5], ["5"], [None], [-1], [2**64], 1e18, [[1, 2], [3]]])
def test_a_key_is_an_integer_and_never_cut_to_one(keys):
    with pytest.raises(InvalidCell):
        grid.key_bounds(keys, level=32)


def test_python_integers_of_any_size_are_keys_to_the_last_bit():
    keys = [int(KEYS[0]), 2**63 + 1, int(KEYS[1])]
    assert grid.parent_keys(keys, 32).tolist() == keys
    assert grid.parent_keys([keys, keys], 32).tolist() == [keys, keys]


def test_what_is_masked_is_no_place_no_key_and_no_height():
    masked = np.ma.array(LON, mask=[False, True])
    assert grid.is_valid_place(masked, LAT).tolist() == [True, False]
    with pytest.raises(InvalidCell, match=r"lon nan.*index 1"):
        grid.encode_keys(masked, LAT)
    with pytest.raises(InvalidCell, match="index 1"):
        grid.height_keys(np.ma.array([1, 2], mask=[False, True]))
    with pytest.raises(InvalidCell, match="masked"):
        grid.key_bounds(np.ma.array(KEYS, mask=[False, True]), level=32)
    whole = np.ma.array(LON)
    np.testing.assert_array_equal(grid.encode_keys(whole, LAT), KEYS)


@pytest.mark.parametrize("column", [LON + 1j, np.array(["2026-11-22"] * 2, "M8[s]")])
def test_complex_numbers_and_times_are_no_degrees(column):
    with pytest.raises(InvalidCell, match="no coordinates"):
        grid.encode_keys(column, LAT)
    with pytest.raises(InvalidCell, match="no heights"):
        grid.height_keys(column)


def test_a_text_has_no_cover_even_if_it_writes_a_polygon():
    with pytest.raises(InvalidGeometry, match="a str has no cover"):
        grid.cover_polygon("POLYGON ((0 0, 1 0, 1 1, 0 0))", level=5)  # pyright: ignore[reportArgumentType] - on purpose
