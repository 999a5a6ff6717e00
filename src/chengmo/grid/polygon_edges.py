"""Polygons as the compiled scan wants them: checked, cut at ±180°, and taken apart into edges."""

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo.errors import InvalidGeometry
from chengmo.grid.cover_kernel import Edges, Indices, write_edges
from chengmo.grid.kernel import Floats

Geometries = NDArray[np.object_]

_DATE_LINE, _POLE, _ROUND = 180.0, 90.0, 360.0
_POLYGON, _MULTIPOLYGON, _AREA = 3, 6, 2


def polygons_on_earth(geometries: Geometries) -> Geometries:
    """Return checked polygons and multipolygons, those across ±180° cut there into parts.

    Args:
        geometries: shapely polygons or multipolygons in degrees, longitudes from −540 to 540 and no
            more than 360 wide: 170 to 190 is the same as −190 to −170.

    Raises:
        InvalidGeometry: If one is no valid polygon on Earth; names the first.
    """
    _check_kind(geometries)
    west, south, east, north = bounds = shapely.bounds(geometries).reshape(-1, 4).T
    empty = shapely.is_empty(geometries)
    on_earth = (west >= -3 * _DATE_LINE) & (east <= 3 * _DATE_LINE) & (east - west <= _ROUND)
    off = np.flatnonzero(~(on_earth & (south >= -_POLE) & (north <= _POLE)) & ~empty)
    if off.size:
        w, s, e, n = bounds[:, off[0]]
        raise InvalidGeometry(
            f"the polygon{_at(off, geometries)} reaches from {w}, {s} to {e}, {n}: not on Earth",
            hint="degrees, longitude (−540 to 540, at most 360 wide) first, latitude (±90) second",
        )
    wrong = np.flatnonzero(~shapely.is_valid(geometries))
    if wrong.size:
        raise InvalidGeometry(
            f"the polygon{_at(wrong, geometries)} is not valid: "
            f"{shapely.is_valid_reason(geometries[wrong[0]])}",
            hint="shapely.make_valid repairs most",
        )
    across = np.flatnonzero(((west < -_DATE_LINE) | (east > _DATE_LINE)) & ~empty)
    if across.size:
        geometries = geometries.copy()
        geometries[across] = [_cut_at_date_line(each) for each in geometries[across]]
    return geometries


def unroll_polygon(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """Return a polygon whose rings go the short way from each point to the next.

    For data that cross ±180° without saying so: from 179 to −179 is then 2° eastward, not 358° to
    the west. Only the caller can know which of the two is meant, so covers never do this unasked.

    Args:
        geometry: A polygon or multipolygon in degrees, longitudes within ±180.

    Returns:
        The same with longitudes beyond ±180 where it crosses, as covers and joins take them.

    Raises:
        InvalidGeometry: If it is no polygon, or a ring goes round a pole.

    Example:
        >>> wrapped = shapely.Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)])
        >>> unroll_polygon(wrapped).bounds
        (179.0, 0.0, 181.0, 1.0)
    """
    _check_kind(as_column(geometry))
    parts: list[shapely.Polygon] = []
    for part in shapely.get_parts(geometry).tolist():
        shell, *holes = (_unroll(shapely.get_coordinates(ring)) for ring in shapely.get_rings(part))
        # Holes go where their shell went.
        for hole in holes:
            hole[:, 0] += _ROUND * np.round((shell[:, 0].mean() - hole[:, 0].mean()) / _ROUND)
        parts.append(shapely.Polygon(shell, holes))
    return shapely.MultiPolygon(parts)


def edges_of(polygons: Geometries, *, in_degrees: bool = False) -> Edges:
    """Return the edges of polygons as rows of x0, y0, x1, y1, and whose they are.

    In units, a hair off a whole unit moved to it; or in degrees just as they are given.
    """
    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    edges, owners = np.empty((len(points), 4)), np.empty(len(points), np.int64)
    count = write_edges(points, (ring, owner[part]), (edges, owners), in_degrees)
    return edges[:count], owners[:count]


def as_column(geometries: object) -> Geometries:
    """Return one geometry, or a sequence or array of them, as a flat array."""
    if geometries is None or isinstance(geometries, shapely.Geometry):
        column = np.empty(1, object)
        column[0] = geometries
        return column
    return np.array(cast("list[object]", geometries), object).reshape(-1)


def _check_kind(geometries: Geometries) -> None:
    # A text, say, has no type that shapely could ask for; nor has None, which is −1.
    shapes: Geometries = geometries.copy()
    shapes[~shapely.is_geometry(geometries)] = None
    kinds = shapely.get_type_id(shapes)
    other = np.flatnonzero((kinds != _POLYGON) & (kinds != _MULTIPOLYGON))
    if other.size:
        one = geometries[other[0]]
        raise InvalidGeometry(
            f"a {getattr(one, 'geom_type', type(one).__name__)}{_at(other, geometries)} "
            "has no cover",
            hint="give a polygon; encode_keys is for points, buffer lines first",
        )


def _unroll(points: Floats) -> Floats:
    steps = np.diff(points[:, 0])
    steps -= _ROUND * np.round(steps / _ROUND)
    lon = points[0, 0] + np.r_[0.0, np.cumsum(steps)]
    if abs(lon[-1] - lon[0]) > _DATE_LINE:
        raise InvalidGeometry(
            "a ring goes round a pole",
            hint="close it along ±180° and the pole, and keep it as it is",
        )
    # The first and the last point are one; and what has not moved keeps its last digits.
    moved = points[:, 0] + _ROUND * np.round((lon - points[:, 0]) / _ROUND)
    return np.column_stack([moved, points[:, 1]])


def _cut_at_date_line(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return the same places between ±180°."""
    pieces: list[shapely.Geometry] = []
    for turn in (-_ROUND, 0.0, _ROUND):
        box = shapely.box(turn - _DATE_LINE, -_POLE, turn + _DATE_LINE, _POLE)
        here = shapely.intersection(geometry, box)
        pieces.append(shapely.transform(here, lambda points, by=turn: points - [by, 0.0]))
    areas = shapely.get_parts(pieces)
    return shapely.union_all(areas[shapely.get_dimensions(areas) == _AREA])


def _at(which: Indices | NDArray[np.intp], geometries: Geometries) -> str:
    return f" at index {which[0]}" if len(geometries) > 1 else ""
