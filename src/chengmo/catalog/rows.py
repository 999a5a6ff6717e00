"""Rows of datasets by id: what every way in asks, of the whole catalogue or of a view of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from chengmo.catalog.condition import Condition, Order, known_columns
from chengmo.catalog.dataset import Dataset, Extent
from chengmo.catalog.export import ExportFormat, ExportOptions, ExportRequest, export_rows
from chengmo.catalog.lake import Lake
from chengmo.catalog.reading import Page, Reader, check_page
from chengmo.catalog.tiles import Tile, Tiles
from chengmo.catalog.window import Windows


@dataclass(frozen=True)
class Shelves:
    """Where rows are read from: queries, mapped windows, tiles."""

    lake: Lake
    reader: Reader
    windows: Windows
    tiles: Tiles


Taking = Literal["read", "count", "quarantine", "tile", "export"]


class Rows(ABC):
    """Rows of datasets. Whoever finds a dataset by its id decides what its rows are."""

    shelves: Shelves

    @abstractmethod
    def take(self, how: Taking, dataset: Dataset, rows: int | None) -> None:
        """Be told, before they leave, that rows are taken: by whoever counts them.

        Args:
            how: By which question.
            dataset: Of what.
            rows: How many; None where only the end will tell.
        """

    @abstractmethod
    def datasets(self) -> list[Dataset]:
        """Return the newest version of every dataset, by id."""

    @abstractmethod
    def dataset(self, id: str, version: int | None = None) -> Dataset:  # noqa: A002 - the word
        """Return a version of a dataset, the newest if none is named.

        Raises:
            UnknownDataset: If there is none.
        """

    @abstractmethod
    def versions(self, id: str) -> list[Dataset]:  # noqa: A002 - the word
        """Return all versions of a dataset, oldest first.

        Raises:
            UnknownDataset: If there is none.
        """

    def read(  # noqa: PLR0913 - what a reader may ask, each by its name
        self,
        id: str,  # noqa: A002 - the word
        *,
        version: int | None = None,
        columns: Sequence[str] | None = None,
        bbox: Extent | None = None,
        where: Sequence[Condition] = (),
        after_row: int | None = None,
        limit: int | None = None,
        order: Order = "cell",
    ) -> pa.Table:
        """Return rows as one table; see `Page` for what the arguments mean.

        Raises:
            InvalidQuery: If the box, a column or a value makes no sense.
            UnknownDataset: If there is no such dataset, version or `after_row`.
        """
        page = Page(columns, bbox, where, after_row, limit, order)
        dataset = self.dataset(id, version)
        if limit is not None:
            check_page(page)
            found = self.shelves.windows.table(dataset, page, known_columns(dataset, columns))
            if found is not None:
                self.take("read", dataset, found.num_rows)
                return found
        found = self.shelves.reader.table(dataset, page)
        self.take("read", dataset, found.num_rows)
        return found

    def batches(
        self,
        id: str,  # noqa: A002 - the word
        *,
        version: int | None = None,
        columns: Sequence[str] | None = None,
        bbox: Extent | None = None,
        where: Sequence[Condition] = (),
        order: Order = "cell",
    ) -> Iterator[pa.RecordBatch]:
        """Yield rows in batches of at most `BATCH_ROWS`, with few in memory at a time.

        Raises:
            InvalidQuery: If the box, a column or a value makes no sense.
            UnknownDataset: If there is no such dataset or version.
        """
        page, dataset = Page(columns, bbox, where, order=order), self.dataset(id, version)
        nothing = True
        with self.shelves.reader.batches(dataset, page) as reader:
            for batch in reader:
                nothing = False
                self.take("read", dataset, batch.num_rows)
                yield batch
        if nothing:
            self.take("read", dataset, 0)

    def item(self, id: str, row: int, version: int | None = None) -> pa.Table:  # noqa: A002 - the word
        """Return the one row of number `row`.

        Raises:
            UnknownDataset: If there is no such dataset, version or row.
        """
        dataset = self.dataset(id, version)
        found = self.shelves.reader.item(dataset, row)
        self.take("read", dataset, 1)
        return found

    def count(
        self,
        id: str,  # noqa: A002 - the word
        *,
        version: int | None = None,
        bbox: Extent | None = None,
        where: Sequence[Condition] = (),
    ) -> int:
        """Count the rows that meet `bbox` and `where`.

        Raises:
            InvalidQuery: If the box, a column or a value makes no sense.
            UnknownDataset: If there is no such dataset or version.
        """
        dataset = self.dataset(id, version)
        self.take("count", dataset, 0)
        return self.shelves.reader.count(dataset, bbox=bbox, where=where)

    def quarantine(self, id: str, version: int | None = None) -> pa.Table:  # noqa: A002 - the word
        """Return the rows that the import of a version refused: `row_number`, `reason`, `raw`.

        Raises:
            UnknownDataset: If there is no such dataset or version.
        """
        dataset = self.dataset(id, version)
        found = self.shelves.reader.quarantine(dataset)
        self.take("quarantine", dataset, found.num_rows)
        return found

    def tile(self, id: str, tile: Tile, version: int | None = None) -> bytes:  # noqa: A002 - the word
        """Return a Mapbox Vector Tile of a version; no bytes if nothing is there.

        Raises:
            UnknownDataset: If there is no such dataset or version.
        """
        dataset = self.dataset(id, version)
        self.take("tile", dataset, None)
        return self.shelves.tiles.tile(dataset, tile)

    def export(
        self,
        id: str,  # noqa: A002 - the word
        target: Path,
        format: ExportFormat,  # noqa: A002 - the word
        *,
        version: int | None = None,
        bbox: Extent | None = None,
        options: ExportOptions | None = None,
    ) -> Path:
        """Write a version to a file, which appears under its name only when it is whole.

        Raises:
            InvalidQuery: If the format or the box makes no sense.
            UnknownDataset: If there is no such dataset or version.
            PlatformError: If the file cannot be written.
        """
        dataset = self.dataset(id, version)
        rows = self.shelves.reader.count(dataset, bbox=bbox, where=())
        self.take("export", dataset, rows)
        request = ExportRequest(dataset, bbox, options or ExportOptions())
        return export_rows(self.shelves.lake, self.shelves.reader, request, target, format)
