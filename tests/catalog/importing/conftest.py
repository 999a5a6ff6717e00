"""Staging in this process (no sandbox), which is what most tests of reading need."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chengmo.catalog.importing.options import ImportOptions, Limits, Preview
from chengmo.catalog.importing.reference import Reference
from chengmo.catalog.importing.task import Task, preview_file, stage_table
from chengmo.catalog.staged import QUARANTINE_SCHEMA, StagedTable, table_schema


@dataclass(frozen=True)
class Result:
    staged: StagedTable
    table: pa.Table
    quarantine: list[dict[str, Any]]

    def column(self, name: str) -> list[Any]:
        return self.table.column(name).to_pylist()

    @property
    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.staged.columns}


def stage_here(
    path: Path,
    folder: Path,
    *,
    references: tuple[Reference, ...] = (),
    limits: Limits | None = None,
    **options: Any,
) -> Result:
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    task = Task(
        path,
        path.name,
        ImportOptions.model_validate(options),
        # Tests of reading look at the rows in the order of the file.
        limits or Limits(sorted_bytes=0),
        scratch,
        references,
    )
    staged = stage_table(task, folder, lambda _: None)
    table = pq.read_table(staged.table)
    assert table.schema.equals(table_schema(staged.columns))
    assert table.num_rows == staged.row_count == staged.lineage.rows_kept
    assert staged.lineage.rows_read == staged.lineage.rows_kept + staged.lineage.rows_quarantined
    assert table.column("_row").to_pylist() == list(range(1, table.num_rows + 1))
    quarantine: list[dict[str, Any]] = []
    if staged.quarantine is not None:
        refused = pq.read_table(staged.quarantine)
        assert refused.schema.equals(QUARANTINE_SCHEMA)
        quarantine = refused.to_pylist()
    assert len(quarantine) == staged.lineage.rows_quarantined
    return Result(staged, table, quarantine)


@pytest.fixture
def stage(tmp_path: Path) -> Callable[..., Result]:
    count = 0

    def run(path: Path, **rest: Any) -> Result:
        nonlocal count
        count += 1
        return stage_here(path, tmp_path / f"staged{count}", **rest)

    return run


@pytest.fixture
def preview(tmp_path: Path) -> Callable[..., Preview]:
    count = 0

    def run(
        path: Path,
        *,
        references: tuple[Reference, ...] = (),
        limits: Limits | None = None,
        **options: Any,
    ) -> Preview:
        nonlocal count
        count += 1
        (scratch := tmp_path / f"preview{count}").mkdir()
        made = ImportOptions.model_validate(options)
        task = Task(path, path.name, made, limits or Limits(), scratch, references)
        return preview_file(task, lambda _: None)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def run(content: str | bytes, name: str = "data.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return run


@pytest.fixture(scope="session")
def stations() -> dict[str, Any]:
    """Names and places of metro stations, in GCJ-02 and in WGS 84."""
    path = Path(__file__).parent / "data" / "wuhan_metro_stations_excerpt.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("lon_gcj02", "lat_gcj02", "lon_wgs84", "lat_wgs84")
    found: dict[str, Any] = {key: np.array([float(row[key]) for row in rows]) for key in columns}
    found["name"] = tuple(row["name"] for row in rows)
    found["path"] = path
    return found
