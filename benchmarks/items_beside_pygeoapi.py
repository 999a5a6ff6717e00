"""The pages of `items.py` beside those of pygeoapi on PostGIS: the same rows in one run.

Both serve the same 100 000 synthetic polygons with nine properties from one process; boxes of
0.022° at the same random places, 100 features a page, then all of them in pages of 5 000. What is
counted is processor time, user and system, of all that answers: for pygeoapi its server and every
process of the PostgreSQL that it asks, which has an index of the places and of the numbers. The two
take turns. pygeoapi counts what matches on every request, as it does by itself; ours says it where
it is asked.

The peer is skipped where it is missing. It wants `benchmarks/.peers` (pip install pygeoapi
psycopg2-binary geoalchemy2 uvicorn) and PostGIS (apt install postgresql-15-postgis-3).
"""

import http.client
import json
import os
import pwd
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import shapely

from benchmarks.items import boxes_ms, bulk_us, cpu_s, import_buildings, served

HERE = Path(__file__).parent
PEERS = HERE / ".peers" / "bin" / "python"
POSTGRES = Path("/usr/lib/postgresql/15/bin")
POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")
REPEATS = 3
START_S = 60
TYPES = {
    "code": "text", "name": "text", "floors": "bigint", "height_m": "float8", "built": "bigint",
    "use": "text", "area_m2": "bigint", "is_listed": "boolean", "surveyed": "date",
}  # fmt: skip


def missing() -> str:
    """Return what the peer lacks here, or nothing."""
    if not PEERS.exists():
        return f"there is no {PEERS}"
    asked = subprocess.run([PEERS, "-c", "import pygeoapi"], check=False, capture_output=True)
    if asked.returncode:
        return "pygeoapi is not installed there"
    return "" if POSTGIS.exists() else "PostGIS is not installed"


def free_port() -> int:
    """Return a port of the loopback that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def all_cpu_s(processes: list[psutil.Process]) -> float:
    """Return the processor time of processes and all below them, those that ended included."""
    spent = 0.0
    for top in processes:
        for process in (top, *top.children(recursive=True)):
            times = process.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return spent


@contextmanager
def postgis(folder: Path) -> Iterator[tuple[psutil.Process, int]]:
    """Run a database of its own; give its process and its port."""
    data, port = folder / "data", free_port()
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    data.mkdir()
    os.chown(data, user.pw_uid, user.pw_gid)
    folder.chmod(0o755)
    who = {"user": user.pw_uid, "group": user.pw_gid, "stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run(
        [POSTGRES / "initdb", "-D", data, "-U", "peer", "-A", "trust", "-E", "UTF8"],
        check=True,
        **who,
    )
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories="
    process = subprocess.Popen(
        [POSTGRES / "postgres", "-D", data, *options.split(" ")], stderr=subprocess.DEVNULL, **who
    )
    try:
        _wait_for(lambda: psycopg.connect(_address(port)).close(), psycopg.OperationalError)
        yield psutil.Process(process.pid), port
    finally:
        process.terminate()
        process.wait()


def fill(port: int, buildings: Path) -> None:
    """Put the buildings into a table as a user of PostGIS would, with both indexes."""
    features = json.loads(buildings.read_text("utf-8"))["features"]
    shapes = shapely.from_geojson([json.dumps(one["geometry"]) for one in features])
    places = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    with psycopg.connect(_address(port), autocommit=True) as database:
        database.execute("CREATE EXTENSION postgis")
        place = "geom geometry(Polygon, 4326)"
        database.execute(f"CREATE TABLE buildings (id bigint PRIMARY KEY, {columns}, {place})")
        with database.cursor().copy("COPY buildings FROM STDIN") as copy:
            for row, (one, place) in enumerate(zip(features, places, strict=True), 1):
                copy.write_row([row, *(one["properties"][name] for name in TYPES), place])
        database.execute("CREATE INDEX ON buildings USING gist (geom)")
        database.execute("VACUUM ANALYZE buildings")


@contextmanager
def pygeoapi(folder: Path, database: int) -> Iterator[tuple[psutil.Process, int]]:
    """Serve the table with pygeoapi; give its process and its port."""
    port, settings = free_port(), folder / "pygeoapi.json"
    settings.write_text(json.dumps(_settings(port, database)), "utf-8")
    openapi = folder / "openapi.yml"
    environment = {
        **os.environ,
        "PYGEOAPI_CONFIG": str(settings),
        "PYGEOAPI_OPENAPI": str(openapi),
        "PYTHONPATH": "",
    }
    # fmt: off
    subprocess.run(
        [PEERS.parent / "pygeoapi", "openapi", "generate", settings, "--output-file", openapi],
        env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    process = subprocess.Popen(
        [PEERS, "-m", "uvicorn", "pygeoapi.starlette_app:APP", "--port", str(port),
         "--log-level", "error"],
        env=environment, stdout=subprocess.DEVNULL,
    )
    # fmt: on
    try:
        _wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close(), OSError)
        yield psutil.Process(process.pid), port
    finally:
        process.terminate()
        process.wait()


def _settings(port: int, database: int) -> dict[str, Any]:
    who = {"name": "benchmark", "url": "http://127.0.0.1"}
    said = {"title": "buildings", "description": "buildings", "keywords": ["buildings"]}
    provider = {
        "type": "feature", "name": "PostgreSQL", "table": "buildings", "id_field": "id",
        "geom_field": "geom",
        "data": {
            "host": "127.0.0.1", "port": database, "dbname": "postgres", "user": "peer",
            "password": "none", "search_path": ["public"],
        },
    }  # fmt: skip
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json", "encoding": "utf-8", "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": "http://127.0.0.1", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**said, "keywords_type": "theme", "terms_of_service": "", **who},
            "license": who, "provider": who, "contact": {"name": "benchmark"},
        },
        "resources": {
            "buildings": {
                "type": "collection", **said,
                "links": [{"type": "text/html", "rel": "canonical", "title": "-", **who,
                           "href": "http://127.0.0.1", "hreflang": "en"}],
                "extents": {"spatial": {
                    "bbox": [114, 30.3, 114.7, 30.9],
                    "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
                "providers": [provider],
            }
        },
    }  # fmt: skip


def _address(port: int) -> str:
    return f"postgresql://peer@127.0.0.1:{port}/postgres"


def _wait_for(attempt: Callable[[], object], error: type[Exception]) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            attempt()
        except error:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def measure(sides: dict[str, tuple[Callable[[], float], http.client.HTTPConnection]]) -> None:
    """Print medians; the sides take turns, so that a busy machine is busy for both."""
    pages: dict[str, list[float]] = {name: [] for name in sides}
    bulk: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(REPEATS):
        for name, (spent, connection) in sides.items():
            # A server ends what was idle while the other was asked: begin anew.
            connection.close()
            pages[name].append(boxes_ms(spent, connection))
        for name, (spent, connection) in sides.items():
            connection.close()
            bulk[name].append(bulk_us(spent, connection))
    for name in sides:
        page, feature = statistics.median(pages[name]), statistics.median(bulk[name])
        print(f"{name:32} box, 100 features {page:7.2f} ms   in bulk {feature:6.2f} µs a feature")


def main() -> None:
    """Print what ours costs, and the peer if it is here."""
    lacking = missing()
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = import_buildings(folder)
        with served(home) as (process, connection):
            boxes_ms(lambda: cpu_s(process), connection)
            # The window is made when nobody has asked for some seconds.
            time.sleep(15)
            ours = {"Chengmo": (lambda: cpu_s(process), connection)}
            if lacking:
                print(f"pygeoapi on PostGIS is skipped: {lacking}")
                measure(ours)
                return
            with postgis(folder) as (database, at), pygeoapi(folder, _filled(at, folder)) as peer:
                theirs = http.client.HTTPConnection("127.0.0.1", peer[1])
                both = [peer[0], database]
                told = f"pygeoapi {_version()} on PostGIS"
                boxes_ms(lambda: all_cpu_s(both), theirs)
                measure({**ours, told: (lambda: all_cpu_s(both), theirs)})
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


def _version() -> str:
    asked = "from importlib.metadata import version; print(version('pygeoapi'))"
    told = subprocess.run([PEERS, "-c", asked], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def _filled(port: int, folder: Path) -> int:
    fill(port, folder / "buildings.geojson")
    return port


if __name__ == "__main__":
    main()
