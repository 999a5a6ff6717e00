"""What it costs to take a dataset away as a file: the 100 000 polygons of `items.py`.

Processor time of the whole process, all threads, for a feature: the version is read from the lake
checked by the sharing rules, and written. Beside it GeoPandas writes GeoParquet of the same rows
from what it holds in memory. Target: 3 µs a feature for GeoParquet.
"""

import tempfile
from importlib.metadata import version
from pathlib import Path

import geopandas

from benchmarks._timing import seconds
from benchmarks.items import BUILDINGS, import_buildings
from chengmo.app import open_platform
from chengmo.catalog.export import ExportFormat
from chengmo.identity.actor import LOCAL_ADMINISTRATOR

REPEATS = 5
FORMATS: tuple[tuple[ExportFormat, str], ...] = (
    ("geoparquet", "parquet"), ("arrow", "arrow"), ("csv", "csv"), ("geojson", "geojson"),
    ("geopackage", "gpkg"),
)  # fmt: skip


def told(who: str, spent_s: float, rest: str = "") -> None:
    """Print one line."""
    print(f"{who:42} {spent_s * 1e6 / BUILDINGS:7.2f} µs of CPU a feature   {rest}")


def by_geopandas(file: Path) -> None:
    """Write the rows of a GeoParquet file with GeoPandas, from memory."""
    rows, target = geopandas.read_parquet(file), file.with_name("peer.parquet")
    told(
        f"GeoPandas {version('geopandas')}, GeoParquet",
        seconds(lambda: rows.to_parquet(target), REPEATS),
        f"{target.stat().st_size / 1e6:.1f} MB",
    )


def main() -> None:
    """Print medians."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        home = import_buildings(place)
        with open_platform(home=home, work=False) as platform:
            view = platform.sharing.view(LOCAL_ADMINISTRATOR, "benchmark", "cli")
            for kind, ending in FORMATS:
                target = place / f"ours.{ending}"
                spent = seconds(
                    lambda kind=kind, target=target: view.export("buildings", target, kind), REPEATS
                )
                goal = "target 3" if kind == "geoparquet" else ""
                told(f"Chengmo, {kind}", spent, f"{target.stat().st_size / 1e6:.1f} MB   {goal}")
        by_geopandas(place / "ours.parquet")


if __name__ == "__main__":
    main()
