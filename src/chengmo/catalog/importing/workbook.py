"""Workbooks (XLSX, and XLS and ODS by the way): one sheet, read as texts.

Numbers stored as texts and texts in number columns are the rule in spreadsheets, so every cell is
turned into text and the type of a column is found as it is for CSV.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from chengmo.catalog.importing.dialect import SAMPLE_RECORDS, lay_out
from chengmo.catalog.importing.options import ImportOptions, Limits
from chengmo.catalog.importing.source import Batch, Facts
from chengmo.errors import UnreadableFile

_BATCH = 10_000


class WorkbookSource:
    """One sheet of a workbook."""

    def __init__(self, path: Path, options: ImportOptions, limits: Limits) -> None:
        """Open the sheet and find its header.

        Raises:
            UnreadableFile: If it is broken or encrypted, empty, or has no such sheet.
        """
        self.warnings: list[str] = []
        self._path = path
        try:
            self._book = CalamineWorkbook.from_path(str(path))
            names = self._book.sheet_names
            name = self._choose(names, options.sheet)
            self._sheet: CalamineSheet = self._book.get_sheet_by_name(name)
        except CalamineError as error:
            raise UnreadableFile(
                f"'{path.name}' is no workbook that can be read: {error}",
                hint="save it again as XLSX, without a password",
            ) from error
        head = [
            [_text(cell) or "" for cell in row]
            for row, _ in zip(self._sheet.iter_rows(), range(SAMPLE_RECORDS), strict=False)
        ]
        dialect = lay_out(head, header=options.header)
        self._header_at = dialect.header_at
        if not dialect.names:
            raise UnreadableFile(
                f"sheet '{name}' is empty", hint=f"choose one of {', '.join(names)}"
            )
        if len(dialect.names) > limits.columns:
            raise UnreadableFile(
                f"sheet '{name}' has {len(dialect.names)} columns; the limit is {limits.columns}",
                hint="turn columns of the same kind into rows",
            )
        self.facts = Facts(
            "xlsx",
            dialect.names,
            header=dialect.header_at > 0,
            layer=name,
            layers=tuple(names),
            row_estimate=max(0, self._sheet.height - dialect.header_at),
        )

    def batches(self) -> Iterator[Batch]:
        """Yield the rows; see `Source.batches`."""
        self.warnings = self._sheet_warnings()
        width = len(self.facts.names)
        blank = 0
        rows: list[list[str | None]] = []
        numbers: list[int] = []
        for position, row in enumerate(self._sheet.iter_rows(), start=1):
            if position <= self._header_at:
                continue
            cells = ([_text(cell) for cell in row] + [None] * width)[:width]
            if not any(cells):
                blank += 1
                continue
            rows.append(cells)
            numbers.append(position - self._header_at)
            if len(rows) == _BATCH:
                yield _batch(rows, numbers, width)
                rows, numbers = [], []
        if rows:
            yield _batch(rows, numbers, width)
        if blank:
            self.warnings.append(f"{blank} blank rows left out")

    def _choose(self, names: Sequence[str], wanted: str | None) -> str:
        if wanted is None:
            filled = (name for name in names if self._book.get_sheet_by_name(name).height > 0)
            return next(filled, names[0])
        if wanted not in names:
            raise UnreadableFile(
                f"'{self._path.name}' has no sheet '{wanted}'",
                hint=f"its sheets are {', '.join(names)}",
            )
        return wanted

    def _sheet_warnings(self) -> list[str]:
        warnings: list[str] = []
        if self._header_at > 1:
            warnings.append(f"{self._header_at - 1} lines above the header left out")
        others = [name for name in self.facts.layers if name != self.facts.layer]
        if others:
            warnings.append(
                f"sheet '{self.facts.layer}' was taken; the workbook also has {', '.join(others)}"
            )
        return warnings


def _batch(rows: list[list[str | None]], numbers: list[int], width: int) -> Batch:
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(width)]
    return Batch(np.array(numbers, np.int64), columns)


def _text(cell: Any) -> str | None:
    """Return a cell as text; a whole number without its `.0`, a midnight as a date."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)  # noqa: PLR2004 - all digits are sure below
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell) or None if cell is not None else None
