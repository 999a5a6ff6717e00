"""Short codes that count from a cell nearby (GB/T 39409-2020, clause 7): `N50J475491E-20`.

After the hyphen stand the steps east (`0`–`7`) or west (`A`–`G`, one to seven), then the steps
north or south in the same letters. Level 5 (4″) and finer.
"""

import numpy as np

from chengmo.errors import InvalidCell
from chengmo.grid.code import encode_code, parse_code
from chengmo.grid.code_kernel import LON_SIZES
from chengmo.grid.kernel import UNITS_PER_DEGREE

_COARSEST, _REACH = 5, 7
_STEPS = "GFEDCBA01234567"
_DATE_LINE = 180


def refer_code(target: str, reference: str) -> str:
    """Return `target` as steps from `reference`, a code of the same level.

    Raises:
        InvalidCell: If a text is no code, the levels differ or are coarser than 5, or the cells are
            more than seven steps apart.

    Example:
        >>> refer_code("N50J475493E", "N50J475491E")
        'N50J475491E-20'
    """
    level, column, row = _index(reference)
    target_level, target_column, target_row = _index(target)
    if level != target_level:
        raise InvalidCell(
            f"'{target}' is of level {target_level}, '{reference}' of level {level}",
            hint="a short code counts cells of one level",
        )
    around = 360 * UNITS_PER_DEGREE // int(LON_SIZES[level])
    east = (target_column - column + around // 2) % around - around // 2
    north = target_row - row
    if max(abs(east), abs(north)) > _REACH:
        raise InvalidCell(
            f"'{target}' is {east} cells east and {north} north of '{reference}'",
            hint="a short code reaches seven cells: use the full code",
        )
    return f"{parse_code(reference).text}-{_STEPS[east + _REACH]}{_STEPS[north + _REACH]}"


def resolve_reference(text: str) -> str:
    """Return the full code of a short one.

    Raises:
        InvalidCell: If the text is no short code or leads into a polar cap.

    Example:
        >>> resolve_reference("N50J475493E-B0")
        'N50J475491E'
    """
    reference, _, steps = text.strip().upper().rpartition("-")
    level, column, row = _index(reference)
    wrong = [step for step in steps if step not in _STEPS]
    if wrong or len(steps) != 2:  # noqa: PLR2004 - one step each way
        raise InvalidCell(
            f"'{steps}' after the hyphen are no two steps", hint="0–7 east/north, A–G west/south"
        )
    size = LON_SIZES[level] / UNITS_PER_DEGREE
    lon = (column + _STEPS.index(steps[0]) - _REACH + 0.5) * size
    lat = (row + _STEPS.index(steps[1]) - _REACH + 0.5) * size
    lon = (lon + _DATE_LINE) % (2 * _DATE_LINE) - _DATE_LINE if abs(lon) > _DATE_LINE else lon
    return encode_code(lon, lat, level)


def _index(text: str) -> tuple[int, int, int]:
    """Return a code's level and its signed column east and row north of 0°, 0°."""
    code = parse_code(text)
    if code.level < _COARSEST:
        raise InvalidCell(
            f"'{text}' is of level {code.level}", hint="short codes exist from level 5 on"
        )
    cells = UNITS_PER_DEGREE / LON_SIZES[code.level]
    lon, lat = code.centre
    return code.level, int(np.floor(lon * cells)), int(np.floor(lat * cells))
