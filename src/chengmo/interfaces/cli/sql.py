"""`chengmo sql "SELECT …"`."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_table
from chengmo.interfaces.cli.session import Session, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.catalog.query.result import AnswerFormat

_Shown = Literal["table", "csv", "json", "arrow"]
_SUFFIXES: dict[str, "AnswerFormat"] = {".csv": "csv", ".json": "json", ".arrows": "arrow"}


@click.command(
    "sql",
    help=say(
        "用 SQL 查询可用的数据，只读。\n\n例：chengmo sql 'SELECT * FROM \"hospitals\" LIMIT 5'",
        "Ask the data in SQL, read-only.\n\n"
        "As in: chengmo sql 'SELECT * FROM \"hospitals\" LIMIT 5'",
    ),
)
@click.argument("query")
@click.option(
    "--format", "shown", type=click.Choice(["table", "csv", "json", "arrow"]),
    help=say("格式，默认按文件后缀或表格", "Format; else by the file's ending, or a table"),
)  # fmt: skip
@click.option(
    "--json", "shown", flag_value="json", help=say("同 --format json", "The same as --format json")
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("写入文件", "Write a file"),
)
@click.option(
    "--purpose", default="command-line", show_default=True, help=say("使用目的", "What it is for")
)
@place_options
@pass_session
def sql_command(
    session: Session, query: str, shown: _Shown | None, output: Path | None, purpose: str
) -> None:
    """Ask one question and print or write the answer."""
    from chengmo.interfaces.cli.walls import warn_of_missing_walls
    from chengmo.sharing.sql import SqlQuestion, ask_in_sql

    warn_of_missing_walls()
    if shown == "table" and output is not None:
        raise click.UsageError(say("表格只能显示，不能写入文件", "a table is shown, not written"))
    question = SqlQuestion(query, purpose, "cli")
    answer = ask_in_sql(session.platform.sharing, session.actor, question)
    for text in answer.treated:
        click.echo(of(text), err=True)
    kind = shown or (_SUFFIXES.get(output.suffix.lower(), "csv") if output else "table")
    if kind == "table":
        print_table(answer.table.column_names, answer.rows())
    elif output is None:
        click.echo(answer.as_bytes(kind), nl=False)
    else:
        output.write_bytes(answer.as_bytes(kind))
        rows = answer.table.num_rows
        click.echo(say(f"{rows} 行 → {output}", f"{rows} rows → {output}"), err=True)
