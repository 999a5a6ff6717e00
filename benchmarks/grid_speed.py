"""Speed of the grid on one thread, in CPU time: `python benchmarks/grid_speed.py`.

Every figure is the median of repeated runs on process CPU time. Columns of 2²⁰ random places over
the world, a polygon of 100 vertices, the 974 communities of Wuhan. "out" means results are written
into columns that are there already; without, each run gets new ones, and making those costs as much
again as the work (see the first three lines, which only move bytes). Other grids run after it on
this machine if `benchmarks/.peers` has them (pip install h3 h3ronpy s2sphere s2-py pygeohash).
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import shapely

from benchmarks._timing import seconds as timed
from chengmo import grid

HERE = Path(__file__).parent
PEERS = HERE / ".peers" / "bin" / "python"
N = 1 << 20
REPEATS = 21


seconds = partial(timed, repeats=REPEATS)


def polygon(radius_degrees, vertices=100, lon=114.3, lat=30.6):
    rng = np.random.default_rng(3)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = radius_degrees * rng.uniform(0.8, 1, vertices)
    return shapely.Polygon(
        np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)])
    )


WORLD = polygon(85, lon=0, lat=0)


def column_rates():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, N), rng.uniform(-88, 88, N)
    keys = grid.encode_keys(lon, lat)
    codes = grid.encode_codes(lon, lat, level=10)
    box = grid.bbox_ranges(113.7, 29.97, 115.08, 31.36)
    mixed = rng.integers(15, 33, N).astype(np.uint8)
    four, two, out = np.empty((4, N)), np.empty((2, N)), np.empty(N, np.uint64)
    around = np.unique(grid.encode_keys(lon, lat, level=20))[: N // 8]
    runs = {
        "bytes only: fill one column": lambda: out.fill(1),
        "bytes only: fill four columns": lambda: four.fill(1),
        "bytes only: four new columns": lambda: np.empty((4, N)).fill(1),
        "NumPy copy of two columns": lambda: (lon.copy(), lat.copy()),
        "encode_keys": lambda: grid.encode_keys(lon, lat),
        "encode_keys, out": lambda: grid.encode_keys(lon, lat, out=out),
        "key_bounds": lambda: grid.key_bounds(keys, level=32),
        "key_bounds, out": lambda: grid.key_bounds(keys, level=32, out=four),
        "key_bounds, out, pieces of 2¹⁴": lambda: in_pieces(keys, four),
        "key_bounds, mixed levels": lambda: grid.key_bounds(keys, level=mixed),
        "key_centres": lambda: grid.key_centres(keys, level=32),
        "key_centres, out": lambda: grid.key_centres(keys, level=32, out=two),
        "parent_keys": lambda: grid.parent_keys(keys, 19),
        "encode_codes level 10": lambda: grid.encode_codes(lon, lat, level=10),
        "code_bounds level 10": lambda: grid.code_bounds(codes),
        "key_of_code level 10": lambda: grid.key_of_code(codes),
        "code_of_key level 10": lambda: grid.code_of_key(keys, level=10),
        "geosot_text level 32": lambda: grid.geosot_text(keys, 32),
        "in_ranges, 64 intervals": lambda: grid.in_ranges(keys, box),
        "np.sort of keys": lambda: np.sort(keys),
        "key_indices": lambda: grid.key_indices(keys, level=20),
        "grid_distance": lambda: grid.grid_distance(keys, keys[::-1], level=20),
        "keys_within a polygon": lambda: grid.keys_within(WORLD, keys, level=15),
    }
    for name, run in runs.items():
        print(f"{name:32s} {N / seconds(run) / 1e6:8.0f} M/s")
    for corners in (False, True):
        spent = seconds(lambda c=corners: grid.neighbour_keys(around, level=20, corners=c))
        rate = len(around) / spent / 1e6
        print(f"neighbour_keys, {4 + 4 * corners}: {rate:.0f} M cells/s, ", end="")
        print(f"{rate * (4 + 4 * corners):.0f} M neighbours/s")


def in_pieces(keys, four, piece=1 << 14):
    """Edges piece by piece into the same small columns, as a loop over a large table would."""
    room = four[:, :piece].copy()
    for start in range(0, len(keys), piece):
        grid.key_bounds(keys[start : start + piece], level=32, out=room)


def set_rates():
    one = grid.CellSet.of_geometry(polygon(0.05), finest_level=25)
    other = grid.CellSet.of_geometry(polygon(0.05, lon=114.33), finest_level=25)
    flat = grid.cover_polygon(polygon(0.01), level=25)
    spent = seconds(lambda: one & other)
    print(f"CellSet & of {len(one)} and {len(other)} cells: {spent * 1e3:.2f} ms")
    spent = seconds(lambda: grid.compact_cells(flat, 25), 9)
    print(f"compact_cells: {len(flat) / spent / 1e6:.1f} M/s;", end=" ")
    cells = grid.compact_cells(flat, 25)
    spent = seconds(lambda: grid.uncompact_cells(*cells, level=25), 9)
    print(f"uncompact_cells: {len(flat) / spent / 1e6:.1f} M/s;", end=" ")
    spent = seconds(lambda: grid.dissolve_cells(*cells), 9)
    print(f"dissolve_cells: {len(cells[0]) / spent / 1e6:.2f} M/s")


def communities():
    path = files("chengmo_wuhan") / "gpl-2.0-or-later" / "communities.parquet"
    column = pq.read_table(str(path), columns=["geometry"]).column(0)
    return shapely.from_wkb(np.array(column.to_pylist(), object))


def community_rates():
    shapes = communities()
    for level, size in ((19, "4″"), (21, "1″"), (23, "1/4″")):
        cells = len(grid.cover_each(shapes, finest_level=level)[0])
        spent = seconds(lambda level=level: grid.cover_each(shapes, finest_level=level), 9)
        print(f"{len(shapes)} communities to {size}: {cells} cells, {spent * 1e3:.0f} ms")


def cover_rates():
    for radius in (0.005, 0.01, 0.05):
        shape = polygon(radius)
        flat = grid.cover_polygon(shape, level=25)
        keys, _ = grid.cover_hierarchical(shape, finest_level=25)
        spent = seconds(lambda shape=shape: grid.cover_polygon(shape, level=25), 9)
        print(
            f"flat cover, level 25 (1.9 m), radius {radius}°: {len(flat)} cells, "
            f"{len(flat) / spent / 1e6:.0f} M/s"
        )
        spent = seconds(lambda shape=shape: grid.cover_hierarchical(shape, finest_level=25))
        print(f"hierarchical cover of the same: {len(keys)} cells, {spent * 1e3:.2f} ms")
    spent = seconds(lambda: grid.bbox_ranges(113.7, 29.97, 115.08, 31.36))
    print(f"bbox_ranges: {spent * 1e6:.0f} µs;", end=" ")
    keys, levels = grid.cover_hierarchical(polygon(0.01), finest_level=25)
    spent = seconds(lambda: grid.cells_to_polygons(keys, levels))
    print(f"cells_to_polygons: {len(keys) / spent / 1e6:.2f} M/s;", end=" ")
    print(f"encode_code, one: {seconds(lambda: grid.encode_code(114.3, 30.6, 10)) * 1e6:.0f} µs")


FIRST_CALL = """
import time
start = time.process_time()
import numba, shapely
numba_at = time.process_time()
from chengmo import grid
imported = time.process_time()
grid.encode_keys([114.3], [30.6])
key = time.process_time()
grid.encode_codes([114.3], [30.6], level=10)
code = time.process_time()
grid.cover_hierarchical(shapely.box(114, 30, 114.1, 30.1), finest_level=18)
cover = time.process_time()
grid.neighbour_keys(grid.encode_keys([114.3], [30.6]), level=32)
grid.CellSet.of_geometry(shapely.box(114, 30, 114.1, 30.1), finest_level=18).fewest()
topology = time.process_time()
grid.join_points([shapely.box(114, 30, 114.1, 30.1)], [114.05], [30.05])
join = time.process_time()
print(f"numba and shapely {numba_at - start:.2f} s, chengmo.grid {imported - numba_at:.3f} s,"
      f" first key {key - imported:.3f} s, first code {code - key:.3f} s,"
      f" first cover {cover - code:.3f} s, neighbours and sets {topology - cover:.3f} s,"
      f" first join {join - topology:.3f} s")
"""


def start_times():
    # The second process finds what the first one compiled.
    with tempfile.TemporaryDirectory() as empty:
        for name in ("nothing compiled", "the next process"):
            print(f"{name}: ", end="", flush=True)
            environment = {**os.environ, "NUMBA_CACHE_DIR": empty}
            subprocess.run([sys.executable, "-c", FIRST_CALL], check=True, env=environment)


def peers():
    if not PEERS.exists():
        print(f"no other grids: {PEERS} is missing")
        return
    print("\nOther grids, the same machine and run:", flush=True)
    subprocess.run([str(PEERS), str(HERE / "peers" / "grid.py")], check=True)


if __name__ == "__main__":
    start_times()
    column_rates()
    cover_rates()
    community_rates()
    set_rates()
    peers()
