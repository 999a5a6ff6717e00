"""The root command: global options, sub-commands loaded late, errors with a way out."""

import importlib
import sys
from typing import Any

import click

from chengmo.errors import ChengmoError, InvalidRequest
from chengmo.interfaces.cli.language import is_chinese, say
from chengmo.interfaces.cli.session import Composition, Session, place_options
from chengmo.interfaces.cli.teaching import TeachingContext, exit_codes, taught

# Command → module and what it does. Listing help must not import what a command needs.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("serve", "打开示范城市武汉", "Open the demo city, Wuhan"),
    "serve": ("serve", "启动网页与 OGC API 服务", "Start the web page and the OGC API"),
    "mcp": ("assistant", "供 AI 助手使用的服务", "Serve assistants (MCP)"),
    "import": ("importing", "导入一个数据文件", "Import a file as a dataset"),
    "datasets": ("datasets", "列出数据", "List the datasets"),
    "show": ("datasets", "查看一个数据或一次运行", "Show a dataset or a run"),
    "preview": ("datasets", "查看数据的前几行", "Show a dataset's first rows"),
    "sql": ("sql", "用 SQL 查询数据", "Ask the data in SQL"),
    "export": ("datasets", "导出数据", "Export a dataset"),
    "package": ("package", "把数据打成数据包", "Write a dataset as a data package"),
    "unpack": ("package", "导入一个数据包", "Import a data package"),
    "history": ("datasets", "列出数据的历次版本", "List a dataset's versions"),
    "restore": ("datasets", "恢复数据的旧版本", "Bring an old version back"),
    "quarantine": ("datasets", "列出未能读入的行", "List the rows that could not be read"),
    "models": ("runs", "列出模型", "List the models"),
    "run": ("runs", "用模型作一次决策", "Ask a model for a decision"),
    "runs": ("runs", "列出历次运行", "List the runs"),
    "rerun": ("runs", "重算一次运行并比较", "Repeat a run and compare"),
    "diff": ("runs", "比较两次运行", "Compare two runs"),
    "cancel": ("runs", "取消一次运行", "Cancel a run"),
    "verify": ("runs", "校验账本是否被改动", "Check that the ledger was not changed"),
    "inventory": (
        "inventory",
        "数据资源目录：责任、敏感列、普查",
        "Inventory: duties, sensitive columns, scan",
    ),
    "quality": ("quality", "查看质量检查结果与趋势", "Show what the quality checks found"),
    "harvest": ("harvest", "采集另一平台的数据目录", "Take another catalogue's entries in"),
    "audit": ("audit", "访问审计：查询、校验、导出", "Audit of accesses: list, verify, export"),
    "policy": ("sharing", "共享规则：谁可用哪些数据", "Rules: who may use which data"),
    "request": ("sharing", "申请使用数据", "Requests for data, and answers"),
    "contest": ("contests", "公共数据开放大赛", "Open-data contests"),
    "code": ("code", "网格码：编码、解码与覆盖", "Grid codes: encode, decode, cover"),
    "account": ("accounts", "账户：谁可以登录", "Accounts: who may sign in"),
    "organisation": ("accounts", "机构：部门、城区、企业、公众", "Organisations"),
    "key": ("accounts", "密钥：供程序使用", "Keys, for programs"),
    "completion": ("completion", "Shell 补全脚本", "Script for the shell's completion"),
    "new": ("new", "新建一个决策场景", "Write a new scenario folder"),
}


class LateGroup(click.Group):
    """A group that imports a command's module only when that command is called."""

    context_class = TeachingContext

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the command, importing its module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"chengmo.interfaces.cli.{COMMANDS[cmd_name][0]}")
        return taught(getattr(module, f"{cmd_name}_command"))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of commands without importing them."""
        with formatter.section(say("命令", "Commands")):
            formatter.write_dl([(name, say(zh, en)) for name, (_, zh, en) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(_unknown_command(args[0]))
        return super().resolve_command(ctx, args)


def _unknown_command(name: str) -> str:
    difflib = importlib.import_module("difflib")
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = say(f"是否要用 '{near[0]}'？", f"did you mean '{near[0]}'?") if near else ""
    return say(f"没有命令 '{name}'。{hint}", f"no command '{name}'. {hint}").strip()


@click.group(
    cls=LateGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=say(
        "城模：数据按规则进来，可核验的决策出去。\n\n先试：chengmo demo",
        "Chengmo: data in under rules, decisions out that anyone can check.\n\n"
        "Begin with: chengmo demo",
    ),
    epilog=exit_codes(),
)
@place_options
@click.version_option(package_name="chengmo", prog_name="chengmo")
def root() -> None:
    """Do nothing by itself: each command is loaded when it is called."""


def run_command_line(composition: Composition, arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 2 the request, 3 the sharing rules, 4 the contract, 5 the operator; an interrupted
    command gives 130, as shells expect.
    """
    try:
        result: Any = root.main(
            args=arguments, prog_name="chengmo", obj=Session(composition), standalone_mode=False
        )
    except click.exceptions.Abort:
        click.echo(say("已取消", "cancelled"), err=True)
        return 130
    except click.ClickException as error:
        _show(error)
        return 2
    except Exception as error:  # noqa: BLE001 - the boundary: known errors explained, others named
        return _explain(error)
    return result if isinstance(result, int) else 0


def _show(error: click.ClickException) -> None:
    if not is_chinese():
        error.show()
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(context.get_usage(), err=True)
        click.echo(f"试试 '{context.command_path} --help'\n", err=True)
    click.echo(f"✗ {_in_chinese(error.format_message())}", err=True)


def _in_chinese(said: str) -> str:
    return importlib.import_module("chengmo.interfaces.chinese").in_chinese(said)


def _explain(error: Exception) -> int:
    problem = importlib.import_module("chengmo.interfaces.problem")
    if not isinstance(error, ChengmoError):
        raise error
    faults = error.faults if isinstance(error, InvalidRequest) else ()
    # Faults are told field by field in the reader's language; the message repeats them in English.
    said, hint = error.message, error.hint
    if is_chinese():
        said, hint = _in_chinese(said), _in_chinese(hint)
    if faults:
        said = say("请求中有不合适的项", "the request does not fit")
    click.secho(f"✗ {said}", fg="red", err=True)
    for fault in faults:
        click.echo(f"  {fault.pointer[1:] or 'request'}: {say(fault.zh, fault.en)}", err=True)
    if hint:
        click.echo(f"  → {hint}", err=True)
    sys.stdout.flush()
    return problem.exit_code_of(error)
