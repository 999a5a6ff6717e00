"""Files taken in and given out beside what others do with the same ones, in one run.

A CSV of a million points (Chinese names, numbers, dates) becomes a dataset, staged and committed;
others make a file or a table of points with an index of places of it. Then the 100 000 polygons of
`items.py` leave as GeoParquet. Processor time, user and system, of all threads and processes.
The others are GeoPandas, GDAL and DuckDB in `benchmarks/.peers` (pip install geopandas pyarrow
pyogrio duckdb==1.5.5 duckdb-extension-spatial==1.5.5); without it they are skipped.
"""

import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks._timing import seconds
from benchmarks.import_speed import imported_s, write_points
from benchmarks.items import BUILDINGS, import_buildings
from chengmo.app import open_platform
from chengmo.identity.actor import LOCAL_ADMINISTRATOR

HERE = Path(__file__).parent
PEERS = HERE / ".peers" / "bin" / "python"
ROWS = 1_000_000
REPEATS = 3


def tell(name: str, rows: int, spent_s: float) -> None:
    """Print one line, as the peers do."""
    print(f"{name:52} {spent_s:7.2f} s of CPU, {spent_s * 1e6 / rows:6.2f} µs a row", flush=True)


def beside(what: str, file: Path, folder: Path) -> None:
    """Let the others do the same, if they are here."""
    if not PEERS.exists():
        print(f"the others are skipped: there is no {PEERS}")
        return
    subprocess.run([PEERS, HERE / "peers" / "files.py", what, file, folder], check=True)


def main() -> None:
    """Print medians."""
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        points = folder / "points.csv"
        write_points(points, ROWS)
        taken = [imported_s(points, folder / f"lake{i}", is_first=False) for i in range(REPEATS)]
        print(f"a CSV of {ROWS:,} rows")
        tell("Chengmo, import", ROWS, statistics.median(each[1] for each in taken))
        beside("import", points, folder)
        home, ours = import_buildings(folder), folder / "ours.parquet"
        with open_platform(home=home, work=False) as platform:
            view = platform.sharing.view(LOCAL_ADMINISTRATOR, "benchmark", "cli")
            spent = seconds(lambda: view.export("buildings", ours, "geoparquet"), REPEATS)
        print(f"GeoParquet of {BUILDINGS:,} polygons with nine properties")
        tell("Chengmo, from the lake", BUILDINGS, spent)
        beside("export", ours, folder)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
