"""The shell's completion: the script that a shell loads, and how the names of a city go on."""

import importlib
from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem, get_completion_class

from chengmo.errors import ChengmoError
from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.session import Session

_VARIABLE = "_CHENGMO_COMPLETE"
_MOST_RUNS = 100
# Where each shell looks for it, and what to write there.
_PLACES = {
    "bash": ("~/.bashrc", 'eval "$(chengmo completion bash)"'),
    "zsh": ("~/.zshrc", 'eval "$(chengmo completion zsh)"'),
    "fish": ("~/.config/fish/completions/chengmo.fish", "chengmo completion fish | source"),
}


@click.command(
    "completion",
    help=say(
        "输出 Shell 的补全脚本：命令、选项、数据、模型、运行。",
        "Print the script by which a shell completes commands, options, datasets, models, runs.",
    ),
)
@click.argument("shell", type=click.Choice(list(_PLACES)))
def completion_command(shell: str) -> None:
    """Print the script; say on stderr where to load it from."""
    root = click.get_current_context().find_root().command
    found = get_completion_class(shell)
    if found is None:  # pragma: no cover - the choices are those that there are
        raise click.UsageError(say(f"没有 {shell} 的补全", f"no completion for {shell}"))
    click.echo(found(root, {}, "chengmo", _VARIABLE).source())
    place, line = _PLACES[shell]
    click.echo(say(f"# 在 {place} 中写入：{line}", f"# write into {place}: {line}"), err=True)


def complete_dataset(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the datasets that whoever types may see."""
    session = ctx.find_object(Session)
    if session is None:
        return []
    try:
        # A shell only asks for names, so click has not entered the command's context.
        with ctx.scope():
            found = session.view.datasets()
    except ChengmoError:
        # A key press is no place for a message: the command itself will say what is wrong.
        return []
    return _items(((one.id, of(one.title)) for one in found), incomplete)


def complete_model(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the models that are installed."""
    try:
        found = importlib.import_module("chengmo.model.discovery").discover_models()
    except ChengmoError:
        return []
    return _items(((one.id, of(one.title)) for one in found.values()), incomplete)


def complete_run(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the latest runs that whoever types may see."""
    session = ctx.find_object(Session)
    if session is None:
        return []
    try:
        with ctx.scope():
            found = session.runs.list(limit=_MOST_RUNS)
    except ChengmoError:
        return []
    return _items(((one.id, f"{one.model} {one.status}") for one in found), incomplete)


def _items(named: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    return [
        CompletionItem(name, help=title) for name, title in named if name.startswith(incomplete)
    ]
