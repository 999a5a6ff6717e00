"""Platforms with the scenarios of `packages` and one small dataset."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chengmo.app import open_platform
from chengmo.catalog.dataset import DatasetColumn, DatasetMetadata, Lineage
from chengmo.catalog.staged import StagedTable, table_schema
from chengmo.compute import LocalPool
from chengmo.grid import encode_keys
from chengmo.identity.actor import LOCAL_ADMINISTRATOR
from chengmo.model import Text
from chengmo.runs.decide import WARM_UP
from chengmo.runs.platform import Platform
from chengmo.runs.runs import Runs

PACKAGES = Path(__file__).parent / "packages"
ADMINISTRATOR = LOCAL_ADMINISTRATOR
PATIENCE_S = 60.0


@pytest.fixture(scope="session", autouse=True)
def scenarios() -> Iterator[Path]:
    """Install the test scenarios: a distribution on the path, found by its entry point."""
    sys.path.append(str(PACKAGES))
    yield PACKAGES
    sys.path.remove(str(PACKAGES))


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str | None:
    """The address of the database: None, which is SQLite, unless a test asks for PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    return request.getfixturevalue("postgresql_database")


@pytest.fixture(scope="session")
def warm_pool(scenarios: Path) -> Iterator[LocalPool]:
    """One pool for all: loading the libraries once is most of the time."""
    pool = LocalPool(warm_up=(WARM_UP,))
    yield pool
    pool.close()


@pytest.fixture
def platform(idle_platform: Platform, warm_pool: LocalPool) -> Iterator[Platform]:
    """A platform that works, with the dataset `people`."""
    runs = Runs(
        sharing=idle_platform.sharing,
        ledger=idle_platform.ledger,
        models=idle_platform.models,
        home=idle_platform.home,
        pool=warm_pool,
    )
    runs.start_worker()
    yield replace(idle_platform, runs=runs)
    runs.stop_worker()


@pytest.fixture(scope="session")
def home_with_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the dataset `people`, for tests to copy."""
    folder = tmp_path_factory.mktemp("people")
    with open_platform(home=folder / "home", work=False) as opened:
        commit_people(opened, folder=folder)
    return folder / "home"


@pytest.fixture
def idle_platform(
    tmp_path: Path, database: str | None, home_with_people: Path
) -> Iterator[Platform]:
    """A platform whose accepted runs wait."""
    home = tmp_path / "home"
    if database is None:
        shutil.copytree(home_with_people, home)
    with open_platform(home=home, database=database, work=False) as opened:
        if database is not None:
            commit_people(opened, folder=tmp_path)
        yield opened


@pytest.fixture
def commit(tmp_path: Path):
    """Commit a dataset to a platform: `commit(platform, name=..., factor=...)`."""
    return partial(commit_people, folder=tmp_path)


@pytest.fixture
def ask():
    """Submit a run: `ask(platform, model, field=...)`."""

    def submit(
        platform: Platform, model: str, *, actor=ADMINISTRATOR, purpose="test", key=None, **request
    ):
        return platform.runs.submit(
            model, request, actor=actor, purpose=purpose, idempotency_key=key
        )

    return submit


@pytest.fixture
def finish(ask):
    """Submit a run and wait for its end."""

    def run(platform: Platform, model: str, **options):
        status = platform.runs.wait(ask(platform, model, **options).id, PATIENCE_S)
        assert status.has_ended
        return status

    return run


def commit_people(platform, *, folder, name="people", factor=1, **metadata):
    """Commit a dataset of 100 points with 0 to 99 residents, times `factor`."""
    column = DatasetColumn(name="residents", source_name="residents", type="integer")
    lon, lat = np.linspace(114.0, 114.5, 100), np.linspace(30.3, 30.8, 100)
    table = pa.table(
        {
            "residents": np.arange(100) * factor,
            "_row": np.arange(1, 101),
            "_cell": encode_keys(lon, lat),
            "_west": lon,
            "_south": lat,
            "_east": lon,
            "_north": lat,
            "_geometry": pa.nulls(100, pa.binary()),
        },
        schema=table_schema([column]),
    )
    pq.write_table(table, folder / "people.parquet")
    lineage = Lineage(
        source_name="people.csv",
        sha256=f"{factor:064x}",
        format="csv",
        rows_read=100,
        rows_kept=100,
        imported_utc="2025-01-31T08:00:00Z",
    )
    staged = StagedTable(
        table=folder / "people.parquet",
        quarantine=None,
        columns=(column,),
        geometry_type="point",
        extent=(114.0, 30.3, 114.5, 30.8),
        lineage=lineage,
        row_count=100,
        quality={"residents": 1.0},
        cell_levels=(32,),
    )
    stated = DatasetMetadata(id=name, title=Text(zh="人", en="People"), **metadata)
    return platform.catalog.commit(staged, stated)
