"""Editions: a version of a dataset after a treatment, made once and read like any other.

An edition is a Parquet file in the cache, in the lake's layout, and the description that goes with
it. It can be deleted at any time; made again it holds the same rows. Nothing of what was taken out
is in either: row numbers, extents, counts and the lineage are the edition's own.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chengmo.catalog.counting import needed_columns
from chengmo.catalog.dataset import Dataset, DatasetColumn, Extent
from chengmo.catalog.disclosure import NO_LEVEL, rounded_counts, safe_levels
from chengmo.catalog.importing.kernels import pc
from chengmo.catalog.lake import Lake, literal, path_pattern, quoted, quoted_list, statement
from chengmo.catalog.noise import NoisyCount, counted_cells
from chengmo.catalog.place_columns import SAMPLE_ROWS, place_columns
from chengmo.catalog.reading import EDITIONS, Page, Reader
from chengmo.catalog.release import (
    COUNT,
    LEVEL,
    Releases,
    drawn_counts,
    noisy_columns,
    noisy_table,
    releases_of,
)
from chengmo.catalog.staged import ROW_GROUP_SIZE, table_schema
from chengmo.catalog.treating import cell_places, centre_places, treated_column, treated_columns
from chengmo.catalog.treatment import (
    COARSEST_LEVEL,
    Coarsen,
    CountByCell,
    Treatment,
    edition_digest,
)
from chengmo.errors import PlatformError
from chengmo.grid.key import parent_keys
from chengmo.model.decision import Text

_BOUNDS = ("_west", "_south", "_east", "_north")
_PLACES = ("_cell", *_BOUNDS, "_geometry")
_PLACE_COLUMNS = Text(
    zh="能反映准确位置的字段已去除", en="Columns that told the exact place were left out"
)
# What a steward states of a dataset, whatever is in its rows.
_TOLD = (
    "id", "title", "description", "steward", "licence", "attribution", "source", "grade", "sharing",
    "opening", "sharing_conditions", "opening_conditions", "legal_basis", "category", "level",
    "contact", "synthetic", "keywords", "update_frequency", "version", "snapshot", "created_utc",
)  # fmt: skip


@dataclass(frozen=True)
class Editions:
    """Makes editions and finds those that were made. Threads may share it.

    Attributes:
        secret: Key of pseudonyms and of the chance in rounded counts; never told.
        releases: Where counts with noise are kept; None: there are none.
    """

    lake: Lake
    reader: Reader
    secret: bytes
    releases: Releases | None = None
    _known: dict[str, Dataset] = field(default_factory=dict[str, Dataset])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, dataset: Dataset, treatment: Treatment) -> Dataset:
        """Return `dataset` as it is after `treatment`; the first to ask waits until it is made.

        Args:
            dataset: A version as the lake has it.
            treatment: What to do; its rules have been bound and checked against the dataset.

        Raises:
            LakeUnavailable: If the lake does not answer.
            PlatformError: If the edition cannot be written.
        """
        if treatment.is_nothing:
            return dataset
        digest = edition_digest(dataset, treatment)
        if digest in self._known and self._touch(digest):
            return self._known[digest]
        # One at a time: two requests must not make the same edition side by side.
        with self._lock:
            if digest not in self._known or not self._touch(digest):
                self._known[digest] = self._make(dataset, treatment, digest)
            return self._known[digest]

    def _touch(self, digest: str) -> bool:
        """Note that an edition is in use, by which old ones are pruned; tell if it is there."""
        try:
            os.utime(self._path(digest))
        except FileNotFoundError:
            return False
        return True

    def _path(self, digest: str) -> Path:
        return self.lake.settings.cache / EDITIONS / f"{digest}.parquet"

    def _make(self, dataset: Dataset, treatment: Treatment, digest: str) -> Dataset:
        target = self._path(digest)
        described = target.with_suffix(".json")
        with suppress(FileNotFoundError):
            if target.exists():
                return Dataset.model_validate_json(described.read_bytes())
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            edition = _Making(self, dataset, treatment, digest).write(target)
            part = described.with_name(f"{described.name}.{uuid4().hex}")
            part.write_text(edition.model_dump_json(), encoding="utf-8")
            part.replace(described)
        except OSError as error:
            raise PlatformError(
                f"what may be seen of '{dataset.id}' could not be written: {error.strerror}",
                hint="check the space and the rights on the home folder",
            ) from error
        return edition


@dataclass(frozen=True)
class _Making:
    """One edition being made."""

    editions: Editions
    dataset: Dataset
    treatment: Treatment
    digest: str

    def write(self, target: Path) -> Dataset:
        loose = target.with_name(f"{target.name}.{uuid4().hex}.loose")
        done = target.with_name(f"{target.name}.{uuid4().hex}")
        columns = self._columns()
        try:
            with pq.ParquetWriter(loose, _loose_schema(columns), compression="zstd") as writer:
                for part in self._parts(columns):
                    writer.write_table(part)
            edition = self._sorted(loose, done, columns)
            done.replace(target)
        finally:
            loose.unlink(missing_ok=True)
            done.unlink(missing_ok=True)
        return edition

    def _columns(self) -> tuple[DatasetColumn, ...]:
        space = self.treatment.space
        if isinstance(space, CountByCell):
            return COUNT, LEVEL
        if isinstance(space, NoisyCount):
            return noisy_columns(self.dataset, space)
        left = treated_columns(self.dataset.columns, self.treatment)
        return tuple(column for column in left if column.name not in self._telling)

    @cached_property
    def _telling(self) -> frozenset[str]:
        """The columns that would still tell the place, but for those that are treated by name."""
        if self.treatment.space is None:
            return frozenset()
        columns = [each for each in self.dataset.columns if each.name not in self.treatment.columns]
        page = Page([*(column.name for column in columns), *_BOUNDS], limit=SAMPLE_ROWS)
        return place_columns(self.editions.reader.table(self.dataset, page), columns)

    def _parts(self, columns: Sequence[DatasetColumn]) -> Iterator[pa.Table]:
        space = self.treatment.space
        if isinstance(space, CountByCell):
            yield self._counted(space)
            return
        if isinstance(space, NoisyCount):
            yield self._noisy(space, columns)
            return
        levels = self._levels(space) if isinstance(space, Coarsen) else None
        begin = 0
        for part in self._rows([*(column.name for column in columns), *_PLACES]):
            placed = part
            if levels is not None:
                keys = part.column("_cell").fill_null(0).to_numpy()
                placed = _with(part, centre_places(keys, levels[begin : begin + part.num_rows]))
            begin += part.num_rows
            yield self._treated(placed, columns)

    def _treated(self, part: pa.Table, columns: Sequence[DatasetColumn]) -> pa.Table:
        how, time = self.treatment.columns, self.treatment.time
        owned = [
            treated_column(
                part.column(column.name),
                how.get(column.name),
                time=time,
                secret=self.editions.secret,
            )
            for column in columns
        ]
        schema = _loose_schema(columns)
        return pa.table([*owned, *(part.column(name) for name in _PLACES)], schema=schema)

    def _rows(self, names: Sequence[str]) -> Iterator[pa.Table]:
        page = Page(names, where=self.treatment.conditions())
        with self.editions.reader.batches(self.dataset, page) as batches:
            for batch in batches:
                yield pa.Table.from_batches([batch])

    def _keys(self) -> pa.ChunkedArray:
        parts = [part.column("_cell") for part in self._rows(["_cell"])]
        chunks = [chunk for part in parts for chunk in part.chunks]
        return pa.chunked_array(chunks, pa.uint64())

    def _levels(self, space: Coarsen) -> NDArray[np.int16]:
        column = self._keys()
        levels = np.full(len(column), NO_LEVEL, np.int16)
        placed = pc.is_valid(column).to_numpy()
        keys = column.drop_null().to_numpy()
        levels[placed] = safe_levels(
            keys, level=space.level, coarsest=COARSEST_LEVEL, minimum=space.minimum
        )
        return levels

    def _counted(self, space: CountByCell) -> pa.Table:
        keys = self._keys().drop_null().to_numpy()
        levels = safe_levels(
            keys, level=space.level, coarsest=COARSEST_LEVEL, minimum=space.minimum
        )
        keys, levels = keys[levels != NO_LEVEL], levels[levels != NO_LEVEL]
        cells = np.stack([parent_keys(keys, levels), levels.astype(np.uint64)], axis=1)
        groups, counts = np.unique(cells, axis=0, return_counts=True)
        keys, levels = groups[:, 0].copy(), groups[:, 1].astype(np.int16)
        counts = rounded_counts(
            keys, levels, counts, base=space.minimum, secret=self.editions.secret
        )
        owned = {"count": pa.array(counts, pa.int64()), "cell_level": pa.array(levels, pa.int64())}
        return pa.table({**owned, **cell_places(keys, levels)}, _loose_schema((COUNT, LEVEL)))

    def _noisy(self, space: NoisyCount, columns: Sequence[DatasetColumn]) -> pa.Table:
        cells = counted_cells(space)
        kept = releases_of(self.editions.releases, self.dataset.id).once(
            self.digest,
            self.dataset.id,
            lambda: drawn_counts(self._rows(needed_columns(space)), space, cells),
        )
        return noisy_table(kept, space, cells, _loose_schema(columns))

    def _sorted(self, loose: Path, done: Path, columns: tuple[DatasetColumn, ...]) -> Dataset:
        """Give rows their order and numbers, which tell nothing of the order they had."""
        names = [column.name for column in columns]
        query = statement("write_edition").format(
            columns="".join(f"{name}, " for name in map(quoted, names)),
            places=quoted_list(_PLACES),
            source=literal(path_pattern(loose)),
            target=literal(str(done)),
            rows=ROW_GROUP_SIZE,
        )
        with self.editions.lake.cursor() as cursor:
            cursor.execute(query)
        return self._described(done, columns)

    def _described(self, file: Path, columns: tuple[DatasetColumn, ...]) -> Dataset:
        dataset, count = self.dataset, pq.read_metadata(file).num_rows
        names = {column.name for column in columns}
        kept = dataset.time_column if dataset.time_column in names else None
        # Named one by one: a field that is added later is left out until somebody thinks of it.
        stated = {name: getattr(dataset, name) for name in _TOLD}
        changed = {
            **stated,
            "columns": columns,
            "geometry_type": dataset.geometry_type,
            "cell_levels": dataset.cell_levels,
            "sensitive": {name: how for name, how in dataset.sensitive.items() if name in names},
            "notes": {name: note for name, note in dataset.notes.items() if name in names},
            "row_count": count,
            "extent": _extent(file),
            "time_column": kept,
            "time_extent": _time_extent(file, kept),
            "quality": _completeness(file, columns, count),
            "edition": self.digest,
            "treated": (*self.treatment.words(), *([_PLACE_COLUMNS] if self._telling else [])),
            "lineage": dataset.lineage.model_copy(
                update={
                    "source_name": dataset.id,
                    "sha256": self.digest,
                    "crs_evidence": "",
                    "rows_read": count,
                    "rows_kept": count,
                    "rows_quarantined": 0,
                    "warnings": (),
                }
            ),
        }
        space = self.treatment.space
        if space is not None:
            shown = "point" if isinstance(space, Coarsen) else "polygon"
            changed["geometry_type"] = shown if space.level is not None else "none"
            changed["cell_levels"] = (space.level,) if space.level is not None else ()
        return Dataset.model_validate(changed)


def _loose_schema(columns: Sequence[DatasetColumn]) -> pa.Schema:
    return pa.schema([field for field in table_schema(columns) if field.name != "_row"])


def _with(table: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _extent(file: Path) -> Extent | None:
    bounds = pq.read_table(file, columns=list(_BOUNDS))
    least = [pc.min(bounds.column(name)).as_py() for name in _BOUNDS[:2]]
    most = [pc.max(bounds.column(name)).as_py() for name in _BOUNDS[2:]]
    if any(value is None for value in (*least, *most)):
        return None
    return least[0], least[1], most[0], most[1]


def _time_extent(file: Path, column: str | None) -> tuple[str, str] | None:
    if column is None:
        return None
    times = pq.read_table(file, columns=[column]).column(0)
    first, last = pc.min(times).as_py(), pc.max(times).as_py()
    if first is None or last is None:
        return None
    return first.isoformat().replace("+00:00", "Z"), last.isoformat().replace("+00:00", "Z")


def _completeness(file: Path, columns: Sequence[DatasetColumn], count: int) -> dict[str, float]:
    if not count:
        return {}
    table = pq.read_table(file, columns=[column.name for column in columns])
    return {name: 1 - table.column(name).null_count / count for name in table.column_names}
