"""`chengmo models | run | runs | rerun | diff | cancel | verify`."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chengmo.errors import InvalidRequest, RunFailed, UnknownModel
from chengmo.interfaces.cli.completion import complete_model, complete_run
from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_facts, print_json, print_table, progress_bar
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.ledger.record import RunRecord
    from chengmo.runs.status import RunStatus

LIVE = ("accepted", "running")
run_argument = click.argument("run", metavar="RUN", shell_complete=complete_run)


@click.command("models", help=say("列出模型及其所答的问题。", "List the models."))
@click.argument("model_id", metavar="[MODEL]", required=False, shell_complete=complete_model)
@place_options
@json_option
@pass_session
def models_command(session: Session, model_id: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the models, or one model's inputs."""
    from chengmo.model.description import describe

    models = session.platform.models
    if model_id is not None and model_id not in models:
        raise UnknownModel(
            say(f"没有模型 '{model_id}'", f"no model '{model_id}'"), hint=", ".join(models)
        )
    chosen = [describe(models[name]) for name in ([model_id] if model_id else models)]
    if as_json:
        print_json([item.model_dump(mode="json") for item in chosen])
    elif model_id:
        _print_inputs(chosen[0].request_schema)
    else:
        print_table(
            ["id", say("名称", "title"), say("问题", "question")],
            [[item.id, of(item.title), of(item.question)] for item in chosen],
        )


def _print_inputs(schema: dict[str, Any]) -> None:
    required = schema.get("required", [])
    print_table(
        [say("输入", "input"), say("默认", "default"), say("说明", "meaning")],
        [
            [
                name,
                say("必填", "required") if name in required else json.dumps(field.get("default")),
                field.get("description", ""),
            ]
            for name, field in schema.get("properties", {}).items()
        ],
    )


@click.command("run", help=say("用模型作一次决策。", "Ask a model for a decision."))
@click.argument("model_id", metavar="MODEL", shell_complete=complete_model)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="budget_cny=2000000")
@click.option(
    "--request",
    "request_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=say("JSON 请求文件", "Request as a JSON file"),
)
@click.option("--purpose", default="", help=say("用途", "Purpose, written into the ledger"))
@click.option("--idempotency-key", help=say("幂等键", "The same key gives the same run"))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help=say("存盘", "File"))
@place_options
@json_option
@pass_session
def run_command(session: Session, model_id: str, as_json: bool, **given: Any) -> int:  # noqa: FBT001 - click passes flags so
    """Submit a run, wait for it and print the answer."""
    session.check("run")
    request = read_request(given["request_file"], given["settings"])
    runs = session.platform.runs
    runs.start_worker()
    status = runs.submit(
        model_id,
        request,
        actor=session.actor,
        purpose=given["purpose"],
        idempotency_key=given["idempotency_key"],
    )
    _wait(session, status, quiet=as_json)
    record = runs.result(status.id)
    if given["output"] is not None:
        given["output"].write_text(record.model_dump_json(indent=2), encoding="utf-8")
    if record.status != "successful":
        raise RunFailed(
            say(f"运行 {record.run} 没有结果", f"run {record.run} gave no decision"),
            hint=_reason_of(record),
        )
    print_json(summary_of(record)) if as_json else print_decision(record)
    return 0


def _reason_of(record: "RunRecord") -> str:
    error = record.error
    return "" if error is None else " – ".join(filter(None, (error.message, error.hint)))


def read_request(path: Path | None, settings: tuple[str, ...]) -> dict[str, Any]:
    """Return the request of a file with the `KEY=VALUE` settings on top.

    A value is JSON where it reads as JSON, else text; a dotted key reaches inside.

    Raises:
        InvalidRequest: If the file holds no JSON object or a setting has no `=`.
    """
    request: Any = {}
    if path is not None:
        try:
            request = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise InvalidRequest(
                say(f"{path.name} 不是 JSON", f"{path.name} is not JSON"), hint=str(error)
            ) from error
    if not isinstance(request, dict):
        raise InvalidRequest(
            say("请求不是 JSON 对象", "the request is no JSON object"),
            hint='{"budget_cny": 2000000}',
        )
    for setting in settings:
        key, mark, value = setting.partition("=")
        if not mark:
            raise InvalidRequest(
                say(f"'{setting}' 缺少等号", f"'{setting}' has no ="),
                hint="--set budget_cny=2000000",
            )
        _place(request, key.strip().split("."), _value_of(value))
    return request


def _place(request: Any, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        request = request.setdefault(step, {})
        if not isinstance(request, dict):
            raise InvalidRequest(
                say(f"'{step}' 不是对象", f"'{step}' is no object"), hint=".".join(path)
            )
    request[path[-1]] = value


def _value_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _wait(session: Session, status: "RunStatus", *, quiet: bool) -> None:
    runs = session.platform.runs
    try:
        with progress_bar(quiet=quiet) as advance:
            while status.status in LIVE:
                advance(status.stage or say("等待", "waiting"), status.progress_0to1)
                runs.wait(status.id, timeout=0.1)
                status = runs.status(status.id)
    except KeyboardInterrupt:
        runs.cancel(status.id)
        raise click.Abort from None


def summary_of(record: "RunRecord") -> dict[str, Any]:
    """Return what a program wants of a run: id, digest, outcome, quality and the whole decision."""
    decision = record.decision or {}
    return {
        "run": record.run,
        "model": record.model,
        "status": record.status,
        "outcome": record.outcome,
        "digest": record.decision_digest,
        "quality": decision.get("quality"),
        "answer": decision.get("answer"),
        "datasets": record.model_dump(mode="json")["datasets"],
        "decision": decision,
    }


def print_decision(record: "RunRecord") -> None:
    """Print the decision card: answer, quality, measures, caveats, provenance."""
    decision = record.decision or {}
    click.secho(_either(decision["answer"]), bold=True)
    click.echo(quality_in_words(decision["quality"]))
    click.echo()
    print_facts(
        [
            (
                _either(item["title"]),
                f"{item['value']:,}{_unit(item)}" if _is_number(item) else item["value"],
            )
            for item in decision.get("measures", ())
        ]
    )
    for caveat in decision.get("caveats", ()):
        click.echo(f"! {_either(caveat)}")
    click.echo()
    print_facts(
        [
            (
                say("数据", "data"),
                ", ".join(_version_of(*item) for item in record.datasets.items()),
            ),
            (say("运行", "run"), record.run),
            (say("指纹", "digest"), record.decision_digest),
        ]
    )


def _is_number(measure: dict[str, Any]) -> bool:
    return isinstance(measure["value"], int | float) and not isinstance(measure["value"], bool)


def _unit(measure: dict[str, Any]) -> str:
    return f" {measure['unit']}" if measure.get("unit") else ""


def _version_of(dataset_id: str, version: Any) -> str:
    return f"{dataset_id} v{version.version}"


def _either(text: dict[str, str]) -> str:
    return say(text["zh"], text["en"])


def quality_in_words(quality: dict[str, Any]) -> str:
    """Return the quality of a decision as a sentence."""
    gap = quality.get("gap_0to1")
    words = {
        "exact": say("精确计算", "computed exactly"),
        "optimal": say("已证明最优", "proven optimal"),
        "gap": say(
            f"距最优不超过 {gap or 0:.2%}（已证明）", f"proven within {gap or 0:.2%} of the best"
        ),
        "heuristic": say("启发式，未证明", "heuristic, not proven"),
        "interval": say("带区间的估计", "an estimate with an interval"),
    }
    return words[quality["kind"]]


@click.command("show-run", hidden=True)
@run_argument
@json_option
@pass_session
def show_run_command(session: Session, run: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Show one run: its record when it has ended, else where it stands."""
    status = session.runs.status(run)
    if status.status in LIVE:
        print_json(status.model_dump(mode="json")) if as_json else _print_status(status)
        return
    record = session.runs.result(run)
    if as_json:
        print_json(record.model_dump(mode="json"))
    elif record.status == "successful":
        print_decision(record)
    else:
        _print_status(status)


def _print_status(status: "RunStatus") -> None:
    print_facts([(name, value) for name, value in status.model_dump().items() if value is not None])


@click.command("runs", help=say("列出历次运行。", "List the runs, newest first."))
@click.option("--model", "model_id", help=say("只看一个模型", "Of one model"))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@place_options
@json_option
@pass_session
def runs_command(session: Session, model_id: str | None, limit: int, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the runs, newest first."""
    found = session.runs.list(model=model_id, limit=limit)
    if as_json:
        print_json([status.model_dump(mode="json") for status in found])
    elif not found:
        click.echo(say("还没有运行。试试：", "There are no runs yet. Try:"), err=True)
        click.echo("  chengmo models", err=True)
    else:
        print_table(
            [
                say("运行", "run"),
                say("模型", "model"),
                say("状态", "status"),
                say("结论", "outcome"),
                say("提交", "submitted"),
            ],
            [
                [item.id, item.model, item.status, item.outcome or "", item.submitted_utc]
                for item in found
            ],
        )


@click.command("rerun", help=say("重算一次运行并比较指纹。", "Repeat a run and compare digests."))
@run_argument
@place_options
@json_option
@pass_session
def rerun_command(session: Session, run: str, as_json: bool) -> int:  # noqa: FBT001 - click passes flags so
    """Repeat a run; exit code 0 if the digest is the same, 1 if it is not."""
    session.check("run")
    started = time.monotonic()
    session.platform.runs.start_worker()
    comparison = session.runs.rerun(run)
    if as_json:
        print_json(comparison.model_dump(mode="json"))
    else:
        _print_comparison(comparison)
        click.echo(f"{time.monotonic() - started:.1f} s", err=True)
    return 0 if comparison.same else 1


@click.command("diff", help=say("比较两次运行。", "Compare two runs."))
@click.argument("first", shell_complete=complete_run)
@click.argument("second", shell_complete=complete_run)
@place_options
@json_option
@pass_session
def diff_command(session: Session, first: str, second: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Name what differs between two runs."""
    comparison = session.runs.diff(first, second)
    print_json(comparison.model_dump(mode="json")) if as_json else _print_comparison(comparison)


def _print_comparison(comparison: Any) -> None:
    same = say("✓ 指纹相同", "✓ the digests are the same")
    differ = say("✗ 指纹不同", "✗ the digests differ")
    click.secho(same if comparison.same else differ, fg="green" if comparison.same else "red")
    print_facts([("1", comparison.first_digest), ("2", comparison.second_digest)])
    for difference in comparison.differences:
        click.echo(f"  {difference}")


@click.command("cancel", help=say("取消一次运行。", "Cancel a run."))
@run_argument
@place_options
@json_option
@pass_session
def cancel_command(session: Session, run: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Stop a run that has not ended."""
    session.check("run")
    status = session.runs.cancel(run).status
    if as_json:
        print_json({"run": run, "status": status})
    else:
        click.echo(status)


@click.command("verify", help=say("校验账本的哈希链。", "Check the ledger's hash chain."))
@place_options
@json_option
@pass_session
def verify_command(session: Session, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Check every entry of the ledger against the chain."""
    count = session.platform.ledger.verify()
    if as_json:
        print_json({"whole": True, "entries": count})
        return
    click.echo(say(f"✓ 账本完整：{count} 条", f"✓ the ledger is whole: {count} entries"))
