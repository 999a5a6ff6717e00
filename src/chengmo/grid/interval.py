"""Intervals of time as time cells: from one instant to before another."""

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.instant import (
    TIME_LEVELS,
    TimeKeys,
    TimeLevel,
    check_time_level,
    keys_of_seconds,
    parent_time_keys,
    time_range,
)
from chengmo.grid.instant_reading import read_instant

_FIRST, _END = np.datetime64("0001-01-01", "s"), np.datetime64("10000-01-01", "s")
_SECOND, _DAY = np.timedelta64(1, "s"), np.timedelta64(1, "D")
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"
)
# A year, a month or a day of the calendar: intervals of their zone.
_CALENDAR = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_UNITS = ("Y", "M", "D", "h", "m", "s")


def read_interval(text: str, *, zone: str | None = None) -> tuple[np.datetime64, np.datetime64]:
    """Return the start and the end (not included) of an ISO 8601 interval, UTC `datetime64[s]`.

    `start/end`, `start/duration` and `duration/end` are read, `..` for an open end, and a year, a
    month or a day alone. A year or day at an end of an interval stands for all of it.

    Args:
        text: The interval.
        zone: The zone of instants and dates that name none; see `time_keys`.

    Raises:
        InvalidCell: If it is no interval, ends before it starts, or a zone is missing.

    Example:
        >>> [str(t) for t in read_interval("2026-11-22", zone="Asia/Shanghai")]
        ['2026-11-21T16:00:00', '2026-11-22T16:00:00']
        >>> [str(t) for t in read_interval("2026-11-22T09:00Z/PT90M")]
        ['2026-11-22T09:00:00', '2026-11-22T10:30:00']
    """
    parts = text.strip().split("/")
    if len(parts) == 1 and _CALENDAR.fullmatch(parts[0]):
        parts *= 2
    if len(parts) != 2:  # noqa: PLR2004 - start and end
        raise InvalidCell(
            f"'{text}' is no interval", hint="start/end, start/PT1H, PT1H/end, or a date alone"
        )
    first, last = parts
    start = None if first.startswith("P") else _start_of(first, zone)
    end = None if last.startswith("P") else _end_of(last, zone)
    if start is None and end is not None:
        start = _shifted(end, first, -1)
    elif end is None and start is not None:
        end = _shifted(start, last, 1)
    if start is None or end is None or not _FIRST <= start <= end <= _END:
        raise InvalidCell(
            f"'{text}' is no interval of the years 1 to 9999",
            hint="it must say an instant, and end after it starts",
        )
    return start, end


def interval_range(
    start: ArrayLike, end: ArrayLike, *, level: TimeLevel = "second", zone: str | None = None
) -> tuple[int, int]:
    """Return (first, last), both included, of a level's time keys with a part of an interval.

    For a column of that level, whether a row lies in the interval is two comparisons.

    Args:
        start: The first instant, as in `time_keys`.
        end: The instant after the last.
        level: The level of the column.
        zone: The zone of instants that name none.

    Raises:
        InvalidCell: If one is no instant or the end is not after the start.

    Example:
        >>> from chengmo.grid import time_keys
        >>> first, last = interval_range("2026-11-22T09:00Z", "2026-11-22T10:00Z")
        >>> bool(first <= time_keys("2026-11-22T09:59:59Z") <= last)
        True
    """
    begin, stop = _ends(start, end, zone)
    keys = parent_time_keys(keys_of_seconds(np.array([begin, stop - _SECOND])), level)
    return int(keys[0]), int(keys[1])


def cover_interval(
    start: ArrayLike, end: ArrayLike, *, finest: TimeLevel = "second", zone: str | None = None
) -> TimeKeys:
    """Return the fewest time cells that make up an interval: years inside, fine cells at its ends.

    Args:
        start: The first instant, as in `time_keys`.
        end: The instant after the last.
        finest: The level of the smallest cells; both ends are moved outward to it.
        zone: The zone of instants that name none.

    Returns:
        Time keys in order of time, disjoint.

    Raises:
        InvalidCell: If one is no instant or the end is not after the start.

    Example:
        >>> from chengmo.grid import time_code
        >>> time_code(cover_interval("2026-11-30T23:00Z", "2027-02-01T00:00Z")).tolist()
        [b'T2026113023', b'T202612', b'T202701']
    """
    begin, stop = _ends(start, end, zone)
    units = _UNITS[: check_time_level(finest)]
    begin, stop = _cell(begin, units[-1])[0], _cell(stop - _SECOND, units[-1])[1]
    found: list[np.datetime64] = []
    levels: list[TimeLevel] = []
    while begin < stop:
        level, after = next(
            (level, high)
            for level, (low, high) in enumerate(_cell(begin, unit) for unit in units)
            if low == begin and high <= stop
        )
        found.append(begin)
        levels.append(TIME_LEVELS[level])
        begin = after
    keys = keys_of_seconds(np.array(found, "M8[s]"))
    parents = [parent_time_keys(key, level) for key, level in zip(keys, levels, strict=True)]
    return np.array(parents, np.int64)


def time_ranges(keys: ArrayLike) -> NDArray[np.int64]:
    """Return the intervals of keys of time cells and all inside them: what a cover is looked up by.

    Returns:
        int64 of shape (n, 2), both ends included, ascending and disjoint (cells within others are
        left out); `np.searchsorted` or `chengmo.grid.spacetime.in_time_ranges` looks them up.
    """
    first, last = time_range(np.ravel(keys))
    order = np.argsort(first, kind="stable")
    first, last = first[order], last[order]
    # Cells are nested or disjoint: one whose end is not past all before it lies within another.
    before = np.r_[np.int64(-1), np.maximum.accumulate(last)[:-1]] if len(last) else last
    return np.column_stack([first, last])[last > before]


def _ends(
    start: ArrayLike, end: ArrayLike, zone: str | None
) -> tuple[np.datetime64, np.datetime64]:
    begin, stop = read_instant(start, zone), read_instant(end, zone)
    if not begin < stop:
        raise InvalidCell(
            f"from {begin} to {stop} is no interval", hint="the end must be after the start"
        )
    return begin, stop


def _cell(moment: np.datetime64, unit: str) -> tuple[np.datetime64, np.datetime64]:
    """Return the start and the end of the time cell around a moment."""
    cell = moment.astype(f"M8[{unit}]")
    return cell.astype("M8[s]"), (cell + 1).astype("M8[s]")


def _start_of(text: str, zone: str | None) -> np.datetime64:
    if text == "..":
        return _FIRST
    if _CALENDAR.fullmatch(text):
        return _local(_date(text), text, zone)
    return read_instant(text, zone)


def _end_of(text: str, zone: str | None) -> np.datetime64:
    if text == "..":
        return _END
    if _CALENDAR.fullmatch(text):
        return _local(_date(text) + 1, text, zone)
    return read_instant(text, zone)


def _date(text: str) -> np.datetime64:
    try:
        return np.datetime64(text)
    except ValueError as error:
        raise InvalidCell(f"'{text}' is no date", hint="2026, 2026-11 or 2026-11-22") from error


def _local(day: np.datetime64, text: str, zone: str | None) -> np.datetime64:
    """Return the UTC second at which a day, month or year begins in a zone."""
    if zone is None:
        raise InvalidCell(
            f"'{text}' names no time zone", hint="a day begins somewhere: zone='Asia/Shanghai'"
        )
    begin = day.astype("M8[s]")
    return read_instant(begin, zone) if begin < _END else _END


def _shifted(moment: np.datetime64, duration: str, sign: int) -> np.datetime64:
    """Return a moment a duration later (or earlier); years and months are those of UTC."""
    match = _DURATION.fullmatch(duration)
    counts = [int(count or 0) for count in match.groups()] if match else []
    if match is None or duration[-1] in "PT":
        raise InvalidCell(f"'{duration}' is no duration", hint="P1Y2M3DT4H5M6S, P2W or PT90M")
    years, months, weeks, days, hours, minutes, seconds = counts
    month = moment.astype("M8[M]")
    first = (month + sign * (12 * years + months)).astype("M8[s]")
    # The 31st of a shorter month is its last day, as everywhere in calendars.
    day = min(moment.astype("M8[D]") - month.astype("M8[D]"), _month_length(first) - _DAY)
    clock = moment - moment.astype("M8[D]").astype("M8[s]")
    rest = ((7 * weeks + days) * 24 + hours) * 3600 + minutes * 60 + seconds
    return first + day + clock + np.timedelta64(sign * rest, "s")


def _month_length(first: np.datetime64) -> np.timedelta64:
    month = first.astype("M8[M]")
    return (month + 1).astype("M8[D]") - month.astype("M8[D]")
