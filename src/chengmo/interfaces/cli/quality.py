"""`chengmo quality DATASET`."""

from typing import TYPE_CHECKING, Any

import click

from chengmo.interfaces.cli.completion import complete_dataset
from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_json, print_table
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.catalog.dataset import Dataset
    from chengmo.catalog.quality import QualityReport

_ROWS_SHOWN = 10
_UPDATES = {"replace", "append"}


@click.command(
    "quality", help=say("查看数据的质量检查结果。", "Show what a dataset's quality checks found.")
)
@click.argument("dataset_id", metavar="DATASET", shell_complete=complete_dataset)
@click.option("--versions", is_flag=True, help=say("历次版本的趋势", "Each import's measures"))
@click.option("--now", is_flag=True, help=say("对现有数据立即检查", "Check the rows there are now"))
@place_options
@json_option
@pass_session
def quality_command(
    session: Session,
    dataset_id: str,
    versions: bool,  # noqa: FBT001 - click passes flags so
    now: bool,  # noqa: FBT001 - as above
    as_json: bool,  # noqa: FBT001 - as above
) -> None:
    """Show the report of the newest import, of all, or of the rows as they are."""
    from chengmo.runs.examination import assess_now

    session.platform.sharing.check_change(session.actor, dataset_id)
    catalog = session.platform.catalog
    session.note("describe", dataset_id, what="quality")
    if versions:
        imports = [each for each in catalog.versions(dataset_id) if each.change in _UPDATES]
        _show_trend(imports, as_json=as_json)
        return
    dataset = catalog.dataset(dataset_id)
    report = assess_now(catalog, dataset) if now else dataset.report
    if as_json:
        print_json(_plain(dataset, report))
    elif report is None:
        click.echo(say("此版本没有质量检查结果", "this version has no checks' results"), err=True)
    else:
        _show(report)


def _plain(dataset: "Dataset", report: "QualityReport | None") -> dict[str, Any]:
    return {
        "id": dataset.id,
        "version": dataset.version,
        "created_utc": dataset.created_utc,
        "completeness": dataset.quality,
        "dimensions": report.dimensions() if report else {},
        "report": report.model_dump(mode="json") if report else None,
    }


def _show_trend(imports: "list[Dataset]", *, as_json: bool) -> None:
    from chengmo.inventory.explanation import DIMENSIONS, describe_drift

    if as_json:
        print_json([_plain(each, each.report) for each in imports])
        return
    headings = [say("版本", "version"), say("时间", "time"), say("行数", "rows")]
    headings += [of(text) for text in DIMENSIONS.values()]
    headings += [say("未达标", "not met"), say("字段变化", "columns changed")]
    rows: list[list[Any]] = []
    for each in imports:
        found = each.report.dimensions() if each.report else {}
        drift = each.report.drift if each.report else None
        rows.append(
            [each.version, each.created_utc[:19] + "Z", each.row_count]
            + [f"{found[name]:.1%}" if name in found else "" for name in DIMENSIONS]
            + [len(each.report.unmet) if each.report else ""]
            + ["; ".join(of(text) for text in describe_drift(drift)) if drift else ""]
        )
    print_table(headings, rows)


def _show(report: "QualityReport") -> None:
    from chengmo.inventory.explanation import DIMENSIONS, RULES, describe_drift

    rows: list[list[Any]] = []
    for result in report.results:
        check = result.check
        mark = "✓" if result.is_met else ("✗" if check.action == "hold" else "!")
        numbers = ", ".join(map(str, result.rows[:_ROWS_SHOWN]))
        more = "…" if len(result.rows) > _ROWS_SHOWN else ""
        rows.append(
            [
                mark,
                ", ".join(check.columns) or check.dataset,
                of(RULES[check.rule]),
                of(DIMENSIONS[check.measures]),
                f"{result.share_0to1:.2%}" if not result.fault else result.fault,
                f"{check.threshold_0to1:.2%}",
                result.failed,
                numbers + more,
            ]
        )
    headings = ["", say("列", "column"), say("规则", "rule"), say("维度", "dimension")]
    headings += [say("合格率", "pass"), say("须达", "needed"), say("不合格", "fail")]
    print_table([*headings, say("行号", "rows")], rows)
    for text in describe_drift(report.drift) if report.drift else []:
        click.echo(of(text))
    if report.forced_by:
        click.echo(say(f"由 {report.forced_by} 强制导入", f"let in by {report.forced_by}"))
