"""Speed of the grid on one thread, in CPU time: `python benchmarks/grid_speed.py`.

Every figure is the median of repeated runs on thread CPU time, so that other work on the machine
disturbs it little. Columns of 2²⁰ random places over the world, a polygon of 100 vertices.
"""

import subprocess
import sys
import time

import numpy as np
import shapely

from chengmo import grid

N = 1 << 20
REPEATS = 21


def seconds(run, repeats=REPEATS):
    run()
    spent = []
    for _ in range(repeats):
        start = time.thread_time()
        run()
        spent.append(time.thread_time() - start)
    return float(np.median(spent))


def polygon(radius_degrees, vertices=100, lon=114.3, lat=30.6):
    rng = np.random.default_rng(3)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = radius_degrees * rng.uniform(0.8, 1, vertices)
    return shapely.Polygon(
        np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)])
    )


def column_rates():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, N), rng.uniform(-88, 88, N)
    keys = grid.encode_keys(lon, lat)
    codes = grid.encode_codes(lon, lat, level=10)
    box = grid.bbox_ranges(113.7, 29.97, 115.08, 31.36)
    mixed = rng.integers(15, 33, N).astype(np.uint8)
    runs = {
        "NumPy copy of two columns": lambda: (lon.copy(), lat.copy()),
        "encode_keys": lambda: grid.encode_keys(lon, lat),
        "key_bounds": lambda: grid.key_bounds(keys, level=32),
        "key_bounds, mixed levels": lambda: grid.key_bounds(keys, level=mixed),
        "key_centres": lambda: grid.key_centres(keys, level=32),
        "parent_keys": lambda: grid.parent_keys(keys, 19),
        "encode_codes level 10": lambda: grid.encode_codes(lon, lat, level=10),
        "code_bounds level 10": lambda: grid.code_bounds(codes),
        "key_of_code level 10": lambda: grid.key_of_code(codes),
        "code_of_key level 10": lambda: grid.code_of_key(keys, level=10),
        "geosot_text level 32": lambda: grid.geosot_text(keys, 32),
        "in_ranges, 64 intervals": lambda: grid.in_ranges(keys, box),
        "np.sort of keys": lambda: np.sort(keys),
    }
    for name, run in runs.items():
        print(f"{name:32s} {N / seconds(run) / 1e6:8.0f} M/s")


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
print(f"numba and shapely {numba_at - start:.2f} s, chengmo.grid {imported - numba_at:.3f} s,"
      f" first key {key - imported:.3f} s, first code {code - key:.3f} s,"
      f" first cover {cover - code:.3f} s")
"""


def start_times():
    # The second process finds what the first one compiled.
    for name in ("a process", "the next"):
        print(f"{name}: ", end="", flush=True)
        subprocess.run([sys.executable, "-c", FIRST_CALL], check=True)


if __name__ == "__main__":
    start_times()
    column_rates()
    cover_rates()
