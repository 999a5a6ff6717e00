"""GeoSOT text, `G001310322-230230`: one base-4 digit a level, for logs and other systems."""

import numba
import numpy as np
from numpy.typing import ArrayLike

from chengmo.errors import InvalidCell
from chengmo.grid.characters import Characters, Texts, empty_texts, text_at, text_matrix
from chengmo.grid.kernel import Keys, Levels, find_unused
from chengmo.grid.key import FINEST_LEVEL, key_column, level_column

_G, _ZERO, _DASH, _DOT = ord("G"), ord("0"), ord("-"), ord(".")
_UPPER = 0xDF
_DIGIT_END = 4
# Whole degrees, minutes, seconds end with these digits; a mark follows where more digits come.
_DEGREES, _MINUTES, _SECONDS = 9, 15, 21


def geosot_text(keys: ArrayLike, level: int | ArrayLike, *, grouped: bool = True) -> Texts:
    """Return the GeoSOT text of each key.

    Args:
        keys: Keys, unsigned.
        level: One level, or one for each key.
        grouped: Set `-` after degrees and minutes and `.` after seconds, as the standard does.

    Example:
        >>> geosot_text(339638376531246140, 32).item()
        b'G001023122-203103-131010.33003300330'
    """
    column, shape = key_column(keys)
    levels = level_column(level, shape)
    finest = int(levels.max(initial=0))
    marks = sum(finest > end for end in (_DEGREES, _MINUTES, _SECONDS)) if grouped else 0
    texts, matrix = empty_texts(column.size, 1 + finest + marks)
    matrix[:] = 0
    _write(column, levels, grouped, matrix)
    return texts.reshape(shape)


def parse_geosot(texts: ArrayLike) -> tuple[Keys, Levels]:
    """Return the key and level of each GeoSOT text, with or without its grouping marks.

    Raises:
        InvalidCell: If a text is not GeoSOT or names no place (names the first and the position).

    Example:
        >>> keys, levels = parse_geosot(["G001310322-230230", "G00131032220212"])
        >>> keys.tolist(), levels.tolist()
        ([526548078363148288, 526536739649486848], [15, 14])
    """
    matrix, shape = text_matrix(texts)
    keys, levels = np.empty(len(matrix), np.uint64), np.empty(len(matrix), np.uint8)
    index, position = _read(matrix, keys, levels)
    if index >= 0:
        text = text_at(matrix, index)
        if position > len(text) or not text:
            raise InvalidCell(f"'{text}' at index {index} is empty", hint="write G and digits 0–3")
        raise InvalidCell(
            f"'{text}' at index {index} is no GeoSOT text: '{text[position - 1]}' "
            f"at position {position}",
            hint="G, then up to 32 digits 0–3, grouped 9-6-6.11 or not at all",
        )
    index = find_unused(keys, levels)
    if index >= 0:
        raise InvalidCell(
            f"'{text_at(matrix, index)}' at index {index} names no place",
            hint="minutes and seconds 60–63 and degrees past 180/90 are unused codes",
        )
    return keys.reshape(shape), levels.reshape(shape)


@numba.njit(cache=True, nogil=True)
def _write(keys: Keys, levels: Levels, grouped: bool, out: Characters) -> None:  # noqa: FBT001 - compiled
    for i in range(keys.size):
        row = out[i]
        row[0] = _G
        at = 1
        for digit in range(levels[i]):
            if grouped and digit in (_DEGREES, _MINUTES, _SECONDS):
                row[at] = _DOT if digit == _SECONDS else _DASH
                at += 1
            row[at] = _ZERO + ((keys[i] >> np.uint64(62 - 2 * digit)) & np.uint64(3))
            at += 1


@numba.njit(cache=True, nogil=True)
def _read(texts: Characters, keys: Keys, levels: Levels) -> tuple[int, int]:
    """Fill keys and levels; return (index, position from 1) of a wrong character, or (−1, 0)."""
    for i in range(texts.shape[0]):
        row = texts[i]
        if row.size == 0 or (row[0] & _UPPER) != _G:
            return i, 1
        key, level = np.uint64(0), 0
        for at in range(1, row.size):
            character = row[at]
            if character == 0:
                break
            if (character == _DASH and level in (_DEGREES, _MINUTES)) or (
                character == _DOT and level == _SECONDS
            ):
                continue
            digit = np.int64(character) - _ZERO
            if digit < 0 or digit >= _DIGIT_END or level == FINEST_LEVEL:
                return i, at + 1
            key |= np.uint64(digit) << np.uint64(62 - 2 * level)
            level += 1
        keys[i], levels[i] = key, level
    return -1, 0
