"""When a zone holds: hours, days, offsets, the sun."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pytest

from chengmo import InvalidRequest
from chengmo_airspace.zones import DailyPeriod, DayEvent, Period
from chengmo_airspace.zones.schedule import active_intervals
from chengmo_airspace.zones.sun import find_event

CHINA = timezone(timedelta(hours=8))
MONDAY = datetime(2026, 11, 23, tzinfo=CHINA)
WUHAN = (114.3, 30.6)


def hours_of(*schedule, days=3):
    period = Period(schedule=tuple(schedule))
    found = active_intervals([period], MONDAY, MONDAY + timedelta(days=days), WUHAN)
    return [(a.astimezone(CHINA), b.astimezone(CHINA)) for a, b in found]


def test_without_periods_a_zone_always_holds():
    assert active_intervals([], MONDAY, MONDAY, WUHAN) == [(MONDAY, MONDAY)]


def test_hours_hold_on_their_days_in_their_offset():
    nine, five = time(9, tzinfo=CHINA), time(17, tzinfo=CHINA)
    found = hours_of(DailyPeriod((0, 2), nine, five))
    assert found == [
        (MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=17)),
        (MONDAY + timedelta(hours=57), MONDAY + timedelta(hours=65)),
    ]
    # 22:00 on Sunday in UTC is Monday in China.
    found = hours_of(DailyPeriod((6,), time(22, tzinfo=UTC), time(23, tzinfo=UTC)))
    assert found == [(MONDAY + timedelta(hours=6), MONDAY + timedelta(hours=7))]


def test_hours_that_end_before_they_begin_go_on_past_midnight():
    night = DailyPeriod((6, 0), time(22, tzinfo=CHINA), time(6, tzinfo=CHINA))
    assert hours_of(night) == [
        (MONDAY, MONDAY + timedelta(hours=6)),
        (MONDAY + timedelta(hours=22), MONDAY + timedelta(hours=30)),
    ]


def test_entries_that_touch_are_one_interval():
    whole = DailyPeriod((), time(0, tzinfo=CHINA), time(0, tzinfo=CHINA))
    assert hours_of(whole) == [(MONDAY, MONDAY + timedelta(days=3))]


def test_a_period_that_is_over_does_not_hold():
    over = Period(MONDAY - timedelta(days=2), MONDAY - timedelta(days=1))
    assert active_intervals([over], MONDAY, MONDAY, WUHAN) == []


@pytest.mark.parametrize(
    ("event", "at"),
    [
        (DayEvent.TWILIGHT_BEGINS, "04:53"),
        (DayEvent.SUNRISE, "05:21"),
        (DayEvent.SUNSET, "19:29"),
        (DayEvent.TWILIGHT_ENDS, "19:56"),
    ],
)
def test_the_sun_keeps_to_the_almanac_within_two_minutes(event, at):
    """Wuhan on 2024-06-21, worked with the formulas of the United States' NOAA calculator."""
    expected = datetime.strptime(f"2024-06-21 {at} +0800", "%Y-%m-%d %H:%M %z")
    found = find_event(event, date(2024, 6, 21), *WUHAN)
    assert abs(found - expected) < timedelta(minutes=2)


def test_a_day_without_night_has_no_sunset():
    assert find_event(DayEvent.SUNSET, date(2024, 6, 21), 25.0, 70.0) is None
    entry = DailyPeriod((), DayEvent.SUNSET, DayEvent.SUNRISE)
    period = Period(schedule=(entry,))
    june = datetime(2024, 6, 21, tzinfo=UTC)
    assert active_intervals([period], june, june + timedelta(hours=9), (25.0, 70.0)) == []


def test_night_by_the_sun_is_dark_and_day_is_not():
    night = Period(schedule=(DailyPeriod((), DayEvent.SUNSET, DayEvent.SUNRISE),))
    random = np.random.default_rng(1)
    for minutes in random.uniform(0, 1440, 20).tolist():
        instant = MONDAY + timedelta(minutes=minutes)
        dark = bool(active_intervals([night], instant, instant, WUHAN))
        clock = instant.hour + instant.minute / 60
        # Near the minute itself either is right.
        if min(abs(clock - 6.93), abs(clock - 17.37)) > 0.1:
            assert dark == (clock < 6.93 or clock > 17.37)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: DailyPeriod((), time(8)),
        lambda: DailyPeriod((7,)),
        lambda: Period(datetime(2026, 1, 1)),  # noqa: DTZ001 - refused for it
        lambda: Period(MONDAY, MONDAY),
        lambda: Period(schedule=(DailyPeriod(),)).intervals(
            MONDAY, MONDAY + timedelta(days=4000), *WUHAN
        ),
    ],
)
def test_what_could_mean_two_times_is_refused(wrong):
    with pytest.raises(InvalidRequest) as caught:
        wrong()
    assert caught.value.hint
