"""Compiled: text, dates and instants as JSON strings, as in `number_kernel`."""

# ruff: noqa: PLR2004, PLR1714 - the bare numbers are of the calendar and of RFC 8259; compiled,
# two comparisons are faster than a tuple
# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np

from chengmo.catalog.feature.number_kernel import Text, write_padded

# What one byte of text may become, as in `\u001f`, without the two quotes.
ESCAPED_MOST = 6
# As `"+294247-01-10T04:00:54.775807Z"`.
INSTANT_MOST = 32

_QUOTE, _BACKSLASH = np.uint8(ord('"')), np.uint8(ord("\\"))
_SPACE, _DASH, _PLUS, _COLON, _POINT = (np.uint8(byte) for byte in b" -+:.")
_T, _U, _Z, _ZERO = (np.uint8(byte) for byte in b"TuZ0")
_HEXADECIMAL = np.frombuffer(b"0123456789abcdef", np.uint8).copy()
# RFC 8259, section 7: what has a letter of its own; 0 for none.
_LETTERS = np.zeros(256, np.uint8)
for _byte, _letter in ((8, "b"), (9, "t"), (10, "n"), (12, "f"), (13, "r"), (34, '"'), (92, "\\")):
    _LETTERS[_byte] = ord(_letter)
_DAY_S, _MICRO = 86_400, 1_000_000


@numba.njit(cache=True, nogil=True)
def write_bytes(out: Text, at: int, source: Text, start: int, end: int) -> int:
    """Copy `source` from `start` to `end` as it is."""
    for i in range(end - start):
        out[at + i] = source[start + i]
    return at + end - start


@numba.njit(cache=True, nogil=True)
def write_text(out: Text, at: int, source: Text, start: int, end: int) -> int:
    """Write UTF-8 as a JSON string; only what must be escaped is."""
    out[at] = _QUOTE
    at += 1
    for i in range(start, end):
        byte = source[i]
        if byte >= _SPACE and byte != _QUOTE and byte != _BACKSLASH:
            out[at] = byte
            at += 1
            continue
        out[at] = _BACKSLASH
        letter = _LETTERS[byte]
        if letter:
            out[at + 1] = letter
            at += 2
            continue
        out[at + 1], out[at + 2], out[at + 3] = _U, _ZERO, _ZERO
        out[at + 4], out[at + 5] = _HEXADECIMAL[byte >> 4], _HEXADECIMAL[byte & 15]
        at += 6
    out[at] = _QUOTE
    return at + 1


@numba.njit(cache=True, nogil=True)
def _write_day(out: Text, at: int, day: int) -> int:
    """Write a day since 1970-01-01 of the proleptic Gregorian calendar.

    H. Hinnant, "chrono-compatible low-level date algorithms" (2013), `civil_from_days`.
    """
    era, of_era = divmod(day + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    of_month = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year += 400 * era + (1 if month <= 2 else 0)
    if 0 <= year <= 9999:
        at = write_padded(out, at, year, 4)
    else:
        # Years beyond four digits, as ECMA-262 writes them (expanded years).
        out[at] = _DASH if year < 0 else _PLUS
        at = write_padded(out, at + 1, abs(year), 6)
    out[at] = _DASH
    at = write_padded(out, at + 1, month, 2)
    out[at] = _DASH
    return write_padded(out, at + 1, of_month, 2)


@numba.njit(cache=True, nogil=True)
def write_date(out: Text, at: int, day: int) -> int:
    """Write a day since 1970-01-01 as a string, `"2024-05-01"`."""
    out[at] = _QUOTE
    at = _write_day(out, at + 1, day)
    out[at] = _QUOTE
    return at + 1


@numba.njit(cache=True, nogil=True)
def write_instant(out: Text, at: int, instant_us: int) -> int:
    """Write microseconds since 1970 (UTC) as a string of RFC 3339, `"2024-05-01T08:00:00Z"`."""
    seconds, micro = divmod(instant_us, _MICRO)
    day, second = divmod(seconds, _DAY_S)
    out[at] = _QUOTE
    at = _write_day(out, at + 1, day)
    out[at] = _T
    at = write_padded(out, at + 1, second // 3600, 2)
    out[at] = _COLON
    at = write_padded(out, at + 1, second // 60 % 60, 2)
    out[at] = _COLON
    at = write_padded(out, at + 1, second % 60, 2)
    if micro:
        out[at] = _POINT
        at = write_padded(out, at + 1, micro, 6)
    out[at], out[at + 1] = _Z, _QUOTE
    return at + 2
