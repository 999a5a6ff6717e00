"""CSV in, CSV out, some thousand rows at a time: the columns of `chengmo code … --file`.

The owner's columns go through as they are, text by text; what a command finds is added behind them.
Memory does not grow with the file.
"""

import csv
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

import click

from chengmo.catalog.importing.encoding import guess_encoding
from chengmo.errors import InvalidCell, InvalidGeometry, UnreadableFile
from chengmo.interfaces.cli.code_mistake import of_row
from chengmo.interfaces.cli.code_options import Columns
from chengmo.interfaces.cli.language import say

CHUNK_ROWS = 8192
# A polygon as text can be long; Python's own limit is 128 KiB.
_FIELD_LIMIT = 1 << 28
_SEPARATORS = ",\t;|"
# Added columns that the file already has are called so instead.
_PREFIX = "cell_"

Row = list[str]


class Reader(Protocol):
    """What `csv.reader` gives: rows, and the line that was read last."""

    @property
    def line_num(self) -> int:
        """The number of lines read."""
        ...

    def __iter__(self) -> Iterator[Row]: ...


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file.

    Attributes:
        rows: The cells, all rows as wide as the header.
        first: Number of the first row, counted from 1 without the header.
        lines: The line of the file on which each row ends.
    """

    rows: Sequence[Row]
    first: int
    lines: Sequence[int]

    def column(self, index: int) -> list[str]:
        """Return one column, spaces around its values taken off."""
        return [row[index].strip() for row in self.rows]

    def one(self, index: int) -> "Chunk":
        """Return a chunk of a single row."""
        return Chunk([self.rows[index]], self.first + index, [self.lines[index]])


@dataclass(frozen=True)
class Table:
    """A CSV file that is being read.

    Attributes:
        name: Of the file.
        header: The columns' names.
        chunks: The rows; can be read once.
    """

    name: str
    header: Row
    chunks: Iterator[Chunk]

    def position(self, wanted: str | None, usual: Sequence[str], what: str) -> int:
        """Return the position of a column.

        Args:
            wanted: The name that was asked for, if one was.
            usual: Names that are understood by themselves, in lower case.
            what: What the column holds, for the message.

        Raises:
            UnreadableFile: If there is no such column.
        """
        names = [name.strip() for name in self.header]
        if wanted is not None:
            if wanted in names:
                return names.index(wanted)
        else:
            lowered = [name.lower() for name in names]
            for name in usual:
                if name in lowered:
                    return lowered.index(name)
        asked = wanted or ", ".join(usual)
        raise UnreadableFile(
            say(
                f"{self.name} 没有{what}列（{asked}）",
                f"{self.name} has no column of {what} ({asked})",
            ),
            hint=say(
                f"用选项指明列名；该文件的列：{'、'.join(names)}",
                f"name it with an option; the columns are: {', '.join(names)}",
            ),
        )


# What a chunk gains: for each of its rows the rows of new values (one, or several for a cover).
Gained = list[list[Row]]
Work = Callable[[Chunk], Gained]


@contextmanager
def open_table(
    path: Path, encoding: str | None, *, chunk_rows: int = CHUNK_ROWS
) -> Generator[Table]:
    """Open a CSV file whose first row names its columns.

    Args:
        path: Of the file.
        encoding: Its encoding; None finds it out (UTF-8, GB 18030, Big5, UTF-16).
        chunk_rows: Rows read at a time.

    Raises:
        UnreadableFile: If it cannot be read, is empty, or a row is wider than the header.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        with path.open(encoding=encoding or guess_encoding(path), newline="") as stream:
            yield _table_of(path.name, stream, chunk_rows)
    except (OSError, LookupError) as error:
        raise UnreadableFile(
            say(f"无法读取 {path.name}：{error}", f"{path.name} cannot be read: {error}"),
            hint=say("检查文件名与编码", "check the name and the encoding"),
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(
            say(f"{path.name} 不是可读的 CSV：{error}", f"{path.name} is no readable CSV: {error}"),
            hint=say("用 --encoding 指明编码", "say what it is with --encoding"),
        ) from error


def _table_of(name: str, stream: TextIO, chunk_rows: int) -> Table:
    head = stream.readline()
    stream.seek(0)
    head = head.removeprefix("\ufeff")
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(stream, delimiter=separator)
    header = next(reader, [])
    if not any(header):
        raise UnreadableFile(
            say(f"{name} 没有表头", f"{name} has no header row"),
            hint=say("第一行写列名", "the first row names the columns"),
        )
    header[0] = header[0].removeprefix("\ufeff")
    return Table(name, header, _chunks(name, reader, len(header), chunk_rows))


def _chunks(name: str, reader: Reader, width: int, chunk_rows: int) -> Iterator[Chunk]:
    rows: list[Row] = []
    lines: list[int] = []
    first = 1
    for row in reader:
        if not row:
            continue
        if len(row) > width:
            where = _where(name, first + len(rows), reader.line_num)
            raise UnreadableFile(
                say(
                    f"{where}有 {len(row)} 列，表头只有 {width} 列",
                    f"{where} has {len(row)} cells, the header {width}",
                ),
                hint=say("含逗号的值要加引号", "quote values that hold the separator"),
            )
        rows.append(row + [""] * (width - len(row)))
        lines.append(reader.line_num)
        if len(rows) == chunk_rows:
            yield Chunk(rows, first, lines)
            first += len(rows)
            rows, lines = [], []
    if rows:
        yield Chunk(rows, first, lines)


@contextmanager
def _sink(output: Path | None) -> Generator[TextIO]:
    """Give what the answer is written to: the terminal, or a file that appears when it is whole."""
    if output is None:
        yield sys.stdout
        return
    unfinished = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        # The mark at the beginning tells spreadsheets that Chinese is written in UTF-8.
        with unfinished.open("w", encoding="utf-8-sig", newline="") as stream:
            yield stream
        unfinished.replace(output)
    except OSError as error:
        raise UnreadableFile(
            say(f"无法写入 {output}：{error.strerror}", f"{output}: {error.strerror}"),
            hint=say("换一个可写的位置", "choose a place you may write to"),
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def write_table(table: Table, added: Sequence[str], work: Work, columns: Columns) -> None:
    """Write the table with new columns behind its own.

    Args:
        table: What to read.
        added: Names of the new columns.
        work: Finds the new values of a chunk; what it raises is told with the row's number.
        columns: Where to write, and whether to go on at a row that has no answer.

    Raises:
        InvalidCell: If a row has no answer; names the row and its line. So does InvalidGeometry.
    """
    failed = 0
    nothing = [""] * len(added)
    with _sink(columns.output) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*table.header, *free_names(table.header, added)])
        for chunk in table.chunks:
            try:
                gained = work(chunk)
            except (InvalidCell, InvalidGeometry):
                gained, wrong = _row_by_row(table, chunk, work, keep_going=columns.keep_going)
                failed += wrong
            for row, news in zip(chunk.rows, gained, strict=True):
                writer.writerows(row + new for new in (news or [nothing]))
    if failed:
        told = say(f"{failed} 行没有结果，新列留空", f"{failed} rows have no answer; left empty")
        click.echo(told, err=True)


def free_names(header: Iterable[str], added: Iterable[str]) -> list[str]:
    """Return the names of new columns, changed where the file has such a column already."""
    taken = {name.strip() for name in header}
    names: list[str] = []
    for wanted in added:
        name = wanted
        while name in taken:
            name = _PREFIX + name
        taken.add(name)
        names.append(name)
    return names


def _row_by_row(table: Table, chunk: Chunk, work: Work, *, keep_going: bool) -> tuple[Gained, int]:
    """Return what each row gains, and how many gain nothing; or raise for the first of these."""
    gained: Gained = []
    failed = 0
    for index in range(len(chunk.rows)):
        try:
            gained += work(chunk.one(index))
        except (InvalidCell, InvalidGeometry) as error:
            if not keep_going:
                where = _where(table.name, chunk.first + index, chunk.lines[index])
                raise of_row(error, where) from error
            gained.append([])
            failed += 1
    return gained, failed


def _where(name: str, row: int, line: int) -> str:
    return say(f"{name} 第 {row} 行（文件第 {line} 行）", f"{name}, row {row} (line {line})")
