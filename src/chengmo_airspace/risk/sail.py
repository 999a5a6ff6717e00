"""SAIL: how much has to be shown, by the final ground risk class and the residual air risk class.

Table 7 of the main body of SORA 2.5. Air risk classes come from who else flies there (annex C):
they are an input here, none is derived.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo_airspace.risk.sora import Classes

# More than the specific category: a certified aircraft is asked for.
CERTIFIED = 7
_HIGHEST_GRC = 7
_NAMES = ("", "I", "II", "III", "IV", "V", "VI", "certified")


class AirRisk(IntEnum):
    """Residual air risk classes: a, hardly anybody else flies there, to d."""

    A = 0
    B = 1
    C = 2
    D = 3


# Rows: final ground risk class 2 and less, 3 … 7.
_TABLE = np.array(
    [[1, 2, 4, 6], [2, 2, 4, 6], [3, 3, 4, 6], [4, 4, 4, 6], [5, 5, 5, 6], [6, 6, 6, 6]], np.int8
)


def sail(final: ArrayLike, air: ArrayLike | AirRisk) -> Classes:
    """Return the SAIL of each pair, 1 to 6; `CERTIFIED` (7) for a ground risk class above 7.

    Example:
        >>> sail([1, 3, 5, 8], AirRisk.B).tolist()
        [2, 2, 4, 7]
    """
    ground, other = np.broadcast_arrays(
        np.atleast_1d(np.asarray(final, np.int64)), np.asarray(air, np.int64)
    )
    row = np.clip(ground, 2, _HIGHEST_GRC) - 2
    return np.where(ground > _HIGHEST_GRC, CERTIFIED, _TABLE[row, other]).astype(np.int8)


def sail_name(level: int | NDArray[np.int8]) -> str:
    """Return how a SAIL is written.

    Example:
        >>> sail_name(4)
        'IV'
    """
    return _NAMES[int(level)]
