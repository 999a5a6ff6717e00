"""From solid cell to solid cell: the neighbours around, below and above."""

import numpy as np
from numpy.typing import ArrayLike

from chengmo.errors import InvalidCell
from chengmo.grid.code import GEOSOT_LEVELS
from chengmo.grid.height import HeightKeys, Profile, height_key_column, height_range
from chengmo.grid.height_kernel import LAYERS
from chengmo.grid.kernel import Keys
from chengmo.grid.key import key_column, parent_keys
from chengmo.grid.topology import NO_CELL, neighbour_keys


def solid_neighbour_keys(
    keys: ArrayLike,
    height_keys: ArrayLike,
    *,
    level: int,
    corners: bool = True,
    profile: Profile = "standard",
) -> tuple[Keys, HeightKeys]:
    """Return the solid cells around each solid cell: 26, or the 6 that share a face.

    Args:
        keys: Keys at least as fine as the level.
        height_keys: Height keys, of the shape of `keys`.
        level: BeiDou level, 4 to 10.
        corners: Whether cells that share only an edge or a corner are neighbours too.
        profile: Whose layers.

    Returns:
        (keys, height keys) with one more axis than the columns given: first those beside (4 or 8,
        in the order of `neighbour_keys`), then the one below, then above; with corners also those
        beside the one below and beside the one above. Where there is none (beyond a pole, below or
        above the lowest and highest layer) the key is `NO_CELL` and the height key 0.

    Raises:
        InvalidCell: If the level has no keys, or a key names no cell or layer.

    Example:
        >>> from chengmo.grid import encode_key
        >>> key = encode_key(114.3, 30.6)
        >>> around, layers = solid_neighbour_keys(key, 0, level=7, corners=False)
        >>> around.shape, layers.tolist()
        ((6,), [0, 0, 0, 0, -512, 512])
    """
    if level not in GEOSOT_LEVELS:
        raise InvalidCell(f"BeiDou level {level} has no keys", hint="use 4 to 10")
    column, shape = key_column(keys)
    indices, height_shape = height_key_column(height_keys)
    if shape != height_shape:
        raise InvalidCell(
            f"keys of shape {shape} and height keys of shape {height_shape} are no pairs",
            hint="give two columns of one shape",
        )
    here = parent_keys(column, GEOSOT_LEVELS[level])[:, None]
    beside = neighbour_keys(column, level=GEOSOT_LEVELS[level], corners=corners)
    first, last = height_range(indices, level, profile=profile)
    below, above = first.astype(np.int64) - 1, last.astype(np.int64) + 1
    parts = [(beside, first), (here, below), (here, above)]
    if corners:
        parts += [(beside, below), (beside, above)]
    found = np.concatenate([part for part, _ in parts], axis=1)
    layers = np.concatenate(
        [np.broadcast_to(layer[:, None], part.shape) for part, layer in parts], axis=1
    )
    missing = (found == NO_CELL) | (layers < -LAYERS) | (layers >= LAYERS)
    found = np.where(missing, NO_CELL, found)
    layers, _ = height_range(np.where(missing, 0, layers), level, profile=profile)
    layers = np.where(missing, 0, layers).astype(np.int32)
    count = found.shape[1]
    return found.reshape(*shape, count), layers.reshape(*shape, count)
