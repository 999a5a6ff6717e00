"""`chengmo audit list | verify | export | report`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_facts, print_json, print_table, print_told
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.audit import AuditEntry, AuditLog, Verification

_NOT_WHOLE = 5


@click.group("audit", help=say("访问审计：查询、校验、导出。", "Audit of accesses."))
def audit_command() -> None:
    """Do nothing by itself."""


def _log_of(session: Session, what: str) -> "AuditLog":
    session.check("audit")
    session.note("audit", what=what)
    return session.platform.audit


def _asked(asked: dict[str, Any]) -> str:
    stated = {name: value for name, value in asked.items() if value is not None}
    return f"search {sorted(stated.items())}"


@audit_command.command("list", help=say("查询访问记录，最新在前。", "List accesses, newest first."))
@click.option("--actor", help=say("访问者", "Who asked"))
@click.option("--dataset", help=say("数据标识", "Dataset id"))
@click.option("--action", help=say("操作，如 read、export", "As read, export"))
@click.option("--verdict", type=click.Choice(["allowed", "denied"]), help=say("结论", "Verdict"))
@click.option("--since", "since_utc", help=say("起始时间（UTC）", "From, as 2026-03-01 (UTC)"))
@click.option("--until", "until_utc", help=say("截止时间（UTC，不含）", "Before (UTC)"))
@click.option("--text", help=say("任意文字，如用途", "Letters anywhere, as a purpose"))
@click.option("--before", type=click.IntRange(min=1), help=say("此序号之前", "Before this number"))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@place_options
@json_option
@pass_session
def list_command(session: Session, as_json: bool, **asked: Any) -> None:  # noqa: FBT001 - click passes flags so
    """List what fits every option."""
    from chengmo.audit import AuditQuery

    found = _log_of(session, _asked(asked)).search(AuditQuery(**asked))
    if as_json:
        print_json([_plain(entry) for entry in found])
    elif not found:
        click.echo(say("没有符合条件的访问", "no access fits"), err=True)
    else:
        print_table(_headings(), [_row(entry) for entry in found])


def _plain(entry: "AuditEntry") -> dict[str, Any]:
    return {"sequence": entry.sequence, "hash": entry.hash, **entry.access.plain()}


def _headings() -> list[str]:
    return [
        say("序号", "number"),
        say("时间", "time"),
        say("访问者", "actor"),
        say("入口", "via"),
        say("操作", "action"),
        say("数据", "dataset"),
        say("用途", "purpose"),
        say("结论", "verdict"),
        say("依据", "reason"),
        say("行数", "rows"),
    ]


def _row(entry: "AuditEntry") -> list[Any]:
    access = entry.access
    dataset = f"{access.dataset}@{access.version}" if access.version else access.dataset
    verdict = say("允许", "allowed") if access.verdict == "allowed" else say("拒绝", "denied")
    return [
        entry.sequence,
        access.time_utc[:19] + "Z",
        access.actor,
        access.via,
        access.action,
        dataset,
        access.purpose,
        verdict,
        access.reason,
        access.rows,
    ]


@audit_command.command(
    "verify", help=say("校验审计日志是否被改动。", "Look for changes in the audit log.")
)
@click.option(
    "--checkpoints",
    "outside",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=say("另行保存的检查点文件", "Checkpoints kept elsewhere"),
)
@click.option(
    "--public-keys",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=say("另行保存的公钥文件", "Public keys kept elsewhere"),
)
@place_options
@json_option
@pass_session
def verify_audit_command(
    session: Session,
    outside: tuple[Path, ...],
    public_keys: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> int:
    """Check the whole log; exit code 5 if something is wrong."""
    found = _log_of(session, "verify").verify(outside=outside, public_keys=public_keys)
    if as_json:
        print_json(_verification(found))
    else:
        _tell(found)
    return 0 if found.is_whole else _NOT_WHOLE


def _verification(found: "Verification") -> dict[str, Any]:
    return {
        "whole": found.is_whole,
        "first_wrong": found.first_wrong,
        "entries": found.entries,
        "head": found.head,
        "checkpoints": found.checkpoints,
        "signed_through": found.signed_through,
        "findings": [
            {"sequence": each.sequence, "slug": each.slug, "text": each.text.model_dump()}
            for each in found.findings
        ],
    }


def _tell(found: "Verification") -> None:
    print_facts(
        [
            (say("条目", "entries"), found.entries),
            (say("链尾哈希", "head"), found.head),
            (say("检查点", "checkpoints"), found.checkpoints),
            (say("已签名至", "signed through"), found.signed_through),
        ]
    )
    for each in found.findings:
        where = say(f"条目 {each.sequence}", f"entry {each.sequence}")
        click.secho(f"✗ {where}: {of(each.text)}", fg="red", err=True)
    if found.is_whole:
        click.echo(say("✓ 审计日志完整", "✓ the audit log is whole"))


@audit_command.command(
    "export", help=say("导出给外部审计方，附校验程序。", "Export for an outside auditor.")
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@place_options
@json_option
@pass_session
def export_audit_command(session: Session, folder: Path, *, as_json: bool) -> None:
    """Write entries, checkpoints, public keys and the program that checks them."""
    written = str(_log_of(session, "export").export(folder))
    print_told(written, {"folder": written}, as_json=as_json)


@audit_command.command(
    "report",
    help=say(
        "出具一项数据的合规报告：谁依据什么规则看过什么。",
        "Report on one dataset: who saw what, under which rule.",
    ),
)
@click.argument("dataset_id", metavar="DATASET")
@click.option("--from", "since", help=say("自（含），如 2026-03-01", "From, as 2026-03-01"))
@click.option("--to", "until", help=say("至（含），如 2026-03-31", "To, that day included"))
@click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), help=say("报告语言", "Its language")
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("写入文件：.html 或 .pdf", "The file to write: .html or .pdf"),
)
@place_options
@json_option
@pass_session
def report_audit_command(
    session: Session, dataset_id: str, out: Path, *, as_json: bool, **asked: str | None
) -> None:
    """Write the compliance report of a dataset."""
    from chengmo.errors import InvalidRequest
    from chengmo.interfaces.compliance.period import read_period
    from chengmo.interfaces.compliance.report import ReportOrder, take_report

    form = {".html": "html", ".htm": "html", ".pdf": "pdf"}.get(out.suffix.lower())
    if form is None:
        raise click.UsageError(say("文件须以 .html 或 .pdf 结尾", "name a file .html or .pdf"))
    order = ReportOrder(
        dataset=dataset_id,
        by="cli",
        period=read_period(asked["since"], asked["until"]),
        language="zh" if (asked["language"] or say("zh", "en")) == "zh" else "en",
        form="pdf" if form == "pdf" else "html",
    )
    content = take_report(session.platform, session.actor, order)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InvalidRequest(
            f"{out} cannot be written: {error.strerror}",
            hint="name a file in a folder that is there",
        ) from error
    print_told(str(out), {"file": str(out), "bytes": len(content)}, as_json=as_json)
