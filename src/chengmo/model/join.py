"""Rows of two datasets brought together by where they are, as a model sees them through its city.

The grid does the joining: exactly as shapely's predicates say, on the ellipsoid, on whole columns.
What is added here is that rows may have no place: they are in nothing, near nothing, and share
nothing. Indices count the rows of `City.table`, from 0.

Not imported with `chengmo.model`, for nearest places need SciPy, which is slow to import.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo.errors import InvalidRequest
from chengmo.grid import Overlay, PolygonIndex, is_valid_place, overlay_polygons
from chengmo.grid.nearest import nearest_points
from chengmo.model.city import City

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

NOWHERE = -1
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def rows_around(city: City, places: str, areas: str) -> Indices:
    """Return for each row of `places` the first row of `areas` that it lies in, or −1.

    Args:
        city: Where both are read from.
        places: A dataset; of a line or polygon its representative point counts.
        areas: A dataset of polygons. A point on the edge of two lies in both.

    Raises:
        InvalidRequest: If `areas` holds anything but polygons.
        InvalidGeometry: If one of them is no valid polygon on Earth.
    """
    lon, lat, placed = _places(city, places)
    found = np.full(lon.size, NOWHERE, np.int64)
    found[placed] = PolygonIndex.of(_areas(city, areas)).first(lon[placed], lat[placed])
    return found


def nearest_rows(city: City, places: str, among: str) -> tuple[Indices, Floats]:
    """Return for each row of `places` the nearest row of `among`, and the metres between them.

    As the crow flies on the ellipsoid, between representative points (see
    `chengmo.grid.nearest.nearest_points` for how exact). Without a place, or with nothing to be
    near to: −1 and infinitely far.
    """
    lon, lat, placed = _places(city, places)
    to_lon, to_lat, usable = _places(city, among)
    index, metres = np.full(lon.size, NOWHERE, np.int64), np.full(lon.size, np.inf)
    if usable.any():
        near, away = nearest_points(lon[placed], lat[placed], to_lon[usable], to_lat[usable])
        index[placed], metres[placed] = np.flatnonzero(usable)[near], away
    return index, metres


def overlay_rows(city: City, sources: str, targets: str) -> Overlay:
    """Return which parts of the polygons of `sources` lie in which of `targets`, with their areas.

    `Overlay.interpolate` spreads a column of `sources` over `targets` by area.

    Raises:
        InvalidRequest: If either holds anything but polygons.
        InvalidGeometry: If one of them is no valid polygon on Earth.
    """
    return overlay_polygons(_areas(city, sources), _areas(city, targets))


def _places(city: City, dataset: str) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    lon, lat = city.places(dataset)
    return lon, lat, is_valid_place(lon, lat)


def _areas(city: City, dataset: str) -> Geometries:
    shapes = city.geometry(dataset).copy()
    missing = shapely.is_missing(shapes)
    if not (np.isin(shapely.get_type_id(shapes), _AREAS) | missing).all():
        raise InvalidRequest(
            f"dataset '{dataset}' does not hold polygons alone", hint="name a dataset of areas"
        )
    shapes[missing] = shapely.Polygon()
    return shapes
