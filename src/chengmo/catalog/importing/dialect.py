"""How a delimited text is laid out: its separator, its width and where its header stands."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

SEPARATORS = (",", "\t", ";", "|")
SAMPLE_RECORDS = 500
_ENOUGH = 0.1
_NUMBER = re.compile(r"\s*[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*%?$")
_YEAR = re.compile(r"(1[89]|20|21)\d\d年?$")
_DATE = re.compile(r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}")
_FIELD_LIMIT = 1 << 24


@dataclass(frozen=True)
class Dialect:
    """The layout of a delimited text.

    Attributes:
        delimiter: One character between fields.
        header_at: Record (from 1, blank ones counted) that names the columns; 0 for none. What
            stands above it is a title.
        names: One name a column, as received.
    """

    delimiter: str
    header_at: int
    names: tuple[str, ...]


def guess_dialect(head: str, *, delimiter: str | None, header: bool | None) -> Dialect:
    """Return the layout of a text that begins with `head`; what is given is not guessed."""
    told = re.match(r"sep=(.)\r?\n", head)
    if told and delimiter is None:
        delimiter = told[1]
    delimiter = delimiter or _guess_delimiter(head)
    records = parse_records(head, delimiter)
    return lay_out(records, delimiter=delimiter, header=header)


def lay_out(
    records: Sequence[Sequence[str]], *, delimiter: str = ",", header: bool | None = None
) -> Dialect:
    """Return the layout of a table of texts, whose header may stand below a title."""
    filled = [i for i, record in enumerate(records) if any(cell.strip() for cell in record)]
    if not filled:
        return Dialect(delimiter, 0, ())
    width = _modal_width([records[i] for i in filled])
    first = next((i for i in filled if _is_full(records[i], width)), filled[0])
    if header is None:
        header = _names_columns(records[first], [records[i] for i in filled if i > first])
    if not header:
        return Dialect(delimiter, 0, tuple(f"column_{i + 1}" for i in range(width)))
    received = [cell.strip() for cell in records[first]]
    width = _settle(width, len(received), [records[i] for i in filled if i > first])
    return Dialect(delimiter, first + 1, tuple((received + [""] * width)[:width]))


def parse_records(head: str, delimiter: str) -> list[list[str]]:
    """Return the first records of `head`, the last and perhaps incomplete one left out."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(head.replace("\0", ""), newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    try:
        for record in reader:
            records.append(record)
            if len(records) > SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # A field beyond the limit: the reader of the whole file says so with its row.
    whole = len(records) == 1 or head.endswith(("\n", "\r"))
    return records if whole else records[:-1]


def _guess_delimiter(head: str) -> str:
    def fitness(delimiter: str) -> tuple[float, int]:
        widths = [len(record) for record in parse_records(head, delimiter) if record]
        if not widths:
            return 0.0, 0
        width, count = Counter(widths).most_common(1)[0]
        # One column fits any text; it only wins when nothing separates.
        return (count / len(widths), width) if width > 1 else (0.0, 1)

    return max(SEPARATORS, key=fitness)


def _modal_width(records: Sequence[Sequence[str]]) -> int:
    return Counter(len(record) for record in records).most_common(1)[0][0]


def _is_full(record: Sequence[str], width: int) -> bool:
    return 2 * sum(bool(cell.strip()) for cell in record) >= width and len(record) > width // 2


def _settle(width: int, named: int, rows: Sequence[Sequence[str]]) -> int:
    fitting = sum(len(row) == named for row in rows)
    return named if not rows or fitting >= _ENOUGH * len(rows) else width


def _names_columns(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell.strip() for cell in first]
    if any(_is_value(cell) for cell in cells):
        return False
    years = [i for i, cell in enumerate(cells) if _YEAR.match(cell)]
    if len(years) == len(cells) or (len(years) == 1 and len(cells) > 1):
        # A single year among texts is more likely a value, unless its column holds other numbers.
        return any(not _YEAR.match(row[i].strip()) for row in rows for i in years if i < len(row))
    return True


def _is_value(cell: str) -> bool:
    return bool(_DATE.match(cell) or (_NUMBER.match(cell) and not _YEAR.match(cell)))
