"""What the first compiled call of a process loads."""

import subprocess
import sys

import pytest

FIRST_CALL = """
import sys
from chengmo import grid
assert grid.encode_key(114.3, 30.6) == grid.encode_keys([114.3], [30.6]).item()
print("scipy.linalg" in sys.modules)
import numba, numpy as np
from numba.np import linalg
@numba.njit
def product(a, b):
    return np.dot(a, b)
print(linalg.ensure_blas.__module__, product(np.eye(2) * 3, np.eye(2)).tolist())
"""


# A process of its own, because this one has loaded all there is.
@pytest.mark.slow
def test_the_first_call_loads_no_linear_algebra_and_a_later_product_of_matrices_does():
    told = subprocess.run(
        [sys.executable, "-c", FIRST_CALL], check=True, capture_output=True, text=True
    )
    assert told.stdout.splitlines() == ["False", "numba.np.linalg [[3.0, 0.0], [0.0, 3.0]]"]
