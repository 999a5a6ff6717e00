"""GeoParquet 1.1 and Arrow IPC (GeoArrow `geoarrow.wkb`)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chengmo.catalog.export.request import ExportRequest, projjson
from chengmo.catalog.lake import Lake
from chengmo.catalog.reading import Reader

_BOUNDS = {"xmin": "_west", "ymin": "_south", "xmax": "_east", "ymax": "_north"}


def write_geoparquet(lake: Lake, reader: Reader, request: ExportRequest, target: Path) -> None:  # noqa: ARG001 - one shape for all formats
    """Write GeoParquet 1.1: WKB, a `bbox` covering for pruning, and the coordinate system.

    The terms are the file's key-value metadata `chengmo`. Coordinates are longitude, latitude,
    as GeoParquet orders them whatever the coordinate system says.
    """
    if not request.has_place:
        _write_plain_parquet(reader, request, target)
        return
    geometry, box = request.free_name("geometry"), request.free_name("bbox")
    with request.rows(reader, "_geometry", *_BOUNDS.values()) as batches:
        owned = [batches.schema.field(name) for name in request.names]
        bounds = pa.struct([pa.field(name, pa.float64()) for name in _BOUNDS])
        schema = pa.schema([*owned, pa.field(geometry, pa.binary()), pa.field(box, bounds)])
        kinds: set[str] = set()
        # No two rows share a geometry: a dictionary of them costs time and saves nothing.
        # PyArrow's stubs know no list here, its writer does.
        shared: Any = request.names or False
        with pq.ParquetWriter(target, schema, compression="zstd", use_dictionary=shared) as writer:
            for batch in batches:
                kinds |= _geometry_types(batch.column("_geometry"))
                covering = pa.StructArray.from_arrays(
                    [batch.column(name) for name in _BOUNDS.values()], list(_BOUNDS)
                )
                arrays = [batch.column(name) for name in request.names]
                arrays += [batch.column("_geometry"), covering]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
            geo = _geo_metadata(request, geometry, box, sorted(kinds))
            writer.add_key_value_metadata({"geo": json.dumps(geo), "chengmo": request.terms_json()})


def write_arrow(lake: Lake, reader: Reader, request: ExportRequest, target: Path) -> None:  # noqa: ARG001 - one shape for all formats
    """Write an Arrow IPC file whose geometry column is a GeoArrow WKB extension."""
    extra = ["_geometry"] if request.has_place else []
    with request.rows(reader, *extra) as batches:
        schema = _arrow_schema(request, batches.schema)
        with (
            pa.OSFile(str(target), "wb") as file,
            pa.ipc.new_file(file, schema) as writer,
        ):
            for batch in batches:
                writer.write_batch(pa.record_batch(batch.columns, schema=schema))


def _write_plain_parquet(reader: Reader, request: ExportRequest, target: Path) -> None:
    with (
        request.rows(reader) as batches,
        pq.ParquetWriter(target, batches.schema, compression="zstd") as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)
        writer.add_key_value_metadata({"chengmo": request.terms_json()})


def _geo_metadata(
    request: ExportRequest, geometry: str, box: str, kinds: list[str]
) -> dict[str, Any]:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": kinds,
        "crs": projjson(),
        "covering": {"bbox": {name: [box, name] for name in _BOUNDS}},
    }
    # Of a part of the rows the exact extent is not known, and the member is optional.
    if request.bbox is None and request.dataset.extent is not None:
        column["bbox"] = list(request.dataset.extent)
    return {"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}}


def _arrow_schema(request: ExportRequest, schema: pa.Schema) -> pa.Schema:
    fields = [schema.field(name) for name in request.names]
    if request.has_place:
        crs = json.dumps({"crs": projjson(), "crs_type": "projjson"})
        mark = {"ARROW:extension:name": "geoarrow.wkb", "ARROW:extension:metadata": crs}
        fields.append(pa.field(request.free_name("geometry"), pa.binary(), metadata=mark))
    return pa.schema(fields, metadata={"chengmo": request.terms_json()})


def _geometry_types(column: pa.Array) -> set[str]:
    """Return the kinds of geometry in a column of WKB, as GeoParquet names them.

    They stand in the five bytes with which each geometry begins, byte order and type (OGC 06-103r4,
    8.2), so none is read further. Heights are a flag (EWKB) or a thousand (ISO) in the type.
    """
    column = column.drop_null()
    if not len(column):
        return set()
    _, ends, content = column.buffers()
    first = np.frombuffer(ends, np.int32)[column.offset : column.offset + len(column)]
    heads = np.frombuffer(content, np.uint8)[first[:, None] + np.arange(5)]
    little, big = (heads[:, 1:].copy().view(kind)[:, 0] for kind in ("<u4", ">u4"))
    types = np.unique(np.where(heads[:, 0] == 1, little, big).astype(np.int64))
    return {
        _TYPE_NAMES[kind % 1000]
        + (" Z" if whole & _WITH_HEIGHT or kind // 1000 in _ISO_WITH_HEIGHT else "")
        for whole, kind in ((int(each), int(each) & _TYPE_BITS) for each in types)
    }


_WITH_HEIGHT, _TYPE_BITS = 0x8000_0000, 0x0FFF_FFFF
_ISO_WITH_HEIGHT = frozenset({1, 3})
_TYPE_NAMES = (
    "Geometry",
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)
