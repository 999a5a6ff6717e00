"""GeoSOT 3-D text: `GZ` and one octal digit a level, 1 to 32.

A digit is the next bit of the latitude's field, of the longitude's and of the vertical one, in this
order. The vertical field is that of profile `geosot`; see `height_fields`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.characters import Characters, Texts, empty_texts, text_at, text_matrix
from chengmo.grid.height import height_fields, height_key_column, units_of_fields
from chengmo.grid.height_kernel import Indices32
from chengmo.grid.kernel import Keys, Levels
from chengmo.grid.key import check_level, key_bounds, key_column
from chengmo.grid.solid_reading import text_lengths

_PREFIX = np.frombuffer(b"GZ", np.uint8)
_ZERO, _EIGHT, _UPPER, _FINEST, _SIXTY = ord("0"), 8, 0xDF, 32, 60


def geosot_solid_text(keys: ArrayLike, height_keys: ArrayLike, *, level: int) -> Texts:
    """Return the GeoSOT 3-D text of the cell that holds each pair of keys.

    Args:
        keys: GeoSOT keys at least as fine as the level.
        height_keys: Height keys; the two broadcast.
        level: GeoSOT level, 1 to 32.

    Raises:
        InvalidCell: If a key names no place or no layer, or there is no such level.

    Example:
        >>> geosot_solid_text(526548078363148288, 668, level=15).item()
        b'GZ002620644460460'
    """
    level = check_level(level, coarsest=1)
    indices, height_shape = height_key_column(height_keys)
    column, shape = key_column(keys)
    key_bounds(column, level=level)
    column, fields = np.broadcast_arrays(
        column.reshape(shape), height_fields(indices).reshape(height_shape)
    )
    texts, matrix = empty_texts(column.size, len(_PREFIX) + level)
    matrix[:, : len(_PREFIX)] = _PREFIX
    flat, up = column.reshape(-1), fields.reshape(-1)
    for depth in range(1, level + 1):
        pair = (flat >> np.uint64(64 - 2 * depth)).astype(np.uint8) & 3
        bit = (up >> np.uint32(32 - depth)).astype(np.uint8) & 1
        matrix[:, len(_PREFIX) + depth - 1] = _ZERO + (pair << 1 | bit)
    return texts.reshape(column.shape)


def parse_geosot_solid(texts: ArrayLike) -> tuple[Keys, Indices32, Levels]:
    """Return the key, the height key of the layer's floor and the level of each GeoSOT 3-D text.

    Raises:
        InvalidCell: If a text is none: names the first, its wrong character and the position.

    Example:
        >>> key, height_key, level = parse_geosot_solid("GZ002620644460460")
        >>> int(key), int(height_key), int(level)
        (526548078363148288, 0, 15)
    """
    matrix, shape = text_matrix(texts)
    levels = text_lengths(matrix) - len(_PREFIX)
    _check_texts(matrix, levels)
    keys, fields = np.zeros(len(matrix), np.uint64), np.zeros(len(matrix), np.int64)
    for depth in range(1, int(levels.max(initial=0)) + 1):
        character = matrix[:, len(_PREFIX) + depth - 1]
        digit = np.where(levels >= depth, character - _ZERO, 0)
        keys |= (digit >> 1).astype(np.uint64) << np.uint64(64 - 2 * depth)
        fields |= (digit & 1).astype(np.int64) << (32 - depth)
    key_bounds(keys, level=levels)
    heights = _floors(fields, levels)
    return keys.reshape(shape), heights.reshape(shape), levels.astype(np.uint8).reshape(shape)


def _floors(fields: NDArray[np.int64], levels: NDArray[np.int64]) -> Indices32:
    """Return the height key of the floor of each layer; below ground that is its far end."""
    below, magnitude = fields >> 31 != 0, fields & 0x7FFFFFFF
    unused = ((magnitude >> 17) & 63 >= _SIXTY) | ((magnitude >> 11) & 63 >= _SIXTY)
    if unused.any():
        i = int(np.flatnonzero(unused)[0])
        raise InvalidCell(
            f"the text at index {i} names no layer",
            hint="GeoSOT leaves minutes and seconds 60–63 unused",
        )
    far = units_of_fields(magnitude + (np.int64(1) << np.minimum(32 - levels, 31)))
    return np.where(below, -far, units_of_fields(magnitude)).astype(np.int32)


def _check_texts(matrix: Characters, levels: NDArray[np.int64]) -> None:
    for i in np.flatnonzero((levels < 1) | (levels > _FINEST))[:1]:
        raise InvalidCell(
            f"'{text_at(matrix, int(i))}' at index {i} is no GeoSOT 3-D text",
            hint="GZ, then 1 to 32 digits from 0 to 7",
        )
    allowed = np.zeros(matrix.shape, np.bool_)
    allowed[:, : len(_PREFIX)] = (matrix[:, : len(_PREFIX)] & _UPPER) == _PREFIX
    allowed[:, len(_PREFIX) :] = matrix[:, len(_PREFIX) :] - _ZERO < _EIGHT
    allowed |= np.arange(matrix.shape[1]) >= (levels + len(_PREFIX))[:, None]
    for i, at in np.argwhere(~allowed)[:1]:
        text = text_at(matrix, int(i))
        raise InvalidCell(
            f"'{text}' at index {i} is no GeoSOT 3-D text: {text[at]!r} at position {at + 1}",
            hint="GZ, then 1 to 32 digits from 0 to 7",
        )
