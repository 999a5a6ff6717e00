"""Compiled loops between heights in metres, height indices and vertical fields.

A *height index* counts layers of level 10 (about 1.5 cm near the ground) from the ellipsoid, upward
from 0 and downward from −1 (GB/T 39409-2020, annex C):

    index = floor(K · ln(1 + H / r₀) / ln(1 + θ₀)),  θ₀ = π/180,  r₀ = 6 378 137 m,  K = 7 372 800
    H = r₀ · ((1 + θ₀)^(index / K) − 1)

A *vertical field* is what a profile writes into the 3-D code, as the bits that annex C.14 slices:
below ground(1) 4°(6) 30′(3) 15′(1) 1′(4) 4″(4) 2″(1), then four octal digits (12).

Logarithm and exponential are written out here so that the compiler can vectorise them and every
processor gives the same bits: only additions, multiplications and divisions of IEEE 754, none of
them fused.
"""

# pyright: reportReturnType=false, reportArgumentType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import math

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.grid.kernel import Floats, exact_float, magnitude_of, units_of_field

Indices32 = NDArray[np.int32]
Fields = NDArray[np.uint32]

STANDARD, BITS, BITS2C, GEOSOT = 0, 1, 2, 3
RADIUS_M = 6_378_137.0
# ln(1 + π/180) to the nearest binary64, written out: libraries differ in the last bit.
_LN_STEP = 0.017302733123681042
LAYERS_PER_DEGREE = 7_372_800
# 256° up and 256° down: 64 digits of 4° in each direction.
LAYERS = 256 * LAYERS_PER_DEGREE
# What an index may lack through rounding: at −6 302 km neighbouring binary64 numbers are 5e-6 of a
# layer apart. Near the ground this is 0.08 µm.
SNAP = 5e-6

_PER_LN = LAYERS_PER_DEGREE / _LN_STEP
_LN_LAYER = _LN_STEP / LAYERS_PER_DEGREE
_PER_RADIUS = 1.0 / RADIUS_M
LOWEST_M = RADIUS_M * math.expm1(-LAYERS * _LN_LAYER)
HIGHEST_M = RADIUS_M * math.expm1(LAYERS * _LN_LAYER)
_FIRST, _LAST = -float(LAYERS), float(LAYERS - 1)
_LOW_LIMIT = LOWEST_M - 1e-9

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_PER_LN2 = 1.4426950408889634
_T3, _T4, _T5, _T6 = 1 / 6, 1 / 24, 1 / 120, 1 / 720
_T7, _T8, _T9, _T10 = 1 / 5040, 1 / 40320, 1 / 362880, 1 / 3628800
_T11, _T12, _T13 = 1 / 39916800, 1 / 479001600, 1 / 6227020800
_ROOT_BITS = np.uint64(0x3FE6A09E667F3BCD)  # √½
_TO_ROOT = np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
_MANTISSA, _U52 = np.uint64(0x000FFFFFFFFFFFFF), np.uint64(52)
_ROUND, _BIAS = 1.5 * 2.0**52, np.uint64(1023)
_MAGNITUDE, _U1, _U4, _U31 = np.uint64(0x7FFFFFFF), np.uint64(1), np.uint64(4), np.uint64(31)
_LOW17, _LOW15, _U17 = np.uint64(0x1FFFF), np.uint64(15), np.uint64(17)
_MINUTE, _QUARTER = 122_880, 1_843_200
_M = np.uint64(_MINUTE)


# Python's check for a division by zero would keep the loop from being vectorised.
@numba.njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def log_of(value: float) -> float:
    """Return the natural logarithm of a positive normal number."""
    bits = np.float64(value).view(np.uint64) + _TO_ROOT
    k = exact_float(bits >> _U52) - 1023.0
    f = np.uint64((bits & _MANTISSA) + _ROOT_BITS).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    # 2·artanh(s), |s| < 0.172: eleven terms are exact to 2⁻⁵⁶.
    p = 1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19 + z * (1 / 21 + z * (1 / 23)))))
    p = 1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * p))))
    s += s
    return k * _LN2_HIGH + (s + (s * (z * p) + k * _LN2_LOW))


@numba.njit(cache=True, nogil=True, forceinline=True)
def expm1_of(value: float) -> float:
    """Return e^value − 1 for |value| < 700, accurate near 0 too."""
    shifted = value * _PER_LN2 + _ROUND
    k = shifted - _ROUND
    r = value - k * _LN2_HIGH - k * _LN2_LOW
    p = _T9 + r * (_T10 + r * (_T11 + r * (_T12 + r * _T13)))
    p = _T5 + r * (_T6 + r * (_T7 + r * (_T8 + r * p)))
    p = r + r * (r * (0.5 + r * (_T3 + r * (_T4 + r * p))))
    scale = np.uint64((np.float64(shifted).view(np.uint64) + _BIAS) << _U52).view(np.float64)
    return scale * p + (scale - 1.0)


@numba.njit(cache=True, nogil=True)
def index_heights(heights: Floats, out: Indices32) -> int:
    """Write the height index of each height in metres; return how many are out of range."""
    bad = 0
    for i in range(heights.size):
        height = heights[i]
        bad += not ((height >= _LOW_LIMIT) & (height < HIGHEST_M))
        layers = log_of((height + RADIUS_M) * _PER_RADIUS) * _PER_LN
        out[i] = np.int32(min(max(np.floor(layers + SNAP), _FIRST), _LAST))
    return bad


@numba.njit(cache=True, nogil=True)
def heights_of(indices: Indices32, above: int, out: Floats) -> None:
    """Write the floor in metres of the layer `above` (0 or 1) layers over each index."""
    for i in range(indices.size):
        out[i] = expm1_of((np.float64(indices[i]) + above) * _LN_LAYER) * RADIUS_M


@numba.njit(cache=True, nogil=True)
def fields_of(indices: Indices32, profile: int, out: Fields) -> None:
    """Write the vertical field that a profile gives each height index."""
    for i in range(indices.size):
        n = np.int64(indices[i])
        below = n < 0
        if profile == STANDARD:
            v = n + LAYERS if below else n
            # Digits of radix 15 in four bits: one code of 16 is left out each minute's quarter.
            minutes = np.int64(np.floor((v + 0.5) * (1.0 / _MINUTE)))
            quarters = np.int64(np.floor((v + 0.5) * (1.0 / _QUARTER)))
            v = v + (minutes << 13) + (quarters << 17)
        elif profile == BITS:
            v = -n if below else n
        elif profile == BITS2C:
            v = n & 0x7FFFFFFF
        else:
            v = np.int64(magnitude_of(np.float64(~n if below else n)))
        out[i] = np.uint32(v | (np.int64(below) << 31))


@numba.njit(cache=True, nogil=True)
def indices_of_fields(fields: Fields, profile: int, out: Indices32) -> int:
    """Write the height index of each field; return how many name no layer of the profile."""
    bad = 0
    for i in range(fields.size):
        field = np.uint64(fields[i])
        below, v = (field >> _U31) != 0, field & _MAGNITUDE
        if profile == STANDARD:
            group, rest = v >> _U17, v & _LOW17
            minutes = (group >> _U4) * np.uint64(15) + (group & _LOW15)
            wrong = (rest >= _M) | ((group & _LOW15) == _LOW15)
            n = np.int64(minutes * _M + rest) - (LAYERS if below else 0)
        elif profile == BITS:
            # Sign and magnitude: the layer nearest below the ground lacks its magnitude 0.
            n = -max(np.int64(v), np.int64(1)) if below else np.int64(v)
            wrong = (n > LAYERS - 1) | (n < -LAYERS)
        elif profile == BITS2C:
            n = np.int64(np.int32(fields[i]))
            # The lowest layers of a coarse level begin below −256°: the caller looks at those.
            wrong = n > LAYERS - 1
        else:
            m = np.int64(units_of_field(v))
            n = ~m if below else m
            wrong = np.int64(magnitude_of(np.float64(m))) != np.int64(v)
        bad += wrong
        out[i] = np.int32(0 if wrong else n)
    return bad
