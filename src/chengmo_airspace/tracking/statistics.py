"""Statistics for the city by area and hour: flights, kilometres, punctuality, alerts, risk, noise.

What a flight is and which area and hour it belongs to, `flown.py` says; what it costs those below,
`burden.py`. A departure is **on time** if its first message in the air comes within three minutes
of when its intent may begin.

What is told of few is withheld: an area and hour with fewer than `minimum` flights has no numbers.
No totals over hours or areas are made, from which they could be had by subtraction.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from chengmo_airspace.tracking.alert import Alert
from chengmo_airspace.tracking.burden import BURDEN, Below, burden_of
from chengmo_airspace.tracking.flown import HOUR_US, Areas, Flights, Keys, flights_of
from chengmo_airspace.tracking.limits import SECOND_US
from chengmo_airspace.tracking.record import SYNTHETIC
from chengmo_airspace.tracking.replay import Passage, Planned
from chengmo_airspace.volume.ring_kernel import Integers

# Fewer flights in an area and hour than this are not told of.
MINIMUM = 5
_ON_TIME_S = 180
_ALERTS = ("nonconforming", "contingent", "lost-link", "near")
_FLOWN = (
    "flights", "departures", "kilometres", "flown_hours", "planned_departures", "on_time",
    "median_delay_s", *(kind.replace("-", "_") for kind in _ALERTS),
)  # fmt: skip


def summarise(
    passage: Passage,
    plans: dict[str, Planned],
    alerts: Sequence[Alert],
    *,
    areas: Areas | None = None,
    below: Below | None = None,
    minimum: int = MINIMUM,
) -> pa.Table:
    """Return a row for each area and hour with something in it.

    Args:
        passage: Messages of whole hours.
        plans: By intent.
        alerts: Of the same while.
        areas: Cells of the grid code if None.
        below: Who lives below; without, nothing is said of risk and noise.
        minimum: How many flights an area and hour needs to be told of.

    Returns:
        Columns `area`, `hour` (UTC), `flights`, `departures`, `kilometres`, `flown_hours`,
        `planned_departures`, `on_time`, `median_delay_s`, one for each kind of alert, those of
        `burden.BURDEN` if it is known who lives below, `synthetic` (the share of flights that
        nobody flew) and `withheld`; null where withheld.
    """
    chosen, flights = areas or Areas(), flights_of(passage.rows)
    rows = flights.rows
    area = chosen.find(*flights.places())
    hour = rows["time"] // HOUR_US
    told = [alert for alert in alerts if alert.kind in _ALERTS]
    alert_area = chosen.find(
        np.array([alert.longitude for alert in told], np.float64),
        np.array([alert.latitude for alert in told], np.float64),
    )
    keys = Keys.of(
        np.r_[area, alert_area],
        np.r_[hour, np.array([alert.at_us // HOUR_US for alert in told], np.int64)],
    )
    here, there = keys.rows[: len(rows)], keys.rows[len(rows) :]
    columns: dict[str, Any] = _flown(flights, here, keys.count)
    columns |= _departed(passage, plans, flights, here, keys.count)
    for kind in _ALERTS:
        mine = np.array([alert.kind == kind for alert in told], np.bool_)
        columns[kind.replace("-", "_")] = np.bincount(there[mine], minlength=keys.count)
    if below is not None:
        columns |= burden_of(flights, below, chosen, keys)
    return _table(keys, columns, minimum)


def _flown(flights: Flights, key: Integers, count: int) -> dict[str, Any]:
    seen = np.unique(np.column_stack([key, flights.flight]).reshape(-1, 2), axis=0)
    made_up = (flights.rows["marks"][flights.firsts] & SYNTHETIC > 0)[seen[:, 1]]
    number = np.bincount(seen[:, 0], minlength=count)
    return {
        "flights": number,
        "kilometres": np.bincount(key, flights.metres(), count).round(0) / 1000,
        "flown_hours": (np.bincount(key, flights.seconds(), count) / 3600).round(3),
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


def _table(keys: Keys, columns: dict[str, Any], minimum: int) -> pa.Table:
    withheld = columns["flights"] < minimum
    order = (*_FLOWN, *(name for name in BURDEN if name in columns), "synthetic")
    numbers = {
        name: pa.array(columns[name], mask=withheld | np.isnan(columns[name])) for name in order
    }
    return pa.table(
        {
            "area": pa.array(keys.area.tolist(), pa.string()),
            "hour": pa.array(keys.hour.astype(np.int64) * HOUR_US, pa.timestamp("us", "UTC")),
            **numbers,
            "withheld": pa.array(withheld),
        }
    )
