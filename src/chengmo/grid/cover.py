"""Geometry to cells and back.

Geometries are shapely polygons and multipolygons in degrees, longitude first, CGCS2000 (EPSG:4490)
or WGS 84. A polygon across ±180° has longitudes beyond 180 (to 540), or is cut there into two parts
as RFC 7946 asks. Edges are straight in longitude and latitude. A cell takes part by its area: two
that only share an edge do not touch, so the outline of a cell is covered by that one cell.
"""

from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidGeometry
from chengmo.grid.axis import Axis, axis_of, index_below, index_of
from chengmo.grid.cover_kernel import (
    CENTRE,
    TOUCHING,
    WITHIN,
    Rows,
    combine_rows,
    count_rows,
    trace_edges,
    write_keys,
)
from chengmo.grid.kernel import UNITS_PER_DEGREE, Floats, Keys, Levels
from chengmo.grid.key import check_level, key_bounds
from chengmo.grid.pyramid import build_pyramid, to_fields

Mode = Literal["touching", "centre", "within"]

# One GiB of keys; more is a mistake in the level, or a case for the hierarchical cover.
MAX_CELLS = 1 << 27
_MODES = {"centre": CENTRE, "touching": TOUCHING, "within": WITHIN}
_DATE_LINE, _POLE = 180.0, 90.0
# Vertices this near (units) to a whole unit are on it: the noise of decimal degrees, 15 nm.
_NEAR = 1e-6


def cover_polygon(geometry: shapely.Geometry, *, level: int, mode: Mode = "touching") -> Keys:
    """Return the keys of one level that cover a polygon.

    Args:
        geometry: A valid polygon or multipolygon in degrees; holes are left out.
        level: GeoSOT level, 1 to 32.
        mode: Cells that share area with the polygon (`touching`), whose middle is in it (`centre`),
            or that lie in it wholly (`within`): each is a subset of the one before.

    Returns:
        Keys row by row, south to north and west to east; `np.sort` gives key order.

    Raises:
        InvalidGeometry: If it is no valid polygon on Earth, or needs more than 2²⁷ cells.

    Example:
        >>> cover_polygon(shapely.box(114.0, 30.0, 114.1, 30.05), level=15).size
        18
    """
    _, rows, axes, first_row = _scan(geometry, check_level(level, coarsest=1), mode)
    count = int((rows[2] - rows[1] + 1).sum())
    _check_size(count, level)
    keys = np.empty(count, np.uint64)
    write_keys(rows, axes, first_row, keys)
    return keys


def cover_hierarchical(
    geometry: shapely.Geometry,
    *,
    finest_level: int,
    max_cells: int | None = None,
    mode: Mode = "touching",
) -> tuple[Keys, Levels]:
    """Return the fewest cells of mixed levels that cover a polygon: big inside, small at its edge.

    Their descendants at `finest_level` are exactly the cells of `cover_polygon` there.

    Args:
        geometry: As in `cover_polygon`.
        finest_level: The level of the smallest cells.
        max_cells: If given, the finest level is made coarser until the cover has no more cells (a
            polygon around 0°N 0°E needs up to four at the coarsest level, whatever is asked).
        mode: As in `cover_polygon`, at the finest level.

    Returns:
        (keys, levels), ascending by key, disjoint.

    Raises:
        InvalidGeometry: As `cover_polygon`.

    Example:
        >>> keys, levels = cover_hierarchical(shapely.box(114, 30, 115, 31), finest_level=20)
        >>> len(keys), int(levels[0])
        (1, 9)
    """
    finest_level = check_level(finest_level, coarsest=1)
    if max_cells is None:
        return _hierarchical(geometry, finest_level, mode)
    best = _hierarchical(geometry, 1, mode)
    for level in range(2, finest_level + 1):
        finer = _hierarchical(geometry, level, mode)
        if len(finer[0]) > max_cells:
            break
        best = finer
    return best


def cells_to_polygons(keys: ArrayLike, levels: int | ArrayLike) -> NDArray[np.object_]:
    """Return the outline of each cell as a shapely polygon in degrees.

    Args:
        keys: Keys, any shape.
        levels: One level, or one for each key.
    """
    return np.asarray(shapely.box(*key_bounds(keys, level=levels)))


def _hierarchical(geometry: shapely.Geometry, level: int, mode: Mode) -> tuple[Keys, Levels]:
    _, rows, axes, first_row = _scan(geometry, level, mode)
    keys, levels = build_pyramid(to_fields(rows, axes, level, first_row), level)
    order = np.argsort(keys)
    return keys[order], levels[order]


def _scan(
    geometry: shapely.Geometry, level: int, mode: Mode
) -> tuple[Floats, Rows, tuple[Axis, Axis], int]:
    """Return the polygon's edges, the columns of each row, the two axes and the first row."""
    if mode not in _MODES:
        raise InvalidGeometry(f"there is no mode {mode!r}", hint=f"use one of {', '.join(_MODES)}")
    edges = _edges(geometry)
    axes = axis_of(level, 180), axis_of(level, 90)
    if not len(edges):
        empty = np.empty(0, np.int64)
        return edges, (np.zeros(1, np.int64), empty, empty), axes, 0
    first_column = int(index_of(axes[0], float(edges[:, [0, 2]].min())))
    first_row = int(index_of(axes[1], float(edges[:, [1, 3]].min())))
    last_row = int(index_below(axes[1], float(edges[:, [1, 3]].max())))
    _check_size(last_row - first_row + 1, level)
    counts = np.zeros(last_row - first_row + 2, np.int64)
    count_rows(edges, axes[1], first_row, counts)
    starts = np.cumsum(counts)
    _check_size(int(starts[-1]), level)
    counters = np.zeros(len(counts) - 1, np.int64)
    traced = trace_edges(edges, axes, (first_column, first_row), (starts, counters))
    return edges, combine_rows(traced, starts, first_column, _MODES[mode]), axes, first_row


def _edges(geometry: shapely.Geometry) -> Floats:
    """Return edges as rows of x0, y0, x1, y1 in units."""
    polygons = _polygons(geometry)
    points, ring = shapely.get_coordinates(shapely.get_rings(polygons), return_index=True)
    units = points * UNITS_PER_DEGREE
    whole = np.rint(units)
    units = np.where(np.abs(units - whole) <= _NEAR, whole, units)
    edges = np.hstack([units[:-1], units[1:]])[ring[:-1] == ring[1:]]
    return np.ascontiguousarray(edges)


def _polygons(geometry: shapely.Geometry) -> NDArray[np.object_]:
    """Return the parts of a checked geometry, all between ±180°."""
    if not isinstance(geometry, shapely.Polygon | shapely.MultiPolygon):
        raise InvalidGeometry(
            f"a {getattr(geometry, 'geom_type', type(geometry).__name__)} has no cover",
            hint="give a polygon; encode_keys is for points, buffer lines first",
        )
    if geometry.is_empty:
        return np.empty(0, object)
    west, south, east, north = geometry.bounds
    if not (west >= -_DATE_LINE and east <= 3 * _DATE_LINE and -_POLE <= south <= north <= _POLE):
        raise InvalidGeometry(
            f"the polygon reaches from {west}, {south} to {east}, {north}: not on Earth",
            hint="degrees, longitude (−180 to 540) first, latitude (±90) second",
        )
    if not geometry.is_valid:
        raise InvalidGeometry(
            f"the polygon is not valid: {shapely.is_valid_reason(geometry)}",
            hint="shapely.make_valid repairs most",
        )
    if east > _DATE_LINE:
        return _cut_at_date_line(geometry)
    return shapely.get_parts(geometry)


def _cut_at_date_line(geometry: shapely.Geometry) -> NDArray[np.object_]:
    here = shapely.intersection(geometry, shapely.box(-_DATE_LINE, -_POLE, _DATE_LINE, _POLE))
    beyond = shapely.intersection(geometry, shapely.box(_DATE_LINE, -_POLE, 3 * _DATE_LINE, _POLE))
    beyond = shapely.transform(beyond, lambda points: points - [2 * _DATE_LINE, 0.0])
    pieces = shapely.get_parts([here, beyond])
    return shapely.get_parts(shapely.union_all(pieces[shapely.get_dimensions(pieces) == 2]))  # noqa: PLR2004 - areas


def _check_size(count: int, level: int) -> None:
    if count > MAX_CELLS:
        raise InvalidGeometry(
            f"the cover at level {level} would have {count} cells or rows, more than {MAX_CELLS}",
            hint="use a coarser level, or cover_hierarchical with max_cells",
        )
