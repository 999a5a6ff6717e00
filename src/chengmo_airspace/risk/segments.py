"""The ground risk along a path, segment by segment: who lives under the corridor and its buffer."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import ArrayLike

from chengmo import InvalidRequest
from chengmo_airspace.risk.casualties import Descent, critical_area, expected_casualties
from chengmo_airspace.risk.mitigation import Mitigations, final_grc
from chengmo_airspace.risk.people import Geometries, People, metres_per_degree
from chengmo_airspace.risk.sail import AirRisk, sail
from chengmo_airspace.risk.sora import Aircraft, Classes, Floats, intrinsic_grc

_CIRCLE = 8
# Step 8 of SORA 2.5.
_MINUTES_3, _ADJACENT_M = 180.0, (5_000.0, 35_000.0)


@dataclass(frozen=True, slots=True)
class Corridor:
    """What flies along a path, how far it may stray, and what is claimed for it.

    Attributes:
        aircraft: What flies.
        half_width_m: How far from the path the operation may be, its contingency included.
        failures_per_h: Losses of control an hour.
        descent_angle_deg: Of a crash.
        outdoors_0to1: Share of people that no roof shelters.
        mitigations: Those of SORA.
        air: Residual air risk class.
    """

    aircraft: Aircraft
    half_width_m: float = 50.0
    failures_per_h: float = 1e-4
    descent_angle_deg: float = 35.0
    outdoors_0to1: float = 1.0
    mitigations: Mitigations = field(default_factory=Mitigations)
    air: AirRisk = AirRisk.B


@dataclass(frozen=True, slots=True)
class SegmentRisk:
    """One row a segment.

    Attributes:
        area: The ground at risk: corridor and buffer, polygons in degrees.
        buffer_m: The ground-risk buffer's width.
        density_max: Most people a km² below.
        density_mean: Mean people a km² below.
        people: People below.
        intrinsic: Intrinsic ground risk class, by the highest density.
        final: Final ground risk class.
        sail: SAIL.
        casualties_per_h: Expected, by the mean density.
    """

    area: Geometries
    buffer_m: Floats
    density_max: Floats
    density_mean: Floats
    people: Floats
    intrinsic: Classes
    final: Classes
    sail: Classes
    casualties_per_h: Floats


def buffer_of_height(height_m: ArrayLike) -> Floats:
    """Return SORA's first choice of a ground-risk buffer: as wide as the flight is high (1:1)."""
    height = np.asarray(height_m, np.float64)
    if not (height >= 0).all():
        raise InvalidRequest("a height above the ground is negative", hint="metres, 0 or more")
    return height


def adjacent_area_m(aircraft: Aircraft) -> float:
    """Return how far the adjacent area reaches: three minutes' flight, 5 km at least, 35 at most.

    Example:
        >>> adjacent_area_m(Aircraft(1, 20, 4)), adjacent_area_m(Aircraft(3, 35, 25))
        (5000.0, 6300.0)
    """
    return float(np.clip(_MINUTES_3 * aircraft.speed_mps, *_ADJACENT_M))


def assess_segments(
    path: ArrayLike, height_m: ArrayLike, people: People, corridor: Corridor
) -> SegmentRisk:
    """Return the ground risk of each segment of a path.

    Args:
        path: (n, 2) longitudes and latitudes, n of 2 at least.
        height_m: Highest height above the ground: one, or (n - 1,) of the segments.
        people: Who lives below.
        corridor: What flies, and how.

    Raises:
        InvalidRequest: If the path has fewer than two places, or a height is negative.
    """
    place = np.asarray(path, np.float64)
    if place.ndim != 2 or place.shape[1] != 2 or len(place) < 2:  # noqa: PLR2004 - pairs
        raise InvalidRequest(
            f"a path of shape {place.shape} has no segment", hint="(n, 2) degrees, n ≥ 2"
        )
    buffer = np.broadcast_to(buffer_of_height(height_m), len(place) - 1)
    area = _ground_at_risk(place, buffer + corridor.half_width_m)
    highest, mean, below = people.below(area)
    own = corridor.aircraft
    intrinsic = intrinsic_grc(highest, own)
    final = final_grc(intrinsic, own, corridor.mitigations)
    crash = Descent(own.speed_mps, corridor.descent_angle_deg)
    return SegmentRisk(
        area=area,
        buffer_m=buffer,
        density_max=highest,
        density_mean=mean,
        people=below,
        intrinsic=intrinsic,
        final=final,
        sail=sail(final, corridor.air),
        casualties_per_h=expected_casualties(
            mean,
            critical_area(own.dimension_m, own.mass_kg, crash),
            failures_per_h=corridor.failures_per_h,
            outdoors_0to1=corridor.outdoors_0to1,
        ),
    )


def _ground_at_risk(place: Floats, reach_m: Floats) -> Geometries:
    """Return what lies within a reach of each segment, in each segment's own metres."""
    ends = np.stack([place[:-1], place[1:]], axis=1)
    scale = metres_per_degree(ends[:, :, 1].mean(axis=1))
    lines = shapely.linestrings(ends * scale[:, None, :])
    # Outwards by what a polygon of so many corners lacks of a circle, that none is left out.
    wide = reach_m / np.cos(np.pi / (4 * _CIRCLE))
    areas = shapely.buffer(lines, wide, quad_segs=_CIRCLE)
    metres, owner = shapely.get_coordinates(areas, return_index=True)
    return shapely.set_coordinates(areas, metres / scale[owner])
