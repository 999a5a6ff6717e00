"""The parameter `subset`: a part of what there is, axis by axis (OGC 21-038r1)."""

import re
from dataclasses import dataclass

from chengmo.catalog.dataset import Extent
from chengmo.errors import InvalidQuery
from chengmo.interfaces.ogc.question import Period, read_period

_VALUE = r'\s*("[^"]*"|[^:"]*?)\s*'
_RANGE = re.compile(rf"\s*([A-Za-z]+)\s*\({_VALUE}(?::{_VALUE})?\)\s*")
# Commas in parentheses or quotes divide nothing.
_COMMA = re.compile(r",(?![^(]*\))")
_AXES = {"lat": 1, "latitude": 1, "lon": 0, "long": 0, "longitude": 0}
_TIME = "time"
_LIMITS = (180.0, 90.0)
# Any number will do that is no infinity.
_FARTHEST = 1e300


@dataclass(frozen=True)
class Subset:
    """What a `subset` asks for.

    Attributes:
        box: West, south, east, north in degrees, a west beyond the east across ±180°; None if no
            axis of space is named.
        is_empty: Whether the box lies beyond the ends of an axis as a whole.
        period: None if time is not named.
    """

    box: Extent | None
    period: Period | None
    is_empty: bool = False


def read_subset(text: str) -> Subset:
    """Return what a subset means.

    Args:
        text: `Lat(30:31),Lon(114:115),time("2024-05-01":*)`; several parameters with a comma
            between mean the same as one.

    Raises:
        InvalidQuery: If an axis is unknown or named twice, or a value is none of it.
    """
    found: dict[int, tuple[float, float]] = {}
    period: Period | None = None
    for part in _COMMA.split(text):
        name, low, high = _read_range(part)
        axis = _AXES.get(name)
        if name == _TIME and period is None:
            period = _read_period(low, high)
        elif axis is not None and axis not in found:
            found[axis] = _read_numbers(part, axis, (low, high))
        else:
            known = name == _TIME or axis is not None
            fault = "names an axis twice" if known else "is no range of an axis"
            raise InvalidQuery(f"'{part[:50]}' {fault}", hint="subset=Lat(30:31),Lon(114:115)")
    if not found:
        return Subset(None, period)
    ranges = [found.get(axis, (-limit, limit)) for axis, limit in enumerate(_LIMITS)]
    beyond = any(
        low > limit or high < -limit for (low, high), limit in zip(ranges, _LIMITS, strict=True)
    )
    # What lies partly beyond is left out: there is nothing.
    (west, east), (south, north) = (
        (max(low, -limit), min(high, limit))
        for (low, high), limit in zip(ranges, _LIMITS, strict=True)
    )
    return Subset((west, south, east, north), period, beyond)


def _read_range(part: str) -> tuple[str, str, str]:
    found = _RANGE.fullmatch(part)
    if found is None:
        raise InvalidQuery(f"'{part[:50]}' is no range of an axis", hint="subset=Lat(30:31)")
    low, high = found[2], found[2] if found[3] is None else found[3]
    return found[1].lower(), low.strip('"'), high.strip('"')


def _read_numbers(part: str, axis: int, ends: tuple[str, str]) -> tuple[float, float]:
    limit = _LIMITS[axis]
    try:
        low, high = (
            open_end if text == "*" else float(text)
            for text, open_end in zip(ends, (-limit, limit), strict=True)
        )
    except ValueError:
        low = high = float("nan")
    if not (abs(low) <= _FARTHEST and abs(high) <= _FARTHEST):
        raise InvalidQuery(f"'{part[:50]}' is no range of numbers", hint="Lon(114:*)")
    if axis == _AXES["lat"] and low > high:
        raise InvalidQuery(f"'{part[:50]}' ends before it begins", hint="Lat(30:31)")
    return low, high


def _read_period(low: str, high: str) -> Period:
    text = low if low == high != "*" else f"{_open(low)}/{_open(high)}"
    try:
        return Period(None, None) if text == "../.." else read_period(text)
    except ValueError as error:
        raise InvalidQuery(
            f"time: {error}", hint='subset=time("2024-05-01":"2024-05-31")'
        ) from error


def _open(text: str) -> str:
    return ".." if text == "*" else text
