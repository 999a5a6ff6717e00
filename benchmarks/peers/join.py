"""The same points and polygons joined by others: run by `benchmarks/join_speed.py`."""

import sys
import time
from importlib.metadata import files, version

import duckdb
import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely


def points(shapes, count):
    west, south, east, north = shapely.total_bounds(shapes)
    rng = np.random.default_rng(1)
    return rng.uniform(west, east, count), rng.uniform(south, north, count)


def tell(name, count, pairs, spent):
    rate = count / spent / 1e6
    print(
        f"{name}, {count / 1e6:g} M points: {spent:.2f} s, {rate:.3f} M/s, {pairs} pairs",
        flush=True,
    )


def by_geopandas(shapes, lon, lat):
    polygons = geopandas.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
    start = time.process_time()
    places = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(lon, lat), crs="EPSG:4326")
    made = time.process_time()
    pairs = len(geopandas.sjoin(places, polygons, predicate="intersects"))
    spent = time.process_time() - made
    tell(f"geopandas {version('geopandas')} sjoin", len(lon), pairs, spent)
    print(f"  (and {made - start:.2f} s before it to make points of coordinates)")


def by_duckdb(shapes, lon, lat):
    extension = next(
        f for f in files("duckdb-extension-spatial") if f.name.endswith(".duckdb_extension")
    )
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"LOAD '{extension.locate()}'")
    polygons = pa.table({"id": np.arange(len(shapes)), "wkb": shapely.to_wkb(shapes)})
    places = pa.table({"lon": lon, "lat": lat})
    connection.register("given", polygons)
    connection.execute("CREATE TABLE polygons AS SELECT id, ST_GeomFromWKB(wkb) AS geom FROM given")
    connection.register("given_places", places)
    connection.execute("CREATE TABLE places AS SELECT * FROM given_places")
    start = time.process_time()
    pairs = connection.execute(
        "SELECT count(*) FROM places JOIN polygons ON ST_Intersects(geom, ST_Point(lon, lat))"
    ).fetchone()[0]
    tell(f"duckdb {version('duckdb')} spatial join", len(lon), pairs, time.process_time() - start)


if __name__ == "__main__":
    column = pq.read_table(sys.argv[1], columns=["geometry"]).column(0)
    communities = shapely.from_wkb(np.array(column.to_pylist(), object))
    x, y = points(communities, int(sys.argv[2]))
    by_duckdb(communities, x, y)
    few = len(x) if "--all" in sys.argv else 1_000_000
    by_geopandas(communities, x[:few], y[:few])
