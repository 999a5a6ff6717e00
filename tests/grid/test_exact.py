"""GeoSOT keys by rational arithmetic: the slow reference that the compiled loops must equal.

A coordinate's units are floor(|degrees| · 7 372 800 + 2⁻²⁰), without any rounding; the field is
read off by whole divisions as the standard says (degrees, minutes, seconds, 1/2048 seconds).
"""

import math
from fractions import Fraction

import numpy as np
import pytest

from chengmo.grid import (
    encode_codes,
    encode_keys,
    key_bounds,
    key_centres,
    key_of_code,
    parent_keys,
)

UNITS = 7_372_800
SNAP = Fraction(1, 2**20)
LON_END, LAT_END = 180 * UNITS, 90 * UNITS


def spread(value):
    """Put bit i of a 16-bit number at bit 2i, one by one."""
    return sum((value >> bit & 1) << (2 * bit) for bit in range(16))


SPREAD = [spread(value) for value in range(1 << 16)]


def units(degrees, end):
    """Whole units from 0°, by `Fraction`."""
    return min(math.floor(abs(Fraction(degrees)) * UNITS + SNAP), end - 1)


def units_by_integers(degrees, end):
    """The same twenty times faster: a binary64 is an integer over a power of two."""
    above, below = abs(degrees).as_integer_ratio()
    return min(((above * UNITS << 20) + below) // (below << 20), end - 1)


def field(whole_units, negative):
    """The 32-bit field of units: sign(1) degree(8) minute(6) second(6) 1/2048″(11)."""
    degree, rest = divmod(whole_units, UNITS)
    minute, rest = divmod(rest, UNITS // 60)
    return negative << 31 | degree << 23 | minute << 17 | rest


def key(lon, lat, units_of=units):
    """The level-32 key of a place as a Python integer."""
    x, y = field(units_of(lon, LON_END), lon < 0), field(units_of(lat, LAT_END), lat < 0)
    high = SPREAD[x >> 16] | SPREAD[y >> 16] << 1
    return high << 32 | SPREAD[x & 0xFFFF] | SPREAD[y & 0xFFFF] << 1


def keys(lon, lat):
    """The keys of columns, one place at a time."""
    pairs = zip(lon.tolist(), lat.tolist(), strict=True)
    return np.array([key(a, b, units_by_integers) for a, b in pairs], np.uint64)


def random_places(count, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-180, 180, count), rng.uniform(-90, 90, count)


def adversarial_places(count, seed):
    """Places where a rounding decides: grid lines of every level, decimals, all a few ulps off.

    A quarter each: corners of cells of all levels as decimal degrees; the places just where the
    snap begins, 2⁻²⁰ of a unit below a line; decimals of 0 to 9 digits; and the ends (±180, ±90,
    ±0, the smallest numbers). Every one is then moved by −3 to 3 of its own last digits.
    """
    rng = np.random.default_rng(seed)

    def axis(end):
        size = count // 4
        whole = rng.integers(-end, end + 1, 2 * size).astype(np.float64)
        step = 2.0 ** rng.integers(0, 24, 2 * size) * rng.choice([1.0, 15.0, 225.0], 2 * size)
        lines = np.clip(np.round(whole / step) * step, -end, end)
        lines[size:] -= np.copysign(2.0**-20, lines[size:])
        digits = rng.integers(0, 10, size)
        limit = end // UNITS
        decimals = np.round(rng.uniform(-limit, limit, size) * 10.0**digits) / 10.0**digits
        ends = rng.choice([limit, -limit, 0.0, -0.0, 5e-324, -5e-324, 2.3e-308], count - 3 * size)
        places = np.r_[lines / UNITS, decimals, ends]
        for _ in range(3):
            places = np.nextafter(places, places + rng.integers(-1, 2, count))
        return rng.permutation(np.clip(places, -limit, limit))

    return axis(LON_END), axis(LAT_END)


def edge(code, end):
    """Units of the lower edge of a field without sign; codes 60–63 stand for what follows them."""
    degree, minute, second, rest = code >> 23, code >> 17 & 63, code >> 11 & 63, code & 2047
    if minute >= 60:
        return min((degree + 1) * UNITS, end)
    if second >= 60:
        return min(degree * UNITS + (minute + 1) * 122_880, end)
    return min(degree * UNITS + minute * 122_880 + second * 2048 + rest, end)


def bounds(key, level):
    """The edges of a cell in units: (west, east), (south, north)."""
    spans = []
    for axis, end in ((0, LON_END), (1, LAT_END)):
        code = sum((key >> (2 * bit + axis) & 1) << bit for bit in range(31))
        near, far = edge(code, end), edge(code + (1 << 32 - level), end)
        spans.append((-far, -near) if key >> 62 + axis & 1 else (near, far))
    return spans


@pytest.mark.parametrize("places", [random_places, adversarial_places])
@pytest.mark.parametrize(
    "count", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)], ids=["some", "a-million"]
)
def test_keys_equal_rational_arithmetic_without_exception(places, count):
    lon, lat = places(count, 7)
    np.testing.assert_array_equal(encode_keys(lon, lat), keys(lon, lat))


@pytest.mark.parametrize("places", [random_places, adversarial_places])
def test_codes_equal_rational_arithmetic_too(places):
    lon, lat = places(20_000, 8)
    coded = np.abs(lat) < 87.999
    found, levels = key_of_code(encode_codes(lon[coded], lat[coded], level=10))
    assert (levels == 32).all()
    np.testing.assert_array_equal(found, keys(lon[coded], lat[coded]))


def test_the_quick_integers_of_the_reference_equal_its_fractions():
    for degrees in np.concatenate(adversarial_places(400, 9)).tolist():
        assert units_by_integers(degrees, LON_END) == units(degrees, LON_END)


@pytest.mark.parametrize("level", range(1, 33))
def test_edges_and_centres_equal_rational_arithmetic(level):
    lon, lat = (
        np.r_[a, b]
        for a, b in zip(random_places(40, level), adversarial_places(40, level), strict=True)
    )
    cells = parent_keys(encode_keys(lon, lat), level)
    found = np.column_stack(key_bounds(cells, level=level))
    centres = np.column_stack(key_centres(cells, level=level))
    for key, edges, centre in zip(cells.tolist(), found.tolist(), centres.tolist(), strict=True):
        (west, east), (south, north) = bounds(key, level)
        assert edges == [west / UNITS, south / UNITS, east / UNITS, north / UNITS]
        assert centre == [(west + east) / 2 / UNITS, (south + north) / 2 / UNITS]
