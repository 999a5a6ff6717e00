"""What the next version will be: pure rules, before anything is written."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import pyarrow.parquet as pq

from chengmo.catalog.dataset import (
    Dataset,
    DatasetMetadata,
    Extent,
    SensitiveFinding,
    noted_columns,
)
from chengmo.catalog.staged import MAX_COLUMNS, StagedTable, table_schema
from chengmo.errors import InvalidRequest

Mode = Literal["replace", "append"]

_BEYOND_ALL_CELLS = 1 << 64


def check_staged(staged: StagedTable) -> None:
    """Pass if the table can become a version.

    Raises:
        InvalidRequest: If it has more columns than the lake takes.
        ValueError: If it is not in the lake's layout: the importer's fault.
    """
    if len(staged.columns) > MAX_COLUMNS:
        raise InvalidRequest(
            f"the table has {len(staged.columns)} columns; the lake takes {MAX_COLUMNS}",
            hint="keep the columns you need, or write one row for each value instead of a column",
        )
    # What breaks here is the importer, not the file: a plain error, never caught.
    wanted = table_schema(staged.columns)
    found = pq.read_schema(staged.table)
    if dict(zip(found.names, found.types, strict=True)) != dict(
        zip(wanted.names, wanted.types, strict=True)
    ):
        raise ValueError(f"the staged table is {found.to_string()}, not {wanted.to_string()}")
    metadata = pq.read_metadata(staged.table)
    if metadata.num_rows != staged.row_count:
        raise ValueError(f"the staged table has {metadata.num_rows} rows, not {staged.row_count}")
    if staged.is_sorted:
        _check_order(metadata)


def _check_order(metadata: pq.FileMetaData) -> None:
    """Pass if the statistics agree that rows are sorted by cell and numbered in that order.

    Pages of a version go by this order, so a file is not believed to have it unseen.
    """
    names: list[str] = metadata.schema.names
    cell, number = names.index("_cell"), names.index("_row")
    rows, last = 0, 0
    groups = (metadata.row_group(i) for i in range(metadata.num_row_groups))
    for group in groups:
        if not group.num_rows:
            continue
        numbers = group.column(number).statistics
        cells = group.column(cell).statistics
        if (
            numbers is None
            or cells is None
            or (numbers.min, numbers.max) != (rows + 1, rows + group.num_rows)
            or (cells.has_min_max and cells.min < last)
        ):
            raise ValueError(f"the staged table is said to be sorted; after row {rows} it is not")
        rows += group.num_rows
        # After a row without a cell only such rows may follow.
        last = _BEYOND_ALL_CELLS if cells.null_count else cells.max


def check_time_column(planned: Dataset) -> None:
    """Pass if the time column, where one is stated, holds times.

    Raises:
        InvalidRequest: If it does not, or is not there.
    """
    if planned.time_column is None:
        return
    column = planned.column(planned.time_column)
    if column is None or column.type not in {"date", "datetime"}:
        raise InvalidRequest(
            f"the time column '{planned.time_column}' is no date or datetime column of "
            f"'{planned.id}'",
            hint="name one that is, or none",
        )


def is_same(current: Dataset, staged: StagedTable, metadata: DatasetMetadata, mode: Mode) -> bool:
    """Tell whether committing `staged` would only repeat `current`."""
    # An appended version holds more than its file: only the same append repeats it.
    if (current.change == "append") != (mode == "append"):
        return False
    if mode == "replace" and not current.in_place_order:
        return False
    return (
        current.lineage.model_copy(update={"imported_utc": staged.lineage.imported_utc})
        == staged.lineage
        and current.columns == noted_columns(staged.columns, metadata.notes)
        and current.metadata == metadata
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _stated(metadata: DatasetMetadata) -> dict[str, object]:
    return {name: getattr(metadata, name) for name in DatasetMetadata.model_fields}


def replacing(staged: StagedTable, metadata: DatasetMetadata, current: Dataset | None) -> Dataset:
    """Return the version that has the rows of `staged` alone; its snapshot is not known yet."""
    return Dataset.model_validate(
        {
            **_stated(metadata),
            "version": current.version + 1 if current else 1,
            "previous_version": current.version if current else None,
            "snapshot": 0,
            "created_utc": _now(),
            "columns": noted_columns(staged.columns, metadata.notes),
            "geometry_type": staged.geometry_type,
            "row_count": staged.row_count,
            "extent": staged.extent,
            "cell_levels": staged.cell_levels,
            "quality": dict(staged.quality),
            "lineage": staged.lineage,
            "found_sensitive": staged.sensitive,
            "report": staged.report,
            "change": "replace",
        }
    )


def appending(staged: StagedTable, metadata: DatasetMetadata, current: Dataset) -> Dataset:
    """Return the version that has the rows of `current` and of `staged`.

    Raises:
        InvalidRequest: If their columns differ.
    """
    _check_same_columns(staged, current)
    planned = replacing(staged, metadata, current)
    kinds = {current.geometry_type, staged.geometry_type} - {"none"}
    total = current.row_count + staged.row_count
    return planned.model_copy(
        update={
            "row_count": total,
            "geometry_type": "mixed" if len(kinds) > 1 else (kinds or {"none"}).pop(),
            "extent": _joint_extent(current.extent, staged.extent),
            "cell_levels": tuple(sorted({*current.cell_levels, *staged.cell_levels})),
            "quality": _joint_quality(current, staged, total),
            "in_place_order": False,
            "found_sensitive": _joint_findings(current, staged),
            "change": "append",
        }
    )


def _check_same_columns(staged: StagedTable, current: Dataset) -> None:
    has = {column.name: column.type for column in current.columns}
    gets = {column.name: column.type for column in staged.columns}
    if has != gets:
        differing = ", ".join(sorted(name for name, _ in has.items() ^ gets.items()))
        raise InvalidRequest(
            f"the rows cannot be appended to '{current.id}': these columns differ: {differing}",
            hint="give the file the same columns, or replace the dataset",
        )


def _joint_extent(first: Extent | None, second: Extent | None) -> Extent | None:
    if first is None or second is None:
        return first or second
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


def _joint_quality(current: Dataset, staged: StagedTable, total: int) -> Mapping[str, float]:
    if not total:
        return dict(staged.quality)
    return {
        name: (current.quality[name] * current.row_count + share * staged.row_count) / total
        for name, share in staged.quality.items()
        if name in current.quality
    }


def _joint_findings(current: Dataset, staged: StagedTable) -> tuple[SensitiveFinding, ...]:
    # What was sensitive stays so, whatever the new rows look like.
    new = {(found.column, found.kind) for found in staged.sensitive}
    kept = (each for each in current.found_sensitive if (each.column, each.kind) not in new)
    return (*kept, *staged.sensitive)


def restoring(old: Dataset, current: Dataset) -> Dataset:
    """Return the version after `current` that has the rows of `old`."""
    # The rows go back, the rules do not: restoring must never loosen who may see the data.
    stated = _stated(current.metadata)
    if current.time_column is not None and old.column(current.time_column) is None:
        stated["time_column"] = None
    return old.model_copy(
        update={
            **stated,
            "columns": noted_columns(old.columns, current.notes),
            "version": current.version + 1,
            "previous_version": current.version,
            "created_utc": _now(),
            "change": "restore",
            "idempotency_key": None,
        }
    )


def describing(metadata: DatasetMetadata, current: Dataset) -> Dataset:
    """Return the version after `current` that has its rows and new statements."""
    return current.model_copy(
        update={
            **_stated(metadata),
            "columns": noted_columns(current.columns, metadata.notes),
            "version": current.version + 1,
            "previous_version": current.version,
            "created_utc": _now(),
            "change": "describe",
            "idempotency_key": None,
        }
    )
