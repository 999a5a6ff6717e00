"""BeiDou text of level 10 on whole columns, as arithmetic that the compiler can vectorise.

A code of level 10 is 20 characters: five little-endian words of four. Words are worked out block by
block into small arrays (vectorised) and moved to or from the rows of text in a second short loop.
The general loops of `code_kernel` give the same, one place at a time, for all levels.
"""

# ruff: noqa: PLR2004, FBT001 - the bare numbers are the digits and cell counts of the standard's
# table; compiled functions take no keyword-only arguments.
# pyright: reportReturnType=false, reportArgumentType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.grid.kernel import (
    UNITS_PER_DEGREE,
    Bounds,
    Floats,
    Keys,
    degrees_of,
    exact_float,
    gather_bits,
    magnitude_of,
    spread_bits,
    units_of,
    units_of_field,
)

Words = NDArray[np.uint32]
FiveWords = tuple[np.uint32, np.uint32, np.uint32, np.uint32, np.uint32]

_BLOCK = 512
_B1, _B2, _B3, _B4 = (np.uint64(k * _BLOCK) for k in range(1, 5))
_U = float(UNITS_PER_DEGREE)
_LON_END, _LAT_END, _POLAR = 180.0 * _U, 90.0 * _U, 88.0 * _U
_LON_LIMIT, _LAT_LIMIT = 180.0, 90.0
_SHEET_LON, _SHEET_LAT, _HALF = 6.0 * _U, 4.0 * _U, _U / 2
_QUARTER, _SIXTH, _MINUTE = _U / 4, _U / 6, _U / 60
_U1, _U31 = np.uint64(1), np.uint64(31)
_MAGNITUDE = np.uint64(0x7FFFFFFF)
_N, _S, _UPPER = ord("N"), ord("S"), 0xDF


@numba.njit(cache=True, nogil=True, forceinline=True)
def split(units: float, size: float) -> tuple[float, float]:
    """Return whole parts and the rest; exact for whole numbers below 2³¹."""
    parts = np.floor((units + 0.5) * (1.0 / size))
    return parts, units - parts * size


@numba.njit(cache=True, nogil=True, forceinline=True)
def hex_digit(value: np.int32) -> np.int32:
    """Return the character of 0–E, less that of 0."""
    return value + 7 * (value > 9)


@numba.njit(cache=True, nogil=True, forceinline=True)
def words_of(x: float, y: float, west: bool, south: bool) -> tuple[int, int, int, int, int]:
    """Return the five words of the code of a cell, from its units; below 88° only."""
    c, x = split(x, _SHEET_LON)
    r, y = split(y, _SHEET_LAT)
    column = np.int32(30.0 - c if west else 31.0 + c)
    tens = (column * 205) >> 11
    first = 0x41303000 + (_S if south else _N)
    first += (tens << 8) + ((column - 10 * tens) << 16) + (np.int32(r) << 24)
    c, x = split(x, _HALF)
    r, y = split(y, _HALF)
    second = 0x30303030 + hex_digit(np.int32(c)) + (np.int32(r) << 8)
    c, x = split(x, _QUARTER)
    r, y = split(y, _SIXTH)
    second += np.int32(2.0 * r + c) << 16
    c, x = split(x, _MINUTE)
    r, y = split(y, _MINUTE)
    second += hex_digit(np.int32(c)) << 24
    u, v = np.int32(x), np.int32(y)
    third = 0x30303030 + np.int32(r) + (hex_digit(u >> 13) << 8) + (hex_digit(v >> 13) << 16)
    third += (((v >> 11) & 2) + ((u >> 12) & 1)) << 24
    fourth = 0x30303030 + ((u >> 9) & 7) + (((v >> 9) & 7) << 8)
    fourth += (((u >> 6) & 7) << 16) + (((v >> 6) & 7) << 24)
    fifth = 0x30303030 + ((u >> 3) & 7) + (((v >> 3) & 7) << 8)
    fifth += ((u & 7) << 16) + ((v & 7) << 24)
    return first, second, third, fourth, fifth


@numba.njit(cache=True, nogil=True, forceinline=True)
def digit_at(word: np.uint32, shift: int) -> np.int32:
    """Return the value 0–14 of one character of a word, either case; 255 if it is none."""
    character = np.int32((word >> shift) & 0xFF)
    letter = (character & _UPPER) - 0x37
    if (letter < 10) | (letter > 14):
        letter = np.int32(255)
    digit = character - 0x30
    return digit if (digit >= 0) & (digit < 10) else letter


@numba.njit(cache=True, nogil=True, forceinline=True)
def octals_of(word: np.uint32) -> tuple[int, int, bool]:
    """Return two octal digits east, two north, and whether a character is none of 0–7."""
    d = word ^ np.uint32(0x30303030)
    east = ((d & 7) << 3) | ((d >> 16) & 7)
    north = ((d >> 5) & 0x38) | ((d >> 24) & 7)
    return np.int32(east), np.int32(north), (d & 0xF8F8F8F8) != 0


@numba.njit(cache=True, nogil=True, forceinline=True)
def sheet_of(word: np.uint32) -> tuple[int, int, bool, bool]:
    """Return sheet 1–60, band 0–21, whether south, and whether a character is wrong."""
    hemisphere = np.int32(word & _UPPER)
    tens, ones = np.int32((word >> 8) & 0xFF) - 0x30, np.int32((word >> 16) & 0xFF) - 0x30
    band = np.int32((word >> 24) & _UPPER) - 0x41
    column = 10 * tens + ones
    wrong = (tens < 0) | (ones < 0) | (ones > 9) | (column < 1) | (column > 60)
    wrong |= (band < 0) | (band > 21) | ((hemisphere != _N) & (hemisphere != _S))
    return column, band, hemisphere == _S, wrong


@numba.njit(cache=True, nogil=True, forceinline=True)
def units_of_words(words: FiveWords) -> tuple[int, int, bool, bool, bool]:
    """Return units east and north, west, south, and whether a character is wrong."""
    first, second, third, fourth, fifth = words
    column, band, south, wrong = sheet_of(first)
    west = column <= 30
    c2, r2 = digit_at(second, 0), digit_at(second, 8)
    z3, c4 = digit_at(second, 16), digit_at(second, 24)
    r4, c5, r5, z6 = (
        digit_at(third, 0),
        digit_at(third, 8),
        digit_at(third, 16),
        digit_at(third, 24),
    )
    wrong |= (c2 > 11) | (r2 > 7) | (z3 > 5) | (c4 > 14)
    wrong |= (r4 > 9) | (c5 > 14) | (r5 > 14) | (z6 > 3)
    e7, n7, also = octals_of(fourth)
    e9, n9, too = octals_of(fifth)
    away = 30 - column if west else column - 31
    x = away * 44_236_800 + c2 * 3_686_400 + (z3 & 1) * 1_843_200 + c4 * 122_880
    y = band * 29_491_200 + r2 * 3_686_400 + (z3 >> 1) * 1_228_800 + r4 * 122_880
    x += (c5 << 13) + ((z6 & 1) << 12) + (e7 << 6) + e9
    y += (r5 << 13) + ((z6 >> 1) << 12) + (n7 << 6) + n9
    return x, y, west, south, wrong | also | too


@numba.njit(cache=True, nogil=True, forceinline=True)
def put(block: Words, i: np.uint64, words: FiveWords) -> None:
    """Store five words one block length apart: one base address, so the loop can be vectorised."""
    block[i] = words[0]
    block[i + _B1] = words[1]
    block[i + _B2] = words[2]
    block[i + _B3] = words[3]
    block[i + _B4] = words[4]


@numba.njit(cache=True, nogil=True, forceinline=True)
def take(block: Words, i: np.uint64) -> FiveWords:
    """Load what `put` stored."""
    return block[i], block[i + _B1], block[i + _B2], block[i + _B3], block[i + _B4]


@numba.njit(cache=True, nogil=True)
def move_out(block: Words, rows: Words) -> None:
    """Copy columns of words to rows of text."""
    for i in range(np.uint64(rows.shape[0])):
        rows[i, 0], rows[i, 1], rows[i, 2], rows[i, 3], rows[i, 4] = take(block, i)


@numba.njit(cache=True, nogil=True)
def move_in(rows: Words, block: Words) -> None:
    """Copy rows of text to columns of words."""
    for i in range(np.uint64(rows.shape[0])):
        put(block, i, (rows[i, 0], rows[i, 1], rows[i, 2], rows[i, 3], rows[i, 4]))


@numba.njit(cache=True, nogil=True)
def encode_finest(lon: Floats, lat: Floats, out: Words) -> tuple[int, int]:
    """Write the five words of each place; return how many are (off the Earth, in a polar cap)."""
    bad = deep = 0
    block = np.empty(5 * _BLOCK, np.uint32)
    for start in range(0, lon.size, _BLOCK):
        count = min(_BLOCK, lon.size - start)
        a, b = lon[start : start + count], lat[start : start + count]
        for i in range(np.uint64(count)):
            bad += not ((abs(a[i]) <= _LON_LIMIT) & (abs(b[i]) <= _LAT_LIMIT))
            x, y = units_of(a[i], _LON_END), units_of(b[i], _LAT_END)
            deep += y >= _POLAR
            put(block, i, words_of(x, y, a[i] < 0.0, b[i] < 0.0))
        move_out(block, out[start : start + count])
    return bad, deep


@numba.njit(cache=True, nogil=True)
def text_of_keys_finest(keys: Keys, out: Words) -> int:
    """Write the five words of each (valid) key; return how many lie in a polar cap."""
    deep = 0
    block = np.empty(5 * _BLOCK, np.uint32)
    for start in range(0, keys.size, _BLOCK):
        count = min(_BLOCK, keys.size - start)
        part = keys[start : start + count]
        for i in range(np.uint64(count)):
            u, v = gather_bits(part[i]), gather_bits(part[i] >> _U1)
            x = exact_float(units_of_field(u & _MAGNITUDE))
            y = exact_float(units_of_field(v & _MAGNITUDE))
            deep += y >= _POLAR
            put(block, i, words_of(x, y, (u >> _U31) != 0, (v >> _U31) != 0))
        move_out(block, out[start : start + count])
    return deep


@numba.njit(cache=True, nogil=True)
def bounds_of_finest(codes: Words, out: Bounds) -> bool:
    """Write edges in degrees; tell whether a code is wrong (the caller then looks which)."""
    wrong = False
    block = np.empty(5 * _BLOCK, np.uint32)
    for start in range(0, codes.shape[0], _BLOCK):
        stop = min(start + _BLOCK, codes.shape[0])
        move_in(codes[start:stop], block)
        west, south = out[0][start:stop], out[1][start:stop]
        east, north = out[2][start:stop], out[3][start:stop]
        for i in range(np.uint64(stop - start)):
            x, y, minus_x, minus_y, bad = units_of_words(take(block, i))
            wrong |= bad
            low = float(-x - 1 if minus_x else x)
            west[i], east[i] = degrees_of(low), degrees_of(low + 1.0)
            low = float(-y - 1 if minus_y else y)
            south[i], north[i] = degrees_of(low), degrees_of(low + 1.0)
    return wrong


@numba.njit(cache=True, nogil=True)
def keys_of_finest(codes: Words, keys: Keys) -> bool:
    """Write the key of each code; tell whether a code is wrong (the caller then looks which)."""
    wrong = False
    block = np.empty(5 * _BLOCK, np.uint32)
    for start in range(0, codes.shape[0], _BLOCK):
        stop = min(start + _BLOCK, codes.shape[0])
        move_in(codes[start:stop], block)
        part = keys[start:stop]
        for i in range(np.uint64(stop - start)):
            x, y, minus_x, minus_y, bad = units_of_words(take(block, i))
            wrong |= bad
            u = magnitude_of(float(x)) | (np.uint64(minus_x) << _U31)
            v = magnitude_of(float(y)) | (np.uint64(minus_y) << _U31)
            part[i] = spread_bits(u) | (spread_bits(v) << _U1)
    return wrong
