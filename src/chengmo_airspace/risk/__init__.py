"""The risk to people on the ground: SORA's classes, and casualties expected an hour."""

from chengmo_airspace.risk.casualties import (
    Descent,
    critical_area,
    expected_casualties,
    tolerable_failure_rate,
)
from chengmo_airspace.risk.mitigation import Mitigations, Robustness, final_grc
from chengmo_airspace.risk.people import People, cells_of_centres
from chengmo_airspace.risk.sail import AirRisk, sail, sail_name
from chengmo_airspace.risk.segments import (
    Corridor,
    SegmentRisk,
    adjacent_area_m,
    assess_segments,
    buffer_of_height,
)
from chengmo_airspace.risk.sora import (
    BEYOND,
    DENSITY_LIMITS,
    Aircraft,
    intrinsic_grc,
    lowest_grc,
)

__all__ = [
    "BEYOND",
    "DENSITY_LIMITS",
    "AirRisk",
    "Aircraft",
    "Corridor",
    "Descent",
    "Mitigations",
    "People",
    "Robustness",
    "SegmentRisk",
    "adjacent_area_m",
    "assess_segments",
    "buffer_of_height",
    "cells_of_centres",
    "critical_area",
    "expected_casualties",
    "final_grc",
    "intrinsic_grc",
    "lowest_grc",
    "sail",
    "sail_name",
    "tolerable_failure_rate",
]
