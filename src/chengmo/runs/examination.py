"""What an import is held against before it is committed: declared checks, sensitive columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import Dataset, DatasetColumn, DatasetMetadata, Extent
from chengmo.catalog.dataset import SensitiveFinding as Finding
from chengmo.catalog.importing import Preview
from chengmo.catalog.importing.kernels import pc
from chengmo.catalog.plan import Mode, is_same
from chengmo.catalog.quality import CheckResult, QualityReport
from chengmo.catalog.staged import StagedTable
from chengmo.errors import Fault, HeldBack, SharingDenied, UnknownDataset
from chengmo.identity.actor import Actor
from chengmo.inventory.assessment import Reader, Surroundings, assess, drift_of, report_of
from chengmo.inventory.explanation import describe_result
from chengmo.inventory.scan import preview_table
from chengmo.inventory.sensitive import SAMPLE_ROWS, find_sensitive

_SHOWN_TYPES = {"text", "integer", "number"}
_SAMPLED_GROUPS = 4


def sensitive_in_preview(preview: Preview) -> tuple[Finding, ...]:
    """Return the columns of a preview's rows that look sensitive."""
    if not preview.rows:
        return ()
    return find_sensitive(
        preview_table(preview),
        titles=_titles(preview.columns),
        has_points=preview.geometry.kind in {"lon-lat", "pair"},
    )


def sensitive_in_dataset(catalog: Catalog, dataset: Dataset) -> tuple[Finding, ...]:
    """Return the columns of a version that look sensitive, by its first rows."""
    names = [column.name for column in dataset.columns if column.type in _SHOWN_TYPES]
    table = catalog.read(
        dataset.id, version=dataset.version, columns=names, limit=SAMPLE_ROWS, order="row"
    )
    return find_sensitive(
        table.select(names),
        titles=_titles(dataset.columns),
        has_points=dataset.geometry_type == "point",
    )


def examined(
    catalog: Catalog,
    staged: StagedTable,
    metadata: DatasetMetadata,
    *,
    mode: Mode,
    forced_by: Actor | None,
) -> StagedTable:
    """Return `staged` with what was found in it.

    Raises:
        HeldBack: If a check that holds the import back is not met and nobody forces it.
        SharingDenied: If somebody forces it who is neither administrator nor steward.
    """
    if forced_by is not None and not forced_by.is_a("administrator", "steward"):
        raise SharingDenied(
            f"'{forced_by.id}' may not let an import in against its checks",
            hint="ask the data's steward or an administrator",
        )
    current = _current(catalog, metadata.id)
    if current is not None and is_same(current, staged, metadata, mode):
        # The same import again: the commit will answer with the version there is, and appended
        # rows must not be found to repeat themselves.
        return staged
    stays = current if mode == "append" else None
    rows = _StagedRows(staged, stays.row_count if stays is not None else 0)
    now = datetime.now(UTC)
    results: tuple[CheckResult, ...] = ()
    if metadata.checks:
        around = _surroundings(catalog, stays, now)
        results = assess(metadata.checks, staged.columns, rows.read, around)
    drift = drift_of(current.columns, staged.columns) if current is not None and not stays else None
    report = report_of(results, drift, now)
    if report is not None and report.holds:
        if forced_by is None:
            raise _held_back(metadata.id, report)
        report = report.model_copy(update={"forced_by": forced_by.id})
    sensitive = find_sensitive(
        rows.sample(), titles=_titles(staged.columns), has_points=staged.geometry_type == "point"
    )
    return replace(staged, sensitive=sensitive, report=report)


def assess_now(catalog: Catalog, dataset: Dataset) -> QualityReport | None:
    """Evaluate a version's declared checks over the rows it has; nothing is stored."""
    now = datetime.now(UTC)

    def read(names: Sequence[str]) -> pa.Table:
        return catalog.read(dataset.id, version=dataset.version, columns=names, order="row").select(
            list(names)
        )

    around = _surroundings(catalog, None, now)
    return report_of(assess(dataset.checks, dataset.columns, read, around), None, now)


def _surroundings(catalog: Catalog, stays: Dataset | None, now: datetime) -> Surroundings:
    def column_of(name: str, column: str) -> pa.ChunkedArray:
        dataset = catalog.dataset(name)
        if dataset.column(column) is None:
            raise UnknownDataset(
                f"the dataset '{name}' has no column '{column}'", hint="correct the check"
            )
        return catalog.read(name, version=dataset.version, columns=[column]).column(column)

    def extent_of(name: str) -> Extent | None:
        return catalog.dataset(name).extent

    before: Reader | None = None
    if stays is not None:
        version, name = stays.version, stays.id

        def read(names: Sequence[str]) -> pa.Table:
            return catalog.read(name, version=version, columns=list(names)).select(list(names))

        before = read
    return Surroundings(column_of, extent_of, before, now)


def _current(catalog: Catalog, name: str) -> Dataset | None:
    try:
        return catalog.dataset(name)
    except UnknownDataset:
        return None


def _titles(columns: Sequence[DatasetColumn]) -> dict[str, str]:
    return {
        column.name: f"{column.source_name} {column.title.zh if column.title else ''}"
        for column in columns
    }


def _held_back(name: str, report: QualityReport) -> HeldBack:
    texts = [(result, describe_result(result)) for result in report.holds]
    return HeldBack(
        f"the import of '{name}' fails checks that hold it back: "
        + "; ".join(text.en for _, text in texts),
        hint="put the file right, or let the steward force it",
        faults=[
            Fault(f"/{','.join(result.check.columns) or result.check.rule}", text.en, text.zh)
            for result, text in texts
        ],
    )


@dataclass(frozen=True)
class _StagedRows:
    """The rows of a staged table, numbered as they will be in the lake."""

    staged: StagedTable
    rows_before: int

    @property
    def path(self) -> Path:
        return self.staged.table

    def read(self, names: Sequence[str]) -> pa.Table:
        """Return columns by name."""
        if list(names) == ["_row"]:
            return pa.table({"_row": self._numbers()})
        return pq.read_table(self.path, columns=list(names))

    def sample(self) -> pa.Table:
        """Return some row groups, spread evenly, of the columns that can be sensitive."""
        names = [column.name for column in self.staged.columns if column.type in _SHOWN_TYPES]
        with pq.ParquetFile(self.path) as file:
            count = file.num_row_groups
            step = max(1, count // _SAMPLED_GROUPS)
            groups = list(range(0, count, step))[:_SAMPLED_GROUPS]
            return file.read_row_groups(groups, columns=names)

    def _numbers(self) -> pa.Array:
        table = pq.read_table(self.path, columns=["_row", "_cell"])
        numbers = table.column("_row").to_numpy()
        if not self.staged.is_sorted:
            # The commit will sort: by cell, those without one last, then as they stand.
            keys = [("_cell", "ascending"), ("_row", "ascending")]
            order = pc.sort_indices(table, sort_keys=keys).to_numpy()
            numbers = np.empty(len(order), np.int64)
            numbers[order] = np.arange(1, len(order) + 1)
        return pa.array(numbers + self.rows_before)
