"""Geometry to cells.

Geometries are shapely polygons and multipolygons in degrees, longitude first, CGCS2000 (EPSG:4490)
or WGS 84. A polygon across ±180° has longitudes beyond it (170 to 190, or −190 to −170), or is cut
there into two parts as RFC 7946 asks; one wider than 180° is just that, nothing is guessed from the
order of its points. Edges are straight in longitude and latitude. A cell takes part by its area:
two that only share an edge do not touch, so the outline of a cell is covered by that one cell.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidGeometry
from chengmo.grid.axis import Axis, axis_of
from chengmo.grid.cover_kernel import (
    CENTRE,
    TOUCHING,
    WITHIN,
    Edges,
    Indices,
    Rows,
    combine_rows,
    count_rows,
    find_in_rows,
    find_rows,
    trace_edges,
    write_keys,
)
from chengmo.grid.kernel import Keys, Levels
from chengmo.grid.key import check_level
from chengmo.grid.polygon_edges import as_column, edges_of, polygons_on_earth
from chengmo.grid.pyramid import build_pyramid, to_fields
from chengmo.grid.topology import key_indices

Mode = Literal["touching", "centre", "within"]

# One GiB of keys; more is a mistake in the level, or a case for the hierarchical cover.
MAX_CELLS = 1 << 27
# Keys of these levels leave six bits for the level.
_PACKED_LEVEL, _LEVEL_BITS = 29, np.uint64(63)
# A row beyond all rows.
_FAR = 1 << 62
_MODES = {"centre": CENTRE, "touching": TOUCHING, "within": WITHIN}


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of polygons at one level, each row a slot, and what crosses them.

    Attributes:
        level: GeoSOT level, 1 to 32.
        axes: The columns' and the rows' axis.
        rows: The signed row of each slot, ascending for each polygon.
        owners: The polygon of each slot, ascending.
        spans: The first and the last row of each edge.
        shifts: What to add to a row of each polygon to get its slot.
        traced: See `trace_edges`.
        starts: Where each slot's part of `traced` begins.
    """

    level: int
    axes: tuple[Axis, Axis]
    rows: Indices
    owners: Indices
    spans: Indices
    shifts: Indices
    traced: tuple[Indices, Indices, Indices]
    starts: Indices

    def found(self, truth: int) -> Rows:
        """Return the intervals of columns in each slot for a mode's truth table."""
        return combine_rows(self.traced, self.starts, truth)


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
    truth, edges = _truth(mode), edges_of(polygons_on_earth(as_column(geometry)))
    scanned = scan(edges, 1, check_level(level, coarsest=1))
    found = scanned.found(truth)
    count = int((found[2] - found[1] + 1).sum())
    _check_size(count, level)
    keys = np.empty(count, np.uint64)
    write_keys(found, scanned.rows, scanned.axes, keys)
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
    finest_level, truth = check_level(finest_level, coarsest=1), _truth(mode)
    edges = edges_of(polygons_on_earth(as_column(geometry)))
    if max_cells is None:
        return fewest_cells(scan(edges, 1, finest_level), truth)[:2]
    best = fewest_cells(scan(edges, 1, 1), truth)
    for level in range(2, finest_level + 1):
        finer = fewest_cells(scan(edges, 1, level), truth)
        if len(finer[0]) > max_cells:
            break
        best = finer
    return best[:2]


def cover_each(
    geometries: object, *, finest_level: int, mode: Mode = "touching"
) -> tuple[Keys, Levels, Indices]:
    """Return the hierarchical covers of many polygons at once: a table of cells and whose they are.

    Args:
        geometries: A sequence or array of polygons and multipolygons, as in `cover_polygon`.
        finest_level: The level of the smallest cells.
        mode: As in `cover_polygon`, at the finest level.

    Returns:
        (keys, levels, indices), ascending by index and then by key; an index counts `geometries`.

    Raises:
        InvalidGeometry: As `cover_polygon`; names the first wrong one.

    Example:
        >>> boxes = [shapely.box(114, 30, 115, 31), shapely.box(0, 0, 0.5, 1)]
        >>> keys, levels, indices = cover_each(boxes, finest_level=10)
        >>> levels.tolist(), indices.tolist()
        ([9, 10, 10], [0, 1, 1])
    """
    truth, polygons = _truth(mode), polygons_on_earth(as_column(geometries))
    finest_level = check_level(finest_level, coarsest=1)
    return fewest_cells(scan(edges_of(polygons), len(polygons), finest_level), truth)


def keys_within(
    geometry: shapely.Geometry, keys: ArrayLike, *, level: int, mode: Mode = "touching"
) -> NDArray[np.bool_]:
    """Tell for each key whether its cell is in the cover of a polygon, without making the cover.

    The same as `np.isin(parent_keys(keys, level), cover_polygon(geometry, level=level, mode=mode))`
    in memory for the polygon's rows and the keys only.

    Args:
        geometry: As in `cover_polygon`.
        keys: Keys, any shape; bits below `level` are ignored.
        level: GeoSOT level, 1 to 32.
        mode: As in `cover_polygon`.

    Raises:
        InvalidCell: If a key names no cell of the level.
        InvalidGeometry: If it is no valid polygon on Earth, or has more than 2²⁷ rows.

    Example:
        >>> keys_within(shapely.box(114, 30, 115, 31), [526548078363148288, 0], level=15).tolist()
        [False, False]
    """
    truth, edges = _truth(mode), edges_of(polygons_on_earth(as_column(geometry)))
    columns, rows = key_indices(keys, level=level)
    scanned = scan(edges, 1, level)
    out = np.zeros(columns.shape, np.bool_)
    if scanned.rows.size:
        cells = columns.ravel(), rows.ravel() + scanned.shifts[0]
        find_in_rows(cells, scanned.found(truth), out.ravel())
    return out


def scan(edges: Edges, count: int, level: int, *, margin: float = 0.0) -> Scan:
    """Return the rows of polygons at one level and what crosses them.

    Args:
        edges: The edges of all polygons, polygon by polygon.
        count: How many polygons there are.
        level: GeoSOT level, 1 to 32.
        margin: Half the thickness of an edge in units; see `cover_kernel`.

    Raises:
        InvalidGeometry: If there are more than 2²⁷ rows.
    """
    axes = axis_of(level, 180), axis_of(level, 90)
    spans = np.empty((edges[1].size, 2), np.int64)
    limits = np.tile(np.array([_FAR, -_FAR]), (count, 1))
    find_rows(edges, axes[1], margin, spans, limits)
    limits[limits[:, 0] == _FAR] = 0, -1
    sizes = limits[:, 1] - limits[:, 0] + 1
    _check_size(int(sizes.sum()), level)
    owners = np.repeat(np.arange(count), sizes)
    shifts = np.cumsum(sizes) - sizes - limits[:, 0]
    rows = np.arange(owners.size) - shifts[owners]
    counts = np.zeros(owners.size + 1, np.int64)
    count_rows(spans, edges[1], shifts, counts)
    starts = np.cumsum(counts)
    _check_size(int(starts[-1]), level)
    room = starts, np.zeros(owners.size, np.int64)
    traced = trace_edges(edges, axes, margin, (spans, shifts), room)
    return Scan(level, axes, rows, owners, spans, shifts, traced, starts)


def fewest_cells(scanned: Scan, truth: int) -> tuple[Keys, Levels, Indices]:
    """Return (keys, levels, owners) of the fewest cells, ascending by owner and then by key."""
    south = scanned.rows < 0
    order = np.arange(scanned.rows.size)
    if south.any():
        # In field space the rows of the south follow those of the north, going away from 0°.
        order = np.lexsort((np.where(south, -scanned.rows, scanned.rows), south, scanned.owners))
    slots = scanned.rows, scanned.owners, order
    layer = to_fields(scanned.found(truth), slots, scanned.axes, scanned.level)
    keys, levels, owners = build_pyramid(layer, scanned.level)
    many = scanned.owners.size and scanned.owners[-1] > 0
    if not many and scanned.level <= _PACKED_LEVEL:
        # Sorting values is three times as fast as sorting their order.
        packed = np.sort(keys | levels)
        return packed & ~_LEVEL_BITS, (packed & _LEVEL_BITS).astype(np.uint8), owners
    order = np.lexsort((keys, owners)) if many else np.argsort(keys)
    return keys[order], levels[order], owners[order]


def _truth(mode: Mode) -> int:
    if mode not in _MODES:
        raise InvalidGeometry(f"there is no mode {mode!r}", hint=f"use one of {', '.join(_MODES)}")
    return _MODES[mode]


def _check_size(count: int, level: int) -> None:
    if count > MAX_CELLS:
        raise InvalidGeometry(
            f"the cover at level {level} would have {count} cells or rows, more than {MAX_CELLS}",
            hint="use a coarser level, or cover_hierarchical with max_cells",
        )
