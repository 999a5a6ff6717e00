"""How fast a CSV of points is staged, and how much memory that takes.

    python -m benchmarks.import_speed [--rows 1000000] [--repeat 5] [--big-gb 1]

Each repeat stages the same file (id, Chinese name, longitude, latitude, whole number, number, date)
through the sandbox (parsing, types, coordinates, keys, WKB, sorting, Parquet) and then imports it
whole: staged, committed and synced. The first import of a process loads the reader's libraries,
the later ones find them loaded: both are measured. Medians are printed, also of processor time,
because a busy machine stretches the clock. The big file shows the peak memory of both processes.
"""

import argparse
import contextlib
import resource
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

import numpy as np
import psutil
import pyarrow as pa
from pyarrow import csv

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.catalog.importing import stage_file
from chengmo.catalog.importing.starter import the_starter
from chengmo.model import Text

_AT_ONCE = 100_000


def write_points(path: Path, rows: int) -> None:
    rng = np.random.default_rng(20240301)
    names = pa.array([f"站点{i}" for i in range(977)])
    days = pa.array([f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(84)])
    options = csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write("编号,名称,lon,lat,数量,数值,日期\n".encode())
        for done in range(0, rows, _AT_ONCE):
            number = np.arange(done, min(done + _AT_ONCE, rows))
            columns = {
                "id": number,
                "name": names.take(pa.array(number % len(names))),
                "lon": rng.uniform(113.7, 115.1, len(number)).round(6),
                "lat": rng.uniform(29.9, 31.4, len(number)).round(6),
                "whole": rng.integers(0, 1000, len(number)),
                "real": rng.normal(size=len(number)).round(4),
                "day": days.take(pa.array(number % len(days))),
            }
            csv.write_csv(pa.table(columns), file, options)


def spent_s() -> float:
    """Return the processor seconds of this process and of its readers so far."""
    here = psutil.Process()
    times = [here.cpu_times(), *(child.cpu_times() for child in here.children())]
    own = sum(each.user + each.system for each in times)
    # Readers that have ended count with the process that forked them.
    return own + sum(each.children_user + each.children_system for each in times[1:])


def staged_s(path: Path, folder: Path) -> tuple[float, float]:
    """Return clock and processor seconds of one staging."""
    the_starter().prepare()
    before, start = spent_s(), time.perf_counter()
    stage_file(path, None, folder)
    return time.perf_counter() - start, spent_s() - before


def imported_s(path: Path, home: Path, *, is_first: bool) -> tuple[float, float, float]:
    """Return seconds of a whole import into a new lake: clock, processor, clock of the commit."""
    if is_first:
        the_starter().close()
    with open_catalog(home) as catalog, tempfile.TemporaryDirectory() as folder:
        before, start = spent_s(), time.perf_counter()
        staged = stage_file(path, None, Path(folder))
        read = time.perf_counter()
        catalog.commit(staged, DatasetMetadata(id="points", title=Text(zh="点", en="Points")))
        end = time.perf_counter()
        return end - start, spent_s() - before, end - read


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
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
    """Print medians of staging and of the whole import, the first of a process and a later one."""
    print(f"{asked.rows} rows, {small.stat().st_size / 1e6:.0f} MB, median of {asked.repeat}")
    staged_s(small, home / "out")
    show("staging", asked.rows, [staged_s(small, home / "out") for _ in range(asked.repeat)])
    for is_first, what in ((False, "a later one"), (True, "the first of a process")):
        found = [
            imported_s(small, home / f"lake{i}{what}", is_first=is_first)
            for i in range(asked.repeat)
        ]
        show(f"import to disk, {what}", asked.rows, [each[:2] for each in found])
        commit = statistics.median(each[2] for each in found)
        print(f"    of which the commit: clock {commit:.2f} s")
    print("  target of the import: 300,000 rows/s by the clock")


def show(what: str, rows: int, measured: list[tuple[float, float]]) -> None:
    wall, cpu = (statistics.median(column) for column in zip(*measured, strict=True))
    print(f"  {what}: clock {wall:.2f} s = {rows / wall:,.0f} rows/s, processor {cpu:.2f} s")


def measure_memory(home: Path, gigabytes: float, row_bytes: float) -> None:
    """Print the peak memory of the reading and of the committing process for a big file."""
    big = home / "big.csv"
    write_points(big, int(gigabytes * 1e9 / row_bytes))
    with Watch() as watch:
        wall, cpu, commit = imported_s(big, home / "lake", is_first=True)
    writer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{big.stat().st_size / 1e6:.0f} MB: clock {wall:.1f} s, of which commit {commit:.1f} s")
    print(f"  processor {cpu:.1f} s")
    print(f"  peak memory (MiB): reader {watch.reader:.0f}, committer {writer:.0f}   target 1024")
    print(f"  both together at any moment (shared pages once): {watch.together:.0f}   target 1024")


class Watch(threading.Thread):
    """Looks ten times a second at the memory (MiB) of this process and of those below it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.reader = 0.0
        self.together = 0.0
        self._done = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        here = psutil.Process()
        while not self._done.wait(0.1):
            with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                below = here.children(recursive=True)
                self.reader = max([self.reader, *(_peak_mib(each.pid) for each in below)])
                total = sum(each.memory_full_info().pss for each in (here, *below))
                self.together = max(self.together, total / 2**20)


def _peak_mib(process: int) -> float:
    """Return the most memory that a process has had, by the kernel's own count."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
