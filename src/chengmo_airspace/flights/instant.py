"""Instants as F3548-21 writes them: RFC 3339 in UTC, inside whole microseconds since 1970."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], int]
SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WRITTEN = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,20}))?[Zz]", re.ASCII)
_DIGITS = 6


def now_us() -> int:
    """Return the present instant."""
    return time.time_ns() // 1000


def parse_instant(text: str, *, upward: bool = False) -> int:
    """Return the microseconds since 1970 of an instant in RFC 3339, time zone `Z`.

    Args:
        text: The instant.
        upward: Whether what is finer than a microsecond counts as a whole one, as for an end.

    Raises:
        ValueError: If it is none.

    Example:
        >>> parse_instant("1970-01-01T00:00:01.5Z")
        1500000
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError("not an instant as in 2030-01-31T08:00:00Z")
    day, clock, fraction = match.groups()
    whole = (datetime.fromisoformat(f"{day}T{clock}+00:00") - _EPOCH) // _MICROSECOND
    digits = (fraction or "").ljust(_DIGITS, "0")
    return whole + int(digits[:_DIGITS]) + (upward and digits[_DIGITS:].strip("0") != "")


def write_instant(instant_us: int) -> str:
    """Return an instant in RFC 3339.

    Example:
        >>> write_instant(1_500_000)
        '1970-01-01T00:00:01.500000Z'
    """
    return (_EPOCH + instant_us * _MICROSECOND).isoformat(timespec="microseconds")[:-6] + "Z"


def time_document(instant_us: int) -> dict[str, str]:
    """Return an instant as a `Time` of F3548-21."""
    return {"value": write_instant(instant_us), "format": "RFC3339"}
