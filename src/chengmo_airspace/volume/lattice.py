"""The lattice all volumes lie on: whole numbers, so that every comparison is exact.

Longitude and latitude are counted in 1e-9 degrees (at most 0.12 mm), heights in millimetres, times
in microseconds since 1970-01-01 UTC. What is given is rounded to the nearest point of the lattice
once, when an outline or volume is made: decimals of up to nine places of a degree and three of a
metre, and every `datetime`, are on it already, so two edges that touch in decimals touch here.
"""

from datetime import UTC, datetime, timedelta

PER_DEGREE = 1_000_000_000
PER_METRE = 1_000
PER_SECOND = 1_000_000
TURN = 360 * PER_DEGREE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_instant(time: datetime) -> int:
    """Return the microseconds of an aware time since 1970, exactly."""
    return (time - _EPOCH) // _MICROSECOND


def from_instant(instant: int) -> datetime:
    """Return the UTC time of microseconds since 1970.

    Example:
        >>> from_instant(to_instant(datetime(2026, 5, 1, 8, tzinfo=UTC))).isoformat()
        '2026-05-01T08:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=instant)


def to_millimetres(metres: float) -> int:
    """Return the whole millimetres nearest to a height.

    Example:
        >>> to_millimetres(120.1)
        120100
    """
    return round(metres * PER_METRE)
