"""Compiled zip of BeiDou 2-D text and vertical fields into 3-D text (GB/T 39409-2020, figure 12).

A 2-D code of level 10 is five little-endian words of four characters, a 3-D code eight. With the
2-D characters h (hemisphere) and p (the others, in order) and the digits a of the height:

    h a₀ p p | p a₁ a₂ p | p a₃ p a₄ | p p a₅ p | p a₆ p a₇ | p p a₈ p | p a₉ p p | a₁₀ p p a₁₁

Codes of coarser levels are prefixes of these. The 2-D characters pass unread.
"""

# ruff: noqa: PLR2004 - the bare numbers are the bits of annex C.14 and positions in words.
# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np

from chengmo.grid.code_finest import FiveWords, Words, hex_digit, units_of_words, words_of
from chengmo.grid.height_kernel import Fields
from chengmo.grid.kernel import UNITS_PER_DEGREE, Bounds, Floats, degrees_of, units_of

_BLOCK = 256
_B1, _B2, _B3, _B4, _B5, _B6, _B7 = (np.uint64(k * _BLOCK) for k in range(1, 8))

_U1, _U2, _U3, _U4, _U5, _U6, _U7 = (np.uint64(k) for k in range(1, 8))
_U = float(UNITS_PER_DEGREE)
_LON_END, _LAT_END = 180.0 * _U, 90.0 * _U
# In the last 1e-9° below 88° the snap may lead into the polar cap: left to the caller too.
_LON_LIMIT, _POLAR_LIMIT = 180.0, 88.0 - 1e-9


@numba.njit(cache=True, nogil=True, forceinline=True)
def zip_words(flat: FiveWords, field: np.uint32) -> tuple[int, int, int, int, int, int, int, int]:
    """Return the eight words of a 3-D code from the five of the 2-D code and the field."""
    v, w, x, y, z = flat
    f = np.int64(field)
    top = np.int32((f >> 25) & 63)
    tens = (top * 205) >> 11
    high = np.int32((f >> 12) & 0x1FFF)
    a5, a6 = hex_digit(np.int32((f >> 17) & 15)), hex_digit((high >> 1) & 15)
    low = np.int32(f & 0xFFF)
    return (
        (v & 0xFF) | ((f >> 31) + 0x30) << 8 | (v & 0xFFFF00) << 8,
        v >> 24 | (tens + 0x30) << 8 | (top - 10 * tens + 0x30) << 16 | (w & 0xFF) << 24,
        ((w >> 8) & 0xFF)
        | (((f >> 22) & 7) + 0x30) << 8
        | (w & 0xFF0000)
        | (((f >> 21) & 1) + 0x30) << 24,
        w >> 24 | (x & 0xFF) << 8 | (a5 + 0x30) << 16 | (x & 0xFF00) << 16,
        ((x >> 16) & 0xFF) | (a6 + 0x30) << 8 | (x >> 24) << 16 | ((high & 1) + 0x30) << 24,
        (y & 0xFFFF) | ((low >> 9) + 0x30) << 16 | (y & 0xFF0000) << 8,
        y >> 24 | (((low >> 6) & 7) + 0x30) << 8 | (z & 0xFFFF) << 16,
        (((low >> 3) & 7) + 0x30) | (z >> 16) << 8 | ((low & 7) + 0x30) << 24,
    )


@numba.njit(cache=True, nogil=True)
def join_words(flat: Words, fields: Fields, out: Words) -> None:
    """Write the eight words of each 3-D code from the five of the 2-D code and the field."""
    for i in range(flat.shape[0]):
        words = (flat[i, 0], flat[i, 1], flat[i, 2], flat[i, 3], flat[i, 4])
        r, s, t, u, v, w, x, y = zip_words(words, fields[i])
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = r, s, t, u
        out[i, 4], out[i, 5], out[i, 6], out[i, 7] = v, w, x, y


@numba.njit(cache=True, nogil=True)
def encode_solid(lon: Floats, lat: Floats, fields: Fields, out: Words) -> int:
    """Write the eight words of each place; return how many are off the Earth or in a polar cap."""
    bad = 0
    block = np.empty(8 * _BLOCK, np.uint32)
    for start in range(0, lon.size, _BLOCK):
        count = np.uint64(min(_BLOCK, lon.size - start))
        a, b, f = lon[start:], lat[start:], fields[start:]
        texts = out.reshape(-1)[8 * start :]
        for i in range(count):
            bad += not ((abs(a[i]) <= _LON_LIMIT) & (abs(b[i]) < _POLAR_LIMIT))
            x, y = units_of(a[i], _LON_END), units_of(b[i], _LAT_END)
            words = words_of(x, y, a[i] < 0.0, b[i] < 0.0)
            v, w, x, y, z = words
            block[i], block[i + _B1], block[i + _B2] = v, w, x
            block[i + _B3], block[i + _B4] = y, z
        for i in range(count):
            words = (block[i], block[i + _B1], block[i + _B2], block[i + _B3], block[i + _B4])
            r, s, t, u, v, w, x, y = zip_words(words, f[i])
            block[i], block[i + _B1], block[i + _B2], block[i + _B3] = r, s, t, u
            block[i + _B4], block[i + _B5], block[i + _B6], block[i + _B7] = v, w, x, y
        for i in range(count):
            at = np.uint64(8) * i
            texts[at], texts[at + _U1] = block[i], block[i + _B1]
            texts[at + _U2], texts[at + _U3] = block[i + _B2], block[i + _B3]
            texts[at + _U4], texts[at + _U5] = block[i + _B4], block[i + _B5]
            texts[at + _U6], texts[at + _U7] = block[i + _B6], block[i + _B7]
    return bad


@numba.njit(cache=True, nogil=True, forceinline=True)
def _nibble(word: np.uint32, shift: int) -> np.int32:
    """Return the value 0–15 of one character of a word, either case; 255 if it is none."""
    character = np.int32((word >> shift) & 0xFF)
    letter = (character & 0xDF) - 0x37
    if (letter < 10) | (letter > 15):
        letter = np.int32(255)
    digit = character - 0x30
    return digit if (digit >= 0) & (digit < 10) else letter


@numba.njit(cache=True, nogil=True, forceinline=True)
def _digit(word: np.uint32, shift: int) -> np.int32:
    """Return a character less that of 0, as 0–255: whatever is no digit is large."""
    return np.int32((word >> shift) & 0xFF) ^ 0x30


@numba.njit(cache=True, nogil=True, forceinline=True)
def _field_of(words: Words, i: np.uint64) -> tuple[np.uint32, bool]:
    """Return the field in eight words, one block length apart, and whether a digit is wrong."""
    t, u, v, w = words[i + _B1], words[i + _B2], words[i + _B3], words[i + _B4]
    x, y, z = words[i + _B5], words[i + _B6], words[i + _B7]
    tens, ones = _digit(t, 8), _digit(t, 16)
    a0, a3, a4, a7 = _digit(words[i], 8), _digit(u, 8), _digit(u, 24), _digit(w, 24)
    a5, a6 = _nibble(v, 16), _nibble(w, 8)
    a8, a9, a10, a11 = _digit(x, 16), _digit(y, 8), _digit(z, 0), _digit(z, 24)
    top = 10 * tens + ones
    wrong = (ones > 9) | (top > 63) | ((a3 | a8 | a9 | a10 | a11) > 7)
    wrong |= ((a0 | a4 | a7) > 1) | ((a5 | a6) > 15)
    field = a0 << 31 | top << 25 | a3 << 22 | a4 << 21 | a5 << 17 | a6 << 13 | a7 << 12
    return np.uint32(field | a8 << 9 | a9 << 6 | a10 << 3 | a11), wrong


@numba.njit(cache=True, nogil=True, forceinline=True)
def _flat_of(words: Words, i: np.uint64) -> FiveWords:
    """Return the five words of the 2-D code in eight words, one block length apart."""
    s, t, u, v = words[i], words[i + _B1], words[i + _B2], words[i + _B3]
    w, x, y, z = words[i + _B4], words[i + _B5], words[i + _B6], words[i + _B7]
    return (
        np.uint32((s & 0xFF) | (s & 0xFFFF0000) >> 8 | (t & 0xFF) << 24),
        np.uint32(t >> 24 | (u & 0xFF) << 8 | (u & 0xFF0000) | (v & 0xFF) << 24),
        np.uint32(((v >> 8) & 0xFF) | (v >> 24) << 8 | (w & 0xFF) << 16 | (w & 0xFF0000) << 8),
        np.uint32((x & 0xFFFF) | (x >> 24) << 16 | (y & 0xFF) << 24),
        np.uint32(y >> 16 | (z & 0xFFFF00) << 8),
    )


@numba.njit(cache=True, nogil=True, forceinline=True)
def _load(words: Words, count: np.uint64, block: Words) -> None:
    """Copy codes, eight words one after the other, to columns one block length apart.

    The array is flat: with a step that the compiler knows it moves many words at a time.
    """
    for i in range(count):
        at = np.uint64(8) * i
        block[i], block[i + _B1] = words[at], words[at + _U1]
        block[i + _B2], block[i + _B3] = words[at + _U2], words[at + _U3]
        block[i + _B4], block[i + _B5] = words[at + _U4], words[at + _U5]
        block[i + _B6], block[i + _B7] = words[at + _U6], words[at + _U7]


@numba.njit(cache=True, nogil=True)
def split_words(solid: Words, flat: Words, fields: Fields) -> int:
    """Undo `join_words`; return how many have a wrong character in their height."""
    bad = 0
    block = np.empty(8 * _BLOCK, np.uint32)
    for start in range(0, solid.shape[0], _BLOCK):
        count = np.uint64(min(_BLOCK, solid.shape[0] - start))
        _load(solid.reshape(-1)[8 * start :], count, block)
        part, out = fields[start:], flat.reshape(-1)[5 * start :]
        for i in range(count):
            part[i], wrong = _field_of(block, i)
            bad += wrong
        for i in range(count):
            at = np.uint64(5) * i
            out[at], out[at + _U1], out[at + _U2], out[at + _U3], out[at + _U4] = _flat_of(block, i)
    return bad


@numba.njit(cache=True, nogil=True)
def decode_solid(solid: Words, sizes: tuple[float, float], fields: Fields, bounds: Bounds) -> bool:
    """Write the field and the edges in degrees of codes of one level, made long by digits 0.

    `sizes` are the cell's in units, east and north. Tells whether one is wrong or in a polar cap.
    """
    bad = False
    block = np.empty(8 * _BLOCK, np.uint32)
    for start in range(0, solid.shape[0], _BLOCK):
        stop = min(start + _BLOCK, solid.shape[0])
        count = np.uint64(stop - start)
        _load(solid.reshape(-1)[8 * start :], count, block)
        west, south = bounds[0][start:stop], bounds[1][start:stop]
        east, north = bounds[2][start:stop], bounds[3][start:stop]
        part = fields[start:]
        for i in range(count):
            part[i], wrong = _field_of(block, i)
            bad |= wrong
        for i in range(count):
            x, y, minus_x, minus_y, wrong = units_of_words(_flat_of(block, i))
            bad |= wrong
            low = float(-x) - sizes[0] if minus_x else float(x)
            west[i], east[i] = degrees_of(low), degrees_of(low + sizes[0])
            low = float(-y) - sizes[1] if minus_y else float(y)
            south[i], north[i] = degrees_of(low), degrees_of(low + sizes[1])
    return bad
