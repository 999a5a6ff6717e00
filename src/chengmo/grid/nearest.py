"""Points to their nearest, on the ellipsoid.

Not imported with `chengmo.grid`, because SciPy's trees take longer to import than all the rest.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import KDTree

from chengmo.errors import InvalidCell
from chengmo.grid.cover_kernel import Indices
from chengmo.grid.kernel import Floats
from chengmo.grid.key import is_valid_place, place_columns

# CGCS2000: semi-major axis and flattening (GB 22021-2008), and the mean radius.
_AXIS_M, _FLATTENING = 6_378_137.0, 1 / 298.257222101
_RADIUS_M = 6_371_008.8


def nearest_points(
    lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike
) -> tuple[Indices, Floats]:
    """Return for each point the nearest of other points and the distance to it in metres.

    Nearest is by the straight line through the ellipsoid CGCS2000, which orders points as the
    distance along it does but for differences of some millionths; across ±180° and the poles too.
    The distance is that line bent to an arc: within 0.5 % of the geodesic, below
    100 km within 0.001 %.

    Args:
        lon: Degrees east, flat.
        lat: Degrees north.
        to_lon: Degrees east of the points to choose from, at least one.
        to_lat: Degrees north.

    Returns:
        (index, metres): of equally near ones any.

    Raises:
        InvalidCell: If a point is no place on Earth, or there is none to choose from.
    """
    tree = KDTree(_places_m(to_lon, to_lat))
    if not tree.n:
        raise InvalidCell("there is no point to be near to", hint="give at least one")
    chord, index = tree.query(_places_m(lon, lat))
    arc = 2 * _RADIUS_M * np.arcsin(np.minimum(chord / (2 * _RADIUS_M), 1))
    return np.asarray(index, np.int64), arc


def _places_m(lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Return geocentric coordinates (n, 3) of points on the ellipsoid in metres."""
    x, y, _ = place_columns(lon, lat)
    wrong = np.flatnonzero(~is_valid_place(x, y))
    if wrong.size:
        raise InvalidCell(
            f"lon {x[wrong[0]]}, lat {y[wrong[0]]} at index {wrong[0]} is no place on Earth",
            hint="degrees, longitude (±180) first, latitude (±90) second",
        )
    a, b = np.radians(x), np.radians(y)
    squared = _FLATTENING * (2 - _FLATTENING)
    normal = _AXIS_M / np.sqrt(1 - squared * np.sin(b) ** 2)
    return np.column_stack(
        [
            normal * np.cos(b) * np.cos(a),
            normal * np.cos(b) * np.sin(a),
            normal * (1 - squared) * np.sin(b),
        ]
    )
