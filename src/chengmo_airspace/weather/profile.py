"""How wind and temperature change with height.

Wind by the power law of GB 50009-2012, 建筑结构荷载规范 (8.2.1): v(h) = v(10 m)·(h/10 m)^α, α by
the roughness of the ground; constant below the height where the law begins and above the gradient
height. Temperature by the international standard atmosphere, 6.5 K a kilometre.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest

Floats = NDArray[np.float64]

_MEASURED_M = 10.0
_KELVIN_PER_M = 0.0065


class Roughness(StrEnum):
    """What the ground is like."""

    WATER = "A"
    FIELDS = "B"
    TOWN = "C"
    TOWERS = "D"


# Exponent, height where the law begins, gradient height.
_LAW = {
    Roughness.WATER: (0.12, 5.0, 300.0),
    Roughness.FIELDS: (0.15, 10.0, 350.0),
    Roughness.TOWN: (0.22, 15.0, 450.0),
    Roughness.TOWERS: (0.30, 30.0, 550.0),
}


def wind_at(
    speed_mps: ArrayLike,
    height_m: ArrayLike,
    *,
    roughness: Roughness = Roughness.TOWN,
    measured_m: float = _MEASURED_M,
) -> Floats:
    """Return the mean wind at heights above the ground.

    Args:
        speed_mps: At the height where it was measured, above the same kind of ground.
        height_m: Where it is wanted, 0 or more.
        roughness: Of the ground.
        measured_m: Where it was measured, above 0.

    Raises:
        InvalidRequest: If a speed or a height is negative.

    Example:
        >>> wind_at(6, [10, 60, 120]).round(1).tolist()
        [6.0, 8.1, 9.5]
    """
    speed, height = np.broadcast_arrays(
        np.atleast_1d(np.asarray(speed_mps, np.float64)), np.asarray(height_m, np.float64)
    )
    if (speed < 0).any() or (height < 0).any() or not measured_m > 0:
        raise InvalidRequest("a wind or a height is negative", hint="m/s and metres, 0 or more")
    exponent, begins, ends = _LAW[roughness]
    ratio = np.clip(height, begins, ends) / np.clip(measured_m, begins, ends)
    return speed * ratio**exponent


def temperature_at(celsius: ArrayLike, height_m: ArrayLike) -> Floats:
    """Return the temperature at heights above where it was measured.

    Example:
        >>> temperature_at(20, [0, 100]).tolist()
        [20.0, 19.35]
    """
    return np.atleast_1d(
        np.asarray(celsius, np.float64) - _KELVIN_PER_M * np.asarray(height_m, np.float64)
    )
