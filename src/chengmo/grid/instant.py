"""Time as integers: the moment of a cell, always UTC.

A *time cell* is a year, a month, a day, an hour, a minute or a second. Its *time key* is a signed
64-bit integer of which 40 bits are used, from high to low

    year (14)  month (4)  day (5)  hour + 1 (5)  minute + 1 (6)  second + 1 (6)

with 0 for what is finer than the cell. So a parent is a prefix, keys sort by time, all cells inside
one are one interval of integers, the level is in the key itself, and a key is exact in JSON
(below 2⁵³). Its *time code* is the same as text, `T20261122093015`: `T`, then year, month, day,
hour, minute, second as far as known; a parent's code is a prefix, and it is read behind a cell's
code (`N50J475493ET2026112209`, see `chengmo.grid.spacetime`).

Leap seconds are not kept apart, as in POSIX and NumPy. Years go from 1 to 9999, Gregorian.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.characters import Texts, empty_texts, text_at, text_matrix
from chengmo.grid.instant_kernel import write_levels, write_time_keys
from chengmo.grid.instant_reading import Seconds, read_instants

TimeLevel = Literal["year", "month", "day", "hour", "minute", "second"]
TimeKeys = NDArray[np.int64]

TIME_LEVELS: tuple[TimeLevel, ...] = get_args(TimeLevel)
# How far each field lies from the right, and how wide it is.
_SHIFTS = np.array([26, 22, 17, 12, 6, 0], np.int64)
_WIDTHS = np.array([14, 4, 5, 5, 6, 6], np.int64)
# Digits of each field in a code, and what is added to a field when it is stored.
_DIGITS, _ADDED = (4, 2, 2, 2, 2, 2), np.array([0, 0, 0, 1, 1, 1], np.int64)
_LENGTHS = np.cumsum((1, *_DIGITS))[1:]
_MONTHS, _EPOCH_YEAR = 12, 1970
_NAMES = dict(zip(TIME_LEVELS, range(1, 7), strict=True))
_NINE = 9


def time_keys(
    instants: ArrayLike, *, level: TimeLevel = "second", zone: str | None = None
) -> TimeKeys:
    """Return the time key of the cell that holds each instant.

    Args:
        instants: ISO 8601 texts, `datetime` objects or `datetime64`; one or a column.
        level: How fine.
        zone: The zone of instants that name none: `UTC`, an offset such as `+08:00`, or a name of
            the IANA database such as `Asia/Shanghai`. Without it such instants are refused.

    Raises:
        InvalidCell: If one is no instant, has no zone, is a mere date, or falls into an hour that
            the clocks skip or repeat: names the first.

    Example:
        >>> key = time_keys("2026-11-22T17:30:15+08:00", level="hour")
        >>> time_code(key).item()
        b'T2026112209'
        >>> int(key)
        136011620352
    """
    shift = _SHIFTS[check_time_level(level) - 1]
    return keys_of_seconds(read_instants(instants, zone)) >> shift << shift


def time_code(keys: ArrayLike) -> Texts:
    """Return the time code of each key.

    Raises:
        InvalidCell: If a number is no time key.

    Example:
        >>> time_code(time_keys("2026-11-22T17:30:15+08:00")).item()
        b'T20261122093015'
    """
    column, levels, shape = _checked(keys)
    texts, matrix = empty_texts(column.size, int(_LENGTHS[-1]))
    matrix[:, 0] = ord("T")
    at = 1
    for field, digits in enumerate(_DIGITS):
        value = _field(column, field) - _ADDED[field]
        for place in range(digits):
            digit = value // 10 ** (digits - 1 - place) % 10
            matrix[:, at] = np.where(levels > field, digit + ord("0"), 0)
            at += 1
    return texts.reshape(shape)


def parse_time_codes(texts: ArrayLike) -> TimeKeys:
    """Return the time key of each time code.

    Raises:
        InvalidCell: If a text is none: names the first and what is wrong with it.

    Example:
        >>> int(parse_time_codes("T2026"))
        135962558464
    """
    matrix, shape = text_matrix(texts)
    lengths = (matrix != 0).sum(axis=1)
    values = matrix.astype(np.int64) - ord("0")
    wrong = (values < 0) | (values > _NINE)
    wrong[:, 0] = (matrix[:, 0] & 0xDF) != ord("T")
    wrong &= np.arange(matrix.shape[1]) < lengths[:, None]
    for i, at in np.argwhere(wrong)[:1]:
        text = text_at(matrix, int(i))
        raise InvalidCell(
            f"'{text}' at index {i} is no time code: {text[at : at + 1]!r} at position {at + 1}",
            hint="T, then digits: year (4), month, day, hour, minute, second (2 each)",
        )
    for i in np.flatnonzero(~np.isin(lengths, _LENGTHS))[:1]:
        raise InvalidCell(
            f"'{text_at(matrix, int(i))}' at index {i} is no time code: {lengths[i]} characters",
            hint="a time code has 5 (year), 7, 9, 11, 13 or 15 (second)",
        )
    values = np.pad(values, ((0, 0), (0, int(_LENGTHS[-1]))))
    keys = np.zeros(len(matrix), np.int64)
    at = 1
    for field, digits in enumerate(_DIGITS):
        powers = 10 ** np.arange(digits - 1, -1, -1)
        value = values[:, at : at + digits] @ powers + _ADDED[field]
        keys |= np.where(lengths > at, np.clip(value, 0, _mask(field)), 0) << _SHIFTS[field]
        at += digits
    for i in np.flatnonzero(_levels_of(keys) * 2 + 3 != lengths)[:1]:
        raise InvalidCell(
            f"'{text_at(matrix, int(i))}' at index {i} is no moment of the calendar",
            hint="month 01–12, day 01–31, hour 00–23, minute and second 00–59",
        )
    return keys.reshape(shape)


def time_levels(keys: ArrayLike) -> NDArray[np.uint8]:
    """Return the level of each key: 1 (year) to 6 (second); `TIME_LEVELS` names them."""
    _, levels, shape = _checked(keys)
    return levels.astype(np.uint8).reshape(shape)


def parent_time_keys(keys: ArrayLike, level: TimeLevel) -> TimeKeys:
    """Return the key at a level of the cell around each time cell.

    Raises:
        InvalidCell: If a key is coarser than the level.
    """
    column, levels, shape = _checked(keys)
    wanted = check_time_level(level)
    for i in np.flatnonzero(levels < wanted)[:1]:
        raise InvalidCell(
            f"the time cell at index {i} is a {TIME_LEVELS[levels[i] - 1]}, not in one {level}",
            hint="a parent is coarser",
        )
    return (column >> _SHIFTS[wanted - 1] << _SHIFTS[wanted - 1]).reshape(shape)


def time_range(keys: ArrayLike) -> tuple[TimeKeys, TimeKeys]:
    """Return (first, last), both included, of the keys of each time cell and all inside it.

    Example:
        >>> first, last = time_range(parse_time_codes("T2026"))
        >>> bool(first <= time_keys("2026-11-22T09:30:15Z") <= last)
        True
    """
    column, levels, shape = _checked(keys)
    rest = (np.int64(1) << _SHIFTS[levels - 1]) - 1
    return column.reshape(shape), (column | rest).reshape(shape)


def time_bounds(keys: ArrayLike) -> tuple[Seconds, Seconds]:
    """Return the start of each time cell and the start of the next, as UTC `datetime64[s]`.

    Example:
        >>> start, end = time_bounds(parse_time_codes("T202602"))
        >>> str(start), str(end)
        ('2026-02-01T00:00:00', '2026-03-01T00:00:00')
    """
    column, levels, shape = _checked(keys)
    months = (_field(column, 0) - _EPOCH_YEAR) * _MONTHS + np.maximum(_field(column, 1), 1) - 1
    start = months.astype("M8[M]").astype("M8[s]")
    # Each field counts from 1; what is not known counts as its first.
    for field, size in ((2, 86_400), (3, 3_600), (4, 60), (5, 1)):
        start += (np.maximum(_field(column, field), 1) - 1) * np.timedelta64(size, "s")
    end = np.empty_like(start)
    for level, size in ((3, 86_400), (4, 3_600), (5, 60), (6, 1)):
        at = levels == level
        end[at] = start[at] + np.timedelta64(size, "s")
    for level, size in ((1, _MONTHS), (2, 1)):
        at = levels == level
        end[at] = (months[at] + size).astype("M8[M]").astype("M8[s]")
    return start.reshape(shape), end.reshape(shape)


def keys_of_seconds(seconds: Seconds) -> TimeKeys:
    """Return the time keys of UTC seconds (`datetime64[s]`, years 1 to 9999)."""
    flat = np.ascontiguousarray(seconds, "M8[s]").reshape(-1)
    keys = np.empty(flat.size, np.int64)
    write_time_keys(flat.view(np.int64), keys)
    return keys.reshape(seconds.shape)


def check_time_level(level: str) -> int:
    """Return the number of a time level, 1 (year) to 6 (second).

    Raises:
        InvalidCell: If there is none of that name.
    """
    if level not in _NAMES:
        raise InvalidCell(f"there is no time level {level!r}", hint=f"use {', '.join(_NAMES)}")
    return _NAMES[level]


def _mask(field: int) -> int:
    return (1 << int(_WIDTHS[field])) - 1


def _field(keys: TimeKeys, field: int) -> TimeKeys:
    return keys >> _SHIFTS[field] & _mask(field)


def _checked(keys: ArrayLike) -> tuple[TimeKeys, NDArray[np.int64], tuple[int, ...]]:
    """Return keys as a flat column, their levels and their shape."""
    column = np.asarray(keys)
    if column.dtype.kind not in "iu" and column.size:
        raise InvalidCell(
            f"a column of {column.dtype} holds no time keys",
            hint="time keys are int64; for instants use time_keys first",
        )
    flat = np.ascontiguousarray(column, np.int64).reshape(-1)
    levels = _levels_of(flat)
    for i in np.flatnonzero(levels == 0)[:1]:
        raise InvalidCell(f"{flat[i]} at index {i} is no time key", hint="is it a time key?")
    return flat, levels, column.shape


def _levels_of(keys: TimeKeys) -> NDArray[np.int64]:
    """Return the level of each key; 0 for what is no time key."""
    levels = np.empty(keys.size, np.int64)
    write_levels(keys, levels)
    return levels
