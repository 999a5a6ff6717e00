"""Compiled loops between places, keys and BeiDou 2-D text (GB/T 39409-2020, 5.1–5.3).

Text is a C-contiguous matrix of ASCII bytes, one code a row, padded with NUL. A cell is held as
the *units* (1/2048″) of its corner nearest 0°N 0°E with a west and a south flag, because below
level 1 every hemisphere counts away from the origin.
"""

# ruff: noqa: PLR2004, FBT001 - the bare numbers are the digits and cell counts of the standard's
# table; compiled functions take no keyword-only arguments.
# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.grid.kernel import (
    UNITS_PER_DEGREE,
    Bounds,
    Floats,
    Keys,
    Levels,
    degrees_of,
    gather_bits,
    magnitude_of,
    spread_bits,
    units_of,
    units_of_field,
)

Characters = NDArray[np.uint8]

_U = UNITS_PER_DEGREE
_HALF, _QUARTER, _SIXTH = _U // 2, _U // 4, _U // 6
_MINUTE, _SECONDS4 = _U // 60, _U // 900
_LON_END, _LAT_END = 180.0 * _U, 90.0 * _U
_POLAR = 88 * _U
_LON_LIMIT, _LAT_LIMIT = 180.0, 90.0

# Length of a code by level, and the size of its cell in units.
LENGTHS = np.array([0, 4, 6, 7, 9, 11, 12, 14, 16, 18, 20], np.int64)
LON_SIZES = np.array([0, 6 * _U, _HALF, _QUARTER, _MINUTE, 8192, 4096, 512, 64, 8, 1], np.int64)
LAT_SIZES = np.array([0, 4 * _U, _HALF, _SIXTH, _MINUTE, 8192, 4096, 512, 64, 8, 1], np.int64)
_LEVEL_OF_LENGTH = np.full(21, -1, np.int64)
_LEVEL_OF_LENGTH[LENGTHS[1:]] = np.arange(1, 11)
_DIGITS = np.frombuffer(b"0123456789ABCDE", np.uint8).copy()
_VALUES = np.full(256, 255, np.int64)
_VALUES[_DIGITS] = np.arange(15)
_VALUES[np.frombuffer(b"abcde", np.uint8)] = np.arange(10, 15)

_FINEST, _SHEET, _OCTAL_LEVEL = 10, 2, 7
_ZERO, _A, _N, _S = ord("0"), ord("A"), ord("N"), ord("S")
_UPPER = 0xDF
_U1, _U31 = np.uint64(1), np.uint64(31)
_MAGNITUDE = np.uint64(0x7FFFFFFF)


@numba.njit(cache=True, nogil=True)
def polar_digits(x: int, y: int, west: bool) -> tuple[int, int]:
    """Return the two digits of a level-2 cell of a polar cap (5.3 and figure 10)."""
    sector = x // (60 * _U)
    if y >= 89 * _U:
        if y >= 89 * _U + _HALF:
            return 0, 0
        return 0, 2 if sector == 2 else (3 if west else 1)
    upper = 2 if y >= _POLAR + _HALF else 0
    if sector == 2:
        return 2, upper + (1 if west else 0)
    return (3 if west else 1), upper + sector


@numba.njit(cache=True, nogil=True)
def write_polar(row: Characters, x: int, y: int, west: bool, level: int) -> None:
    """Write columns 1–5 of a code of a polar cap, level 1 or 2."""
    row[1], row[2], row[3] = _ZERO, _ZERO, _ZERO
    if level == _SHEET:
        first, second = polar_digits(x, y, west)
        row[4], row[5] = _ZERO + first, _ZERO + second


@numba.njit(cache=True, nogil=True)
def write_code(row: Characters, x: int, y: int, signs: tuple[bool, bool], level: int) -> bool:
    """Write one code from units and (west, south); tell whether it lies too deep in a polar cap."""
    west, south = signs
    row[0] = _S if south else _N
    if y >= _POLAR:
        if level > _SHEET:
            return True
        write_polar(row, x, y, west, level)
        return False
    c, r = x // (6 * _U), y // (4 * _U)
    x, y = x - c * (6 * _U), y - r * (4 * _U)
    column = 30 - c if west else 31 + c
    tens = column // 10
    row[1], row[2], row[3] = _ZERO + tens, _ZERO + column - 10 * tens, _A + r
    if level == 1:
        return False
    c, r = x // _HALF, y // _HALF
    x, y = x - c * _HALF, y - r * _HALF
    row[4], row[5] = _DIGITS[c], _ZERO + r
    if level == _SHEET:
        return False
    c, r = x // _QUARTER, y // _SIXTH
    x, y = x - c * _QUARTER, y - r * _SIXTH
    row[6] = _ZERO + 2 * r + c
    write_below_sheet(row, x, y, level)
    return False


@numba.njit(cache=True, nogil=True)
def write_below_sheet(row: Characters, x: int, y: int, level: int) -> None:
    """Write columns 7 onward: levels 4–10 from the units inside the level-3 cell."""
    if level >= 4:
        c, r = x // _MINUTE, y // _MINUTE
        x, y = x - c * _MINUTE, y - r * _MINUTE
        row[7], row[8] = _DIGITS[c], _ZERO + r
    if level >= 5:
        row[9], row[10] = _DIGITS[x >> 13], _DIGITS[y >> 13]
    if level >= 6:
        row[11] = _ZERO + ((y >> 11) & 2) + ((x >> 12) & 1)
    if level == _FINEST:
        # The common case without a loop.
        row[12], row[13] = _ZERO + ((x >> 9) & 7), _ZERO + ((y >> 9) & 7)
        row[14], row[15] = _ZERO + ((x >> 6) & 7), _ZERO + ((y >> 6) & 7)
        row[16], row[17] = _ZERO + ((x >> 3) & 7), _ZERO + ((y >> 3) & 7)
        row[18], row[19] = _ZERO + (x & 7), _ZERO + (y & 7)
        return
    for i in range(_OCTAL_LEVEL, level + 1):
        shift = 3 * (_FINEST - i)
        row[2 * i - 2] = _ZERO + ((x >> shift) & 7)
        row[2 * i - 1] = _ZERO + ((y >> shift) & 7)


@numba.njit(cache=True, nogil=True)
def encode_text(lon: Floats, lat: Floats, level: int, out: Characters) -> tuple[int, int]:
    """Write the code of each place; return how many are (out of range, too deep in a cap)."""
    bad = deep = 0
    for i in range(lon.size):
        a, b = lon[i], lat[i]
        if not ((abs(a) <= _LON_LIMIT) & (abs(b) <= _LAT_LIMIT)):
            bad += 1
            continue
        x, y = np.int64(units_of(a, _LON_END)), np.int64(units_of(b, _LAT_END))
        deep += write_code(out[i], x, y, (a < 0.0, b < 0.0), level)
    return bad, deep


@numba.njit(cache=True, nogil=True)
def text_of_keys(keys: Keys, level: int, out: Characters) -> int:
    """Write the code of each (valid) key at BeiDou level 4–10; return how many lie in a cap."""
    deep = 0
    for i in range(keys.size):
        u, v = gather_bits(keys[i]), gather_bits(keys[i] >> _U1)
        x = np.int64(units_of_field(u & _MAGNITUDE))
        y = np.int64(units_of_field(v & _MAGNITUDE))
        deep += write_code(out[i], x, y, ((u >> _U31) != 0, (v >> _U31) != 0), level)
    return deep


@numba.njit(cache=True, nogil=True)
def level_of_row(row: Characters) -> int:
    """Return the level whose length the row has up to its padding, or −1."""
    length = row.size
    while length > 0 and row[length - 1] == 0:
        length -= 1
    return _LEVEL_OF_LENGTH[length] if length <= 20 else -1


@numba.njit(cache=True, nogil=True)
def read_sheet(row: Characters, level: int) -> tuple[int, int, bool]:
    """Read levels 1–3 outside the caps: (x, y, whether a character is wrong)."""
    tens, ones = np.int64(row[1]) - _ZERO, np.int64(row[2]) - _ZERO
    band = np.int64(row[3] & _UPPER) - _A
    column = 10 * tens + ones
    wrong = (tens < 0) | (tens > 6) | (ones < 0) | (ones > 9) | (column < 1) | (column > 60)
    wrong |= (band < 0) | (band > 21)
    x = (column - 31 if column > 30 else 30 - column) * (6 * _U)
    y = band * (4 * _U)
    if level >= 2:
        c, r = _VALUES[row[4]], _VALUES[row[5]]
        wrong |= (c > 11) | (r > 7)
        x, y = x + c * _HALF, y + r * _HALF
    if level >= 3:
        z = _VALUES[row[6]]
        wrong |= z > 5
        x, y = x + (z & 1) * _QUARTER, y + (z >> 1) * _SIXTH
    return x, y, wrong


@numba.njit(cache=True, nogil=True)
def read_below_sheet(row: Characters, level: int) -> tuple[int, int, bool]:
    """Read levels 4–10: units inside the level-3 cell and whether a character is wrong."""
    c, r = _VALUES[row[7]], _VALUES[row[8]]
    wrong = (c > 14) | (r > 9)
    x, y = c * _MINUTE, r * _MINUTE
    if level >= 5:
        c, r = _VALUES[row[9]], _VALUES[row[10]]
        wrong |= (c > 14) | (r > 14)
        x, y = x + (c << 13), y + (r << 13)
    if level >= 6:
        z = _VALUES[row[11]]
        wrong |= z > 3
        x, y = x + ((z & 1) << 12), y + ((z >> 1) << 12)
    if level == _FINEST:
        c = _VALUES[row[12]] << 9 | _VALUES[row[14]] << 6 | _VALUES[row[16]] << 3 | _VALUES[row[18]]
        r = _VALUES[row[13]] << 9 | _VALUES[row[15]] << 6 | _VALUES[row[17]] << 3 | _VALUES[row[19]]
        # A digit above 7 sets a bit above the twelve, or collides: look at each digit's fourth bit.
        high = _VALUES[row[12]] | _VALUES[row[13]] | _VALUES[row[14]] | _VALUES[row[15]]
        high |= _VALUES[row[16]] | _VALUES[row[17]] | _VALUES[row[18]] | _VALUES[row[19]]
        return x + c, y + r, wrong | (high > 7)
    for i in range(_OCTAL_LEVEL, level + 1):
        shift = 3 * (_FINEST - i)
        c, r = _VALUES[row[2 * i - 2]], _VALUES[row[2 * i - 1]]
        wrong |= (c > 7) | (r > 7)
        x, y = x + (c << shift), y + (r << shift)
    return x, y, wrong


@numba.njit(cache=True, nogil=True)
def read_code(row: Characters, level: int) -> tuple[int, int, bool]:
    """Read a code outside the caps: (x, y, whether a character is wrong)."""
    x, y, wrong = read_sheet(row, level)
    hemisphere = row[0] & _UPPER
    wrong |= (hemisphere != _N) & (hemisphere != _S)
    if level > 3:
        dx, dy, also = read_below_sheet(row, level)
        return x + dx, y + dy, wrong | also
    return x, y, wrong


@numba.njit(cache=True, nogil=True)
def is_west(row: Characters) -> bool:
    """Tell whether a valid code lies west of the prime meridian: sheets 01–30."""
    return 10 * np.int64(row[1]) + np.int64(row[2]) - 11 * _ZERO <= 30


@numba.njit(cache=True, nogil=True)
def is_polar(row: Characters) -> bool:
    """Tell whether a code names a polar cap: `000` after the hemisphere."""
    return (row[1] == _ZERO) & (row[2] == _ZERO) & (row[3] == _ZERO)


@numba.njit(cache=True, nogil=True)
def polar_bounds(row: Characters, level: int) -> tuple[float, float, float, float, bool]:
    """Return west, nearer latitude, east, farther latitude of a cap's cell, and if it is wrong."""
    if level == 1:
        return -180.0, 88.0, 180.0, 90.0, False
    if level > _SHEET:
        return 0.0, 0.0, 0.0, 0.0, True
    a, b = np.int64(row[4]) - _ZERO, np.int64(row[5]) - _ZERO
    wrong = (a < 0) | (a > 3) | (b < 0) | (b > 3)
    if a == 0:
        if b == 0:
            return -180.0, 89.5, 180.0, 90.0, wrong
        west = 0.0 if b == 1 else (120.0 if b == 2 else -120.0)
        east = 120.0 if b == 1 else (-120.0 if b == 2 else 0.0)
        return west, 89.0, east, 89.5, wrong
    low = 88.0 + 0.5 * (b >> 1)
    half = 60.0 * (b & 1)
    west = half if a == 1 else (-60.0 - half if a == 3 else 120.0 - 5.0 * half)
    return west, low, west + 60.0, low + 0.5, wrong


@numba.njit(cache=True, nogil=True)
def bounds_of_text(codes: Characters, out: Bounds, levels: Levels) -> int:
    """Write edges in degrees and the level of each code; return the index of a wrong one, or −1."""
    west, south, east, north = out
    for i in range(codes.shape[0]):
        row = codes[i]
        level = level_of_row(row)
        if level < 0:
            return i
        levels[i] = level
        below = (row[0] & _UPPER) == _S
        if is_polar(row):
            west[i], low, east[i], high, wrong = polar_bounds(row, level)
            wrong |= not (below | ((row[0] & _UPPER) == _N))
        else:
            x, y, wrong = read_code(row, level)
            near, far = degrees_of(float(x)), degrees_of(float(x + LON_SIZES[level]))
            low, high = degrees_of(float(y)), degrees_of(float(y + LAT_SIZES[level]))
            flip = is_west(row)
            west[i], east[i] = (-far, -near) if flip else (near, far)
        south[i], north[i] = (-high, -low) if below else (low, high)
        if wrong:
            return i
    return -1


@numba.njit(cache=True, nogil=True)
def keys_of_text(codes: Characters, keys: Keys, levels: Levels) -> int:
    """Write the key and BeiDou level of each code of level 4–10; return a wrong index, or −1."""
    for i in range(codes.shape[0]):
        row = codes[i]
        level = level_of_row(row)
        if level < 4 or is_polar(row):
            return i
        x, y, wrong = read_code(row, level)
        if wrong:
            return i
        u = magnitude_of(float(x)) | (np.uint64(is_west(row)) << _U31)
        v = magnitude_of(float(y)) | (np.uint64((row[0] & _UPPER) == _S) << _U31)
        keys[i] = spread_bits(u) | (spread_bits(v) << _U1)
        levels[i] = level
    return -1
