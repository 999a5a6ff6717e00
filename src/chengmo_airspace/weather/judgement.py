"""The verdict: an aircraft's limits against the weather at a height."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest, Text
from chengmo_airspace.weather.conditions import Conditions
from chengmo_airspace.weather.profile import Floats, Roughness, temperature_at, wind_at


class WeatherVerdict(IntEnum):
    """What the weather says, mildest first."""

    FIT = 0
    UNKNOWN = 1
    UNFIT = 2


class Reason(IntEnum):
    """What decided."""

    NONE = 0
    WIND = 1
    GUST = 2
    RAIN = 3
    VISIBILITY = 4
    COLD = 5
    HOT = 6


REASON_TEXTS: Mapping[Reason, Text] = {
    Reason.NONE: Text(zh="在限制之内", en="within the limits"),
    Reason.WIND: Text(zh="平均风速", en="mean wind"),
    Reason.GUST: Text(zh="阵风", en="gusts"),
    Reason.RAIN: Text(zh="降水", en="rain"),
    Reason.VISIBILITY: Text(zh="能见度", en="visibility"),
    Reason.COLD: Text(zh="气温过低", en="too cold"),
    Reason.HOT: Text(zh="气温过高", en="too hot"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What an aircraft bears by its maker's manual, and what its pilot needs; None: no limit.

    Attributes:
        wind_mps: Mean wind where it flies.
        gust_mps: Gusts where it flies.
        rain_mm_h: Rain.
        visibility_m: The least.
        lowest_c: The lowest temperature.
        highest_c: The highest.
    """

    wind_mps: float | None = None
    gust_mps: float | None = None
    rain_mm_h: float | None = None
    visibility_m: float | None = None
    lowest_c: float | None = None
    highest_c: float | None = None

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        if (
            self.lowest_c is not None
            and self.highest_c is not None
            and self.lowest_c > self.highest_c
        ):
            raise InvalidRequest(
                f"from {self.lowest_c} to {self.highest_c} °C is no range", hint="lowest ≤ highest"
            )


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row a place or a moment.

    Attributes:
        verdict: (n,) values of `WeatherVerdict`.
        reason: (n,) values of `Reason`: of an unfit row the first limit that is passed, of an
            unknown one the first of which nothing is known.
        wind_mps: (n,) mean wind at the height.
        gust_mps: (n,) gusts at the height.
    """

    verdict: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    wind_mps: Floats
    gust_mps: Floats


def judge(
    limits: Limits,
    conditions: Conditions,
    height_m: ArrayLike,
    *,
    roughness: Roughness = Roughness.TOWN,
) -> Judgement:
    """Return whether an aircraft may fly in the weather at a height above the ground.

    A limit that is met exactly is kept. What has a limit and is not known makes the answer unknown,
    unless another limit is passed. Gusts grow with height as the mean wind does, which is more than
    they really do.

    Example:
        >>> drone = Limits(wind_mps=10, rain_mm_h=2)
        >>> found = judge(drone, Conditions.of(wind_mps=[4, 8], rain_mm_h=0), 100)
        >>> [Reason(value).name for value in found.reason.tolist()]
        ['NONE', 'WIND']
    """
    wind = wind_at(conditions.wind_mps, height_m, roughness=roughness)
    gust = wind_at(conditions.gust_mps, height_m, roughness=roughness)
    air = temperature_at(conditions.celsius, height_m)
    tests = (
        (Reason.WIND, wind, limits.wind_mps, 1),
        (Reason.GUST, gust, limits.gust_mps, 1),
        (Reason.RAIN, conditions.rain_mm_h, limits.rain_mm_h, 1),
        (Reason.VISIBILITY, conditions.visibility_m, limits.visibility_m, -1),
        (Reason.COLD, air, limits.lowest_c, -1),
        (Reason.HOT, air, limits.highest_c, 1),
    )
    verdict, reason = np.zeros(wind.shape, np.uint8), np.zeros(wind.shape, np.uint8)
    for worse in (WeatherVerdict.UNFIT, WeatherVerdict.UNKNOWN):
        for key, value, limit, sign in tests:
            if limit is None:
                continue
            unfit = (
                value * sign > limit * sign if worse is WeatherVerdict.UNFIT else np.isnan(value)
            )
            first = unfit & (verdict == WeatherVerdict.FIT)
            verdict[first], reason[first] = worse, key
    return Judgement(verdict, reason, wind, gust)
