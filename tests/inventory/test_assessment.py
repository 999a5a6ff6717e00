"""Declared checks: what passes, what fails, which rows, and what cannot be asked."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from pydantic import ValidationError

from chengmo.catalog.dataset import DatasetColumn
from chengmo.catalog.quality import QualityCheck
from chengmo.errors import UnknownDataset
from chengmo.inventory.assessment import Surroundings, assess, drift_of, duration, report_of
from chengmo.inventory.explanation import describe_drift, describe_result

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TABLE = pa.table(
    {
        "name": ["a", "b", "b", "", None],
        "count": [1, 5, 5, -2, None],
        "share": [0.5, 1.5, None, 0.0, 0.1],
        "day": [date(2026, 2, 27), date(2020, 1, 1), None, date(2026, 3, 1), date(2026, 2, 28)],
        "at": pa.array([NOW, NOW, None, NOW, NOW], pa.timestamp("us", tz="UTC")),
        "_row": [1, 2, 3, 4, 5],
        "_west": [114.0, 114.0, 100.0, None, 114.0],
        "_south": [30.0, 30.0, 30.0, None, 30.0],
        "_east": [114.0, 114.0, 100.0, None, 115.0],
        "_north": [30.0, 30.0, 30.0, None, 30.0],
    }
)
TYPES = {"name": "text", "count": "integer", "share": "number", "day": "date", "at": "datetime"}
COLUMNS = tuple(DatasetColumn(name=n, source_name=n, type=t) for n, t in TYPES.items())


def column_of(name, column):
    if name != "districts":
        raise UnknownDataset(f"no dataset '{name}'", hint="")
    return {"code": pa.chunked_array([["a", None, "c"]]), "number": pa.array([1, 5])}[column]


def result_of(rule, *columns, before=None, **stated):
    check = QualityCheck(rule=rule, columns=columns, **stated)
    extents = {"city": (113.0, 29.0, 114.5, 31.0), "table": None}
    around = Surroundings(column_of, extents.get, before, NOW)
    [result] = assess([check], COLUMNS, lambda names: TABLE.select(list(names)), around)
    return result


@pytest.mark.parametrize(
    ("rule", "columns", "stated", "checked", "rows"),
    [
        ("required", ["name"], {}, 5, (4, 5)),
        ("required", ["count"], {}, 5, (5,)),
        ("unique", ["name"], {}, 4, (3,)),
        ("unique", ["name", "count"], {}, 4, (3,)),
        ("range", ["count"], {"least": 0, "most": 4.5}, 4, (2, 3, 4)),
        ("range", ["share"], {"most": 1}, 4, (2,)),
        ("range", ["day"], {"least": "2021-01-01"}, 4, (2,)),
        ("range", ["at"], {"most": "2026-02-01T00:00:00"}, 4, (1, 2, 4, 5)),
        ("pattern", ["name"], {"pattern": "a|b"}, 4, (4,)),
        ("pattern", ["count"], {"pattern": r"\d"}, 4, (4,)),
        ("one-of", ["name"], {"values": ("a", "")}, 4, (2, 3)),
        ("one-of", ["count"], {"values": (1, 5)}, 4, (4,)),
        ("reference", ["name"], {"dataset": "districts", "column": "code"}, 4, (2, 3, 4)),
        ("reference", ["count"], {"dataset": "districts", "column": "number"}, 4, (4,)),
        ("inside", [], {"dataset": "city"}, 4, (3, 5)),
        ("fresh", ["day"], {"max_age": "P3D"}, 4, (2,)),
        ("fresh", ["at"], {"max_age": "PT1H"}, 4, ()),
    ],
)
def test_a_rule_names_the_rows_that_fail(rule, columns, stated, checked, rows):
    result = result_of(rule, *columns, **stated)
    assert (result.fault, result.checked, result.rows) == ("", checked, rows)
    assert result.failed == len(rows)


@pytest.mark.parametrize(
    ("rule", "columns", "stated", "fault"),
    [
        ("required", ["nothing"], {}, "no column 'nothing'"),
        ("inside", [], {"dataset": "table"}, "has no place"),
        ("fresh", ["name"], {"max_age": "P1D"}, "holds no times"),
        ("reference", ["name"], {"dataset": "x", "column": "y"}, "no dataset 'x'"),
        ("range", ["day"], {"least": "soon"}, "is no date32"),
        ("range", ["name"], {"least": 3, "most": None}, ""),
        ("pattern", ["name"], {"pattern": "("}, "cannot be evaluated"),
    ],
)
def test_what_cannot_be_evaluated_says_why_and_is_not_met(rule, columns, stated, fault):
    result = result_of(rule, *columns, **stated)
    assert fault in result.fault
    assert bool(result.fault) == bool(fault)
    assert not (result.fault and result.is_met)


def test_a_row_that_repeats_one_already_there_fails():
    old = pa.table({"name": ["a"], "count": [1]})
    result = result_of("unique", "name", before=lambda names: old.select(list(names)))
    assert result.rows == (1, 3)


def test_a_threshold_forgives_a_share():
    assert result_of("required", "name", threshold_0to1=0.6).is_met
    assert not result_of("required", "name", threshold_0to1=0.61).is_met


def test_a_rule_over_columns_gives_a_result_for_each():
    check = QualityCheck(rule="required", columns=("name", "count"))
    around = Surroundings(column_of, lambda _: None, None, NOW)
    results = assess([check], COLUMNS, lambda names: TABLE.select(list(names)), around)
    assert [result.check.name for result in results] == ["required(name)", "required(count)"]
    report = report_of(results, None, NOW)
    assert report.dimensions() == {"completeness": pytest.approx(0.7)}


@pytest.mark.parametrize(
    "stated",
    [
        {"rule": "required"},
        {"rule": "range", "columns": ["a"]},
        {"rule": "fresh", "columns": ["a"], "max_age": "a month"},
        {"rule": "fresh", "columns": ["a"], "max_age": "P"},
        {"rule": "reference", "columns": ["a"], "dataset": "b"},
    ],
)
def test_a_check_without_what_it_needs_is_refused(stated):
    with pytest.raises(ValidationError):
        QualityCheck.model_validate(stated)


def test_columns_that_changed_are_named():
    old = [DatasetColumn(name=n, source_name=n, type="text") for n in ("a", "b")]
    new = [DatasetColumn(name=n, source_name=n, type="integer") for n in ("b", "c")]
    drift = drift_of(old, new)
    assert (drift.added, drift.removed) == (("c",), ("a",))
    assert drift.retyped == {"b": ("text", "integer")}
    assert [text.en for text in describe_drift(drift)] == [
        "columns added: c", "columns gone: a", "type changed: b: text → integer",
    ]  # fmt: skip
    assert report_of((), drift_of(old, old), NOW) is None


def test_a_result_is_told_in_both_languages():
    text = describe_result(result_of("required", "name"))
    assert "2/5" in text.zh
    assert "rows 4, 5" in text.en
    assert "no column" in describe_result(result_of("required", "x")).en


def test_durations_are_days():
    assert duration("P1Y2M").days == 425
    with pytest.raises(ValueError, match="no ISO 8601"):
        duration("P")
