"""Casualties expected an hour: the area in which a crash kills, the people in it, and how often.

    casualties an hour = failures an hour · critical area · density · share of people in the open

The critical area is the model of annex F of SORA 2.5 (JARUS): an aircraft comes down at an angle,
passes from a man's height to the ground (glide), then slides until it is too slow to kill. Fuel is
left out: it matters for combustion engines alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chengmo import InvalidRequest
from chengmo_airspace.risk.sora import Floats

_GRAVITY = 9.81
_KM2 = 1e-6
# Annex F: a person, what kills, friction, what obstacles take off, angles.
PERSON_RADIUS_M, PERSON_HEIGHT_M = 0.3, 1.8
LETHAL_J, LETHAL_SMALL_J = 290.0, 580.0
FRICTION = 0.65
OBSTACLE_FACTOR, GLIDE_ANGLE_DEG = 0.6, 35.0
_SMALL_M, _LARGEST_M = 1.0, 40.0
# Restitution falls in a straight line from a flat to an upright impact.
_ANGLES_DEG, _RESTITUTIONS = (10.0, 90.0), (0.8, 0.6)


@dataclass(frozen=True, slots=True)
class Descent:
    """How an aircraft comes down.

    Attributes:
        speed_mps: Along its path, on impact.
        angle_deg: Of its path with the ground: 90 is straight down.
    """

    speed_mps: float
    angle_deg: float = GLIDE_ANGLE_DEG

    def __post_init__(self) -> None:
        """Refuse what is no descent."""
        if not (self.speed_mps >= 0 and 1 <= self.angle_deg <= 90):  # noqa: PLR2004 - degrees
            raise InvalidRequest(
                f"{self.speed_mps} m/s at {self.angle_deg}° is no descent",
                hint="a speed of 0 or more, an angle of 1° to 90°",
            )


def critical_area(
    dimension_m: ArrayLike, mass_kg: ArrayLike, descent: Descent, *, obstacles: bool = True
) -> Floats:
    """Return the area in which a person is killed by a crash, m².

    Args:
        dimension_m: Largest dimension of each aircraft.
        mass_kg: Its mass.
        descent: How it comes down. Aircraft up to 1 m come down at 35° at least, and do not slide.
        obstacles: Whether buildings and trees shorten glide and slide of those between 1 and 40 m.

    Example:
        >>> critical_area([1.0, 3.0], [3.0, 50.0], Descent(22.75)).round(1).tolist()
        [5.1, 41.7]
    """
    width, mass = np.broadcast_arrays(
        np.atleast_1d(np.asarray(dimension_m, np.float64)), np.asarray(mass_kg, np.float64)
    )
    small = width <= _SMALL_M
    flat = np.cos(np.radians(descent.angle_deg)) * descent.speed_mps
    upright = np.where(small, max(descent.angle_deg, GLIDE_ANGLE_DEG), descent.angle_deg)
    glide_m = PERSON_HEIGHT_M / np.tan(np.radians(upright))
    half = PERSON_RADIUS_M + width / 2
    end = np.pi * half**2 / 2
    slide = np.where(small, 0.0, 2 * half * slide_length(mass, flat, descent.angle_deg) + end)
    total = 2 * half * glide_m + end + slide
    behind = obstacles & (width > _SMALL_M) & (width < _LARGEST_M)
    return np.where(behind, OBSTACLE_FACTOR, 1.0) * total


def slide_length(mass_kg: ArrayLike, flat_mps: ArrayLike, angle_deg: float) -> Floats:
    """Return how far an aircraft slides before it is too slow to kill, metres.

    Args:
        mass_kg: Its mass.
        flat_mps: Its speed along the ground on impact.
        angle_deg: Of the impact: the flatter, the more speed is left.
    """
    start = np.interp(angle_deg, _ANGLES_DEG, _RESTITUTIONS) * np.asarray(flat_mps, np.float64)
    harmless = np.sqrt(2 * LETHAL_J / np.asarray(mass_kg, np.float64))
    brake = FRICTION * _GRAVITY
    return np.maximum(start**2 - harmless**2, 0.0) / (2 * brake)


def expected_casualties(
    density_per_km2: ArrayLike,
    area_m2: ArrayLike,
    *,
    failures_per_h: ArrayLike,
    outdoors_0to1: ArrayLike = 1.0,
) -> Floats:
    """Return casualties expected an hour of flight.

    Args:
        density_per_km2: People a km² below; NaN where not known, which stays.
        area_m2: Critical area.
        failures_per_h: Losses of control that end on the ground, an hour: the operator's to show.
        outdoors_0to1: Share of people that no roof shelters; 1 shelters nobody.

    Raises:
        InvalidRequest: If a number is negative, or a share above 1.

    Example:
        >>> expected_casualties(5_000, 10, failures_per_h=1e-4).round(9).tolist()
        [5e-06]
    """
    columns = np.broadcast_arrays(
        np.atleast_1d(np.asarray(density_per_km2, np.float64)),
        np.asarray(area_m2, np.float64),
        np.asarray(failures_per_h, np.float64),
        np.asarray(outdoors_0to1, np.float64),
    )
    if any((column < 0).any() for column in columns) or (columns[3] > 1).any():
        raise InvalidRequest(
            "densities, areas, rates and shares are 0 or more, shares at most 1",
            hint="people a km², m², failures an hour, 0 to 1",
        )
    people = columns[0] * _KM2
    return people * columns[1] * columns[2] * columns[3]


def tolerable_failure_rate(
    density_per_km2: ArrayLike, area_m2: ArrayLike, *, target_per_h: float = 1e-6
) -> Floats:
    """Return how many failures an hour keep casualties at a target (SORA's is one in 10⁶ h)."""
    once = expected_casualties(density_per_km2, area_m2, failures_per_h=1.0)
    return np.divide(target_per_h, once, out=np.full(once.shape, np.inf), where=once > 0)
