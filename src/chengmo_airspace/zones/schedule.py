"""When a zone holds: periods with days and times of day, clock times or the sun's.

Clock times carry their offset from UTC, and a day is a day in that offset. A time of day that ends
before it begins goes on past midnight. What ED-318 calls `limitedApplicability` is a union of
periods, and a period's schedule a union of its entries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from chengmo import InvalidRequest
from chengmo_airspace.zones.sun import DayEvent, find_event

Interval = tuple[datetime, datetime]
Moment = time | DayEvent

_DAY = timedelta(days=1)
_MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class DailyPeriod:
    """Some hours on some days of the week.

    Attributes:
        days: 0 (Monday) to 6; empty: every day.
        start: Time of day with its offset, or an event; None: the day's begin.
        end: The same; None: the day's end.
    """

    days: tuple[int, ...] = ()
    start: Moment | None = None
    end: Moment | None = None

    def __post_init__(self) -> None:
        """Refuse times without an offset and days that do not exist."""
        for moment in (self.start, self.end):
            if isinstance(moment, time) and moment.utcoffset() is None:
                raise InvalidRequest(
                    f"time {moment} has no offset from UTC", hint="write 08:00:00+08:00 or …Z"
                )
        if any(day not in range(7) for day in self.days):
            raise InvalidRequest(f"days {self.days}", hint="0 (Monday) to 6 (Sunday)")

    def on(self, day: date, lon: float, lat: float) -> Interval | None:
        """Return when it holds from `day` on, at a place; None where the sun gives no time."""
        zone = next(
            (m.tzinfo for m in (self.start, self.end) if isinstance(m, time) and m.tzinfo), UTC
        )
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        begin = _moment(self.start, day, lon, lat) if self.start else midnight
        end = _moment(self.end, day, lon, lat) if self.end else midnight + _DAY
        if begin is None or end is None:
            return None
        return begin, end if end > begin else end + _DAY


@dataclass(frozen=True, slots=True)
class Period:
    """A time from … to … (None: open), within it only the schedule's hours (none: all).

    Raises:
        InvalidRequest: If a time has no offset from UTC, or the end is not after the start.
    """

    start: datetime | None = None
    end: datetime | None = None
    schedule: tuple[DailyPeriod, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could mean two times."""
        for moment in (self.start, self.end):
            if moment is not None and moment.utcoffset() is None:
                raise InvalidRequest(
                    f"time {moment.isoformat()} has no offset from UTC", hint="end it with Z"
                )
        if self.start and self.end and self.end <= self.start:
            raise InvalidRequest(
                f"a period ends at {self.end.isoformat()}, before it starts", hint="start < end"
            )

    def intervals(self, start: datetime, end: datetime, lon: float, lat: float) -> list[Interval]:
        """Return when it holds between two instants, at a place."""
        first = max(start, self.start) if self.start else start
        last = min(end, self.end) if self.end else end
        if first > last:
            return []
        if not self.schedule:
            return [(first, last)]
        if last - first > timedelta(days=_MOST_DAYS):
            raise InvalidRequest("a schedule over more than ten years", hint="ask a shorter time")
        # A day in some offset begins at most a day away from the one in UTC.
        days = (last.astimezone(UTC).date() - first.astimezone(UTC).date()).days + 5
        found: list[Interval] = []
        for step in range(days):
            day = first.astimezone(UTC).date() + timedelta(days=step - 2)
            for entry in self.schedule:
                hours = None if not _is_on(entry, day) else entry.on(day, lon, lat)
                if hours and hours[0] <= last and hours[1] >= first:
                    found.append((max(hours[0], first), min(hours[1], last)))
        return merge_intervals(found)


def active_intervals(
    periods: Sequence[Period], start: datetime, end: datetime, place: tuple[float, float]
) -> list[Interval]:
    """Return when a zone with these periods holds between two instants; without any, always.

    The ends belong to an interval; `start` = `end` asks about an instant.
    """
    if not periods:
        return [(start, end)]
    found = (period.intervals(start, end, *place) for period in periods)
    return merge_intervals(interval for part in found for interval in part)


def merge_intervals(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the union of intervals, in order of time.

    Example:
        >>> from datetime import UTC, datetime
        >>> a, b, c, d = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4))
        >>> merge_intervals([(c, d), (a, c)]) == [(a, d)]
        True
    """
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def _is_on(entry: DailyPeriod, day: date) -> bool:
    return not entry.days or day.weekday() in entry.days


def _moment(moment: Moment, day: date, lon: float, lat: float) -> datetime | None:
    if isinstance(moment, time):
        return datetime.combine(day, moment)
    return find_event(moment, day, lon, lat)
