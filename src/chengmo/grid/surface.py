"""Heights above the ground or above the sea, and the ellipsoidal heights that codes are made of.

The two differ by the height of a *surface* over the ellipsoid: the geoid (tens of metres up or
down) or the terrain. Which surface is meant is never guessed: a height above one is turned only
with that surface at hand, a terrain given above the sea needs the geoid too, a place beyond a
surface's edge is an error, and so is a surface in another coordinate system.

    ellipsoidal = above the sea + geoid          ellipsoidal = above the ground + terrain
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from chengmo.errors import InvalidCell, InvalidRequest
from chengmo.grid.height import height_column
from chengmo.grid.kernel import Floats
from chengmo.grid.key import place_columns

Datum = Literal["ellipsoid", "sea level"]

# Longitude and latitude in CGCS2000 or WGS 84, which the platform accepts as one.
GEOGRAPHIC_CRS = frozenset({"EPSG:4490", "EPSG:4326", "EPSG:4480", "EPSG:4979", "OGC:CRS84"})


@dataclass(frozen=True, slots=True)
class Surface:
    """The height of a surface at each place.

    Attributes:
        name: What it is, for messages: "EGM2008", "Wuhan DEM 2020".
        heights: Takes columns of longitude and latitude in degrees, gives metres, NaN where the
            surface is not known.
        crs: The coordinate system of those degrees, one of `GEOGRAPHIC_CRS`.
        datum: What its heights are above. A geoid is above the ellipsoid; most terrain models are
            above the sea.
        sample_lon: Of samples on a grid, their longitudes, ascending: between, the surface is
            bilinear.
        sample_lat: Of samples on a grid, their latitudes, ascending.
    """

    name: str
    heights: Callable[[Floats, Floats], Floats]
    crs: str
    datum: Datum
    sample_lon: Floats | None = None
    sample_lat: Floats | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be used as it is."""
        if self.crs not in GEOGRAPHIC_CRS:
            raise InvalidRequest(
                f"surface '{self.name}' is in {self.crs}",
                hint="take it to longitude and latitude in EPSG:4490 first",
            )
        if self.datum not in {"ellipsoid", "sea level"}:
            raise InvalidRequest(
                f"surface '{self.name}' counts its heights from {self.datum!r}",
                hint="'ellipsoid' or 'sea level'",
            )


def sampled_surface(
    name: str, samples: ArrayLike, *, box: tuple[float, float, float, float], crs: str, datum: Datum
) -> Surface:
    """Return the surface through samples on a grid, bilinear between them.

    Args:
        name: What it is.
        samples: Metres, shape (rows, columns), the first row northernmost, as images are; NaN where
            the surface is not known.
        box: Degrees west, south, east, north of the *outermost samples* (for a raster of pixels:
            half a pixel inside its edges).
        crs: The coordinate system of the box.
        datum: What the heights are above.

    Raises:
        InvalidRequest: If there are fewer than two samples each way, or the box is none.

    Example:
        >>> box = (114.0, 30.0, 115.0, 31.0)
        >>> geoid = sampled_surface("geoid", [[-14.0, -13.0], [-16.0, -15.0]], box=box,
        ...                         crs="EPSG:4490", datum="ellipsoid")
        >>> ellipsoidal_from_sea_level(114.5, 30.5, 50.0, geoid=geoid).item()
        35.5
    """
    grid = np.ascontiguousarray(samples, np.float64)
    west, south, east, north = box
    if grid.ndim != 2 or min(grid.shape) < 2 or not (west < east and south < north):  # noqa: PLR2004 - two samples
        raise InvalidRequest(
            f"surface '{name}' of shape {grid.shape} over {box} is no grid",
            hint="rows × columns, two at least, and west < east, south < north",
        )
    rows, columns = grid.shape

    def heights(lon: Floats, lat: Floats) -> Floats:
        x = (lon - west) / (east - west) * (columns - 1)
        y = (north - lat) / (north - south) * (rows - 1)
        inside = (x >= 0) & (x <= columns - 1) & (y >= 0) & (y <= rows - 1)
        left = np.clip(np.nan_to_num(x), 0, columns - 2 + 1e-9).astype(np.int64)
        up = np.clip(np.nan_to_num(y), 0, rows - 2 + 1e-9).astype(np.int64)
        u, v = x - left, y - up
        upper = grid[up, left] * (1 - u) + grid[up, left + 1] * u
        lower = grid[up + 1, left] * (1 - u) + grid[up + 1, left + 1] * u
        return np.where(inside, upper * (1 - v) + lower * v, np.nan)

    lon, lat = np.linspace(west, east, columns), np.linspace(south, north, rows)
    return Surface(name, heights, crs, datum, lon, lat)


def ellipsoidal_from_sea_level(
    lon: ArrayLike, lat: ArrayLike, height_m: ArrayLike, *, geoid: Surface | None
) -> Floats:
    """Return ellipsoidal heights in metres of heights above the sea (orthometric, normal).

    Args:
        lon: Degrees east.
        lat: Degrees north; the three broadcast.
        height_m: Metres above the sea.
        geoid: The geoid, or the quasigeoid for normal heights, above the ellipsoid.

    Raises:
        InvalidRequest: If there is no geoid, or the surface is above the sea itself.
        InvalidCell: If the surface is not known at a place (names the first).
    """
    geoid = _known(geoid, "the sea", "geoid")
    if geoid.datum != "ellipsoid":
        raise InvalidRequest(
            f"surface '{geoid.name}' is above the sea, so it is no geoid",
            hint="a geoid's heights are above the ellipsoid",
        )
    return _summed(lon, lat, height_m, [geoid])


def sea_level_from_ellipsoidal(
    lon: ArrayLike, lat: ArrayLike, height_m: ArrayLike, *, geoid: Surface | None
) -> Floats:
    """Return heights above the sea of ellipsoidal heights; see `ellipsoidal_from_sea_level`."""
    zero = ellipsoidal_from_sea_level(lon, lat, 0.0, geoid=geoid)
    return np.asarray(height_m, np.float64) - zero


def ellipsoidal_from_ground(
    lon: ArrayLike,
    lat: ArrayLike,
    height_m: ArrayLike,
    *,
    terrain: Surface | None,
    geoid: Surface | None = None,
) -> Floats:
    """Return ellipsoidal heights in metres of heights above (or, negative, below) the ground.

    Args:
        lon: Degrees east.
        lat: Degrees north; the three broadcast.
        height_m: Metres above the ground.
        terrain: The ground.
        geoid: Needed where the terrain is given above the sea.

    Raises:
        InvalidRequest: If a surface that is needed is missing.
        InvalidCell: If a surface is not known at a place (names the first).

    Example:
        >>> rise = Surface("a rise", lambda lon, lat: lon - lat, "EPSG:4490", "ellipsoid")
        >>> ellipsoidal_from_ground(114.3, 30.5, 100.0, terrain=rise).item()
        183.8
    """
    terrain = _known(terrain, "the ground", "terrain")
    if terrain.datum == "ellipsoid":
        return _summed(lon, lat, height_m, [terrain])
    if geoid is None:
        raise InvalidRequest(
            f"terrain '{terrain.name}' is above the sea: its ellipsoidal height needs the geoid",
            hint="give geoid=, a Surface above the ellipsoid",
        )
    above_sea = _summed(lon, lat, height_m, [terrain])
    return ellipsoidal_from_sea_level(lon, lat, above_sea, geoid=geoid)


def ground_from_ellipsoidal(
    lon: ArrayLike,
    lat: ArrayLike,
    height_m: ArrayLike,
    *,
    terrain: Surface | None,
    geoid: Surface | None = None,
) -> Floats:
    """Return heights above the ground of ellipsoidal heights; see `ellipsoidal_from_ground`."""
    zero = ellipsoidal_from_ground(lon, lat, 0.0, terrain=terrain, geoid=geoid)
    return np.asarray(height_m, np.float64) - zero


def _known(surface: Surface | None, of: str, kind: str) -> Surface:
    if surface is None:
        raise InvalidRequest(
            f"heights above {of} need a {kind}: a code is made of ellipsoidal heights",
            hint=f"give {kind}=, a Surface; there is no default",
        )
    return surface


def _summed(lon: ArrayLike, lat: ArrayLike, height_m: ArrayLike, surfaces: list[Surface]) -> Floats:
    a, b, shape = place_columns(lon, lat)
    heights, height_shape = height_column(height_m)
    total = np.zeros(shape)
    for surface in surfaces:
        found = np.asarray(surface.heights(a, b), np.float64)
        for i in np.flatnonzero(~np.isfinite(np.broadcast_to(found, a.shape)))[:1]:
            raise InvalidCell(
                f"surface '{surface.name}' is not known at lon {a[i]}, lat {b[i]} (index {i})",
                hint="use a surface that reaches there, or set such rows aside",
            )
        total = total + np.broadcast_to(found, a.shape).reshape(shape)
    return total + heights.reshape(height_shape)
