"""GeoJSON (RFC 7946), written batch by batch."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from shapely import GeometryType

from chengmo.catalog.export.request import ExportRequest
from chengmo.catalog.feature import encode_features
from chengmo.catalog.lake import Lake
from chengmo.catalog.reading import Reader

_BETWEEN = b",\n"
# So few that their shapes and texts stay near the processor.
_AT_ONCE = 4096
_AREAS = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON, GeometryType.GEOMETRYCOLLECTION)


def write_geojson(lake: Lake, reader: Reader, request: ExportRequest, target: Path) -> None:  # noqa: ARG001 - one shape for all formats
    """Write a FeatureCollection with one feature a line; its `id` is the row number.

    RFC 7946 knows WGS 84 only. CGCS2000 differs from it by centimetres, so the stored coordinates
    are written as they are. The terms are the foreign member `chengmo`.
    """
    with target.open("wb") as file:
        file.write(b'{"type":"FeatureCollection",')
        if request.bbox is None and request.dataset.extent is not None:
            file.write(f'"bbox":{json.dumps(list(request.dataset.extent))},'.encode())
        file.write(f'"chengmo":{request.terms_json()},"features":[\n'.encode())
        with request.rows(reader, "_row", "_geometry") as batches:
            separator = b""
            for rows in _portions(batches):
                file.write(separator)
                file.write(encode_features(rows, request.names, between=_BETWEEN))
                separator = _BETWEEN
        file.write(b"\n]}\n")


def _portions(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    for batch in batches:
        for start in range(0, batch.num_rows, _AT_ONCE):
            yield _oriented(pa.Table.from_batches([batch.slice(start, _AT_ONCE)]))


def _oriented(rows: pa.Table) -> pa.Table:
    """Return `rows` with outer rings that run counter-clockwise (RFC 7946, 3.1.6)."""
    shapes = shapely.from_wkb(rows.column("_geometry").to_numpy())
    areas = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _AREAS))
    turned = shapely.orient_polygons(shapes[areas])
    if shapely.equals_exact(turned, shapes[areas], 0.0).all():
        return rows
    shapes[areas] = turned
    place = rows.schema.get_field_index("_geometry")
    return rows.set_column(place, "_geometry", pa.array(shapely.to_wkb(shapes), pa.binary()))
