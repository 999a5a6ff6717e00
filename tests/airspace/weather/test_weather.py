"""Limits against weather: kept at the edge, unknown where not given, no milder in worse."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest
from chengmo_airspace.weather import (
    REASON_TEXTS,
    Conditions,
    ConditionSeries,
    Limits,
    Reason,
    Roughness,
    WeatherVerdict,
    judge,
    temperature_at,
    wind_at,
)

FEW = settings(max_examples=25, deadline=None)
FIT, UNKNOWN, UNFIT = WeatherVerdict
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
DRONE = Limits(wind_mps=10, gust_mps=14, rain_mm_h=2, visibility_m=1000, lowest_c=-10, highest_c=40)
MILD = {"wind_mps": 3, "gust_mps": 5, "rain_mm_h": 0, "visibility_m": 9000, "celsius": 20}


def outcome(height=10, limits=DRONE, **changes):
    found = judge(limits, Conditions.of(**{**MILD, **changes}), height)
    return WeatherVerdict(found.verdict[0]), Reason(found.reason[0])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"wind_mps": 10.1}, Reason.WIND),
        ({"gust_mps": 14.1}, Reason.GUST),
        ({"rain_mm_h": 2.1}, Reason.RAIN),
        ({"visibility_m": 999}, Reason.VISIBILITY),
        ({"celsius": -10}, Reason.COLD),
        ({"celsius": 40.1}, Reason.HOT),
        ({"wind_mps": 11, "gust_mps": np.nan}, Reason.WIND),
        ({"wind_mps": np.nan, "rain_mm_h": 3}, Reason.RAIN),
    ],
)
def test_a_limit_that_is_passed_decides_and_is_named(changes, reason):
    assert outcome(**changes) == (UNFIT, reason)


def test_mild_weather_and_limits_met_exactly_are_fit():
    assert outcome() == (FIT, Reason.NONE)
    assert outcome(wind_mps=10, gust_mps=14, rain_mm_h=2, visibility_m=1000) == (FIT, Reason.NONE)


def test_what_has_a_limit_and_is_not_known_is_unknown_and_what_has_none_is_not_asked():
    assert outcome(visibility_m=np.nan) == (UNKNOWN, Reason.VISIBILITY)
    assert outcome(limits=Limits(wind_mps=10), visibility_m=np.nan) == (FIT, Reason.NONE)


def test_wind_that_is_mild_below_may_be_too_strong_above():
    assert outcome(height=10, wind_mps=8)[0] is FIT
    assert outcome(height=120, wind_mps=8) == (UNFIT, Reason.WIND)


@FEW
@given(st.floats(0, 30), st.floats(0, 600), st.sampled_from(Roughness))
def test_the_wind_grows_with_height_and_keeps_its_value_where_it_was_measured(speed, height, kind):
    low, high = wind_at(speed, [height, height + 50], roughness=kind)
    assert low <= high
    assert wind_at(speed, 10, roughness=kind)[0] == pytest.approx(speed)
    assert wind_at(speed, 700, roughness=kind)[0] == wind_at(speed, 550, roughness=kind)[0]


@FEW
@given(st.floats(0, 20), st.floats(0, 20), st.floats(0, 5), st.floats(0, 200))
def test_stronger_wind_is_never_judged_milder(wind, gust, more, height):
    before = outcome(height, wind_mps=wind, gust_mps=gust)[0]
    assert outcome(height, wind_mps=wind + more, gust_mps=gust + more)[0] >= before


def test_it_gets_colder_upwards():
    assert temperature_at(20, 1000)[0] == pytest.approx(13.5)
    assert outcome(height=200, celsius=-9) == (UNFIT, Reason.COLD)


def test_a_series_holds_until_the_next_row_or_until_it_is_too_old():
    hours = [NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=5)]
    series = ConditionSeries(hours, Conditions.of(wind_mps=[1, 2, 3]))
    asked = [NOON + timedelta(hours=hour) for hour in (-1, 0.5, 1, 1.9, 2, 5.5)]
    wind = series.at(asked).wind_mps
    assert np.nan_to_num(wind, nan=-1).tolist() == [-1, 1, 2, 2, -1, 3]
    with pytest.raises(InvalidRequest, match="do not ascend"):
        ConditionSeries([NOON, NOON], Conditions.of(wind_mps=[1, 2]))
    with pytest.raises(InvalidRequest, match="no offset"):
        ConditionSeries([datetime(2026, 5, 1)], Conditions.of(wind_mps=1))  # noqa: DTZ001 - the test
    with pytest.raises(InvalidRequest, match="moments for"):
        ConditionSeries([NOON], Conditions.of(wind_mps=[1, 2]))


def test_what_cannot_be_is_refused():
    with pytest.raises(InvalidRequest, match="differ in length"):
        Conditions.of(wind_mps=[1, 2], celsius=[1, 2, 3])
    with pytest.raises(InvalidRequest, match="negative"):
        Conditions.of(rain_mm_h=-1)
    with pytest.raises(InvalidRequest, match="no range"):
        Limits(lowest_c=1, highest_c=0)
    with pytest.raises(InvalidRequest, match="negative"):
        wind_at(-1, 10)
    assert set(REASON_TEXTS) == set(Reason)
