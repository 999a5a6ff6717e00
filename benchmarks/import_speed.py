"""How fast a CSV of points is staged, and how much memory that takes.

    python benchmarks/import_speed.py [--rows 1000000] [--repeat 5] [--big-gb 1]

Each repeat stages the same file (id, Chinese name, longitude, latitude, whole number, number, date)
through the sandbox (starting the process, parsing, types, coordinates, keys, WKB, Parquet) and then
imports it whole: staged, sorted by cell, committed and synced. Medians are printed, staging also
with its processor time, because a busy machine stretches the clock. The big file shows the peak
resident memory of both processes.
"""

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.catalog.importing import stage_file
from chengmo.model import Text


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


def imported_s(path: Path, home: Path) -> tuple[float, float]:
    """Return clock seconds of a whole import into a new lake, and of its commit alone."""
    with open_catalog(home) as catalog, tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        staged = stage_file(path, None, Path(folder))
        read = time.perf_counter()
        catalog.commit(staged, DatasetMetadata(id="points", title=Text(zh="点", en="Points")))
        end = time.perf_counter()
    return end - start, end - read


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
        compare_stages(small, asked, home)
        if asked.big_gb:
            measure_memory(home, asked.big_gb, small.stat().st_size / asked.rows)


def compare_stages(small: Path, asked: argparse.Namespace, home: Path) -> None:
    """Print medians of staging, of starting the reader and of the whole import."""
    tiny = home / "tiny.csv"
    write_points(tiny, 100)
    start = [staged_s(tiny, home / "out") for _ in range(asked.repeat)]
    staged = [staged_s(small, home / "out") for _ in range(asked.repeat)]
    whole = [imported_s(small, home / f"lake{i}") for i in range(asked.repeat)]
    wall, cpu = (statistics.median(column) for column in zip(*staged, strict=True))
    wall0, cpu0 = (statistics.median(column) for column in zip(*start, strict=True))
    total, commit = (statistics.median(column) for column in zip(*whole, strict=True))
    print(f"{asked.rows} rows, {small.stat().st_size / 1e6:.0f} MB, median of {asked.repeat}")
    print(f"  staging: clock {wall:.2f} s = {asked.rows / wall:,.0f} rows/s")
    print(f"  staging: processor {cpu:.2f} s = {asked.rows / cpu:,.0f} rows/s")
    print(f"  of which starting the process: clock {wall0:.2f} s, processor {cpu0:.2f} s")
    print(f"  import, on disk: clock {total:.2f} s = {asked.rows / total:,.0f} rows/s")
    print(f"  of which the commit: clock {commit:.2f} s   target of the import: 300,000 rows/s")


def measure_memory(home: Path, gigabytes: float, row_bytes: float) -> None:
    """Print the peak memory of the reading and of the committing process for a big file."""
    big = home / "big.csv"
    write_points(big, int(gigabytes * 1e9 / row_bytes))
    wall, commit = imported_s(big, home / "lake")
    reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    writer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{big.stat().st_size / 1e6:.0f} MB: clock {wall:.1f} s, of which commit {commit:.1f} s")
    print(f"  peak memory: reader {reader:.0f} MB, committer {writer:.0f} MB   target 1024")


if __name__ == "__main__":
    main()
