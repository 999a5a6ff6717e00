"""A small city whose census office is the steward of one dataset."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from chengmo.app import open_platform
from chengmo.catalog.dataset import DatasetColumn, DatasetMetadata, Lineage
from chengmo.catalog.staged import StagedTable, table_schema
from chengmo.grid import encode_keys
from chengmo.model import Text
from chengmo.runs.platform import Platform

PEOPLE = 100


@pytest.fixture
def platform(tmp_path: Path, city_of_people) -> Iterator[Platform]:
    """A platform with two versions of the synthetic dataset `people`."""
    with city_of_people(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def city_of_people(copy_of_home, tmp_path_factory):
    """Open a platform with `people` (names, 区, ages), and others by id and sharing type."""
    made: dict[tuple[tuple[str, str], ...], Path] = {}

    @contextmanager
    def opened(folder: Path, **others: str) -> Iterator[Platform]:
        key = tuple(others.items())
        if key not in made:
            made[key] = tmp_path_factory.mktemp("people") / "home"
            copy_of_home(made[key])
            fill(made[key], others)
        shutil.copytree(made[key], folder / "home")
        with open_platform(home=folder / "home", work=False) as platform:
            yield platform

    return opened


def fill(home: Path, others: dict[str, str]) -> None:
    """Commit two versions of `people`, and the others."""
    with open_platform(home=home, work=False) as platform:
        for version in (1, 2):
            platform.catalog.commit(people(home.parent, version), metadata())
        for name, kind in others.items():
            told = metadata().model_copy(update={"id": name, "sharing": kind})
            platform.catalog.commit(people(home.parent, 3), told)


def metadata(**stated) -> DatasetMetadata:
    return DatasetMetadata(
        id="people", title=Text(zh="居民", en="People"), synthetic=True,
        **{"steward": "census", "sharing": "conditional", **stated},
    )  # fmt: skip


def people(folder: Path, version: int) -> StagedTable:
    columns = tuple(
        DatasetColumn(name=name, source_name=name, type=kind)
        for name, kind in (("name", "text"), ("区", "text"), ("age", "integer"))
    )
    lon, lat = np.linspace(114.0, 114.5, PEOPLE), np.linspace(30.3, 30.8, PEOPLE)
    values = {
        "name": [f"secret-{i}" for i in range(PEOPLE)],
        "区": [("武昌区", "江岸区")[i % 2] for i in range(PEOPLE)],
        "age": [(i * 7 + version) % 90 for i in range(PEOPLE)],
        "_row": np.arange(1, PEOPLE + 1),
        "_cell": encode_keys(lon, lat),
        "_west": lon, "_south": lat, "_east": lon, "_north": lat,
        "_geometry": pa.array(shapely.to_wkb(shapely.points(lon, lat)), pa.binary()),
    }  # fmt: skip
    path = folder / f"people-{version}.parquet"
    pq.write_table(pa.table(values, schema=table_schema(columns)), path)
    return StagedTable(
        table=path, quarantine=None, columns=columns, geometry_type="point",
        extent=(114.0, 30.3, 114.5, 30.8), row_count=PEOPLE,
        lineage=Lineage(
            source_name="people.csv", sha256=f"{version:064x}", format="csv", rows_read=PEOPLE,
            rows_kept=PEOPLE, imported_utc="2025-01-31T08:00:00Z",
        ),
    )  # fmt: skip
