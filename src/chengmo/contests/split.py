"""Which hidden rows are scored in public: drawn by a keyed hash of the row's key.

Nobody without the contest's secret can tell a public row from a private one, and the answer for a
row depends on nothing but its own key.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

_BITS = 64


def public_rows(
    keys: Sequence[str], *, secret: bytes, contest: str, fraction: float
) -> NDArray[np.bool_]:
    """Tell which rows are public, each with probability `fraction`; shape (rows,)."""
    bound = int(fraction * 2**_BITS)
    return np.fromiter(
        (_draw(secret, f"{contest}\0{key}") < bound for key in keys), np.bool_, len(keys)
    )


def _draw(secret: bytes, what: str) -> int:
    return int.from_bytes(hmac.digest(secret, what.encode(), sha256)[: _BITS // 8], "big")
