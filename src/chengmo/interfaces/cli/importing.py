"""`chengmo import FILE`: preview what was understood, ask, commit."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_facts, print_json, print_table, progress_bar
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.catalog.dataset import Dataset, SensitiveFinding
    from chengmo.catalog.importing import CrsGuess, Preview
    from chengmo.runs.intake import IncomingFile

_READING = ("format", "encoding", "delimiter", "lon", "lat", "wkt", "code", "crs", "layer", "sheet")
_STATED = ("steward", "licence", "attribution", "source")


def _reading_options(command: Any) -> Any:
    helps = {
        "format": say("格式（默认自动识别）", "File format (guessed)"),
        "encoding": say("字符编码，如 gb18030", "Text encoding, as gb18030"),
        "delimiter": say("分隔符", "Separator"),
        "lon": say("经度列", "Longitude column"),
        "lat": say("纬度列", "Latitude column"),
        "wkt": say("WKT 几何列", "WKT geometry column"),
        "code": say("北斗网格码列", "BeiDou grid code column"),
        "crs": say("坐标系，如 EPSG:4490、GCJ-02、BD-09", "As EPSG:4490, GCJ-02, BD-09"),
        "layer": say("图层名", "Layer of the file"),
        "sheet": say("工作表名", "Sheet of the workbook"),
    }
    for name in reversed(_READING):
        command = click.option(f"--{name}", help=helps[name])(command)
    return command


@click.command("import", help=say("导入一个数据文件。", "Import a file as a dataset."))
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--id", "dataset_id", help=say("数据标识（默认取文件名）", "Dataset id (file name)"))
@click.option("--title", help=say("中文名称", "Title in Chinese"))
@click.option("--title-en", help=say("英文名称", "Title in English"))
@click.option("--steward", default="", help=say("数据提供方", "Who answers for the data"))
@click.option("--licence", default="", help=say("许可", "Licence"))
@click.option("--attribution", default="", help=say("署名", "Attribution line"))
@click.option("--source", default="", help=say("来源", "Where it comes from"))
@click.option("--synthetic", is_flag=True, help=say("合成数据", "The data are made up"))
@click.option("--append", is_flag=True, help=say("追加而不是替换", "Append, do not replace"))
@click.option("--force", is_flag=True, help=say("强制导入", "Despite checks that hold it back"))
@click.option("--dry-run", is_flag=True, help=say("只预览", "Preview only"))
@click.option("--yes", "-y", is_flag=True, help=say("不询问", "Do not ask"))
@_reading_options
@place_options
@json_option
@pass_session
def import_command(session: Session, path: Path, as_json: bool, **given: Any) -> None:  # noqa: FBT001 - click passes flags so
    """Read a file, show what was understood and commit it as one version."""
    from chengmo.catalog.importing import ImportOptions
    from chengmo.runs.intake import IncomingFile, look_at

    session.check("import")
    options = ImportOptions(**{name: given[name] for name in _READING if given[name]})
    file = IncomingFile(path, options)
    preview = look_at(session.view, file)
    if given["dry_run"]:
        print_json(preview.model_dump(mode="json")) if as_json else show_preview(preview)
        return
    if not as_json:
        show_preview(preview, err=True)
    if not given["yes"] and not as_json and sys.stdin.isatty():
        click.confirm(say("导入？", "Import it?"), default=True, abort=True)
    dataset = _commit(session, file, given, quiet=as_json)
    if as_json:
        print_json(dataset.model_dump(mode="json"))
    else:
        _tell(dataset)


def _commit(
    session: Session, file: "IncomingFile", given: dict[str, Any], *, quiet: bool
) -> "Dataset":
    from chengmo.runs.intake import Bringer, bring_in

    with progress_bar(quiet=quiet) as advance:
        return bring_in(
            Bringer(session.platform.sharing, session.actor, "cli"),
            file,
            _metadata(session, file.path, given),
            mode="append" if given["append"] else "replace",
            on_progress=advance,
            forced=given["force"],
        )


def _metadata(session: Session, path: Path, given: dict[str, Any]) -> Any:
    from chengmo.catalog.dataset import DatasetMetadata
    from chengmo.errors import UnknownDataset
    from chengmo.inventory.proposal import suggest_id
    from chengmo.model import Text

    dataset_id = given["dataset_id"] or suggest_id(path.name)
    session.platform.sharing.check_change(session.actor, dataset_id)
    stated: dict[str, Any] = {name: given[name] for name in _STATED if given[name]}
    if given["synthetic"]:
        stated["synthetic"] = True
    title_zh, title_en = given["title"], given["title_en"]
    if title_zh or title_en:
        stated["title"] = Text(zh=title_zh or title_en, en=title_en or title_zh)
    try:
        # A new file for a known dataset keeps what its steward stated before.
        known = session.platform.catalog.dataset(dataset_id).metadata
        return known.model_copy(update=stated)
    except UnknownDataset:
        stated.setdefault("title", Text(zh=path.stem, en=path.stem))
        return DatasetMetadata(id=dataset_id, **stated)


def show_preview(preview: "Preview", *, err: bool = False) -> None:
    """Print what was understood of a file."""
    facts: list[tuple[str, Any]] = [
        (say("格式", "format"), preview.format),
        (say("编码", "encoding"), preview.encoding),
        (say("坐标系", "coordinates"), preview.crs and _crs_in_words(preview.crs)),
        (say("估计行数", "rows, estimated"), preview.row_estimate),
        (say("警告", "warnings"), "; ".join(preview.warnings)),
    ]
    if err:
        for name, value in facts:
            if value not in (None, "", ()):
                click.echo(f"{name}: {value}", err=True)
        _warn(preview.sensitive)
        return
    print_facts(facts)
    _warn(preview.sensitive)
    print_table(
        [say("列", "column"), say("原名", "as received"), say("类型", "type")],
        [[column.name, column.source_name, column.type] for column in preview.columns],
    )


def _warn(found: "tuple[SensitiveFinding, ...]") -> None:
    from chengmo.inventory.explanation import describe_finding

    for each in found:
        click.secho(f"! {of(describe_finding(each))}", fg="yellow", err=True)


def _crs_in_words(guess: "CrsGuess") -> str:
    swapped = say("，经纬度互换", ", latitude first") if guess.swapped else ""
    sure = f"{guess.confidence_0to1:.0%}"
    return f"{guess.crs or '?'}{swapped} ({sure}): {of(guess.evidence)}"


def _tell(dataset: "Dataset") -> None:
    from chengmo.inventory.explanation import describe_drift, describe_result

    click.echo(
        say(
            f"✓ {dataset.id} 版本 {dataset.version}：{dataset.row_count:,} 行",
            f"✓ {dataset.id} version {dataset.version}: {dataset.row_count:,} rows",
        )
    )
    if refused := dataset.lineage.rows_quarantined:
        click.echo(
            say(
                f"  {refused:,} 行未能读入，见 chengmo quarantine {dataset.id}",
                f"  {refused:,} rows could not be read: chengmo quarantine {dataset.id}",
            ),
            err=True,
        )
    report = dataset.report
    for result in report.unmet if report else ():
        click.secho(f"! {of(describe_result(result))}", fg="yellow", err=True)
    for text in describe_drift(report.drift) if report and report.drift else ():
        click.secho(f"! {of(text)}", fg="yellow", err=True)
