"""What is stated and found about quality, and metadata stored before there was any."""

import json

from chengmo.catalog.dataset import Dataset, DatasetMetadata, Lineage
from chengmo.catalog.quality import CheckResult, QualityCheck, QualityReport, SchemaDrift
from chengmo.model.decision import Text

NEW = {
    "legal_basis", "sharing_conditions", "opening_conditions", "category", "level", "contact",
    "sensitive", "checks", "found_sensitive", "report",
}  # fmt: skip


def dataset(**stated):
    lineage = Lineage(
        source_name="a", sha256="0" * 64, format="csv", rows_read=0, rows_kept=0, imported_utc=""
    )
    return Dataset(
        id="a", title=Text(zh="a", en="a"), version=1, snapshot=0, created_utc="", columns=(),
        geometry_type="none", row_count=0, lineage=lineage, **stated,
    )  # fmt: skip


def test_a_version_stored_before_these_fields_can_be_read():
    stored = {k: v for k, v in json.loads(dataset().model_dump_json()).items() if k not in NEW}
    assert Dataset.model_validate(stored) == dataset()
    assert dataset().level is None


def test_what_is_stated_survives_storage():
    stated = {
        "level": "core",
        "sensitive": {"tel": {"kind": "mobile", "treatment": "mask"}},
        "checks": [{"rule": "range", "columns": ["n"], "least": 1, "most": 2.5}],
    }
    stored = Dataset.model_validate_json(dataset(**stated).model_dump_json())
    assert stored == dataset(**stated)
    assert isinstance(stored.metadata, DatasetMetadata)
    assert stored.metadata.checks[0].least == 1


def test_a_report_says_what_is_not_met_and_what_holds():
    hold = QualityCheck(rule="required", columns=("a",), action="hold", threshold_0to1=0.9)
    warn = QualityCheck(rule="unique", columns=("a",), dimension="accuracy")
    results = (
        CheckResult(check=hold, checked=10, failed=1),
        CheckResult(check=hold, checked=10, failed=2),
        CheckResult(check=warn, checked=10, failed=5),
        CheckResult(check=warn, checked=0, failed=0, fault="no such column"),
    )
    report = QualityReport(checked_utc="", results=results)
    assert (report.unmet, report.holds) == (results[1:], results[1:2])
    assert report.dimensions() == {"completeness": 0.8500000000000001, "accuracy": 0.25}
    assert results[0].check.name == "required(a)"


def test_no_difference_is_no_drift():
    assert not SchemaDrift()
    assert SchemaDrift(removed=("a",))
