"""GeoJSON (RFC 7946), written row by row."""

import json
import math
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import shapely

from chengmo.catalog.export.request import ExportRequest
from chengmo.catalog.lake import Lake
from chengmo.catalog.reading import Reader


def write_geojson(lake: Lake, reader: Reader, request: ExportRequest, target: Path) -> None:  # noqa: ARG001 - one shape for all formats
    """Write a FeatureCollection with one feature a line; its `id` is the row number.

    RFC 7946 knows WGS 84 only. CGCS2000 differs from it by centimetres, so the stored coordinates
    are written as they are. The terms are the foreign member `chengmo`.
    """
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type":"FeatureCollection",')
        if request.bbox is None and request.dataset.extent is not None:
            file.write(f'"bbox":{json.dumps(list(request.dataset.extent))},')
        file.write(f'"chengmo":{request.terms_json()},"features":[\n')
        with request.rows(reader, "_row", "_geometry") as batches:
            separator = ""
            for batch in batches:
                for feature in _features(batch, request.names):
                    file.write(separator)
                    file.write(feature)
                    separator = ",\n"
        file.write("\n]}\n")


def _features(batch: pa.RecordBatch, names: list[str]) -> Iterator[str]:
    shapes = shapely.from_wkb(batch.column("_geometry").to_numpy(zero_copy_only=False))
    # Outer rings run counter-clockwise (RFC 7946, 3.1.6).
    geometries = shapely.to_geojson(shapely.orient_polygons(shapes))
    rows = batch.column("_row").to_pylist()
    properties = batch.select(names).to_pylist() if names else [{}] * batch.num_rows
    for row, geometry, values in zip(rows, geometries, properties, strict=True):
        encoded = json.dumps(
            {name: _plain(value) for name, value in values.items()}, ensure_ascii=False
        )
        yield (
            f'{{"type":"Feature","id":{row},"geometry":{geometry or "null"},'
            f'"properties":{encoded}}}'
        )


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
