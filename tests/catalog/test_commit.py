"""A staged file that is sorted becomes part of the lake as it is, and nobody can tell."""

import errno
import shutil
import sqlite3
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.condition import Condition
from chengmo.errors import InvalidRequest, LakeUnavailable


def places(count, seed=0):
    """Return points, a third of them twice, and rows without place."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(113.7, 115.1, count), rng.uniform(29.9, 31.4, count)
    points = [*shapely.points(lon, lat), *shapely.points(lon[::3], lat[::3])]
    return [*points, *[None] * 7]


def test_a_sorted_file_makes_the_same_version_as_one_that_is_not(
    catalog, stage, metadata, sorted_by_reader
):
    refused = [(3, "no number", "x")]
    staged = stage(places(9000), refused=refused)
    taken = sorted_by_reader(staged)
    one = catalog.commit(staged, metadata("one", time_column="seen"))
    two = catalog.commit(taken, metadata("two", time_column="seen"))
    assert two.time_extent == one.time_extent
    assert two.row_count == one.row_count
    rows = catalog.read("one")
    assert catalog.read("two").equals(rows)
    assert catalog.quarantine("two").equals(catalog.quarantine("one"))
    for asked in ({"bbox": (114.2, 30.2, 114.6, 30.8)}, {"where": [Condition("beds", ">=", 700)]}):
        assert catalog.read("two", **asked).equals(catalog.read("one", **asked))
    for after in (None, 1, 8000, rows.num_rows - 3):
        page = catalog.read("two", after_row=after, limit=5)
        assert page.equals(catalog.read("one", after_row=after, limit=5))


def test_sorted_files_can_be_replaced_appended_and_restored(
    catalog, stage, metadata, sorted_by_reader
):
    files = [sorted_by_reader(stage(places(300, i), seed=i)) for i in range(2)]
    catalog.commit(files[0], metadata(), idempotency_key="first")
    assert catalog.commit(files[0], metadata(), idempotency_key="first").version == 1
    catalog.commit(files[1], metadata(), mode="append")
    catalog.commit(files[1], metadata())
    catalog.restore("hospitals", 2)
    assert [each.row_count for each in catalog.versions("hospitals")] == [407, 814, 407, 814]
    for version, parts in {1: files[:1], 2: files, 3: files[1:], 4: files}.items():
        rows = catalog.read("hospitals", version=version, order="row")
        assert rows["_row"].to_pylist() == list(range(1, rows.num_rows + 1))
        wanted = pa.concat_tables([pq.read_table(each.table) for each in parts])
        assert rows.drop(["_row"]).equals(wanted.drop(["_row"]))
    with catalog.lake.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM lake.main.d_hospitals").fetchone() == (814,)


def test_one_commit_of_a_sorted_file_is_one_snapshot(catalog, stage, metadata, sorted_by_reader):
    catalog.commit(stage(3), metadata())
    before = catalog.lake.current_snapshot()
    catalog.commit(sorted_by_reader(stage(50)), metadata())
    assert catalog.lake.current_snapshot() == before + 1


def test_the_lake_keeps_its_own_copy_and_can_be_moved(stage, metadata, tmp_path, sorted_by_reader):
    staged = sorted_by_reader(stage(40, seed=5))
    wanted = pq.read_table(staged.table)
    # DuckDB reads paths as globs, and folders with an equals sign as columns.
    old, new = tmp_path / "city=wuhan [1]", tmp_path / "elsewhere"
    with open_catalog(old) as catalog:
        catalog.commit(staged, metadata())
        staged.table.write_bytes(b"overwritten")
        assert catalog.read("hospitals").equals(wanted)
        assert catalog.maintain(older_than_s=0).orphans == 0
    with sqlite3.connect(old / "lake.sqlite") as database:
        found = database.execute("SELECT DISTINCT path_is_relative FROM ducklake_data_file")
        assert found.fetchall() == [(1,)]
    database.close()
    old.rename(new)
    with open_catalog(new) as catalog:
        assert catalog.read("hospitals").equals(wanted)


def test_an_empty_sorted_file_is_an_empty_version(catalog, stage, metadata, sorted_by_reader):
    catalog.commit(stage(3), metadata())
    assert catalog.commit(sorted_by_reader(stage(0)), metadata()).row_count == 0
    assert catalog.read("hospitals").num_rows == 0


def test_values_at_the_edge_of_their_types_come_back(catalog, stage, metadata, sorted_by_reader):
    staged = stage(4000)
    table = pq.read_table(staged.table)
    rng = np.random.default_rng(3)
    edges = [-(2**63), 2**63 - 1, 0, None, -1]
    beds = [edges[i % 7] if i % 7 < 5 else int(rng.integers(-(2**62), 2**62)) for i in range(4000)]
    seen = [(-1) ** i * int(rng.integers(0, 2**57)) if i % 3 else None for i in range(4000)]
    area = [float(value) for value in rng.normal(size=3996)] + [1e308, -1e308, 5e-324, -0.0]
    for name, values in {"beds": beds, "seen": seen, "area": area}.items():
        position = table.schema.get_field_index(name)
        column = pa.array(values, table.schema.field(name).type)
        table = table.set_column(position, table.schema.field(name), column)
    pq.write_table(table, staged.table)
    taken = sorted_by_reader(staged)
    catalog.commit(taken, metadata())
    assert catalog.read("hospitals").equals(pq.read_table(taken.table))
    where = [Condition("beds", "=", 2**63 - 1)]
    assert catalog.count("hospitals", where=where) == beds.count(2**63 - 1)


@pytest.mark.parametrize("fault", ["cells", "numbers", "no place first"])
def test_a_file_that_only_claims_to_be_sorted_is_the_importers_fault(
    catalog, stage, metadata, fault, sorted_by_reader
):
    taken = sorted_by_reader(stage(places(9000)))
    table = pq.read_table(taken.table)
    half = table.num_rows // 2
    turned = pa.concat_tables([table.slice(half), table.slice(0, half)])
    if fault == "numbers":
        turned = table.set_column(6, "_row", pa.array(np.arange(table.num_rows)))
    elif fault == "cells":
        turned = turned.filter(turned["_cell"].is_valid())
    if fault != "numbers":
        rows = pa.array(np.arange(1, turned.num_rows + 1))
        turned = turned.set_column(turned.column_names.index("_row"), "_row", rows)
    pq.write_table(turned, taken.table, row_group_size=8192)
    with pytest.raises(ValueError, match="said to be sorted"):
        catalog.commit(replace(taken, row_count=turned.num_rows), metadata())
    assert catalog.datasets() == []


def test_a_commit_that_fails_leaves_no_copy_behind(
    stage, metadata, tmp_path, monkeypatch, sorted_by_reader
):
    taken = sorted_by_reader(stage(10))

    def fill_the_disk(_source, target):
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_catalog(tmp_path / "home") as catalog:
        with pytest.raises(InvalidRequest, match="time column"):
            catalog.commit(taken, metadata(time_column="beds"))
        monkeypatch.setattr(shutil, "copyfile", fill_the_disk)
        with pytest.raises(LakeUnavailable, match="No space left") as failure:
            catalog.commit(taken, metadata())
        assert "nothing was committed" in failure.value.hint
        assert list((tmp_path / "home" / "data").rglob("*.parquet")) == []
        assert catalog.datasets() == []
