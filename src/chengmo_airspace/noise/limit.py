"""The limits of GB 3096-2008, 声环境质量标准: classes of places, by day and by night."""

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo_airspace.noise.absorption import Floats

# Hours of a day by law (噪声污染防治法): 06:00 to 22:00; a local government may set others.
DAY_H, NIGHT_H = 16.0, 8.0
DAY_BEGINS_H, DAY_ENDS_H = 6, 22
# By how much a sudden sound may pass the limit at night (5.4 of the standard).
_SUDDEN_DB = 15.0


class NoiseClass(StrEnum):
    """Acoustic environment function areas, the quietest first."""

    RECOVERY = "0"
    LIVING = "1"
    MIXED = "2"
    INDUSTRY = "3"
    ROADSIDE = "4a"
    RAILSIDE = "4b"


class Period(StrEnum):
    """Of the day."""

    DAY = "day"
    NIGHT = "night"


_LIMITS = {
    NoiseClass.RECOVERY: (50.0, 40.0),
    NoiseClass.LIVING: (55.0, 45.0),
    NoiseClass.MIXED: (60.0, 50.0),
    NoiseClass.INDUSTRY: (65.0, 55.0),
    NoiseClass.ROADSIDE: (70.0, 55.0),
    NoiseClass.RAILSIDE: (70.0, 60.0),
}


def limit_db(place: NoiseClass, period: Period) -> float:
    """Return the limit of LAeq, dB(A).

    Example:
        >>> limit_db(NoiseClass.LIVING, Period.NIGHT)
        45.0
    """
    day, night = _LIMITS[place]
    return day if period is Period.DAY else night


def sudden_limit_db(place: NoiseClass) -> float:
    """Return the limit of the highest level of a sudden sound at night, dB(A)."""
    return limit_db(place, Period.NIGHT) + _SUDDEN_DB


def period_of_hour(hour: ArrayLike) -> NDArray[np.bool_]:
    """Say of local hours (0 to 24) whether they are day."""
    clock = np.asarray(hour, np.float64) % 24
    return (clock >= DAY_BEGINS_H) & (clock < DAY_ENDS_H)


def people_over(level_db: ArrayLike, limit: ArrayLike, people: ArrayLike) -> float:
    """Return how many people live where the level is above the limit.

    Args:
        level_db: LAeq at each place; -inf where nothing is heard.
        limit: Of the place.
        people: Who lives there.

    Example:
        >>> people_over([44, 46], 45, [100, 20])
        20.0
    """
    level, allowed, number = np.broadcast_arrays(level_db, limit, np.asarray(people, np.float64))
    over: Floats = np.where(level > allowed, number, 0.0)
    return float(over.sum())
