"""Compiled loops between places (degrees), GeoSOT fields and 64-bit keys.

One coordinate is counted in *units* of 1/2048 arc-second, `UNITS_PER_DEGREE` to a degree. Its
GeoSOT field is sign(1) degree(8) minute(6) second(6) 1/2048″(11), so 60 minutes and 60 seconds each
occupy 64 codes, four of them unused (GB/T 40087-2021). With m whole minutes and d whole degrees

    field = units + m · 2¹³ + d · 2¹⁹          (2¹⁷ − 122 880 = 2¹³; 64 · 2¹⁷ − 60 · 2¹⁷ = 2¹⁹)

which is linear, so the end of a cell is the image of the next code even when that code is unused.
A key is the Morton interleaving of the two fields, the latitude bit above the longitude bit.

Everything here is free of branches in its inner loop so that the compiler can vectorise it; the
floor divisions are done in binary64, exact for integers below 2³¹. Inputs are contiguous 1-D arrays
that the callers in `key` and `code` have checked; a returned count of bad items means "look again".
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
Levels = NDArray[np.uint8]
Bounds = tuple[Floats, Floats, Floats, Floats]

UNITS_PER_DEGREE = 7_372_800
# A millionth of the smallest cell: absorbs the rounding of decimal degrees (about 1e-7 of a unit).
SNAP = 1e-6

_UNITS = float(UNITS_PER_DEGREE)
_LON_END = 180 * _UNITS
_LAT_END = 90 * _UNITS
_LON_LIMIT, _LAT_LIMIT = 180.0, 90.0
_PER_MINUTE = 1.0 / 122_880.0
_PER_WHOLE = 1.0 / _UNITS
_HALF_MINUTE = 0.5 * _PER_MINUTE
_HALF_WHOLE = 0.5 * _PER_WHOLE
# 1/7 372 800 = high + low, `high` of 20 bits: units · high is exact, so units · high + units · low
# is the correctly rounded quotient without dividing (a tie would need 225 to divide 2ⁿ).
_HIGH = math.ldexp(math.floor(math.ldexp(_PER_WHOLE, 42)), -42)
_LOW = (1.0 - _HIGH * _UNITS) / _UNITS

_M16 = np.uint64(0x0000FFFF0000FFFF)
_M8 = np.uint64(0x00FF00FF00FF00FF)
_M4 = np.uint64(0x0F0F0F0F0F0F0F0F)
_M2 = np.uint64(0x3333333333333333)
_M1 = np.uint64(0x5555555555555555)
_LOW32 = np.uint64(0xFFFFFFFF)
_MAGNITUDE = np.uint64(0x7FFFFFFF)
_U1 = np.uint64(1)
_U2 = np.uint64(2)
_U4 = np.uint64(4)
_U8 = np.uint64(8)
_U13 = np.uint64(13)
_U15 = np.uint64(15)
_U16 = np.uint64(16)
_U17 = np.uint64(17)
_U19 = np.uint64(19)
_U23 = np.uint64(23)
_U31 = np.uint64(31)
_LON_MISSING, _LAT_MISSING = np.uint64((256 - 180) << 23), np.uint64((256 - 90) << 23)
# Lowest of the four upper bits of the minute (19) and of the second (13), in both axes of a key.
_GAPS = np.uint64(3 << 38 | 3 << 26)
_TWO52_BITS, _TWO52 = np.uint64(0x4330000000000000), 2.0**52


@numba.njit(cache=True, nogil=True)
def spread_bits(value: np.uint64) -> np.uint64:
    """Move bit i of a 32-bit number to bit 2i."""
    value = (value | (value << _U16)) & _M16
    value = (value | (value << _U8)) & _M8
    value = (value | (value << _U4)) & _M4
    value = (value | (value << _U2)) & _M2
    return (value | (value << _U1)) & _M1


@numba.njit(cache=True, nogil=True)
def gather_bits(value: np.uint64) -> np.uint64:
    """Undo `spread_bits`; the odd bits are ignored."""
    value = value & _M1
    value = (value | (value >> _U1)) & _M2
    value = (value | (value >> _U2)) & _M4
    value = (value | (value >> _U4)) & _M8
    value = (value | (value >> _U8)) & _M16
    return (value | (value >> _U16)) & _LOW32


@numba.njit(cache=True, nogil=True)
def units_of(degrees: float, end: float) -> float:
    """Return the whole units of |degrees|, kept below `end` (±180° and ±90° are inside)."""
    return np.floor(min(abs(degrees) * _UNITS + SNAP, end - 1.0))


# Contraction to fused operations is allowed here only: every step is exact or far from an integer.
@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def magnitude_of(units: float) -> np.uint64:
    """Return the 31-bit field, without sign, of whole units."""
    minutes = np.floor(units * _PER_MINUTE + _HALF_MINUTE)
    whole = np.floor(units * _PER_WHOLE + _HALF_WHOLE)
    return np.uint64(np.int32((units + minutes * 8192.0) + whole * 524288.0))


@numba.njit(cache=True, nogil=True)
def field_of(degrees: float, end: float) -> np.uint64:
    """Return the 32-bit GeoSOT field of a coordinate; −0.0 is 0.0."""
    return magnitude_of(units_of(degrees, end)) | (np.uint64(degrees < 0.0) << _U31)


@numba.njit(cache=True, nogil=True)
def degrees_of(units: float) -> float:
    """Return units / 7 372 800, correctly rounded, for |units| < 2³² with at most one half."""
    return units * _HIGH + units * _LOW


@numba.njit(cache=True, nogil=True)
def units_of_field(magnitude: np.uint64) -> np.uint64:
    """Return the units of a field without its sign; linear over unused codes too."""
    degrees = magnitude >> _U23
    return magnitude - ((magnitude >> _U17) << _U13) + (degrees << _U15) - (degrees << _U19)


@numba.njit(cache=True, nogil=True)
def unused_bits(key: np.uint64, x: np.uint64, y: np.uint64) -> np.uint64:
    """Return a number that is 0 if the key (fields x, y) names a place.

    A minute or second of 60–63 has its four upper bits set; degrees past the end overflow into the
    sign's bit when what is missing to 256 is added.
    """
    runs = key & (key >> _U2)
    runs = runs & (runs >> _U4) & _GAPS
    over = ((x & _MAGNITUDE) + _LON_MISSING) | ((y & _MAGNITUDE) + _LAT_MISSING)
    return runs | (over >> _U31)


@numba.njit(cache=True, nogil=True)
def exact_float(value: np.uint64) -> np.float64:
    """Convert an integer below 2⁵² by its bits: vectorised on every processor."""
    return np.uint64(value | _TWO52_BITS).view(np.float64) - _TWO52


@numba.njit(cache=True, nogil=True)
def encode(lon: Floats, lat: Floats, mask: np.uint64, out: Keys) -> int:
    """Write the key of each place, cut to `mask`; return how many places are out of range."""
    bad = 0
    for i in range(lon.size):
        a, b = lon[i], lat[i]
        bad += not ((abs(a) <= _LON_LIMIT) & (abs(b) <= _LAT_LIMIT))
        east = spread_bits(field_of(a, _LON_END))
        north = spread_bits(field_of(b, _LAT_END))
        out[i] = (east | (north << _U1)) & mask
    return bad


@numba.njit(cache=True, nogil=True)
def span_of(field: np.uint64, step: np.uint64, end: float) -> tuple[float, float]:
    """Return the signed (lower, upper) units of the cell that starts at `field`."""
    magnitude = field & _MAGNITUDE
    near = exact_float(units_of_field(magnitude))
    far = min(exact_float(units_of_field(magnitude + step)), end)
    if field >> _U31:
        return -far, -near
    return near, far


@numba.njit(cache=True, nogil=True)
def decode_bounds(keys: Keys, level: int, out: Bounds) -> np.bool_:
    """Write west, south, east, north in degrees at one level (1–32); tell of unused keys."""
    west, south, east, north = out
    mask = ~np.uint64(0) << np.uint64(64 - 2 * level)
    step = _U1 << np.uint64(32 - level)
    bad = np.uint64(0)
    for i in range(keys.size):
        key = keys[i] & mask
        x, y = gather_bits(key), gather_bits(key >> _U1)
        bad |= unused_bits(key, x, y)
        low, high = span_of(x, step, _LON_END)
        west[i], east[i] = degrees_of(low), degrees_of(high)
        low, high = span_of(y, step, _LAT_END)
        south[i], north[i] = degrees_of(low), degrees_of(high)
    return bad != 0


@numba.njit(cache=True, nogil=True)
def decode_centres(keys: Keys, level: int, lon: Floats, lat: Floats) -> np.bool_:
    """Write the centre of each cell at one level (1–32); tell of unused keys."""
    mask = ~np.uint64(0) << np.uint64(64 - 2 * level)
    step = _U1 << np.uint64(32 - level)
    bad = np.uint64(0)
    for i in range(keys.size):
        key = keys[i] & mask
        x, y = gather_bits(key), gather_bits(key >> _U1)
        bad |= unused_bits(key, x, y)
        low, high = span_of(x, step, _LON_END)
        lon[i] = degrees_of((low + high) * 0.5)
        low, high = span_of(y, step, _LAT_END)
        lat[i] = degrees_of((low + high) * 0.5)
    return bad != 0


@numba.njit(cache=True, nogil=True)
def decode_mixed_bounds(keys: Keys, levels: Levels, out: Bounds) -> np.bool_:
    """As `decode_bounds`, each key with its own level (0–32)."""
    west, south, east, north = out
    bad = np.uint64(0)
    for i in range(keys.size):
        level = np.int64(levels[i])
        if level == 0:
            west[i], south[i], east[i], north[i] = -180.0, -90.0, 180.0, 90.0
            continue
        key = keys[i] & (~np.uint64(0) << np.uint64(64 - 2 * level))
        step = _U1 << np.uint64(32 - level)
        x, y = gather_bits(key), gather_bits(key >> _U1)
        bad |= unused_bits(key, x, y)
        low, high = span_of(x, step, _LON_END)
        west[i], east[i] = degrees_of(low), degrees_of(high)
        low, high = span_of(y, step, _LAT_END)
        south[i], north[i] = degrees_of(low), degrees_of(high)
    return bad != 0


@numba.njit(cache=True, nogil=True)
def find_unused(keys: Keys, levels: Levels) -> int:
    """Return the index of the first key that names no place, or −1."""
    for i in range(keys.size):
        level = np.int64(levels[i])
        if level == 0:
            continue
        key = keys[i] & (~np.uint64(0) << np.uint64(64 - 2 * level))
        x, y = gather_bits(key), gather_bits(key >> _U1)
        if unused_bits(key, x, y):
            return i
    return -1
