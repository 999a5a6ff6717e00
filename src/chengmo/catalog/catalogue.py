"""The catalogue: every dataset of a city in all its versions, and the rows in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chengmo.catalog.city import prune_cache, write_city
from chengmo.catalog.commit import Committer
from chengmo.catalog.dataset import Dataset, DatasetMetadata
from chengmo.catalog.edition import Editions, Releases
from chengmo.catalog.lake import Lake, LakeSettings
from chengmo.catalog.plan import Mode
from chengmo.catalog.reading import Reader
from chengmo.catalog.rows import Rows, Shelves, Taking
from chengmo.catalog.secret import read_secret
from chengmo.catalog.staged import StagedTable
from chengmo.catalog.tiles import Tiles
from chengmo.catalog.treatment import Treatment, check_treatment
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
class Catalog(Rows):
    """Datasets by id and version, as they are. Threads may share it; each call stands for itself.

    Whoever asks on behalf of a person asks a `View`, which the sharing rules let through.
    """

    shelves: Shelves
    versions_known: Versions
    committer: Committer
    editions: Editions

    @property
    def lake(self) -> Lake:
        """The lake."""
        return self.shelves.lake

    @property
    def windows(self) -> Windows:
        """The mapped rows of a server."""
        return self.shelves.windows

    def take(self, how: Taking, dataset: Dataset, rows: int | None) -> None:
        """Take note of nothing: who asks the catalogue itself is the platform."""

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

    def edition(self, id: str, version: int, treatment: Treatment) -> Dataset:  # noqa: A002 - the word
        """Return a version after a treatment.

        Raises:
            UnknownDataset: If there is no such dataset or version.
            InvalidRequest: If the treatment does not fit it.
        """
        dataset = self.dataset(id, version)
        check_treatment(treatment, dataset)
        return self.editions.of(dataset, treatment)

    def snapshot_city(self, datasets: Sequence[Dataset], folder: Path) -> Path:
        """Write the rows of versions or editions as Arrow files for one run; see `ArrowCity`."""
        return write_city(self.shelves.reader, datasets, folder, cache=self.lake.settings.cache)

    def maintain(self, *, older_than_s: float = DAY_S) -> Maintenance:
        """Delete what nobody refers to: files of killed imports and cached run tables.

        Only files older than `older_than_s` seconds go: a younger one may be another process's
        import, written and not yet committed.
        """
        orphans = self.shelves.lake.delete_orphans(older_than_s)
        cached = prune_cache(self.shelves.lake.settings.cache, older_than_s)
        return Maintenance(orphans=orphans, cached=cached)

    def close(self) -> None:
        """Close the lake."""
        self.windows.stop()
        self.shelves.lake.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_catalog(
    home: Path,
    database: str | None = None,
    *,
    memory: str = "512MB",
    threads: int | None = None,
    releases: Releases | None = None,
) -> Catalog:
    """Open the catalogue in `home`, made first if it is not there.

    Args:
        home: Folder of the Parquet files, and of the SQLite catalogue.
        database: `postgresql://user:password@host/name` to keep the catalogue there instead.
        memory: Upper limit of DuckDB's memory; larger sorts spill to `home/tmp`.
        threads: Of DuckDB; None is one for each core, at most four.
        releases: Where counts with noise are kept; None: none are made.

    Raises:
        LakeUnavailable: If the folder or the database cannot be opened.
    """
    lake = Lake.open(LakeSettings(home, database, memory, threads))
    versions = Versions(lake)
    reader = Reader(lake)
    windows = Windows(reader, lake.settings.cache)
    shelves = Shelves(lake, reader, windows, Tiles(lake, reader, windows))
    editions = Editions(lake, reader, read_secret(home), releases)
    return Catalog(shelves, versions, Committer(lake, versions), editions)
