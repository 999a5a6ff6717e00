"""What stands between: diffraction over one edge (ITU-R P.526), of terrain or of buildings."""

import numpy as np
from numpy.typing import ArrayLike

from chengmo import Surface
from chengmo_airspace.coverage.loss import Floats

_LIGHT_MPS = 299_792_458.0
# Below this an edge takes nothing: most of the first Fresnel zone is free.
_FREE = -0.78


def fresnel_number(
    above_m: ArrayLike, one_m: ArrayLike, other_m: ArrayLike, frequency_ghz: ArrayLike
) -> Floats:
    """Return ν of an edge: above_m over the straight line, at distances from both ends."""
    wave_m = _LIGHT_MPS / (np.asarray(frequency_ghz, np.float64) * 1e9)
    one, other = np.asarray(one_m, np.float64), np.asarray(other_m, np.float64)
    return np.asarray(above_m, np.float64) * np.sqrt(2 / wave_m * (1 / one + 1 / other))


def knife_edge_db(number: ArrayLike) -> Floats:
    """Return the loss over one edge, 6.9 + 20·lg(√((ν-0.1)²+1) + ν - 0.1); 0 for ν ≤ -0.78.

    Example:
        >>> knife_edge_db([-1, 0, 1, 2.4]).round(1).tolist()
        [0.0, 6.0, 13.9, 20.5]
    """
    shifted = np.maximum(np.atleast_1d(np.asarray(number, np.float64)), _FREE) - 0.1
    loss = 6.9 + 20 * np.log10(np.sqrt(shifted**2 + 1) + shifted)
    return np.where(shifted <= _FREE - 0.1, 0.0, loss)


def worst_edge_db(
    begin: Floats, end: Floats, tops: Surface, frequency_ghz: ArrayLike, *, samples: int = 32
) -> Floats:
    """Return the loss over the highest edge between pairs of places.

    Only the edge with the largest ν counts (single-edge P.526): several ridges take more. Where
    `tops` is not known nothing stands.

    Args:
        begin: (n, 4): longitude, latitude, height of the antenna, metres from `end` on the ground.
        end: (n, 3): longitude, latitude, height, above the same surface as `tops` and `begin`.
        tops: Ground with what stands on it.
        frequency_ghz: (n,) or one.
        samples: How many places between are looked at.
    """
    share = (np.arange(samples) + 0.5) / samples
    lon = begin[:, 0:1] + share * (end[:, 0:1] - begin[:, 0:1])
    lat = begin[:, 1:2] + share * (end[:, 1:2] - begin[:, 1:2])
    line = begin[:, 2:3] + share * (end[:, 2:3] - begin[:, 2:3])
    top = np.asarray(tops.heights(lon.ravel(), lat.ravel()), np.float64).reshape(lon.shape)
    along = np.maximum(begin[:, 3:4], 1.0) * share
    rest = np.maximum(begin[:, 3:4], 1.0) * (1 - share)
    carrier = np.broadcast_to(np.asarray(frequency_ghz, np.float64), len(begin))[:, None]
    # Earth's bulge, with the usual four thirds of its radius, lifts what stands between.
    bulge = along * rest / (2 * 4 / 3 * 6_371_000.0)
    number = fresnel_number(
        np.where(np.isnan(top), -np.inf, top + bulge - line), along, rest, carrier
    )
    return knife_edge_db(number.max(axis=1))
