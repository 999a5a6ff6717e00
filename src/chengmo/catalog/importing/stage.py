"""The reading itself: rows in, a Parquet table in the lake's layout and a quarantine out."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.dataset import DatasetColumn, Extent, GeometryType
from chengmo.catalog.importing.kernels import is_absent
from chengmo.catalog.importing.options import Progress, Refused
from chengmo.catalog.importing.plan import Plan
from chengmo.catalog.importing.shapes import Places, one_family
from chengmo.catalog.importing.source import Batch, ReadAgain, Source
from chengmo.catalog.importing.values import MOST_MISFITS, convert, shows_names
from chengmo.catalog.importing.writing import QuarantineWriter, TableWriter
from chengmo.catalog.staged import table_schema
from chengmo.errors import UnreadableFile

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
    is_sorted: bool = False

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
    source: Source, plan: Plan, writers: tuple[TableWriter, QuarantineWriter], listener: Listener
) -> Tally:
    """Read all of `source` into two Parquet files, and return what was counted.

    Raises:
        Demoted: If columns turn out to be text; the files are then worthless.
        ReadAgain: If the source must be read from the start.
    """
    tally = Tally()
    writer, refusals = writers
    with writer, refusals:
        for batch in source.batches():
            part, places, refused = convert_batch(batch, plan, tally)
            refusals.add(refused)
            tally.refused += len(refused)
            tally.add(part, places, plan.columns)
            tally.bytes_read = batch.bytes_read
            writer.write(part)
            listener(Progress(stage="reading", rows=tally.read, bytes_read=batch.bytes_read))
        _check_misfits(plan, tally, fewest=0)
        listener(Progress(stage="writing", rows=tally.read, bytes_read=tally.bytes_read))
    tally.is_sorted = writer.is_sorted
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


def spoken(counts: Mapping[str, int]) -> list[str]:
    """Return counts of what was put right as sentences."""
    return [f"{count} {what}" for what, count in sorted(counts.items()) if count]
