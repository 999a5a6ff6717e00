"""Speed of 3-D codes, 3-D covers and time: `python -m benchmarks.grid_solid_speed`.

Millions of items per second of process CPU time on one thread, median and best of repeated runs:
other work on the machine takes caches and clock away, so the best is nearer to what the code can
do. Columns of 2²⁰ random places over the world, heights from −100 to 3 000 m, moments from 2020 on.
"""

import subprocess
import sys
import time

import numpy as np
import shapely

from chengmo import grid

N = 1 << 20
REPEATS = 15

FIRST_CALL = """
import time
start = time.process_time()
from chengmo import grid
imported = time.process_time()
codes = grid.encode_solid_codes([114.3], [30.6], [100.0], level=7)
encoded = time.process_time()
grid.solid_code_bounds(codes), grid.key_of_solid_code(codes)
read = time.process_time()
grid.time_code(grid.time_keys("2026-11-22T09:30:15Z"))
timed = time.process_time()
print(f"import {imported - start:.2f} s, first 3-D code {encoded - imported:.3f} s, first reading"
      f" {read - encoded:.3f} s, first time code {timed - read:.3f} s")
"""


def seconds(run, repeats=REPEATS):
    run()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return float(np.median(spent)), min(spent)


def show(name, run, count=N, repeats=REPEATS):
    median, best = seconds(run, repeats)
    print(f"{name:44s} {count / median / 1e6:8.1f} M/s   best {count / best / 1e6:8.1f}")


def columns():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, N), rng.uniform(-88, 88, N)
    height = rng.uniform(-100, 3000, N)
    keys = grid.height_keys(height)
    show("height_keys level 10 (height index)", lambda: grid.height_keys(height))
    show("height_keys level 7", lambda: grid.height_keys(height, level=7))
    show("height_bounds (floor and ceiling)", lambda: grid.height_bounds(keys))
    show("height_fields geosot", lambda: grid.height_fields(keys))
    for level in (10, 7):
        codes = grid.encode_solid_codes(lon, lat, height, level=level)
        show(
            f"encode_solid_codes level {level}",
            lambda level=level: grid.encode_solid_codes(lon, lat, height, level=level),
        )
        show(
            f"solid_code_bounds level {level}",
            lambda codes=codes: grid.solid_code_bounds(codes),
        )
        show(
            f"key_of_solid_code level {level}",
            lambda codes=codes: grid.key_of_solid_code(codes),
        )
    places = grid.encode_keys(lon, lat)
    show("solid_code_of_key level 10", lambda: grid.solid_code_of_key(places, keys, level=10))
    show(
        "solid_neighbour_keys, 26 (cells in)",
        lambda: grid.solid_neighbour_keys(places[: 1 << 16], keys[: 1 << 16], level=7),
        1 << 16,
        5,
    )


def moments():
    rng = np.random.default_rng(2)
    start = np.datetime64("2020-01-01", "s")
    times = start + rng.integers(0, 10 * 365 * 86_400, N).astype("m8[s]")
    texts = np.char.add(times.astype("U19"), "Z").astype("S20")
    keys = grid.time_keys(times, zone="UTC")
    codes = grid.time_code(keys)
    show("time_keys of datetime64", lambda: grid.time_keys(times, zone="UTC"))
    show("time_keys of ISO 8601 texts", lambda: grid.time_keys(texts))
    show("time_code", lambda: grid.time_code(keys), repeats=5)
    show("parse_time_codes", lambda: grid.parse_time_codes(codes), repeats=5)
    show("time_bounds", lambda: grid.time_bounds(keys), repeats=5)


def bodies():
    angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    radius = 0.005 * np.random.default_rng(3).uniform(0.8, 1, 100)
    block = shapely.Polygon(
        np.column_stack([114.3 + radius * np.cos(angle), 30.6 + radius * np.sin(angle)])
    )
    options = {"band_m": (0.0, 120.0)}
    cover = grid.cover_prism(block, level=7, **options)
    cells = len(cover.cells()[0])
    median, best = seconds(lambda: grid.cover_prism(block, level=7, **options), 9)
    print(f"cover_prism, 100 vertices, level 7: {len(cover)} rows, {median * 1e3:.2f} ms")
    median, best = seconds(lambda: grid.cover_prism(block, level=7, **options).cells(), 9)
    print(f"  and its {cells} cells: {median * 1e3:.1f} ms, {cells / best / 1e6:.0f} M/s at best")
    mixed = grid.cover_prism_hierarchical(block, finest_level=7, **options)
    median, best = seconds(
        lambda: grid.cover_prism_hierarchical(block, finest_level=7, **options), 9
    )
    print(f"cover_prism_hierarchical of the same: {len(mixed)} rows, {median * 1e3:.2f} ms")
    line = shapely.LineString([(114.25, 30.5, 30.0), (114.30, 30.55, 150.0), (114.4, 30.6, 60.0)])
    corridor = grid.cover_corridor(line, width_m=50.0, band_m=(-10.0, 10.0), level=7, about="line")
    median, best = seconds(
        lambda: grid.cover_corridor(
            line, width_m=50.0, band_m=(-10.0, 10.0), level=7, about="line"
        ),
        5,
    )
    print(f"cover_corridor, 18 km climbing, 50 m wide: {len(corridor)} rows, {median * 1e3:.0f} ms")
    rng = np.random.default_rng(4)
    keys = grid.encode_keys(rng.uniform(114.29, 114.31, N), rng.uniform(30.59, 30.61, N))
    heights = grid.height_keys(rng.uniform(-50, 200, N))
    show("SolidCover.holds, flat", lambda: cover.holds(keys, heights), repeats=5)


def start_times():
    # The second process finds what the first one compiled.
    for name in ("a process", "the next"):
        print(f"{name}: ", end="", flush=True)
        subprocess.run([sys.executable, "-c", FIRST_CALL], check=True)


if __name__ == "__main__":
    start_times()
    columns()
    moments()
    bodies()
