"""From when to when a report tells: days in China, or instants."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from chengmo.errors import InvalidQuery
from chengmo.sharing.decision import CHINA


@dataclass(frozen=True)
class Period:
    """A time with both ends; None is open.

    Attributes:
        since: With a zone; the first instant that belongs to it.
        until: With a zone; the first instant that does not.
    """

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, time_utc: str) -> bool:
        """Tell whether an instant, RFC 3339, lies within."""
        at = datetime.fromisoformat(time_utc)
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def meets(self, start_utc: str, end_utc: str | None) -> bool:
        """Tell whether what held from one instant until another held at any time within."""
        begun = self.until is None or datetime.fromisoformat(start_utc) < self.until
        if end_utc is None or self.since is None:
            return begun
        return begun and datetime.fromisoformat(end_utc) > self.since

    @property
    def since_utc(self) -> str | None:
        """The first instant, as the audit compares times."""
        return _as_utc(self.since)

    @property
    def until_utc(self) -> str | None:
        """The end, as the audit compares times."""
        return _as_utc(self.until)


def read_period(since: str | None, until: str | None) -> Period:
    """Return the period that two texts name.

    Args:
        since: A day in China (UTC+8), as 2026-03-01, or an instant with a zone; None for open.
        until: The same; a day is included whole, an instant is not.

    Raises:
        InvalidQuery: If one of them is neither, or the end is not after the beginning.
    """
    period = Period(_instant(since, 0), _instant(until, 1))
    if period.since is not None and period.until is not None and period.until <= period.since:
        raise InvalidQuery(
            "the period ends before it begins", hint="name a later end, or swap the two"
        )
    return period


def _instant(text: str | None, days: int) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _moment(text)
    try:
        return datetime.combine(day + timedelta(days=days), time(), CHINA)
    except OverflowError as error:
        raise _unreadable(text) from error


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _unreadable(text) from error
    if found.tzinfo is None:
        raise _unreadable(text)
    return found


def _unreadable(text: str) -> InvalidQuery:
    return InvalidQuery(
        f"'{text[:50]}' is no day", hint="give a day, as 2026-03-01, or an instant with its zone"
    )


def _as_utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()[:19]
