"""An entry of the inventory, proposed for a table that somebody has: for its steward to decide."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator

from pydantic import Field

from chengmo.catalog.dataset import SensitiveFinding
from chengmo.inventory.explanation import KINDS, TREATMENTS
from chengmo.model.decision import Frozen

_HEADINGS = (
    "id", "title", "source", "rows", "rows_exact", "suggested_grade", "column", "type", "sensitive",
    "敏感类别", "matches", "looked_at", "treatment", "处理建议", "fault",
)  # fmt: skip


class ProposedColumn(Frozen):
    """One column of a table that was looked at."""

    name: str
    type: str = Field(description="As the source calls it")
    title: str = ""


class Proposal(Frozen):
    """What an entry could say. Nothing of the table's rows is in it."""

    id: str
    title: str
    source: str = Field(description="File, or database and table; never a password")
    columns: tuple[ProposedColumn, ...] = ()
    row_count: int | None = None
    row_count_is_exact: bool = False
    sensitive: tuple[SensitiveFinding, ...] = ()
    suggested_grade: int = 2
    fault: str = Field(default="", description="Why it could not be looked at")


def suggest_id(file_name: str) -> str:
    """Return a dataset id made of a file's name: its ASCII letters and digits, joined by hyphens.

    A name without any gets a fingerprint, so that two Chinese names stay apart.
    """
    stem = file_name.split(".", 1)[0]
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:80].rstrip("-")
    return slug or f"dataset-{hashlib.sha256(stem.encode()).hexdigest()[:8]}"


def with_own_ids(proposals: Iterable[Proposal]) -> Iterator[Proposal]:
    """Yield the proposals, each with an id that none before it has."""
    taken: set[str] = set()
    for proposal in proposals:
        name, number = proposal.id, 2
        while name in taken:
            name, number = f"{proposal.id[:75]}-{number}", number + 1
        taken.add(name)
        yield proposal if name == proposal.id else proposal.model_copy(update={"id": name})


def as_csv(proposals: Iterable[Proposal]) -> str:
    """Return proposals as CSV, a line for each column, for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADINGS)
    for each in proposals:
        found = {finding.column: finding for finding in each.sensitive}
        entry = (
            each.id, each.title, each.source, each.row_count, each.row_count_is_exact,
            each.suggested_grade,
        )  # fmt: skip
        for column in each.columns or (ProposedColumn(name="", type=""),):
            finding = found.get(column.name)
            told = (_harmless(column.name), column.type, *_told(finding), each.fault)
            writer.writerow((*map(_harmless, entry), *told))
    return text.getvalue()


def _told(finding: SensitiveFinding | None) -> tuple[object, ...]:
    if finding is None:
        return ("",) * 6
    kind, treatment = KINDS[finding.kind].zh, TREATMENTS[finding.treatment].zh
    counts = (finding.matches, finding.rows)
    return (finding.kind, kind, *counts, finding.treatment, treatment)


def _harmless(value: object) -> object:
    # A spreadsheet would run what begins like a formula; a table's name may be hostile.
    text = isinstance(value, str) and value[:1] in "=+-@\t\r" and value
    return f"'{text}" if text else value
