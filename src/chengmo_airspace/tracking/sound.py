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
from chengmo_airspace.tracking.flown import HOUR_US, Flights, flights_of
from chengmo_airspace.tracking.record import Records
from chengmo_airspace.volume.lattice import PER_METRE
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


@dataclass(frozen=True)
class Sounds:
    """What came to a place in an hour, one row each.

    Attributes:
        place: (k,) number of the place.
        hour: (k,) hours since 1970.
        level_db: (k,) LAeq of the hour.
        events: (k,) aircraft that came within 1 km.
        unheard: (n,) whether a message's height above the ground is known at no place near it,
            so that it is not in the levels.
    """

    place: Integers
    hour: Integers
    level_db: Floats
    events: Integers
    unheard: NDArray[np.bool_]


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
    found = sounds_of(flights_of(rows), places, power_dba=power_dba)
    names = [places.names[one] for one in found.place.tolist()]
    return pa.table(
        {
            "place": pa.array(names, pa.string()),
            "hour": pa.array(found.hour * HOUR_US, pa.timestamp("us", "UTC")),
            "level_db": pa.array(found.level_db.round(1)),
            "events": pa.array(found.events),
            "power_dba": pa.array(np.full(len(names), power_dba)),
        }
    )


def sounds_of(flown: Flights, places: Places, *, power_dba: float = POWER_DBA) -> Sounds:
    """Return what flights sounded like; as `heard`."""
    seconds = np.minimum(flown.seconds(), _LONGEST_S)
    plane = Plane(float(places.longitude.mean()), float(places.latitude.mean()))
    listeners = plane.to_metres(np.column_stack([places.longitude, places.latitude]))
    sources = plane.to_metres(np.column_stack(flown.places()).reshape(-1, 2))
    near = KDTree(listeners).query_ball_point(sources, _REACH_M)
    row = np.repeat(np.arange(len(near)), [len(found) for found in near])
    place = np.array([one for found in near for one in found], np.int64)
    height = _height_above(flown.rows[row], places.ground_m[place])
    known = ~np.isnan(height)
    missed = np.bincount(row, ~known, len(near)) == np.bincount(row, minlength=len(near))
    unheard = missed & (np.bincount(row, minlength=len(near)) > 0)
    known &= seconds[row] > 0
    row, place, height = row[known], place[known], np.maximum(height[known], 1.0)
    beside = np.hypot(*(sources[row] - listeners[place]).T)
    energy = 10 ** (level_at(power_dba, height, beside) / 10) * seconds[row]
    hour = flown.rows["time"][row] // HOUR_US
    pairs, pair = np.unique(
        np.column_stack([place, hour]).reshape(-1, 2), axis=0, return_inverse=True
    )
    pair = pair.reshape(-1)
    level = 10 * np.log10(np.bincount(pair, energy, len(pairs)) / 3600)
    event = np.unique(np.column_stack([pair, flown.flight[row]]).reshape(-1, 2), axis=0)[:, 0]
    events = np.bincount(event, minlength=len(pairs))
    return Sounds(pairs[:, 0], pairs[:, 1].astype(np.int64), level, events, unheard)


def _height_above(rows: Records, ground_m: Floats) -> Floats:
    told = np.where(rows["height"] == NO_HEIGHT, np.nan, rows["height"] / PER_METRE)
    above = np.where(rows["above"] == NO_HEIGHT, np.nan, rows["above"] / PER_METRE)
    return np.where(rows["reference"] == _GROUND, told, above - ground_m)
