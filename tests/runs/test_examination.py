"""An import is held against what was declared, and looked through for what is sensitive."""

from pathlib import Path

import pytest

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.catalog.quality import QualityCheck
from chengmo.errors import HeldBack, SharingDenied
from chengmo.identity.actor import LOCAL_ADMINISTRATOR, Actor
from chengmo.model import Text
from chengmo.runs.examination import assess_now, sensitive_in_dataset
from chengmo.runs.intake import IncomingFile, look_at, take_in

# Each reads a file in a process of its own.
pytestmark = pytest.mark.slow

STEWARD = Actor(id="lin", roles=frozenset({"steward"}))


@pytest.fixture
def catalog(tmp_path, copy_of_home):
    with open_catalog(copy_of_home(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def bring(catalog, tmp_path):
    def bring(text, *checks, mode="replace", forced_by=None, name="stops", key=None):
        path = Path(tmp_path / f"{name}.csv")
        path.write_text(text, "utf-8")
        metadata = DatasetMetadata(id=name, title=Text(zh="站", en="Stops"), checks=checks)
        file = IncomingFile(path)
        return take_in(catalog, file, metadata, mode=mode, forced_by=forced_by, idempotency_key=key)

    return bring


HOLD = QualityCheck(rule="unique", columns=("code",), action="hold")
WARN = QualityCheck(rule="required", columns=("name",))
GOOD = "code,name,lon,lat\n1,a,114.3,30.5\n2,b,114.2,30.6\n3,c,114.1,30.7\n"
REPEATED = "code,name,lon,lat\n1,a,114.3,30.5\n2,,114.2,30.6\n2,c,114.1,30.7\n"


def test_an_import_without_checks_has_no_report(bring):
    assert bring(GOOD).report is None


def test_the_rows_of_a_report_are_those_of_the_version(bring, catalog):
    dataset = bring(REPEATED, WARN)
    [result] = dataset.report.results
    assert (result.checked, result.failed, result.is_met) == (3, 1, False)
    [row] = result.rows
    assert catalog.item("stops", row).column("code").to_pylist() == [2]
    assert catalog.dataset("stops").report == dataset.report
    assert assess_now(catalog, dataset).results == dataset.report.results


def test_a_bad_import_is_held_back_and_the_steward_may_force_it(bring, catalog):
    bring(GOOD, HOLD)
    with pytest.raises(HeldBack, match=r"stands once: 1/3 rows fail") as caught:
        bring(REPEATED, HOLD)
    [fault] = caught.value.faults
    assert (fault.pointer, "不重复" in fault.zh) == ("/code", True)
    assert catalog.dataset("stops").version == 1
    with pytest.raises(SharingDenied):
        bring(REPEATED, HOLD, forced_by=Actor(id="x", roles=frozenset({"analyst"})))
    forced = bring(REPEATED, HOLD, forced_by=STEWARD)
    assert (forced.version, forced.report.forced_by) == (2, "lin")


def test_nobody_is_named_where_nothing_had_to_be_forced(bring):
    assert bring(GOOD, HOLD, forced_by=LOCAL_ADMINISTRATOR).report.forced_by == ""


def test_appended_rows_are_held_against_those_that_stay(bring, catalog):
    bring(GOOD, HOLD)
    with pytest.raises(HeldBack, match="rows 4"):
        bring("code,name,lon,lat\n3,z,114.3,30.5\n", HOLD, mode="append")
    assert bring("code,name,lon,lat\n4,z,114.3,30.5\n", HOLD, mode="append").row_count == 4


def test_the_same_import_again_is_the_version_there_is(bring):
    bring(GOOD, HOLD)
    more = "code,name,lon,lat\n4,z,114.3,30.5\n"
    assert bring(more, HOLD, mode="append").version == 2
    assert bring(more, HOLD, mode="append").version == 2
    assert bring(more.replace("4", "5"), HOLD, mode="append", key="k").version == 3
    assert bring(more.replace("4", "5"), HOLD, mode="append", key="k").version == 3


def test_columns_that_changed_since_the_version_before_are_named(bring):
    bring(GOOD)
    drift = bring("code,title,lon,lat\nx,a,114.3,30.5\ny,b,114.2,30.6\n").report.drift
    assert (drift.added, drift.removed) == (("title",), ("name",))
    assert drift.retyped == {"code": ("integer", "text")}


def test_a_check_against_another_dataset_reads_it(bring):
    bring("code,lon,lat\n1,114.0,30.0\n2,115.0,31.0\n", name="known")
    known = QualityCheck(rule="reference", columns=("code",), dataset="known", column="code")
    inside = QualityCheck(rule="inside", dataset="known")
    results = bring("code,lon,lat\n1,114.3,30.5\n9,119.1,30.7\n", known, inside).report.results
    assert [(result.failed, result.fault) for result in results] == [(1, ""), (1, "")]


PEOPLE = "电话,姓名,lon,lat\n" + "".join(
    f"1381234{n:04},王伟,114.{n:05},30.{n:05}\n" for n in range(30)
)


def test_sensitive_columns_are_shown_before_and_kept_after_an_import(bring, catalog, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, "utf-8")
    shown = look_at(catalog, IncomingFile(path)).sensitive
    assert {each.kind for each in shown} == {"mobile", "person-name", "home-coordinates"}
    dataset = bring(PEOPLE, name="people")
    assert {each.kind for each in dataset.found_sensitive} == {each.kind for each in shown}
    assert "_geometry" in {each.column for each in dataset.found_sensitive}
    assert sensitive_in_dataset(catalog, dataset) == dataset.found_sensitive
    more = "电话,姓名,lon,lat\n,,114.1,30.2\n"
    later = bring(more.replace(",,", "12345,无,"), name="people", mode="append")
    assert {each.kind for each in later.found_sensitive} >= {"mobile", "home-coordinates"}


def test_rows_in_no_order_are_numbered_as_the_commit_will(catalog, tmp_path, monkeypatch):
    # As a file beyond what is sorted in memory: the staged table is not sorted.
    import chengmo.runs.intake as intake

    def unsorted(path, options, folder, **given):
        limits = Limits(sorted_bytes=0)
        return stage_file(path, options, folder, limits=limits, **given)

    from chengmo.catalog.importing import Limits, stage_file

    monkeypatch.setattr(intake, "stage_file", unsorted)
    path = tmp_path / "far.csv"
    places = [(114.9, 30.9), (113.1, 29.1), (114.5, 30.1), (113.5, 30.9)]
    lines = [f"{lon},{lat},{'' if n == 2 else n}" for n, (lon, lat) in enumerate(places)]
    path.write_text("lon,lat,name\n" + "\n".join(lines), "utf-8")
    check = QualityCheck(rule="required", columns=("name",))
    metadata = DatasetMetadata(id="far", title=Text(zh="远", en="Far"), checks=(check,))
    dataset = take_in(catalog, IncomingFile(path), metadata)
    [row] = dataset.report.results[0].rows
    assert catalog.item("far", row).column("lon").to_pylist() == [114.5]
