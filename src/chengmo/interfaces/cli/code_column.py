"""What `chengmo code` finds for whole columns: codes of places, and places of codes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chengmo.errors import InvalidCell
from chengmo.grid import (
    GEOSOT_LEVELS,
    Profile,
    code_bounds,
    encode_codes,
    encode_solid_codes,
    height_keys,
    key_of_code,
    solid_code_bounds,
)
from chengmo.interfaces.cli.code_table import Gained, Row

COARSEST_KEY = min(GEOSOT_LEVELS)
_FLAT_POLAR_LENGTH = 6
_LETTER_AT = 3
_WORLD_DEGREES, _DATE_LINE = 360.0, 180.0

Floats = NDArray[np.float64]


def numbers(texts: Sequence[str]) -> Floats:
    """Return a column of texts as numbers.

    Raises:
        InvalidCell: Naming the first text that is no number.
    """
    try:
        return np.array([float(text) for text in texts], np.float64)
    except ValueError:
        wrong = next(text for text in texts if not _is_number(text))
        told = f"'{wrong}' is no number" if wrong else "the cell is empty"
        raise InvalidCell(told, hint="write decimal degrees, and metres for a height") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_solid(code: str) -> bool:
    """Tell whether a text is a 3-D code: its sheet's letter stands one character later.

    Above 88° there is no letter; there a 2-D code has at most six characters, a 3-D one more.
    """
    return len(code) > _FLAT_POLAR_LENGTH and not code[_LETTER_AT : _LETTER_AT + 1].isalpha()


@dataclass(frozen=True)
class Encoding:
    """How places become codes.

    Attributes:
        level: 1 to 10.
        profile: How heights are written.
        solid: Whether codes are 3-D.
    """

    level: int
    profile: Profile
    solid: bool

    @property
    def added(self) -> Row:
        """Names of what a place gains."""
        return ["code", "key", "level", *(["height_key"] if self.solid else [])]

    def encode(self, lon: Floats, lat: Floats, height: Floats | None) -> Gained:
        """Return code, key, level (and height key) of each place as text.

        The key is the unsigned GeoSOT key of the cell; a sheet (levels 1–3) has none.
        """
        level = str(self.level)
        flat = encode_codes(lon, lat, level=self.level)
        codes, tops = flat, None
        if height is not None:
            codes = encode_solid_codes(lon, lat, height, level=self.level, profile=self.profile)
            tops = height_keys(height, level=self.level, profile=self.profile).tolist()
        keys = [""] * lon.size
        if self.level >= COARSEST_KEY:
            keys = [str(key) for key in key_of_code(flat)[0].tolist()]
        # ASCII: decoding one array at once is ten times as fast as text by text.
        rows = zip(codes.astype(str).tolist(), keys, strict=True)
        if tops is None:
            return [[[code, key, level]] for code, key in rows]
        return [[[code, key, level, str(top)]] for (code, key), top in zip(rows, tops, strict=True)]


@dataclass(frozen=True)
class Decoding:
    """How codes become places.

    Attributes:
        profile: How heights are written.
        solid: Whether floor and ceiling are added.
    """

    profile: Profile
    solid: bool

    @property
    def added(self) -> Row:
        """Names of what a code gains."""
        names = ["west", "south", "east", "north", "lon", "lat"]
        return [*names, *(["floor_m", "ceiling_m"] if self.solid else [])]

    def decode(self, codes: Sequence[str]) -> Gained:
        """Return the edges and the centre of each code's cell, and its heights, as text.

        Raises:
            InvalidCell: If a text is no code, or is a 3-D one where no heights are asked for.
        """
        upright = np.array([is_solid(code) for code in codes], bool)
        if upright.any() and not self.solid:
            raise InvalidCell(
                f"'{codes[int(np.argmax(upright))]}' is a 3-D code, the first rows are 2-D",
                hint="ask for heights with --solid",
            )
        column = np.array(codes, dtype=str)
        edges = np.full((6, len(codes)), np.nan)
        if not upright.all():
            edges[:4, ~upright] = code_bounds(column[~upright])
        if upright.any():
            edges[:, upright] = solid_code_bounds(column[upright], profile=self.profile)
        lon, lat = centres(edges[0], edges[1], edges[2], edges[3])
        found = [*edges[:4], lon, lat, *(edges[4:] if self.solid else [])]
        columns = [_texts(values) for values in found]
        return [[list(row)] for row in zip(*columns, strict=True)]


def centres(west: Floats, south: Floats, east: Floats, north: Floats) -> tuple[Floats, Floats]:
    """Return the middle of boxes in degrees; a box with west > east spans ±180°."""
    width = np.where(east < west, east - west + _WORLD_DEGREES, east - west)
    lon = west + width / 2
    return np.where(lon > _DATE_LINE, lon - _WORLD_DEGREES, lon), (south + north) / 2


def _texts(values: Floats) -> list[str]:
    # The shortest text that reads back as the same number: decode then encode gives the same code.
    return ["" if value != value else repr(value) for value in values.tolist()]  # noqa: PLR0124 - NaN
