"""What aircraft that flew were heard like, place by place and hour by hour.

Each message stands for the time until the next of its aircraft, five seconds at most, at its place:
a sum over moments. Of aircraft whose sound power nobody has told, one value is assumed and said
(`power_dba`), so this is a comparison of places, not a measurement.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.spatial import KDTree

from chengmo import Plane
from chengmo_airspace.altitude import Reference
from chengmo_airspace.noise import level_at
from chengmo_airspace.tracking.batch import NO_HEIGHT, REFERENCES
from chengmo_airspace.tracking.limits import SECOND_US
from chengmo_airspace.tracking.record import Records
from chengmo_airspace.tracking.statistics import HOUR_US, flights_of
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE
from chengmo_airspace.volume.ring_kernel import Integers

# The EU's bound for 900 g of class C1 and C2, see `noise.sound_power_limit`.
POWER_DBA = 85.0
# Farther away a drone of such a power is below any limit of the night.
_REACH_M = 1000.0
_LONGEST_S = 5.0
_GROUND = REFERENCES.index(Reference.GROUND)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """Where people listen.

    Attributes:
        names: Of each, such as a community.
        longitude: (n,) degrees.
        latitude: (n,) degrees.
        ground_m: (n,) metres above the ellipsoid; NaN where not known: there only heights told
            above the ground count.
    """

    names: tuple[str, ...]
    longitude: Floats
    latitude: Floats
    ground_m: Floats


def heard(rows: Records, places: Places, *, power_dba: float = POWER_DBA) -> pa.Table:
    """Return the equivalent level (LAeq, dB) of aircraft alone by place and hour.

    Args:
        rows: `MESSAGE` records of whole hours.
        places: Who listens.
        power_dba: A-weighted sound power that every aircraft is taken to have.

    Returns:
        Columns `place`, `hour` (UTC), `level_db`, `events` (aircraft that came within 1 km), and
        `power_dba` as assumed.
    """
    flown = flights_of(rows)
    seconds = np.zeros(len(flown.rows))
    if len(seconds):
        gaps = np.diff(flown.rows["time"]) / SECOND_US
        seconds[:-1] = np.where(flown.flight[1:] == flown.flight[:-1], gaps, 0.0)
    plane = Plane(float(places.longitude.mean()), float(places.latitude.mean()))
    listeners = plane.to_metres(np.column_stack([places.longitude, places.latitude]))
    sources = plane.to_metres(
        np.column_stack([flown.rows["lon"], flown.rows["lat"]]).reshape(-1, 2) / PER_DEGREE
    )
    near = KDTree(listeners).query_ball_point(sources, _REACH_M)
    row = np.repeat(np.arange(len(near)), [len(found) for found in near])
    place = np.array([one for found in near for one in found], np.int64)
    height = _height_above(flown.rows[row], places.ground_m[place])
    known = ~np.isnan(height) & (seconds[row] > 0)
    row, place, height = row[known], place[known], np.maximum(height[known], 1.0)
    beside = np.hypot(*(sources[row] - listeners[place]).T)
    energy = 10 ** (level_at(power_dba, height, beside) / 10)
    energy *= np.minimum(seconds[row], _LONGEST_S)
    hours = flown.rows["time"][row] // HOUR_US
    return _table(places, (place, hours, flown.flight[row]), energy, power_dba)


def _height_above(rows: Records, ground_m: Floats) -> Floats:
    told = np.where(rows["height"] == NO_HEIGHT, np.nan, rows["height"] / PER_METRE)
    above = np.where(rows["above"] == NO_HEIGHT, np.nan, rows["above"] / PER_METRE)
    return np.where(rows["reference"] == _GROUND, told, above - ground_m)


def _table(
    places: Places, columns: tuple[Integers, Integers, Integers], energy: Floats, power_dba: float
) -> pa.Table:
    place, hour, flight = columns
    pairs, row = np.unique(
        np.column_stack([place, hour]).reshape(-1, 2), axis=0, return_inverse=True
    )
    row = row.reshape(-1)
    level = 10 * np.log10(np.bincount(row, energy, len(pairs)) / 3600)
    events = np.unique(np.column_stack([row, flight]).reshape(-1, 2), axis=0)[:, 0]
    return pa.table(
        {
            "place": pa.array([places.names[one] for one in pairs[:, 0].tolist()], pa.string()),
            "hour": pa.array(pairs[:, 1].astype(np.int64) * HOUR_US, pa.timestamp("us", "UTC")),
            "level_db": pa.array(level.round(1)),
            "events": pa.array(np.bincount(events, minlength=len(pairs))),
            "power_dba": pa.array(np.full(len(pairs), power_dba)),
        }
    )
