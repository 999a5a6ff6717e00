"""How much of a signal is lost on its way between a mast and an aircraft.

Free space is ITU-R P.525. The urban macro cell with aerial users (UMa-AV) is 3GPP TR 36.777,
release 15, tables B-1 to B-3; up to 22.5 m it refers to the urban macro cell (UMa) of TR 38.901,
tables 7.4.1-1 and 7.4.2-1. Frequencies in GHz, distances and heights in metres, losses in dB.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest

Floats = NDArray[np.float64]

_LIGHT_MPS = 299_792_458.0
# Between these heights of the aircraft's antenna the model holds.
LOWEST_M, HIGHEST_M = 1.5, 300.0
_AERIAL_M, _ALWAYS_SEEN_M = 22.5, 100.0
_NEAREST_M = 10.0


def free_space_db(distance_m: ArrayLike, frequency_ghz: ArrayLike) -> Floats:
    """Return the basic transmission loss of free space, 20·lg(4πd/λ).

    Example:
        >>> free_space_db([1000], 2.6).round(2).tolist()
        [100.75]
    """
    wave_m = _LIGHT_MPS / (np.asarray(frequency_ghz, np.float64) * 1e9)
    return np.atleast_1d(20 * np.log10(4 * np.pi * np.asarray(distance_m, np.float64) / wave_m))


def sight_0to1(ground_m: ArrayLike, height_m: ArrayLike) -> Floats:
    """Return the probability that nothing stands between (TR 36.777, table B-1).

    Args:
        ground_m: Distance along the ground.
        height_m: Of the aircraft above the ground, 1.5 to 300.

    Raises:
        InvalidRequest: If a height is outside the model.

    Example:
        >>> sight_0to1([200, 5_000], [50, 120]).round(3).tolist()
        [0.967, 1.0]
    """
    along, height = _columns(ground_m, height_m)
    level = np.log10(height)
    first = np.where(height > _AERIAL_M, np.maximum(460 * level - 700, 18.0), 18.0)
    scale = np.where(height > _AERIAL_M, 4300 * level - 3800, 63.0)
    far = np.maximum(along, first)
    share = first / far + np.exp(-far / scale) * (1 - first / far)
    lifted = np.clip((height - 13) / 10, 0, None) ** 1.5
    street = 1 + lifted * 1.25 * (far / 100) ** 3 * np.exp(-far / 150)
    share = np.where((height <= _AERIAL_M) & (along > first), share * street, share)
    return np.where(height > _ALWAYS_SEEN_M, 1.0, np.clip(share, 0.0, 1.0))


def urban_macro_db(
    ground_m: ArrayLike,
    height_m: ArrayLike,
    frequency_ghz: ArrayLike,
    *,
    mast_m: ArrayLike = 25.0,
    sight: bool = True,
) -> Floats:
    """Return the median loss in an urban macro cell (TR 36.777, table B-2).

    Args:
        ground_m: Distance along the ground; nearer than 10 m counts as 10 m.
        height_m: Of the aircraft above the ground, 1.5 to 300.
        frequency_ghz: Of the carrier.
        mast_m: Height of the mast's antenna above the same ground.
        sight: With or without line of sight. Without it the loss is never less than with it.

    Raises:
        InvalidRequest: If a height is outside the model.

    Example:
        >>> urban_macro_db([1000], [80], 2.6).round(1).tolist()
        [102.3]
    """
    along, height, carrier, mast = _columns(ground_m, height_m, frequency_ghz, mast_m)
    along = np.maximum(along, _NEAREST_M)
    span = np.log10(np.hypot(along, height - mast))
    tone = 20 * np.log10(carrier)
    seen = 28.0 + 22 * span + tone
    aerial = height > _AERIAL_M
    turn = 4 * (mast - 1) * np.maximum(height - 1, 0.0) * carrier * 1e9 / _LIGHT_MPS
    beyond = 28.0 + 40 * span + tone - 9 * np.log10(np.maximum(turn**2 + (mast - height) ** 2, 1.0))
    seen = np.where(~aerial & (along > turn), beyond, seen)
    if sight:
        return seen
    above = -17.5 + (46 - 7 * np.log10(height)) * span + 20 * np.log10(40 * np.pi * carrier / 3)
    below = 13.54 + 39.08 * span + tone - 0.6 * (height - 1.5)
    return np.maximum(seen, np.where(aerial, above, below))


def fading_db(height_m: ArrayLike, *, sight: bool) -> Floats:
    """Return the standard deviation of shadow fading (TR 36.777, table B-3)."""
    (height,) = _columns(height_m)
    if not sight:
        return np.full(height.shape, 6.0)
    return np.where(height > _AERIAL_M, 4.64 * np.exp(-0.0066 * height), 4.0)


def _columns(first: ArrayLike, height: ArrayLike | None = None, *more: ArrayLike) -> list[Floats]:
    given = [first, *([] if height is None else [height]), *more]
    columns = [
        np.atleast_1d(part) for part in np.broadcast_arrays(*(np.asarray(c, float) for c in given))
    ]
    heights = columns[0] if height is None else columns[1]
    if not ((heights >= LOWEST_M) & (heights <= HIGHEST_M)).all():
        raise InvalidRequest(
            f"the model of urban macro cells holds from {LOWEST_M} to {HIGHEST_M} m above the "
            "ground, and a height is outside",
            hint="use free space with terrain above that (Link.TERRAIN)",
        )
    return columns
