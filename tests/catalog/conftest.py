"""A catalogue on disk, over SQLite and over a private PostgreSQL, and files made into tables."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from chengmo.catalog.catalogue import Catalog, open_catalog
from chengmo.catalog.dataset import DatasetColumn, DatasetMetadata, Lineage
from chengmo.catalog.importing.writing import TableWriter
from chengmo.catalog.staged import QUARANTINE_SCHEMA, StagedTable, table_schema
from chengmo.grid.key import encode_keys
from chengmo.model.decision import Text

COLUMNS = (
    DatasetColumn(name="名称", source_name="名称", type="text"),
    DatasetColumn(name="beds", source_name="Beds", type="integer", unit="1"),
    DatasetColumn(name="area", source_name="area", type="number", unit="m2"),
    DatasetColumn(name="open", source_name="open?", type="boolean"),
    DatasetColumn(name="since", source_name="since", type="date"),
    DatasetColumn(name="seen", source_name="seen", type="datetime"),
)
START = datetime(2025, 1, 1, tzinfo=UTC)

Stage = Callable[..., StagedTable]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Make a staged table of given shapes with made-up values."""

    def make(
        shapes: Sequence[object] | int,
        *,
        seed: int = 0,
        kind: str = "point",
        refused: Sequence[tuple[int, str, str]] = (),
        columns: Sequence[DatasetColumn] = COLUMNS,
    ) -> StagedTable:
        folder = tmp_path / f"staged-{uuid4().hex}"
        folder.mkdir()
        return stage_shapes(folder, shapes, seed=seed, kind=kind, refused=refused, columns=columns)

    return make


def stage_shapes(
    folder: Path,
    shapes: Sequence[object] | int,
    *,
    seed: int = 0,
    kind: str = "point",
    refused: Sequence[tuple[int, str, str]] = (),
    columns: Sequence[DatasetColumn] = COLUMNS,
) -> StagedTable:
    rng = np.random.default_rng(seed)
    if isinstance(shapes, int):
        lon, lat = rng.uniform(113.7, 115.1, shapes), rng.uniform(29.9, 31.4, shapes)
        shapes = list(shapely.points(lon, lat))
    count = len(shapes)
    geometries = np.array(shapes, dtype=object)
    present = ~shapely.is_missing(geometries)
    bounds = shapely.bounds(geometries)
    middle = shapely.point_on_surface(geometries)
    cells = np.zeros(count, np.uint64)
    if present.any():
        cells[present] = encode_keys(shapely.get_x(middle[present]), shapely.get_y(middle[present]))
    values = {
        "名称": [f"医院{i}" for i in range(count)],
        "beds": rng.integers(0, 1000, count),
        "area": rng.uniform(10, 1e5, count),
        "open": rng.integers(0, 2, count).astype(bool),
        "since": [(START + timedelta(days=int(i) % 700)).date() for i in range(count)],
        "seen": [START + timedelta(seconds=int(i) % 9999) for i in range(count)],
        "_row": np.arange(1, count + 1),
        "_cell": pa.array(cells, pa.uint64(), mask=~present),
        "_geometry": pa.array(shapely.to_wkb(geometries), pa.binary()),
    }
    for position, name in enumerate(("_west", "_south", "_east", "_north")):
        values[name] = pa.array(bounds[:, position], pa.float64(), mask=~present)
    schema = table_schema(columns)
    table = pa.table(
        [pa.array(values[name], schema.field(name).type) for name in schema.names], schema=schema
    )
    path = folder / "rows.parquet"
    pq.write_table(table, path)
    quarantine = None
    if refused:
        quarantine = folder / "refused.parquet"
        rows = [dict(zip(QUARANTINE_SCHEMA.names, row, strict=True)) for row in refused]
        pq.write_table(pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA), quarantine)
    digest = hashlib.sha256(path.read_bytes() + repr(refused).encode()).hexdigest()
    total = shapely.total_bounds(geometries) if present.any() else None
    return StagedTable(
        table=path,
        quarantine=quarantine,
        columns=tuple(columns),
        geometry_type=kind if present.any() else "none",
        extent=None if total is None else tuple(map(float, total)),
        lineage=Lineage(
            source_name="hospitals.csv",
            sha256=digest,
            format="csv",
            encoding="gb18030",
            crs_received="GCJ-02" if present.any() else None,
            crs_confidence_0to1=0.9,
            rows_read=count + len(refused),
            rows_kept=count,
            rows_quarantined=len(refused),
            imported_utc="2025-06-01T08:00:00Z",
        ),
        row_count=count,
        quality={column.name: 1.0 for column in columns},
        cell_levels=(32,) if present.any() else (),
    )


def metadata_of(dataset: str = "hospitals", **stated: object) -> DatasetMetadata:
    return DatasetMetadata.model_validate(
        {"id": dataset, "title": Text(zh="医院", en="Hospitals"), "licence": "ODbL-1.0"} | stated
    )


@pytest.fixture(scope="session")
def staging() -> Callable[..., StagedTable]:
    """`stage_shapes`, for tests that choose their own folder."""
    return stage_shapes


@pytest.fixture(scope="session")
def metadata() -> Callable[..., DatasetMetadata]:
    return metadata_of


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> str | None:
    """None for SQLite, or the address of an empty PostgreSQL database."""
    if request.param == "sqlite":
        return None
    address = request.getfixturevalue("postgresql_server")
    name = f"t_{uuid4().hex}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"{address}/{name}"


@pytest.fixture
def sorted_by_reader(tmp_path: Path) -> Callable[[StagedTable], StagedTable]:
    """Leave a staged table as the reader of a file does when its rows fit in memory."""

    def sort(staged: StagedTable) -> StagedTable:
        table = pq.read_table(staged.table)
        path = tmp_path / f"sorted-{staged.table.parent.name}.parquet"
        with TableWriter(path, table.schema, held_bytes=1 << 30) as writer:
            writer.write(table)
        return replace(staged, table=path, is_sorted=True)

    return sort


@pytest.fixture
def home(tmp_path: Path, database: str | None, copy_of_home: Callable[[Path], Path]) -> Path:
    """The folder of an empty catalogue."""
    return tmp_path / "home" if database else copy_of_home(tmp_path / "home")


@pytest.fixture
def catalog(home: Path, database: str | None) -> Iterator[Catalog]:
    with open_catalog(home, database) as opened:
        yield opened
