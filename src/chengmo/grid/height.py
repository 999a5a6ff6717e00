"""Heights as integers: the third coordinate of a cell (GB/T 39409-2020, clause 6 and annex C).

A *height key* is the index of a layer of level 10, 1.5 cm thick near the ground, as a signed 32-bit
integer: 0 is the first layer above the ellipsoid, −1 the first below. The key of a coarser layer is
the key of its lowest one, so that keys sort by height and every layer is one interval of keys, just
as a 2-D key is. The level is kept beside the key.

Heights are ellipsoidal (CGCS2000), in metres, from −6 302 106.7 to 528 680 171.1. A height above
the ground or the sea needs a surface: see `chengmo.grid.surface`.

The standard contradicts itself about how a height is written (docs/grid-standard.md). The four
readings in use are named *profiles*. They share the height keys, but not all digits and, at levels
1–4, not all layers.
"""

from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.given import floats_of, whole_level
from chengmo.grid.height_kernel import (
    BITS,
    BITS2C,
    GEOSOT,
    HIGHEST_M,
    LAYERS,
    LOWEST_M,
    STANDARD,
    Fields,
    Indices32,
    fields_of,
    heights_of,
    index_heights,
    indices_of_fields,
)
from chengmo.grid.kernel import Floats

Profile = Literal["standard", "bits", "bits2c", "geosot"]
HeightKeys = NDArray[np.int32]

PROFILES: dict[Profile, int] = {
    "standard": STANDARD,
    "bits": BITS,
    "bits2c": BITS2C,
    "geosot": GEOSOT,
}
COARSEST_LEVEL, FINEST_LEVEL = 1, 10
# Layers of level 10 in one layer of each level: 4°, 30′, 15′, 1′, 4″, 2″, then eighths.
LAYER_SIZES = np.array(
    [0, 29_491_200, 3_686_400, 1_843_200, 122_880, 8_192, 4_096, 512, 64, 8, 1], np.int64
)
# The bits of the vertical field below each level.
_SHIFTS = np.array([0, 25, 22, 21, 17, 13, 12, 9, 6, 3, 0], np.int64)


def height_keys(
    height_m: ArrayLike, *, level: int = 10, profile: Profile = "standard"
) -> Indices32:
    """Return the height key of the layer that holds each height.

    A layer holds its floor but not its ceiling; 5e-6 of the thinnest layer (0.08 µm near the
    ground) is snapped, so that every decoded floor encodes to its own layer.

    Args:
        height_m: Ellipsoidal heights in metres, any shape; negative below the ellipsoid.
        level: BeiDou level, 1 (457 km) to 10 (1.5 cm).
        profile: Matters below level 10 only; see the module.

    Raises:
        InvalidCell: If a height is not finite or out of range (names the first), or there is no
            such level or profile.

    Example:
        >>> height_keys([25125.0, 0.0, -0.01]).tolist()
        [1675235, 0, -1]
        >>> height_keys(100.0, level=7).item()          # the layer from 99.6 to 107.3 m
        6656
    """
    heights, shape = height_column(height_m)
    keys = np.empty(heights.size, np.int32)
    if index_heights(heights, keys):
        raise_invalid_height(heights)
    level = check_solid_level(level)
    if level != FINEST_LEVEL:
        keys, _ = _layers(keys, np.int64(level), check_profile(profile))
    return keys.reshape(shape)


def height_range(
    keys: ArrayLike, level: int | ArrayLike, *, profile: Profile = "standard"
) -> tuple[Indices32, Indices32]:
    """Return (first, last), both included, of the height keys inside each layer.

    Args:
        keys: Height keys at least as fine as `level`.
        level: One level, or one for each key.
        profile: Whose layers.

    Example:
        >>> [int(key) for key in height_range(6680, 7)]
        [6656, 7167]
    """
    column, levels, shape = _checked(keys, level)
    first, last = _layers(column, levels, check_profile(profile))
    return first.reshape(shape), last.reshape(shape)


def parent_height_keys(
    keys: ArrayLike, level: int | ArrayLike, *, profile: Profile = "standard"
) -> Indices32:
    """Return the key at `level` (one, or one for each) of the layer around each height key."""
    return height_range(keys, level, profile=profile)[0]


def height_bounds(
    keys: ArrayLike, *, level: int | ArrayLike = 10, profile: Profile = "standard"
) -> tuple[Floats, Floats]:
    """Return the floor and the ceiling of each layer: ellipsoidal heights in metres.

    Example:
        >>> floor, ceiling = height_bounds(6656, level=7)
        >>> round(float(floor), 3), round(float(ceiling), 3)
        (99.631, 107.295)
    """
    first, last = height_range(keys, level, profile=profile)
    floor, ceiling = np.empty(first.size), np.empty(first.size)
    heights_of(first.reshape(-1), 0, floor)
    heights_of(last.reshape(-1), 1, ceiling)
    return floor.reshape(first.shape), ceiling.reshape(first.shape)


def height_fields(keys: ArrayLike, *, profile: Profile = "geosot") -> Fields:
    """Return what a profile writes for each height key, as 32 bits (uint32).

    With `geosot` this is GeoSOT's third field, sign(1) degree(8) minute(6) second(6) 1/2048″(11):
    its first L bits are the layer of GeoSOT level L.

    Example:
        >>> height_fields(height_keys([100.0, -10.0])).tolist()
        [6680, 2147484316]
    """
    column, shape = height_key_column(keys)
    fields = np.empty(column.size, np.uint32)
    fields_of(column, PROFILES[check_profile(profile)], fields)
    return fields.reshape(shape)


def keys_of_height_fields(fields: ArrayLike, *, profile: Profile = "geosot") -> Indices32:
    """Undo `height_fields`.

    Raises:
        InvalidCell: If a field names no layer of the profile (names the first).
    """
    column = np.asarray(fields)
    if column.dtype.kind not in "iu":
        raise InvalidCell(f"a column of {column.dtype} holds no fields", hint="give uint32")
    flat = np.ascontiguousarray(column, np.uint32).reshape(-1)
    keys = np.empty(flat.size, np.int32)
    if indices_of_fields(flat, PROFILES[check_profile(profile)], keys) or (keys < -LAYERS).any():
        i = next(i for i in range(flat.size) if _is_unused(flat[i : i + 1], profile))
        raise InvalidCell(
            f"field {flat[i]} at index {i} names no layer of profile '{profile}'",
            hint="is it a field of this profile?",
        )
    return keys.reshape(column.shape)


def check_profile(profile: str) -> Profile:
    """Return a height profile unchanged, or raise InvalidCell if there is none of that name."""
    if profile not in PROFILES:
        raise InvalidCell(
            f"there is no height profile {profile!r}", hint=f"use one of {', '.join(PROFILES)}"
        )
    return profile


def check_solid_level(level: int) -> int:
    """Return a BeiDou level as Python's integer, or raise InvalidCell if it is not 1 to 10."""
    return whole_level(level, coarsest=COARSEST_LEVEL, finest=FINEST_LEVEL, of="BeiDou")


def height_column(height_m: ArrayLike) -> tuple[Floats, tuple[int, ...]]:
    """Return heights as a flat contiguous binary64 column, and their shape.

    Raises:
        InvalidCell: If they are no numbers.
    """
    try:
        column = floats_of(height_m)
    except (TypeError, ValueError) as error:
        raise InvalidCell(
            f"these are no heights: {error}", hint="give ellipsoidal heights in metres"
        ) from error
    return np.ascontiguousarray(column).reshape(-1), column.shape


def height_key_column(keys: ArrayLike) -> tuple[Indices32, tuple[int, ...]]:
    """Return height keys as a flat contiguous int32 column, and their shape.

    Raises:
        InvalidCell: If they are not integers from −1 887 436 800 to 1 887 436 799.
    """
    column = np.asarray(keys)
    if column.size == 0:
        return np.empty(0, np.int32), column.shape
    if column.dtype.kind not in "iu":
        raise InvalidCell(
            f"a column of {column.dtype} holds no height keys",
            hint="height keys are int32; for metres use height_keys first",
        )
    outside = (column < -LAYERS) | (column > LAYERS - 1)
    if outside.any():
        i = int(np.flatnonzero(outside)[0])
        raise InvalidCell(
            f"height key {column.reshape(-1)[i]} at index {i} names no layer",
            hint=f"height keys go from {-LAYERS} to {LAYERS - 1}",
        )
    return np.ascontiguousarray(column, np.int32).reshape(-1), column.shape


def raise_invalid_height(heights: Floats) -> NoReturn:
    """Raise InvalidCell for the first height without a layer, of a column that has one."""
    bad = np.flatnonzero(~((heights >= LOWEST_M) & (heights < HIGHEST_M)))
    i = int(bad[0])
    raise InvalidCell(
        f"height {heights[i]!s} at index {i} has no layer ({bad.size} such)",
        hint=f"ellipsoidal metres from {LOWEST_M:.1f} to below {HIGHEST_M:.1f}",
    )


def units_of_fields(field: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the units of GeoSOT fields without their signs, also of the first unused code."""
    degrees = field >> 23
    return field - ((field >> 17) << 13) + (degrees << 15) - (degrees << 19)


def _is_unused(field: Fields, profile: Profile) -> bool:
    key = np.empty(1, np.int32)
    return bool(indices_of_fields(field, PROFILES[profile], key)) or bool(key[0] < -LAYERS)


def _checked(
    keys: ArrayLike, level: int | ArrayLike
) -> tuple[Indices32, NDArray[np.int64], tuple[int, ...]]:
    column, shape = height_key_column(keys)
    levels = np.asarray(level)
    if levels.dtype.kind not in "iu" or (
        levels.size and not COARSEST_LEVEL <= levels.min() <= levels.max() <= FINEST_LEVEL
    ):
        raise InvalidCell(f"{level!r} holds a level that does not exist", hint="use 1 to 10")
    levels = levels.astype(np.int64)
    if levels.ndim:
        levels = np.broadcast_to(levels, shape).reshape(-1)
    return column, levels, shape


def _layers(
    keys: Indices32, levels: NDArray[np.int64] | np.int64, profile: Profile
) -> tuple[Indices32, Indices32]:
    """Return the first and last height key of the layer around each; clipped to ±256°."""
    if profile == "standard" and np.ndim(levels) == 0:
        # NumPy divides a column of 32 bits by one number many at a time.
        thick = np.int32(LAYER_SIZES[levels])
        floors = keys // thick * thick
        return floors, floors + (thick - 1)
    n = keys.astype(np.int64)
    size = np.int64(1) << _SHIFTS[levels]
    if profile == "standard":
        size = LAYER_SIZES[levels]
        first = n // size * size
        last = first + (size - 1)
    elif profile == "bits2c":
        first = n & -size
        last = first + (size - 1)
    elif profile == "bits":
        near = np.abs(n) & -size
        far = near + (size - 1)
        below = n < 0
        first, last = np.where(below, -far, near), np.where(below, np.minimum(-near, -1), far)
    else:
        fields = np.empty(keys.size, np.uint32)
        fields_of(keys, GEOSOT, fields)
        field = (fields & np.uint32(0x7FFFFFFF)).astype(np.int64) & -size
        near, far = units_of_fields(field), units_of_fields(field + size)
        below = n < 0
        first, last = np.where(below, -far, near), np.where(below, -near - 1, far - 1)
    first, last = np.maximum(first, -LAYERS), np.minimum(last, LAYERS - 1)
    return first.astype(np.int32), last.astype(np.int32)
