import datetime as dt

import pyarrow as pa
import pytest

from chengmo.catalog.importing.names import safe_names
from chengmo.catalog.importing.values import convert, infer_type


def values(cells, kind=None):
    column = pa.array(cells, pa.string())
    found = kind or infer_type(column)
    converted, misfits = convert(column, found)
    return found, converted.to_pylist(), misfits.tolist()


@pytest.mark.parametrize(
    ("cells", "kind", "expected"),
    [
        (["1", "-20", "+3", None], "integer", [1, -20, 3, None]),
        (["1,234", "12"], "integer", [1234, 12]),
        (["1", " 2 ", "NA", "无", "-"], "integer", [1, 2, None, None, None]),
        (["1.5", "-2e3", ".5", "1,000.25"], "number", [1.5, -2000.0, 0.5, 1000.25]),
        (["0", "0.5", "NaN"], "number", [0.0, 0.5, None]),
        (["是", "否", None], "boolean", [True, False, None]),
        (["TRUE", "false"], "boolean", [True, False]),
        (["007", "12"], "text", ["007", "12"]),
        (["420106199001011234", "1"], "text", ["420106199001011234", "1"]),
        (["0x10", "1"], "text", ["0x10", "1"]),
        (["NA", "无"], "text", ["NA", "无"]),
        (["inf", "1"], "text", ["inf", "1"]),
        ([None, None], "text", [None, None]),
        (["2023", "2024"], "integer", [2023, 2024]),
        (["12%", "5%"], "text", ["12%", "5%"]),
    ],
)
def test_a_column_has_the_type_that_its_cells_fit(cells, kind, expected):
    assert values(cells) == (kind, expected, [False] * len(cells))


DAY = dt.date(2024, 3, 1)


@pytest.mark.parametrize(
    "text", ["2024-03-01", "2024/3/1", "20240301", "2024年3月1日", "2024.3.1", " 2024-3-01 "]
)
def test_dates_are_read_in_every_style(text):
    assert values([text, None]) == ("date", [DAY, None], [False, False])


def test_dates_of_all_styles_may_stand_in_one_column():
    found, days, _ = values(["2024-03-01", "2024/3/1", "20240301", "2024年3月1日"])
    assert (found, days) == ("date", [DAY] * 4)


@pytest.mark.parametrize("text", ["2024-02-30", "2024-13-01", "20241301", "0000-01-01", "2024年"])
def test_what_is_in_no_calendar_is_no_date(text):
    assert values([text], "date")[2] == [True]


@pytest.mark.parametrize(
    ("text", "hour", "minute", "second"),
    [
        ("2024-03-01 08:05:06", 0, 5, 6),
        ("2024-03-01T08:05:06Z", 8, 5, 6),
        ("2024-03-01T08:05:06+08:00", 0, 5, 6),
        ("2024-03-01T08:05:06-0130", 9, 35, 6),
        ("2024/3/1 8:05", 0, 5, 0),
        ("2024年3月1日 8时5分6秒", 0, 5, 6),
        ("2024年3月1日8时", 0, 0, 0),
        ("20240301080506", 0, 5, 6),
        ("20240301 08:05:06", 0, 5, 6),
    ],
)
def test_times_are_read_in_every_style_as_utc(text, hour, minute, second):
    found, (moment,), _ = values([text])
    assert found == "datetime"
    assert moment == dt.datetime(2024, 3, 1, hour, minute, second, tzinfo=dt.UTC)


def test_fractions_of_a_second_are_kept():
    _, (moment, same), _ = values(["2024-03-01 08:00:00.25", "2024/3/1 08:00:00.250"])
    assert moment == same == dt.datetime(2024, 3, 1, 0, 0, 0, 250_000, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["2024-03-01 25:00", "2024-03-01 08:61", "noon"])
def test_what_no_clock_shows_is_no_time(text):
    assert values([text], "datetime")[2] == [True]


def test_one_misfit_in_a_hundred_keeps_the_type():
    cells = ["1"] * 199 + ["one"]
    found, converted, misfits = values(cells)
    assert found == "integer"
    assert converted[-1] is None
    assert misfits == [False] * 199 + [True]
    assert values(["1"] * 98 + ["one", "two"])[0] == "text"


def test_safe_names_stay_apart_whatever_their_case():
    assert safe_names(["a", "A", "a_2", "a"]) == ["a", "A_2", "a_2_2", "a_3"]
    assert safe_names(["__", "名 称", "ﬁ", "x\u0000y"]) == ["column_1", "名_称", "fi", "x_y"]
    assert len(set(safe_names(["长" * 100] * 12))) == 12
    assert max(map(len, safe_names(["长" * 100] * 12))) == 63
