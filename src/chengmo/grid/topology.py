"""From cell to cell: neighbours, discs and rings, distances, lines, ancestors and children.

All of it on one level, across the unused codes between minute (second) 59 and the next whole,
across the equator, the prime meridian and ±180°. Columns go round the Earth. Rows end at the poles:
the northernmost row has no cell north of it (its cells meet at the pole in one point, which makes
none of them an edge neighbour of another than its two), and `NO_CELL` stands for what is not there.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.axis import Axis, axis_of
from chengmo.grid.kernel import Keys
from chengmo.grid.key import (
    FINEST_LEVEL,
    check_level,
    key_column,
    key_range,
    level_column,
    level_mask,
    parent_keys,
    raise_unused,
)
from chengmo.grid.topology_kernel import (
    NO_CELL,
    Indices,
    read_indices,
    write_children,
    write_indexed,
    write_neighbours,
)

# One GiB of keys.
MAX_KEYS = 1 << 27


def key_indices(keys: ArrayLike, *, level: int) -> tuple[Indices, Indices]:
    """Return the signed (column, row) of each cell, counted east and north from 0°N 0°E.

    The first cell west of 0° is column −1, the first south of it row −1: a raster's coordinates.

    Raises:
        InvalidCell: If a key names no cell of the level, or the level is not 1 to 32.

    Example:
        >>> column, row = key_indices(np.uint64(526548078363148288), level=15)
        >>> int(column), int(row)
        (6978, 2394)
    """
    axes = _axes(level)
    column, shape = key_column(keys)
    columns, rows = np.empty(column.size, np.int64), np.empty(column.size, np.int64)
    if read_indices(column, level_mask(level), axes, (columns, rows)):
        raise_unused(column, level_column(level, shape))
    return columns.reshape(shape), rows.reshape(shape)


def keys_at(columns: ArrayLike, rows: ArrayLike, *, level: int) -> Keys:
    """Return the key of each (column, row): undoes `key_indices`.

    Args:
        columns: Signed columns; past ±180° they go on from the other side.
        rows: Signed rows, any shape that broadcasts with `columns`; `NO_CELL` beyond a pole.
        level: GeoSOT level, 1 to 32.
    """
    axes = _axes(level)
    x, y = np.broadcast_arrays(_whole(columns), _whole(rows))
    keys = np.empty(x.size, np.uint64)
    write_indexed(np.ascontiguousarray(x).ravel(), np.ascontiguousarray(y).ravel(), axes, keys)
    return keys.reshape(x.shape)


def neighbour_keys(keys: ArrayLike, *, level: int, corners: bool = True) -> Keys:
    """Return the cells around each cell.

    Args:
        keys: Keys, any shape; bits below `level` are ignored.
        level: GeoSOT level, 1 to 32.
        corners: Whether cells that share only a corner are neighbours too (8, else 4).

    Returns:
        Keys of the shape of `keys` with one more axis: east, north, west, south, then north-east,
        north-west, south-west, south-east; `NO_CELL` beyond a pole. At level 1, where the world has
        two columns, the eastern and the western neighbour are the same cell.

    Raises:
        InvalidCell: As `key_indices`.

    Example:
        >>> from chengmo.grid.key import encode_key, encode_keys
        >>> around = neighbour_keys(encode_key(114.3, 30.6, level=15), level=15, corners=False)
        >>> np.array_equal(around, encode_keys([114.317, 114.3, 114.299, 114.3],
        ...                                    [30.6, 30.617, 30.6, 30.599], level=15))
        True
    """
    axes = _axes(level)
    column, shape = key_column(keys)
    out = np.empty((8 if corners else 4, column.size), np.uint64)
    if write_neighbours(column, level_mask(level), axes, out):
        raise_unused(column, level_column(level, shape))
    return out.T.reshape(*shape, len(out))


def move_keys(keys: ArrayLike, east: ArrayLike, north: ArrayLike, *, level: int) -> Keys:
    """Return the cell so many columns east and rows north of each cell; all broadcast.

    `NO_CELL` beyond a pole. Raises as `key_indices`.
    """
    columns, rows = key_indices(keys, level=level)
    return keys_at(columns + _whole(east), rows + _whole(north), level=level)


def disk_keys(keys: ArrayLike, distance: int, *, level: int, corners: bool = True) -> Keys:
    """Return all cells at most `distance` steps from each cell, itself included.

    Args:
        keys: Keys, any shape.
        distance: Steps, ≥ 0.
        level: GeoSOT level, 1 to 32.
        corners: Whether a step may go over a corner: a square of cells, else a diamond.

    Returns:
        Keys of the shape of `keys` with one more axis, south to north, each row west to east;
        `NO_CELL` beyond a pole. No cell is named twice, also where the disk goes round the Earth.

    Raises:
        InvalidCell: As `key_indices`, or if the distance is negative or too large for memory.
    """
    return _around(keys, distance, level, corners=corners, inner=0)


def ring_keys(keys: ArrayLike, distance: int, *, level: int, corners: bool = True) -> Keys:
    """Return the cells exactly `distance` steps from each cell; see `disk_keys`."""
    return _around(keys, distance, level, corners=corners, inner=distance)


def grid_distance(
    keys: ArrayLike, others: ArrayLike, *, level: int, corners: bool = True
) -> NDArray[np.int64]:
    """Return the fewest steps from each cell to the other, the shorter way round the Earth.

    Args:
        keys: Keys, any shape that broadcasts with `others`.
        others: Keys.
        level: GeoSOT level, 1 to 32.
        corners: Whether a step may go over a corner (the larger of columns and rows) or not (sum).

    Raises:
        InvalidCell: As `key_indices`.
    """
    (x, y), (u, v) = key_indices(keys, level=level), key_indices(others, level=level)
    columns, rows = np.abs(x - u), np.abs(y - v)
    columns = np.minimum(columns, 2 * _axes(level)[0][4] - columns)
    return np.asarray(np.maximum(columns, rows) if corners else columns + rows)


def line_keys(start: ArrayLike, end: ArrayLike, *, level: int) -> Keys:
    """Return the cells of a straight line from one cell to another, both included.

    Each cell is a neighbour (over an edge or a corner) of the one before, and there are no fewer
    that do; the line goes the shorter way round the Earth, eastward if both are equal.

    Raises:
        InvalidCell: As `key_indices`, or if the line has more than 2²⁷ cells.
    """
    ((x, u), (y, v)) = key_indices(np.array([start, end], np.uint64), level=level)
    columns = 2 * _axes(level)[0][4]
    east = int(u - x) % columns
    east, north = east - columns if 2 * east > columns else east, int(v - y)
    steps = max(abs(east), abs(north))
    _check_count(steps + 1)
    at = np.arange(steps + 1)
    half, whole = steps, max(2 * steps, 1)
    return keys_at(
        x + (2 * at * east + half) // whole, y + (2 * at * north + half) // whole, level=level
    )


def common_ancestor(keys: ArrayLike, levels: int | ArrayLike) -> tuple[int, int]:
    """Return the key and level of the smallest cell that holds all cells.

    Args:
        keys: At least one key.
        levels: One level, or one for each key.

    Raises:
        InvalidCell: If there is no key.

    Example:
        >>> common_ancestor([526548078363148288, 526536739649486848], 14)
        (526534128309370880, 10)
    """
    first, last = key_range(keys, levels)
    if not np.size(first):
        raise InvalidCell("no cell has no ancestor", hint="give at least one key")
    least, most = int(np.min(first)), int(np.max(last))
    level = (64 - (least ^ most).bit_length()) // 2
    return int(parent_keys(np.uint64(least), level)), level


def children_keys(keys: ArrayLike, *, level: int, finer: int | None = None) -> Keys:
    """Return all cells of a finer level inside cells of one level, unused codes left out.

    Args:
        keys: Keys of `level`, any shape.
        level: GeoSOT level, 0 to 32.
        finer: The level of the children: one level finer if None.

    Returns:
        A flat column, the children of each key in ascending order.

    Raises:
        InvalidCell: If `finer` is not from `level` to 32, or there would be more than 2²⁷.

    Example:
        >>> children_keys(0, level=9).size, children_keys(0, level=9, finer=15).size
        (4, 3600)
    """
    level = check_level(level)
    finer = check_level(min(level + 1, FINEST_LEVEL) if finer is None else finer, coarsest=level)
    column, _ = key_column(keys)
    depth = finer - level
    _check_count(column.size << (2 * depth))
    column = column & level_mask(level)
    room = np.empty(column.size << (2 * depth), np.uint64)
    count = write_children(column, depth, finer, room) if finer else column.size
    return room[:count] if count == room.size else room[:count].copy()


def _around(keys: ArrayLike, distance: int, level: int, *, corners: bool, inner: int) -> Keys:
    if distance < 0:
        raise InvalidCell(f"a distance of {distance} cells", hint="use 0 or more")
    (_, _, _, _, columns), (_, _, _, _, rows) = _axes(level)
    # Farther than half way round, a column would be counted a second time.
    east = np.arange(max(-distance, 1 - columns), min(distance, columns) + 1)
    north = np.arange(max(-distance, -2 * rows), min(distance, 2 * rows) + 1)
    column, shape = key_column(keys)
    _check_count(column.size * east.size * north.size)
    dx, dy = (each.ravel() for each in np.meshgrid(east, north))
    steps = np.maximum(np.abs(dx), np.abs(dy)) if corners else np.abs(dx) + np.abs(dy)
    wanted = (steps >= inner) & (steps <= distance)
    return move_keys(column.reshape(*shape, 1), dx[wanted], dy[wanted], level=level)


def _axes(level: int) -> tuple[Axis, Axis]:
    level = check_level(level, coarsest=1)
    return axis_of(level, 180), axis_of(level, 90)


def _whole(numbers: ArrayLike) -> Indices:
    column = np.asarray(numbers)
    if column.dtype.kind not in "iu":
        raise InvalidCell(
            f"a column of {column.dtype} counts no cells", hint="columns and rows are whole numbers"
        )
    return column.astype(np.int64, copy=False)


def _check_count(count: int) -> None:
    if count > MAX_KEYS:
        raise InvalidCell(
            f"that would be {count} cells, more than {MAX_KEYS}",
            hint="use a coarser level, a shorter distance, or fewer cells at once",
        )


__all__ = [
    "NO_CELL",
    "children_keys",
    "common_ancestor",
    "disk_keys",
    "grid_distance",
    "key_indices",
    "keys_at",
    "line_keys",
    "move_keys",
    "neighbour_keys",
    "ring_keys",
]
