"""When the sun rises and sets, for rules that say so.

Low-precision formulas of the Astronomical Almanac (Sun's position to 0.01°), iterated over the
day; rise and set are when the centre is 0.833° below the horizon (34′ refraction, 16′ radius),
civil twilight when it is 6° below. Good to about a minute between the polar circles.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import acos, asin, atan2, cos, degrees, radians, sin

_RISE, _CIVIL = -0.833, -6.0
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_ROUNDS = 4


class DayEvent(StrEnum):
    """Moments of a day, by their codes in ED-318."""

    TWILIGHT_BEGINS = "BMCT"
    SUNRISE = "SR"
    SUNSET = "SS"
    TWILIGHT_ENDS = "EECT"


def find_event(event: DayEvent, day: date, lon: float, lat: float) -> datetime | None:
    """Return the UTC time of an event of a (local mean solar) day at a place.

    None where there is none: the sun stays up, or down, all that day.

    Example:
        >>> find_event(DayEvent.SUNRISE, date(2024, 6, 21), 114.3, 30.6).strftime("%d %H:%M")
        '20 21:20'
    """
    altitude = _RISE if event in {DayEvent.SUNRISE, DayEvent.SUNSET} else _CIVIL
    side = -1 if event in {DayEvent.TWILIGHT_BEGINS, DayEvent.SUNRISE} else 1
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(hours=lon / 15)
    at = noon
    for _ in range(_ROUNDS):
        declination, equation = _position(at)
        low = sin(radians(altitude)) - sin(radians(lat)) * sin(declination)
        cosine = low / (cos(radians(lat)) * cos(declination))
        if not -1 <= cosine <= 1:
            return None
        hours = side * degrees(acos(cosine)) / 15 - equation
        at = noon + timedelta(hours=hours)
    return at


def _position(at: datetime) -> tuple[float, float]:
    """Return the sun's declination (radians) and the equation of time (hours)."""
    days = (at - _J2000).total_seconds() / 86400
    mean = radians((280.460 + 0.9856474 * days) % 360)
    anomaly = radians((357.528 + 0.9856003 * days) % 360)
    along = mean + radians(1.915) * sin(anomaly) + radians(0.020) * sin(2 * anomaly)
    tilt = radians(23.439 - 4e-7 * days)
    right_ascension = atan2(cos(tilt) * sin(along), cos(along))
    equation = (degrees(mean - right_ascension) + 180) % 360 - 180
    return asin(sin(tilt) * sin(along)), equation / 15
