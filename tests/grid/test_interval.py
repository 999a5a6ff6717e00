from datetime import UTC, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import (
    cover_interval,
    in_time_ranges,
    interval_range,
    parent_time_keys,
    parse_time_codes,
    read_interval,
    time_bounds,
    time_code,
    time_keys,
    time_ranges,
)
from chengmo.grid.instant import TIME_LEVELS

MOMENT = st.datetimes(timezones=st.just(UTC))
LEVEL = st.sampled_from(TIME_LEVELS)


@settings(deadline=None, max_examples=15)
@given(MOMENT, st.integers(1, 10**9) | st.integers(1, 10**5), LEVEL, st.lists(MOMENT, max_size=5))
def test_a_cover_is_its_interval_and_its_cells_do_not_meet(start, seconds, finest, others):
    try:
        end = start + timedelta(seconds=seconds)
    except OverflowError:
        return
    keys = cover_interval(start, end, finest=finest)
    low, high = time_bounds(keys)
    assert (low[1:] == high[:-1]).all()
    assert low[0] <= np.datetime64(start.replace(tzinfo=None), "s") < high[0]
    assert low[-1] < np.datetime64(end.replace(tzinfo=None), "s") <= high[-1]
    ranges = time_ranges(keys)
    assert len(ranges) == len(keys)
    moments = time_keys([*others, start, end - timedelta(seconds=1)])
    begins, _ = time_bounds(moments)
    assert in_time_ranges(moments, ranges).tolist() == [
        bool(low[0] <= begin < high[-1]) for begin in begins
    ]
    first, last = interval_range(low[0].item().replace(tzinfo=UTC), end, level=finest)
    assert parent_time_keys(moments[-2], finest) == first
    assert parent_time_keys(moments[-1], finest) == last


def fewest(start, end, units):
    """How many cells make up an interval, by trying the coarsest first at every step."""
    count, at = 0, start
    while at < end:
        for unit in units:
            cell = at.astype(f"M8[{unit}]")
            if cell.astype("M8[s]") == at and (cell + 1).astype("M8[s]") <= end:
                at = (cell + 1).astype("M8[s]")
                break
        count += 1
    return count


def test_a_cover_has_few_cells():
    keys = cover_interval("2024-12-31T23:59:58Z", "2027-03-01T00:00:01Z")
    assert time_code(keys).tolist() == [
        b"T20241231235958", b"T20241231235959", b"T2025", b"T2026", b"T202701", b"T202702",
        b"T20270301000000",
    ]  # fmt: skip
    start, end = np.datetime64("2024-01-15T10:11:12"), np.datetime64("2024-03-02T01:02:03")
    assert len(cover_interval(start, end, zone="UTC")) == fewest(start, end, "YMDhms")
    outward = cover_interval("2026-11-22T09:30Z", "2026-11-22T10:01Z", finest="hour")
    assert time_code(outward).tolist() == [b"T2026112209", b"T2026112210"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01T00:00:00", "2027-01-01T00:00:00"),
        ("2026-11", "2026-11-01T00:00:00", "2026-12-01T00:00:00"),
        ("2026-11-22", "2026-11-22T00:00:00", "2026-11-23T00:00:00"),
        ("2026-11-22/2026-11-24", "2026-11-22T00:00:00", "2026-11-25T00:00:00"),
        ("2026-11-22T09:00+08:00/PT1H30M", "2026-11-22T01:00:00", "2026-11-22T02:30:00"),
        ("P1M/2026-03-31T12:00Z", "2026-02-28T12:00:00", "2026-03-31T12:00:00"),
        ("2024-02-29T00:00Z/P1Y2W3DT4S", "2024-02-29T00:00:00", "2025-03-17T00:00:04"),
        ("../2026-01-01T00:00Z", "0001-01-01T00:00:00", "2026-01-01T00:00:00"),
        ("2026-01-01T00:00Z/..", "2026-01-01T00:00:00", "10000-01-01T00:00:00"),
        ("9999", "9999-01-01T00:00:00", "10000-01-01T00:00:00"),
    ],
)
def test_an_interval_has_a_start_and_an_end(text, start, end):
    found = read_interval(text, zone="UTC")
    assert [np.datetime_as_string(t).lstrip("+") for t in found] == [start, end]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-22", "no time zone"),
        ("2026-11-22T09:00Z", "no interval"),
        ("a/b/c", "no interval"),
        ("P1D/P1D", "say an instant"),
        ("2026-11-22T09:00Z/P", "no duration"),
        ("2026-11-22T09:00Z/PT", "no duration"),
        ("2026-11-22T09:00Z/P1H", "no duration"),
        ("2026-11-22T09:00Z/2026-11-22T08:00Z", "end after it starts"),
        ("2026-11-22T09:00Z/P9000Y", "years 1 to 9999"),
        ("2026-13/..", "no date"),
    ],
)
def test_what_is_no_interval_is_refused_with_the_reason(text, words):
    with pytest.raises(InvalidCell, match=words):
        read_interval(text)


def test_an_empty_interval_has_no_cells():
    with pytest.raises(InvalidCell, match="no interval"):
        cover_interval("2026-11-22T09:00Z", "2026-11-22T09:00Z")
    with pytest.raises(InvalidCell, match="2 instants where one"):
        interval_range(["2026-11-22T09:00Z"] * 2, "2026-11-22T09:00Z")
    assert time_ranges([]).shape == (0, 2)
    assert in_time_ranges([1], time_ranges([])).tolist() == [False]


def test_cells_within_others_are_left_out_of_the_ranges():
    keys = parse_time_codes(["T202602", "T2026", "T2026", "T20260203", "T2027"])
    assert time_ranges(keys)[:, 0].tolist() == parse_time_codes(["T2026", "T2027"]).tolist()
