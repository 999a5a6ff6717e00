"""The lanes of a network as volumes, and the proof that no two of them share air."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chengmo_airspace.altitude import Altitudes, Heights, Reference
from chengmo_airspace.conflict import find_conflicts
from chengmo_airspace.network.design import Corridor, Rules
from chengmo_airspace.routes import Frame
from chengmo_airspace.volume import Polygon, Volume, VolumeColumns

Floats = NDArray[np.float64]

# Ground is looked at at both ends of a piece and at its corners.
_PIECE_M = 250.0


@dataclass(frozen=True)
class Lane:
    """One direction of a corridor.

    Attributes:
        corridor: Its number.
        is_forward: From the first site of the corridor's ends to the second.
        above_ground_m: Its height.
    """

    corridor: int
    is_forward: bool
    above_ground_m: float


def lay_lanes(corridors: Sequence[Corridor], rules: Rules) -> list[Lane]:
    """Return two lanes for each corridor that has a pair of heights.

    The lower one is for the flight whose course, from site to site, is 0° up to 180°.
    """
    lanes: list[Lane] = []
    for number, corridor in enumerate(corridors):
        if corridor.pair < 0:
            continue
        low, high = rules.layers.heights(corridor.pair)
        start, end = corridor.route.frame.metres_of(corridor.route.cells)[[0, -1], :2]
        east, north = end - start
        is_east = bool(east > 0 or (east == 0 and north > 0))
        lanes.append(Lane(number, is_forward=True, above_ground_m=low if is_east else high))
        lanes.append(Lane(number, is_forward=False, above_ground_m=high if is_east else low))
    return lanes


def lane_volumes(
    corridor: Corridor,
    lane: Lane,
    rules: Rules,
    *,
    altitudes: Altitudes,
    times: tuple[datetime, datetime],
) -> list[Volume]:
    """Return the volumes of a lane outside the terminals of its sites, for a while.

    Raises:
        InvalidRequest: If the ground is not known along the way.
    """
    frame, line = corridor.route.frame, corridor.line
    if line.is_empty or line.length == 0:
        return []
    points = np.asarray(line.segmentize(_PIECE_M).coords)
    return [
        _volume(frame, points[n : n + 2], lane, rules, (altitudes, times))
        for n in range(len(points) - 1)
    ]


def find_shared_air(
    corridors: Sequence[Corridor], lanes: Sequence[Lane], rules: Rules, altitudes: Altitudes
) -> tuple[list[tuple[int, int]], int]:
    """Return the pairs of lanes that share air anywhere outside terminals, and how many volumes.

    Exact on the lattice of volumes, in which touching counts; lanes are taken as always in use.
    """
    always = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    volumes: list[Volume] = []
    owner: list[int] = []
    for number, lane in enumerate(lanes):
        own = lane_volumes(
            corridors[lane.corridor], lane, rules, altitudes=altitudes, times=(always, always)
        )
        volumes += own
        owner += [number] * len(own)
    whose = np.array(owner, np.int64)
    met = find_conflicts(VolumeColumns.from_volumes(volumes), whose)
    pairs = np.unique(np.sort(whose[met], axis=1), axis=0) if len(met) else np.empty((0, 2), int)
    return [(int(i), int(j)) for i, j in pairs], len(volumes)


def _volume(
    frame: Frame,
    piece: Floats,
    lane: Lane,
    rules: Rules,
    where: tuple[Altitudes, tuple[datetime, datetime]],
) -> Volume:
    altitudes, (begin, end) = where
    step = piece[1] - piece[0]
    along = step / np.hypot(*step) * rules.half_width_m
    across = np.array([-along[1], along[0]])
    back, front = piece[0] - along, piece[1] + along
    corners = np.array([back - across, front - across, front + across, back + across])
    places = frame.plane.to_places(np.vstack([corners, piece]))
    above = Heights.of(np.full(len(places), lane.above_ground_m), Reference.GROUND)
    metres = altitudes.convert(above, places[:, 0], places[:, 1], to=Reference.ELLIPSOID).metres
    outline = Polygon([(float(lon), float(lat)) for lon, lat in places[:4]])
    reach = rules.layers.half_height_m
    return Volume(outline, float(metres.min()) - reach, float(metres.max()) + reach, begin, end)
