"""Reading rows: straight from the Parquet files of a version, found once and remembered."""

import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from chengmo.catalog.condition import (
    Condition,
    Filter,
    Order,
    check_box,
    known_columns,
    row_filter,
)
from chengmo.catalog.dataset import Dataset, Extent
from chengmo.catalog.lake import Lake, path_pattern, quarantine_table, quoted_list, rows_table
from chengmo.catalog.staged import QUARANTINE_SCHEMA, table_schema
from chengmo.errors import InvalidQuery, UnknownDataset

BATCH_ROWS = 65_536
# A home below a folder called `city=wuhan` must not give every table a column `city`.
PARQUET = "read_parquet(?, hive_partitioning => false)"
_REMEMBERED = 4096
# Folder in the cache: see `edition.py`.
EDITIONS = "editions"


@dataclass(frozen=True)
class Page:
    """Which rows, in which order.

    Attributes:
        columns: The columns to return; None returns all.
        bbox: West, south, east, north in degrees; rows whose bounds meet it.
        where: Conditions that every row meets.
        after_row: Go on after the row of this number, in this page's order.
        limit: At most so many rows.
        order: By cell (then row), or by row number.
    """

    columns: Sequence[str] | None = None
    bbox: Extent | None = None
    where: Sequence[Condition] = ()
    after_row: int | None = None
    limit: int | None = None
    order: Order = "cell"


@dataclass(frozen=True)
class Reader:
    """Reads versions. A version's files never change, so their names are looked up once."""

    lake: Lake
    _files: OrderedDict[tuple[str, int], tuple[str, ...]] = field(
        default_factory=OrderedDict[tuple[str, int], tuple[str, ...]]
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def table(self, dataset: Dataset, page: Page) -> pa.Table:
        """Return the rows of `page` as one table."""
        names = known_columns(dataset, page.columns)
        found = self._query(dataset, page, names)
        if found is None:
            return _schema(dataset, names).empty_table()
        with self.lake.cursor() as cursor:
            return cursor.execute(*found).to_arrow_table()

    @contextmanager
    def batches(self, dataset: Dataset, page: Page) -> Generator[pa.RecordBatchReader]:
        """Give the rows of `page` as a stream that holds a few batches at a time."""
        names = known_columns(dataset, page.columns)
        found = self._query(dataset, page, names)
        if found is None:
            yield pa.RecordBatchReader.from_batches(_schema(dataset, names), [])
            return
        with self.lake.cursor() as cursor:
            yield cursor.execute(*found).to_arrow_reader(BATCH_ROWS)

    def count(self, dataset: Dataset, *, bbox: Extent | None, where: Sequence[Condition]) -> int:
        """Count the rows that meet `bbox` and `where`."""
        condition = row_filter(dataset, bbox=bbox, where=where)
        files = self.files_of(dataset)
        if not condition.terms or not files:
            return dataset.row_count
        query = f"SELECT count(*) FROM {PARQUET} {condition.sql}"  # noqa: S608 - quoted names
        with self.lake.cursor() as cursor:
            row = cursor.execute(query, [_patterns(files), *condition.values]).fetchone()
        return int(row[0]) if row else 0

    def item(self, dataset: Dataset, row: int) -> pa.Table:
        """Return the one row of number `row`.

        Raises:
            UnknownDataset: If the version has no such row.
        """
        found = self.table(dataset, Page(where=(Condition("_row", "=", row),), order="row"))
        if found.num_rows == 0:
            raise UnknownDataset(
                f"version {dataset.version} of '{dataset.id}' has no row {row}",
                hint=f"its rows are 1 to {dataset.row_count}",
            )
        return found

    def quarantine(self, dataset: Dataset) -> pa.Table:
        """Return the rows that the import of this version refused, and why."""
        # What an import refused was never treated: an edition has none of it.
        files = (
            () if dataset.edition else self.files(quarantine_table(dataset.id), dataset.snapshot)
        )
        if not files:
            return QUARANTINE_SCHEMA.empty_table()
        query = f"SELECT row_number, reason, raw FROM {PARQUET} ORDER BY row_number"  # noqa: S608 - a constant
        with self.lake.cursor() as cursor:
            return cursor.execute(query, [_patterns(files)]).to_arrow_table()

    def files_of(self, dataset: Dataset) -> tuple[str, ...]:
        """Return the Parquet files with the rows of a version, or of an edition of it."""
        if dataset.edition:
            return (str(self.lake.settings.cache / EDITIONS / f"{dataset.edition}.parquet"),)
        return self.files(rows_table(dataset.id), dataset.snapshot)

    def files(self, table: str, snapshot: int) -> tuple[str, ...]:
        """Return the Parquet files of a lake table at a snapshot."""
        key = (table, snapshot)
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        found = self.lake.files(table, snapshot)
        with self._lock:
            self._files[key] = found
            while len(self._files) > _REMEMBERED:
                self._files.popitem(last=False)
        return found

    def _query(
        self, dataset: Dataset, page: Page, names: Sequence[str]
    ) -> tuple[str, list[object]] | None:
        check_page(page)
        condition = row_filter(dataset, bbox=page.bbox, where=page.where)
        files = self.files_of(dataset)
        if not files:
            return None
        if page.after_row is not None:
            self._go_on_after(condition, dataset, page, page.after_row)
        tail = _order(dataset, page)
        if page.limit is not None:
            tail += f" LIMIT {int(page.limit)}"
        query = f"SELECT {quoted_list(names)} FROM {PARQUET} {condition.sql} {tail}"  # noqa: S608 - quoted names
        return query, [_patterns(files), *condition.values]

    def _go_on_after(self, condition: Filter, dataset: Dataset, page: Page, row: int) -> None:
        if page.order == "row" or dataset.in_place_order:
            condition.add("_row > ?", row)
            return
        cell = self.item(dataset, row).column("_cell")[0].as_py()
        if cell is None:
            condition.add("_cell IS NULL AND _row > ?", row)
        else:
            condition.add("(_cell > ? OR _cell = ? AND _row > ? OR _cell IS NULL)", cell, cell, row)


def check_page(page: Page) -> None:
    """Hold what a caller asks against what can be.

    Raises:
        InvalidQuery: If the box is none, or no page has so many rows.
    """
    if page.bbox is not None:
        check_box(page.bbox)
    if page.limit is not None and page.limit < 0:
        raise InvalidQuery(f"no page has {page.limit} rows", hint="ask for 1 row or more")


def _order(dataset: Dataset, page: Page) -> str:
    if dataset.in_place_order:
        # The files hold the rows in both orders already, and DuckDB keeps the order of files.
        return ""
    return "ORDER BY _row" if page.order == "row" else "ORDER BY _cell, _row"


def _patterns(files: Sequence[str]) -> list[str]:
    return [path_pattern(file) for file in files]


def _schema(dataset: Dataset, names: Sequence[str]) -> pa.Schema:
    schema = table_schema(dataset.columns)
    return pa.schema([schema.field(name) for name in names])
