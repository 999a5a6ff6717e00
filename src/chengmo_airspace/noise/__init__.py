"""What is heard on the ground of what flies, and whom it disturbs by GB 3096-2008."""

from chengmo_airspace.noise.absorption import absorption_db_per_m
from chengmo_airspace.noise.exposure import Listeners, Overflights, exposure_level
from chengmo_airspace.noise.level import (
    Air,
    equivalent_level,
    level_at,
    sound_power_limit,
    sum_levels,
)
from chengmo_airspace.noise.limit import (
    DAY_H,
    NIGHT_H,
    NoiseClass,
    Period,
    limit_db,
    people_over,
    period_of_hour,
    sudden_limit_db,
)

__all__ = [
    "DAY_H",
    "NIGHT_H",
    "Air",
    "Listeners",
    "NoiseClass",
    "Overflights",
    "Period",
    "absorption_db_per_m",
    "equivalent_level",
    "exposure_level",
    "level_at",
    "limit_db",
    "people_over",
    "period_of_hour",
    "sound_power_limit",
    "sudden_limit_db",
    "sum_levels",
]
