"""Read raw files and write those of a data package, the same bytes for the same content."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

Row = dict[str, Any]
Features = tuple[list[Row], list[BaseGeometry]]
"""Properties and shapes, one of each a feature."""


def read_geojson(path: Path) -> Features:
    """Return properties and shapes of a feature collection."""
    features = json.loads(path.read_text("utf-8"))["features"]
    rows = [feature["properties"] for feature in features]
    return rows, [rounded(shape(feature["geometry"])) for feature in features]


def read_csv(path: Path) -> list[Row]:
    """Return the rows of a UTF-8 file with a header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def rounded(geometry: BaseGeometry) -> BaseGeometry:
    """Return `geometry` with its coordinates to six decimals."""
    return shapely.transform(geometry, lambda xy: np.round(xy, 6))


def sort_features(features: Features, *, by: str) -> Features:
    """Return the features in the order of one property."""
    rows, shapes = features
    order = sorted(range(len(rows)), key=lambda index: rows[index][by])
    return [rows[index] for index in order], [shapes[index] for index in order]


def write_csv(path: Path, rows: Iterable[Row], *, encoding: str = "utf-8") -> None:
    """Write `rows` with a header and line feeds."""
    table = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def write_geojson(path: Path, features: Features) -> None:
    """Write a feature collection, one feature a line, so that a change shows as changed lines."""
    lines = [
        json.dumps(
            {"type": "Feature", "properties": row, "geometry": geometry.__geo_interface__},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row, geometry in zip(*features, strict=True)
    ]
    body = ",\n".join(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n', "utf-8")


def write_geoparquet(path: Path, features: Features) -> None:
    """Write GeoParquet 1.1, WKB; no `crs` entry, which by the standard means OGC:CRS84 (WGS 84)."""
    rows, shapes = features
    table = pa.Table.from_pylist(rows).append_column(
        "geometry", pa.array(shapely.to_wkb(np.array(shapes)), pa.binary())
    )
    column = {
        "encoding": "WKB",
        "geometry_types": sorted({geometry.geom_type for geometry in shapes}),
        "bbox": shapely.total_bounds(np.array(shapes)).tolist(),
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table.replace_schema_metadata({"geo": json.dumps(geo)}),
        path,
        compression="zstd",
        compression_level=19,
    )
