"""Pages of features and vector tiles of a large dataset, from a server.

100 000 synthetic building polygons with nine properties over 0.5° × 0.4° of Wuhan; boxes of
0.022° at random places, 100 features a page; then everything in pages of 5 000: processor time of
the server's process, user and system. Then every tile of levels 8 to 14 that holds buildings, once
cold and once again: wall time of the request. Targets: 4 ms a page, 7 µs a feature in bulk, 95 %
of the tiles in 150 ms cold and 30 ms warm.
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil

BUILDINGS = 100_000
BOXES = 300
REPEATS = 5
WEST, SOUTH, WIDTH, HEIGHT = 114.05, 30.40, 0.5, 0.4
BOX = 0.022


def write_buildings(path: Path, count: int = BUILDINGS) -> Path:
    """Write synthetic buildings as GeoJSON: rectangles, turned at random."""
    rng = np.random.default_rng(1)
    x, y = WEST + WIDTH * rng.random(count), SOUTH + HEIGHT * rng.random(count)
    turn, length, depth = rng.uniform(0, np.pi, count), *rng.uniform(5e-5, 4e-4, (2, count))
    floors = rng.integers(1, 40, count)
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[')
        for i in range(count):
            cos, sin = np.cos(turn[i]), np.sin(turn[i])
            corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
            ring = [
                [
                    round(x[i] + (a * cos * length[i] - b * sin * depth[i]) / 2, 7),
                    round(y[i] + (a * sin * length[i] + b * cos * depth[i]) / 2, 7),
                ]
                for a, b in corners
            ]
            area_m2 = round(float(length[i] * depth[i] * 1e10))
            properties = {
                "code": f"B{i:06d}", "name": f"合成楼 {i}", "floors": int(floors[i]),
                "height_m": float(floors[i] * 3.1), "built": 1950 + int(i % 70),
                "use": ("住宅", "办公", "商业")[i % 3], "area_m2": area_m2,
                "is_listed": bool(i % 97 == 0), "surveyed": f"20{10 + i % 15}-0{1 + i % 9}-15",
            }  # fmt: skip
            feature = {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
            file.write(("," if i else "") + json.dumps(feature, ensure_ascii=False))
        file.write("]}")
    return path


@contextmanager
def served(home: Path) -> Iterator[tuple[psutil.Process, http.client.HTTPConnection]]:
    """Serve a home; give the server's process and a connection to it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chengmo", "serve", "--port", "0", "--home", str(home)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        place = urlsplit(next(word for word in line.split() if word.startswith("http")))
        connection = http.client.HTTPConnection(place.hostname, place.port)
        yield psutil.Process(process.pid), connection
        connection.close()
    finally:
        process.terminate()
        process.wait()


def get(connection: http.client.HTTPConnection, path: str) -> bytes:
    """Return the body of a page."""
    connection.request("GET", path, headers={"Accept": "application/geo+json"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


def cpu_s(process: psutil.Process) -> float:
    """Return the seconds of processor time that `process` has used."""
    times = process.cpu_times()
    return times.user + times.system


def boxes_ms(spent_s: Callable[[], float], connection: http.client.HTTPConnection) -> float:
    """Return milliseconds of processor time, as `spent_s` tells it, of a page of a random box."""
    rng = np.random.default_rng(2)
    corners = np.column_stack(
        [WEST + (WIDTH - BOX) * rng.random(BOXES), SOUTH + (HEIGHT - BOX) * rng.random(BOXES)]
    )
    before = spent_s()
    for west, south in corners:
        box = f"{west:.6f},{south:.6f},{west + BOX:.6f},{south + BOX:.6f}"
        get(connection, f"/collections/buildings/items?limit=100&bbox={box}")
    return (spent_s() - before) * 1e3 / BOXES


def bulk_us(spent_s: Callable[[], float], connection: http.client.HTTPConnection) -> float:
    """Return microseconds of processor time a feature, of all of them page by page."""
    before, path, count = spent_s(), "/collections/buildings/items?limit=5000", 0
    while path:
        page = json.loads(get(connection, path))
        count += page["numberReturned"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        path = urlsplit(following[0])._replace(scheme="", netloc="").geturl() if following else ""
    assert count == BUILDINGS
    return (spent_s() - before) * 1e6 / count


def tiles_ms(connection: http.client.HTTPConnection) -> list[float]:
    """Return the milliseconds that each tile takes, of levels 8 to 14."""
    took = []
    for level in range(8, 15):
        columns, rows = (range(low, high + 1) for low, high in _span(level))
        for row in rows:
            for column in columns:
                started = time.perf_counter()
                path = f"/collections/buildings/tiles/WebMercatorQuad/{level}/{row}/{column}"
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                took.append((time.perf_counter() - started) * 1e3)
                assert answer.status in {200, 204}
    return took


def _span(level: int) -> tuple[tuple[int, int], tuple[int, int]]:
    count = 2**level
    x = [int((lon + 180) / 360 * count) for lon in (WEST, WEST + WIDTH)]
    turns = [np.arcsinh(np.tan(np.radians(lat))) / np.pi for lat in (SOUTH + HEIGHT, SOUTH)]
    y = [int((1 - turn) / 2 * count) for turn in turns]
    return (x[0], x[1]), (y[0], y[1])


def import_buildings(folder: Path) -> Path:
    """Import the buildings into a new home."""
    home, file = folder / "home", write_buildings(folder / "buildings.geojson")
    command = [sys.executable, "-m", "chengmo", "import", str(file), "--home", str(home), "--yes"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return home


def main() -> None:
    """Print medians."""
    with tempfile.TemporaryDirectory() as folder:
        home = import_buildings(Path(folder))
        with served(home) as (process, connection):
            spent_s = partial(cpu_s, process)
            first = boxes_ms(spent_s, connection)
            # A window is made when nobody has asked for some seconds.
            time.sleep(15)
            pages = [boxes_ms(spent_s, connection) for _ in range(REPEATS)]
            bulk = [bulk_us(spent_s, connection) for _ in range(REPEATS)]
            cold, warm = (np.percentile(tiles_ms(connection), 95) for _ in range(2))
    print(f"first {BOXES} boxes, the window being made   {first:6.2f} ms of CPU a page")
    print(f"box of {BOX}°, 100 features             {statistics.median(pages):6.2f} ms   target 4")
    print(f"bulk GeoJSON                             {statistics.median(bulk):6.2f} µs   target 7")
    print(f"tiles of levels 8 to 14, cold, 95 %      {cold:6.1f} ms   target 150")
    print(f"the same again, 95 %                     {warm:6.1f} ms   target 30")


if __name__ == "__main__":
    main()
