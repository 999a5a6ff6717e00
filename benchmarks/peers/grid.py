"""Other grids on the same columns: run by `benchmarks/grid_speed.py` in the peers' environment.

Each does what its users can have today in Python on one thread: whole columns where it offers
them, a loop where it does not. CPU time, median; not a package's fault if it only has a loop.
"""

import time
from importlib.metadata import version

import h3
import h3.api.basic_int as h3_int
import numpy as np
import pyarrow as pa
import pygeohash
import s2_py
import s2sphere
import shapely
from h3ronpy import cells_to_string, grid_disk
from h3ronpy.vector import (
    ContainmentMode,
    cells_to_coordinates,
    coordinates_to_cells,
    geometry_to_cells,
)

N = 1 << 17


def seconds(run, repeats=5):
    run()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return float(np.median(spent))


def polygon(radius_degrees, vertices=100, lon=114.3, lat=30.6):
    rng = np.random.default_rng(3)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = radius_degrees * rng.uniform(0.8, 1, vertices)
    return shapely.Polygon(
        np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)])
    )


def tell(name, count, run):
    print(f"{name:46s} {count / seconds(run) / 1e6:9.3f} M/s", flush=True)


def columns():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, N), rng.uniform(-88, 88, N)
    few = list(zip(lat[: N // 16].tolist(), lon[: N // 16].tolist(), strict=True))
    cells = coordinates_to_cells(lat, lon, 15)
    numbers = pa.array(cells).to_numpy()[: N // 16].tolist()
    hashes = [pygeohash.encode(a, b, precision=12) for a, b in few]
    tell("h3ronpy coordinates to cells, 15", N, lambda: coordinates_to_cells(lat, lon, 15))
    tell("h3ronpy cells to coordinates, 15", N, lambda: cells_to_coordinates(cells))
    tell("h3ronpy cells to text, 15", N, lambda: cells_to_string(cells))
    tell("h3ronpy grid_disk 1 (7 cells)", 7 * N, lambda: grid_disk(cells, 1, flatten=True))
    tell(
        "h3 latlng_to_cell, 15", len(few), lambda: [h3_int.latlng_to_cell(a, b, 15) for a, b in few]
    )
    tell("h3 cell_to_latlng, 15", len(few), lambda: [h3_int.cell_to_latlng(c) for c in numbers])
    tell(
        "h3 grid_disk 1 (7 cells)", 7 * len(few), lambda: [h3_int.grid_disk(c, 1) for c in numbers]
    )
    tell(
        "s2sphere CellId.from_lat_lng",
        len(few) // 8,
        lambda: [
            s2sphere.CellId.from_lat_lng(s2sphere.LatLng.from_degrees(a, b)).id()
            for a, b in few[: len(few) // 8]
        ],
    )
    tell(
        "s2-py S2CellId",
        len(few),
        lambda: [s2_py.S2CellId(s2_py.S2LatLng.FromDegrees(a, b)).id() for a, b in few],
    )
    tell("pygeohash encode, 12", len(few), lambda: [pygeohash.encode(a, b, 12) for a, b in few])
    tell("pygeohash decode, 12", len(few), lambda: [pygeohash.decode(h) for h in hashes])


def covers():
    shape = polygon(0.005)
    inside = ContainmentMode.ContainsCentroid
    for resolution in (12, 13):
        count = len(geometry_to_cells(shape, resolution, containment_mode=inside))
        tell(
            f"h3ronpy flat cover, {resolution} ({count} cells)",
            count,
            lambda r=resolution: geometry_to_cells(shape, r, containment_mode=inside),
        )
        ring = h3.LatLngPoly([(y, x) for x, y in shape.exterior.coords])
        tell(
            f"h3 flat cover, {resolution}",
            count,
            lambda ring=ring, r=resolution: h3_int.polygon_to_cells(ring, r),
        )
    start = time.process_time()
    cells = geometry_to_cells(shape, 13, containment_mode=inside, compact=True)
    spent = (time.process_time() - start) * 1e3
    print(f"h3ronpy compacted cover, 13 (3.4 m): {len(cells)} cells, {spent:.1f} ms")


if __name__ == "__main__":
    names = ("h3", "h3ronpy", "s2sphere", "s2-py", "pygeohash")
    print(", ".join(f"{name} {version(name)}" for name in names))
    columns()
    covers()
