"""How fast a CSV of points is staged, and how much memory that takes.

    python benchmarks/import_speed.py [--rows 1000000] [--repeat 5] [--big-gb 1]

Each repeat stages the same file (id, Chinese name, longitude, latitude, whole number, number, date)
through the sandbox: starting the process, parsing, types, coordinates, keys, WKB, Parquet. Medians
are printed, with the processor time of the reading process, because a busy machine stretches the
clock. The big file shows the peak resident memory of the reading process.
"""

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from chengmo.catalog.importing import stage_file


def write_points(path: Path, rows: int) -> None:
    rng = np.random.default_rng(20240301)
    done = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("编号,名称,lon,lat,数量,数值,日期\n")
        while done < rows:
            count = min(100_000, rows - done)
            lon, lat = rng.uniform(113.7, 115.1, count), rng.uniform(29.9, 31.4, count)
            whole, real = rng.integers(0, 1000, count), rng.normal(size=count)
            file.writelines(
                f"{done + i},站点{i % 977},{lon[i]:.6f},{lat[i]:.6f},{whole[i]},{real[i]:.4f},"
                f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}\n"
                for i in range(count)
            )
            done += count


def staged_s(path: Path, folder: Path) -> tuple[float, float]:
    """Return clock and processor seconds of one staging."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    stage_file(path, None, folder)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--big-gb", type=float, default=0.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        small = home / "points.csv"
        write_points(small, asked.rows)
        tiny = home / "tiny.csv"
        write_points(tiny, 100)
        start = [staged_s(tiny, home / "out") for _ in range(asked.repeat)]
        whole = [staged_s(small, home / "out") for _ in range(asked.repeat)]
        wall, cpu = (statistics.median(column) for column in zip(*whole, strict=True))
        wall0, cpu0 = (statistics.median(column) for column in zip(*start, strict=True))
        print(f"{asked.rows} rows, {small.stat().st_size / 1e6:.0f} MB, median of {asked.repeat}")
        print(f"  clock {wall:.2f} s = {asked.rows / wall:,.0f} rows/s")
        print(f"  processor {cpu:.2f} s = {asked.rows / cpu:,.0f} rows/s")
        print(f"  of which starting the process: clock {wall0:.2f} s, processor {cpu0:.2f} s")
        if asked.big_gb:
            big = home / "big.csv"
            row_bytes = small.stat().st_size / asked.rows
            write_points(big, int(asked.big_gb * 1e9 / row_bytes))
            wall, cpu = staged_s(big, home / "out")
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            size = big.stat().st_size / 1e6
            print(f"{size:.0f} MB: clock {wall:.1f} s, processor {cpu:.1f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
