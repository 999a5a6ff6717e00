"""The weather as given: columns, NaN where nobody has measured or forecast it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from chengmo import InvalidRequest
from chengmo_airspace.weather.profile import Floats


@dataclass(frozen=True, slots=True)
class Conditions:
    """One row a place or a moment; columns of one length, NaN where not known.

    Attributes:
        wind_mps: Mean wind, 10 m above the ground.
        gust_mps: The strongest gust, 10 m above the ground.
        rain_mm_h: Rain or melted snow an hour.
        visibility_m: How far one sees.
        celsius: Temperature near the ground.
    """

    wind_mps: Floats
    gust_mps: Floats
    rain_mm_h: Floats
    visibility_m: Floats
    celsius: Floats

    @classmethod
    def of(
        cls,
        *,
        wind_mps: ArrayLike = np.nan,
        gust_mps: ArrayLike = np.nan,
        rain_mm_h: ArrayLike = np.nan,
        visibility_m: ArrayLike = np.nan,
        celsius: ArrayLike = np.nan,
    ) -> Self:
        """Return conditions of columns or single numbers.

        Raises:
            InvalidRequest: If one but the temperature is negative, or the lengths differ.
        """
        given = wind_mps, gust_mps, rain_mm_h, visibility_m, celsius
        try:
            columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(c, float)) for c in given))
        except ValueError as error:
            raise InvalidRequest(
                "the columns of the weather differ in length", hint="one row a place or a moment"
            ) from error
        if any((column < 0).any() for column in columns[:4]):
            raise InvalidRequest(
                "a wind, a rain or a visibility is negative", hint="0 or more, NaN if not known"
            )
        return cls(*columns)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.wind_mps)

    def take(self, rows: ArrayLike) -> Self:
        """Return some rows; a negative number gives a row of which nothing is known."""
        at = np.asarray(rows, np.int64)
        return type(self)(
            *(
                np.where(at >= 0, np.r_[getattr(self, field.name), np.nan][at], np.nan)
                for field in fields(self)
            )
        )


@dataclass(frozen=True, slots=True)
class ConditionSeries:
    """Conditions from moment to moment, of one place or alike over a city.

    Attributes:
        moments: When each row begins to hold, with offsets, ascending.
        conditions: The rows.
        holds: How long a row holds at most, if no other follows.
    """

    moments: Sequence[datetime]
    conditions: Conditions
    holds: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        """Refuse moments that do not fit."""
        if len(self.moments) != len(self.conditions):
            raise InvalidRequest(
                f"{len(self.moments)} moments for {len(self.conditions)} rows of weather",
                hint="one moment a row",
            )
        if any(moment.utcoffset() is None for moment in self.moments):
            raise InvalidRequest("a moment has no offset from UTC", hint="write …T08:00:00+08:00")
        seconds = _seconds(self.moments)
        if (np.diff(seconds) <= 0).any():
            raise InvalidRequest("moments of weather do not ascend", hint="sort them, each once")

    def at(self, moments: Sequence[datetime]) -> Conditions:
        """Return what is known of each moment: the last row before it that still holds."""
        begins, asked = _seconds(self.moments), _seconds(moments)
        row = np.searchsorted(begins, asked, side="right") - 1
        age = asked - np.r_[begins, np.inf][row]
        known = (row >= 0) & (age < self.holds.total_seconds())
        return self.conditions.take(np.where(known, row, -1))


def _seconds(moments: Sequence[datetime]) -> Floats:
    return np.array([moment.astimezone(UTC).timestamp() for moment in moments], np.float64)
