"""How things look on the terminal: tables, JSON, progress.

Results go to stdout, talk goes to stderr.
"""

import json
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

_MILLION = 1e6
_NO_LIMIT = 10_000
Advance = Callable[[str, float], None]


def print_json(value: Any) -> None:
    """Print `value` as JSON, Chinese characters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_told(said: str, value: Any, *, as_json: bool) -> None:
    """Print what was done: `said` to a person, `value` as JSON to a program."""
    if as_json:
        print_json(value)
    else:
        click.echo(said)


def _console() -> Console:
    # A file or a pipe has no width to fit into: nothing is wrapped there.
    return Console() if sys.stdout.isatty() else Console(width=_NO_LIMIT)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under headings, numbers to the right; plain where no terminal listens."""
    console = _console()
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    listed = [list(row) for row in rows]
    for index, heading in enumerate(headings):
        numeric = bool(listed) and all(isinstance(row[index], int | float) for row in listed)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*(format_value(value) for value in row))
    console.print(table, markup=False, highlight=False)


def print_facts(facts: Sequence[tuple[str, Any]]) -> None:
    """Print name and value, one pair a line; pairs without a value are left out."""
    shown = [(name, format_value(value)) for name, value in facts if value not in (None, "", ())]
    console = _console()
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in shown:
        table.add_row(name, value)
    console.print(table, markup=False, highlight=False)


def format_value(value: Any) -> str:
    """Return a value as a person reads it."""
    match value:
        case None:
            return "–"
        case bool():
            return "✓" if value else "✗"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= _MILLION else f"{value:,.6g}"
        case _:
            return _instant(value) if isinstance(value, datetime) else str(value)


def _instant(value: datetime) -> str:
    return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def progress_bar(*, quiet: bool = False) -> Generator[Advance]:
    """Show a bar on stderr while the block works; silent where no terminal listens."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=1.0)

        def advance(stage: str, share_0to1: float, /) -> None:
            bar.update(task, description=stage, completed=share_0to1)

        yield advance
