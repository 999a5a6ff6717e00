"""Help that teaches: an example of each command, and headings in the reader's language."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import click

from chengmo.interfaces.cli.language import is_chinese, say

# What one would type first, most useful before.
EXAMPLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "demo": ("chengmo demo",),
        "serve": ("chengmo serve --port 8000", "chengmo serve --host 0.0.0.0 --home /srv/city"),
        "mcp": ("chengmo mcp", "chengmo mcp --port 8039"),
        "import": (
            "chengmo import stations.csv",
            "chengmo import buildings.gpkg --id buildings --licence CC-BY-4.0",
        ),
        "datasets": ("chengmo datasets", "chengmo datasets --json | jq '.[].id'"),
        "show": ("chengmo show population",),
        "preview": ("chengmo preview population",),
        "sql": ('chengmo sql "SELECT district, count(*) FROM population GROUP BY ALL"',),
        "export": (
            "chengmo export population population.parquet",
            "chengmo export population old.csv --version 1",
        ),
        "package": ("chengmo package population population.zip",),
        "unpack": ("chengmo unpack population.zip",),
        "history": ("chengmo history population",),
        "restore": ("chengmo restore population 1",),
        "quarantine": ("chengmo quarantine population",),
        "models": ("chengmo models", "chengmo models canteen-siting"),
        "run": (
            "chengmo run canteen-siting --set sites_max=20",
            "chengmo run canteen-siting --request request.json --json",
        ),
        "runs": ("chengmo runs",),
        "rerun": ("chengmo rerun RUN",),
        "diff": ("chengmo diff RUN OTHER_RUN",),
        "cancel": ("chengmo cancel RUN",),
        "verify": ("chengmo verify",),
        "completion": ('eval "$(chengmo completion bash)"',),
    }
)
_CHINESE = {
    "Options": "选项",
    "Commands": "命令",
    "Arguments": "参数",
    "Show this message and exit.": "显示本说明。",
    "Show the version and exit.": "显示版本。",
}


class TeachingFormatter(click.HelpFormatter):
    """Writes click's own words in the reader's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        super().write_usage(prog, args, say("用法：", "Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        super().write_heading(_CHINESE.get(heading, heading) if is_chinese() else heading)

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write names and what they mean."""
        told = [
            (name, _CHINESE.get(meaning, meaning) if is_chinese() else meaning)
            for name, meaning in rows
        ]
        super().write_dl(told, col_max, col_spacing)


class TeachingContext(click.Context):
    """A context whose help is written by `TeachingFormatter`."""

    formatter_class = TeachingFormatter


def taught(command: click.Command) -> click.Command:
    """Return `command`, and all below it, with help that teaches."""
    command.context_class = TeachingContext
    examples = EXAMPLES.get(str(command.name))
    if command.epilog is None and examples:
        # click keeps the lines of a paragraph that begins with \b as they are.
        lines = "\n".join(f"  {line}" for line in examples)
        command.epilog = f"\b\n{say('例：', 'Examples:')}\n{lines}"
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        inner.context_class = TeachingContext
    return command


def exit_codes() -> str:
    """Return what the exit codes mean, for the end of the root's help."""
    return say(
        "退出码：0 完成，1 重算不同，2 请求有误，3 共享规则不许，4 场景违约，5 运维，130 中断",
        "Exit codes: 0 done, 1 a rerun differs, 2 the request, 3 the sharing rules, "
        "4 the contract, 5 the operator, 130 interrupted",
    )
