"""Cells as Arrow columns of well-known binary, which GeoArrow and GeoParquet readers know.

Not imported with `chengmo.grid`, because PyArrow and PROJ take longer to import than all the rest.
"""

import json
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike
from pyproj import CRS

from chengmo.grid.key import key_bounds, key_column, level_column

# A polygon of one ring of five points, little-endian: byte order, type, rings, points; then x, y.
_HEAD = np.frombuffer(b"\x01\x03\0\0\0\x01\0\0\0\x05\0\0\0", np.uint8)
_SIZE = len(_HEAD) + 5 * 16
_CRS = {"crs": "EPSG:4490", "crs_type": "authority_code", "edges": "planar"}


def cells_to_wkb(keys: ArrayLike, levels: int | ArrayLike) -> pa.LargeBinaryArray:
    """Return the outline of each cell as well-known binary in an Arrow column (93 bytes each).

    Args:
        keys: Keys, flat.
        levels: One level, or one for each key.
    """
    column, shape = key_column(keys)
    bounds = key_bounds(column, level=level_column(levels, shape))
    west, south, east, north = bounds
    count = west.size
    rows = np.empty((count, _SIZE), np.uint8)
    rows[:, : len(_HEAD)] = _HEAD
    # Anticlockwise from the south-west, as GeoJSON asks.
    ring = np.stack([west, south, east, south, east, north, west, north, west, south], axis=1)
    rows[:, len(_HEAD) :] = (
        ring.astype("<f8", copy=False).view(np.uint8).reshape(count, _SIZE - len(_HEAD))
    )
    offsets = np.arange(count + 1, dtype=np.int64) * _SIZE
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(rows)]
    )


def cells_to_table(keys: ArrayLike, levels: int | ArrayLike) -> pa.Table:
    """Return an Arrow table of cells: `key`, `level` and `geometry`, which GeoArrow readers know.

    GeoPandas, GDAL, DuckDB and QGIS read its `geometry` (`geoarrow.wkb`, EPSG:4490) as it is;
    written by `pyarrow.parquet.write_table` it is a GeoParquet 1.1 file.

    Args:
        keys: Keys, flat.
        levels: One level, or one for each key.
    """
    column, shape = key_column(keys)
    every = level_column(levels, shape)
    metadata = {
        "ARROW:extension:name": "geoarrow.wkb",
        "ARROW:extension:metadata": json.dumps(_CRS),
    }
    schema = pa.schema(
        [
            pa.field("key", pa.uint64()),
            pa.field("level", pa.uint8()),
            pa.field("geometry", pa.large_binary(), metadata=metadata),
        ],
        metadata={"geo": json.dumps(_geo_parquet())},
    )
    return pa.table([pa.array(column), pa.array(every), cells_to_wkb(column, every)], schema=schema)


def _geo_parquet() -> dict[str, Any]:
    geometry = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "crs": CRS.from_epsg(4490).to_json_dict(),
        "orientation": "counterclockwise",
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
