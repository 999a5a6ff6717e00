"""`chengmo contest …`: open-data contests, from opening one to its final board."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_facts, print_json, print_table, print_told
from chengmo.interfaces.cli.ready_contests import create_contest, print_baselines
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.contests import Submission


@click.group("contest", help=say("公共数据开放大赛。", "Open-data contests."))
def contest_command() -> None:
    """Do nothing by itself."""


contest_command.add_command(create_contest)
contest_command.add_command(print_baselines)


@contest_command.command("list", help=say("列出赛事。", "List the contests."))
@place_options
@json_option
@pass_session
def list_contests(session: Session, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the contests."""
    from chengmo.contests.store import china_time

    contests = session.platform.contests
    opened = contests.all()
    found = [each.public(contests.now()) for each in opened]
    if as_json:
        print_json({"contests": found})
        return
    print_table(
        [
            say("标识", "id"),
            say("阶段", "phase"),
            say("指标", "metric"),
            say("截止", "deadline"),
            say("名称", "title"),
        ],
        [
            [
                each.contest.id,
                shown["phase"],
                each.contest.metric,
                china_time(each.contest.deadline),
                of(each.contest.title),
            ]
            for each, shown in zip(opened, found, strict=True)
        ],
    )


@contest_command.command("show", help=say("查看赛题与规则。", "Show task and rules."))
@click.argument("contest")
@place_options
@json_option
@pass_session
def show_contest(session: Session, contest: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Show everything that contestants may know."""
    from chengmo.contests.store import china_time

    contests = session.platform.contests
    opened = contests.contest(contest)
    shown, stated = opened.public(contests.now()), opened.contest
    if as_json:
        print_json(shown)
        return
    click.echo(f"{of(stated.title)}\n\n{of(stated.task)}\n\n{of(stated.rules)}\n")
    print_facts(
        [
            (say("训练数据", "training data"), ", ".join(stated.training)),
            (say("文件的列", "columns of a file"), ", ".join([*stated.keys, stated.target])),
            (say("预测行数", "rows to predict"), str(opened.rows)),
            (say("指标", "metric"), stated.metric),
            (say("公开榜步长", "step of the public board"), f"{stated.step:g}"),
            (say("开始", "start"), china_time(stated.start)),
            (say("截止", "deadline"), china_time(stated.deadline)),
            (say("配额", "quota"), f"{stated.per_day} / {stated.in_all}"),
            (say("阶段", "phase"), shown["phase"]),
        ]
    )


@contest_command.command(
    "open", help=say("开设赛事（JSON 文件）。", "Open the contest that a file states.")
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@place_options
@json_option
@pass_session
def open_contest(session: Session, path: Path, *, as_json: bool) -> None:
    """Open the contest in a file, with the datasets that lie beside it."""
    from chengmo.contests.pack import open_pack

    platform = session.platform
    opened = open_pack(platform.contests, platform.sharing, path, session.actor, "cli")
    name = opened.contest.id
    said = say(f"已开设 {name}，待预测 {opened.rows} 行", f"opened {name}: {opened.rows} rows")
    print_told(said, opened.public(platform.contests.now()), as_json=as_json)


@contest_command.command(
    "sample", help=say("输出待填预测的样例文件。", "Print a file to fill predictions in.")
)
@click.argument("contest")
@place_options
@pass_session
def print_sample(session: Session, contest: str) -> None:
    """Print every key with an empty prediction, as CSV."""
    click.echo(session.platform.contests.sample(contest).replace("\r\n", "\n"), nl=False)


@contest_command.command(
    "submit", help=say("提交预测文件或程序包。", "Submit a file of predictions, or a package.")
)
@click.argument("contest")
@click.argument(
    "file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--package",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=say("程序包（zip 或 wheel）", "A package instead: zip or wheel"),
)
@click.option("--licence", help=say("程序包的许可（SPDX）", "Licence of the package, SPDX"))
@place_options
@json_option
@pass_session
def submit_file(
    session: Session,
    contest: str,
    file: Path | None,
    package: Path | None,
    licence: str | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> int:
    """Submit a file and wait for its score; exit 2 if it cannot be scored."""
    from chengmo.errors import InvalidRequest

    brought = package or file
    if brought is None or (package and file):
        raise InvalidRequest(
            say("请给出一个文件", "name one file"), hint="FILE | --package FILE --licence MIT"
        )
    contests = session.platform.contests
    kept = contests.submit(
        contest, brought.read_bytes(), brought.name, session.actor, "cli", licence=licence
    )
    while contests.scorer.score_next():
        pass
    found = contests.store.submission(kept.id)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        click.echo(_told(found))
        if found.state == "failed" and package is not None:
            click.echo(contests.package(contest, kept.id, session.actor).log, err=True)
    return 2 if found.state == "failed" else 0


@contest_command.command(
    "package", help=say("查看程序包的条件、环境与日志。", "Show terms and log of a package.")
)
@click.argument("contest")
@click.argument("submission")
@place_options
@json_option
@pass_session
def show_package(session: Session, contest: str, submission: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Show what became of one's own package."""
    found = session.platform.contests.package(contest, submission, session.actor)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    print_facts(
        [
            (say("许可", "licence"), found.terms.licence),
            ("SHA-256", found.sha256),
            (say("随机种子", "seed"), str(found.terms.seed)),
            *((name, f"v{used.version}") for name, used in found.terms.datasets.items()),
            *found.environment.items(),
        ]
    )
    click.echo(found.log)


@contest_command.command(
    "publish", help=say("将优胜程序包发布为模型。", "Publish a winner's package as a model.")
)
@click.argument("contest")
@click.argument("entrant")
@place_options
@json_option
@pass_session
def publish_model(session: Session, contest: str, entrant: str, *, as_json: bool) -> None:
    """Publish what counts of an entrant on the final board."""
    made = session.platform.contests.publishing.publish(contest, entrant, session.actor, "cli")
    said = say(f"已发布模型 {made.id}", f"published as model {made.id}")
    print_told(said, {"model": made.id, "contest": contest}, as_json=as_json)


@contest_command.command("retract", help=say("撤回已发布的模型。", "Take a published model back."))
@click.argument("contest")
@click.argument("model")
@place_options
@json_option
@pass_session
def retract_model(session: Session, contest: str, model: str, *, as_json: bool) -> None:
    """Take a model back: nobody can run it any more."""
    session.platform.contests.publishing.retract(contest, model, session.actor, "cli")
    said = say(f"已撤回 {model}", f"retracted {model}")
    print_told(said, {"model": model, "retracted": True}, as_json=as_json)


@contest_command.command("submissions", help=say("列出我的提交。", "List one's submissions."))
@click.argument("contest")
@place_options
@json_option
@pass_session
def list_submissions(session: Session, contest: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List one's own, or one's team's, submissions, the newest first."""
    found = session.platform.contests.submissions(contest, session.actor)
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    for each in found:
        click.echo(f"#{each.sequence} {each.id} {each.name}: {_told(each)}")


@contest_command.command("board", help=say("查看排行榜。", "Show the leaderboard."))
@click.argument("contest")
@place_options
@json_option
@pass_session
def show_board(session: Session, contest: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Show public scores until the deadline, private ones after it."""
    from dataclasses import asdict

    board = session.platform.contests.board(contest)
    if as_json:
        print_json(asdict(board))
        return
    kinds = {"public": say("公开榜", "public board"), "private": say("私有榜", "private board")}
    ended = say("，最终", ", final") if board.is_final else ""
    click.echo(f"{kinds[board.kind]}{ended}")
    print_table(
        [
            say("名次", "rank"),
            say("参赛者", "entrant"),
            say("得分", "score"),
            say("提交数", "submissions"),
            say("时间 (UTC)", "time (UTC)"),
        ],
        [
            [
                say("不计名次", "unranked") if each.rank is None else each.rank,
                each.entrant,
                f"{each.score:g}",
                each.submissions,
                each.submitted_utc[:19],
            ]
            for each in board.standings
        ],
    )
    if board.waiting:
        click.echo(say(f"待评分 {board.waiting}", f"{board.waiting} wait to be scored"))


@contest_command.command("team", help=say("组队、邀请、加入、退出。", "Found, join, leave a team."))
@click.argument("contest")
@click.argument("team", required=False)
@click.option("--code", help=say("加入此口令的队伍", "Code of the team to join"))
@click.option("--invite", is_flag=True, help=say("取新口令", "Get a new code of one's team"))
@click.option("--leave", is_flag=True, help=say("退出队伍", "Leave one's team"))
@place_options
@json_option
@pass_session
def enter_team(
    session: Session,
    contest: str,
    team: str | None,
    code: str | None,
    *,
    as_json: bool,
    **how: bool,
) -> None:
    """Found a team and print its code; with a code, join it; without a name, show one's own."""
    contests, actor = session.platform.contests, session.actor
    if how["leave"]:
        contests.leave_team(contest, actor, "cli")
        said, value = say("已退出", "left"), {"left": True}
    elif how["invite"]:
        said, value = _code(contests.invite(contest, actor, "cli"))
    elif team is None:
        found = contests.team(contest, actor)
        shown = f"{found.name}: {', '.join(found.members)}" if found else ""
        said = shown or say("没有队伍", "no team")
        value = {"team": found.name if found else None, "members": found.members if found else ()}
    elif code is not None:
        contests.join_team(contest, team, code, actor, "cli")
        said, value = say(f"已加入 {team}", f"joined {team}"), {"team": team}
    else:
        said, value = _code(contests.found_team(contest, team, actor, "cli"))
    print_told(said, value, as_json=as_json)


def _code(code: str) -> tuple[str, dict[str, Any]]:
    return say(f"口令（只显示一次）：{code}", f"code, shown once: {code}"), {"code": code}


def _told(found: "Submission") -> str:
    if found.reason is not None:
        return say("未能评分，不计配额：", "not scored, costs no quota: ") + of(found.reason)
    if found.told_score is None:
        return say("等待评分", "waits to be scored")
    private = "" if found.private_score is None else f" / {found.private_score:.6g}"
    return say("公开榜得分 ", "public score ") + f"{found.told_score:g}{private}"
