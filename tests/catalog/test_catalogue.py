import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.condition import Condition
from chengmo.catalog.dataset import ColumnNote, DatasetColumn
from chengmo.errors import Conflict, InvalidQuery, InvalidRequest, LakeUnavailable, UnknownDataset
from chengmo.model.decision import Text


def rows_of(catalog, dataset="hospitals", version=None):
    return catalog.read(dataset, version=version)


def test_a_commit_is_the_next_version_and_its_rows_can_be_read(catalog, stage, metadata):
    staged = stage(200, seed=1)
    first = catalog.commit(staged, metadata(time_column="seen"))
    assert (first.version, first.previous_version, first.row_count) == (1, None, 200)
    assert first.time_extent == ("2025-01-01T00:00:00Z", "2025-01-01T00:03:19Z")
    second = catalog.commit(stage(30, seed=2), metadata())
    assert (second.version, second.previous_version, second.row_count) == (2, 1, 30)
    assert catalog.dataset("hospitals") == second
    assert catalog.versions("hospitals") == [first, second]
    assert catalog.datasets() == [second]
    table = rows_of(catalog, version=1)
    names = [field.name for field in table.schema]
    assert names[:6] == ["名称", "beds", "area", "open", "since", "seen"]
    original = pq.read_table(staged.table)
    assert sorted(table["名称"].to_pylist()) == sorted(original["名称"].to_pylist())
    assert table.schema.types == original.schema.types


def test_rows_are_sorted_by_cell_and_numbered_in_that_order(catalog, stage, metadata):
    catalog.commit(stage(5000, seed=3), metadata())
    table = rows_of(catalog)
    assert table["_row"].to_pylist() == list(range(1, 5001))
    cells = table["_cell"].to_numpy()
    assert (cells[1:] >= cells[:-1]).all()
    assert catalog.read("hospitals", order="row")["_row"].to_pylist() == list(range(1, 5001))


def test_each_row_keeps_its_values_together(catalog, stage, metadata):
    staged = stage(3000, seed=4)
    catalog.commit(staged, metadata())
    columns = ["名称", "beds", "area", "open", "since", "seen", "_cell", "_geometry"]
    received = pq.read_table(staged.table, columns=columns).sort_by("名称")
    assert catalog.read("hospitals", columns=columns).sort_by("名称").equals(received)


def test_appended_rows_are_numbered_after_those_there_are(catalog, stage, metadata):
    catalog.commit(stage(100, seed=1), metadata())
    before = rows_of(catalog).sort_by("_row")
    appended = catalog.commit(stage(50, seed=2), metadata(), mode="append")
    assert (appended.row_count, appended.change, appended.version) == (150, "append", 2)
    by_row = catalog.read("hospitals", order="row")
    assert by_row["_row"].to_pylist() == list(range(1, 151))
    assert by_row.slice(0, 100).equals(before)
    by_cell = catalog.read("hospitals")
    keys = list(zip(by_cell["_cell"].to_pylist(), by_cell["_row"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert rows_of(catalog, version=1).num_rows == 100


def test_pages_in_either_order_make_up_the_whole_also_after_an_append(catalog, stage, metadata):
    shapes = [*shapely.points(np.linspace(114, 115, 40), 30.5), None, None]
    catalog.commit(stage(shapes), metadata())
    catalog.commit(stage(shapes, seed=9), metadata(), mode="append")
    for order in ("cell", "row"):
        whole = catalog.read("hospitals", order=order)["_row"].to_pylist()
        paged, after = [], None
        while True:
            page = catalog.read("hospitals", after_row=after, limit=7, order=order)
            if page.num_rows == 0:
                break
            paged += page["_row"].to_pylist()
            after = paged[-1]
        assert paged == whole


def test_an_append_that_has_other_columns_is_refused_and_changes_nothing(catalog, stage, metadata):
    catalog.commit(stage(10), metadata())
    other = [
        DatasetColumn(name="beds", source_name="beds", type="integer"),
        DatasetColumn(name="area", source_name="area", type="number"),
    ]
    with pytest.raises(InvalidRequest, match="columns differ") as refusal:
        catalog.commit(stage(10, columns=other), metadata(), mode="append")
    assert "replace" in refusal.value.hint
    assert catalog.dataset("hospitals").version == 1


def test_repeating_a_commit_returns_the_version_there_is(catalog, stage, metadata):
    staged = stage(10)
    first = catalog.commit(staged, metadata(), idempotency_key="one")
    assert catalog.commit(staged, metadata(), idempotency_key="one") == first
    assert catalog.commit(staged, metadata()) == first
    appended = catalog.commit(staged, metadata(), mode="append")
    assert appended.row_count == 20
    assert catalog.commit(staged, metadata(), mode="append") == appended
    assert catalog.commit(staged, metadata()).version == 3
    assert catalog.commit(staged, metadata(), idempotency_key="one") == first
    assert catalog.commit(staged, metadata(steward="Health Commission")).version == 4


def test_a_key_that_stands_for_something_else_is_a_conflict(catalog, stage, metadata):
    catalog.commit(stage(10), metadata(), idempotency_key="one")
    with pytest.raises(Conflict, match="version 1 of 'hospitals'"):
        catalog.commit(stage(11), metadata(), idempotency_key="one")
    with pytest.raises(Conflict):
        catalog.commit(stage(10), metadata("clinics"), idempotency_key="one")


def test_restoring_brings_the_rows_back_and_keeps_the_present_rules(catalog, stage, metadata):
    refused = [(7, "no number", "x;y")]
    catalog.commit(stage(100, seed=1, refused=refused), metadata(sharing="unconditional"))
    catalog.commit(stage(20, seed=2), metadata(sharing="none"))
    restored = catalog.restore("hospitals", 1)
    assert (restored.version, restored.change, restored.sharing) == (3, "restore", "none")
    assert rows_of(catalog).equals(rows_of(catalog, version=1))
    assert catalog.quarantine("hospitals").to_pylist() == [
        {"row_number": 7, "reason": "no number", "raw": "x;y"}
    ]
    assert catalog.quarantine("hospitals", 2).num_rows == 0
    assert catalog.restore("hospitals", 3) == restored


def test_restoring_an_appended_version_keeps_its_row_numbers(catalog, stage, metadata):
    catalog.commit(stage(60, seed=1), metadata())
    catalog.commit(stage(40, seed=2), metadata(), mode="append")
    catalog.commit(stage(5, seed=3), metadata())
    catalog.restore("hospitals", 2)
    for order in ("cell", "row"):
        old = catalog.read("hospitals", version=2, order=order)
        assert catalog.read("hospitals", order=order).equals(old)


def test_an_empty_version_can_be_read_and_restored(catalog, stage, metadata):
    catalog.commit(stage(0), metadata())
    catalog.commit(stage(3), metadata())
    assert catalog.restore("hospitals", 1).row_count == 0
    assert rows_of(catalog).num_rows == 0
    assert rows_of(catalog).schema == rows_of(catalog, version=2).schema
    assert catalog.count("hospitals") == 0
    assert list(catalog.batches("hospitals")) == []
    assert catalog.commit(stage(4), metadata(), mode="append").row_count == 4
    assert rows_of(catalog)["_row"].to_pylist() == [1, 2, 3, 4]


def test_new_statements_are_a_version_with_the_same_rows(catalog, stage, metadata):
    catalog.commit(stage(10), metadata())
    labels = {"0": Text(zh="没有", en="none")}
    note = ColumnNote(title=Text(zh="床位", en="Beds"), unit="{bed}", labels=labels)
    described = catalog.describe(
        "hospitals",
        metadata(steward="Health Commission", time_column="since", notes={"beds": note}),
    )
    assert (described.version, described.change) == (2, "describe")
    assert described.time_extent == ("2025-01-01", "2025-01-10")
    beds = described.column("beds")
    assert beds is not None
    assert (beds.title, beds.unit, beds.labels) == (note.title, "{bed}", labels)
    # Who names no values leaves no trace: older versions stay as they were written.
    assert ["labels" in one.model_dump() for one in described.columns].count(True) == 1
    assert rows_of(catalog).equals(rows_of(catalog, version=1))
    assert catalog.describe("hospitals", described.metadata) == described
    with pytest.raises(InvalidRequest, match="keeps its id"):
        catalog.describe("clinics", described.metadata)


@pytest.mark.parametrize("column", ["名称", "nothing"])
def test_a_time_column_without_times_is_refused(catalog, stage, metadata, column):
    with pytest.raises(InvalidRequest, match="time column"):
        catalog.commit(stage(3), metadata(time_column=column))
    assert catalog.datasets() == []


def test_what_does_not_exist_is_named_with_the_way_out(catalog, stage, metadata):
    with pytest.raises(UnknownDataset) as missing:
        catalog.dataset("hospitals")
    assert "chengmo datasets" in missing.value.hint
    catalog.commit(stage(3), metadata())
    with pytest.raises(UnknownDataset, match="no version 2"):
        catalog.read("hospitals", version=2)
    with pytest.raises(UnknownDataset, match="no row 4"):
        catalog.item("hospitals", 4)
    assert catalog.item("hospitals", 3)["_row"].to_pylist() == [3]


def test_batches_stream_the_same_rows_as_a_table(catalog, stage, metadata):
    catalog.commit(stage(3000, seed=1), metadata())
    catalog.commit(stage(100, seed=2), metadata(), mode="append")
    where = [Condition("beds", "<", 500)]
    streamed = [
        row for batch in catalog.batches("hospitals", where=where) for row in batch.to_pylist()
    ]
    table = catalog.read("hospitals", where=where)
    assert streamed == table.to_pylist()
    assert catalog.count("hospitals", where=where) == table.num_rows


def test_columns_come_as_asked(catalog, stage, metadata):
    catalog.commit(stage(3), metadata())
    assert catalog.read("hospitals", columns=["beds", "_row"]).column_names == ["beds", "_row"]
    with pytest.raises(InvalidQuery, match="no column 'nurses'"):
        catalog.read("hospitals", columns=["nurses"])


def test_another_catalogue_on_the_same_lake_sees_a_commit(catalog, stage, metadata, home, database):
    with open_catalog(home, database) as other:
        assert other.datasets() == []
        committed = catalog.commit(stage(5), metadata())
        assert other.dataset("hospitals") == committed
        assert other.read("hospitals").num_rows == 5


def test_a_catalogue_opened_later_reads_every_version(catalog, stage, metadata, home, database):
    # Found with DuckLake 1.0: a wrong schema, cached while the versions were read, hid this table.
    catalog.commit(stage(5, seed=1), metadata())
    with open_catalog(home, database) as other:
        assert other.commit(stage(3, seed=2), metadata(), mode="append").row_count == 8
    catalog.commit(stage(4, seed=3), metadata("clinics"))
    with open_catalog(home, database) as other:
        assert [other.read("hospitals", version=number).num_rows for number in (1, 2)] == [5, 8]
        assert other.read("clinics").num_rows == 4


def test_a_lake_that_was_moved_still_opens(tmp_path, stage, metadata):
    with open_catalog(tmp_path / "old") as catalog:
        catalog.commit(stage(5), metadata())
    (tmp_path / "old").rename(tmp_path / "new [1]")
    with open_catalog(tmp_path / "new [1]") as catalog:
        assert catalog.read("hospitals").num_rows == 5
        assert catalog.commit(stage(6, seed=1), metadata()).version == 2


@pytest.mark.parametrize("name", ["filename", "rowid", "snapshot_id", "select", "city", "目录"])
def test_no_column_name_of_an_owner_gets_in_the_way(tmp_path, stage, metadata, name):
    columns = (DatasetColumn(name=name, source_name=name, type="text"),)
    staged = stage(20, refused=[(1, "no number", "x")])
    table = pq.read_table(staged.table).rename_columns(
        [name if each == "名称" else each for each in pq.read_table(staged.table).column_names]
    )
    pq.write_table(table.drop(["beds", "area", "open", "since", "seen"]), staged.table)
    staged = replace(staged, columns=columns, quality={name: 1.0})
    # DuckDB would take the folder for a column `city` of every file below it.
    with open_catalog(tmp_path / "city=wuhan") as catalog:
        catalog.commit(staged, metadata())
        catalog.commit(staged, metadata(), mode="append")
        catalog.commit(stage(2), metadata())
        catalog.restore("hospitals", 2)
        rows = catalog.read("hospitals", where=[Condition(name, "like", "医院1%")])
        assert set(rows[name].to_pylist()) == {"医院1", *(f"医院{i}" for i in range(10, 20))}
        assert catalog.read("hospitals").column_names[0] == name
        assert catalog.read("hospitals", version=1)[name].to_pylist()[0].startswith("医院")
        assert catalog.quarantine("hospitals").num_rows == 1


@pytest.mark.slow
def test_threads_read_and_commit_at_the_same_time(catalog, stage, metadata):
    catalog.commit(stage(2000, seed=1), metadata())
    files = [stage(20, seed=seed) for seed in range(6)]
    start = threading.Barrier(8)

    def commit(number: int) -> int:
        start.wait()
        return catalog.commit(files[number], metadata(f"set-{number}")).row_count

    def read(_: int) -> int:
        start.wait()
        return sum(catalog.read("hospitals", version=1).num_rows for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        commits = [pool.submit(commit, number) for number in range(6)]
        reads = [pool.submit(read, number) for number in range(2)]
        assert [each.result() for each in commits] == [20] * 6
        assert [each.result() for each in reads] == [40_000] * 2
    assert len(catalog.datasets()) == 7


def test_a_file_that_vanished_is_reported_and_other_versions_stay(catalog, stage, metadata, home):
    catalog.commit(stage(5, seed=1), metadata())
    first = set((home / "data").rglob("*.parquet"))
    catalog.commit(stage(5, seed=2), metadata())
    for path in first:
        path.unlink()
    with pytest.raises(LakeUnavailable) as failure:
        catalog.read("hospitals", version=1)
    assert failure.value.hint
    assert catalog.read("hospitals").num_rows == 5


def test_a_home_that_cannot_be_used_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeUnavailable, match="cannot be used"):
        open_catalog(tmp_path / "file" / "home")


def test_maintenance_deletes_only_old_orphans(catalog, stage, metadata, home):
    catalog.commit(stage(5), metadata())
    folder = next((home / "data").rglob("*.parquet")).parent
    orphan = folder / "orphan.parquet"
    orphan.write_bytes(b"half")
    assert catalog.maintain().orphans == 0
    assert orphan.exists()
    assert catalog.maintain(older_than_s=0).orphans == 1
    assert not orphan.exists()
    assert catalog.read("hospitals").num_rows == 5


def test_more_columns_than_the_lake_takes_are_refused(catalog, stage, metadata):
    columns = tuple(
        DatasetColumn(name=f"c{number}", source_name="c", type="text") for number in range(2001)
    )
    with pytest.raises(InvalidRequest, match="2001 columns"):
        catalog.commit(replace(stage(1), columns=columns), metadata())


def test_a_table_outside_the_layout_is_the_importers_fault(catalog, stage, metadata, tmp_path):
    staged = stage(5)
    pq.write_table(pq.read_table(staged.table).drop(["_row"]), staged.table)
    with pytest.raises(ValueError, match="the staged table is"):
        catalog.commit(staged, metadata())
