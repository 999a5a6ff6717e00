"""A route as it is flown: volumes for an operational intent, and BeiDou 3-D codes along it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo import InvalidRequest, SolidCover, cover_corridor, encode_solid_codes
from chengmo_airspace.altitude import Altitudes, Heights, Reference
from chengmo_airspace.routes.route import Route
from chengmo_airspace.volume import Polygon, Volume

Floats = NDArray[np.float64]

# How far apart the ground is looked at, and what a rectangle gets more than asked for: its edges,
# straight in degrees, leave those of the plane by less than this.
_GROUND_STEP_M = 25.0
_SPARE_M = 0.1
_MOST_PIECES = 100_000


@dataclass(frozen=True)
class Clearance:
    """How much air a flight takes up around its route.

    Attributes:
        half_width_m: To each side of the route, and beyond its ends.
        half_height_m: Above and below it.
        speed_mps: Over the ground.
        spare_s: How much earlier and later than planned it may be anywhere.
        piece_m: The longest piece of the route that one volume holds.
    """

    half_width_m: float = 30.0
    half_height_m: float = 10.0
    speed_mps: float = 15.0
    spare_s: float = 10.0
    piece_m: float = 500.0

    def __post_init__(self) -> None:
        """Refuse what takes up no air."""
        positive = (self.half_width_m, self.half_height_m, self.speed_mps, self.piece_m)
        if not (all(0 < number < np.inf for number in positive) and 0 <= self.spare_s < np.inf):
            raise InvalidRequest(f"{self}", hint="numbers above 0, and spare_s not below")


def route_volumes(
    route: Route, *, departure: datetime, altitudes: Altitudes, clearance: Clearance | None = None
) -> tuple[Volume, ...]:
    """Return the volumes of a flight along a route, one after the other.

    Each holds all within half the width of its piece, from the lowest to the highest height above
    the ellipsoid that it has over the ground below, which is looked at every 25 m along and at
    three lines across: between those, ground that rises more steeply than that shows is not seen.
    Neighbours overlap.

    Args:
        route: The route.
        departure: When it is begun, aware.
        altitudes: With the ground: the route is a height above it, volumes above the ellipsoid.
        clearance: How much air; `Clearance()` by default.

    Raises:
        InvalidRequest: If the ground is not known along the way, or the way is a single cell.
    """
    air = clearance or Clearance()
    pieces = _cut(route, air.piece_m)
    starts = np.concatenate([[0.0], np.cumsum(_lengths(pieces))])
    volumes: list[Volume] = []
    for n in range(len(pieces) - 1):
        low, high = _band(route, pieces[n : n + 2], altitudes, air)
        begin = departure + timedelta(seconds=starts[n] / air.speed_mps - air.spare_s)
        end = departure + timedelta(seconds=starts[n + 1] / air.speed_mps + air.spare_s)
        volumes.append(Volume(_rectangle(route, pieces[n : n + 2], air), low, high, begin, end))
    return tuple(volumes)


def corner_codes(route: Route, *, altitudes: Altitudes, level: int = 7) -> tuple[str, ...]:
    """Return the BeiDou 3-D code of each corner of a route.

    Args:
        route: The route.
        altitudes: With the ground.
        level: 1 to 10; at 7 a cell is about 8 m wide and high.

    Raises:
        InvalidRequest: If the ground is not known at a corner.
    """
    lon, lat, above = route.spots.T
    heights = altitudes.convert(Heights.of(above, Reference.GROUND), lon, lat, to=_ELLIPSOID)
    codes = encode_solid_codes(lon, lat, heights.metres, level=level)
    return tuple(code.decode() for code in codes.tolist())


def corridor_cover(
    route: Route, *, altitudes: Altitudes, clearance: Clearance | None = None, level: int = 6
) -> SolidCover:
    """Return the BeiDou 3-D cells that a flight along a route takes up: none is left out.

    Args:
        route: The route.
        altitudes: With the ground, looked at every 25 m along the route.
        clearance: How much air; `Clearance()` by default.
        level: 4 to 10.

    Raises:
        InvalidRequest: If the ground is not known along the way, or the way is a single cell.
    """
    air = clearance or Clearance()
    points = _cut(route, _GROUND_STEP_M)
    places = route.frame.plane.to_places(points[:, :2])
    heights = altitudes.convert(
        Heights.of(points[:, 2], Reference.GROUND), places[:, 0], places[:, 1], to=_ELLIPSOID
    )
    line = shapely.LineString(np.column_stack([places, heights.metres]))
    band = (-air.half_height_m, air.half_height_m)
    return cover_corridor(
        line, width_m=2 * air.half_width_m, band_m=band, level=level, about="line"
    )


_ELLIPSOID = Reference.ELLIPSOID


def _lengths(points: Floats) -> Floats:
    return np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=1))


def _cut(route: Route, longest_m: float) -> Floats:
    """Return (n, 3) points along a route in metres of its plane, none further apart than that."""
    corners = route.frame.metres_of(route.cells)
    lengths = _lengths(corners)
    if not len(lengths):
        raise InvalidRequest(
            "the route begins and ends in one cell", hint="take spots further apart"
        )
    counts = np.ceil(lengths / longest_m).astype(np.int64)
    if counts.sum() > _MOST_PIECES:
        raise InvalidRequest(
            f"the route has {counts.sum()} pieces", hint=f"at most {_MOST_PIECES}: longer pieces"
        )
    start = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (number / counts[start])[:, None]
    return np.vstack([corners[start] + share * np.diff(corners, axis=0)[start], corners[-1:]])


def _across(piece: Floats, half_width_m: float) -> tuple[Floats, Floats]:
    """Return the ground plan's (2,) steps along a piece and across it, each half the width long."""
    step = piece[1, :2] - piece[0, :2]
    length = float(np.hypot(*step))
    along = step / length if length > 0 else np.array([1.0, 0.0])
    return along * half_width_m, np.array([-along[1], along[0]]) * half_width_m


def _rectangle(route: Route, piece: Floats, air: Clearance) -> Polygon:
    along, across = _across(piece, air.half_width_m + _SPARE_M)
    back, front = piece[0, :2] - along, piece[1, :2] + along
    corners = np.array([back - across, front - across, front + across, back + across])
    return Polygon([(lon, lat) for lon, lat in route.frame.plane.to_places(corners).tolist()])


def _band(route: Route, piece: Floats, altitudes: Altitudes, air: Clearance) -> tuple[float, float]:
    """Return the lowest and the highest height above the ellipsoid that a piece takes up."""
    along, across = _across(piece, air.half_width_m)
    reach = np.array([piece[0, :2] - along, piece[1, :2] + along])
    count = int(np.ceil(np.hypot(*(reach[1] - reach[0])) / _GROUND_STEP_M)) + 1
    share = np.linspace(0.0, 1.0, count)[:, None]
    line = reach[0] + share * (reach[1] - reach[0])
    places = route.frame.plane.to_places(np.vstack([line - across, line, line + across]))
    ground = altitudes.convert(
        Heights.of(np.zeros(len(places)), Reference.GROUND), places[:, 0], places[:, 1],
        to=_ELLIPSOID,
    ).metres  # fmt: skip
    # Beyond its ends the piece goes on level.
    length = max(float(np.hypot(*(piece[1, :2] - piece[0, :2]))), _SPARE_M)
    part = np.clip(
        (share[:, 0] * (length + 2 * air.half_width_m) - air.half_width_m) / length, 0, 1
    )
    above = piece[0, 2] + part * (piece[1, 2] - piece[0, 2])
    if length == _SPARE_M:
        low, high = piece[:, 2].min() + ground.min(), piece[:, 2].max() + ground.max()
    else:
        heights = ground + np.tile(above, 3)
        low, high = heights.min(), heights.max()
    return float(low) - air.half_height_m, float(high) + air.half_height_m
