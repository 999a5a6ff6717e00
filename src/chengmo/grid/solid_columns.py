"""Read whole columns of BeiDou 3-D codes that are all of one level, a cacheful at a time.

Both readers return None for a column that is not so, or that holds something wrong: the reader of
`solid_reading`, slower and for all, then reads it or says what is wrong.
"""

import numpy as np

from chengmo.grid.characters import Characters
from chengmo.grid.code import GEOSOT_LEVELS
from chengmo.grid.code_finest import Words, keys_of_finest
from chengmo.grid.code_kernel import LAT_SIZES, LON_SIZES
from chengmo.grid.height import (
    LAYER_SIZES,
    PROFILES,
    HeightKeys,
    Profile,
    height_bounds,
    parent_height_keys,
)
from chengmo.grid.height_kernel import LAYERS, Fields, heights_of, indices_of_fields
from chengmo.grid.kernel import Floats, Keys, Levels
from chengmo.grid.key import level_mask
from chengmo.grid.solid_kernel import decode_solid, split_words
from chengmo.grid.solid_reading import LEVEL_OF_LENGTH, LONGEST, names_nothing

SolidBounds = tuple[Floats, Floats, Floats, Floats, Floats, Floats]

# Rows worked on at a time: what is worked on stays in the processor's cache.
CHUNK = 1 << 15
_FINEST, _COARSEST_KEY, _ZERO = 10, 4, ord("0")


def bounds_of_one_level(matrix: Characters, profile: Profile) -> SolidBounds | None:
    """Return the bounds of codes that are all of one level; None if not, or if one is wrong."""
    level = _level_of_all(matrix)
    if not level:
        return None
    # One block of memory: the system hands it out in fewer and larger pages than six.
    west, south, east, north, floor, ceiling = np.empty((6, len(matrix)))
    sizes = float(LON_SIZES[level]), float(LAT_SIZES[level])
    fields = np.empty(min(len(matrix), CHUNK), np.uint32)
    keys, room = np.empty(fields.size, np.int32), np.full((fields.size, LONGEST), _ZERO, np.uint8)
    for start in range(0, len(matrix), CHUNK):
        part = slice(start, start + CHUNK)
        words = _words(matrix[part], room)
        field, key = fields[: len(words)], keys[: len(words)]
        bounds = west[part], south[part], east[part], north[part]
        if decode_solid(words, sizes, field, bounds) or _unread(field, level, profile, key):
            return None
        if level == _FINEST or profile == "standard":
            # The digits 0 that make a coarse code long name the lowest of its layers.
            heights_of(key, 0, floor[part])
            heights_of(key, int(LAYER_SIZES[level]), ceiling[part])
        else:
            low, high = height_bounds(np.maximum(key, -LAYERS), level=level, profile=profile)
            floor[part], ceiling[part] = low, high
    return west, south, east, north, floor, ceiling


def keys_of_one_level(
    matrix: Characters, profile: Profile
) -> tuple[Keys, HeightKeys, Levels] | None:
    """Return the keys of codes that are all of one level with keys; None if not, or if wrong."""
    level = _level_of_all(matrix)
    if level < _COARSEST_KEY:
        return None
    n, geosot_level = len(matrix), GEOSOT_LEVELS[level]
    keys, heights = np.empty(n, np.uint64), np.empty(n, np.int32)
    fields, flat = np.empty(min(n, CHUNK), np.uint32), np.empty((min(n, CHUNK), 5), np.uint32)
    room = np.full((fields.size, LONGEST), _ZERO, np.uint8)
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        words = _words(matrix[part], room)
        field, plan = fields[: len(words)], flat[: len(words)]
        if split_words(words, plan, field) or keys_of_finest(plan, keys[part]):
            return None
        if _unread(field, level, profile, heights[part]):
            return None
    keys &= level_mask(geosot_level)
    if level < _FINEST and profile != "standard":
        heights = parent_height_keys(np.maximum(heights, -LAYERS), level, profile=profile)
    return keys, heights, np.full(n, geosot_level, np.uint8)


def _level_of_all(matrix: Characters) -> int:
    """Return the level of texts that are all of one full length; 0 if they are not."""
    level = int(LEVEL_OF_LENGTH[min(matrix.shape[1], LONGEST + 1)])
    return level if len(matrix) and level and matrix[:, -1].all() else 0


def _words(rows: Characters, room: Characters) -> Words:
    """Return the words of codes, those of coarse levels made long in a room full of digits 0."""
    if rows.shape[1] == LONGEST:
        return rows.view(np.uint32)
    room[: len(rows), : rows.shape[1]] = rows
    return room[: len(rows)].view(np.uint32)


def _unread(fields: Fields, level: int, profile: Profile, out: HeightKeys) -> bool:
    """Write the height key of each field, unless one names no layer of the profile: tell."""
    bad = indices_of_fields(fields, PROFILES[profile], out)
    return bool(bad) or bool(names_nothing(fields, out, level, profile).any())
