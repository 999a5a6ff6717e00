"""BeiDou 3-D grid codes (GB/T 39409-2020, clause 6): the name of a cell with a floor and a ceiling.

A 3-D code is the 2-D code with the digits of the height between: after the hemisphere whether the
cell lies above (`0`) or below (`1`) the ellipsoid, then level by level the 2-D characters and the
height's digit. `N050J0047050` reads as `N50J47`+`0` east and north and `000` + `0` upward. A parent
is a prefix. How the digits follow from the height is the *profile* (see `chengmo.grid.height`).

As integers a solid cell is a pair, (2-D key, height key), with the level beside it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chengmo.errors import InvalidCell
from chengmo.grid.characters import Texts, empty_texts, text_matrix
from chengmo.grid.code import (
    GEOSOT_LEVELS,
    Code,
    code_bounds,
    code_of_key,
    encode_codes,
    key_of_code,
    parse_code,
    parse_codes,
)
from chengmo.grid.code_finest import Words, keys_of_finest
from chengmo.grid.height import (
    PROFILES,
    HeightKeys,
    Profile,
    check_profile,
    check_solid_level,
    height_bounds,
    height_column,
    height_fields,
    height_key_column,
    height_keys,
    raise_invalid_height,
)
from chengmo.grid.height_kernel import (
    Fields,
    fields_of,
    index_heights,
)
from chengmo.grid.kernel import Bounds, Floats, Keys, Levels
from chengmo.grid.key import parent_keys, place_columns
from chengmo.grid.solid_columns import (
    CHUNK,
    SolidBounds,
    bounds_of_one_level,
    keys_of_one_level,
)
from chengmo.grid.solid_kernel import encode_solid, join_words
from chengmo.grid.solid_reading import (
    FLAT_LONGEST,
    SOLID_LENGTHS,
    flat_texts,
    read_solid,
)

_FINEST, _COARSEST_KEY = 10, 4
_GEOSOT_OF_LEVEL = np.array([GEOSOT_LEVELS.get(level, 0) for level in range(11)], np.uint8)


@dataclass(frozen=True, slots=True)
class SolidCode:
    """One BeiDou 3-D code, read.

    Attributes:
        text: The code in upper case.
        flat: Its 2-D code, with the edges in degrees.
        floor_m: Ellipsoidal height of the floor, which belongs to the cell.
        ceiling_m: Ellipsoidal height of the ceiling, which does not.
        profile: The height profile that it was read by.
    """

    text: str
    flat: Code
    floor_m: float
    ceiling_m: float
    profile: Profile

    @property
    def level(self) -> int:
        """The level, 1 to 10."""
        return self.flat.level

    @property
    def parent(self) -> str | None:
        """The code one level coarser, or None at level 1."""
        return self.text[: SOLID_LENGTHS[self.level - 1]] if self.level > 1 else None


def encode_solid_codes(
    lon: ArrayLike,
    lat: ArrayLike,
    height_m: ArrayLike,
    *,
    level: int,
    profile: Profile = "standard",
) -> Texts:
    """Return the 3-D code of the cell that holds each place at each height.

    Args:
        lon: Degrees east, CGCS2000 (EPSG:4490) or WGS 84.
        lat: Degrees north; the three broadcast.
        height_m: Ellipsoidal heights in metres, negative below the ellipsoid.
        level: 1 to 10; above 88° of latitude 1 or 2.
        profile: How the height is written.

    Returns:
        A NumPy `S` array of the broadcast shape, all of one length.

    Raises:
        InvalidCell: If a place or a height is out of range (names the first).

    Example:
        >>> encode_solid_codes([116.3126], [39.99316], [25125.0], level=4).tolist()
        [b'N050J004705039D']
    """
    level = check_solid_level(level)
    lon, lat, heights, shape = _columns(lon, lat, height_m)
    which, step = PROFILES[check_profile(profile)], min(heights.size, CHUNK)
    indices, fields = np.empty(step, np.int32), np.empty(step, np.uint32)
    texts, characters = empty_texts(lon.size, int(SOLID_LENGTHS[level]))
    rows = np.empty((step, 8), np.uint32)
    for start in range(0, lon.size, CHUNK):
        part = slice(start, start + CHUNK)
        n = lon[part].size
        if index_heights(heights[part], indices[:n]):
            raise_invalid_height(heights)
        fields_of(indices[:n], which, fields[:n])
        if encode_solid(lon[part], lat[part], fields[:n], rows[:n]):
            # A place off the Earth, or in a polar cap: its own way, with its own errors.
            codes, keys = encode_codes(lon, lat, level=level), height_keys(heights)
            return _joined(codes, height_fields(keys, profile=profile), level).reshape(shape)
        characters[part] = rows[:n].view(np.uint8)[:, : characters.shape[1]]
    return texts.reshape(shape)


def encode_solid_code(
    lon: float, lat: float, height_m: float, level: int, *, profile: Profile = "standard"
) -> str:
    """Return the 3-D code of the cell that holds one place at one height.

    Example:
        >>> encode_solid_code(116.31260278, 39.99316111, 25125.0, 8)
        'N050J004705039DB8920557347'
    """
    codes = encode_solid_codes(lon, lat, height_m, level=level, profile=profile)
    return codes.item().decode()


def solid_code_of_key(
    keys: ArrayLike, height_keys: ArrayLike, *, level: int, profile: Profile = "standard"
) -> Texts:
    """Return the 3-D code at a BeiDou level (4–10) of the cell that holds each pair of keys.

    Args:
        keys: GeoSOT keys at least as fine as the level.
        height_keys: Height keys; the two broadcast.
        level: BeiDou level.
        profile: How the height is written.

    Raises:
        InvalidCell: As `code_of_key`, or if a height key names no layer.

    Example:
        >>> solid_code_of_key(526548078363148288, 0, level=4).item()
        b'N050J0047050340'
    """
    codes = code_of_key(keys, level=level)
    indices, height_shape = height_key_column(height_keys)
    shape = np.broadcast_shapes(codes.shape, height_shape)
    codes = np.ascontiguousarray(np.broadcast_to(codes, shape)).reshape(-1)
    indices = np.ascontiguousarray(np.broadcast_to(indices.reshape(height_shape), shape))
    return _joined(codes, height_fields(indices.reshape(-1), profile=profile), level).reshape(shape)


def key_of_solid_code(
    codes: ArrayLike, *, profile: Profile = "standard"
) -> tuple[Keys, HeightKeys, Levels]:
    """Return the key, the height key and the GeoSOT level of each code of BeiDou level 4–10.

    Raises:
        InvalidCell: If a text is no 3-D code, or a code is no GeoSOT cell (levels 1–3).

    Example:
        >>> key, height_key, level = key_of_solid_code("N050J0047050340")
        >>> int(key), int(height_key), int(level)
        (526548078363148288, 0, 15)
    """
    matrix, shape = text_matrix(codes)
    found = keys_of_one_level(matrix, check_profile(profile))
    if found is None:
        (keys, levels), heights, _, _ = read_solid(codes, profile, _read_keys)
        found = keys, heights, levels
    keys, height_keys, geosot_levels = found
    return keys.reshape(shape), height_keys.reshape(shape), geosot_levels.reshape(shape)


def solid_code_bounds(codes: ArrayLike, *, profile: Profile = "standard") -> SolidBounds:
    """Return (west, south, east, north, floor, ceiling) of each cell: degrees and metres.

    Levels may be mixed. Heights are ellipsoidal.

    Raises:
        InvalidCell: If a text is no 3-D code: names the first, its wrong character and position.

    Example:
        >>> bounds = solid_code_bounds("N050J004705039DB8920557347")
        >>> round(float(bounds[4]), 3), round(float(bounds[5]), 3)
        (25124.46, 25125.422)
    """
    matrix, shape = text_matrix(codes)
    edges = bounds_of_one_level(matrix, check_profile(profile))
    if edges is None:
        flat, keys, levels, _ = read_solid(codes, profile, _read_bounds)
        edges = (*flat, *height_bounds(keys, level=levels, profile=profile))
    west, south, east, north, floor, ceiling = (edge.reshape(shape) for edge in edges)
    return west, south, east, north, floor, ceiling


def parse_solid_codes(codes: ArrayLike, *, profile: Profile = "standard") -> Levels:
    """Check 3-D codes and return the level (1–10) of each.

    Raises:
        InvalidCell: If a text is no 3-D code: names the first, its wrong character and position.
    """
    _, _, levels, shape = read_solid(codes, profile, _read_levels)
    return levels.reshape(shape)


def parse_solid_code(text: str, *, profile: Profile = "standard") -> SolidCode:
    """Read one 3-D code; spaces around it are ignored.

    Raises:
        InvalidCell: Naming the wrong character and its position.

    Example:
        >>> code = parse_solid_code("N050J0047050340")
        >>> code.level, code.flat.text, code.floor_m
        (4, 'N50J47534', 0.0)
    """
    text = text.strip().upper()
    flat, height_keys, levels, _ = read_solid([text], profile, _read_code)
    floor, ceiling = height_bounds(height_keys, level=levels, profile=profile)
    return SolidCode(text, flat, float(floor[0]), float(ceiling[0]), profile)


def _read_keys(words: Words, levels: Levels) -> tuple[Keys, Levels]:
    keys = np.empty(len(words), np.uint64)
    if levels.min(initial=_FINEST) < _COARSEST_KEY or keys_of_finest(words, keys):
        return key_of_code(flat_texts(words, levels))
    # The digits 0 that make a code long lead to its corner, so the key of its cell is a prefix.
    geosot_levels = _GEOSOT_OF_LEVEL[levels]
    one_level = levels.size and levels.min() == levels.max()
    return parent_keys(keys, int(geosot_levels[0]) if one_level else geosot_levels), geosot_levels


def _read_bounds(words: Words, levels: Levels) -> Bounds:
    return code_bounds(flat_texts(words, levels))


def _read_levels(words: Words, levels: Levels) -> Levels:
    return parse_codes(flat_texts(words, levels))


def _read_code(words: Words, levels: Levels) -> Code:
    return parse_code(flat_texts(words, levels).item().decode())


def _columns(
    lon: ArrayLike, lat: ArrayLike, height_m: ArrayLike
) -> tuple[Floats, Floats, Floats, tuple[int, ...]]:
    heights, height_shape = height_column(height_m)
    a, b, shape = place_columns(lon, lat)
    if shape == height_shape:
        return a, b, heights, shape
    try:
        columns = np.broadcast_arrays(
            a.reshape(shape), b.reshape(shape), heights.reshape(height_shape)
        )
    except ValueError as error:
        raise InvalidCell(
            f"places and heights do not go together: {error}", hint="give equally long columns"
        ) from error
    x, y, z = (np.ascontiguousarray(column).reshape(-1) for column in columns)
    return x, y, z, columns[0].shape


def _joined(codes: Texts, fields: Fields, level: int) -> Texts:
    """Return 3-D codes from 2-D codes of one level and vertical fields."""
    flat = codes.astype(f"S{FLAT_LONGEST}").view(np.uint32).reshape(-1, 5)
    rows = np.empty((len(flat), 8), np.uint32)
    join_words(flat, fields, rows)
    texts, characters = empty_texts(len(rows), int(SOLID_LENGTHS[level]))
    characters[:] = rows.view(np.uint8)[:, : characters.shape[1]]
    return texts
