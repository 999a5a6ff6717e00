"""Parquet and GeoParquet 1.x, with the types they declare."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chengmo.catalog.importing.kernels import pc
from chengmo.catalog.importing.options import ImportOptions, Limits
from chengmo.catalog.importing.source import Batch, Facts
from chengmo.catalog.staged import ARROW_TYPES
from chengmo.errors import UnreadableFile

_BATCH = 32_768
_GEOMETRY_NAMES = ("geometry", "geom", "wkb_geometry", "wkb", "_geometry", "the_geom")


class ParquetSource:
    """A Parquet file; GeoParquet if its metadata say so."""

    def __init__(self, path: Path, options: ImportOptions, limits: Limits) -> None:
        """Read the file's footer.

        Raises:
            UnreadableFile: If it is broken, has too many columns or an unknown geometry encoding.
        """
        self._path = path
        self._told = options.wkt
        self.warnings: list[str] = []
        try:
            with pq.ParquetFile(path) as file:
                schema, count = file.schema_arrow, file.metadata.num_rows
                # Of the file, not the schema: what a writer added at the end is only here.
                noted = file.metadata.metadata
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from error
        if len(schema.names) > limits.columns:
            raise UnreadableFile(
                f"'{path.name}' has {len(schema.names)} columns; the limit is {limits.columns}",
                hint="turn columns of the same kind into rows",
            )
        geo = _geo(noted)
        self._geometry = self._find_geometry(schema, geo)
        # The bounds that GeoParquet 1.1 keeps beside the geometry are no column of the owner's.
        left_out = {self._geometry, *_coverings(geo, self._geometry)}
        self._names = [name for name in schema.names if name not in left_out]
        self.facts = Facts(
            "geoparquet" if geo else "parquet",
            tuple(self._names),
            typed=True,
            has_geometry=self._geometry is not None,
            crs=_crs(geo, self._geometry),
            row_estimate=count,
            is_exact=True,
        )

    def batches(self) -> Iterator[Batch]:
        """Yield the rows; see `Source.batches`."""
        done = 0
        try:
            with pq.ParquetFile(self._path) as file:
                for received in file.iter_batches(_BATCH):
                    yield self._batch(received, done)
                    done += received.num_rows
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from error

    def _batch(self, received: pa.RecordBatch, done: int) -> Batch:
        geometry = None
        if self._geometry is not None:
            geometry = received.column(self._geometry).cast(pa.binary())
        columns = [_column(received.column(name)) for name in self._names]
        return Batch(np.arange(done + 1, done + received.num_rows + 1), columns, geometry=geometry)

    def _find_geometry(self, schema: pa.Schema, geo: Mapping[str, Any]) -> str | None:
        if self._told is not None:
            return None
        primary = geo.get("primary_column")
        if primary in schema.names:
            encoding = str(geo.get("columns", {}).get(primary, {}).get("encoding", "WKB"))
            if encoding.upper() != "WKB":
                raise UnreadableFile(
                    f"the geometry is encoded as {encoding}", hint="write it as WKB"
                )
            return str(primary)
        for name in schema.names:
            if name.casefold() in _GEOMETRY_NAMES and _is_binary(schema.field(name).type):
                return name
        return None

    def _broken(self, error: Exception) -> UnreadableFile:
        return UnreadableFile(
            f"'{self._path.name}' is no Parquet file that can be read: {str(error)[:200]}",
            hint="write it again",
        )


def _geo(noted: Mapping[bytes, bytes] | None) -> Mapping[str, Any]:
    try:
        found = json.loads((noted or {}).get(b"geo", b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _crs(geo: Mapping[str, Any], geometry: str | None) -> str | None:
    described = geo.get("columns", {}).get(geometry, {}) if geometry else {}
    crs = described.get("crs")
    if isinstance(crs, dict):
        return json.dumps(crs)
    # Without `crs` the standard means OGC:CRS84; an explicit null means unknown.
    return "OGC:CRS84" if described and "crs" not in described else None


def _coverings(geo: Mapping[str, Any], geometry: str | None) -> set[str]:
    """Return the names of the columns that hold the bounds of each geometry."""
    try:
        return {path[0] for path in geo["columns"][geometry]["covering"]["bbox"].values()}
    except (KeyError, TypeError, AttributeError, IndexError):
        return set()


def _is_binary(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _column(column: pa.Array) -> pa.Array:
    """Return a column in one of the types of a table; what has none of them becomes text."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _finite(column.cast(pa.float64(), safe=False))
    if pa.types.is_timestamp(kind):
        return _moments(column)
    plain = (pa.types.is_integer, pa.int64()), (pa.types.is_date, pa.date32())
    for is_kind, target in plain:
        if is_kind(kind) and kind != pa.uint64():
            return column.cast(target)
    return column if pa.types.is_boolean(kind) else _texts(column)


def _finite(column: pa.Array) -> pa.Array:
    """Return a column of numbers with null for NaN; infinity stays and is refused with its row."""
    return pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)


def _moments(column: pa.Array) -> pa.Array:
    if column.type.tz is None:
        column = pc.assume_timezone(column, "Asia/Shanghai")
    return column.cast(ARROW_TYPES["datetime"], safe=False)


def _texts(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view":
        return column.cast(pa.string())
    if _is_binary(kind):
        return pa.array([value and value.hex() for value in column.to_pylist()], pa.string())
    return pa.array([_text(value) for value in column.to_pylist()], pa.string())


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
