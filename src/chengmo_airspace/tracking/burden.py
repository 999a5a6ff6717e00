"""What flights that were flown cost the people below: ground risk and noise by area and hour.

Nothing here is measured. Of aircraft of which nobody has told size, mass, failures or sound power,
one value each is assumed for all (`Assumed`), so that areas and hours can be compared:

- **risk**: casualties expected = failures an hour · critical area · density of residents below the
  track · time flown there; the class is SORA 2.5's, by the highest density below the track itself
  (without the buffer beside it). Where residents are not known the class is that of an assembly,
  and the casualties leave that time out, which `people_unknown` says.
- **noise**: LAeq of the hour, of aircraft alone, where residents live; over an area their mean by
  energy and number. The limit is that of class 1 of GB 3096-2008 by day or night: the standard
  sets it for the whole day or night, so this is a comparison, no finding against it.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo_airspace.noise import NoiseClass, Period, limit_db, period_of_hour
from chengmo_airspace.risk import (
    Aircraft,
    Descent,
    People,
    critical_area,
    expected_casualties,
    intrinsic_grc,
)
from chengmo_airspace.tracking.flown import Areas, Flights, Floats, Keys
from chengmo_airspace.tracking.sound import POWER_DBA, Places, Sounds, sounds_of

BURDEN = (
    "people_per_km2", "ground_risk_class", "casualties_1e6", "people_unknown", "noise_db",
    "noise_highest_db", "people_over_limit", "height_unknown",
)  # fmt: skip
# China has one time, without summer time.
_LOCAL_H = 8
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Assumed:
    """What every aircraft is taken to be.

    Attributes:
        aircraft: Its size, fastest speed and mass.
        failures_per_h: Losses of control that end on the ground, an hour.
        power_dba: A-weighted sound power.
    """

    aircraft: Aircraft = field(default_factory=lambda: Aircraft(1.0, 20.0, 7.0))
    failures_per_h: float = 1e-4
    power_dba: float = POWER_DBA

    @property
    def words(self) -> str:
        """The assumptions in a line, for who reads the numbers."""
        one = self.aircraft
        return (
            f"every aircraft taken as {one.dimension_m:g} m, {one.mass_kg:g} kg, "
            f"{one.speed_mps:g} m/s, {self.failures_per_h:g} failures an hour, "
            f"{self.power_dba:g} dB(A)"
        )


@dataclass(frozen=True)
class Below:
    """Who lives below.

    Attributes:
        people: Polygons with numbers of residents.
        ground_m: Height of the ground above the ellipsoid, metres, one for the city; None where not
            known: then only heights told above the ground are in the noise.
        assumed: Of the aircraft.
    """

    people: People
    ground_m: float | None = None
    assumed: Assumed = field(default_factory=Assumed)

    @cached_property
    def places(self) -> Places:
        """Where residents listen: a point inside each polygon."""
        at = shapely.point_on_surface(self.people.polygons)
        ground = np.nan if self.ground_m is None else self.ground_m
        names = tuple(str(number) for number in range(len(at)))
        return Places(names, shapely.get_x(at), shapely.get_y(at), np.full(len(at), ground))


def burden_of(flights: Flights, below: Below, areas: Areas, keys: Keys) -> dict[str, Any]:
    """Return the columns of `BURDEN` for each pair of area and hour.

    Args:
        flights: Of whole hours.
        below: Who lives there.
        areas: Which the pairs are of.
        keys: The pairs; its first rows are those of `flights`.

    Returns:
        `people_per_km2` mean density below the tracks by time, `ground_risk_class` the highest,
        `casualties_1e6` expected in that hour, in millionths, `people_unknown` and `height_unknown`
        shares of the time flown; `noise_db`, `noise_highest_db` (NaN where nothing is heard) and
        `people_over_limit` of the residents of the area.
    """
    key = keys.rows[: len(flights.rows)]
    sounds = sounds_of(flights, below.places, power_dba=below.assumed.power_dba)
    seconds = flights.seconds()
    whole = np.bincount(key, seconds, keys.count)
    unheard = np.bincount(key, seconds * sounds.unheard, keys.count)
    return {
        **_risk(flights, below, keys, key),
        **_noise(sounds, below, areas, keys),
        "height_unknown": _share(unheard, whole),
    }


def _risk(
    flights: Flights, below: Below, keys: Keys, key: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    assumed, count = below.assumed, keys.count
    density = below.people.density_at(*flights.places())
    seconds, known = flights.seconds(), ~np.isnan(density)
    own = assumed.aircraft
    harmed = expected_casualties(
        np.where(known, density, 0.0),
        critical_area(own.dimension_m, own.mass_kg, Descent(own.speed_mps)),
        failures_per_h=assumed.failures_per_h,
    )
    highest = np.zeros(count, np.int64)
    np.maximum.at(highest, key, intrinsic_grc(density, own).astype(np.int64))
    below_known = np.bincount(key, seconds * known, count)
    mean = np.bincount(key, seconds * np.where(known, density, 0.0), count)
    over = np.divide(mean, below_known, out=np.full(count, np.nan), where=below_known > 0)
    casualties = np.bincount(key, harmed * seconds / 3600, count) * _MILLION
    whole = np.bincount(key, seconds, count)
    return {
        "people_per_km2": over.round(0),
        "ground_risk_class": highest,
        "casualties_1e6": casualties.round(6),
        "people_unknown": _share(whole - below_known, whole),
    }


def _noise(sounds: Sounds, below: Below, areas: Areas, keys: Keys) -> dict[str, NDArray[Any]]:
    places, count = below.places, keys.count
    home = areas.find(places.longitude, places.latitude)
    residents = np.asarray(below.people.people, np.float64)
    living = {name: float(residents[home == name].sum()) for name in np.unique(home).tolist()}
    at = keys.find(home[sounds.place], sounds.hour)
    # Where nothing flew itself, nothing is told: it would be withheld.
    kept = at >= 0
    at, level, people = at[kept], sounds.level_db[kept], residents[sounds.place[kept]]
    energy = np.bincount(at, people * 10 ** (level / 10), count)
    number = np.array([living.get(name, 0.0) for name in keys.area.tolist()])
    mean = np.divide(energy, number, out=np.zeros(count), where=number > 0)
    highest = np.full(count, -np.inf)
    np.maximum.at(highest, at, np.where(people > 0, level, -np.inf))
    by_day = period_of_hour(sounds.hour[kept] + _LOCAL_H)
    day, night = (limit_db(NoiseClass.LIVING, period) for period in Period)
    over = people * (level > np.where(by_day, day, night))
    return {
        "noise_db": _decibels(mean),
        "noise_highest_db": np.where(np.isfinite(highest), highest, np.nan).round(1),
        "people_over_limit": np.bincount(at, over, count).round(0),
    }


def _decibels(energy: Floats) -> Floats:
    """Return levels of energies; NaN where there is none, which no column has to hold as -inf."""
    positive = energy > 0
    return np.where(positive, 10 * np.log10(np.where(positive, energy, 1.0)), np.nan).round(1)


def _share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0).round(3)
