"""Times as they are written down."""

from datetime import UTC, datetime


def now_utc() -> str:
    """Return now in UTC, RFC 3339, to the millisecond."""
    return written(datetime.now(UTC))


def written(at: datetime) -> str:
    """Return an instant in UTC, RFC 3339, to the millisecond; texts sort as their times do."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
