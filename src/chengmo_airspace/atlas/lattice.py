"""Cells of one BeiDou level over an area, as columns, and height bands and hours above them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from chengmo import InvalidRequest, encode_codes

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Interval = tuple[datetime, datetime]

# Seconds of arc that a cell of a BeiDou level is wide and high.
CELL_SECONDS = {4: 60.0, 5: 4.0, 6: 2.0, 7: 0.25}
MOST_CELLS = 1 << 22
_HIGHEST_M = 3_000.0
# So many degrees within its edges begins the inside of a cell.
_HAIR = 1e-9
_MOST_BANDS, _MOST_INTERVALS = 64, 744


@dataclass(frozen=True)
class Lattice:
    """Cells that share ground with an area, row by row from the south-west.

    Attributes:
        level: BeiDou level, 4 (1′, 1.9 km) to 7 (1/4″, 8 m).
        first: Column and row of the window's south-western cell, counted from 0° N 0° E.
        size: Columns and rows of the window.
        at: (n,) which cells of the window belong, counted row by row.
    """

    level: int
    first: tuple[int, int]
    size: tuple[int, int]
    at: Indices

    @classmethod
    def of(cls, area: BaseGeometry, *, level: int) -> Self:
        """Return the cells that meet an area.

        Args:
            area: A valid polygon or multipolygon in degrees.
            level: BeiDou level, 4 to 7.

        Raises:
            InvalidRequest: If there is no such level, or there are more than 2²² cells.
        """
        if level not in CELL_SECONDS:
            raise InvalidRequest(f"an atlas has no level {level}", hint="4, 5, 6 or 7")
        step = CELL_SECONDS[level] / 3600
        west, south, east, north = (value / step for value in area.bounds)
        # A hair inwards, so that an area along a cell's edge takes no cell beyond.
        first = int(np.floor(west + 1e-6)), int(np.floor(south + 1e-6))
        size = int(np.ceil(east - 1e-6)) - first[0], int(np.ceil(north - 1e-6)) - first[1]
        size = max(size[0], 1), max(size[1], 1)
        if size[0] * size[1] > MOST_CELLS:
            raise InvalidRequest(
                f"the area needs {size[0] * size[1]} cells of level {level}",
                hint=f"a smaller area or a coarser level: at most {MOST_CELLS}",
            )
        whole = cls(level, first, size, np.arange(size[0] * size[1]))
        if shapely.covers(area, shapely.box(*whole.bounds)):
            return whole
        shapely.prepare(area)
        inner = shapely.buffer(area, -1e-7 * step)
        shapely.prepare(inner)
        return cls(level, first, size, np.flatnonzero(shapely.intersects(inner, whole.boxes())))

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self.at)

    @property
    def step(self) -> float:
        """Degrees from cell to cell."""
        return CELL_SECONDS[self.level] / 3600

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the window."""
        (column, row), (wide, high) = self.first, self.size
        corners = column, row, column + wide, row + high
        west, south, east, north = (corner * self.step for corner in corners)
        return west, south, east, north

    @cached_property
    def west(self) -> Floats:
        """(n,) western edges."""
        return (self.at % self.size[0] + self.first[0]).astype(np.float64) * self.step

    @cached_property
    def south(self) -> Floats:
        """(n,) southern edges."""
        return (self.at // self.size[0] + self.first[1]).astype(np.float64) * self.step

    @cached_property
    def lon(self) -> Floats:
        """(n,) longitudes of the middles."""
        return self.west + self.step / 2

    @cached_property
    def lat(self) -> Floats:
        """(n,) latitudes of the middles."""
        return self.south + self.step / 2

    @cached_property
    def _number(self) -> Indices:
        number = np.full(self.size[0] * self.size[1], -1)
        number[self.at] = np.arange(len(self.at))
        return number.reshape(self.size[1], self.size[0])

    def boxes(self, rows: Indices | slice = slice(None)) -> NDArray[Any]:
        """Return the cells as polygons in degrees."""
        west, south = self.west[rows], self.south[rows]
        return np.asarray(shapely.box(west, south, west + self.step, south + self.step))

    def codes(self) -> NDArray[np.bytes_]:
        """Return the BeiDou 2-D code of each cell."""
        return encode_codes(self.lon, self.lat, level=self.level)

    def meeting(self, area: BaseGeometry) -> Indices:
        """Return which cells share some of their inside (0.1 mm within edges) with an area."""
        west, south, east, north = (value / self.step for value in area.bounds)
        left, right = int(np.floor(west)) - 1, int(np.floor(east)) + 2
        low, high = int(np.floor(south)) - 1, int(np.floor(north)) + 2
        columns = slice(max(left - self.first[0], 0), max(right - self.first[0], 0))
        rows = slice(max(low - self.first[1], 0), max(high - self.first[1], 0))
        candidates = self._number[rows, columns].ravel()
        candidates = candidates[candidates >= 0]
        if not candidates.size:
            return candidates
        shapely.prepare(area)
        west, south = self.west[candidates] + _HAIR, self.south[candidates] + _HAIR
        inside = self.step - 2 * _HAIR
        boxes = shapely.box(west, south, west + inside, south + inside)
        return candidates[shapely.intersects(area, boxes)]

    def widened(self, columns: int, rows: int) -> "Lattice":
        """Return the whole window with so many columns and rows more on each side."""
        first = self.first[0] - columns, self.first[1] - rows
        size = self.size[0] + 2 * columns, self.size[1] + 2 * rows
        return Lattice(self.level, first, size, np.arange(size[0] * size[1]))

    def raster(self, values: Floats, *, outside: float = np.nan) -> Floats:
        """Return values of cells as (rows, columns) of the window, from the south."""
        image = np.full(self.size[0] * self.size[1], outside, np.float64)
        image[self.at] = values
        return image.reshape(self.size[1], self.size[0])


@dataclass(frozen=True)
class Frame:
    """What an atlas is drawn over: cells, heights, hours.

    Attributes:
        lattice: The cells.
        edges_m: Heights above the ground between which the bands lie, ascending, 2 at least.
        intervals: From when until when, with offsets; ascending or not, overlapping or not.
    """

    lattice: Lattice
    edges_m: tuple[float, ...]
    intervals: tuple[Interval, ...]

    def __post_init__(self) -> None:
        """Refuse heights and hours that are none."""
        rises = np.diff(self.edges_m)
        if not (len(rises) and (rises > 0).all() and self.edges_m[0] >= 0):
            raise InvalidRequest(
                f"{list(self.edges_m)} are no heights of bands",
                hint="two or more, ascending, 0 m above the ground or higher",
            )
        if self.edges_m[-1] > _HIGHEST_M or len(rises) > _MOST_BANDS:
            raise InvalidRequest(
                f"{len(rises)} bands up to {self.edges_m[-1]} m are too many or too high",
                hint=f"at most {_MOST_BANDS}, up to {_HIGHEST_M} m",
            )
        if not 0 < len(self.intervals) <= _MOST_INTERVALS:
            raise InvalidRequest(
                f"{len(self.intervals)} intervals of time", hint=f"1 to {_MOST_INTERVALS}"
            )
        for begin, end in self.intervals:
            if begin.utcoffset() is None or end.utcoffset() is None or end < begin:
                raise InvalidRequest(
                    "an interval ends before it begins, or has no offset from UTC",
                    hint="write …T08:00:00+08:00",
                )

    @property
    def bands(self) -> list[tuple[float, float]]:
        """The height bands."""
        return list(pairwise(self.edges_m))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Intervals, bands, cells."""
        return len(self.intervals), len(self.edges_m) - 1, len(self.lattice)


def hours_of(day: datetime, *, first: int = 0, last: int = 24) -> tuple[Interval, ...]:
    """Return the hours of a day from one hour to another.

    Args:
        day: Any moment of that day, with its offset; local midnight counts.
        first: The first hour, 0 to 23.
        last: Where the last hour ends, up to 24.

    Raises:
        InvalidRequest: If there is no offset, or no hour between.

    Example:
        >>> from datetime import timezone
        >>> china = timezone(timedelta(hours=8))
        >>> [begin.hour for begin, _ in hours_of(datetime(2026, 5, 1, tzinfo=china), first=22)]
        [22, 23]
    """
    zone: tzinfo | None = day.tzinfo
    if zone is None or not 0 <= first < last <= 24:  # noqa: PLR2004 - hours of a day
        raise InvalidRequest(
            f"from {first} to {last} o'clock is no part of a day with an offset",
            hint="0 ≤ first < last ≤ 24, and a time zone",
        )
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    each = [midnight + timedelta(hours=hour) for hour in range(first, last + 1)]
    return tuple(pairwise(each))


def moments_of(times: Sequence[datetime]) -> tuple[Interval, ...]:
    """Return moments as intervals without length, in UTC."""
    return tuple((time.astimezone(UTC), time.astimezone(UTC)) for time in times)
