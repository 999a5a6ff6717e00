"""Boxes and cells as intervals of level-32 keys: what an engine prunes files and rows by."""

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.kernel import Keys, gather_bits, units_of_field
from chengmo.grid.key import encode_key, is_valid_place, key_range

# Cells are split down to this fraction of the box's longer side before the gaps are closed.
_PARTS = 128
_MAGNITUDE = np.uint64((1 << 31) - 1)
_ONE = np.uint64(1)


def bbox_ranges(
    west: float, south: float, east: float, north: float, *, max_ranges: int = 64
) -> Keys:
    """Return key intervals that cover a box, edges included.

    Every place of the box has its level-32 key in one of the intervals; some keys outside the box
    may be in them too, the fewer the more intervals are allowed.

    Args:
        west: Degrees; larger than `east` for a box across ±180°.
        south: Degrees.
        east: Degrees.
        north: Degrees.
        max_ranges: The most intervals to return.

    Returns:
        uint64 of shape (n, 2): first and last key of each, both included, ascending and disjoint.

    Raises:
        InvalidCell: If a corner is no place on Earth, south > north, or max_ranges < 1.

    Example:
        >>> bbox_ranges(114.0, 30.0, 115.0, 31.0).shape[0] <= 64
        True
    """
    if not is_valid_place([west, east], [south, north]).all() or south > north:
        raise InvalidCell(
            f"west {west}, south {south}, east {east}, north {north} is no box on Earth",
            hint="degrees, in this order, south ≤ north; west > east means across ±180°",
        )
    if max_ranges < 1:
        raise InvalidCell(f"{max_ranges} intervals cover nothing", hint="allow at least one")
    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    found = [
        _quadrant_ranges(lon, lat)
        for low, high in parts
        for lon in _halves(low, high)
        for lat in _halves(south, north)
    ]
    return _close_gaps(_merge(np.concatenate(found)), max_ranges)


def cell_ranges(keys: ArrayLike, levels: int | ArrayLike) -> Keys:
    """Return the merged key intervals of cells: what a cover is looked up by.

    Args:
        keys: Keys of cells, in any order.
        levels: One level, or one for each key.

    Returns:
        uint64 of shape (n, 2), both ends included, ascending and disjoint.
    """
    first, last = key_range(keys, levels)
    return _merge(np.column_stack([np.ravel(first), np.ravel(last)]))


def in_ranges(keys: ArrayLike, ranges: Keys) -> NDArray[np.bool_]:
    """Tell for each key whether one of the intervals (ascending, disjoint) holds it.

    Example:
        >>> box = bbox_ranges(114.0, 30.0, 115.0, 31.0)
        >>> in_ranges([encode_key(114.3, 30.6), encode_key(116.3, 39.9)], box).tolist()
        [True, False]
    """
    column = np.asarray(keys, np.uint64)
    if not len(ranges):
        return np.zeros(column.shape, np.bool_)
    at = np.searchsorted(ranges[:, 0], column, side="right")
    return (at > 0) & (column <= ranges[np.maximum(at, 1) - 1, 1])


def _halves(low: float, high: float) -> list[tuple[float, float]]:
    """Split an interval at 0 into (nearest, farthest from 0) of each sign it reaches."""
    halves: list[tuple[float, float]] = []
    if low < 0:
        # The smallest negative number stands for "just on this side of 0".
        halves.append((min(high, -5e-324), low))
    if high >= 0:
        halves.append((max(low, 0.0), high))
    return halves


def _quadrant_ranges(lon: tuple[float, float], lat: tuple[float, float]) -> Keys:
    near = np.uint64(encode_key(lon[0], lat[0]))
    far = np.uint64(encode_key(lon[1], lat[1]))
    room = np.empty((128 * _PARTS, 2), np.uint64)
    return room[: _split_box(near, far, room)]


@numba.njit(cache=True, nogil=True)
def _extent(key: np.uint64, level: int) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return a cell's nearer and farther longitude, then latitude, in units from 0."""
    step = _ONE << np.uint64(32 - level)
    u, v = gather_bits(key) & _MAGNITUDE, gather_bits(key >> _ONE) & _MAGNITUDE
    return (
        units_of_field(u),
        units_of_field(u + step),
        units_of_field(v),
        units_of_field(v + step),
    )


@numba.njit(cache=True, nogil=True)
def _split_box(near: np.uint64, far: np.uint64, out: Keys) -> int:
    """Write the quadtree cells that cover a box inside one quadrant, ascending.

    `near` and `far` are the keys of the box's corners nearest to and farthest from 0°N 0°E. Cells
    wholly inside, or too small to split, are written; adjacent ones are joined at once.
    """
    signs = near & np.uint64(3 << 62)
    x0, _, y0, _ = _extent(near, 32)
    _, x1, _, y1 = _extent(far, 32)
    smallest = max(x1 - x0, y1 - y0) // np.uint64(_PARTS)
    stack_key = np.empty(128, np.uint64)
    stack_level = np.empty(128, np.int64)
    stack_key[0], stack_level[0] = signs, 1
    top, count = 1, 0
    while top:
        top -= 1
        key, level = stack_key[top], stack_level[top]
        left, right, low, high = _extent(key, level)
        if left >= x1 or right <= x0 or low >= y1 or high <= y0:
            continue
        inside = left >= x0 and right <= x1 and low >= y0 and high <= y1
        if inside or right - left <= smallest or level == 32:  # noqa: PLR2004 - the finest level
            last = key | ((_ONE << np.uint64(64 - 2 * level)) - _ONE)
            if count and out[count - 1, 1] + _ONE == key:
                out[count - 1, 1] = last
            else:
                out[count, 0], out[count, 1] = key, last
                count += 1
            continue
        for quarter in range(3, -1, -1):
            stack_key[top] = key | (np.uint64(quarter) << np.uint64(62 - 2 * level))
            stack_level[top] = level + 1
            top += 1
    return count


def _merge(ranges: Keys) -> Keys:
    """Sort intervals and join those that touch or overlap."""
    if not len(ranges):
        return ranges.reshape(0, 2)
    ranges = ranges[np.argsort(ranges[:, 0], kind="stable")]
    last = np.maximum.accumulate(ranges[:, 1])
    # Compared without + 1, which would overflow at the last key of all.
    starts = np.flatnonzero(
        np.r_[True, (ranges[1:, 0] > last[:-1]) & (ranges[1:, 0] - last[:-1] > 1)]
    )
    ends = np.r_[starts[1:] - 1, len(ranges) - 1]
    return np.column_stack([ranges[starts, 0], last[ends]])


def _close_gaps(ranges: Keys, most: int) -> Keys:
    """Join intervals over the smallest gaps until there are at most `most`."""
    if len(ranges) <= most:
        return ranges
    gaps = ranges[1:, 0] - ranges[:-1, 1]
    kept = np.sort(np.argsort(gaps, kind="stable")[len(gaps) - (most - 1) :])
    return np.column_stack([ranges[np.r_[0, kept + 1], 0], ranges[np.r_[kept, len(ranges) - 1], 1]])
