"""What callers give, made plain before it is worked on, or refused.

NumPy is obliging: it cuts 1.5 to 1, forgets the mask of a masked array, the imaginary part of a
complex number and the unit of a date. Each of these would give a cell, and the wrong one.
"""

import operator
from typing import Any, SupportsIndex, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell

_NO_NUMBERS = "cmMV"


def whole_level(level: object, *, coarsest: int, finest: int, of: str = "") -> int:
    """Return a level as Python's integer, whichever integer it is given as.

    Args:
        level: What was given.
        coarsest: The smallest there is.
        finest: The greatest.
        of: What the levels are of, for the message.

    Raises:
        InvalidCell: If it is not one whole number in that range.
    """
    try:
        # Also numpy.bool's own refusal: it is no index, while Python's True is 1.
        found = int(operator.index(cast("SupportsIndex", level)))
    except TypeError as error:
        raise InvalidCell(
            f"{level!r} is no level",
            hint=f"use one whole number, {coarsest} to {finest}",
        ) from error
    if not coarsest <= found <= finest:
        named = f"{of} level" if of else "level"
        raise InvalidCell(f"there is no {named} {found}", hint=f"use {coarsest} to {finest}")
    return found


def floats_of(values: ArrayLike) -> NDArray[np.float64]:
    """Return numbers as binary64, what is masked as NaN.

    Raises:
        TypeError: If they are complex or times.
        ValueError: If they are no numbers, or do not make a column.
    """
    if isinstance(values, np.ma.MaskedArray):
        masked = cast("np.ma.MaskedArray[Any, Any]", values)
        values = np.where(np.ma.getmaskarray(masked), np.nan, masked.data.astype(np.float64))
    column = np.asarray(values)
    if column.dtype.kind in _NO_NUMBERS:
        raise TypeError(f"a column of {column.dtype}")
    return column.astype(np.float64, copy=False)


def unsigned_of(values: ArrayLike) -> NDArray[np.uint64]:
    """Return Python's integers, one or nested in sequences, as uint64.

    Raises:
        OverflowError: If one is negative or past 2⁶⁴ − 1.
        TypeError: If one is no integer.
        ValueError: If they do not make a column.
    """
    each = np.array(values, object)
    for value in each.flat:
        operator.index(value)
    return each.astype(np.uint64)
