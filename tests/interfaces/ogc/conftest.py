"""A real city in a temporary folder: four small datasets, two models, the API over them."""

import hashlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from chengmo.app import open_platform
from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import (
    ColumnNote,
    DatasetColumn,
    DatasetMetadata,
    GeometryType,
    Lineage,
)
from chengmo.catalog.staged import StagedTable, table_schema
from chengmo.grid import encode_keys
from chengmo.identity.actor import Actor
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.identification import Identification
from chengmo.interfaces.ogc import routes
from chengmo.interfaces.versioned import Versioned
from chengmo.model import Text
from chengmo.runs.platform import Platform

PACKAGES = Path(__file__).parent / "packages"
BASE = "http://127.0.0.1:8000"
PLACES = 250


def columns(**types: str) -> tuple[DatasetColumn, ...]:
    return tuple(DatasetColumn(name=n, source_name=n, type=t) for n, t in types.items())


def staged(
    folder: Path, described: Sequence[DatasetColumn], values: dict[str, Any], shapes: Sequence[Any]
) -> StagedTable:
    """Write rows in the lake's layout, as an import would."""
    array = np.array(shapes, dtype=object)
    bounds = shapely.bounds(array)
    placed = np.array([shape is not None for shape in shapes])
    points = shapely.point_on_surface(array[placed])
    cells: list[int | None] = [None] * len(shapes)
    for index, key in zip(
        np.flatnonzero(placed),
        encode_keys(shapely.get_x(points), shapely.get_y(points)),
        strict=True,
    ):
        cells[index] = int(key)
    schema = table_schema(described)
    system = {
        "_row": list(range(1, len(shapes) + 1)),
        "_cell": cells,
        **{
            name: [float(b[i]) if p else None for b, p in zip(bounds, placed, strict=True)]
            for i, name in enumerate(("_west", "_south", "_east", "_north"))
        },
        "_geometry": [None if s is None else shapely.to_wkb(s) for s in shapes],
    }
    table = pa.Table.from_pydict({**values, **system}, schema=schema)
    path = folder / "staged.parquet"
    pq.write_table(table, path)
    kinds = {s.geom_type for s in shapes if s is not None}
    kind: dict[str, GeometryType] = {"Point": "point", "Polygon": "polygon"}
    return StagedTable(
        table=path,
        quarantine=None,
        columns=tuple(described),
        geometry_type=kind[kinds.pop()] if kinds else "none",
        extent=tuple(float(v) for v in shapely.total_bounds(array)) if placed.any() else None,
        lineage=Lineage(
            source_name="made.csv",
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            format="csv",
            rows_read=len(shapes),
            rows_kept=len(shapes),
            imported_utc="2025-01-31T08:00:00Z",
        ),
        row_count=len(shapes),
    )


def commit_places(catalog: Catalog, folder: Path, metadata: DatasetMetadata | None = None) -> None:
    """250 residents on a lattice: a column of every type and one called as a parameter is."""
    count = range(PLACES)
    described = columns(
        name="text", 区="text", floors="integer", height_m="number", lit="boolean",
        built="date", seen="datetime", limit="integer",
    )  # fmt: skip
    values = {
        "name": [f"楼 {i}" for i in count],
        "区": [("武昌区", "江岸区")[i % 2] for i in count],
        "floors": [i % 40 for i in count],
        "height_m": [None if i == 7 else float("nan") if i == 8 else i * 3.1 for i in count],
        "lit": [i % 3 == 0 for i in count],
        "built": [date(2000, 1, 1) + timedelta(days=30 * i) for i in count],
        "seen": [datetime(2024, 5, 1, tzinfo=UTC) + timedelta(hours=i) for i in count],
        "limit": list(count),
    }
    shapes = [shapely.Point(114.2 + 0.01 * (i % 25), 30.5 + 0.01 * (i // 25)) for i in count]
    shapes[5] = None
    metadata = metadata or DatasetMetadata(
        id="places",
        title=Text(zh="居民点", en="Places"),
        licence="CC0-1.0",
        steward="民政局",
        attribution="made for a test",
        opening="unconditional",
        time_column="built",
        notes={"height_m": ColumnNote(unit="m", meaning=Text(zh="檐高", en="Height of the eaves"))},
    )
    catalog.commit(staged(folder, described, values, shapes), metadata)


def commit_areas(catalog: Catalog, folder: Path) -> None:
    """Twelve thin triangles: their bounds meet boxes that they themselves do not."""
    shapes = [shapely.Polygon([(x, 30), (x + 1, 30), (x, 31)]) for x in range(100, 112)]
    described = columns(code="integer", seen="datetime")
    values = {
        "code": list(range(12)),
        "seen": [datetime(2024, 5, d, 12, tzinfo=UTC) for d in range(1, 13)],
    }
    metadata = DatasetMetadata(
        id="areas", title=Text(zh="片区", en="Areas"), time_column="seen", synthetic=True
    )
    catalog.commit(staged(folder, described, values, shapes), metadata)


def commit_islands(catalog: Catalog, folder: Path) -> None:
    """Three islands around 180°."""
    shapes = [shapely.Point(x, -17) for x in (179.5, -179.5, 150.0)]
    made = staged(folder, columns(name="text"), {"name": ["west", "east", "far"]}, shapes)
    metadata = DatasetMetadata(id="islands", title=Text(zh="岛屿", en="Islands"))
    catalog.commit(made, metadata)


def commit_budget(catalog: Catalog, folder: Path) -> None:
    """A table without places."""
    made = staged(
        folder,
        columns(year="integer", sum="number"),
        {"year": [2023, 2024], "sum": [1.5, 2]},
        [None, None],
    )
    catalog.commit(made, DatasetMetadata(id="budget", title=Text(zh="预算", en="Budget")))


def serve(platform: Platform, *, actor: Actor | None = None) -> Guard:
    """Return the application as the composition root builds it."""
    application = Versioned(
        Starlette(routes=routes(platform), exception_handlers=exception_handlers())
    )
    if actor is None:
        return Guard(Identification(application, platform.people, local=True))
    return Guard(_As(application, actor))


@dataclass(frozen=True)
class _As:
    """Lets an application be asked by one actor, as the identification would."""

    app: ASGIApp
    actor: Actor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["actor"] = self.actor
        await self.app(scope, receive, send)


def commit_all(catalog: Catalog, folder: Path) -> None:
    """Commit the four datasets."""
    for commit in (commit_places, commit_areas, commit_islands, commit_budget):
        commit(catalog, folder)


@pytest.fixture(scope="session", autouse=True)
def scenarios() -> Iterator[Path]:
    """Install the two models: a distribution on the path, found by its entry point."""
    sys.path.append(str(PACKAGES))
    yield PACKAGES
    sys.path.remove(str(PACKAGES))


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Iterator[Platform]:
    """A city with four datasets and two models, at work."""
    with open_platform(home=tmp_path_factory.mktemp("city")) as opened:
        commit_all(opened.catalog, tmp_path_factory.mktemp("staged"))
        yield opened


@pytest.fixture(scope="session")
def client(platform: Platform) -> Iterator[TestClient]:
    """A client of the API on this machine."""
    with TestClient(serve(platform), base_url=BASE, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(name="commit_places")
def places_committer() -> Callable[[Catalog, Path], None]:
    """Commits the dataset `places` to another catalogue."""
    return commit_places


@pytest.fixture(scope="session")
def commit_places_as() -> Callable[[Catalog, Path, DatasetMetadata], None]:
    """Commits the rows of `places` as another dataset."""
    return commit_places


@pytest.fixture(scope="session")
def served_as() -> Callable[[Platform, Actor], TestClient]:
    """A client of the API over another platform, as served to somebody."""
    return lambda platform, actor: TestClient(serve(platform, actor=actor), base_url=BASE)


@pytest.fixture
def client_of() -> Callable[[Platform], TestClient]:
    """A client of the API over another platform."""
    return lambda platform: TestClient(serve(platform), base_url=BASE)


@pytest.fixture
def client_as(platform: Platform) -> Callable[[Actor], TestClient]:
    """A client of the API as served to somebody else."""
    return lambda actor: TestClient(serve(platform, actor=actor), base_url=BASE)


@pytest.fixture(scope="session")
def server(platform: Platform) -> Iterator[str]:
    """The address of a real server on this machine's loopback."""
    with listening(serve(platform)) as address:
        yield address


@contextmanager
def listening(app: Guard) -> Iterator[str]:
    """Serve `app` on this machine's loopback; the address is what the block gets."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    (socket,) = running.servers[0].sockets
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    running.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def listening_to() -> Callable[[Platform, Actor], AbstractContextManager[str]]:
    """Serves another platform on loopback, as served to somebody."""
    return lambda platform, actor: listening(serve(platform, actor=actor))
