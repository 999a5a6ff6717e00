"""What was flown, put together from messages: flights, and the areas and hours they belong to.

A **flight** is what one aircraft tells in the air under one intent, without a gap of more than
five minutes; one message alone is none. A step from one message of a flight to the next belongs to
the area and hour in which it begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo import InvalidRequest, PolygonIndex, encode_codes
from chengmo_airspace.tracking.limits import SECOND_US
from chengmo_airspace.tracking.record import GROUND, Records
from chengmo_airspace.volume.lattice import PER_DEGREE
from chengmo_airspace.volume.ring_kernel import Integers

HOUR_US = 3600 * SECOND_US
_GAP_S = 300
# Cells of 1′, about 1.6 × 1.9 km at 30.5° N.
CELL_LEVEL = 4
_EARTH_M = 6_371_008.8
Texts = NDArray[np.str_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Areas:
    """Areas that statistics are made for.

    Attributes:
        names: Of each, such as districts; empty for cells of the grid code.
        index: Their polygons; None for cells.
    """

    names: tuple[str, ...] = ()
    index: PolygonIndex | None = None

    @classmethod
    def of(cls, names: Sequence[str], polygons: Sequence[shapely.Geometry]) -> "Areas":
        """Return areas by their names.

        Raises:
            InvalidRequest: If there are not as many names as polygons.
        """
        if len(names) != len(polygons):
            raise InvalidRequest("areas without a name each", hint="one name for each polygon")
        return cls(tuple(names), PolygonIndex.of(polygons))

    def find(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Texts:
        """Return the area that each place (degrees) is in: its name or code; empty for none."""
        if self.index is None:
            return encode_codes(lon, lat, level=CELL_LEVEL).astype(np.str_)
        found = self.index.first(lon, lat)
        return np.array([*self.names, ""], np.str_)[found]


@dataclass(frozen=True)
class Flights:
    """Messages in the air, flight after flight.

    Attributes:
        rows: `MESSAGE` records, by flight and time.
        flight: (n,) number of the flight of each.
        firsts: (f,) where in `rows` each flight begins.
        lasts: (f,) its last message.
    """

    rows: Records
    flight: Integers
    firsts: Integers
    lasts: Integers

    def places(self) -> tuple[Floats, Floats]:
        """Return longitude and latitude of each message, degrees."""
        return self.rows["lon"] / PER_DEGREE, self.rows["lat"] / PER_DEGREE

    def seconds(self) -> Floats:
        """Return how long it is from each message to the next of its flight; 0 of the last."""
        return np.diff(self.rows["time"], append=0) / SECOND_US * self._goes_on()

    def metres(self) -> Floats:
        """Return how far it is from each message to the next of its flight; 0 of the last."""
        following = np.minimum(np.arange(1, len(self.rows) + 1), len(self.rows) - 1)
        return _distance_m(self.rows, self.rows[following]) * self._goes_on()

    def _goes_on(self) -> NDArray[np.bool_]:
        return np.diff(self.flight, append=-1) == 0


def flights_of(rows: Records) -> Flights:
    """Return messages put together into flights."""
    rows = rows[np.lexsort((rows["time"], rows["intent"], rows["track"]))]
    on_ground = (rows["marks"] & GROUND) > 0
    # Whoever has been on the ground in between flies anew.
    landings, airborne = np.cumsum(on_ground)[~on_ground], rows[~on_ground]
    starts = np.ones(len(airborne), np.bool_)
    if len(airborne):
        same = np.diff(airborne["time"]) <= _GAP_S * SECOND_US
        for told in (airborne["track"], airborne["intent"], landings):
            same &= told[1:] == told[:-1]
        starts[1:] = ~same
    lengths = np.diff(np.r_[np.flatnonzero(starts), len(airborne)])
    # One message alone is no flight.
    kept = np.repeat(lengths > 1, lengths)
    lengths = lengths[lengths > 1]
    firsts = np.cumsum(lengths) - lengths
    flight = np.repeat(np.arange(len(lengths)), lengths)
    return Flights(airborne[kept], flight, firsts, firsts + lengths - 1)


@dataclass(frozen=True)
class Keys:
    """The pairs of area and hour there are, in order, and which of them each row is of.

    Attributes:
        area: (k,) name or code of each.
        hour: (k,) hours since 1970.
        rows: (n,) the pair of each row.
    """

    area: Texts
    hour: Integers
    rows: Integers

    @classmethod
    def of(cls, area: Texts, hour: Integers) -> "Keys":
        """Return the pairs of rows."""
        names, number = np.unique(area, return_inverse=True)
        pairs, rows = np.unique(
            np.column_stack([number, hour]).reshape(-1, 2), axis=0, return_inverse=True
        )
        return cls(names[pairs[:, 0].astype(np.int64)], pairs[:, 1], rows.reshape(-1))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.area)

    def find(self, area: Texts, hour: Integers) -> Integers:
        """Return which pair each of other rows is of; -1 where there is none."""
        known = {pair: row for row, pair in enumerate(self._pairs(self.area, self.hour))}
        return np.array([known.get(pair, -1) for pair in self._pairs(area, hour)], np.int64)

    @staticmethod
    def _pairs(area: Texts, hour: Integers) -> list[tuple[str, int]]:
        return list(zip(area.tolist(), hour.tolist(), strict=True))


def _distance_m(one: Records, other: Records) -> NDArray[np.float64]:
    """Return great-circle distances (haversine, mean radius of the Earth)."""
    a, b = (np.radians(rows["lat"] / PER_DEGREE) for rows in (one, other))
    east = np.radians((other["lon"] - one["lon"]) / PER_DEGREE)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(east / 2) ** 2
    return 2 * _EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
