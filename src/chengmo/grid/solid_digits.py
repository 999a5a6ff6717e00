"""The two halves of a 3-D code: the 2-D code, and the digits of the height."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.characters import Characters, Texts, text_at, text_matrix
from chengmo.grid.code import parse_codes
from chengmo.grid.code_finest import Words
from chengmo.grid.height import HeightKeys, Profile, check_profile, height_fields, height_range
from chengmo.grid.kernel import Levels
from chengmo.grid.solid_kernel import join_words
from chengmo.grid.solid_reading import (
    HEIGHT_AT,
    LONGEST,
    SOLID_LENGTHS,
    allowed_characters,
    flat_texts,
    read_solid,
    text_lengths,
)

_ORIGIN = np.frombuffer(b"N31A0000000000000000", np.uint8)
_FLAT_AT = tuple(at for at in range(LONGEST) if at not in HEIGHT_AT)


def split_solid_codes(codes: ArrayLike, *, profile: Profile = "standard") -> tuple[Texts, Texts]:
    """Return the 2-D code and the digits of the height of each 3-D code.

    Example:
        >>> flat, digits = split_solid_codes("N036J0093000780B3010010520430140")
        >>> flat.item(), digits.item()
        (b'N36J93078B3101524314', b'000000000000')
    """
    flat, height_keys, levels, shape = read_solid(codes, profile, _checked_texts)
    digits = code_of_height(height_keys, level=levels, profile=profile)
    return flat.reshape(shape), digits.reshape(shape)


def code_of_height(
    height_keys: ArrayLike, *, level: int | ArrayLike = 10, profile: Profile = "standard"
) -> Texts:
    """Return the digits that a 3-D code has for each height: its vertical part alone.

    Example:
        >>> code_of_height(1675235, level=8).item()
        b'00000D9077'
    """
    first, _ = height_range(height_keys, level, profile=profile)
    levels = np.broadcast_to(np.asarray(level, np.int64), first.shape).reshape(-1)
    fields = height_fields(first.reshape(-1), profile=profile)
    rows = np.empty((fields.size, 8), np.uint32)
    join_words(np.zeros((fields.size, 5), np.uint32), fields, rows)
    digits = np.ascontiguousarray(rows.view(np.uint8).reshape(-1, LONGEST)[:, HEIGHT_AT])
    digits[np.arange(len(HEIGHT_AT)) >= (levels + 2)[:, None]] = 0
    return digits.view(f"S{len(HEIGHT_AT)}").reshape(first.shape)


def height_of_code(
    digits: ArrayLike, *, profile: Profile = "standard"
) -> tuple[HeightKeys, Levels]:
    """Return the height key and the level of each vertical part; see `code_of_height`.

    Raises:
        InvalidCell: If a text is no vertical part.

    Example:
        >>> key, level = height_of_code("00000D9077")
        >>> int(key), int(level)
        (1675200, 8)
    """
    matrix, shape = text_matrix(digits)
    lengths = text_lengths(matrix)
    wrong = (lengths < 3) | (lengths > len(HEIGHT_AT))  # noqa: PLR2004 - sign and first digits
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise InvalidCell(
            f"'{text_at(matrix, i)}' at index {i} has {lengths[i]} digits",
            hint="the height of a 3-D code has 3 digits at level 1 to 12 at level 10",
        )
    _check_digits(matrix, lengths, check_profile(profile))
    # Read as the codes that it makes with the 2-D part of 0°N 0°E.
    width = min(matrix.shape[1], len(HEIGHT_AT))
    solid = np.zeros((len(matrix), LONGEST), np.uint8)
    solid[:, _FLAT_AT] = _ORIGIN
    solid[:, HEIGHT_AT[:width]] = matrix[:, :width]
    solid[np.arange(LONGEST) >= SOLID_LENGTHS[lengths - 2][:, None]] = 0
    codes = solid.view(f"S{LONGEST}").reshape(-1)
    _, height_keys, levels, _ = read_solid(codes, profile, flat_texts)
    return height_keys.reshape(shape), levels.reshape(shape)


def _check_digits(matrix: Characters, lengths: NDArray[np.int64], profile: Profile) -> None:
    allowed = allowed_characters(profile)
    for at in range(int(lengths.max(initial=0))):
        choice = allowed[HEIGHT_AT[at]]
        good = np.frombuffer((choice + choice.lower()).encode(), np.uint8)
        for i in np.flatnonzero((lengths > at) & ~np.isin(matrix[:, at], good))[:1]:
            text = text_at(matrix, int(i))
            raise InvalidCell(
                f"'{text}' at index {i} is no height of profile '{profile}': "
                f"'{text[at]}' at position {at + 1}",
                hint=f"one of {choice} may stand there",
            )


def _checked_texts(words: Words, levels: Levels) -> Texts:
    flat = flat_texts(words, levels)
    parse_codes(flat)
    return flat
