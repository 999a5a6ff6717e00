"""Corridors: all that lies within half a width of a line, between two heights.

The line is straight in longitude and latitude between its points, as all edges here. It is cut into
pieces; around each, lengths are those of the ellipsoid at its middle. What the plane leaves out
over a piece is added to the width, so that the cover always holds the corridor.
"""

from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo.errors import InvalidGeometry
from chengmo.grid.cover import cover_polygon
from chengmo.grid.height import Profile, height_bounds
from chengmo.grid.kernel import Floats
from chengmo.grid.volume import (
    SolidCover,
    check_count,
    check_key_level,
    layer_interval,
    merge_rows,
)

About = Literal["ellipsoid", "line"]

# CGCS2000: semi-major axis and the square of the eccentricity.
_A_M, _E2 = 6_378_137.0, 0.006_694_380_022_900_8
_QUARTER = 16
_MOST_PIECES = 20_000
_MOST_LAT, _DATE_LINE = 85.0, 180.0
# The longest piece and the widest corridor: the plane then errs by less than a hundredth.
_PIECE_M, _WIDEST_M = 2_000.0, 20_000.0
_EARTH_M = 6_335_000.0


def cover_corridor(
    line: shapely.Geometry,
    *,
    width_m: float,
    band_m: tuple[float, float],
    level: int,
    about: About = "ellipsoid",
    profile: Profile = "standard",
) -> SolidCover:
    """Return the solid cells that share volume with a corridor: none of it is left out.

    Args:
        line: Degrees, longitude first; with `about="line"` each point has an ellipsoidal height in
            metres, straight in between.
        width_m: The whole width in metres, round at the ends.
        band_m: Floor and ceiling in metres: ellipsoidal heights, or counted from the line (a floor
            below it is negative).
        level: BeiDou level, 4 to 10.
        about: What the two heights count from.
        profile: Whose layers.

    Raises:
        InvalidGeometry: If it is no line on Earth within 85° of latitude, has heights that are not
            used or lacks those that are, is wider than 20 km, or needs too many cells.

    Example:
        >>> climb = shapely.LineString([(114.30, 30.50, 40.0), (114.31, 30.50, 140.0)])
        >>> cover = cover_corridor(climb, width_m=20, band_m=(-5, 5), level=7, about="line")
        >>> len(cover.cells()[0]) < len(cover) * 4
        True
    """
    geosot_level = check_key_level(level)
    points = _checked_points(line, about, width_m)
    if not band_m[0] <= band_m[1]:
        raise InvalidGeometry(
            f"a corridor from {band_m[0]} m up to {band_m[1]} m has no inside",
            hint="floor ≤ ceiling, in metres, upward",
        )
    points = _cut_to_pieces(points, _thickness(points, level, profile))
    low = np.minimum(points[:-1, 2], points[1:, 2]) + band_m[0]
    high = np.maximum(points[:-1, 2], points[1:, 2]) + band_m[1]
    first, last = layer_interval(low, high, level=level, profile=profile)
    found: list[NDArray[np.uint64]] = []
    rows: list[NDArray[np.intp]] = []
    plans = _buffered(points, width_m / 2, low)
    # Pieces between the same layers are covered as one.
    bands, which = np.unique(np.stack([first, last]), axis=1, return_inverse=True)
    for band in range(bands.shape[1]):
        keys = cover_polygon(shapely.union_all(plans[which == band]), level=geosot_level)
        found.append(keys)
        rows.append(np.full(keys.size, band))
        check_count(sum(map(len, found)))
    row = np.concatenate(rows)
    keys, first, last = merge_rows(np.concatenate(found), bands[0, row], bands[1, row])
    levels = np.full(keys.size, geosot_level, np.uint8)
    return SolidCover(keys, levels, first, last, level, profile)


def _checked_points(line: shapely.Geometry, about: About, width_m: float) -> Floats:
    """Return points as rows of lon, lat, height (0 where the line has none)."""
    if not isinstance(line, shapely.LineString) or line.is_empty:
        raise InvalidGeometry(
            f"a {getattr(line, 'geom_type', type(line).__name__)} is no line of a corridor",
            hint="give a LineString with at least two points",
        )
    if not 0 < width_m <= _WIDEST_M:
        raise InvalidGeometry(f"no corridor is {width_m} m wide", hint=f"up to {_WIDEST_M:.0f} m")
    if line.has_z != (about == "line"):
        has = "has heights" if line.has_z else "has no heights"
        raise InvalidGeometry(
            f"the line {has}, and the corridor's are to count from the {about}",
            hint="about='line' for a line with heights; shapely.force_2d drops them",
        )
    points = shapely.get_coordinates(line, include_z=True)
    if about == "ellipsoid":
        points[:, 2] = 0.0
    within = (np.abs(points[:, 0]) <= _DATE_LINE * 3) & (np.abs(points[:, 1]) <= _MOST_LAT)
    if not (within & np.isfinite(points[:, 2])).all():
        i = int(np.flatnonzero(~(within & np.isfinite(points[:, 2])))[0])
        raise InvalidGeometry(
            f"point {i} of the corridor, {points[i].tolist()}, is out of reach",
            hint="degrees, longitude first, latitude within ±85°, heights in metres",
        )
    return points


def _thickness(points: Floats, level: int, profile: Profile) -> float:
    """Return the thickness in metres of a layer at the line's lowest point."""
    lowest, _ = layer_interval(points[:, 2].min(), points[:, 2].min(), level=level, profile=profile)
    floor, ceiling = height_bounds(lowest, level=level, profile=profile)
    return float(ceiling - floor)


def _cut_to_pieces(points: Floats, thickness_m: float) -> Floats:
    """Return points so close that a piece is short and climbs about one layer at most."""
    steps = np.diff(points, axis=0)
    east, north = _metres_per_degree(points[:-1, 1] + steps[:, 1] / 2, np.zeros(len(steps)))
    length = np.hypot(steps[:, 0] * east, steps[:, 1] * north)
    counts = np.ceil(np.maximum(length / _PIECE_M, np.abs(steps[:, 2]) / thickness_m))
    counts = np.maximum(counts, 1).astype(np.int64)
    if counts.sum() > _MOST_PIECES:
        raise InvalidGeometry(
            f"the corridor has {counts.sum()} pieces of {_PIECE_M:.0f} m or one layer",
            hint=f"up to {_MOST_PIECES}: use a coarser level, or parts of the line",
        )
    start = np.repeat(np.arange(len(steps)), counts)
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (number / counts[start])[:, None]
    return np.vstack([points[start] + share * steps[start], points[-1:]])


def _metres_per_degree(lat: Floats, height: Floats) -> tuple[Floats, Floats]:
    """Return the metres of a degree of longitude and of latitude on the ellipsoid."""
    phi = np.radians(lat)
    w = 1 - _E2 * np.sin(phi) ** 2
    east = (_A_M / np.sqrt(w) + height) * np.cos(phi)
    north = _A_M * (1 - _E2) / w**1.5 + height
    return np.radians(east), np.radians(north)


def _buffered(points: Floats, radius_m: float, height: Floats) -> NDArray[np.object_]:
    """Return the ground plan of each piece in degrees, a little too wide rather than too narrow."""
    middle = (points[:-1] + points[1:]) / 2
    # Lower down a metre is more of a degree.
    east, north = _metres_per_degree(middle[:, 1], np.minimum(height, 0.0))
    scale = np.stack([east, north], axis=1)
    ends = np.stack([points[:-1, :2], points[1:, :2]], axis=1)
    flat = (ends - middle[:, None, :2]) * scale[:, None]
    reach = np.hypot(*(flat[:, 1] - flat[:, 0]).T) / 2 + radius_m
    # Over its reach the plane errs by the change of the degrees' lengths, and a polygon of chords
    # lies inside its circle.
    error = (np.abs(np.tan(np.radians(middle[:, 1]))) + 1.1) * reach / _EARTH_M
    radius = radius_m * (1 + 1.5 * error) / np.cos(np.pi / (4 * _QUARTER))
    plans = shapely.buffer(shapely.linestrings(flat), radius, quad_segs=_QUARTER)
    corners, index = shapely.get_coordinates(plans, return_index=True)
    return shapely.set_coordinates(plans, corners / scale[index] + middle[index, :2])
