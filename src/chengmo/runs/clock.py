"""Times as they are written down."""

from datetime import UTC, datetime


def now_utc() -> str:
    """Return the time now, RFC 3339 in UTC to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_between(start_utc: str, end_utc: str) -> float:
    """Return the seconds from one RFC 3339 time to another, never below zero."""
    lasted = datetime.fromisoformat(end_utc) - datetime.fromisoformat(start_utc)
    return max(0.0, lasted.total_seconds())
