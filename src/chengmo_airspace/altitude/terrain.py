"""The ground of a dataset's rows: each height holds so far around its place, and not beyond.

Between heights nothing is interpolated and past their reach nothing is guessed: a place further
than the stated reach from every row has no known ground (NaN), and what depends on it is unknown.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from chengmo import City, InvalidRequest, Plane, Surface, nearest_points
from chengmo_airspace.altitude.height import Floats
from chengmo_airspace.altitude.number_column import number_column

# Squares by which it is shown that the ground is known all over an area.
_SHARE_OF_REACH, _MOST_SQUARES = 0.25, 2e6
# The nearest is told on the ellipsoid, squares on a plane: a hair for their difference.
_HAIR = 1e-3


@dataclass(frozen=True)
class GroundRows:
    """Heights of the ground, each of which holds around its place.

    Attributes:
        name: The dataset.
        lon: (n,) degrees east; one at least.
        lat: (n,) degrees north.
        metres: (n,) above the sea.
        reach_m: How far a height holds; the nearest decides.
    """

    name: str
    lon: Floats
    lat: Floats
    metres: Floats
    reach_m: float

    def surface(self) -> Surface:
        """Return the ground as a surface; NaN further than the reach from all rows."""

        def heights(at_lon: Floats, at_lat: Floats) -> Floats:
            nearest, far = nearest_points(at_lon, at_lat, self.lon, self.lat)
            return np.where(far <= self.reach_m, self.metres[nearest], np.nan)

        return Surface(self.name, heights, "EPSG:4326", "sea level")

    def range_over(self, area: BaseGeometry) -> tuple[float, float] | None:
        """Return bounds of the ground over an area in degrees, None if it is not known all over.

        All rows within reach of the area count, so the bounds hold and may be wide.
        """
        plane = Plane.around(shapely.get_coordinates(area))
        flat = shapely.transform(area, plane.to_metres)
        west, south, east, north = flat.bounds
        place = plane.to_metres(np.column_stack([self.lon, self.lat]))
        wide = self.reach_m * (1 + _HAIR)
        near = (place >= [west - wide, south - wide]) & (place <= [east + wide, north + wide])
        kept = np.flatnonzero(near.all(axis=1))
        kept = kept[shapely.dwithin(shapely.points(place[kept]), flat, wide)]
        if not kept.size or not _is_within(flat, place[kept], self.reach_m * (1 - _HAIR)):
            return None
        return float(self.metres[kept].min()), float(self.metres[kept].max())


def ground_of_dataset(
    city: City, dataset: str, *, column: str = "ground_m", reach_m: float
) -> GroundRows | None:
    """Return the heights of the ground that the rows of a dataset give, None if they give none.

    Args:
        city: Whose dataset it is.
        dataset: One row a height, at the row's place.
        column: Its column with metres above the sea; empty cells and rows without place are left
            out.
        reach_m: How far around its place a height holds. The nearest row decides; further than this
            from all the ground is not known.

    Raises:
        InvalidRequest: If the column is missing or holds no numbers, or the reach is none.
    """
    if not 0 < reach_m < np.inf:
        raise InvalidRequest(
            f"a height of the ground reaches {reach_m} m", hint="a number of metres above 0"
        )
    metres = number_column(
        city, dataset, column, hint="name the column with metres above the sea in terrain_column"
    )
    lon, lat = city.places(dataset)
    known = np.isfinite(lon) & np.isfinite(lat) & np.isfinite(metres)
    if not known.any():
        return None
    return GroundRows(dataset, lon[known], lat[known], metres[known], reach_m)


def terrain_of_dataset(
    city: City, dataset: str, *, column: str = "ground_m", reach_m: float
) -> Surface | None:
    """Return the surface of `ground_of_dataset`."""
    rows = ground_of_dataset(city, dataset, column=column, reach_m=reach_m)
    return None if rows is None else rows.surface()


def level_ground(metres: float) -> Surface:
    """Return a ground that is taken to lie so high above the sea everywhere: an assumption."""
    return Surface("assumed", lambda lon, _: np.full(len(lon), metres), "EPSG:4326", "sea level")


def _is_within(flat: BaseGeometry, place: Floats, reach_m: float) -> bool:
    """Say whether all of an area, in metres, is shown to lie within reach of some place."""
    west, south, east, north = flat.bounds
    span = (east - west) * (north - south)
    side = max(_SHARE_OF_REACH * reach_m, float(np.sqrt(span / _MOST_SQUARES)))
    half = side / np.sqrt(2)
    columns = np.arange(west + side / 2, east + side / 2, side)
    rows = np.arange(south + side / 2, north + side / 2, side)
    x, y = (part.ravel() for part in np.meshgrid(columns, rows))
    wide = shapely.buffer(flat, half * 1.01)
    shapely.prepare(wide)
    asked = shapely.contains_xy(wide, x, y)
    far, _ = KDTree(place).query(np.column_stack([x[asked], y[asked]]))
    return bool((far + half <= reach_m).all())
