"""Read BeiDou 3-D codes of any level, and say what is wrong with one that is none."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.characters import Characters, Texts, text_at, text_matrix
from chengmo.grid.code import parse_code, parse_codes
from chengmo.grid.code_finest import Words
from chengmo.grid.code_kernel import LENGTHS
from chengmo.grid.height import PROFILES, HeightKeys, Profile, check_profile, parent_height_keys
from chengmo.grid.height_kernel import LAYERS, Fields, indices_of_fields
from chengmo.grid.kernel import Levels
from chengmo.grid.solid_kernel import split_words

Result = TypeVar("Result")

# Length of a 3-D code by level: one digit of height a level, but three (with the sign) at level 1.
SOLID_LENGTHS = np.array([0, 7, 10, 12, 15, 18, 20, 23, 26, 29, 32], np.int64)
LONGEST, FLAT_LONGEST = 32, 20
# 0 for a length that no code has, and for all longer ones.
LEVEL_OF_LENGTH = np.zeros(LONGEST + 2, np.uint8)
LEVEL_OF_LENGTH[SOLID_LENGTHS[1:]] = np.arange(1, 11)
# Where the height's digits stand in a code of level 10, and what may stand there.
HEIGHT_AT = (1, 5, 6, 9, 11, 14, 17, 19, 22, 25, 28, 31)

_FINEST = 10
_ZERO = ord("0")
_NEGATIVE_ZERO = np.uint32(1 << 31)
# Layers of `bits2c` by level: powers of two.
_BIT_SIZES = np.int64(1) << np.array([31, 25, 22, 21, 17, 13, 12, 9, 6, 3, 0], np.int64)

_HEX15, _HEX12, _DIGIT, _OCTAL = "0123456789ABCDE", "0123456789AB", "0123456789", "01234567"
_HEX16 = _HEX15 + "F"
# The tables of 5.2 and 6.2 interleaved as in figure 12; positions 3–4 are checked as a whole.
_ALLOWED = (
    ("NS", "01", _DIGIT, _DIGIT, "ABCDEFGHIJKLMNOPQRSTUV", "0123456", _DIGIT)
    + (_HEX12, _OCTAL, _OCTAL, "012345", "01", _HEX15, _DIGIT, _HEX16)
    + (_HEX15, _HEX15, _HEX16, "0123", "01")
    + (_OCTAL,) * 12
)
# Positions of the digits of radix 15 that some profiles write as four bits, with an F.
_NEVER_F: dict[Profile, tuple[int, ...]] = {
    "standard": (14, 17),
    "bits": (),
    "bits2c": (),
    "geosot": (17,),
}
_TOPS = 63
_STEP = 1024


def read_solid(
    codes: ArrayLike, profile: Profile, flat_reader: Callable[[Words, Levels], Result]
) -> tuple[Result, HeightKeys, Levels, tuple[int, ...]]:
    """Return what a reader makes of the 2-D codes, the height keys, the BeiDou levels, the shape.

    The reader is given the 2-D codes as rows of five words, made long by digits 0, and the levels.

    Raises:
        InvalidCell: If a text is no 3-D code of the profile: names the first and what is wrong;
            or as the reader, if it refuses good codes.
    """
    matrix, shape = text_matrix(codes)
    found = _try_read(matrix, check_profile(profile))
    if found is None:
        wrong = _wrong_code(matrix, profile)
        assert wrong is not None  # noqa: S101 - the two look at the same things
        raise wrong
    flat, height_keys, levels = found
    try:
        result = flat_reader(flat, levels)
    except InvalidCell as error:
        wrong = _wrong_code(matrix, profile)
        if wrong is None:
            raise
        raise wrong from error
    return result, height_keys, levels, shape


def flat_texts(words: Words, levels: Levels) -> Texts:
    """Return 2-D codes as texts of their own lengths, unread."""
    characters = words.view(np.uint8).reshape(len(words), FLAT_LONGEST)
    if levels.size and levels.min() == levels.max():
        length = int(LENGTHS[levels[0]])
        return np.ascontiguousarray(characters[:, :length]).view(f"S{length}").reshape(-1)
    within = np.arange(FLAT_LONGEST) < LENGTHS[levels][:, None]
    return np.where(within, characters, 0).view(f"S{FLAT_LONGEST}").reshape(-1)


def names_nothing(
    fields: Fields, keys: HeightKeys, levels: Levels | int, profile: Profile
) -> NDArray[np.bool_] | np.bool_:
    """Tell which fields, though made of good digits, name no layer of a level."""
    if profile == "bits":
        return (fields == _NEGATIVE_ZERO) & (np.asarray(levels) == _FINEST)
    if profile == "bits2c":
        # The lowest layer of a coarse level begins below −256° and ends above.
        return keys.astype(np.int64) + _BIT_SIZES[levels] <= -LAYERS
    return np.bool_(False)  # noqa: FBT003 - NumPy's scalar, so that `.any()` works


def text_lengths(matrix: Characters) -> NDArray[np.int64]:
    """Return the length of each text without its padding."""
    if len(matrix) and (matrix[:, -1] != 0).all():
        return np.full(len(matrix), matrix.shape[1], np.int64)
    ends = np.where(matrix != 0, np.arange(1, matrix.shape[1] + 1), 0)
    return ends.max(axis=1, initial=0).astype(np.int64)


def padded(matrix: Characters) -> Characters:
    """Return codes made as long as those of level 10 by digits 0."""
    width = min(matrix.shape[1], LONGEST)
    solid = np.full((len(matrix), LONGEST), _ZERO, np.uint8)
    solid[:, :width] = matrix[:, :width]
    if len(matrix) and not matrix[:, width - 1].all():
        solid[np.arange(LONGEST) >= text_lengths(matrix)[:, None]] = _ZERO
    return solid


def _try_read(matrix: Characters, profile: Profile) -> tuple[Words, HeightKeys, Levels] | None:
    """Return words of 2-D codes, unread, height keys and levels; None if one is wrong."""
    lengths = text_lengths(matrix)
    levels = LEVEL_OF_LENGTH[np.minimum(lengths, LONGEST + 1)]
    if not levels.all():
        return None
    n = len(matrix)
    solid = matrix if lengths.size and lengths.min() == LONGEST else padded(matrix)
    flat, fields = np.empty((n, 5), np.uint32), np.empty(n, np.uint32)
    keys = np.empty(n, np.int32)
    if split_words(solid.view(np.uint32), flat, fields):
        return None
    if indices_of_fields(fields, PROFILES[profile], keys):
        return None
    if names_nothing(fields, keys, levels, profile).any():
        return None
    # With two's complement and whole radices, digits 0 have led to the layer's floor already.
    if profile != "standard" and levels.size and levels.min() < _FINEST:
        level = levels if levels.min() < levels.max() else levels[0]
        keys = parent_height_keys(np.maximum(keys, -LAYERS), level, profile=profile)
    return flat, keys, levels


def _wrong_code(matrix: Characters, profile: Profile) -> InvalidCell | None:
    """Return the error that names the first text which is no code; None if all are."""
    for start in range(0, len(matrix), _STEP):
        rows = matrix[start : start + _STEP]
        if _is_readable(rows, profile):
            continue
        errors = (
            _error_in(text_at(rows, i), start + i if len(matrix) > 1 else None, profile)
            for i in range(len(rows))
        )
        return next(error for error in errors if error is not None)
    return None


def _is_readable(rows: Characters, profile: Profile) -> bool:
    found = _try_read(rows, profile)
    if found is None:
        return False
    try:
        parse_codes(flat_texts(found[0], found[2]))
    except InvalidCell:
        return False
    return True


def _error_in(text: str, index: int | None, profile: Profile) -> InvalidCell | None:
    """Return what is wrong with one text; None if it is a code."""
    where = f"'{text}'" if index is None else f"'{text}' at index {index}"
    text = text.upper()
    polar = text[2:5] == "000"
    for at, (character, choice) in enumerate(zip(text, allowed_characters(profile), strict=False)):
        if character not in choice and not (polar and at == 4):  # noqa: PLR2004 - the band
            return _wrong_character(where, character, at, profile)
    if len(text) not in SOLID_LENGTHS[1:]:
        lengths = ", ".join(map(str, SOLID_LENGTHS[1:-1]))
        return InvalidCell(
            f"{where} is no 3-D code: it has {len(text)} characters",
            hint=f"a 3-D code has {lengths} or {LONGEST}",
        )
    return _error_in_whole(text, where, profile)


def _error_in_whole(text: str, where: str, profile: Profile) -> InvalidCell | None:
    """Return what is wrong with one text of good characters and length; None if it is a code."""
    if int(text[5:7]) > _TOPS:
        return InvalidCell(
            f"{where} is no 3-D code: '{text[5:7]}' at positions 6–7",
            hint="the height's first two digits go from 00 to 63",
        )
    matrix, _ = text_matrix([text])
    found = _try_read(matrix, profile)
    if found is None:
        return InvalidCell(
            f"{where} has a height that no layer of profile '{profile}' has",
            hint="layers reach from 256° below to 256° above; was it written by another profile?",
        )
    try:
        parse_code(flat_texts(found[0], found[2]).item().decode())
    except InvalidCell as error:
        return InvalidCell(f"{where} is no 3-D code: {error.message}", hint=error.hint)
    return None


def allowed_characters(profile: Profile) -> list[str]:
    """Return what may stand at each position of a code of level 10."""
    return [_HEX15 if at in _NEVER_F[profile] else choice for at, choice in enumerate(_ALLOWED)]


def _wrong_character(where: str, character: str, at: int, profile: Profile) -> InvalidCell:
    hint = f"one of {allowed_characters(profile)[at]} may stand there"
    if character == "F" and character in _ALLOWED[at]:
        hint += f" in profile '{profile}'; profiles that write bits have an F: was it one of those?"
    return InvalidCell(
        f"{where} is no 3-D code: '{character}' at position {at + 1}",
        hint=hint,
    )
