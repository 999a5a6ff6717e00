"""`chengmo package` and `chengmo unpack`: a dataset in one zip, there and back."""

from pathlib import Path

import click

from chengmo.interfaces.cli.completion import complete_dataset
from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import print_json
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options


@click.command(
    "package",
    help=say(
        "把一个数据打成数据包（含许可、校验和、来历）。", "Write a dataset as a data package."
    ),
)
@click.argument("dataset", shell_complete=complete_dataset)
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--version", type=click.IntRange(min=1), help=say("版本", "Version"))
@place_options
@json_option
@pass_session
def package_command(
    session: Session,
    dataset: str,
    target: Path,
    version: int | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Write a Frictionless Data Package as a zip."""
    from chengmo.interfaces.exchange.package import write_package

    written = write_package(session.view, dataset, target, version=version)
    if as_json:
        print_json({"dataset": dataset, "file": str(written), "bytes": written.stat().st_size})
    else:
        click.echo(str(written))


@click.command("unpack", help=say("导入一个数据包。", "Import a data package."))
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--id", "dataset_id", help=say("数据标识（默认沿用）", "Dataset id (as it was)"))
@place_options
@json_option
@pass_session
def unpack_command(
    session: Session,
    path: Path,
    dataset_id: str | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Check every checksum and make the rows the next version of a dataset."""
    from chengmo.interfaces.exchange.package import read_package

    sharing = session.platform.sharing
    made = read_package(sharing, path, actor=session.actor, dataset=dataset_id)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    click.echo(
        say(
            f"✓ {made.id} 版本 {made.version}：{made.row_count:,} 行",
            f"✓ {made.id} version {made.version}: {made.row_count:,} rows",
        )
    )
