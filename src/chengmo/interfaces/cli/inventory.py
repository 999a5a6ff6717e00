"""`chengmo inventory list | check | describe | scan`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_json, print_table, print_told, progress_bar
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.catalog.dataset import Dataset, SensitiveFinding
    from chengmo.inventory.duty import Duty
    from chengmo.inventory.proposal import Proposal


@click.group("inventory", help=say("数据资源目录：责任、敏感字段、普查。", "Inventory of data."))
def inventory_command() -> None:
    """Do nothing by itself."""


@inventory_command.command(
    "list", help=say("列出数据与更新责任。", "List the datasets and their update duties.")
)
@click.option("--overdue", is_flag=True, help=say("只列逾期未更新的", "Only what is overdue"))
@click.option("--steward", help=say("只列该单位管理的", "Only what this organisation looks after"))
@place_options
@json_option
@pass_session
def list_command(session: Session, overdue: bool, steward: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List each dataset with steward, sharing, grade and update against its duty."""
    from chengmo.inventory.duty import duty_of
    from chengmo.inventory.duty import overdue as late

    session.check("import")
    catalog, now = session.platform.catalog, datetime.now(UTC)
    session.note("list", what="inventory")
    duties = [
        duty_of(catalog.versions(each.id), now)
        for each in catalog.datasets()
        if steward in {None, each.steward}
    ]
    shown = late(duties) if overdue else duties
    if as_json:
        print_json([_plain(each) for each in shown])
    elif not shown:
        click.echo(say("没有符合的数据", "nothing to list"), err=True)
    else:
        print_table(_headings(), [_row(each) for each in shown])


def _plain(duty: "Duty") -> dict[str, Any]:
    dataset = duty.dataset
    stated = dataset.metadata.model_dump(mode="json", exclude={"notes", "checks"})
    return {
        **stated,
        "version": dataset.version,
        "updated_utc": duty.updated_utc,
        "due_utc": duty.due_utc,
        "days_overdue": duty.days_overdue,
        "found_sensitive": [each.model_dump(mode="json") for each in dataset.found_sensitive],
    }


def _headings() -> list[str]:
    return [
        "id",
        say("名称", "title"),
        say("责任方", "steward"),
        say("共享", "sharing"),
        say("开放", "opening"),
        say("分级", "grade"),
        say("级别", "level"),
        say("敏感列", "sensitive"),
        say("更新于", "updated"),
        say("周期", "duty"),
        say("逾期天数", "days overdue"),
    ]


def _row(duty: "Duty") -> list[Any]:
    dataset = duty.dataset
    # The steward's word counts; what was only found waits for it.
    stated = sorted(dataset.sensitive)
    found = sorted({f"{each.column}?" for each in dataset.found_sensitive} - set(stated))
    frequency = dataset.update_frequency or ""
    return [
        dataset.id,
        of(dataset.title),
        dataset.steward,
        dataset.sharing,
        dataset.opening,
        dataset.grade,
        dataset.level or "",
        ", ".join([*stated, *(each for each in found if each[:-1] not in stated)]),
        duty.updated_utc[:10],
        frequency if duty.is_readable else f"{frequency} (?)",
        duty.days_overdue or "",
    ]


@inventory_command.command(
    "check", help=say("检查数据中的敏感列。", "Look for sensitive columns of a dataset.")
)
@click.argument("dataset_id", metavar="DATASET")
@place_options
@json_option
@pass_session
def check_command(session: Session, dataset_id: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Print which columns look sensitive, with counts and never a value."""
    from chengmo.inventory.sensitive import suggest_grade
    from chengmo.runs.examination import sensitive_in_dataset

    session.platform.sharing.check_change(session.actor, dataset_id)
    dataset = session.platform.catalog.dataset(dataset_id)
    session.note("read", dataset_id, what="sensitive columns")
    found = sensitive_in_dataset(session.platform.catalog, dataset)
    grade = suggest_grade(found)
    if as_json:
        columns = [each.model_dump(mode="json") for each in found]
        print_json({"id": dataset_id, "sensitive": columns, "suggested_grade": grade})
        return
    _tell(dataset, found, grade)


def _tell(dataset: "Dataset", found: "tuple[SensitiveFinding, ...]", grade: int) -> None:
    from chengmo.inventory.explanation import KINDS, TREATMENTS

    if not found:
        click.echo(say("未发现敏感列", "no column looks sensitive"))
        return
    headings = [
        say("列", "column"),
        say("类别", "kind"),
        say("符合", "matches"),
        say("检查", "looked at"),
        say("建议处理", "suggested"),
        say("已声明", "stated"),
    ]
    rows = [
        [
            each.column,
            of(KINDS[each.kind]),
            each.matches,
            each.rows,
            of(TREATMENTS[each.treatment]),
            of(TREATMENTS[dataset.sensitive[each.column].treatment])
            if each.column in dataset.sensitive
            else "",
        ]
        for each in found
    ]
    print_table(headings, rows)
    if grade > dataset.grade:
        click.echo(
            say(
                f"! 建议分级 {grade}，现为 {dataset.grade}",
                f"! grade {grade} is suggested; it is {dataset.grade}",
            ),
            err=True,
        )


@inventory_command.command(
    "describe",
    help=say(
        "从 JSON 文件登记元数据：法定依据、敏感列、质量检查等。",
        "State metadata from a JSON file: legal basis, sensitive columns, checks …",
    ),
)
@click.argument("dataset_id", metavar="DATASET")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@place_options
@json_option
@pass_session
def describe_command(session: Session, dataset_id: str, file: Path, *, as_json: bool) -> None:
    """Replace the metadata that the file names; a new version with the same rows."""
    from pydantic import ValidationError

    from chengmo.catalog.dataset import DatasetMetadata
    from chengmo.errors import InvalidRequest

    session.platform.sharing.check_change(session.actor, dataset_id)
    catalog = session.platform.catalog
    known = catalog.dataset(dataset_id).metadata.model_dump()
    try:
        stated = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(stated, dict):
            raise InvalidRequest(f"{file.name} holds no object", hint='as {"legal_basis": "…"}')
        metadata = DatasetMetadata.model_validate({**known, **stated, "id": dataset_id})
    except (ValidationError, ValueError) as error:
        raise InvalidRequest(
            f"{file.name} cannot be taken: {error}",
            hint="see docs/how-to/inventory-a-department.md",
        ) from error
    dataset = session.platform.sharing.describe(metadata, session.actor, "cli")
    version = dataset.version
    said = say(f"✓ {dataset_id} 版本 {version}", f"✓ {dataset_id} version {version}")
    print_told(said, {"dataset": dataset_id, "version": version}, as_json=as_json)


@inventory_command.command(
    "scan",
    help=say(
        "普查一个文件夹或数据库（PostgreSQL、MySQL、SQLite），提出目录条目；只读、不复制数据。",
        "Look through a folder or a database (PostgreSQL, MySQL, SQLite) and propose entries;"
        " read only, copies nothing.",
    ),
)
@click.argument("target", metavar="PATH|DATABASE-URL")
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("写入 CSV 文件，每列一行", "Write a CSV file, a line for each column"),
)
@place_options
@json_option
@pass_session
def scan_command(session: Session, target: str, table: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Propose an entry for each table."""
    from chengmo.inventory.database import shown_target
    from chengmo.inventory.proposal import as_csv
    from chengmo.inventory.scan import scan

    session.check("import")
    session.note("list", what=f"scan {shown_target(target)}")
    with progress_bar(quiet=as_json) as advance:
        found = list(scan(target, on_progress=lambda source, _: advance(source[-60:], 0.0)))
    if table is not None:
        # With the mark by which spreadsheets know UTF-8.
        table.write_text(as_csv(found), encoding="utf-8-sig")
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
    else:
        _show(found)


def _show(found: "list[Proposal]") -> None:
    print_table(
        [
            "id",
            say("来源", "source"),
            say("行数", "rows"),
            say("列数", "columns"),
            say("敏感列", "sensitive"),
            say("建议分级", "grade"),
            say("问题", "fault"),
        ],
        [
            [
                each.id,
                each.source,
                each.row_count if each.row_count is not None else "",
                len(each.columns),
                ", ".join(f"{one.column}:{one.kind}" for one in each.sensitive),
                each.suggested_grade,
                each.fault,
            ]
            for each in found
        ],
    )
