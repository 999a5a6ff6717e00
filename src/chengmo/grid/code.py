"""BeiDou 2-D grid codes (GB/T 39409-2020, clause 5): the name of a cell for people.

`N50J475493E` is read from left to right, coarse to fine: a parent's code is a prefix. Columns of
codes are NumPy `S` arrays (one byte a character); any column of texts is read, in upper or lower
case. Coordinates are degrees in CGCS2000 (EPSG:4490), longitude first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chengmo.errors import InvalidCell
from chengmo.grid.characters import Characters, Texts, empty_texts, text_at, text_matrix
from chengmo.grid.code_finest import (
    bounds_of_finest,
    encode_finest,
    keys_of_finest,
    text_of_keys_finest,
)
from chengmo.grid.code_kernel import (
    LENGTHS,
    bounds_of_text,
    encode_text,
    keys_of_text,
    text_of_keys,
)
from chengmo.grid.given import whole_level
from chengmo.grid.kernel import Bounds, Keys, Levels, find_unused, has_unused
from chengmo.grid.key import key_column, level_column, place_columns, raise_invalid_place

COARSEST_CODE_LEVEL, FINEST_CODE_LEVEL = 1, 10
# BeiDou level → GeoSOT level; levels 1–3 are sheets that are no GeoSOT cells.
GEOSOT_LEVELS = {4: 15, 5: 19, 6: 20, 7: 23, 8: 26, 9: 29, 10: 32}

_HEX15, _HEX12, _DIGIT, _OCTAL = "0123456789ABCDE", "0123456789AB", "0123456789", "01234567"
_BANDS = "ABCDEFGHIJKLMNOPQRSTUV"
# What may stand at each position; the sheet number 01–60 is checked as a whole.
_ALLOWED = (
    ("NS", _DIGIT, _DIGIT, _BANDS, _HEX12, _OCTAL, "012345", _HEX15, _DIGIT, _HEX15, _HEX15)
    + ("0123",)
    + (_OCTAL,) * 8
)
_POLAR_ALLOWED = ("NS", "0", "0", "0", "0123", "0123")
_SHEETS = 60
_DATE_LINE = 180
_POLAR_WHY = (
    "the standard's text is ambiguous from level 3 on above 88°: use level 1 or 2 there, or a key"
)


@dataclass(frozen=True, slots=True)
class Code:
    """One BeiDou code, read.

    Attributes:
        text: The code in upper case.
        level: 1 to 10.
        west: Western edge in degrees; larger than `east` where a polar cell spans 180°.
        south: Southern edge in degrees.
        east: Eastern edge in degrees.
        north: Northern edge in degrees.
    """

    text: str
    level: int
    west: float
    south: float
    east: float
    north: float

    @property
    def parent(self) -> str | None:
        """The code one level coarser, or None at level 1."""
        return self.text[: LENGTHS[self.level - 1]] if self.level > 1 else None

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the cell as (lon, lat) in degrees."""
        width = (self.east - self.west) % 360 or 360.0
        lon = self.west + width / 2
        return (lon - 360 if lon > _DATE_LINE else lon), (self.south + self.north) / 2


def encode_codes(lon: ArrayLike, lat: ArrayLike, *, level: int) -> Texts:
    """Return the code of the cell that holds each place.

    Args:
        lon: Degrees east, any shape that broadcasts with `lat`.
        lat: Degrees north.
        level: 1 (6° × 4°) to 10 (1/2048″, 1.5 cm); above 88° of latitude 1 or 2.

    Returns:
        A NumPy `S` array of the broadcast shape, all of one length (`.astype(str)` gives texts).

    Raises:
        InvalidCell: If a place is out of range or too near a pole for the level (names the first).

    Example:
        >>> encode_codes([116.3126, -116.3126], [39.9932, -39.9932], level=4).tolist()
        [b'N50J47539', b'S11J47539']
    """
    level = check_code_level(level)
    lon, lat, shape = place_columns(lon, lat)
    texts, matrix = empty_texts(lon.size, int(LENGTHS[level]))
    if level == FINEST_CODE_LEVEL and encode_finest(lon, lat, matrix.view(np.uint32)) == (0, 0):
        return texts.reshape(shape)
    matrix[:] = 0
    bad, deep = encode_text(lon, lat, level, matrix)
    if bad:
        raise_invalid_place(lon, lat)
    if deep:
        i = int(np.flatnonzero(matrix[:, 1] == 0)[0])
        raise InvalidCell(
            f"lat {lat[i]} at index {i} is in a polar cap, which has no code of level {level}",
            hint=_POLAR_WHY,
        )
    return texts.reshape(shape)


def encode_code(lon: float, lat: float, level: int) -> str:
    """Return the code of the cell that holds one place.

    Example:
        >>> encode_code(116.3126, 39.9932, 8)
        'N50J47539B825630'
    """
    return encode_codes(lon, lat, level=level).item().decode()


def code_bounds(codes: ArrayLike) -> Bounds:
    """Return the edges (west, south, east, north) of each code's cell, in degrees.

    Levels may be mixed. A cell of a polar cap that spans ±180° has west > east.

    Raises:
        InvalidCell: If a text is no code: names the first, its wrong character and the position.

    Example:
        >>> [float(edge) for edge in code_bounds("N50J47")]
        [116.0, 39.5, 116.5, 40.0]
    """
    bounds, _, shape = _read(codes)
    west, south, east, north = (edge.reshape(shape) for edge in bounds)
    return west, south, east, north


def parse_codes(codes: ArrayLike) -> Levels:
    """Check codes and return the level (1–10) of each.

    Raises:
        InvalidCell: If a text is no code: names the first, its wrong character and the position.
    """
    _, levels, shape = _read(codes)
    return levels.reshape(shape)


def parse_code(text: str) -> Code:
    """Read one code; spaces around it are ignored.

    Raises:
        InvalidCell: Naming the wrong character and its position.

    Example:
        >>> parse_code("n50j475").level
        3
    """
    text = text.strip().upper()
    bounds, levels, _ = _read([text])
    west, south, east, north = (float(edge[0]) for edge in bounds)
    return Code(text, int(levels[0]), west, south, east, north)


def code_of_key(keys: ArrayLike, *, level: int) -> Texts:
    """Return the code at a BeiDou level (4–10) of the cell that holds each key.

    Args:
        keys: GeoSOT keys at least as fine as the level (see `GEOSOT_LEVELS`).
        level: BeiDou level.

    Raises:
        InvalidCell: If the level has no GeoSOT cells, a key names no place, or lies above 88°.

    Example:
        >>> code_of_key(526548078363148288, level=4).item()
        b'N50J47534'
    """
    level = check_code_level(level)
    if level not in GEOSOT_LEVELS:
        raise InvalidCell(
            f"BeiDou level {level} is a sheet that is no GeoSOT cell", hint="use 4 to 10"
        )
    column, shape = key_column(keys)
    if has_unused(column, GEOSOT_LEVELS[level]):
        i = find_unused(column, level_column(GEOSOT_LEVELS[level], (column.size,)))
        raise InvalidCell(f"key {column[i]} at index {i} names no place", hint="is it a key?")
    texts, matrix = empty_texts(column.size, int(LENGTHS[level]))
    if level == FINEST_CODE_LEVEL and not text_of_keys_finest(column, matrix.view(np.uint32)):
        return texts.reshape(shape)
    matrix[:] = 0
    if text_of_keys(column, level, matrix):
        i = int(np.flatnonzero(matrix[:, 1] == 0)[0])
        raise InvalidCell(
            f"key {column[i]} at index {i} is in a polar cap, which has no code of level {level}",
            hint=_POLAR_WHY,
        )
    return texts.reshape(shape)


def key_of_code(codes: ArrayLike) -> tuple[Keys, Levels]:
    """Return the key and the GeoSOT level of each code of BeiDou level 4–10.

    Raises:
        InvalidCell: If a text is no code, or a code is no GeoSOT cell (levels 1–3, polar caps).

    Example:
        >>> key, level = key_of_code("N50J47534")
        >>> int(key), int(level)
        (526548078363148288, 15)
    """
    matrix, shape = text_matrix(codes)
    keys, levels = np.empty(len(matrix), np.uint64), np.full(len(matrix), 32, np.uint8)
    if _may_be_finest(matrix) and not keys_of_finest(matrix.view(np.uint32), keys):
        return keys.reshape(shape), levels.reshape(shape)
    wrong = keys_of_text(matrix, keys, levels)
    if wrong >= 0:
        _raise_wrong(matrix, wrong)
        raise InvalidCell(
            f"'{text_at(matrix, wrong)}' at index {wrong} is a sheet or polar cell, "
            "which is no GeoSOT cell",
            hint="only codes of level 4 to 10 have a key",
        )
    return keys.reshape(shape), _GEOSOT_OF_LEVEL[levels].reshape(shape)


def check_code_level(level: int) -> int:
    """Return a BeiDou level as Python's integer, or raise InvalidCell if it is not 1 to 10."""
    return whole_level(level, coarsest=COARSEST_CODE_LEVEL, finest=FINEST_CODE_LEVEL, of="BeiDou")


_GEOSOT_OF_LEVEL = np.array([GEOSOT_LEVELS.get(i, 0) for i in range(11)], np.uint8)


def _read(codes: ArrayLike) -> tuple[Bounds, Levels, tuple[int, ...]]:
    matrix, shape = text_matrix(codes)
    n = len(matrix)
    bounds = (np.empty(n), np.empty(n), np.empty(n), np.empty(n))
    levels = np.full(n, FINEST_CODE_LEVEL, np.uint8)
    if _may_be_finest(matrix) and not bounds_of_finest(matrix.view(np.uint32), bounds):
        return bounds, levels, shape
    wrong = bounds_of_text(matrix, bounds, levels)
    if wrong >= 0:
        _raise_wrong(matrix, wrong)
    return bounds, levels, shape


def _may_be_finest(matrix: Characters) -> bool:
    """Tell whether all codes may be of level 10, which has a faster reader; it finds out itself."""
    return matrix.shape[1] == LENGTHS[FINEST_CODE_LEVEL] and bool(len(matrix))


def _raise_wrong(matrix: Characters, index: int) -> None:
    """Raise InvalidCell that names what is wrong with a text; return if it is a code."""
    text = text_at(matrix, index)
    where = f"'{text}' at index {index}" if len(matrix) > 1 else f"'{text}'"
    upper = text.upper()
    polar = upper[1:4] == "000"
    allowed = _POLAR_ALLOWED if polar else _ALLOWED
    for position, (character, choice) in enumerate(zip(upper, allowed, strict=False), start=1):
        if character not in choice:
            raise InvalidCell(
                f"{where} is no code: '{character}' at position {position}",
                hint=f"one of {choice} may stand there",
            )
    lengths = [int(length) for length in LENGTHS[1:]]
    if len(text) not in lengths:
        raise InvalidCell(
            f"{where} is no code: it has {len(text)} characters",
            hint=f"a code has {', '.join(map(str, lengths[:-1]))} or {lengths[-1]}",
        )
    if polar and len(text) > lengths[1]:
        raise InvalidCell(f"{where} is too deep in a polar cap", hint=_POLAR_WHY)
    if not polar and not 1 <= int(upper[1:3]) <= _SHEETS:
        raise InvalidCell(
            f"{where} is no code: '{upper[1:3]}' at positions 2–3", hint="sheets go from 01 to 60"
        )
