"""Update duties: when the next rows are due, and who is late."""

from datetime import UTC, datetime

import pytest

from chengmo.catalog.dataset import Dataset, Lineage
from chengmo.inventory.duty import duty_of, overdue
from chengmo.model import Text

NOW = datetime(2026, 3, 31, tzinfo=UTC)


def version(number, created, frequency, change="replace"):
    lineage = Lineage(
        source_name="a", sha256="0" * 64, format="csv", rows_read=0, rows_kept=0, imported_utc=""
    )
    return Dataset(
        id="a", title=Text(zh="a", en="a"), version=number, snapshot=0, created_utc=created,
        columns=(), geometry_type="none", row_count=0, lineage=lineage, change=change,
        update_frequency=frequency,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("frequency", "days", "is_readable"),
    [("P1M", 0, True), ("P1W", 23, True), (None, 0, True), ("monthly", 0, False)],
)
def test_days_are_counted_from_the_last_rows(frequency, days, is_readable):
    duty = duty_of([version(1, "2026-03-01T00:00:00.000Z", frequency)], NOW)
    assert (duty.days_overdue, duty.is_readable) == (days, is_readable)


def test_new_words_about_old_rows_are_no_update():
    versions = [
        version(1, "2026-01-01T00:00:00.000Z", "P1M"),
        version(2, "2026-03-30T00:00:00.000Z", "P1M", "describe"),
        version(3, "2026-03-30T00:00:00.000Z", "P1M", "restore"),
    ]
    duty = duty_of(versions, NOW)
    assert (duty.due_utc, duty.days_overdue) == ("2026-01-31T00:00:00Z", 59)


def test_the_latest_stands_first():
    duties = [
        duty_of([version(1, f"2026-0{month}-01T00:00:00.000Z", "P1D")], NOW) for month in (3, 1)
    ]
    assert [each.days_overdue for each in overdue(duties)] == [88, 29]
