"""Compiled loops between places (degrees), GeoSOT fields and 64-bit keys.

One coordinate is counted in *units* of 1/2048 arc-second, `UNITS_PER_DEGREE` to a degree. Its
GeoSOT field is sign(1) degree(8) minute(6) second(6) 1/2048″(11), so 60 minutes and 60 seconds each
occupy 64 codes, four of them unused (GB/T 40087-2021). With m whole minutes and d whole degrees

    field = units + m · 2¹³ + d · 2¹⁹          (2¹⁷ − 122 880 = 2¹³; 64 · 2¹⁷ − 60 · 2¹⁷ = 2¹⁹)

which is linear, so the end of a cell is the image of the next code even when that code is unused.
A key is the Morton interleaving of the two fields, the latitude bit above the longitude bit.

Decimal degrees a hair below a grid line are on it: the units of a coordinate are exactly
floor(|degrees| · 7 372 800 + 2⁻²⁰), in rational arithmetic. One fused multiply-add does it: near
2³³ a binary64 counts in steps of 2⁻¹⁹, and rounds to the nearest of them.

Everything here is free of branches in its inner loop so that the compiler can vectorise it. Inputs
are contiguous 1-D arrays that the callers in `key` and `code` have checked; a result that is not 0
means "some item is bad, look again".
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import math
from fractions import Fraction
from typing import Any

import numba
import numpy as np
from numba.extending import intrinsic
from numpy.typing import NDArray

from chengmo.grid.compiler import spare_blas

spare_blas()

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
Levels = NDArray[np.uint8]
Bounds = tuple[Floats, Floats, Floats, Floats]
# What a level's cells have in common: see `cell_of`.
Cell = tuple[np.uint64, np.uint64, np.uint64, float, float]

UNITS_PER_DEGREE = 7_372_800
# About a millionth of the smallest cell: absorbs the rounding of decimal degrees (1e-7 of a unit).
SNAP = 2.0**-20

_UNITS = float(UNITS_PER_DEGREE)
_LON_END = 180 * _UNITS
_LAT_END = 90 * _UNITS
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
_ABSOLUTE = np.uint64(2**63 - 1)
_SIGN, _LON_SIGN = np.uint64(1 << 63), np.uint64(1 << 62)
_U0 = np.uint64(0)
_U1 = np.uint64(1)
_U2 = np.uint64(2)
_U3 = np.uint64(3)
_U4 = np.uint64(4)
_U8 = np.uint64(8)
_U13 = np.uint64(13)
_U16 = np.uint64(16)
_U17 = np.uint64(17)
_U19 = np.uint64(19)
_U23 = np.uint64(23)
_U31 = np.uint64(31)
_U32 = np.uint64(32)
_MINUTE_GAP, _DEGREE_GAP = np.uint64(1 << 13), np.uint64((1 << 19) - (1 << 15))
_LON_MISSING, _LAT_MISSING = np.uint64((256 - 180) << 23), np.uint64((256 - 90) << 23)
# Lowest of the four upper bits of the minute (19) and of the second (13), in both axes of a key.
_GAPS = np.uint64(3 << 38 | 3 << 26)
_TWO52_BITS, _TWO52 = np.uint64(0x4330000000000000), 2.0**52

# A coordinate as units + 2³³: the low 19 bits are its fraction, units stand from bit 19 to 51.
_OFFSET = 2.0**33
_LON_LAST, _LAT_LAST = _OFFSET + _LON_END - 1.0, _OFFSET + _LAT_END - 1.0
_WHOLE_UNITS = np.uint64((1 << 52) - (1 << 19))
# Added to (units + 2³³) / 122 880 and / 7 372 800 so that the quotient's floor stands where the
# field wants it, counted from bit 19: minutes from bit 13 (2²⁰ has 32 bits of fraction), degrees
# from bit 19 (2¹⁴ has 38). The last term keeps the rounding away from the whole number.
_TO_MINUTES = float(2**20 - 2**33 * Fraction(_PER_MINUTE) + Fraction(1, 2**33))
_TO_WHOLES = float(2**14 - 2**33 * Fraction(_PER_WHOLE) + Fraction(1, 2**39))
_MINUTE_BITS = np.uint64((1 << 52) - (1 << 32))
_WHOLE_BITS = np.uint64((1 << 52) - (1 << 38))
_SPREAD_16 = np.uint64(0x00007FFF0000FFFF)
# The binary64 bits of the limits: for positive numbers they are ordered as the numbers are, NaN and
# infinity last, so a coordinate is past its limit if this difference is negative.
_LON_LIMIT, _LAT_LIMIT = np.float64(180.0).view(np.uint64), np.float64(90.0).view(np.uint64)


@intrinsic
def fused(typing: Any, a: Any, b: Any, c: Any) -> Any:  # noqa: ARG001 - Numba's own signature
    """Return a · b + c, rounded once: one instruction, and the same on every processor."""
    signature = numba.float64(numba.float64, numba.float64, numba.float64)

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return signature, generate


@numba.njit(cache=True, nogil=True)
def spread_bits(value: np.uint64) -> np.uint64:
    """Move bit i of a 32-bit number to bit 2i."""
    return spread_halves((value | (value << _U16)) & _M16)


@numba.njit(cache=True, nogil=True)
def spread_halves(value: np.uint64) -> np.uint64:
    """Finish `spread_bits` where the upper 16 bits stand at bit 32 already."""
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
    return np.floor(min(fused(abs(degrees), _UNITS, _OFFSET) - _OFFSET, end - 1.0))


# Contraction to fused operations is allowed here only: every step is exact or far from an integer.
@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def magnitude_of(units: float) -> np.uint64:
    """Return the 31-bit field, without sign, of whole units."""
    minutes = np.floor(units * _PER_MINUTE + _HALF_MINUTE)
    whole = np.floor(units * _PER_WHOLE + _HALF_WHOLE)
    return np.uint64(np.int32((units + minutes * 8192.0) + whole * 524288.0))


@numba.njit(cache=True, nogil=True)
def spread_place(degrees: float, last: float) -> np.uint64:
    """Return the spread field, without sign, of a coordinate: `units_of`, `magnitude_of`, spread.

    Without a conversion between floating point and integers: the bits of the numbers are used.
    """
    counted = np.float64(min(fused(abs(degrees), _UNITS, _OFFSET), last)).view(np.uint64)
    counted = counted & ~np.uint64(0x7FFFF)
    units = np.uint64(counted).view(np.float64)
    minutes = np.float64(fused(units, _PER_MINUTE, _TO_MINUTES)).view(np.uint64) & _MINUTE_BITS
    wholes = np.float64(fused(units, _PER_WHOLE, _TO_WHOLES)).view(np.uint64) & _WHOLE_BITS
    field = (counted & _WHOLE_UNITS) + minutes + wholes
    return spread_halves(((field >> _U19) | (field >> _U3)) & _SPREAD_16)


@numba.njit(cache=True, nogil=True)
def encode(lon: Floats, lat: Floats, mask: np.uint64, out: Keys) -> np.uint64:
    """Write the key of each place, cut to `mask`; return 1 if a place is out of range, or 0."""
    beyond = _U0
    for i in range(lon.size):
        # The sum turns −0.0, which is east and north, into 0.0.
        a, b = lon[i] + 0.0, lat[i] + 0.0
        a_bits, b_bits = np.float64(a).view(np.uint64), np.float64(b).view(np.uint64)
        beyond |= (_LON_LIMIT - (a_bits & _ABSOLUTE)) | (_LAT_LIMIT - (b_bits & _ABSOLUTE))
        key = spread_place(a, _LON_LAST) | (spread_place(b, _LAT_LAST) << _U1)
        out[i] = (key | ((a_bits >> _U1) & _LON_SIGN) | (b_bits & _SIGN)) & mask
    return beyond >> np.uint64(63)


@numba.njit(cache=True, nogil=True)
def degrees_of(units: float) -> float:
    """Return units / 7 372 800, correctly rounded, for |units| < 2³² with at most one half."""
    return fused(units, _HIGH, units * _LOW)


@numba.njit(cache=True, nogil=True)
def units_of_field(magnitude: np.uint64) -> np.uint64:
    """Return the units of a field without its sign; linear over unused codes too."""
    minutes = (magnitude >> _U17) * _MINUTE_GAP
    return magnitude - minutes - (magnitude >> _U23) * _DEGREE_GAP


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


def _cells() -> tuple[Keys, Keys, Keys, Floats, Floats]:
    """Return what `cell_of` looks up: one row of (mask, step, last, size, cut) a level."""
    rows = [(0, 0, 0, 0.0, 0.0)]
    for level in range(1, 33):
        mask, step = (1 << 64) - (1 << (64 - 2 * level)), 1 << (32 - level)
        if level <= 9:  # noqa: PLR2004 - whole degrees
            rows.append((mask, step, 0, math.ldexp(_UNITS, 9 - level), 0.0))
        elif level <= 15:  # noqa: PLR2004 - whole minutes; 4, 2 and 1 of them divide 60
            cut = 4 * 122_880.0 if level <= 12 else 0.0  # noqa: PLR2004
            rows.append((mask, step, 63 << 17, math.ldexp(122_880.0, 15 - level), cut))
        else:
            cut = 4 * 2048.0 if level <= 18 else 0.0  # noqa: PLR2004 - as minutes
            rows.append((mask, step, 63 << 11, math.ldexp(1.0, 32 - level), cut))
    masks, steps, lasts, sizes, cuts = zip(*rows, strict=True)
    integers = (np.array(column, np.uint64) for column in (masks, steps, lasts))
    return *integers, np.array(sizes), np.array(cuts)


_MASKS, _STEPS, _LASTS, _SIZES, _CUTS = _cells()


@numba.njit(cache=True, nogil=True)
def cell_of(level: int) -> Cell:
    """Return what the cells of a level share: (mask, step, last, size, cut).

    `mask` holds the key's bits, `step` is one in the field's last bit and `size` the units of a
    cell; a cell is shorter by `cut` units if its end has no bit of `last`: the last cell before a
    whole degree (levels 10–12) or minute (16–18).
    """
    return _MASKS[level], _STEPS[level], _LASTS[level], _SIZES[level], _CUTS[level]


@numba.njit(cache=True, nogil=True)
def span_of(field: np.uint64, cell: Cell, end: float) -> tuple[float, float]:
    """Return the units from 0° to the nearer and the farther edge of the cell of a field."""
    _, step, last, size, cut = cell
    magnitude = field & _MAGNITUDE
    near = exact_float(units_of_field(magnitude))
    far = near + (size - cut if ((magnitude + step) & last) == _U0 else size)
    return near, min(far, end)


@numba.njit(cache=True, nogil=True)
def signed(value: float, field: np.uint64) -> float:
    """Return a positive number with the sign of a field."""
    return np.uint64(np.float64(value).view(np.uint64) | ((field << _U32) & _SIGN)).view(np.float64)


@numba.njit(cache=True, nogil=True)
def edges_of(field: np.uint64, cell: Cell, end: float) -> tuple[float, float]:
    """Return the lower and the upper edge of the cell of a field in degrees."""
    near, far = span_of(field, cell, end)
    near, far = signed(degrees_of(near), field), signed(degrees_of(far), field)
    return min(near, far), max(near, far)


@numba.njit(cache=True, nogil=True)
def middle_of(field: np.uint64, cell: Cell, end: float) -> float:
    """Return the middle of the cell of a field in degrees."""
    near, far = span_of(field, cell, end)
    return signed(degrees_of((near + far) * 0.5), field)


@numba.njit(cache=True, nogil=True)
def fields_of(key: np.uint64, mask: np.uint64) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Return the two fields of a key cut to `mask`, and a number that is 0 if it is used."""
    key = key & mask
    x, y = gather_bits(key), gather_bits(key >> _U1)
    return x, y, unused_bits(key, x, y)


@numba.njit(cache=True, nogil=True)
def decode_bounds(keys: Keys, level: int, out: Bounds) -> np.bool_:
    """Write west, south, east, north in degrees at one level (1–32); tell of unused keys."""
    west, south, east, north = out
    cell, bad = cell_of(level), _U0
    for i in range(keys.size):
        x, y, unused = fields_of(keys[i], cell[0])
        bad |= unused
        west[i], east[i] = edges_of(x, cell, _LON_END)
        south[i], north[i] = edges_of(y, cell, _LAT_END)
    return bad != 0


@numba.njit(cache=True, nogil=True)
def decode_centres(keys: Keys, level: int, out: tuple[Floats, Floats]) -> np.bool_:
    """Write the centre of each cell at one level (1–32); tell of unused keys."""
    lon, lat = out
    cell, bad = cell_of(level), _U0
    for i in range(keys.size):
        x, y, unused = fields_of(keys[i], cell[0])
        bad |= unused
        lon[i] = middle_of(x, cell, _LON_END)
        lat[i] = middle_of(y, cell, _LAT_END)
    return bad != 0


@numba.njit(cache=True, nogil=True)
def decode_mixed_bounds(keys: Keys, levels: Levels, out: Bounds) -> np.bool_:
    """As `decode_bounds`, each key with its own level (0–32; at level 0 all edges are 0)."""
    west, south, east, north = out
    bad = _U0
    for i in range(keys.size):
        cell = cell_of(np.int64(levels[i]))
        x, y, unused = fields_of(keys[i], cell[0])
        bad |= unused
        west[i], east[i] = edges_of(x, cell, _LON_END)
        south[i], north[i] = edges_of(y, cell, _LAT_END)
    return bad != 0


@numba.njit(cache=True, nogil=True)
def decode_mixed_centres(keys: Keys, levels: Levels, out: tuple[Floats, Floats]) -> np.bool_:
    """As `decode_centres`, each key with its own level (0–32)."""
    lon, lat = out
    bad = _U0
    for i in range(keys.size):
        cell = cell_of(np.int64(levels[i]))
        x, y, unused = fields_of(keys[i], cell[0])
        bad |= unused
        lon[i] = middle_of(x, cell, _LON_END)
        lat[i] = middle_of(y, cell, _LAT_END)
    return bad != 0


@numba.njit(cache=True, nogil=True)
def has_unused(keys: Keys, level: int) -> np.bool_:
    """Tell whether a key names no place at one level (1–32), without stopping at it."""
    mask, bad = cell_of(level)[0], _U0
    for i in range(keys.size):
        bad |= fields_of(keys[i], mask)[2]
    return bad != 0


@numba.njit(cache=True, nogil=True)
def find_unused(keys: Keys, levels: Levels) -> int:
    """Return the index of the first key that names no place, or −1."""
    for i in range(keys.size):
        if fields_of(keys[i], cell_of(np.int64(levels[i]))[0])[2]:
            return i
    return -1
