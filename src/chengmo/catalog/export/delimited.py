"""CSV (RFC 4180, UTF-8), for programs and, with two options, for spreadsheets."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import shapely

from chengmo.catalog.export.request import ExportRequest
from chengmo.catalog.lake import Lake
from chengmo.catalog.reading import Reader

# What a spreadsheet runs: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = "^([=+\\-@\t\r])"


def write_csv(lake: Lake, reader: Reader, request: ExportRequest, target: Path) -> None:  # noqa: ARG001 - one shape for all formats
    """Write the owner's columns, then `lon`, `lat` of points or `wkt` of other shapes.

    Times are ISO 8601 in UTC. CSV has no place for the terms: they are in the file beside it, see
    `tabular.py`.
    """
    with (
        request.rows(reader, *_place_columns(request)) as batches,
        target.open("wb") as file,
    ):
        if request.options.excel_mark:
            file.write("\ufeff".encode())
        schema = _schema(request, batches.schema)
        with pa_csv.CSVWriter(file, schema) as writer:
            for batch in batches:
                writer.write_batch(pa.record_batch(_arrays(batch, request), schema=schema))


def _place_columns(request: ExportRequest) -> list[str]:
    if request.dataset.geometry_type == "point":
        return ["_west", "_south"]
    return ["_geometry"] if request.has_place else []


def _schema(request: ExportRequest, schema: pa.Schema) -> pa.Schema:
    fields = [
        pa.field(name, pa.string() if pa.types.is_timestamp(kind) else kind)
        for name, kind in ((name, schema.field(name).type) for name in request.names)
    ]
    if request.dataset.geometry_type == "point":
        fields += [pa.field(request.free_name(name), pa.float64()) for name in ("lon", "lat")]
    elif request.has_place:
        fields.append(pa.field(request.free_name("wkt"), pa.string()))
    return pa.schema(fields)


def _arrays(batch: pa.RecordBatch, request: ExportRequest) -> list[pa.Array]:
    arrays = [_cells(batch.column(name), request) for name in request.names]
    if request.dataset.geometry_type == "point":
        return [*arrays, batch.column("_west"), batch.column("_south")]
    if request.has_place:
        shapes = shapely.from_wkb(batch.column("_geometry").to_numpy(zero_copy_only=False))
        texts = shapely.to_wkt(shapes, rounding_precision=-1)
        arrays.append(pa.array(texts, pa.string()))
    return arrays


def _cells(column: pa.Array, request: ExportRequest) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        options = pc.StrftimeOptions("%Y-%m-%dT%H:%M:%SZ")
        return pc.call_function("strftime", [column], options)
    if request.options.formula_safe and pa.types.is_string(column.type):
        return pc.call_function(
            "replace_substring_regex",
            [column],
            pc.ReplaceSubstringOptions(_FORMULA, r"'\1"),
        )
    return column
