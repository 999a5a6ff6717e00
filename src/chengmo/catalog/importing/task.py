"""The two things done with a file, in the process that reads: look at it, or stage it."""

import datetime as dt
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from chengmo.catalog.dataset import Lineage
from chengmo.catalog.importing.opening import open_source
from chengmo.catalog.importing.options import (
    CrsGuess,
    ImportOptions,
    Limits,
    Preview,
    Progress,
    Refused,
)
from chengmo.catalog.importing.plan import Plan, make_plan, unreadable_crs
from chengmo.catalog.importing.reference import Reference
from chengmo.catalog.importing.source import Facts, Source
from chengmo.catalog.importing.stage import (
    Listener,
    Tally,
    convert_batch,
    read_until_settled,
    spoken,
    write_table,
)
from chengmo.catalog.importing.uniqueness import count_repeats
from chengmo.catalog.importing.writing import QuarantineWriter, TableWriter
from chengmo.catalog.staged import StagedTable, table_schema
from chengmo.model.decision import Scalar

_SHOWN_ROWS = 50
_SHOWN_REFUSALS = 50
_LONGEST_CELL = 1000
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Task:
    """One file to read.

    Attributes:
        path: The file.
        name: What it is called where it came from.
        options: What a person has said.
        limits: What reading may use.
        scratch: An empty folder for what must be unpacked.
        references: Good layers to compare places with.
    """

    path: Path
    name: str
    options: ImportOptions
    limits: Limits
    scratch: Path
    references: Sequence[Reference] = ()

    def open(self) -> Source:
        """Open the file with the reader of its format."""
        return open_source(self.path, self.options, self.limits, self.scratch)

    def plan(self, source: Source, demoted: frozenset[str]) -> Plan:
        """Look at the first rows and decide what to do with the file."""
        return make_plan(
            source,
            self.options,
            file_name=self.name,
            references=self.references,
            demoted=demoted,
        )


def preview_file(task: Task, listener: Listener) -> Preview:
    """Look at the first rows of a file; see `inspect_file`."""
    listener(Progress(stage="looking", bytes_total=task.path.stat().st_size))
    source = task.open()
    result: list[Preview] = []

    def look(demoted: frozenset[str]) -> Tally:
        plan = task.plan(source, demoted)
        tally = Tally()
        result[:] = [_shown(source, plan, tally, task)]
        return tally

    read_until_settled(look)
    return result[0]


def stage_table(task: Task, folder: Path, listener: Listener) -> StagedTable:
    """Read a whole file into `folder`; see `stage_file`."""
    total = task.path.stat().st_size
    listener(Progress(stage="looking", bytes_total=total))
    digest = _Digest(task.path)
    source = task.open()
    table, quarantine = folder / "table.parquet", folder / "quarantine.parquet"
    plans: list[Plan] = []

    def read(demoted: frozenset[str]) -> Tally:
        plans[:] = [plan := task.plan(source, demoted)]
        schema = table_schema(plan.columns)
        rows = TableWriter(table, schema, held_bytes=task.limits.sorted_bytes)
        return write_table(
            source,
            plan,
            (rows, QuarantineWriter(quarantine)),
            lambda progress: listener(progress.model_copy(update={"bytes_total": total})),
        )

    tally = read_until_settled(read)
    plan = plans[0]
    warnings = (*_warnings(source, plan, tally), *count_repeats(table, plan.columns))
    return StagedTable(
        table=table,
        quarantine=quarantine if tally.refused else None,
        columns=plan.columns,
        geometry_type=tally.geometry_type,
        extent=tally.extent(),
        lineage=_lineage(task, source.facts, plan, (tally, warnings, digest.result())),
        row_count=tally.kept,
        quality=tally.quality(plan.columns),
        cell_levels=tuple(sorted(tally.levels)),
        is_sorted=tally.is_sorted,
    )


def _shown(source: Source, plan: Plan, tally: Tally, task: Task) -> Preview:
    facts, refused = source.facts, list(plan.sample.refused)
    rows: tuple[tuple[Scalar, ...], ...] = ()
    if plan.locator is not None:
        part, places, refused = convert_batch(plan.sample, plan, tally)
        tally.add(part, places, plan.columns)
        rows = _rows(part.select([column.name for column in plan.columns]).slice(0, _SHOWN_ROWS))
    tally.refused = len(refused)
    estimate, exact = _estimate(facts, plan, tally, task.path.stat().st_size)
    return Preview(
        columns=plan.columns,
        rows=rows,
        row_estimate=estimate,
        row_count_is_exact=exact,
        format=facts.format,
        encoding=facts.encoding,
        delimiter=facts.delimiter,
        layers=facts.layers,
        crs=plan.crs,
        geometry=plan.place,
        bounds=tally.bounds,
        warnings=tuple(_warnings(source, plan, tally)),
        quarantine=tuple(sorted(refused, key=_number)[:_SHOWN_REFUSALS]),
        options=_used(task.options, facts, plan),
    )


def _number(row: Refused) -> int:
    return row.row_number


def _rows(table: pa.Table) -> tuple[tuple[Scalar, ...], ...]:
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return tuple(zip(*columns, strict=True))


def _plain(value: object) -> Scalar:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return value[:_LONGEST_CELL]
    return value if isinstance(value, bool | int | float) else None


def _estimate(facts: Facts, plan: Plan, tally: Tally, size: int) -> tuple[int, bool]:
    if plan.is_whole:
        return len(plan.sample) + len(plan.sample.refused), True
    if facts.row_estimate is not None:
        return facts.row_estimate, facts.is_exact
    share = max(plan.sample.bytes_read, 1) / max(size, 1)
    return max(tally.read, round(tally.read / share)), False


def _used(options: ImportOptions, facts: Facts, plan: Plan) -> ImportOptions:
    columns = plan.place.columns
    names: dict[str, str | None] = {"lon": None, "lat": None, "wkt": None, "code": None}
    if plan.place.kind in {"lon-lat", "pair"}:
        names.update(lon=columns[0], lat=columns[-1])
    elif plan.place.kind in {"wkt", "code"}:
        names[plan.place.kind] = columns[0]
    return options.model_copy(
        update={
            **names,
            "format": facts.format,
            "encoding": facts.encoding,
            "delimiter": facts.delimiter,
            "header": facts.header,
            "crs": plan.system_name(),
            "swapped": plan.crs.swapped if plan.crs else None,
            "layer": facts.layer if facts.format != "xlsx" else None,
            "sheet": facts.layer if facts.format == "xlsx" else None,
        }
    )


def _warnings(source: Source, plan: Plan, tally: Tally) -> list[str]:
    warnings = [*source.warnings, *unreadable_crs(source.facts), *spoken(tally.counts)]
    if plan.demoted:
        names = ", ".join(sorted(plan.demoted))
        warnings.append(f"kept as text because cells are of several kinds: {names}")
    if plan.place.kind != "none" and tally.without_place:
        warnings.append(f"{tally.without_place} rows have no place")
    if plan.crs is not None:
        warnings += _crs_warnings(plan.crs, plan)
    return warnings


def _crs_warnings(crs: CrsGuess, plan: Plan) -> list[str]:
    warnings: list[str] = []
    if crs.swapped:
        warnings.append("latitude stood where longitude should: they were exchanged")
    system = plan.locator.system if plan.locator else None
    if system is not None and system.loses_datum:
        warnings.append(
            f"no public datum shift leads from {system.name} to CGCS2000: places may be off by "
            "some 100 m"
        )
    return warnings


def _lineage(
    task: Task, facts: Facts, plan: Plan, counted: tuple[Tally, Sequence[str], str]
) -> Lineage:
    tally, warnings, sha256 = counted
    crs = plan.crs
    system = plan.locator.system if plan.locator is not None and crs is not None else None
    conversion = system.conversion if system else ""
    if crs is not None and crs.swapped:
        conversion = f"longitude and latitude exchanged; {conversion}"
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return Lineage(
        source_name=task.name,
        sha256=sha256,
        format=facts.format,
        encoding=facts.encoding,
        crs_received=crs.crs if crs else None,
        crs_confidence_0to1=crs.confidence_0to1 if crs else None,
        crs_evidence=f"{crs.evidence.zh} | {crs.evidence.en}" if crs else "",
        conversion=conversion,
        rows_read=tally.read,
        rows_kept=tally.kept,
        rows_quarantined=tally.refused,
        warnings=tuple(warnings),
        imported_utc=now.isoformat().replace("+00:00", "Z"),
    )


class _Digest:
    """The SHA-256 of a file, taken while its rows are read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self._thread = threading.Thread(target=self._run, name="sha256", daemon=True)
        self._thread.start()

    def result(self) -> str:
        self._thread.join()
        return self._hash.hexdigest()

    def _run(self) -> None:
        with self._path.open("rb") as file:
            for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""):
                self._hash.update(chunk)
