"""Numba, without what the grid's first call does not need.

When the first compiled function of a process is loaded, Numba looks whether there is a BLAS for
`np.dot` by importing `scipy.linalg`, which takes as long as all the rest together. The grid
multiplies no matrices. So that one look is answered by whether SciPy is installed; whoever does
compile a product of matrices meets Numba's own check, which is back in its place by then.
"""

import sys
from importlib.util import find_spec
from typing import Any

from numba.np import linalg as _linalg

_MODULE: Any = _linalg
# Where it asks as it is loaded (Numba 0.68, `_check_blas`).
_ASKS_IN = "numba.np.arraymath"
_ASKED = "ensure_blas"


def spare_blas() -> None:
    """Answer Numba's first question for a BLAS without loading one; all others are its own.

    Does nothing where Numba has asked already, or a later release asks in another way.
    """
    own = getattr(_MODULE, _ASKED, None)
    if own is None or _ASKS_IN in sys.modules:
        return

    def answer() -> None:
        setattr(_MODULE, _ASKED, own)
        if find_spec("scipy") is None:
            raise ImportError("no SciPy, so no BLAS")

    setattr(_MODULE, _ASKED, answer)
