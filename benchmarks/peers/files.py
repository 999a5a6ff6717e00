"""The same files read and written by others: run by `benchmarks/files_beside.py`.

`import FILE FOLDER`: a CSV with longitude and latitude into a file of points with an index of
places, which is what the lake makes of it. `export FILE FOLDER`: a GeoParquet file out of memory.
Each line says the processor time, user and system, of all threads, once: it is long enough.
"""

import sys
import time
from importlib.metadata import files, version
from pathlib import Path

import duckdb
import geopandas
import pandas as pd
import pyogrio


def tell(name, rows, spent):
    print(f"{name:52} {spent:7.2f} s of CPU, {spent * 1e6 / rows:6.2f} µs a row", flush=True)


def measured(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def spatial():
    extension = next(
        f for f in files("duckdb-extension-spatial") if f.name.endswith(".duckdb_extension")
    )
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension.locate()}'")
    return connection


def read_points(source):
    table = pd.read_csv(source, parse_dates=["日期"])
    places = geopandas.points_from_xy(table["lon"], table["lat"])
    return geopandas.GeoDataFrame(table, geometry=places, crs="EPSG:4326")


def import_rows(source, folder):
    rows = len(read_points(source))
    pandas_version, gdal = version("pandas"), ".".join(map(str, pyogrio.__gdal_version__))
    package, parquet, lake = (folder / name for name in ("p.gpkg", "p.parquet", "p.duckdb"))
    straight = folder / "straight.gpkg"
    tell(
        f"GeoPandas {version('geopandas')}, pandas {pandas_version} → GeoPackage",
        rows,
        measured(lambda: read_points(source).to_file(package, driver="GPKG")),
    )
    tell(
        f"GeoPandas {version('geopandas')} → GeoParquet, Hilbert order",
        rows,
        measured(lambda: in_order(read_points(source)).to_parquet(parquet)),
    )
    tell(
        f"GDAL {gdal} CSV → GeoPackage, in Arrow batches",
        rows,
        measured(lambda: by_gdal(source, straight)),
    )
    tell(
        f"DuckDB {version('duckdb')} read_csv → table with R-tree",
        rows,
        measured(lambda: by_duckdb(source, lake)),
    )


def in_order(points):
    return points.iloc[points.hilbert_distance().argsort()]


def by_gdal(source, target):
    options = {"X_POSSIBLE_NAMES": "lon", "Y_POSSIBLE_NAMES": "lat", "AUTODETECT_TYPE": "YES"}
    with pyogrio.open_arrow(source, use_pyarrow=True, **options) as (meta, batches):
        pyogrio.write_arrow(
            batches,
            target,
            driver="GPKG",
            geometry_name=meta["geometry_name"] or "wkb_geometry",
            geometry_type="Point",
            crs="EPSG:4326",
        )


def by_duckdb(source, target):
    connection = spatial()
    connection.execute(f"ATTACH '{target}' AS kept (STORAGE_VERSION 'latest')")
    connection.execute(
        "CREATE TABLE kept.points AS SELECT *, ST_Point(lon, lat) AS geom "
        f"FROM read_csv('{source}')"
    )
    connection.execute("CREATE INDEX places ON kept.points USING RTREE (geom)")
    connection.execute("DETACH kept")


def export_rows(source, folder):
    frame, target = geopandas.read_parquet(source), folder / "peer.parquet"
    tell(
        f"GeoPandas {version('geopandas')} → GeoParquet, from memory",
        len(frame),
        measured(lambda: frame.to_parquet(target)),
    )
    connection = spatial()
    connection.execute(f"CREATE TABLE held AS SELECT * FROM '{source}'")
    tell(
        f"DuckDB {version('duckdb')} → GeoParquet, from memory",
        len(frame),
        measured(lambda: connection.execute(f"COPY held TO '{target}'")),
    )
    package = folder / "peer.gpkg"
    tell(
        "GeoPandas → GeoPackage, from memory",
        len(frame),
        measured(lambda: frame.drop(columns="bbox", errors="ignore").to_file(package)),
    )


if __name__ == "__main__":
    {"import": import_rows, "export": export_rows}[sys.argv[1]](
        Path(sys.argv[2]), Path(sys.argv[3])
    )
