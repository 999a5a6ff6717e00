"""Times as they are written down."""

from datetime import UTC, datetime


def now_utc() -> str:
    """Return now in UTC, RFC 3339, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
