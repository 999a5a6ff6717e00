"""What the air takes of a tone: ISO 9613-1:1993, formulas (3) to (5) and annex B.

Three parts: classical absorption, and the relaxation of oxygen and of nitrogen, which follow from
the temperature and from how much water is in the air.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest

Floats = NDArray[np.float64]

_ZERO_C, _REFERENCE_K, _TRIPLE_K = 273.15, 293.15, 273.16
_REFERENCE_KPA = 101.325
_DB_OF_NEPER = 8.686


def absorption_db_per_m(
    frequency_hz: ArrayLike,
    *,
    celsius: ArrayLike = 15.0,
    humidity_percent: ArrayLike = 70.0,
    kpa: ArrayLike = _REFERENCE_KPA,
) -> Floats:
    """Return the absorption of pure tones, dB a metre.

    Args:
        frequency_hz: Of each tone, above 0.
        celsius: Temperature of the air.
        humidity_percent: Relative humidity, above 0, up to 100.
        kpa: Pressure.

    Raises:
        InvalidRequest: If a frequency, a humidity or a pressure is out of range.

    Example:
        >>> (1000 * absorption_db_per_m([500, 4000], celsius=10)).round(1).tolist()
        [1.9, 33.1]
    """
    tone, warm, moist, pressure = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(column, np.float64))
            for column in (frequency_hz, celsius, humidity_percent, kpa)
        )
    )
    if not ((tone > 0) & (moist > 0) & (moist <= 100) & (pressure > 0)).all():  # noqa: PLR2004 - %
        raise InvalidRequest(
            "there is no such tone or air", hint="Hz and kPa above 0, humidity above 0 to 100 %"
        )
    kelvin = warm + _ZERO_C
    ratio, bar = kelvin / _REFERENCE_K, pressure / _REFERENCE_KPA
    saturated = 10 ** (-6.8346 * (_TRIPLE_K / kelvin) ** 1.261 + 4.6151)
    water = moist * saturated / bar
    oxygen = bar * (24 + 4.04e4 * water * (0.02 + water) / (0.391 + water))
    nitrogen = bar * ratio**-0.5 * (9 + 280 * water * np.exp(-4.170 * (ratio ** (-1 / 3) - 1)))
    classical = 1.84e-11 / bar * np.sqrt(ratio)
    relaxed = ratio**-2.5 * (
        0.01275 * np.exp(-2239.1 / kelvin) / (oxygen + tone**2 / oxygen)
        + 0.1068 * np.exp(-3352.0 / kelvin) / (nitrogen + tone**2 / nitrogen)
    )
    return _DB_OF_NEPER * tone**2 * (classical + relaxed)
