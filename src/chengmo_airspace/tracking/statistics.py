"""Statistics for the city: flights, kilometres, punctuality and alerts by area and hour.

A **flight** is what one aircraft tells in the air under one intent, without a gap of more than
five minutes; one message alone is none. Kilometres and hours belong to the area and hour in which
a step from one message to the next begins. A departure is **on time** if its first message in the
air comes within three minutes of when its intent may begin.

What is told of few is withheld: an area and hour with fewer than `minimum` flights has no numbers.
No totals over hours or areas are made, from which they could be had by subtraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from chengmo import InvalidRequest, PolygonIndex, encode_codes
from chengmo_airspace.tracking.alert import Alert
from chengmo_airspace.tracking.limits import SECOND_US
from chengmo_airspace.tracking.record import GROUND, SYNTHETIC, Records
from chengmo_airspace.tracking.replay import Passage, Planned
from chengmo_airspace.volume.lattice import PER_DEGREE
from chengmo_airspace.volume.ring_kernel import Integers

HOUR_US = 3600 * SECOND_US
# Fewer flights in an area and hour than this are not told of.
MINIMUM = 5
_GAP_S, _ON_TIME_S = 300, 180
# Cells of 1′, about 1.6 × 1.9 km at 30.5° N.
CELL_LEVEL = 4
_EARTH_M = 6_371_008.8
_ALERTS = ("nonconforming", "contingent", "lost-link", "near")
Texts = NDArray[np.str_]


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


def summarise(
    passage: Passage,
    plans: dict[str, Planned],
    alerts: Sequence[Alert],
    *,
    areas: Areas | None = None,
    minimum: int = MINIMUM,
) -> pa.Table:
    """Return a row for each area and hour with something in it.

    Args:
        passage: Messages of whole hours.
        plans: By intent.
        alerts: Of the same while.
        areas: Cells of the grid code if None.
        minimum: How many flights an area and hour needs to be told of.

    Returns:
        Columns `area`, `hour` (UTC), `flights`, `departures`, `kilometres`, `flown_hours`,
        `planned_departures`, `on_time`, `median_delay_s`, one for each kind of alert, `synthetic`
        (the share of flights that nobody flew) and `withheld`; null where withheld.
    """
    chosen, flights = areas or Areas(), flights_of(passage.rows)
    rows = flights.rows
    area = chosen.find(rows["lon"] / PER_DEGREE, rows["lat"] / PER_DEGREE)
    hour = rows["time"] // HOUR_US
    told = [alert for alert in alerts if alert.kind in _ALERTS]
    alert_area = chosen.find(
        np.array([alert.longitude for alert in told], np.float64),
        np.array([alert.latitude for alert in told], np.float64),
    )
    keys = _Keys(
        np.r_[area, alert_area],
        np.r_[hour, np.array([alert.at_us // HOUR_US for alert in told], np.int64)],
    )
    here, there = keys.rows[: len(rows)], keys.rows[len(rows) :]
    columns: dict[str, Any] = _flown(flights, here, keys.count)
    columns |= _departed(passage, plans, flights, here, keys.count)
    for kind in _ALERTS:
        mine = np.array([alert.kind == kind for alert in told], np.bool_)
        columns[kind.replace("-", "_")] = np.bincount(there[mine], minlength=keys.count)
    return _table(keys, columns, minimum)


class _Keys:
    """The pairs of area and hour there are, in order, and which of them each row is of."""

    def __init__(self, area: Texts, hour: Integers) -> None:
        self.names, number = np.unique(area, return_inverse=True)
        pairs, self.rows = np.unique(
            np.column_stack([number, hour]).reshape(-1, 2), axis=0, return_inverse=True
        )
        self.rows = self.rows.reshape(-1)
        self.area, self.hour = self.names[pairs[:, 0].astype(np.int64)], pairs[:, 1]
        self.count = len(pairs)


def _flown(flights: Flights, key: Integers, count: int) -> dict[str, Any]:
    rows, flight = flights.rows, flights.flight
    within = flight[1:] == flight[:-1]
    steps = _distance_m(rows[:-1], rows[1:]) * within
    seconds = np.diff(rows["time"]) / SECOND_US * within
    seen = np.unique(np.column_stack([key, flight]).reshape(-1, 2), axis=0)
    made_up = (rows["marks"][flights.firsts] & SYNTHETIC > 0)[seen[:, 1]]
    number = np.bincount(seen[:, 0], minlength=count)
    return {
        "flights": number,
        "kilometres": np.bincount(key[:-1], steps, count).round(0) / 1000,
        "flown_hours": (np.bincount(key[:-1], seconds, count) / 3600).round(3),
        "synthetic": np.bincount(seen[:, 0], made_up, count) / np.maximum(number, 1),
    }


def _departed(
    passage: Passage, plans: dict[str, Planned], flights: Flights, key: Integers, count: int
) -> dict[str, Any]:
    where = key[flights.firsts]
    first = flights.rows[flights.firsts]
    intents = [passage.names.get(int(number), ("", ""))[1] for number in first["intent"]]
    begins = np.array([plans[i].begin_us if i in plans else -1 for i in intents], np.int64)
    planned = begins >= 0
    delay = (first["time"] - begins) / SECOND_US
    median = np.full(count, np.nan)
    for group in np.unique(where[planned]):
        median[group] = np.median(delay[planned & (where == group)])
    on_time = planned & (np.abs(delay) <= _ON_TIME_S)
    return {
        "departures": np.bincount(where, minlength=count),
        "planned_departures": np.bincount(where[planned], minlength=count),
        "on_time": np.bincount(where[on_time], minlength=count),
        "median_delay_s": median.round(1),
    }


def _table(keys: _Keys, columns: dict[str, Any], minimum: int) -> pa.Table:
    withheld = columns["flights"] < minimum
    order = (
        "flights", "departures", "kilometres", "flown_hours", "planned_departures", "on_time",
        "median_delay_s", *(kind.replace("-", "_") for kind in _ALERTS), "synthetic",
    )  # fmt: skip
    numbers = {
        name: pa.array(columns[name], mask=withheld | (np.isnan(columns[name]))) for name in order
    }
    return pa.table(
        {
            "area": pa.array(keys.area.tolist(), pa.string()),
            "hour": pa.array(keys.hour.astype(np.int64) * HOUR_US, pa.timestamp("us", "UTC")),
            **numbers,
            "withheld": pa.array(withheld),
        }
    )


def _distance_m(one: Records, other: Records) -> NDArray[np.float64]:
    """Return great-circle distances (haversine, mean radius of the Earth)."""
    a, b = (np.radians(rows["lat"] / PER_DEGREE) for rows in (one, other))
    east = np.radians((other["lon"] - one["lon"]) / PER_DEGREE)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(east / 2) ** 2
    return 2 * _EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
