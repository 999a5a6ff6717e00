"""What a command works with: the platform, opened when first asked for, and how to print."""

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chengmo.errors import NotAllowed
from chengmo.interfaces.cli.language import say

if TYPE_CHECKING:
    from chengmo.audit import Action, Verdict
    from chengmo.identity import Actor, People, Scope
    from chengmo.runs.platform import Platform
    from chengmo.runs.seen import SeenRuns
    from chengmo.sharing import View
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Composition:
    """The doors of the composition root, handed in because an interface lies below it.

    Attributes:
        open_platform: Opens the platform of a home folder.
        asgi_app: Makes the web application of a platform.
        assistants: Loads the way in for assistants; None without one.
    """

    open_platform: Callable[..., "Platform"]
    asgi_app: Callable[..., Any]
    assistants: Callable[[], Any] | None = None


class Session:
    """One run of the command line."""

    def __init__(self, composition: Composition) -> None:
        self.composition = composition
        self.home: Path | None = None
        self.database: str | None = None

    @cached_property
    def platform(self) -> "Platform":
        """The platform of this session's home; closed when the command ends.

        It computes nothing until a command calls `platform.runs.start_worker()`.
        """
        platform = self.composition.open_platform(
            home=self.home, database=self.database, work=False
        )
        click.get_current_context().call_on_close(platform.close)
        return platform

    @cached_property
    def actor(self) -> "Actor":
        """Who this command acts as: this machine's administrator, or the key in `CHENGMO_KEY`.

        Whoever can open the platform's files owns what is in them: a table of accounts in those
        same files could not keep them out, so the command line does not pretend that it does.

        Raises:
            NotSignedIn: If there is a key and it is not valid.
        """
        identity = importlib.import_module("chengmo.identity")
        key = os.environ.get("CHENGMO_KEY")
        if not key:
            return identity.LOCAL_ADMINISTRATOR
        return self.platform.people.acting(identity.ANONYMOUS, "cli").actor_of_key(key)

    def check(self, scope: "Scope") -> None:
        """Pass if who this command acts as may do what `scope` stands for.

        Raises:
            NotAllowed: If it may not.
            NotSignedIn: If there is a key and it is not valid.
        """
        try:
            importlib.import_module("chengmo.identity").check_permission(self.actor, scope)
        except NotAllowed as error:
            self.note("refused", verdict="denied", reason=error.slug, what=scope)
            raise

    def note(
        self,
        action: "Action",
        dataset: str = "",
        *,
        what: str,
        verdict: "Verdict" = "allowed",
        reason: str = "",
    ) -> None:
        """Write down, before it is done, what this command does."""
        self.platform.sharing.note(
            self.actor,
            "cli",
            action,
            dataset,
            verdict=verdict,
            reason=reason,
            detail={"what": what},
        )

    @cached_property
    def people(self) -> "People":
        """The people of the platform, as this session's actor looks after them."""
        return self.platform.people.acting(self.actor, "cli")

    @cached_property
    def view(self) -> "View":
        """The catalogue as this session's actor may see it."""
        return self.platform.sharing.view(self.actor, "command-line", "cli")

    @cached_property
    def runs(self) -> "SeenRuns":
        """The runs that this session's actor may see."""
        seen = importlib.import_module("chengmo.runs.seen")
        return seen.SeenRuns(self.platform.runs, self.actor, "cli")


pass_session = click.make_pass_decorator(Session)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    # Given before or after the command's name: the place nearest to the command wins.
    session = ctx.find_object(Session)
    if session is not None and value is not None:
        setattr(session, str(parameter.name), value)


def place_options(command: Command) -> Command:
    """Add `--home` and `--database`, which say where the city's data are."""
    home = click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="CHENGMO_HOME",
        expose_value=False,
        callback=_remember,
        help=say("数据所在文件夹", "Folder that holds the data"),
    )
    database = click.option(
        "--database",
        envvar="CHENGMO_DATABASE",
        expose_value=False,
        callback=_remember,
        help=say("团队数据库 postgresql://…", "Team database, postgresql://…"),
    )
    return home(database(command))


def json_option(command: Command) -> Command:
    """Add `--json`, for programs that read the answer."""
    return click.option("--json", "as_json", is_flag=True, help=say("输出 JSON", "Print JSON"))(
        command
    )
