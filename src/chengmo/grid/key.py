"""GeoSOT 64-bit keys (GB/T 40087-2021): the integer that every table is sorted and joined by.

A key is a left-aligned Morton code: a parent's key is a prefix, and all descendants of a cell are
one interval of integers. At level 32 a key uses all 64 bits, so the level is kept beside the key.
All functions work on whole columns and keep the shape of what they are given. Coordinates are
degrees in CGCS2000 (EPSG:4490) or WGS 84, longitude first.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.characters import read_only
from chengmo.grid.given import floats_of, unsigned_of, whole_level
from chengmo.grid.kernel import (
    Bounds,
    Floats,
    Keys,
    Levels,
    decode_bounds,
    decode_centres,
    decode_mixed_bounds,
    decode_mixed_centres,
    encode,
    find_unused,
)

FINEST_LEVEL = 32
_LON_LIMIT, _LAT_LIMIT = 180.0, 90.0
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_SIGN = np.uint64(1 << 63)


def is_valid_place(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Tell for each place whether it has a cell: finite, |lon| ≤ 180 and |lat| ≤ 90 degrees."""
    # A comparison with NaN is False, so this needs no isfinite.
    a, b = floats_of(lon), floats_of(lat)
    return (np.abs(a) <= _LON_LIMIT) & (np.abs(b) <= _LAT_LIMIT)


def encode_keys(
    lon: ArrayLike, lat: ArrayLike, *, level: int = FINEST_LEVEL, out: Keys | None = None
) -> Keys:
    """Return the key of the cell that holds each place.

    Cells are half-open away from 0°N 0°E; the equator is north, the prime meridian east, and ±180°
    and ±90° belong to the outermost cell of their own side.

    Args:
        lon: Degrees east, any shape that broadcasts with `lat`.
        lat: Degrees north.
        level: GeoSOT level, 0 (the world) to 32 (1/2048″, 1.5 cm).
        out: A uint64 column to write into. New memory costs as much as the work itself where
            columns are large: a loop over pieces of some 10⁵ places is fastest with one `out`.

    Returns:
        Keys (uint64) of the broadcast shape; the bits below `level` are zero.

    Raises:
        InvalidCell: If a place is not finite or out of range (names the first), or the level is.

    Example:
        >>> int(encode_keys(116.315222, 39.910278, level=15))
        526548078363148288
    """
    mask = level_mask(check_level(level))
    lon, lat, shape = place_columns(lon, lat)
    keys = key_room(lon.size, out)
    if encode(lon, lat, mask, keys):
        raise_invalid_place(lon, lat)
    return keys.reshape(shape)


def encode_key(lon: float, lat: float, *, level: int = FINEST_LEVEL) -> int:
    """Return the key of the cell that holds one place; see `encode_keys`."""
    return int(encode_keys(lon, lat, level=level))


def key_bounds(
    keys: ArrayLike, *, level: int | ArrayLike, out: Sequence[Floats] | None = None
) -> Bounds:
    """Return the edges (west, south, east, north) of each cell, in degrees.

    Args:
        keys: Keys, unsigned; bits below `level` are ignored, so a finer key gives its parent.
        level: One level, or one for each key.
        out: Four float64 columns to write into, as in `encode_keys`.

    Raises:
        InvalidCell: If a key names no place (minute or second 60–63, degrees past 180 or 90).

    Example:
        >>> [float(edge) for edge in key_bounds(encode_key(116.3, 39.9), level=9)]
        [116.0, 39.0, 117.0, 40.0]
    """
    column, shape = key_column(keys)
    west, south, east, north = room_for(column.size, out, 4)
    bounds = west, south, east, north
    if isinstance(level, int) and level > 0:
        bad = decode_bounds(column, check_level(level), bounds)
    else:
        levels = level_column(level, shape)
        bad = decode_mixed_bounds(column, levels, bounds)
        _set_world(bounds, levels)
    if bad:
        raise_unused(column, level_column(level, shape))
    return west.reshape(shape), south.reshape(shape), east.reshape(shape), north.reshape(shape)


def key_centres(
    keys: ArrayLike, *, level: int | ArrayLike, out: Sequence[Floats] | None = None
) -> tuple[Floats, Floats]:
    """Return the (lon, lat) of the middle of each cell, in degrees; see `key_bounds`."""
    column, shape = key_column(keys)
    lon, lat = room_for(column.size, out, 2)
    if isinstance(level, int) and level > 0:
        bad = decode_centres(column, check_level(level), (lon, lat))
    else:
        bad = decode_mixed_centres(column, level_column(level, shape), (lon, lat))
    if bad:
        raise_unused(column, level_column(level, shape))
    return lon.reshape(shape), lat.reshape(shape)


def parent_keys(keys: ArrayLike, level: int | ArrayLike) -> Keys:
    """Return the key at `level` (one, or one for each key) of the cell around each key."""
    column, shape = key_column(keys)
    return (column & _masks(level, shape)).reshape(shape)


def key_range(keys: ArrayLike, level: int | ArrayLike) -> tuple[Keys, Keys]:
    """Return (first, last), both included, of the level-32 keys inside each cell.

    Example:
        >>> first, last = key_range(encode_key(116.3, 39.9), 15)
        >>> int(last - first) == 4**17 - 1
        True
    """
    column, shape = key_column(keys)
    masks = _masks(level, shape)
    first = column & masks
    return first.reshape(shape), (first | ~masks).reshape(shape)


def to_signed(keys: ArrayLike) -> NDArray[np.int64]:
    """Return keys as signed integers in the same order, for engines without unsigned ones.

    The sign bit is flipped: signed = key xor 2⁶³ read as two's complement.
    """
    column, shape = key_column(keys)
    return (column ^ _SIGN).view(np.int64).reshape(shape)


def from_signed(signed: ArrayLike) -> Keys:
    """Undo `to_signed`.

    Raises:
        InvalidCell: If the column is not of integers.
    """
    column = np.asarray(signed)
    if column.dtype.kind != "i" and column.size:
        raise InvalidCell(
            f"a column of {column.dtype} holds no signed keys", hint="give an int64 column"
        )
    return column.astype(np.int64).view(np.uint64) ^ _SIGN


def check_level(level: int, *, coarsest: int = 0) -> int:
    """Return a GeoSOT level as Python's integer.

    Raises:
        InvalidCell: If it is not a whole number from `coarsest` to 32.
    """
    return whole_level(level, coarsest=coarsest, finest=FINEST_LEVEL)


def level_mask(level: int) -> np.uint64:
    """Return the mask of the bits that a key of this level uses."""
    return np.uint64(0) if level == 0 else _ALL << np.uint64(64 - 2 * level)


def level_column(level: int | ArrayLike, shape: tuple[int, ...]) -> Levels:
    """Return levels as a flat uint8 column, repeated to `shape` if there is only one."""
    levels = np.asarray(level)
    if levels.dtype.kind not in "iu" or (
        levels.size and not 0 <= levels.min() <= levels.max() <= FINEST_LEVEL
    ):
        raise InvalidCell(f"{level!r} holds a level that does not exist", hint="use 0 to 32")
    return np.ascontiguousarray(np.broadcast_to(levels.astype(np.uint8), shape)).reshape(-1)


def key_column(keys: ArrayLike) -> tuple[Keys, tuple[int, ...]]:
    """Return keys as a flat contiguous uint64 column, and their shape.

    Raises:
        InvalidCell: If they are not unsigned integers.
    """
    if not isinstance(keys, np.ndarray) and not hasattr(keys, "__array__"):
        try:
            keys = unsigned_of(keys)
        except (OverflowError, TypeError, ValueError) as error:
            raise InvalidCell("not a column of keys", hint="a key is 0 to 2⁶⁴ − 1") from error
    column = np.asarray(keys)
    if np.ma.is_masked(keys):
        raise InvalidCell("a column of keys has masked rows", hint="take them out before")
    if column.dtype.kind != "u" and column.size:
        raise InvalidCell(
            f"a column of {column.dtype} holds no keys",
            hint="keys are uint64; for signed keys use from_signed first",
        )
    return read_only(np.ascontiguousarray(column, np.uint64).reshape(-1)), column.shape


def place_columns(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats, tuple[int, ...]]:
    """Return coordinates as flat contiguous binary64 columns, and their broadcast shape.

    Raises:
        InvalidCell: If they are no numbers or do not go together.
    """
    try:
        a, b = floats_of(lon), floats_of(lat)
        if a.shape != b.shape:
            a, b = np.broadcast_arrays(a, b)
    except (TypeError, ValueError) as error:
        raise InvalidCell(
            f"these are no coordinates: {error}", hint="give two columns of degrees, equally long"
        ) from error
    x, y = (read_only(np.ascontiguousarray(column).reshape(-1)) for column in (a, b))
    return x, y, a.shape


def key_room(count: int, out: Keys | None) -> Keys:
    """Return `out` as a flat column of `count` keys, or a new one.

    Raises:
        InvalidCell: If `out` is not a contiguous uint64 array of that many.
    """
    if out is None:
        return np.empty(count, np.uint64)
    return _checked_room(out, count, np.dtype(np.uint64)).reshape(-1)


def room_for(count: int, out: Sequence[Floats] | None, columns: int) -> tuple[Floats, ...]:
    """Return `out` as flat float64 columns, or new ones; see `key_room`."""
    if out is None:
        # One block, for which NumPy asks for huge pages: twice as fast as small ones. Separate
        # columns, and memory mapped or touched beforehand, were measured slower.
        return tuple(np.empty((columns, count)))
    if len(out) != columns:
        raise InvalidCell(f"{len(out)} columns to write into", hint=f"give {columns}")
    return tuple(_checked_room(each, count, np.dtype(np.float64)).reshape(-1) for each in out)


def raise_invalid_place(lon: Floats, lat: Floats) -> None:
    """Raise InvalidCell for the first place without a cell, if there is one."""
    bad = np.flatnonzero(~is_valid_place(lon, lat))
    if bad.size:
        i = int(bad[0])
        raise InvalidCell(
            f"lon {lon[i]!s}, lat {lat[i]!s} at index {i} is no place on Earth ({bad.size} such)",
            hint="degrees, longitude (±180) first, latitude (±90) second; "
            "is_valid_place tells which rows to set aside",
        )


def raise_unused(keys: Keys, levels: Levels) -> None:
    """Raise InvalidCell for the first key that names no cell of its level."""
    i = find_unused(keys, levels)
    raise InvalidCell(
        f"key {keys[i]} at index {i} is no cell of level {levels[i]}",
        hint="GeoSOT leaves minutes and seconds 60–63 and degrees past 180/90 unused: "
        "is this column really unsigned keys of that level?",
    )


def _checked_room(out: NDArray[Any], count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    if (
        out.dtype != dtype
        or out.size != count
        or not (out.flags.c_contiguous and out.flags.writeable)
    ):
        raise InvalidCell(
            f"{out.size} values of {out.dtype} are no room for {count} of {dtype}",
            hint="`out` is a writable contiguous array of that type and size",
        )
    return out


def _set_world(bounds: Bounds, levels: Levels) -> None:
    """Write the edges of level 0, which lies on both sides of 0° as no other cell does."""
    world = levels == 0
    if world.any():
        for edges, degrees in zip(bounds, (-180.0, -90.0, 180.0, 90.0), strict=True):
            edges[world] = degrees


def _masks(level: int | ArrayLike, shape: tuple[int, ...]) -> Keys:
    if isinstance(level, int):
        return np.asarray(level_mask(check_level(level)))
    levels = level_column(level, shape).astype(np.uint64)
    # NumPy gives 0 for a shift by 64, which is the mask of level 0.
    return _ALL << (np.uint64(64) - np.uint64(2) * levels)
