"""Noise from the discrete Laplace distribution, drawn by OpenDP: the only module that imports it.

OpenDP samples the distribution exactly, from the operating system's randomness: noise made of
floating-point numbers can be seen through (Mironov 2012, CCS: 650-661).
"""

import math

import numpy as np
from numpy.typing import NDArray
from opendp.domains import atom_domain, vector_domain
from opendp.measurements import make_laplace
from opendp.metrics import l1_distance
from opendp.mod import Measurement, enable_features


def with_noise(counts: NDArray[np.int64], *, most_rows: int, epsilon: float) -> NDArray[np.int64]:
    """Return counts with noise of scale `most_rows` / `epsilon`, each with its own.

    Args:
        counts: Shape (counts,).
        most_rows: How much all counts together may change by one person, in sum.
        epsilon: What the release may cost; OpenDP's own account of it is never more.
    """
    enable_features("contrib")
    measurement = _measurement(most_rows, epsilon)
    return np.array(measurement(counts.tolist()), np.int64)


def _measurement(most_rows: int, epsilon: float) -> Measurement:
    scale = most_rows / epsilon
    while True:
        made = make_laplace(vector_domain(atom_domain(T="i64")), l1_distance(T="i64"), scale=scale)
        # A quotient that was rounded down would cost a little more than was stated.
        if made.map(most_rows) <= epsilon:
            return made
        scale = math.nextafter(scale, math.inf)
