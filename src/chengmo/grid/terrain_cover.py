"""Bodies that follow the ground: a polygon between two heights above (or below) the terrain."""

import numpy as np
import shapely

from chengmo.errors import InvalidGeometry
from chengmo.grid.code import GEOSOT_LEVELS
from chengmo.grid.cover import cover_polygon
from chengmo.grid.height import Profile
from chengmo.grid.kernel import Floats, Keys
from chengmo.grid.key import key_bounds
from chengmo.grid.surface import Surface, ellipsoidal_from_ground
from chengmo.grid.volume import SolidCover, check_key_level, layer_interval

_MOST_LINES = 100


def cover_above_ground(
    geometry: shapely.Geometry,
    *,
    band_m: tuple[float, float],
    level: int,
    terrain: Surface | None,
    geoid: Surface | None = None,
    profile: Profile = "standard",
) -> SolidCover:
    """Return the solid cells that share volume with a polygon's band of heights above the ground.

    The ground is looked up at the corners of each cell and where the lines of a sampled terrain
    cross it, which is where a bilinear surface is highest and lowest: none of the band is left out.
    Of a terrain that is a function nine places of each cell are looked up, which is exact where it
    is even within a cell.

    Args:
        geometry: A valid polygon or multipolygon in degrees.
        band_m: Floor and ceiling in metres above the ground; negative below it.
        level: BeiDou level, 4 to 10.
        terrain: The ground.
        geoid: Needed where the terrain is given above the sea.
        profile: Whose layers.

    Raises:
        InvalidGeometry: As `cover_prism`.
        InvalidRequest: If a surface that is needed is missing.
        InvalidCell: If a surface is not known at a cell.

    Example:
        >>> rise = Surface("a rise", lambda lon, lat: lon - lat, "EPSG:4490", "ellipsoid")
        >>> block = shapely.box(114.3, 30.5, 114.301, 30.501)
        >>> len(cover_above_ground(block, band_m=(0, 120), level=7, terrain=rise).cells()[0])
        3825
    """
    if not band_m[0] <= band_m[1]:
        raise InvalidGeometry(
            f"a body from {band_m[0]} m up to {band_m[1]} m has no inside",
            hint="floor ≤ ceiling, metres above the ground, upward",
        )
    keys = np.sort(cover_polygon(geometry, level=check_key_level(level)))
    lon, lat = _places_of(keys, GEOSOT_LEVELS[level], terrain)
    ground = ellipsoidal_from_ground(lon, lat, 0.0, terrain=terrain, geoid=geoid)
    low = ground.min(axis=1, initial=np.inf) + band_m[0]
    high = ground.max(axis=1, initial=-np.inf) + band_m[1]
    first, last = layer_interval(low, high, level=level, profile=profile)
    levels = np.full(keys.size, GEOSOT_LEVELS[level], np.uint8)
    return SolidCover(keys, levels, first, last, level, profile)


def _places_of(keys: Keys, level: int, terrain: Surface | None) -> tuple[Floats, Floats]:
    """Return the places of each cell where its ground is looked up: two arrays of shape (n, m)."""
    west, south, east, north = key_bounds(keys, level=level)
    lon = _crossings(west, east, terrain.sample_lon if terrain else None)
    lat = _crossings(south, north, terrain.sample_lat if terrain else None)
    return np.repeat(lon, lat.shape[1], axis=1), np.tile(lat, (1, lon.shape[1]))


def _crossings(low: Floats, high: Floats, lines: Floats | None) -> Floats:
    """Return both ends of each interval and the lines between; without lines, the middle."""
    if lines is None:
        return np.stack([low, (low + high) / 2, high], axis=1)
    first, last = np.searchsorted(lines, low), np.searchsorted(lines, high)
    most = int((last - first).max(initial=0))
    if most > _MOST_LINES:
        raise InvalidGeometry(
            f"a cell has {most} samples of the terrain in a row",
            hint="use a finer level, or a coarser terrain",
        )
    at = np.minimum(first[:, None] + np.arange(most), len(lines) - 1)
    between = np.clip(lines[at], low[:, None], high[:, None])
    return np.hstack([low[:, None], between, high[:, None]])
