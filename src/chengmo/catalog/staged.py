"""What an import hands to the catalogue: a table in the lake's layout, not yet part of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from chengmo.catalog.dataset import (
    DatasetColumn,
    Extent,
    GeometryType,
    Lineage,
    SensitiveFinding,
)
from chengmo.catalog.quality import QualityReport
from chengmo.model.decision import ValueType

ARROW_TYPES: Mapping[ValueType, pa.DataType] = MappingProxyType(
    {
        "integer": pa.int64(),
        "number": pa.float64(),
        "text": pa.string(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "datetime": pa.timestamp("us", tz="UTC"),
    }
)

SYSTEM_FIELDS: tuple[pa.Field, ...] = (
    pa.field("_row", pa.int64()),
    pa.field("_cell", pa.uint64()),
    pa.field("_west", pa.float64()),
    pa.field("_south", pa.float64()),
    pa.field("_east", pa.float64()),
    pa.field("_north", pa.float64()),
    pa.field("_geometry", pa.binary()),
)

# Small enough that a small box reads little, large enough that a million rows have few footer
# entries to look at; measured in docs/decisions/0002-store.md.
ROW_GROUP_SIZE = 8192

# A row group being written takes a buffer for each column: 10 000 need more memory than allowed.
MAX_COLUMNS = 2000

QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field("row_number", pa.int64()),
        pa.field("reason", pa.string()),
        pa.field("raw", pa.string()),
    ]
)


def table_schema(columns: Iterable[DatasetColumn]) -> pa.Schema:
    """Return the Arrow schema of a lake table: the owner's columns, then the platform's."""
    owned = [pa.field(column.name, ARROW_TYPES[column.type]) for column in columns]
    return pa.schema([*owned, *SYSTEM_FIELDS])


@dataclass(frozen=True)
class StagedTable:
    """A file made into a table, ready to commit.

    Attributes:
        table: Parquet file with exactly the columns of `table_schema(columns)`. `_row` runs from 1
            without a gap.
        quarantine: Parquet file of `QUARANTINE_SCHEMA`: `row_number` as in the source from 1,
            `reason` in English, `raw` the row as received; None when no row was refused.
        columns: The owner's columns, in the order of the file.
        geometry_type: What the geometries are.
        extent: West, south, east, north in degrees, CGCS2000; None without place.
        lineage: Where the rows came from.
        row_count: Rows in `table`.
        quality: Share of rows with a value, by column name.
        cell_levels: GeoSOT levels at which the places were given: 32 for coordinates, the level
            of the code for a file of BeiDou codes; empty without place.
        is_sorted: Whether the rows of `table` stand in the order of `_cell`, those without one
            last, `_row` is their number in that order, and the row groups are the lake's: the
            commit takes such a file as it is. Else their order is free, and the commit sorts.
        sensitive: Columns that look sensitive.
        report: What the declared checks found; None if nothing was declared or differs.
    """

    table: Path
    quarantine: Path | None
    columns: tuple[DatasetColumn, ...]
    geometry_type: GeometryType
    extent: Extent | None
    lineage: Lineage
    row_count: int
    quality: Mapping[str, float] = field(default_factory=dict[str, float])
    cell_levels: tuple[int, ...] = ()
    is_sorted: bool = False
    sensitive: tuple[SensitiveFinding, ...] = ()
    report: QualityReport | None = None
