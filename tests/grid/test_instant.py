from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import (
    parent_time_keys,
    parse_time_codes,
    time_bounds,
    time_code,
    time_keys,
    time_levels,
    time_range,
)
from chengmo.grid.instant import TIME_LEVELS

MOMENT = st.datetimes(timezones=st.just(UTC))
LEVEL = st.sampled_from(TIME_LEVELS)
NAIVE_MOMENT = datetime.fromisoformat("2026-11-22T17:30:15")
FORMATS = ("%Y", "%m", "%d", "%H", "%M", "%S")


def expected_code(moment, level):
    parts = FORMATS[: TIME_LEVELS.index(level) + 1]
    texts = [f"{moment.year:04d}", *(moment.strftime(part) for part in parts[1:])]
    return "T" + "".join(texts)


@settings(deadline=None, max_examples=60)
@example(datetime(1, 1, 1, tzinfo=UTC), "second")
@example(datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "second")
@example(datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), "day")
@given(MOMENT, LEVEL)
def test_a_code_says_the_moment_and_reads_as_its_key(moment, level):
    key = time_keys(moment, level=level)
    assert time_code(key).item().decode() == expected_code(moment, level)
    assert parse_time_codes(time_code(key)) == key
    assert TIME_LEVELS[int(time_levels(key)) - 1] == level
    assert 0 < key < 2**40
    start, end = time_bounds(key)
    assert start <= np.datetime64(moment.replace(tzinfo=None)) < end


@settings(deadline=None, max_examples=60)
@given(MOMENT, MOMENT, LEVEL)
def test_keys_sort_by_time_and_parents_are_prefixes(one, other, level):
    first, second = time_keys(one), time_keys(other)
    assert (first < second) == (one.replace(microsecond=0) < other.replace(microsecond=0))
    parent = parent_time_keys(first, level)
    assert time_code(first).item().startswith(time_code(parent).item())
    low, high = time_range(parent)
    start, end = time_bounds(parent)
    inside = start <= np.datetime64(other.replace(tzinfo=None)) < end
    assert (low <= second <= high) == inside
    assert low == parent


def test_the_zone_of_an_instant_is_turned_into_utc():
    key = time_keys("2026-11-22T09:30:15Z")
    eight = timezone(timedelta(hours=8))
    for same in (
        "2026-11-22T17:30:15+08:00",
        "2026-11-22 17:30:15.999+08:00",
        "20261122T173015+0800",
        b"2026-11-22T04:00:15-05:30",
        datetime(2026, 11, 22, 17, 30, 15, tzinfo=eight),
        np.array("2026-11-22T09:30:15.5Z", object),
    ):
        assert time_keys(same) == key
    for same in ("2026-11-22T17:30:15", NAIVE_MOMENT):
        for zone in ("Asia/Shanghai", "+08:00"):
            assert time_keys(same, zone=zone) == key
    local = np.array(["2026-11-22T17:30:15"], "M8[ms]")
    assert time_keys(local, zone="Asia/Shanghai") == [key]
    assert time_keys("2026-11-22T04:00:15", zone="-05:30") == key
    # A zone in the text wins over the one given for those without.
    both = time_keys(["2026-11-22T09:30:15Z", "2026-11-22T17:30:15"], zone="Asia/Shanghai")
    assert both.tolist() == [key, key]


def test_columns_of_one_layout_read_as_one_text_after_the_other():
    rng = np.random.default_rng(3)
    seconds = np.datetime64("1900-01-01", "s") + rng.integers(0, 6 * 10**9, 200).astype("m8[s]")
    for tail in ("Z", "+08:00", "-03:30"):
        texts = np.char.add(seconds.astype("U"), tail)
        alone = [int(time_keys(text + "")) for text in texts.astype(object)]
        assert time_keys(texts).tolist() == alone
        assert time_keys(texts.astype("S")).tolist() == alone


@pytest.mark.parametrize(
    "instant",
    ["2026-11-22T09:30", NAIVE_MOMENT, np.datetime64("2026-11-22T09:30"), "20261122T09"],
)
def test_an_instant_without_a_zone_is_refused_with_the_way_out(instant):
    with pytest.raises(InvalidCell, match=r"names no.* zone") as caught:
        time_keys(instant)
    assert "zone=" in caught.value.hint


@pytest.mark.parametrize("day", ["2026-11-22", "20261122", np.datetime64("2026-11-22")])
def test_a_date_is_an_instant_in_utc_only(day):
    assert time_code(time_keys(day, level="day", zone="UTC")) == b"T20261122"
    with pytest.raises(InvalidCell, match=r"a date, no instant.*read_interval"):
        time_keys(day, level="day", zone="Asia/Shanghai")


@pytest.mark.parametrize("wrong", ["2026-03-29T02:30", "2026-10-25T02:30"])
def test_a_time_that_the_clocks_skip_or_repeat_is_refused(wrong):
    fine = ["2026-03-29T01:59", "2026-03-29T03:00", "2026-10-25T03:00", "2026-07-01T12:00"]
    column = np.array(fine, "M8[s]")
    assert time_code(time_keys(column, zone="Europe/Berlin", level="minute")).tolist() == [
        b"T202603290059", b"T202603290100", b"T202610250200", b"T202607011000"
    ]  # fmt: skip
    with pytest.raises(InvalidCell, match=r"at index 4 .*skip or repeat"):
        time_keys(np.array([*fine, wrong], "M8[s]"), zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-02-30T00:00Z", "at index 1 is no instant"),
        ("2026-11-22T24:30:00Z", "at index 1 is no instant"),
        ("2016-12-31T23:59:60Z", "leap seconds"),
        ("yesterday", "'yesterday' at index 1"),
        ("0001-01-01T00:00:00+08:00", "years 1 to 9999"),
        (12, "12 at index 1"),
        (None, "None at index 1"),
    ],
)
def test_what_is_no_instant_is_named(instant, words):
    with pytest.raises(InvalidCell, match=words):
        time_keys(np.array(["2026-11-22T09:30:15Z", instant], object))


def test_columns_that_hold_no_instants_are_refused():
    with pytest.raises(InvalidCell, match="NaT at index 1"):
        time_keys(np.array(["2026-11-22", "NaT"], "M8[s]"), zone="UTC")
    with pytest.raises(InvalidCell, match="holds no instants"):
        time_keys([1.5])
    with pytest.raises(InvalidCell, match="no time zone 'Mars/Olympus'"):
        time_keys("2026-11-22T09:30", zone="Mars/Olympus")
    with pytest.raises(InvalidCell, match="no time zone '\\+8'"):
        time_keys("2026-11-22T09:30", zone="+8")
    with pytest.raises(InvalidCell, match="no time level 'week'"):
        time_keys("2026-11-22T09:30Z", level="week")
    with pytest.raises(InvalidCell, match="is a hour, not in one second"):
        parent_time_keys(time_keys("2026-11-22T09:30Z", level="hour"), "second")
    assert time_keys([], zone="UTC").size == 0
    assert time_keys([["2026-11-22T09:30Z"]]).shape == (1, 1)


@pytest.mark.parametrize("key", [0, -1, 2**40, 2026 << 26 | 13 << 22, 2026 << 26 | 1 << 12])
def test_a_number_that_is_no_time_key_is_named(key):
    good = int(time_keys("2026-11-22T09:30:15Z"))
    with pytest.raises(InvalidCell, match=f"{key} at index 1 is no time key"):
        time_code([good, key])
    with pytest.raises(InvalidCell, match="holds no time keys"):
        time_code([0.5])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026", "'2' at position 1"),
        ("T20X6", "'X' at position 4"),
        ("T202", "4 characters"),
        ("T202613", "no moment of the calendar"),
        ("T20260230", "no moment of the calendar"),
        ("T2026022824", "no moment of the calendar"),
        ("T0000", "no moment of the calendar"),
        ("T20260100", "no moment of the calendar"),
        ("", "0 characters"),
    ],
)
def test_what_is_no_time_code_is_refused_with_the_reason(text, words):
    with pytest.raises(InvalidCell, match=words):
        parse_time_codes(["T2026", text])


def test_every_day_of_four_centuries_and_the_ends_of_time_have_the_calendars_key():
    days = np.arange(np.datetime64("1599-12-01", "D"), np.datetime64("2001-02-01", "D"))
    edges = np.array(["0001-01-01", "0004-02-29", "9999-12-31"], "M8[D]")
    days = np.r_[days, edges]
    codes = time_code(time_keys(days, level="day", zone="UTC"))
    assert codes.tolist() == [f"T{str(day).replace('-', '')}".encode() for day in days]


@settings(deadline=None, max_examples=200)
@example((2023, 2, 29, 1, 0, 0))
@example((2024, 2, 29, 0, 0, 0))
@example((2024, 0, 5, 0, 0, 0))
@example((2024, 4, 31, 24, 60, 60))
@given(
    st.tuples(
        st.integers(0, 10_001), st.integers(0, 15), st.integers(0, 31), st.integers(0, 31),
        st.integers(0, 63), st.integers(0, 63),
    )
)  # fmt: skip
def test_a_number_is_a_time_key_where_the_calendar_has_such_a_moment(fields):
    year, month, day, hour, minute, second = fields
    key = year << 26 | month << 22 | day << 17 | hour << 12 | minute << 6 | second
    known = [value > 0 for value in fields]
    level = sum(known)
    try:
        datetime(year, max(month, 1), max(day, 1), max(hour, 1) - 1, max(minute, 1) - 1,
                 max(second, 1) - 1, tzinfo=UTC)  # fmt: skip
    except ValueError:
        level = 0
    if known != sorted(known, reverse=True):
        level = 0
    if level:
        assert time_levels(key) == level
    else:
        with pytest.raises(InvalidCell, match="no time key"):
            time_levels(key)
