"""How a version comes to be: rows, quarantine and description in one transaction of the lake."""

import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import duckdb

from chengmo.catalog.condition import SYSTEM_COLUMNS
from chengmo.catalog.dataset import Dataset, DatasetMetadata
from chengmo.catalog.lake import (
    Lake,
    literal,
    path_pattern,
    quarantine_table,
    quoted,
    quoted_list,
    rows_table,
    statement,
    sync_files,
)
from chengmo.catalog.plan import (
    Mode,
    appending,
    check_staged,
    check_time_column,
    describing,
    is_same,
    replacing,
    restoring,
)
from chengmo.catalog.staged import StagedTable, table_schema
from chengmo.catalog.versions import Versions
from chengmo.errors import Conflict, LakeUnavailable

ATTEMPTS = 6
_PLACES = tuple(name for name in SYSTEM_COLUMNS if name != "_row")


@dataclass(frozen=True)
class Committer:
    """Writes versions, one at a time."""

    lake: Lake
    versions: Versions

    def commit(
        self,
        staged: StagedTable,
        metadata: DatasetMetadata,
        *,
        mode: Mode,
        idempotency_key: str | None,
    ) -> Dataset:
        """Write `staged` as the next version; see `Catalog.commit`."""
        check_staged(staged)
        with self.lake.lock.held():
            self.versions.refresh()
            current = self._current(metadata.id)
            done = self._done_before(staged, metadata, mode, idempotency_key)
            if done is not None:
                return done
            if current is None or mode == "replace":
                planned = replacing(staged, metadata, current)
            else:
                planned = appending(staged, metadata, current)
            planned = planned.model_copy(update={"idempotency_key": idempotency_key})

            def write(cursor: duckdb.DuckDBPyConnection) -> Dataset:
                if staged.is_sorted and planned.change == "replace":
                    self._take_rows(cursor, staged, planned)
                else:
                    _write_rows(cursor, staged, planned, current)
                _write_quarantine(cursor, staged, planned)
                return _with_time_extent(cursor, planned)

            return self._write(planned, write)

    def restore(self, dataset: str, version: int) -> Dataset:
        """Write the rows of an old version as the next one; see `Catalog.restore`."""
        with self.lake.lock.held():
            self.versions.refresh()
            current, old = self.versions.get(dataset), self.versions.get(dataset, version)
            if current.version == old.version:
                return current
            planned = restoring(old, current)
            rows, refused = rows_table(dataset), quarantine_table(dataset)
            sources = [self._patterns(table, old.snapshot) for table in (rows, refused)]

            def write(cursor: duckdb.DuckDBPyConnection) -> Dataset:
                _restore_table(cursor, rows, sources[0], old)
                source = _parquet(_literals(sources[1])) if sources[1] else _NO_ROWS
                _create_quarantine(cursor, refused, source)
                return _with_time_extent(cursor, planned)

            return self._write(planned, write)

    def describe(self, metadata: DatasetMetadata) -> Dataset:
        """Write new statements about unchanged rows as the next version."""
        with self.lake.lock.held():
            self.versions.refresh()
            current = self.versions.get(metadata.id)
            if current.metadata == metadata:
                return current
            planned = describing(metadata, current)
            return self._write(planned, lambda cursor: _with_time_extent(cursor, planned))

    def _current(self, dataset: str) -> Dataset | None:
        found = self.versions.all().get(dataset)
        return found[-1] if found else None

    def _done_before(
        self, staged: StagedTable, metadata: DatasetMetadata, mode: Mode, key: str | None
    ) -> Dataset | None:
        keyed = self.versions.with_key(key) if key is not None else None
        if keyed is not None:
            if keyed.id == metadata.id and keyed.sha256 == staged.lineage.sha256:
                return keyed
            raise Conflict(
                f"the idempotency key stands for version {keyed.version} of '{keyed.id}' already",
                hint="use a new key for another file or dataset",
            )
        current = self._current(metadata.id)
        if current is not None and is_same(current, staged, metadata, mode):
            return current
        return None

    def _patterns(self, table: str, snapshot: int) -> list[str]:
        return [path_pattern(path) for path in self.lake.files(table, snapshot)]

    def _write(
        self, planned: Dataset, write: Callable[[duckdb.DuckDBPyConnection], Dataset]
    ) -> Dataset:
        check_time_column(planned)
        for attempt in range(ATTEMPTS):
            try:
                self._write_once(planned, write)
                break
            except LakeUnavailable as error:
                # Only a foreign writer can cause this: our own wait at the lock.
                if attempt + 1 == ATTEMPTS or not _is_conflict(error):
                    raise
                time.sleep(random.uniform(0.5, 1.0) * 0.05 * 2**attempt)  # noqa: S311 - jitter
        self.versions.refresh()
        return self.versions.get(planned.id, planned.version)

    def _write_once(
        self, planned: Dataset, write: Callable[[duckdb.DuckDBPyConnection], Dataset]
    ) -> None:
        before = self._files_of(planned.id)
        with self.lake.transaction() as cursor:
            dataset = write(cursor)
            body = dataset.model_dump_json()
            cursor.execute(statement("insert_version"), [dataset.id, dataset.version, body])
            if dataset.change != "describe":
                self._sync(self._files_of(dataset.id) - before, dataset)

    def _take_rows(
        self, cursor: duckdb.DuckDBPyConnection, staged: StagedTable, planned: Dataset
    ) -> None:
        """Make a copy of the sorted file part of the lake, as it is."""
        table = rows_table(planned.id)
        _create_empty(cursor, table, planned)
        if not staged.row_count:
            return
        # Linked instead of copied, the lake would change with whatever is done to the staged file.
        target = self._folder(table) / f"{uuid4()}.parquet"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(staged.table, target)
            cursor.execute(statement("add_rows"), [table, path_pattern(target)])
        except OSError as error:
            target.unlink(missing_ok=True)
            raise _unsafe(error) from error
        except duckdb.Error:
            target.unlink(missing_ok=True)
            raise

    def _folder(self, table: str) -> Path:
        return self.lake.settings.data / "main" / table

    def _files_of(self, dataset: str) -> set[Path]:
        # Nobody else writes to these folders while we hold the lock.
        folders = map(self._folder, (rows_table(dataset), quarantine_table(dataset)))
        return {path for folder in folders for path in folder.glob("*.parquet")}

    def _sync(self, written: set[Path], dataset: Dataset) -> None:
        if not written and dataset.row_count and dataset.lineage.rows_kept:
            raise LakeUnavailable(
                f"the rows of '{dataset.id}' were not written where they belong",
                hint="check that nothing but this program writes to the home folder",
            )
        try:
            sync_files(written, self.lake.settings.data)
        except OSError as error:
            raise _unsafe(error) from error


def _unsafe(error: OSError) -> LakeUnavailable:
    return LakeUnavailable(
        f"the rows could not be made safe on disk: {error.strerror}",
        hint="check the disk, then import again: nothing was committed",
    )


_NO_ROWS = "(SELECT 0 AS row_number, '' AS reason, '' AS raw WHERE false)"


def _in_lake(table: str) -> str:
    return f"lake.main.{quoted(table)}"


def _parquet(source: str) -> str:
    return f"read_parquet({source}, hive_partitioning => false)"


def _literals(paths: list[str]) -> str:
    return "[" + ", ".join(literal(path) for path in paths) + "]"


def _write_rows(
    cursor: duckdb.DuckDBPyConnection,
    staged: StagedTable,
    planned: Dataset,
    current: Dataset | None,
) -> None:
    appends = planned.change == "append" and current is not None
    query = statement("append_rows" if appends else "create_rows").format(
        table=_in_lake(rows_table(planned.id)),
        columns="".join(f"{quoted(column.name)}, " for column in planned.columns),
        places=quoted_list(_PLACES),
        row="_row" if staged.is_sorted else "row_number() OVER ()",
        last_row=current.row_count if current else 0,
        order="" if staged.is_sorted else "ORDER BY _cell, _row",
    )
    cursor.execute(query, [path_pattern(staged.table)])


def _write_quarantine(
    cursor: duckdb.DuckDBPyConnection, staged: StagedTable, planned: Dataset
) -> None:
    source = _NO_ROWS
    if staged.quarantine is not None:
        source = _parquet(literal(path_pattern(staged.quarantine)))
    _create_quarantine(cursor, quarantine_table(planned.id), source)


def _create_quarantine(cursor: duckdb.DuckDBPyConnection, table: str, source: str) -> None:
    cursor.execute(statement("create_quarantine").format(table=_in_lake(table), source=source))


def _restore_table(
    cursor: duckdb.DuckDBPyConnection, table: str, sources: list[str], old: Dataset
) -> None:
    if sources:
        query = statement("restore_rows").format(table=_in_lake(table))
        cursor.execute(query, [sources])
        return
    # A version without rows has no file: its table is made of its schema alone.
    _create_empty(cursor, table, old)


def _create_empty(cursor: duckdb.DuckDBPyConnection, table: str, dataset: Dataset) -> None:
    cursor.register("no_rows", table_schema(dataset.columns).empty_table())
    cursor.execute(f"CREATE OR REPLACE TABLE {_in_lake(table)} AS SELECT * FROM no_rows")  # noqa: S608 - a checked slug


def _with_time_extent(cursor: duckdb.DuckDBPyConnection, planned: Dataset) -> Dataset:
    name = planned.time_column
    if name is None:
        return planned.model_copy(update={"time_extent": None})
    query = statement("range_of_column").format(
        column=quoted(name), table=_in_lake(rows_table(planned.id))
    )
    first, last = cursor.execute(query).fetchone() or (None, None)
    extent = None if first is None or last is None else (_iso(first), _iso(last))
    return planned.model_copy(update={"time_extent": extent})


def _iso(text: str) -> str:
    # DuckDB prints `2025-01-31 08:00:00+00`.
    return text.replace(" ", "T").replace("+00", "Z")


def _is_conflict(error: LakeUnavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, duckdb.TransactionException) or "database is locked" in str(cause)
