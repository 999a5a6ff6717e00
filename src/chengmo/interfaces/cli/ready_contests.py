"""`chengmo contest create | baselines`: contests that are ready to be held."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import print_told
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.contests import Submission
    from chengmo.contests.ready.recipe import Statement

_DAYS_OPEN = 60
_CHINA = timedelta(hours=8)


@click.command(
    "create",
    help=say(
        "用本市的数据文件开设现成的赛事，如 air-quality。",
        "Hold a ready contest, such as air-quality, with a file of the city's own data.",
    ),
)
@click.argument("recipe")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=say("CSV 文件，每天一行", "CSV file, one line a day"),
)
@click.option(
    "--place", nargs=2, required=True, metavar="ZH EN", help=say("城市名", "Name of the city")
)
@click.option("--steward", required=True, help=say("数据提供单位", "Who measured"))
@click.option("--licence", required=True, help=say("数据许可", "Licence of the data"))
@click.option("--source", required=True, help=say("数据来源", "Where the data come from"))
@click.option("--id", "identifier", help=say("赛事标识", "Id of the contest; the recipe's name"))
@click.option(
    "--deadline",
    type=click.DateTime(["%Y-%m-%d"]),
    help=say("截止日（北京时间零点）", "Deadline, midnight in China; in 60 days"),
)
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help=say("另存赛事文件的文件夹", "Folder to keep the contest's files in"),
)
@click.option("--draft", is_flag=True, help=say("只写文件，不开设", "Write the files alone"))
@place_options
@json_option
@pass_session
def create_contest(
    session: Session, recipe: str, data: Path, to: Path | None, *, draft: bool, **stated: object
) -> None:
    """Cut a file into what is given and what is hidden, open the contest, enter the baselines."""
    from chengmo.contests.ready.recipe import make_pack, recipe_folder

    if draft and to is None:
        raise click.UsageError(say("--draft 需要 --to", "--draft needs --to"))
    folder = recipe_folder(recipe)
    with tempfile.TemporaryDirectory(prefix="chengmo-contest-") as scratch:
        path = make_pack(folder, data, _statement(recipe, stated), to or Path(scratch))
        if draft:
            said = say(f"已写入 {path}", f"written: {path}")
            print_told(said, {"file": str(path)}, as_json=bool(stated["as_json"]))
            return
        _open(session, path, as_json=bool(stated["as_json"]))


def _statement(recipe: str, stated: dict[str, object]) -> "Statement":
    from chengmo.contests.ready.recipe import Statement
    from chengmo.model.text import Text

    now, day = datetime.now(UTC).replace(microsecond=0), stated["deadline"]
    deadline = now + timedelta(days=_DAYS_OPEN)
    if isinstance(day, datetime):
        deadline = day.replace(tzinfo=UTC) - _CHINA
    zh, en = stated["place"]  # pyright: ignore[reportGeneralTypeIssues] - click gives two strings
    return Statement(
        id=str(stated["identifier"] or recipe),
        place=Text(zh=zh, en=en),
        steward=str(stated["steward"]),
        licence=str(stated["licence"]),
        source=str(stated["source"]),
        start=now,
        deadline=deadline,
    )


def _open(session: Session, path: Path, *, as_json: bool) -> None:
    from chengmo.contests.pack import enter_baselines, open_pack
    from chengmo.model.jail.walls import missing_walls

    platform = session.platform
    opened = open_pack(platform.contests, platform.sharing, path, session.actor, "cli")
    name = opened.contest.id
    said = [say(f"已开设 {name}，待预测 {opened.rows} 行", f"opened {name}: {opened.rows} rows")]
    baselines: list[Submission] = []
    if missing_walls():
        click.echo(
            say(
                "本机不能隔离程序包，基线未参赛",
                "this machine cannot jail packages: the baselines do not take part",
            ),
            err=True,
        )
    else:
        entered = enter_baselines(platform.contests, path, "cli")
        while platform.contests.scorer.score_next():
            pass
        baselines = [platform.contests.store.submission(each.id) for each in entered]
    said += [f"{each.name}: {each.state} {each.told_score}" for each in baselines]
    shown = opened.public(platform.contests.now())
    value = {**shown, "baselines": [each.model_dump(mode="json") for each in baselines]}
    print_told("\n".join(said), value, as_json=as_json)


@click.command(
    "baselines",
    help=say("输出现成赛事的基线程序包。", "Write the baselines of a ready contest as packages."),
)
@click.argument("recipe")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), default=Path())
@json_option
def print_baselines(recipe: str, to: Path, *, as_json: bool) -> None:
    """Write one zip for each baseline: a beginning for whoever takes part."""
    from chengmo.contests.pack import package_of
    from chengmo.contests.ready.recipe import read_recipe, recipe_folder

    folder = recipe_folder(recipe)
    to.mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    for each in read_recipe(folder).baselines:
        (to / f"{each}.zip").write_bytes(package_of(folder / f"{each}.py"))
        written.append(str(to / f"{each}.zip"))
    print_told("\n".join(written), {"files": written}, as_json=as_json)
