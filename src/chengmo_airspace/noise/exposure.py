"""What passes by: the sound exposure of straight overflights at places on the ground.

Past a listener at distance d from a straight path, at speed v, the energy that arrives is

    ∫ 1/(4πr²)·exp(-a·r) dt  =  1/(4π·d·v) · ∫ exp(-a·d/cos θ) dθ

where θ runs from the angle to the path's begin to that to its end. Without absorption and for an
endless path that is 1/(4·d·v); the integral over θ is smooth, so few nodes give it exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chengmo import InvalidRequest
from chengmo_airspace.noise.absorption import Floats
from chengmo_airspace.noise.level import Air, decibels

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_LEAST_M = 1.0
_PIECE = 1 << 14
_NEPERS = np.log(10) / 10


@dataclass(frozen=True, slots=True)
class Listeners:
    """Places on the ground, metres in a plane.

    Attributes:
        x_m: (n,) east.
        y_m: (n,) north.
    """

    x_m: Floats
    y_m: Floats


@dataclass(frozen=True, slots=True)
class Overflights:
    """Straight level flights, one row each.

    Attributes:
        begin_m: (k, 2) east and north of where each begins, in the listeners' plane.
        end_m: (k, 2) where it ends.
        height_m: (k,) above the listeners.
        speed_mps: (k,) along the ground.
        power_dba: (k,) A-weighted sound power.
        times: (k,) how often it is flown.
    """

    begin_m: Floats
    end_m: Floats
    height_m: Floats
    speed_mps: Floats
    power_dba: Floats
    times: Floats

    def __post_init__(self) -> None:
        """Refuse what does not fly."""
        if not ((self.height_m >= 0) & (self.speed_mps > 0) & (self.times >= 0)).all():
            raise InvalidRequest(
                "an overflight has no speed, or a negative height or number",
                hint="speeds above 0; heights and numbers 0 or more",
            )


def exposure_level(listeners: Listeners, flights: Overflights, *, air: Air | None = None) -> Floats:
    """Return the sound exposure level (LAE) of all flights together at each listener, dB.

    Args:
        listeners: Where it is heard.
        flights: What passes.
        air: The air; 15 °C and 70 % by default.

    Returns:
        (n,) dB re (20 µPa)²·s; -inf where nothing is heard.
    """
    between = air or Air()
    energy = np.zeros(len(listeners.x_m))
    strength = flights.times * 10 ** ((flights.power_dba + between.reflection_db) / 10)
    for start in range(0, len(energy), _PIECE):
        part = slice(start, start + _PIECE)
        place = np.column_stack([listeners.x_m[part], listeners.y_m[part]])
        for row in np.flatnonzero(strength > 0):
            energy[part] += strength[row] * _passing(place, flights, int(row), between)
    return decibels(energy)


def _passing(place: Floats, flights: Overflights, row: int, air: Air) -> Floats:
    """Return the energy of one flight of unit power at each place."""
    begin, height = flights.begin_m[row], flights.height_m[row]
    course = flights.end_m[row] - begin
    length = float(np.hypot(*course))
    if not length:
        return np.zeros(len(place))
    ahead = (place - begin) @ (course / length)
    aside = (place - begin) @ (np.array([-course[1], course[0]]) / length)
    distance = np.maximum(np.hypot(aside, height), _LEAST_M)
    first, last = np.arctan(-ahead / distance), np.arctan((length - ahead) / distance)
    loss = air.loss_db_per_m * _NEPERS * distance
    return _integral(first, last, loss) / (4 * np.pi * distance * flights.speed_mps[row])


def _integral(first: Floats, last: Floats, loss: Floats) -> NDArray[np.float64]:
    """Return the integral of exp(-loss/cos θ) from `first` to `last`."""
    half, middle = (last - first) / 2, (last + first) / 2
    angle = middle[:, None] + half[:, None] * _NODES
    return half * (np.exp(-loss[:, None] / np.cos(angle)) @ _WEIGHTS)
