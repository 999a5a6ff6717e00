"""The intrinsic ground risk class of SORA 2.5: how many people, how large and fast an aircraft.

The numbers are those of table 2 of the main body of JARUS' Specific Operations Risk Assessment,
edition 2.5. README.md says what they were compared with.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest

Floats = NDArray[np.float64]
Classes = NDArray[np.int8]

# People a km² below which each row but the last holds, and the aircraft of each column.
DENSITY_LIMITS = (5.0, 50.0, 500.0, 5_000.0, 50_000.0)
DIMENSIONS_M = (1.0, 3.0, 8.0, 20.0, 40.0)
SPEEDS_MPS = (25.0, 35.0, 75.0, 120.0, 200.0)
# Outside the table: SORA has no class for it. Higher than every class, so that it compares.
BEYOND = 11
_CONTROLLED = np.array([1, 1, 2, 3, 3], np.int8)
_TABLE = np.array(
    [
        [2, 3, 4, 5, 6],
        [3, 4, 5, 6, 7],
        [4, 5, 6, 7, 8],
        [5, 6, 7, 8, 9],
        [6, 7, 8, 9, 10],
        [7, 8, BEYOND, BEYOND, BEYOND],
    ],
    np.int8,
)
# Of an aircraft so light and slow the class is 1 wherever it flies.
_LIGHT_KG, _SLOW_MPS = 0.25, 25.0


@dataclass(frozen=True, slots=True)
class Aircraft:
    """What SORA wants to know of an unmanned aircraft.

    Attributes:
        dimension_m: The largest: wing span, rotor diameter, or the most between blade tips.
        speed_mps: Its maximum speed by its designer.
        mass_kg: At take-off.
    """

    dimension_m: float
    speed_mps: float
    mass_kg: float

    def __post_init__(self) -> None:
        """Refuse what is no aircraft."""
        for name in ("dimension_m", "speed_mps", "mass_kg"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise InvalidRequest(
                    f"an aircraft's {name} is {value!r}", hint="give a number above 0"
                )

    @property
    def is_harmless(self) -> bool:
        """Whether it is at most 250 g and at most 25 m/s."""
        return self.mass_kg <= _LIGHT_KG and self.speed_mps <= _SLOW_MPS

    @property
    def column(self) -> int:
        """The column of the table: the first that holds dimension and speed; 5 if none does."""
        by_size = np.searchsorted(DIMENSIONS_M, self.dimension_m)
        return int(max(by_size, np.searchsorted(SPEEDS_MPS, self.speed_mps)))


def lowest_grc(aircraft: Aircraft) -> int:
    """Return the class over a controlled ground area: no mitigation goes below it."""
    if aircraft.is_harmless:
        return 1
    column = aircraft.column
    return int(_CONTROLLED[column]) if column < len(_CONTROLLED) else BEYOND


def intrinsic_grc(
    density_per_km2: ArrayLike, aircraft: Aircraft, *, controlled: ArrayLike = False
) -> Classes:
    """Return the intrinsic ground risk class of each place.

    Args:
        density_per_km2: People a km² at most in the ground area at risk. NaN where not known: taken
            as an assembly of people, which is the most there is.
        aircraft: What flies.
        controlled: Whether the place is a controlled ground area: nobody but who takes part.

    Returns:
        Classes 1 to 10, `BEYOND` where the table has none; of the broadcast shape, at least 1-D.

    Raises:
        InvalidRequest: If a density is negative.

    Example:
        >>> intrinsic_grc([3, 4_000, 60_000], Aircraft(0.8, 20, 4)).tolist()
        [2, 5, 7]
    """
    density, shut = np.broadcast_arrays(
        np.atleast_1d(np.asarray(density_per_km2, np.float64)), np.asarray(controlled, np.bool_)
    )
    if (density < 0).any():
        raise InvalidRequest("a density of people is negative", hint="people a km², 0 or more")
    if aircraft.is_harmless:
        return np.ones(density.shape, np.int8)
    column = aircraft.column
    if column >= len(DIMENSIONS_M):
        return np.full(density.shape, BEYOND, np.int8)
    # NaN sorts after every limit.
    row = np.searchsorted(DENSITY_LIMITS, density, side="right")
    return np.where(shut, _CONTROLLED[column], _TABLE[row, column]).astype(np.int8)
