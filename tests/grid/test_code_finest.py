"""The vectorised reader and writer of level 10 against the general loops of `code_kernel`."""

import numpy as np

from chengmo.grid import encode_keys
from chengmo.grid.code_finest import (
    bounds_of_finest,
    encode_finest,
    keys_of_finest,
    text_of_keys_finest,
)
from chengmo.grid.code_kernel import bounds_of_text, encode_text, keys_of_text

# More than a block, and no multiple of one.
COUNT = 12_345


def places():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, COUNT), rng.uniform(-88, 88, COUNT)
    lon[:6] = [0, -1e-9, 180, -180, 5.9999999999, 6.0]
    lat[:6] = [0, -1e-9, 87.9999, -87.9999, 3.9999999999, 4.0]
    return lon, lat


def outputs(count):
    return np.empty(count), np.empty(count), np.empty(count), np.empty(count)


def test_both_writers_and_both_readers_agree():
    lon, lat = places()
    general, finest, from_keys = (np.zeros((COUNT, 20), np.uint8) for _ in range(3))
    assert encode_text(lon, lat, 10, general) == (0, 0)
    assert encode_finest(lon, lat, finest.view(np.uint32)) == (0, 0)
    np.testing.assert_array_equal(finest, general)
    keys = encode_keys(lon, lat)
    assert text_of_keys_finest(keys, from_keys.view(np.uint32)) == 0
    np.testing.assert_array_equal(from_keys, general)
    one, other, levels = outputs(COUNT), outputs(COUNT), np.empty(COUNT, np.uint8)
    assert bounds_of_text(general, one, levels) == -1
    assert not bounds_of_finest(general.view(np.uint32), other)
    np.testing.assert_array_equal(one, other)
    found = np.empty(COUNT, np.uint64)
    assert not keys_of_finest(general.view(np.uint32), found)
    np.testing.assert_array_equal(found, keys)


def test_both_readers_refuse_the_same_characters_at_every_position():
    good = np.frombuffer(b"N50J47539B8255346152", np.uint8)
    levels, keys = np.empty(1, np.uint8), np.empty(1, np.uint64)
    for position in range(20):
        for character in range(256):
            row = good.copy().reshape(1, 20)
            row[0, position] = character
            wrong = bounds_of_text(row, outputs(1), levels) >= 0
            assert bounds_of_finest(row.view(np.uint32), outputs(1)) == wrong
            assert keys_of_finest(row.view(np.uint32), keys) == (
                wrong or keys_of_text(row, keys, levels) >= 0
            )


def test_places_off_the_earth_and_in_a_cap_are_counted():
    lon, lat = places()
    lon[[3, 700]], lat[[9, 11, 13]] = np.nan, [88.0, -89, 90]
    assert encode_finest(lon, lat, np.empty((COUNT, 5), np.uint32)) == (2, 3)
