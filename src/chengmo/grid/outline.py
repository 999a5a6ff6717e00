"""Cells to geometry: one polygon a cell, and their common outline.

Coordinates are degrees in CGCS2000 (EPSG:4490), longitude first. Nothing is computed twice: every
vertex is the very number that `key_bounds` gives, so neighbouring outlines fit without a gap.
"""

from typing import cast

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo.grid.cell_sets import CellSet
from chengmo.grid.kernel import Bounds, Floats
from chengmo.grid.key import encode_keys, key_bounds, key_column, level_column


def cells_to_polygons(keys: ArrayLike, levels: int | ArrayLike) -> NDArray[np.object_]:
    """Return the outline of each cell as a shapely polygon in degrees.

    Args:
        keys: Keys, any shape.
        levels: One level, or one for each key.
    """
    return np.asarray(shapely.box(*key_bounds(keys, level=levels)))


def dissolve_cells(
    keys: ArrayLike, levels: int | ArrayLike
) -> shapely.Polygon | shapely.MultiPolygon:
    """Return the common outline of cells: no edge between two of them, holes where there is none.

    Args:
        keys: Keys of cells, in any order; they may overlap and be of mixed levels.
        levels: One level, or one for each key.

    Returns:
        A valid polygon or multipolygon in degrees. Parts that meet in a corner only are parts of
        their own. Cells on both sides of ±180° stay apart there, as RFC 7946 asks.

    Raises:
        InvalidCell: As `key_bounds`.

    Example:
        >>> dissolve_cells([0, 1 << 44], 10).wkt
        'POLYGON ((0 0, 0 0.5333333333333333, 1 0.5333333333333333, 1 0, 0 0))'
    """
    column, shape = key_column(keys)
    every = level_column(levels, shape)
    # Unused keys are refused here: a set of cells takes no notice of them.
    key_bounds(column, level=every)
    cells = CellSet.of(column, every)
    fewest, fewest_levels = cells.fewest()
    bounds = key_bounds(fewest, level=fewest_levels)
    segments = np.concatenate([_level_edges(bounds), _upright_edges(bounds)])
    faces = shapely.get_parts(shapely.polygonize(np.asarray(shapely.linestrings(segments))))
    # Each edge has cells on one side only, so no two faces of cells have an edge in common; what is
    # not of cells are holes, also those that meet the outside in their corners.
    inside = cells.holds(encode_keys(*shapely.get_coordinates(shapely.point_on_surface(faces)).T))
    kept = faces[inside].tolist()
    area = kept[0] if len(kept) == 1 else shapely.MultiPolygon(kept)
    return cast("shapely.Polygon | shapely.MultiPolygon", area.normalize())


def _level_edges(bounds: Bounds) -> Floats:
    """Return the horizontal pieces of the outline as an array of (n, 2 points, 2)."""
    west, south, east, north = bounds
    line, start, end = _pieces(np.r_[south, north], np.r_[west, west], np.r_[east, east])
    return np.stack([np.column_stack([start, line]), np.column_stack([end, line])], axis=1)


def _upright_edges(bounds: Bounds) -> Floats:
    """Return the vertical pieces of the outline as an array of (n, 2 points, 2)."""
    west, south, east, north = bounds
    line, start, end = _pieces(np.r_[west, east], np.r_[south, south], np.r_[north, north])
    return np.stack([np.column_stack([line, start]), np.column_stack([line, end])], axis=1)


def _pieces(lines: Floats, starts: Floats, ends: Floats) -> tuple[Floats, Floats, Floats]:
    """Return where cells lie on one side of a line only: (line, start, end) of each stretch.

    The first half of the edges has its cell after the line, the second before it: along each line
    the sum of the former minus the latter is 0 inside and outside, and changes its sign only where
    two cells meet in a corner, so the stretches are split wherever they touch others.
    """
    half = len(lines) // 2
    side = np.repeat([1, -1], half)
    line = np.r_[lines, lines]
    at = np.r_[starts, ends]
    order = np.lexsort((at, line))
    line, at, change = line[order], at[order], np.r_[side, -side][order]
    first = np.flatnonzero(np.r_[True, (np.diff(line) != 0) | (np.diff(at) != 0)][: len(line)])
    change = np.add.reduceat(change, first) if len(first) else change
    line, at = line[first][change != 0], at[first][change != 0]
    sums = np.cumsum(change[change != 0])
    on = np.flatnonzero(sums)
    return line[on], at[on], at[on + 1]
