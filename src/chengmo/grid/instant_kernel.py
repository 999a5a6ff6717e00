"""Compiled loops: ISO 8601 texts of one layout to seconds since 1970, seconds to time keys."""

# ruff: noqa: PLR2004 - the bare numbers are positions in the text and the calendar's.
# pyright: reportReturnType=false, reportArgumentType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.grid.code_kernel import Characters

UTC_WIDTH, OFFSET_WIDTH = len("2026-11-22T09:30:15Z"), len("2026-11-22T17:30:15+08:00")
_SEPARATORS_AT = np.array([4, 7, 10, 13, 16], np.int64)
_EXPECTED = np.frombuffer(b"--T::", np.uint8).copy()
_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_ZERO, _Z, _PLUS, _MINUS, _COLON = ord("0"), ord("Z"), ord("+"), ord("-"), ord(":")
# Less than any number of days or seconds that is meant.
_WRONG = np.int64(-(10**12))
_LEAST = np.int64(-(10**9))


@numba.njit(cache=True, nogil=True)
def _pair(row: Characters, at: int) -> np.int64:
    """Return the number of two digits; far below zero if one is none."""
    tens, ones = np.int64(row[at]) - _ZERO, np.int64(row[at + 1]) - _ZERO
    if tens < 0 or tens > 9 or ones < 0 or ones > 9:
        return _WRONG
    return 10 * tens + ones


@numba.njit(cache=True, nogil=True)
def _offset(row: Characters) -> np.int64:
    """Return the seconds that a text's clock is ahead of UTC; far below zero if none are said."""
    if row.size == UTC_WIDTH:
        return np.int64(0) if row[19] == _Z else _WRONG
    hours, minutes = _pair(row, 20), _pair(row, 23)
    if row[22] != _COLON or hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return _WRONG
    if row[19] != _PLUS and row[19] != _MINUS:
        return _WRONG
    size = hours * 3600 + minutes * 60
    return size if row[19] == _PLUS else -size


@numba.njit(cache=True, nogil=True)
def _days(year: int, month: int, day: int) -> np.int64:
    """Return the days since 1970-01-01 of a date of the Gregorian calendar; far below if none."""
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    if year < 1 or month < 1 or month > 12 or day < 1:
        return _WRONG
    if day > _LENGTHS[month] + (leap and month == 2):
        return _WRONG
    # Years are counted from March, so that the leap day is the last.
    y = year - (month < 3)
    march = (month + 9) % 12
    return 365 * y + y // 4 - y // 100 + y // 400 + (153 * march + 2) // 5 + day - 719_469


@numba.njit(cache=True, nogil=True)
def read_texts(texts: Characters, out: NDArray[np.int64]) -> bool:
    """Write the seconds since 1970 of rows of 20 (`Z`) or 25 (offset) bytes; tell of wrong ones."""
    for i in range(texts.shape[0]):
        row = texts[i]
        for j in range(5):
            if row[_SEPARATORS_AT[j]] != _EXPECTED[j]:
                return True
        days = _days(_pair(row, 0) * 100 + _pair(row, 2), _pair(row, 5), _pair(row, 8))
        hour, minute, second = _pair(row, 11), _pair(row, 14), _pair(row, 17)
        offset = _offset(row)
        if min(days, hour, minute, second, offset) < _LEAST:
            return True
        if min(hour, minute, second) < 0 or hour > 23 or max(minute, second) > 59:
            return True
        out[i] = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    return False


@numba.njit(cache=True, nogil=True)
def write_levels(keys: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Write the level of each time key, 1 to 6; 0 for a number that is none."""
    for i in range(keys.size):
        key = keys[i]
        year, month, day = key >> 26, (key >> 22) & 15, (key >> 17) & 31
        hour, minute, second = (key >> 12) & 31, (key >> 6) & 63, key & 63
        level = 1 + (month > 0) + (day > 0) + (hour > 0) + (minute > 0) + (second > 0)
        # What is finer than the level is 0.
        rest = month if level < 2 else 0
        rest |= (day if level < 3 else 0) | (hour if level < 4 else 0)
        rest |= (minute if level < 5 else 0) | (second if level < 6 else 0)
        good = (rest == 0) & (year > 0) & (year < 10_000) & (month < 13)
        good &= (hour < 25) & (minute < 61) & (second < 61)
        good = good and (day < 29 or _days(year, month, day) > _LEAST)
        out[i] = level if good else 0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def write_time_keys(seconds: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Write the time key of each second since 1970, years 1 to 9999."""
    for i in range(seconds.size):
        # Counted from 0000-03-01, so that nothing is negative and the leap day is a year's last.
        since = seconds[i] + 719_468 * 86_400
        days = since // 86_400
        clock = since - days * 86_400
        era = days // 146_097
        day = days - era * 146_097
        year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
        day -= 365 * year + year // 4 - year // 100
        march = (5 * day + 2) // 153
        day -= (153 * march + 2) // 5
        month = march + 3 if march < 10 else march - 9
        year += era * 400 + (month < 3)
        minutes = clock // 60
        hour = minutes // 60
        key = year << 26 | month << 22 | (day + 1) << 17 | (hour + 1) << 12
        out[i] = key | (minutes - hour * 60 + 1) << 6 | (clock - minutes * 60 + 1)
