"""Two layers of polygons over each other: what of one lies in the other, and how much.

Areas are those on the ellipsoid CGCS2000, of polygons whose edges are straight in longitude and
latitude, as everywhere here: the sum of parts is the area of the whole.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike

from chengmo.errors import InvalidRequest
from chengmo.grid.cover_kernel import Indices
from chengmo.grid.kernel import Floats
from chengmo.grid.polygon_edges import Geometries, as_column, polygons_on_earth

Quantity = Literal["count", "density"]

# CGCS2000: semi-major axis and flattening (GB 22021-2008).
_AXIS_M, _FLATTENING = 6_378_137.0, 1 / 298.257222101
_POLYGON = 3
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)
_ECCENTRICITY = float(np.sqrt(_FLATTENING * (2 - _FLATTENING)))


@dataclass(frozen=True, slots=True)
class Overlay:
    """Which parts of source polygons lie in which target polygons.

    Attributes:
        sources: The index of the source polygon of each part, ascending.
        targets: The index of its target polygon.
        area_m2: The area of the part.
        source_area_m2: The area of each source polygon (all of them).
        target_area_m2: The area of each target polygon.
    """

    sources: Indices
    targets: Indices
    area_m2: Floats
    source_area_m2: Floats
    target_area_m2: Floats

    @property
    def share_of_source(self) -> Floats:
        """The part's share of its source polygon, 0 to 1: the weight of a count."""
        return self.area_m2 / self.source_area_m2[self.sources]

    @property
    def share_of_target(self) -> Floats:
        """The part's share of its target polygon, 0 to 1."""
        return self.area_m2 / self.target_area_m2[self.targets]

    def interpolate(self, values: ArrayLike, *, quantity: Quantity) -> Floats:
        """Return what the source polygons' values come to in each target polygon.

        As if each value were spread evenly over its source polygon (areal interpolation).

        Args:
            values: One number for each source polygon. NaN makes NaN of all targets it reaches.
            quantity: `count` is divided by area and added up (residents, floor space): the sum is
                kept where the targets cover the sources. `density` is averaged by area over the
                part of the target that is covered (residents a km², a price); NaN where none is.

        Raises:
            InvalidRequest: If there is not one value for each source polygon.
        """
        column = np.asarray(values, np.float64)
        if column.shape != self.source_area_m2.shape:
            raise InvalidRequest(
                f"{column.size} values for {self.source_area_m2.size} source polygons",
                hint="give one number for each source polygon, in their order",
            )
        count = self.target_area_m2.size
        if quantity == "count":
            shares = column[self.sources] * self.share_of_source
            return np.bincount(self.targets, shares, count).astype(np.float64)
        if quantity != "density":
            raise InvalidRequest(f"there is no quantity {quantity!r}", hint="use count or density")
        total = np.bincount(self.targets, column[self.sources] * self.area_m2, count)
        covered = np.bincount(self.targets, self.area_m2, count)
        return np.divide(total, covered, out=np.full(count, np.nan), where=covered > 0)


def overlay_polygons(sources: object, targets: object) -> Overlay:
    """Return the parts of source polygons in target polygons, with their areas.

    Args:
        sources: A sequence or array of polygons and multipolygons in degrees, longitude first.
        targets: The same; either layer may overlap itself, have gaps and empty polygons.

    Raises:
        InvalidGeometry: If one is no valid polygon on Earth; names the first.

    Example:
        >>> blocks = [shapely.box(114.0, 30, 114.1, 30.1), shapely.box(114.1, 30, 114.2, 30.1)]
        >>> halves = [shapely.box(114.0, 30, 114.05, 30.1), shapely.box(114.05, 30, 114.2, 30.1)]
        >>> overlay = overlay_polygons(blocks, halves)
        >>> overlay.interpolate([100, 40], quantity="count").round(6).tolist()
        [50.0, 90.0]
    """
    source, target = (polygons_on_earth(as_column(each)) for each in (sources, targets))
    source_area, target_area = polygon_areas(source), polygon_areas(target)
    # Prepared targets tell quickly which sources lie in them as a whole: those need no new shape.
    shapely.prepare(target)
    tree = shapely.STRtree(source)
    target_at, source_at = tree.query(target, predicate="intersects")
    whole = shapely.contains(target[target_at], source[source_at])
    area = np.where(whole, source_area[source_at], 0.0)
    area[~whole] = _areas_of_overlap(source[source_at[~whole]], target[target_at[~whole]])
    kept = np.flatnonzero(area > 0)
    order = kept[np.lexsort((target_at[kept], source_at[kept]))]
    return Overlay(source_at[order], target_at[order], area[order], source_area, target_area)


def polygon_areas(polygons: object) -> Floats:
    """Return the area of each polygon in m².

    Example:
        >>> round(float(polygon_areas(shapely.box(-180, -90, 180, 90))[0]) / 1e12, 4)
        510.0656
    """
    column = as_column(polygons)
    parts, owner = shapely.get_parts(column, return_index=True)
    areal = shapely.get_type_id(parts) == _POLYGON
    rings, part = shapely.get_rings(parts[areal], return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(ring[:-1] == ring[1:])
    lon, lat = np.radians(points).T
    # Below each edge: its width times the mean over its latitudes, by Gauss-Legendre quadrature.
    middle, half = (lat[edge + 1] + lat[edge]) / 2, (lat[edge + 1] - lat[edge]) / 2
    heights = _heights(middle[:, None] + half[:, None] * _NODES) @ (_WEIGHTS / 2)
    # Counted from the first of the ring's heights, so that small polygons lose no digits.
    start = np.searchsorted(ring, np.arange(len(rings)))
    heights -= _heights(lat[start])[ring[edge]]
    strips = np.bincount(ring[edge], (lon[edge + 1] - lon[edge]) * heights, len(rings))
    outer = np.diff(part, prepend=-1) != 0
    signed = np.where(outer, 1, -1) * np.abs(strips) * _AXIS_M**2 / 2
    return np.bincount(owner[areal][part], signed, len(column)).astype(np.float64)


def _areas_of_overlap(source: Geometries, target: Geometries) -> Floats:
    if not len(source):
        return np.empty(0)
    # Clipping to the source's box first spares the intersection most of a large target.
    boxes = shapely.box(*shapely.bounds(source).T)
    common = shapely.intersection(source, shapely.intersection(target, boxes))
    return polygon_areas(common)


def _heights(lat: Floats) -> Floats:
    """Return the area between the equator and a latitude (radians) a radian wide, in a²/2.

    Snyder, Map Projections – A Working Manual, 1987, equation 3-12.
    """
    e, sine = _ECCENTRICITY, np.sin(lat)
    return (1 - e**2) * (sine / (1 - (e * sine) ** 2) + np.arctanh(e * sine) / e)
