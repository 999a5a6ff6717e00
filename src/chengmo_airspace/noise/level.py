"""How loud something in the air is on the ground, and levels added up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chengmo import InvalidRequest
from chengmo_airspace.noise.absorption import Floats, absorption_db_per_m

_LEAST_M = 1.0
# ISO 9613-2 takes 500 Hz for a source of which only the A-weighted power is known.
_ONE_TONE_HZ = 500.0
_LIGHTEST_G, _SMALL_G, _HEAVIEST_G = 250.0, 900.0, 4_000.0
_EU_DB = {0: 85.0, 2: 83.0, 4: 81.0}


@dataclass(frozen=True, slots=True)
class Air:
    """The air between, and what the ground adds.

    Attributes:
        celsius: Temperature.
        humidity_percent: Relative humidity.
        tone_hz: The tone by whose absorption the A-weighted level is lowered.
        reflection_db: What the ground adds at the listener: 0 in the open field, up to 3 above hard
            ground.
    """

    celsius: float = 15.0
    humidity_percent: float = 70.0
    tone_hz: float = _ONE_TONE_HZ
    reflection_db: float = 0.0

    @property
    def loss_db_per_m(self) -> float:
        """What the air takes a metre."""
        return absorption_db_per_m(
            self.tone_hz, celsius=self.celsius, humidity_percent=self.humidity_percent
        ).item()


def level_at(
    power_dba: ArrayLike, height_m: ArrayLike, beside_m: ArrayLike = 0.0, *, air: Air | None = None
) -> Floats:
    """Return the A-weighted sound pressure level on the ground, dB.

    Spherical spreading, -10·lg(4πr²), and absorption. Nearer than 1 m counts as 1 m.

    Args:
        power_dba: A-weighted sound power level of the source, dB re 1 pW.
        height_m: Its height above the listener.
        beside_m: How far aside it is, on the ground.
        air: The air; 15 °C and 70 % by default.

    Example:
        >>> level_at(90, [60, 120]).round(1).tolist()
        [43.3, 37.1]
    """
    distance = np.maximum(np.hypot(height_m, beside_m), _LEAST_M)
    between = air or Air()
    spread = 10 * np.log10(4 * np.pi * distance**2)
    power = np.asarray(power_dba, np.float64)
    return np.atleast_1d(power - spread - between.loss_db_per_m * distance + between.reflection_db)


def sum_levels(levels_db: ArrayLike, *, axis: int = 0) -> Floats:
    """Return the level of sounds together: energies add; -inf is silence.

    Example:
        >>> sum_levels([50, 50]).round(1).item()
        53.0
    """
    energy = np.sum(10 ** (np.asarray(levels_db, np.float64) / 10), axis=axis)
    return decibels(energy)


def equivalent_level(exposure_db: ArrayLike, *, hours: float, axis: int = 0) -> Floats:
    """Return LAeq of events over some hours.

    Args:
        exposure_db: Sound exposure level of each event, dB re (20 µPa)²·s.
        hours: How long the time is over which their energy is spread.
        axis: Along which the events lie.

    Raises:
        InvalidRequest: If the time is not above 0.

    Example:
        >>> equivalent_level([70] * 100, hours=16).round(1).item()
        42.4
    """
    if not hours > 0:
        raise InvalidRequest(f"{hours} hours are no time", hint="give hours above 0")
    return sum_levels(exposure_db, axis=axis) - 10 * np.log10(hours * 3600)


def sound_power_limit(mass_g: ArrayLike, *, years: int = 0) -> Floats:
    """Return the most a rotor aircraft of EU class C1 or C2 may sound, dB(A) re 1 pW.

    A bound for an aircraft whose power nobody has measured: delegated regulation (EU) 2019/945,
    annex, part 15: 85 dB up to 900 g, and 18.5·lg(m/900 g) more up to 4 kg.

    Args:
        mass_g: Mass at take-off, 250 to 4 000 g; NaN comes back beyond: there is no limit.
        years: 0 when the regulation came into force, 2 and 4: two and four dB less.

    Raises:
        InvalidRequest: If there is no such step.

    Example:
        >>> sound_power_limit([249, 900, 4000]).round(1).tolist()
        [nan, 85.0, 97.0]
    """
    if years not in _EU_DB:
        raise InvalidRequest(f"no step after {years} years", hint="0, 2 or 4")
    mass = np.atleast_1d(np.asarray(mass_g, np.float64))
    above = 18.5 * np.log10(np.maximum(mass, _SMALL_G) / _SMALL_G)
    known = (mass >= _LIGHTEST_G) & (mass <= _HEAVIEST_G)
    return np.where(known, _EU_DB[years] + above, np.nan)


def decibels(energy: ArrayLike) -> Floats:
    """Return levels of energies; -inf for none."""
    positive = np.asarray(energy, np.float64)
    return 10 * np.log10(positive, out=np.full(positive.shape, -np.inf), where=positive > 0)
