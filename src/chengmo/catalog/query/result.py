"""An answer as CSV, JSON or Arrow, the same values in each."""

import base64
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv as pa_csv
import shapely

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.importing.kernels import pc
from chengmo.errors import InvalidQuery
from chengmo.model.decision import Text

AnswerFormat = Literal["csv", "json", "arrow"]
MEDIA_TYPES: dict[AnswerFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "arrow": "application/vnd.apache.arrow.stream",
}
# Beyond it JavaScript's numbers leave integers out.
_LARGEST_EXACT = 2**53
# Each takes three microseconds, and 60 bytes meanwhile, to be written as text.
_MOST = 1_000_000
_GEOMETRY = b"geoarrow.wkb"
_EXTENSION = b"ARROW:extension:name"
_TREATED = b"chengmo:treated"
# What a spreadsheet runs: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Answer:
    """Rows that answer a question.

    Attributes:
        table: As the engine gave them; shapes are WKB, marked as `geoarrow.wkb`.
        treated: What was done to the data before the question was asked of them.
        editions: The treated editions that were asked.
    """

    table: pa.Table
    treated: tuple[Text, ...] = ()
    editions: tuple[Dataset, ...] = ()

    def as_bytes(self, kind: AnswerFormat) -> bytes:
        """Return the answer in a format."""
        return {"csv": self._csv, "json": self._json, "arrow": self._arrow}[kind]()

    def rows(self) -> Iterator[list[Any]]:
        """Yield rows of plain values: what JSON has, dates as texts, shapes as WKT.

        Raises:
            InvalidQuery: If there are too many values to write out, or some have no such form.
        """
        if sum(_count(chunk) for column in self.table.columns for chunk in column.chunks) > _MOST:
            raise InvalidQuery(
                "the answer has too many values for this format",
                hint="ask for an Arrow stream, or for fewer rows or columns",
            )
        columns = [
            [_plain(value) for value in _values(field, column)]
            for field, column in zip(self.table.schema, self.table.columns, strict=True)
        ]
        for row in range(self.table.num_rows):
            yield [column[row] for column in columns]

    def _json(self) -> bytes:
        columns = [{"name": field.name, "type": _type_name(field)} for field in self.table.schema]
        rows = list(self.rows())
        for index, field in enumerate(self.table.schema):
            if pa.types.is_integer(field.type) or pa.types.is_decimal(field.type):
                _keep_exact(rows, index)
        answer = {
            "columns": columns,
            "rows": rows,
            "row_count": self.table.num_rows,
            "treated": [text.model_dump() for text in self.treated],
        }
        return json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()

    def _csv(self) -> bytes:
        """RFC 4180, UTF-8; what a spreadsheet would run as a formula begins with an apostrophe."""
        names = [_safe(name) for name in self.table.column_names]
        rows = list(self.rows())
        columns = [
            pa.array([_cell(row[at]) for row in rows], pa.string()) for at in range(len(names))
        ]
        out = io.BytesIO()
        pa_csv.write_csv(pa.Table.from_arrays(columns, names=names), out)
        return out.getvalue()

    def _arrow(self) -> bytes:
        out = io.BytesIO()
        table = self.table
        if self.treated:
            told = json.dumps([text.model_dump() for text in self.treated], ensure_ascii=False)
            table = table.replace_schema_metadata({**(table.schema.metadata or {}), _TREATED: told})
        with pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
        return out.getvalue()


def from_engine(table: pa.Table) -> Answer:
    """Return the answer; sums of integers, which DuckDB gives 128 bits, in 64 where they fit."""
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) and field.type.scale == 0:
            try:
                column = pc.cast(table.column(at), pa.int64())
            except pa.ArrowInvalid:
                continue
            table = table.set_column(at, field.name, column)
    return Answer(table)


def _count(array: pa.Array) -> int:
    """Count the values of an array, also those within lists and structs."""
    parts: list[pa.Array] = []
    if pa.types.is_union(array.type):
        parts = [array.field(at) for at in range(array.type.num_fields)]
    elif pa.types.is_map(array.type):
        parts = [array.keys, array.items]
    elif pa.types.is_nested(array.type):
        inner = array.flatten()
        parts = inner if isinstance(inner, list) else [inner]
    return len(array) + sum(_count(part) for part in parts)


def _is_geometry(field: pa.Field) -> bool:
    return (field.metadata or {}).get(_EXTENSION) == _GEOMETRY


def _type_name(field: pa.Field) -> str:
    return "geometry" if _is_geometry(field) else str(field.type)


def _values(field: pa.Field, column: pa.ChunkedArray) -> list[Any]:
    try:
        return _read_values(field, column)
    except (ValueError, OverflowError, shapely.errors.ShapelyError) as error:
        # Such as a year that no calendar has, or a row of fields without names.
        raise InvalidQuery(
            f"the values of '{field.name[:60]}' have no form in this format",
            hint="make them texts with CAST(… AS VARCHAR), or ask for an Arrow stream",
        ) from error


def _read_values(field: pa.Field, column: pa.ChunkedArray) -> list[Any]:
    if _is_geometry(field):
        shapes = shapely.from_wkb(column.to_numpy())
        return [
            None if text is None else str(text)
            for text in shapely.to_wkt(shapes, rounding_precision=-1)
        ]
    return column.to_pylist()


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one line for each kind of value
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat().replace("+00:00", "Z")
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return str(value)


def _keep_exact(rows: list[list[Any]], at: int) -> None:
    """Write the integers of a column as texts if one is beyond what every reader keeps exact."""
    if any(isinstance(row[at], int) and abs(row[at]) > _LARGEST_EXACT for row in rows):
        for row in rows:
            row[at] = None if row[at] is None else str(row[at])


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else _safe(value)
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
