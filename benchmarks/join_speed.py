"""Which of 974 communities holds each of ten million points: `python -m benchmarks join_speed`.

CPU time of one thread for the whole question, building of indexes included, reading of files and
making of points not. Points are random in the box around the communities; 39 % lie in one. The
others (GeoPandas, DuckDB spatial) answer the same question after it on this machine, in the
environment `benchmarks/.peers` (pip install geopandas pyarrow duckdb==1.5.5
duckdb-extension-spatial==1.5.5), and their counts of pairs must be equal. GeoPandas gets a million
of the points unless `--all` is said, because it needs minutes and gigabytes for ten.
"""

import subprocess
import sys
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import shapely

from benchmarks._timing import seconds as timed
from chengmo import grid
from chengmo.grid.nearest import nearest_points

HERE = Path(__file__).parent
PEERS = HERE / ".peers" / "bin" / "python"
COMMUNITIES = Path(str(files("chengmo_wuhan"))) / "gpl-2.0-or-later" / "communities.parquet"
POINTS = 10_000_000
REPEATS = 3


seconds = partial(timed, repeats=REPEATS)


def communities():
    column = pq.read_table(COMMUNITIES, columns=["geometry"]).column(0)
    return shapely.from_wkb(np.array(column.to_pylist(), object))


def points(shapes, count):
    west, south, east, north = shapely.total_bounds(shapes)
    rng = np.random.default_rng(1)
    return rng.uniform(west, east, count), rng.uniform(south, north, count)


def joins(shapes):
    lon, lat = points(shapes, POINTS)
    index = grid.PolygonIndex.of(shapes)
    built = seconds(lambda: grid.PolygonIndex.of(shapes))
    found = index.pairs(lon, lat)
    spent = seconds(lambda: index.pairs(lon, lat))
    print(f"index of {len(shapes)} polygons at level {index.level}: {built:.2f} s")
    rate = POINTS / (built + spent) / 1e6
    print(f"chengmo, {POINTS / 1e6:.0f} M points: {built + spent:.2f} s, {rate:.1f} M/s, ", end="")
    print(
        f"{len(found[0])} pairs, {len(grid.join_points(shapes, lon[:1000000], lat[:1000000])[0])}"
    )


def overlays(shapes):
    west, south, east, north = shapely.total_bounds(shapes)
    x, y = np.meshgrid(np.arange(west, east, 0.01), np.arange(south, north, 0.01))
    cells = np.unique(grid.encode_keys(x, y, level=15))
    squares = grid.cells_to_polygons(cells, 15)
    residents = np.arange(len(shapes), dtype=float)
    overlay = grid.overlay_polygons(shapes, squares)
    spent = seconds(lambda: grid.overlay_polygons(shapes, squares))
    moved = overlay.interpolate(residents, quantity="count").sum() / residents.sum()
    print(
        f"overlay of {len(shapes)} polygons and {len(squares)} cells of 1′: {spent:.2f} s, ", end=""
    )
    print(f"{len(overlay.area_m2)} parts, {moved:.6f} of the counts kept")


def nearest(shapes):
    lon, lat = points(shapes, 1_000_000)
    stations = points(shapes, 500)
    spent = seconds(lambda: nearest_points(lon, lat, *stations))
    print(f"nearest of 500 points for 1 M: {spent:.2f} s")


def peers(arguments):
    if not PEERS.exists():
        print(f"no others: {PEERS} is missing")
        return
    print("\nOthers, the same machine and run:", flush=True)
    script = [str(PEERS), str(HERE / "peers" / "join.py"), str(COMMUNITIES), str(POINTS)]
    subprocess.run([*script, *arguments], check=True)


if __name__ == "__main__":
    polygons = communities()
    joins(polygons)
    overlays(polygons)
    nearest(polygons)
    peers(sys.argv[1:])
