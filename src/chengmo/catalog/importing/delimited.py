"""Delimited text (CSV, TSV and their kin) in batches of Arrow columns.

Arrow's streaming reader was measured against DuckDB's `read_csv(all_varchar, store_rejects)` on a
million rows of seven columns: 0.3 against 0.7 s of CPU, and for GB 18030 (Python's codec before
Arrow, DuckDB's `encodings` extension) 0.7 against 16 s. Arrow also counts rows as it refuses them,
so that the rows kept have their true numbers too, and it holds no more than a few blocks.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from chengmo.catalog.importing.dialect import guess_dialect
from chengmo.catalog.importing.encoding import (
    BROKEN,
    Utf8Stream,
    check_encoding,
    guess_encoding,
    read_head,
    show_broken,
)
from chengmo.catalog.importing.kernels import NO, pc
from chengmo.catalog.importing.options import ImportOptions, Limits, Refused
from chengmo.catalog.importing.source import Batch, Facts, ReadAgain, Rows
from chengmo.errors import UnreadableFile

_BLOCK_BYTES = 4 << 20
_HEAD_BYTES = 1 << 20
_RAW_LETTERS = 100_000


class DelimitedSource:
    """A delimited text file, read as texts."""

    def __init__(self, path: Path, options: ImportOptions, limits: Limits) -> None:
        """Look at the beginning of the file.

        Raises:
            UnreadableFile: If it is empty, has no such encoding or too many columns.
        """
        self._path = path
        self._limits = limits
        self._block_bytes = _BLOCK_BYTES
        self.warnings: list[str] = []
        encoding = check_encoding(options.encoding or guess_encoding(path))
        head = read_head(path, encoding, _HEAD_BYTES)
        self._dialect = guess_dialect(head, delimiter=options.delimiter, header=options.header)
        names = self._dialect.names
        if not names:
            raise UnreadableFile(
                f"'{path.name}' holds no rows", hint="hand over a file with a header and rows"
            )
        if len(names) > limits.columns:
            raise UnreadableFile(
                f"'{path.name}' has {len(names)} columns; the limit is {limits.columns}",
                hint="turn columns of the same kind into rows, or split the table",
            )
        self.facts = Facts(
            "csv",
            names,
            encoding=encoding,
            delimiter=self._dialect.delimiter,
            header=self._dialect.header_at > 0,
        )

    def batches(self) -> Iterator[Batch]:
        """Yield the rows; see `Source.batches`."""
        self.warnings = self._title_warnings()
        stream = Utf8Stream(self._path, self.facts.encoding or "utf-8")
        refusals = _Refusals(self._dialect.header_at)
        numbering = _Numbering(self._dialect.header_at)
        blank = 0
        try:
            for received in self._arrow_batches(stream, refusals):
                refused = refusals.take()
                numbers = numbering.next(received.num_rows, [row.row_number for row in refused])
                refused = [row for row in refused if row.row_number > 0]
                batch, empty = _clean(received, numbers, refused, stream)
                blank += empty
                yield batch
        except pa.ArrowInvalid as error:
            self._explain(error, numbering.last)
        finally:
            stream.close()
        if left := [row for row in refusals.take() if row.row_number > 0]:
            yield Batch(np.empty(0, np.int64), _no_columns(self.facts.names), left)
        if blank:
            self.warnings.append(f"{blank} blank rows left out")

    def _arrow_batches(self, stream: Utf8Stream, refusals: "_Refusals") -> Iterator[pa.RecordBatch]:
        keys = [f"c{i}" for i in range(len(self.facts.names))]
        reader = csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=csv.ReadOptions(
                column_names=keys, block_size=self._block_bytes, use_threads=False
            ),
            parse_options=csv.ParseOptions(
                delimiter=self._dialect.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=refusals.add,
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(keys, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                check_utf8=False,
            ),
        )
        with reader:
            yield from reader

    def _title_warnings(self) -> list[str]:
        above = self._dialect.header_at - 1
        return [f"{above} lines above the header left out"] if above > 0 else []

    def _explain(self, error: pa.ArrowInvalid, row: int) -> None:
        if "straddling" not in str(error):
            raise UnreadableFile(
                f"'{self._path.name}' cannot be read after row {row}: {error}",
                hint="open it in a spreadsheet and save it as CSV UTF-8",
            ) from error
        if self._block_bytes < self._limits.record_bytes:
            self._block_bytes = self._limits.record_bytes
            raise ReadAgain from error
        if self._path.stat().st_size <= self._limits.record_bytes:
            what = f"a quote that opens after row {max(row, 0)} never closes"
        else:
            what = f"a row after row {row} is longer than {self._limits.record_bytes >> 20} MB"
        raise UnreadableFile(
            what, hint="look for a field that begins with a quote: close it or take the quote away"
        ) from error


class _Refusals:
    """Rows whose number of fields is wrong, as Arrow meets them."""

    def __init__(self, header_at: int) -> None:
        self._header_at = header_at
        self._rows: list[Refused] = []

    def add(self, row: csv.InvalidRow) -> str:
        # Numbers below 1 are the header and what stands above it; they count for the numbering.
        number = row.number - self._header_at
        reason = f"{row.actual_columns} fields where {row.expected_columns} are expected"
        self._rows.append(
            Refused(row_number=number, reason=reason, raw=show_broken(row.text[:_RAW_LETTERS]))
        )
        return "skip"

    def take(self) -> list[Refused]:
        rows, self._rows = self._rows, []
        return rows


class _Numbering:
    """Gives the rows that Arrow kept the numbers they have in the file."""

    def __init__(self, header_at: int) -> None:
        self.last = -header_at
        # Arrow reads ahead: it may refuse rows of blocks that are not handed over yet.
        self._ahead: list[int] = []

    def next(self, count: int, refused: list[int]) -> Rows:
        ahead = np.asarray(sorted(self._ahead + refused), np.int64)
        plain = np.arange(self.last + 1, self.last + 1 + count)
        gaps = ahead - np.arange(len(ahead))
        numbers = plain + np.searchsorted(gaps, plain, side="right")
        passed = int(np.searchsorted(ahead, numbers[-1])) if count else 0
        self._ahead = [int(number) for number in ahead[passed:]]
        self.last += count + passed
        return numbers


def _clean(
    received: pa.RecordBatch, numbers: Rows, refused: list[Refused], stream: Utf8Stream
) -> tuple[Batch, int]:
    """Leave out the header, blank rows and rows of broken text; return also how many were blank."""
    filled = np.zeros(len(numbers), np.bool_)
    for column in received.columns:
        filled |= np.asarray(column.is_valid())
        if filled.all():
            break
    keep = filled & (numbers > 0)
    blank = int((~filled & (numbers > 0)).sum())
    if not keep.all():
        received, numbers = received.filter(pa.array(keep)), numbers[keep]
    broken = _broken(received, stream)
    if broken.any():
        refused = refused + _broken_rows(received.filter(pa.array(broken)), numbers[broken])
        received, numbers = received.filter(pa.array(~broken)), numbers[~broken]
    return Batch(numbers, received.columns, refused, bytes_read=stream.bytes_read), blank


def _broken(received: pa.RecordBatch, stream: Utf8Stream) -> NDArray[np.bool_]:
    broken = np.zeros(received.num_rows, np.bool_)
    signs = [BROKEN] * stream.has_broken + ["\0"] * stream.has_zeros
    for sign in signs:
        for column in received.columns:
            broken |= np.asarray(pc.match_substring_regex(column, sign).fill_null(NO))
    return broken


def _broken_rows(rows: pa.RecordBatch, numbers: Rows) -> list[Refused]:
    reason = "bytes that are no text in this encoding, or zero bytes"
    values = zip(*(column.to_pylist() for column in rows.columns), strict=True)
    return [
        Refused(
            row_number=int(number),
            reason=reason,
            raw=show_broken(",".join(cell or "" for cell in row))[:_RAW_LETTERS],
        )
        for number, row in zip(numbers, values, strict=True)
    ]


def _no_columns(names: tuple[str, ...]) -> list[pa.Array]:
    return [pa.array([], pa.string()) for _ in names]
