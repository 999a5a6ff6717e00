"""Synthetic flights between places with residents: for trying, and said to be so wherever shown.

Origins are a few hubs of each made-up operator, destinations places within its reach, both drawn by
residents; departures crowd around noon and the evening. No operator, hub or number is real.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from chengmo import InvalidRequest
from chengmo_scenarios.flight_day.method.path import metres_per_degree
from chengmo_scenarios.flight_day.reading import AskedFlight

Floats = NDArray[np.float64]
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Wanted:
    """What flights to make.

    Attributes:
        count: How many.
        seed: Of the random draw.
        day: China's day on which all depart.
        width_m: Of every corridor.
    """

    count: int
    seed: int
    day: date
    width_m: float


@dataclass(frozen=True)
class _Trade:
    """What a made-up operator does: its share of flights, hubs, reach, height, speed."""

    name: str
    share: float
    hubs: int
    reach_m: tuple[float, float]
    band_m: tuple[float, float]
    speed_mps: float
    priority: int
    peaks_h: tuple[float, ...]


_TRADES = (
    _Trade("synthetic-parcels", 0.40, 4, (3000, 15_000), (80, 100), 18.0, 0, (10.0, 15.0)),
    _Trade("synthetic-meals", 0.35, 5, (1500, 5000), (60, 80), 14.0, 0, (12.0, 18.5)),
    _Trade("synthetic-survey", 0.15, 3, (2000, 8000), (100, 120), 12.0, 0, (9.0, 14.0)),
    _Trade("synthetic-medical", 0.10, 2, (4000, 20_000), (80, 100), 20.0, 1, (11.0, 16.0)),
)
_MOST_HUBS = 5
_EARLIEST_H, _LATEST_H, _SPREAD_H = 7.0, 20.0, 0.8


def make_flights(
    places: Floats,
    residents: Floats,
    wanted: Wanted,
    closed: Sequence[BaseGeometry] = (),
) -> list[AskedFlight]:
    """Return synthetic flights, the same for the same arguments.

    Args:
        places: (n, 2) longitude and latitude of places with residents, degrees.
        residents: (n,) how many.
        wanted: How many, when.
        closed: Areas without hubs: nobody would fly from within a closed zone every day.

    Raises:
        InvalidRequest: If there are fewer than two places with residents.
    """
    peopled = (residents > 0) & np.isfinite(places).all(axis=1)
    places, residents = places[peopled], residents[peopled]
    if len(places) < 2:  # noqa: PLR2004 - from one to the other
        raise InvalidRequest(
            "synthetic flights need two places with residents",
            hint="name a dataset with a column 'residents' in population, or flights",
        )
    rng = np.random.default_rng(wanted.seed)
    weight = residents.copy()
    for area in closed:
        weight[shapely.intersects_xy(area, places[:, 0], places[:, 1])] = 0
    weight = weight if (weight > 0).sum() >= _MOST_HUBS else residents
    flights: list[AskedFlight] = []
    for trade, number in zip(_TRADES, _shares(wanted.count), strict=True):
        hubs = rng.choice(len(places), min(trade.hubs, len(places)), replace=False,
                          p=weight / weight.sum())  # fmt: skip
        for k in range(number):
            start = places[hubs[int(rng.integers(len(hubs)))]]
            end = _destination(rng, trade, start, places, residents)
            flights.append(_flight(rng, trade, k, (start, end), wanted))
    return flights


def _shares(count: int) -> Sequence[int]:
    ends = np.rint(np.cumsum([trade.share for trade in _TRADES]) * count).astype(int)
    return np.diff(ends, prepend=0).tolist()


def _destination(
    rng: np.random.Generator, trade: _Trade, start: Floats, places: Floats, residents: Floats
) -> Floats:
    away = np.hypot(*((places - start) * metres_per_degree(start[1:])[0]).T)
    near, far = trade.reach_m
    weight = np.where((away >= near) & (away <= far), residents, 0.0)
    if not weight.any():
        weight = np.where(away > 0, residents, 0.0)
    return places[int(rng.choice(len(places), p=weight / weight.sum()))]


def _flight(
    rng: np.random.Generator,
    trade: _Trade,
    number: int,
    ends: tuple[Floats, Floats],
    wanted: Wanted,
) -> AskedFlight:
    peak = trade.peaks_h[int(rng.integers(len(trade.peaks_h)))]
    hour = float(np.clip(rng.normal(peak, _SPREAD_H), _EARLIEST_H, _LATEST_H))
    midnight = datetime.combine(wanted.day, time(), CHINA)
    return AskedFlight(
        id=f"{trade.name}-{number + 1:03}",
        operator=trade.name,
        priority=trade.priority,
        path=np.round(np.array(ends), 6),
        lower_m=trade.band_m[0],
        upper_m=trade.band_m[1],
        departure=midnight + timedelta(seconds=round(hour * 3600)),
        speed_mps=trade.speed_mps,
        width_m=wanted.width_m,
    )
