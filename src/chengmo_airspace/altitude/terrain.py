"""The ground of a dataset's rows: each height holds so far around its place, and not beyond.

Between heights nothing is interpolated and past their reach nothing is guessed: a place further
than the stated reach from every row has no known ground (NaN), and what depends on it is unknown.
"""

import numpy as np

from chengmo import City, InvalidRequest, Surface, nearest_points
from chengmo_airspace.altitude.height import Floats
from chengmo_airspace.altitude.number_column import number_column


def terrain_of_dataset(
    city: City, dataset: str, *, column: str = "ground_m", reach_m: float
) -> Surface | None:
    """Return the ground above the sea that the rows of a dataset give, None if they give none.

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
    x, y, ground = lon[known], lat[known], metres[known]

    def heights(at_lon: Floats, at_lat: Floats) -> Floats:
        nearest, far = nearest_points(at_lon, at_lat, x, y)
        return np.where(far <= reach_m, ground[nearest], np.nan)

    return Surface(dataset, heights, "EPSG:4326", "sea level")


def level_ground(metres: float) -> Surface:
    """Return a ground that is taken to lie so high above the sea everywhere: an assumption."""
    return Surface("assumed", lambda lon, _: np.full(len(lon), metres), "EPSG:4326", "sea level")
