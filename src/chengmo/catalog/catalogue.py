"""The catalogue: every dataset of a city in all its versions, and the rows in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa

from chengmo.catalog.city import prune_cache, write_city
from chengmo.catalog.commit import Committer
from chengmo.catalog.condition import Condition, Order, known_columns
from chengmo.catalog.dataset import Dataset, DatasetMetadata, Extent
from chengmo.catalog.export import ExportFormat, ExportOptions, ExportRequest, export_rows
from chengmo.catalog.lake import Lake, LakeSettings
from chengmo.catalog.plan import Mode
from chengmo.catalog.reading import Page, Reader, check_page
from chengmo.catalog.staged import StagedTable
from chengmo.catalog.tiles import Tile, Tiles
from chengmo.catalog.versions import Versions
from chengmo.catalog.window import Windows
from chengmo.errors import InvalidRequest

DAY_S = 86_400.0


@dataclass(frozen=True)
class Maintenance:
    """How many files a round of maintenance deleted."""

    orphans: int
    cached: int


@dataclass(frozen=True)
class Catalog:
    """Datasets by id and version. Threads may share it; each call stands for itself."""

    lake: Lake
    versions_known: Versions
    reader: Reader
    windows: Windows
    tiles: Tiles
    committer: Committer

    def datasets(self) -> list[Dataset]:
        """Return the newest version of every dataset, by id."""
        return [versions[-1] for _, versions in sorted(self.versions_known.all().items())]

    def dataset(self, id: str, version: int | None = None) -> Dataset:  # noqa: A002 - the word
        """Return a version of a dataset, the newest if none is named.

        Raises:
            UnknownDataset: If there is none.
        """
        return self.versions_known.get(id, version)

    def versions(self, id: str) -> list[Dataset]:  # noqa: A002 - the word
        """Return all versions of a dataset, oldest first.

        Raises:
            UnknownDataset: If there is none.
        """
        return list(self.versions_known.of(id))

    def commit(
        self,
        staged: StagedTable,
        metadata: DatasetMetadata,
        *,
        mode: Mode = "replace",
        idempotency_key: str | None = None,
    ) -> Dataset:
        """Make `staged` the next version of a dataset and return it, safe on disk.

        The rows are sorted by cell and numbered in that order from 1, or, in mode `append`, from
        one more than the rows there are. Repeating a commit (the same key, or the same file read
        the same way with the same metadata as the newest version) returns the version there is.

        Raises:
            Conflict: If the key stands for something else, or another commit never ends.
            InvalidRequest: If appended columns differ, or the time column holds no times.
            LakeUnavailable: If the lake does not answer; then nothing was committed.
            ValueError: If `staged` is not in the lake's layout: a fault of the importer.
        """
        return self.committer.commit(staged, metadata, mode=mode, idempotency_key=idempotency_key)

    def restore(self, id: str, version: int) -> Dataset:  # noqa: A002 - the word
        """Make the rows of an old version the newest version; its present metadata stay.

        Raises:
            UnknownDataset: If there is no such version.
        """
        return self.committer.restore(id, version)

    def describe(self, id: str, metadata: DatasetMetadata) -> Dataset:  # noqa: A002 - the word
        """State new metadata: a new version with the same rows.

        Raises:
            InvalidRequest: If `metadata` is of another dataset or its time column holds no times.
            UnknownDataset: If there is no such dataset.
        """
        if metadata.id != id:
            raise InvalidRequest(
                f"the metadata are of '{metadata.id}', not of '{id}'",
                hint="a dataset keeps its id; import it under the new one instead",
            )
        return self.committer.describe(metadata)

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
            found = self.windows.table(dataset, page, known_columns(dataset, columns))
            if found is not None:
                return found
        return self.reader.table(dataset, page)

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
        page = Page(columns, bbox, where, order=order)
        with self.reader.batches(self.dataset(id, version), page) as reader:
            yield from reader

    def item(self, id: str, row: int, version: int | None = None) -> pa.Table:  # noqa: A002 - the word
        """Return the one row of number `row`.

        Raises:
            UnknownDataset: If there is no such dataset, version or row.
        """
        return self.reader.item(self.dataset(id, version), row)

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
        return self.reader.count(self.dataset(id, version), bbox=bbox, where=where)

    def quarantine(self, id: str, version: int | None = None) -> pa.Table:  # noqa: A002 - the word
        """Return the rows that the import of a version refused: `row_number`, `reason`, `raw`.

        Raises:
            UnknownDataset: If there is no such dataset or version.
        """
        return self.reader.quarantine(self.dataset(id, version))

    def tile(self, id: str, tile: Tile, version: int | None = None) -> bytes:  # noqa: A002 - the word
        """Return a Mapbox Vector Tile of a version; no bytes if nothing is there.

        Raises:
            UnknownDataset: If there is no such dataset or version.
        """
        return self.tiles.tile(self.dataset(id, version), tile)

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
        request = ExportRequest(self.dataset(id, version), bbox, options or ExportOptions())
        return export_rows(self.lake, self.reader, request, target, format)

    def snapshot_city(self, versions: Mapping[str, int], folder: Path) -> Path:
        """Write the rows of `versions` as Arrow files for one run; `ArrowCity` opens them.

        Raises:
            UnknownDataset: If there is no such dataset or version.
        """
        datasets = [self.dataset(name, version) for name, version in versions.items()]
        return write_city(self.reader, datasets, folder, cache=self.lake.settings.cache)

    def maintain(self, *, older_than_s: float = DAY_S) -> Maintenance:
        """Delete what nobody refers to: files of killed imports and cached run tables.

        Only files older than `older_than_s` seconds go: a younger one may be another process's
        import, written and not yet committed.
        """
        orphans = self.lake.delete_orphans(older_than_s)
        cached = prune_cache(self.lake.settings.cache, older_than_s)
        return Maintenance(orphans=orphans, cached=cached)

    def close(self) -> None:
        """Close the lake."""
        self.windows.stop()
        self.lake.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_catalog(
    home: Path, database: str | None = None, *, memory: str = "512MB", threads: int | None = None
) -> Catalog:
    """Open the catalogue in `home`, made first if it is not there.

    Args:
        home: Folder of the Parquet files, and of the SQLite catalogue.
        database: `postgresql://user:password@host/name` to keep the catalogue there instead.
        memory: Upper limit of DuckDB's memory; larger sorts spill to `home/tmp`.
        threads: Of DuckDB; None is one for each core, at most four.

    Raises:
        LakeUnavailable: If the folder or the database cannot be opened.
    """
    lake = Lake.open(LakeSettings(home, database, memory, threads))
    versions = Versions(lake)
    reader = Reader(lake)
    windows = Windows(reader, lake.settings.cache)
    tiles = Tiles(lake, reader, windows)
    return Catalog(lake, versions, reader, windows, tiles, Committer(lake, versions))
