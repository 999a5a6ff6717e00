"""People on the ground as polygons, each with how many live in it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest, PolygonIndex, overlay_polygons
from chengmo_airspace.risk.sora import Floats

Geometries = NDArray[Any]
_KM2 = 1e6
_LEAST_FOR_CELLS = 3
_CIRCLE = 16
# CGCS2000: semi-major axis, first eccentricity squared (GB 22021-2008).
_AXIS_M, _ECCENTRICITY_2 = 6_378_137.0, 0.00669438002290


@dataclass(frozen=True)
class People:
    """A city's people: polygons that do not overlap, with a number of people in each.

    Attributes:
        polygons: (n,) polygons in degrees, longitude first.
        people: (n,) how many are in each; as if spread evenly over it.
        elsewhere_per_km2: Density outside all polygons: NaN, not known, unless the data are
            complete and nobody is there (0).
    """

    polygons: Geometries
    people: Floats
    elsewhere_per_km2: float = np.nan

    def __post_init__(self) -> None:
        """Refuse columns that do not fit."""
        if len(self.polygons) != len(self.people) or (np.asarray(self.people) < 0).any():
            raise InvalidRequest(
                f"{len(self.people)} numbers of people for {len(self.polygons)} polygons, "
                "or one is negative",
                hint="one number, 0 or more, for each polygon",
            )

    @cached_property
    def density_per_km2(self) -> Floats:
        """(n,) people a km² of each polygon; 0 of one without area."""
        area = overlay_polygons(self.polygons, []).source_area_m2
        people = np.asarray(self.people, np.float64) * _KM2
        return np.divide(people, area, out=np.zeros(len(area)), where=area > 0)

    @cached_property
    def _index(self) -> PolygonIndex:
        return PolygonIndex.of(self.polygons)

    def density_at(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Return people a km² at each place."""
        at = self._index.first(lon, lat)
        return np.where(at >= 0, np.r_[self.density_per_km2, 0.0][at], self.elsewhere_per_km2)

    def below(self, areas: Geometries) -> tuple[Floats, Floats, Floats]:
        """Return (highest density, mean density, people) below each area.

        A density that is not known (`elsewhere_per_km2` is NaN and the area reaches out of all
        polygons by more than a thousandth) makes the mean and the number NaN, and the highest too.
        """
        # This way round what lies in one polygon as a whole, as most small areas do, is cheap.
        parts = overlay_polygons(areas, self.polygons)
        count, area_m2 = len(areas), parts.source_area_m2
        density = self.density_per_km2[parts.targets]
        highest = np.zeros(count)
        np.maximum.at(highest, parts.sources, density)
        people = np.bincount(parts.sources, density * parts.area_m2 / _KM2, count).astype(float)
        bare_m2 = area_m2 - np.bincount(parts.sources, parts.area_m2, count)
        bare = bare_m2 > area_m2 * 1e-3
        people[bare] += self.elsewhere_per_km2 * bare_m2[bare] / _KM2
        highest[bare] = np.maximum(highest[bare], self.elsewhere_per_km2)
        mean = np.divide(people * _KM2, area_m2, out=np.zeros(count), where=area_m2 > 0)
        return highest, mean, people


def cells_of_centres(lon: ArrayLike, lat: ArrayLike, *, reach_m: float) -> Geometries:
    """Return the polygon of each centre of a lattice: what is nearer to it than to any other.

    Of a lattice of hexagons (H3) or squares these are its cells; at the margins they end `reach_m`
    from their centre (give the distance from a centre to a corner).

    Args:
        lon: (n,) degrees east; no two centres at one place, three at least.
        lat: Degrees north.
        reach_m: How far a cell goes.

    Raises:
        InvalidRequest: If there are fewer than three centres, or two are one.

    Example:
        >>> lon, lat = [114, 114.01, 114, 114.01], [30, 30, 30.01, 30.01]
        >>> cells = cells_of_centres(lon, lat, reach_m=800)
        >>> bool(shapely.is_valid(cells).all())
        True
    """
    place = np.column_stack([np.asarray(lon, np.float64), np.asarray(lat, np.float64)])
    if len(place) < _LEAST_FOR_CELLS or len(np.unique(place, axis=0)) < len(place):
        raise InvalidRequest(
            f"{len(place)} centres, some perhaps at one place, have no cells",
            hint="three places or more, each once",
        )
    # Degrees stretched so that both directions are metres; a few parts in a thousand over a city.
    scale = metres_per_degree(place[:, 1].mean())
    metres = place * scale
    around = shapely.box(*(metres.min(axis=0) - reach_m), *(metres.max(axis=0) + reach_m))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(metres), extend_to=around, ordered=True)
    )
    discs = shapely.buffer(
        shapely.points(metres), reach_m / np.cos(np.pi / (4 * _CIRCLE)), quad_segs=_CIRCLE
    )
    return shapely.transform(shapely.intersection(cells, discs), lambda xy: xy / scale)


def metres_per_degree(lat: ArrayLike) -> Floats:
    """Return (…, 2) metres a degree east and a degree north, on the ellipsoid CGCS2000."""
    angle = np.radians(np.asarray(lat, np.float64))
    bend = 1 - _ECCENTRICITY_2 * np.sin(angle) ** 2
    east = _AXIS_M / np.sqrt(bend) * np.cos(angle)
    north = _AXIS_M * (1 - _ECCENTRICITY_2) / bend**1.5
    return np.radians(np.stack([east, north], axis=-1))
