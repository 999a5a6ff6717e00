"""Rows on their way to Parquet: sorted where they fit in memory, none lost in either case."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengmo.catalog.dataset import DatasetColumn, Lineage
from chengmo.catalog.importing.kernels import pc
from chengmo.catalog.importing.writing import TableWriter
from chengmo.catalog.plan import check_staged
from chengmo.catalog.staged import ROW_GROUP_SIZE, StagedTable, table_schema

COLUMNS = (
    DatasetColumn(name="名称", source_name="名称", type="text"),
    DatasetColumn(name="beds", source_name="beds", type="integer"),
    DatasetColumn(name="open", source_name="open", type="boolean"),
    DatasetColumn(name="seen", source_name="seen", type="datetime"),
)
SCHEMA = table_schema(COLUMNS)
NONE = None


def part_of(cells, start):
    """Return rows with these cells; every other value tells the row's place in the file."""
    count = len(cells)
    numbers = range(start + 1, start + 1 + count)
    lon = np.array([np.nan if cell is None else cell / 7 for cell in cells])
    absent = np.isnan(lon)
    west, south = pa.array(lon, mask=absent), pa.array(lon + 0.5, mask=absent)
    values = {
        "名称": [None if number % 5 == 0 else f"站{number}" for number in numbers],
        "beds": [(-1) ** number * (2**63 - number) for number in numbers],
        "open": [number % 2 == 0 for number in numbers],
        "seen": pa.array([number * 10**9 for number in numbers], SCHEMA.field("seen").type),
        "_row": list(numbers),
        "_cell": pa.array(cells, pa.uint64()),
        "_west": west,
        "_south": south,
        "_east": west,
        "_north": south,
        "_geometry": [None if cell is None else str(cell).encode() for cell in cells],
    }
    arrays = [pa.array(values[field.name], field.type) for field in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def write(path, parts, held_bytes):
    """Write rows with these cells, a list a part; return the writer and the rows as they came."""
    tables, done = [], 0
    for cells in parts:
        tables.append(part_of(cells, done))
        done += len(cells)
    with TableWriter(path, SCHEMA, held_bytes=held_bytes) as writer:
        for table in tables:
            writer.write(table)
    return writer, pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def by_cell(rows):
    """Sort rows the slow way: by cell, those without one last, in the order of the file."""
    last = 1 << 64
    found = sorted(rows.to_pylist(), key=lambda row: last if row["_cell"] is None else row["_cell"])
    for number, row in enumerate(found, 1):
        row["_row"] = number
    return found


# The key above all others stands for no place.
cells = st.none() | st.integers(0, 5) | st.integers(0, 2**64 - 2)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    parts=st.lists(st.lists(cells, max_size=8), max_size=6),
    held_bytes=st.sampled_from([0, 1, 500, 1 << 20]),
)
def test_rows_are_sorted_by_cell_and_none_is_lost(tmp_path, parts, held_bytes):
    path = tmp_path / "table.parquet"
    writer, received = write(path, parts, held_bytes)
    found = pq.read_table(path)
    assert found.schema.equals(SCHEMA)
    order = [2**64 if cell is None else cell for part in parts for cell in part]
    assert writer.is_sorted == (held_bytes > 0 or order == sorted(order))
    assert found.to_pylist() == (by_cell(received) if writer.is_sorted else received.to_pylist())
    assert [each.name for each in tmp_path.iterdir()] == ["table.parquet"]


def numbered_rows(cells):
    """Return many rows quickly: their cells, their place in the file, and little else."""
    count = len(cells)
    values = {field.name: pa.nulls(count, field.type) for field in SCHEMA}
    values["beds"] = values["_row"] = pa.array(np.arange(1, count + 1))
    values["_cell"] = cells
    return pa.Table.from_arrays([values[field.name] for field in SCHEMA], schema=SCHEMA)


ROWS = 300_000
RANDOM = np.random.default_rng(1)
LARGE = {
    "places everywhere": pa.array(RANDOM.integers(0, 2**63, ROWS).astype(np.uint64)),
    "few places": pa.array(RANDOM.integers(0, 7, ROWS).astype(np.uint64)),
    "most at one place or none": pa.array(
        RANDOM.integers(0, 2**63, ROWS).astype(np.uint64),
        mask=RANDOM.random(ROWS) < 0.4,
    ).fill_null(12345),
    "half without place": pa.array(
        RANDOM.integers(0, 2**63, ROWS).astype(np.uint64), mask=RANDOM.random(ROWS) < 0.5
    ),
    "one place": pa.array(np.full(ROWS, 5, np.uint64)),
    "in order but for the end": pa.array(
        np.append(np.arange(ROWS - 9), np.arange(9)).astype(np.uint64)
    ),
    "in order": pa.array(np.arange(ROWS).astype(np.uint64)),
}


@pytest.mark.slow
@pytest.mark.parametrize("held_bytes", [1 << 20, 5 << 20, 1 << 30])
@pytest.mark.parametrize("name", LARGE)
def test_a_large_table_is_sorted_in_the_row_groups_of_the_lake(tmp_path, name, held_bytes):
    received = numbered_rows(LARGE[name])
    with TableWriter(tmp_path / "table.parquet", SCHEMA, held_bytes=held_bytes) as writer:
        for start in range(0, ROWS, 20_000):
            writer.write(received.slice(start, 20_000))
    assert writer.is_sorted
    table = pq.read_table(tmp_path / "table.parquet")
    order = pc.sort_indices(received["_cell"].combine_chunks())
    assert table["beds"].combine_chunks().equals(received["beds"].combine_chunks().take(order))
    assert table["_row"].to_pylist() == list(range(1, ROWS + 1))
    metadata = pq.read_metadata(tmp_path / "table.parquet")
    groups = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert max(groups) == ROW_GROUP_SIZE
    assert len(groups) < 3 * ROWS / ROW_GROUP_SIZE
    check_staged(staged_of(tmp_path / "table.parquet"))


def staged_of(path):
    lineage = Lineage(
        source_name="a.csv",
        sha256="0" * 64,
        format="csv",
        rows_read=ROWS,
        rows_kept=ROWS,
        imported_utc="2025-01-01T00:00:00Z",
    )
    return StagedTable(path, None, COLUMNS, "none", None, lineage, ROWS, is_sorted=True)


@pytest.mark.parametrize(
    ("parts", "in_order"),
    [
        ([[1, 2, 2], [2, 3], [3, NONE], [NONE]], True),
        ([[NONE, NONE], [NONE]], True),
        ([[1, 2], [1]], False),
        ([[1, NONE], [2]], False),
        ([[2, 1]], False),
        ([[NONE, 1]], False),
    ],
)
def test_rows_that_do_not_fit_are_sorted_only_if_they_came_so(tmp_path, parts, in_order):
    writer, received = write(tmp_path / "table.parquet", parts, held_bytes=0)
    assert writer.is_sorted == in_order
    assert pq.read_table(tmp_path / "table.parquet").to_pylist() == received.to_pylist()


@pytest.mark.parametrize("held_bytes", [0, 1, 1 << 20])
def test_a_disk_that_cannot_be_written_is_an_error_and_nobody_waits(tmp_path, held_bytes):
    parts = [[3, 2, 1]] * 10
    with pytest.raises(OSError, match="nowhere"):
        write(tmp_path / "nowhere" / "table.parquet", parts, held_bytes)


def break_off(path):
    with TableWriter(path, SCHEMA, held_bytes=0) as writer:
        writer.write(part_of([1], 0))
        raise KeyError


def test_what_goes_wrong_while_reading_is_not_hidden(tmp_path):
    with pytest.raises(KeyError):
        break_off(tmp_path / "table.parquet")
