"""The city of one run: declared datasets at fixed versions, as memory-mapped Arrow files."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self
from uuid import uuid4

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.reading import EDITIONS, Page, Reader
from chengmo.errors import ContractError, PlatformError
from chengmo.grid.key import key_centres
from chengmo.model.city import DatasetFacts

_FACTS = "city.json"


def write_city(reader: Reader, datasets: Sequence[Dataset], folder: Path, *, cache: Path) -> Path:
    """Write each dataset's rows, by `_cell` then `_row`, and the facts of all, into `folder`.

    A version never changes, so its file is made once in `cache` and linked from there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cache.mkdir(parents=True, exist_ok=True)
    try:
        for dataset in datasets:
            made = cached_rows(cache, dataset)
            if not made.exists():
                _write_rows(reader, dataset, made)
            _link(made, folder / f"{dataset.id}.arrow")
        facts = {dataset.id: _facts(dataset).model_dump() for dataset in datasets}
        (folder / _FACTS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise PlatformError(
            f"the run's tables could not be written to {folder}: {error.strerror}",
            hint="check the space and the rights on the home folder",
        ) from error
    return folder


def cached_rows(cache: Path, dataset: Dataset) -> Path:
    """Return where the rows of a version are kept in `cache`, once they have been written."""
    edition = f"-{dataset.edition}" if dataset.edition else ""
    return cache / f"{dataset.id}@{dataset.version}-{dataset.snapshot}{edition}.arrow"


def map_batches(reader: Reader, dataset: Dataset, made: Path) -> list[pa.RecordBatch]:
    """Return the rows of a version from the file `made`, which is written first if it is not there.

    Raises:
        PlatformError: If it can be neither written nor read.
    """
    try:
        made.parent.mkdir(parents=True, exist_ok=True)
        if not made.exists():
            _write_rows(reader, dataset, made)
        # The time of use is what `prune_cache` goes by.
        os.utime(made)
    except OSError as error:
        raise PlatformError(
            f"the rows of '{dataset.id}' could not be written to {made.parent}: {error.strerror}",
            hint="check the space and the rights on the home folder",
        ) from error
    return _map_table(made).to_batches()


def prune_cache(cache: Path, older_than_s: float) -> int:
    """Delete cached tables and editions that nobody used for `older_than_s` seconds; count them."""
    before, deleted = time.time() - older_than_s, 0
    for path in (*cache.glob("*.arrow*"), *cache.glob(f"{EDITIONS}/*.parquet*")):
        # Another process may be pruning too.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                deleted += 1
    return deleted


@dataclass(frozen=True)
class ArrowCity:
    """What a model sees of the tables that `Catalog.snapshot_city` wrote: `chengmo.model.City`.

    Attributes:
        folder: Where they are.
        facts: What is known of each declared dataset, by id.
    """

    folder: Path
    facts: Mapping[str, DatasetFacts]

    @classmethod
    def open(cls, folder: Path, declared: Sequence[str] | None = None) -> Self:
        """Open the tables in `folder`, of which a model sees those `declared` (None: all).

        Raises:
            PlatformError: If the folder holds no such tables.
        """
        try:
            stored = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
            names = list(stored) if declared is None else declared
            facts = {name: DatasetFacts.model_validate(stored[name]) for name in names}
        except (OSError, ValueError, KeyError) as error:
            raise PlatformError(
                f"{folder} does not hold the tables of this run", hint="submit the run again"
            ) from error
        return cls(folder, facts)

    def table(self, dataset: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of `dataset`, of all columns or of those named, by cell, then row.

        Raises:
            ContractError: If the model did not declare this dataset, or a column is not in it.
        """
        table = self._whole(dataset)
        if columns is None:
            return table
        missing = [name for name in columns if name not in table.column_names]
        if missing:
            raise ContractError(
                f"'{dataset}' has no column '{missing[0]}'",
                hint=f"its columns are: {', '.join(table.column_names)}",
            )
        return table.select(list(columns))

    def places(self, dataset: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude in degrees of each row's representative point.

        A point is where its bounds say, exactly. For any other shape it is the middle of the
        row's level-32 cell, which is within 1 cm of the point; NaN for a row without place.

        Raises:
            ContractError: If the model did not declare this dataset.
        """
        table = self._whole(dataset)
        west, south, east, north = (_floats(table, name) for name in _BOUNDS)
        lon, lat = west.copy(), south.copy()
        # NaN differs from itself: rows without place stay out of both masks.
        shaped = (west < east) | (south < north)
        if shaped.any():
            keys = table.column("_cell").combine_chunks().to_numpy(zero_copy_only=False)
            lon[shaped], lat[shaped] = key_centres(keys[shaped].astype(np.uint64), level=32)
        return lon, lat

    def geometry(self, dataset: str) -> NDArray[np.object_]:
        """Return each row's shapely geometry (None where it has none).

        Raises:
            ContractError: If the model did not declare this dataset.
        """
        column = self._whole(dataset).column("_geometry")
        return shapely.from_wkb(column.to_numpy(zero_copy_only=False))

    def about(self, dataset: str) -> DatasetFacts:
        """Return what is known about `dataset`.

        Raises:
            ContractError: If the model did not declare this dataset.
        """
        if dataset not in self.facts:
            raise ContractError(
                f"the model did not declare the dataset '{dataset}'",
                hint=f"add it to `reads`; declared are: {', '.join(self.facts) or 'none'}",
            )
        return self.facts[dataset]

    def _whole(self, dataset: str) -> pa.Table:
        self.about(dataset)
        if dataset not in self._tables:
            self._tables[dataset] = _map_table(self.folder / f"{dataset}.arrow")
        return self._tables[dataset]

    @cached_property
    def _tables(self) -> dict[str, pa.Table]:
        return {}


_BOUNDS = ("_west", "_south", "_east", "_north")


def _facts(dataset: Dataset) -> DatasetFacts:
    return DatasetFacts(
        id=dataset.id,
        version=dataset.version,
        title=dataset.title,
        licence=dataset.licence,
        attribution=dataset.attribution,
        synthetic=dataset.synthetic,
        row_count=dataset.row_count,
        meanings={
            column.name: column.meaning for column in dataset.columns if column.meaning is not None
        },
    )


def _write_rows(reader: Reader, dataset: Dataset, target: Path) -> None:
    written = target.with_name(f"{target.name}.{uuid4().hex}")
    try:
        with (
            reader.batches(dataset, Page()) as batches,
            pa.OSFile(str(written), "wb") as file,
            pa.ipc.new_file(file, batches.schema) as writer,
        ):
            for batch in batches:
                writer.write_batch(batch)
        # Runs share the file by links: none may change it.
        written.chmod(0o444)
        written.replace(target)
    finally:
        written.unlink(missing_ok=True)


def _link(made: Path, target: Path) -> None:
    # The time of use is what `prune_cache` goes by.
    os.utime(made)
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(made)
    except OSError:
        # Another file system, or one without links.
        target.write_bytes(made.read_bytes())


def _map_table(path: Path) -> pa.Table:
    try:
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise PlatformError(
            f"the run's table {path.name} cannot be read", hint="submit the run again"
        ) from error


def _floats(table: pa.Table, name: str) -> NDArray[np.float64]:
    column = table.column(name)
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
