"""`chengmo datasets | show | preview | export | history | restore | quarantine`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import click

from chengmo.errors import UnknownDataset
from chengmo.interfaces.cli.completion import complete_dataset
from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_facts, print_json, print_table
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.catalog.dataset import Dataset

ExportFormat = Literal["geoparquet", "geopackage", "geojson", "csv", "arrow"]
_SUFFIXES: dict[str, ExportFormat] = {
    ".parquet": "geoparquet",
    ".gpkg": "geopackage",
    ".geojson": "geojson",
    ".json": "geojson",
    ".csv": "csv",
    ".arrow": "arrow",
}

dataset_argument = click.argument("dataset_id", metavar="DATASET", shell_complete=complete_dataset)
version_option = click.option(
    "--version", type=click.IntRange(min=1), help=say("旧版本号", "An earlier version")
)


@click.command("datasets", help=say("列出数据。", "List the datasets."))
@place_options
@json_option
@pass_session
def datasets_command(session: Session, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the latest version of every dataset."""
    found = session.view.datasets()
    if as_json:
        print_json([dataset.model_dump(mode="json") for dataset in found])
    elif not found:
        click.echo(say("还没有数据。试试：", "There are no datasets yet. Try:"), err=True)
        click.echo("  chengmo import FILE\n  chengmo demo", err=True)
    else:
        print_table(_headings(), [_row_of(dataset) for dataset in found])


def _headings() -> list[str]:
    return [
        "id",
        say("名称", "title"),
        say("版本", "version"),
        say("行数", "rows"),
        say("几何", "geometry"),
        say("许可", "licence"),
        say("合成", "synthetic"),
    ]


def _row_of(dataset: "Dataset") -> list[Any]:
    return [
        dataset.id,
        of(dataset.title),
        dataset.version,
        dataset.row_count,
        dataset.geometry_type,
        dataset.licence,
        say("合成", "synthetic") if dataset.synthetic else "",
    ]


@click.command("show", help=say("查看一个数据或一次运行。", "Show a dataset or a run."))
@click.argument("name", metavar="DATASET|RUN", shell_complete=complete_dataset)
@version_option
@place_options
@json_option
@pass_session
def show_command(session: Session, name: str, version: int | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Show a dataset's metadata, or a run's record."""
    try:
        dataset = session.view.dataset(name, version)
    except UnknownDataset:
        if not session.runs.exists(name):
            raise
        click.get_current_context().invoke(_show_run(), run=name, as_json=as_json)
        return
    if as_json:
        print_json(dataset.model_dump(mode="json"))
        return
    print_facts(_facts_of(dataset))
    click.echo()
    print_columns(dataset)


def _show_run() -> click.Command:
    from chengmo.interfaces.cli.runs import show_run_command

    return show_run_command


def _facts_of(dataset: "Dataset") -> list[tuple[str, Any]]:
    lineage = dataset.lineage
    return [
        ("id", dataset.id),
        (say("名称", "title"), of(dataset.title)),
        (say("说明", "description"), of(dataset.description)),
        (say("合成数据", "synthetic"), dataset.synthetic or None),
        (say("版本", "version"), dataset.version),
        (say("行数", "rows"), dataset.row_count),
        (say("几何", "geometry"), dataset.geometry_type),
        (say("范围", "extent"), _box(dataset.extent)),
        (say("数据提供方", "steward"), dataset.steward),
        (say("许可", "licence"), dataset.licence),
        (say("署名", "attribution"), dataset.attribution),
        (say("来源", "source"), dataset.source),
        (say("分级", "grade"), dataset.grade),
        (say("共享", "sharing"), dataset.sharing),
        (say("开放", "opening"), dataset.opening),
        (say("坐标系（收到时）", "coordinates as received"), lineage.crs_received),
        (say("转换", "conversion"), lineage.conversion),
        (say("文件", "file"), f"{lineage.source_name} ({lineage.format})"),
        ("sha256", lineage.sha256),
        (say("隔离的行", "rows in quarantine"), lineage.rows_quarantined or None),
        (say("警告", "warnings"), "; ".join(lineage.warnings)),
        (say("时间", "imported"), dataset.created_utc),
    ]


def _box(extent: tuple[float, float, float, float] | None) -> str | None:
    return extent and ", ".join(f"{edge:.5f}" for edge in extent)


def print_columns(dataset: "Dataset") -> None:
    """Print a dataset's columns with type, unit, completeness and meaning."""
    print_table(
        [
            say("列", "column"),
            say("类型", "type"),
            say("单位", "unit"),
            say("完整率", "complete"),
            say("含义", "meaning"),
        ],
        [
            [
                column.name,
                column.type,
                column.unit,
                f"{dataset.quality.get(column.name, 1.0):.1%}",
                of(column.meaning) or of(column.title),
            ]
            for column in dataset.columns
        ],
    )


@click.command("preview", help=say("查看数据的前几行。", "Show a dataset's first rows."))
@dataset_argument
@click.option("--rows", default=10, show_default=True, type=click.IntRange(1, 1000))
@version_option
@place_options
@json_option
@pass_session
def preview_command(
    session: Session,
    dataset_id: str,
    rows: int,
    version: int | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Print the first rows in the order of the file."""
    dataset = session.view.dataset(dataset_id, version)
    names = [column.name for column in dataset.columns]
    table = session.view.read(
        dataset_id, version=version, columns=names, limit=rows, order="row"
    ).select(names)
    if as_json:
        print_json(table.to_pylist())
    else:
        print_table(names, [list(row.values()) for row in table.to_pylist()])


@click.command("export", help=say("导出数据。", "Export a dataset."))
@dataset_argument
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format", "file_format", type=click.Choice(get_args(ExportFormat)), help=say("格式", "Format")
)
@version_option
@place_options
@json_option
@pass_session
def export_command(
    session: Session,
    dataset_id: str,
    target: Path,
    file_format: ExportFormat | None,
    version: int | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Write a dataset to a file; its suffix says the format unless `--format` does."""
    chosen = file_format or _SUFFIXES.get(target.suffix.lower())
    if chosen is None:
        raise click.UsageError(
            say(
                f"看不出 {target.name} 的格式，请加 --format",
                f"{target.name} does not tell its format: add --format",
            )
        )
    dataset = session.view.dataset(dataset_id, version)
    written = session.view.export(dataset_id, target, chosen, version=dataset.version)
    if as_json:
        told = {"dataset": dataset_id, "version": dataset.version, "format": chosen}
        print_json({**told, "file": str(written), "bytes": written.stat().st_size})
    else:
        click.echo(str(written))


@click.command("history", help=say("列出数据的历次版本。", "List a dataset's versions."))
@dataset_argument
@place_options
@json_option
@pass_session
def history_command(session: Session, dataset_id: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the versions of a dataset, newest first."""
    versions = sorted(
        session.view.versions(dataset_id), key=lambda item: item.version, reverse=True
    )
    if as_json:
        print_json([item.model_dump(mode="json") for item in versions])
        return
    print_table(
        [
            say("版本", "version"),
            say("变更", "change"),
            say("行数", "rows"),
            say("时间", "time"),
            say("文件", "file"),
        ],
        [
            [item.version, item.change, item.row_count, item.created_utc, item.lineage.source_name]
            for item in versions
        ],
    )


@click.command("restore", help=say("恢复数据的旧版本。", "Bring an old version back."))
@dataset_argument
@click.argument("version", type=click.IntRange(min=1))
@place_options
@json_option
@pass_session
def restore_command(session: Session, dataset_id: str, version: int, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Make the rows of an old version the newest version; nothing is lost."""
    dataset = session.platform.sharing.restore(dataset_id, version, session.actor, "cli")
    if as_json:
        print_json(dataset.model_dump(mode="json"))
        return
    click.echo(
        say(
            f"{dataset_id}：版本 {dataset.version} 即版本 {version} 的内容",
            f"{dataset_id}: version {dataset.version} has the rows of version {version}",
        )
    )


@click.command(
    "quarantine", help=say("列出未能读入的行及原因。", "List the rows that could not be read.")
)
@dataset_argument
@version_option
@place_options
@json_option
@pass_session
def quarantine_command(
    session: Session,
    dataset_id: str,
    version: int | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """List row number, reason and raw text of each row kept out of a dataset."""
    # Rows as they were brought, before any rule of sharing could be applied to them.
    session.check("import")
    rows = session.view.quarantine(dataset_id, version).to_pylist()
    if as_json:
        print_json(rows)
    elif not rows:
        click.echo(say("没有被隔离的行", "no row is in quarantine"), err=True)
    else:
        print_table(
            [say("行号", "row"), say("原因", "reason"), say("原文", "raw")],
            [list(row.values()) for row in rows],
        )
