"""NumPy and Arrow where their type hints do not reach: absent values, and compute functions."""

from typing import Any

import numpy as np
import pyarrow.compute as _compute
from numpy.typing import NDArray

# Arrow makes its compute functions at run time, so that no type checker can see them.
pc: Any = _compute

YES = True
NO = False


def is_absent(values: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which objects are None."""
    none: Any = None
    return np.asarray(np.equal(values, none), np.bool_)


def blank_out(values: NDArray[np.object_], where: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return objects with None at `where`."""
    kept = values.copy()
    kept[where] = None
    return kept
