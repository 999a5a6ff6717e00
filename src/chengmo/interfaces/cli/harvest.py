"""`chengmo harvest URL`: take another catalogue's entries in."""

from typing import TYPE_CHECKING

import click

from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import print_facts, print_json
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.interfaces.exchange.harvested import Kind

_KINDS = ("chengmo", "ogc-records", "dcat", "ckan")


@click.command(
    "harvest",
    help=say(
        "采集另一平台的数据目录：只取条目，不取数据。只访问所给的地址。",
        "Take another catalogue's entries in: no rows. Only the address given is called.",
    ),
)
@click.argument("url")
@click.option(
    "--kind", type=click.Choice(_KINDS), help=say("目录种类（默认自动识别）", "Kind (guessed)")
)
@click.option("--dry-run", is_flag=True, help=say("只看会有什么变化", "Only say what would change"))
@place_options
@json_option
@pass_session
def harvest_command(
    session: Session,
    url: str,
    kind: "Kind | None",
    dry_run: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Read the catalogue at an address and keep its entries."""
    from dataclasses import asdict

    from chengmo.interfaces.exchange.fetch import Fetcher
    from chengmo.interfaces.exchange.harvest import harvest, store_of

    platform = session.platform
    done = harvest(
        store_of(platform.database),
        Fetcher(url),
        kind,
        actor=session.actor,
        audit=platform.audit,
        dry_run=dry_run,
    )
    if as_json:
        print_json(asdict(done))
        return
    print_facts(
        [
            (say("目录", "catalogue"), f"{done.catalogue} ({done.kind})"),
            (say("新增", "new"), len(done.new)),
            (say("变化", "changed"), len(done.changed)),
            (say("未变", "same"), len(done.same)),
            (say("消失", "gone"), len(done.gone)),
        ]
    )
