"""The reading itself: rows in, a Parquet table in the lake's layout and a quarantine out."""

import csv
import io
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chengmo.catalog.dataset import DatasetColumn, Extent, GeometryType
from chengmo.catalog.importing.kernels import is_absent
from chengmo.catalog.importing.options import Progress, Refused
from chengmo.catalog.importing.plan import Plan
from chengmo.catalog.importing.shapes import Places, one_family
from chengmo.catalog.importing.source import Batch, ReadAgain, Source
from chengmo.catalog.importing.values import MOST_MISFITS, convert, shows_names
from chengmo.catalog.staged import QUARANTINE_SCHEMA, table_schema
from chengmo.errors import UnreadableFile

_GROUP_ROWS = 131_072
_REFUSALS_AT_ONCE = 20_000
_FEW_MISFITS = 100
_RAW_LETTERS = 100_000
_REREADS = 64
_SHOWN = 60
_HEX_BYTES = 2000

Listener = Callable[[Progress], None]


class Demoted(Exception):
    """Columns have shown to be text: plan and read again."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(names)))
        self.names = names


@dataclass
class Tally:
    """What has been counted while reading."""

    kept: int = 0
    refused: int = 0
    bytes_read: int = 0
    given: dict[str, int] = field(default_factory=dict[str, int])
    misfits: dict[str, int] = field(default_factory=dict[str, int])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    families: frozenset[GeometryType] = frozenset()
    levels: frozenset[int] = frozenset()
    bounds: tuple[float, float, float, float] | None = None
    without_place: int = 0

    @property
    def read(self) -> int:
        """Rows read: each is either kept or refused."""
        return self.kept + self.refused

    @property
    def geometry_type(self) -> GeometryType:
        """The one kind of geometry, `mixed` or `none`."""
        return one_family(self.families)

    def quality(self, columns: tuple[DatasetColumn, ...]) -> Mapping[str, float]:
        """Return the completeness (完整性, GB/T 36344) of each column: its share of values."""
        return {
            column.name: self.given.get(column.name, 0) / self.kept if self.kept else 0.0
            for column in columns
        }

    def extent(self) -> Extent | None:
        """Return west, south, east, north; None without place."""
        return self.bounds

    def add(self, table: pa.Table, places: Places, columns: tuple[DatasetColumn, ...]) -> None:
        """Count rows that are kept."""
        self.kept += table.num_rows
        for column in columns:
            given = table.num_rows - table.column(column.name).null_count
            self.given[column.name] = self.given.get(column.name, 0) + given
        self.families |= places.families
        self.levels |= places.levels
        self.without_place += int((~places.has_place).sum())
        for what, count in places.counts.items():
            self.counts[what] = self.counts.get(what, 0) + count
        self._widen(places)

    def _widen(self, places: Places) -> None:
        placed = places.has_place
        if not placed.any():
            return
        west, south, east, north = (edge[placed] for edge in places.bounds)
        here = (float(west.min()), float(south.min()), float(east.max()), float(north.max()))
        old = self.bounds or here
        self.bounds = (
            min(old[0], here[0]),
            min(old[1], here[1]),
            max(old[2], here[2]),
            max(old[3], here[3]),
        )


def convert_batch(batch: Batch, plan: Plan, tally: Tally) -> tuple[pa.Table, Places, list[Refused]]:
    """Return the rows that are right as a table of the lake, and those that are not.

    Raises:
        Demoted: If columns turn out to be text.
    """
    if plan.locator is None:
        raise UnreadableFile(
            "the coordinate system of this file cannot be told",
            hint="state it, such as crs=EPSG:4547 for CGCS2000 with central meridian 114°E",
        )
    reasons = np.full(len(batch), None, np.object_)
    received, batch = batch, plan.locator.with_numbers(batch, reasons)
    places = plan.locator.places(batch, reasons)
    values = [
        _values(batch, position, column, (plan, tally, reasons))
        for column, position in zip(plan.columns, plan.positions, strict=True)
    ]
    good = is_absent(reasons)
    refused = [*batch.refused, *_refusals(received, np.flatnonzero(~good), reasons)]
    places = _only(places, good)
    if not good.all():
        keep = pa.array(good)
        values = [value.filter(keep) for value in values]
    return _table(values, places, plan, tally.kept), places, refused


def write_table(
    source: Source, plan: Plan, table: Path, quarantine: Path, listener: Listener
) -> Tally:
    """Read all of `source` into two Parquet files, and return what was counted.

    Raises:
        Demoted: If columns turn out to be text; the files are then worthless.
        ReadAgain: If the source must be read from the start.
    """
    tally = Tally()
    schema = table_schema(plan.columns)
    refusals = _Quarantine(quarantine)
    with _TableWriter(table, schema) as writer, refusals:
        for batch in source.batches():
            part, places, refused = convert_batch(batch, plan, tally)
            refusals.add(refused)
            tally.refused += len(refused)
            tally.add(part, places, plan.columns)
            tally.bytes_read = batch.bytes_read
            writer.write(part)
            listener(Progress(stage="reading", rows=tally.read, bytes_read=batch.bytes_read))
    _check_misfits(plan, tally, fewest=0)
    return tally


def read_until_settled(read: Callable[[frozenset[str]], Tally]) -> Tally:
    """Call `read` with the columns known to be text until it needs no new start."""
    demoted: frozenset[str] = frozenset()
    for _ in range(_REREADS):
        try:
            return read(demoted)
        except Demoted as found:
            demoted |= found.names
        except ReadAgain:
            continue
    raise UnreadableFile(
        "every new part of the file has other columns", hint="give all rows the same columns"
    )


def _values(
    batch: Batch, position: int, column: DatasetColumn, at: tuple[Plan, Tally, NDArray[np.object_]]
) -> pa.Array:
    plan, tally, reasons = at
    texts = batch.columns[position]
    if not pa.types.is_string(texts.type) or column.type == "text":
        return texts
    values, misfits = convert(texts, column.type)
    if column.type == "integer" and shows_names(texts, values):
        raise Demoted(frozenset({column.source_name}))
    if misfits.any():
        for i in np.flatnonzero(misfits & is_absent(reasons)):
            text = str(texts[int(i)])[:_SHOWN]
            reasons[i] = f"'{text}' in column '{column.source_name}' is no {column.type}"
        if column.source_name not in plan.place.columns:
            tally.misfits[column.source_name] = tally.misfits.get(column.source_name, 0) + int(
                misfits.sum()
            )
            _check_misfits(plan, tally, fewest=_FEW_MISFITS)
    return values


def _check_misfits(plan: Plan, tally: Tally, *, fewest: int) -> None:
    """Raise Demoted for columns in which more than the allowed share of what was read misfits."""
    read = max(tally.read, len(plan.sample))
    most = max(fewest, MOST_MISFITS * read)
    found = frozenset(name for name, count in tally.misfits.items() if count > most)
    if found:
        raise Demoted(found)


def _refusals(batch: Batch, rows: NDArray[np.int64], reasons: NDArray[np.object_]) -> list[Refused]:
    if len(rows) == 0:
        return []
    take = pa.array(rows)
    columns = [column.take(take).to_pylist() for column in batch.columns]
    if batch.geometry is not None:
        columns.append(batch.geometry.take(take).to_pylist())
    return [
        Refused(row_number=int(batch.numbers[row]), reason=str(reasons[row]), raw=_raw(cells))
        for row, *cells in zip(rows, *columns, strict=True)
    ]


def _raw(cells: list[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([_shown(cell) for cell in cells])
    return text.getvalue()[:_RAW_LETTERS]


def _shown(cell: object) -> object:
    return cell[:_HEX_BYTES].hex() if isinstance(cell, bytes) else cell


def _only(places: Places, good: NDArray[np.bool_]) -> Places:
    if good.all():
        return places
    west, south, east, north = (edge[good] for edge in places.bounds)
    return Places(
        places.wkb.filter(pa.array(good)),
        (west, south, east, north),
        places.cells[good],
        places.has_place[good],
        places.reasons[good],
        places.families,
        places.levels,
        places.counts,
    )


def _table(values: list[pa.Array], places: Places, plan: Plan, kept: int) -> pa.Table:
    absent = None if places.has_place.all() else ~places.has_place
    count = len(places.has_place)
    system = [
        pa.array(np.arange(kept + 1, kept + count + 1)),
        pa.array(places.cells, mask=absent),
        *(pa.array(edge, mask=absent) for edge in places.bounds),
        places.wkb,
    ]
    return pa.Table.from_arrays([*values, *system], schema=table_schema(plan.columns))


class _TableWriter:
    """Writes tables to Parquet on a thread of its own, so that reading goes on meanwhile."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._waiting: queue.Queue[pa.Table | None] = queue.Queue(maxsize=2)
        self._failures: list[OSError | pa.ArrowException] = []
        self._gathered: list[pa.Table] = []
        self._thread = threading.Thread(target=self._run, name="parquet")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._hand_over()
        self._waiting.put(None)
        self._thread.join()
        if kind is None and self._failures:
            raise self._failures[0]

    def write(self, part: pa.Table) -> None:
        self._gathered.append(part)
        if sum(each.num_rows for each in self._gathered) >= _GROUP_ROWS:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._gathered:
            self._waiting.put(pa.concat_tables(self._gathered))
            self._gathered = []

    def _run(self) -> None:
        # Only texts repeat; a dictionary of coordinates costs time and saves nothing.
        repeating: Any = [field.name for field in self._schema if pa.types.is_string(field.type)]
        try:
            with pq.ParquetWriter(
                self._path, self._schema, compression="zstd", use_dictionary=repeating
            ) as writer:
                for part in iter(self._waiting.get, None):
                    writer.write_table(part, row_group_size=_GROUP_ROWS)
        except (OSError, pa.ArrowException) as error:
            self._failures.append(error)
            for _ in iter(self._waiting.get, None):
                pass


class _Quarantine:
    """Writes refused rows; makes no file if there are none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[Refused] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def add(self, rows: list[Refused]) -> None:
        self._waiting += rows
        if len(self._waiting) >= _REFUSALS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows = sorted(self._waiting, key=lambda row: row.row_number)
        self._waiting = []
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, QUARANTINE_SCHEMA, compression="zstd")
        self._writer.write_table(
            pa.table(
                {
                    "row_number": [row.row_number for row in rows],
                    "reason": [row.reason for row in rows],
                    "raw": [row.raw for row in rows],
                },
                schema=QUARANTINE_SCHEMA,
            )
        )


def spoken(counts: Mapping[str, int]) -> list[str]:
    """Return counts of what was put right as sentences."""
    return [f"{count} {what}" for what, count in sorted(counts.items()) if count]
