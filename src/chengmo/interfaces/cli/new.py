"""`chengmo new NAME`: a scenario folder that works and whose tests pass, to change bit by bit."""

import re
from importlib.resources import files
from pathlib import Path

import click

from chengmo.errors import Conflict, InvalidRequest
from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import print_told
from chengmo.interfaces.cli.session import json_option

_NAME = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")


@click.command("new", help=say("新建一个决策场景文件夹。", "Write a new scenario folder."))
@click.argument("name", metavar="NAME")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help=say("放在哪个文件夹", "Folder to write into"),
)
@json_option
def new_command(name: str, into: Path, *, as_json: bool) -> None:
    """Write a package with one scenario, its example and its tests."""
    package = write_scenario(name, into)
    said = [
        say(f"✓ 已写好 {package}", f"✓ written: {package}"),
        say("接着：", "Next:"),
        f"  pip install -e {package}\n  pytest {package}\n  chengmo models",
    ]
    print_told("\n".join(said), {"folder": str(package)}, as_json=as_json)


def write_scenario(name: str, into: Path) -> Path:
    """Write the scenario `name` as an installable package below `into` and return its folder.

    Raises:
        InvalidRequest: If `name` is not lower-case words joined by `_`.
        Conflict: If the folder is there already.
    """
    if not _NAME.match(name):
        raise InvalidRequest(
            say(f"'{name}' 不能作场景名", f"'{name}' cannot name a scenario"),
            hint=say("小写英文词用 _ 相连，如 park_siting", "lower-case words, as park_siting"),
        )
    target = into / name
    if target.exists():
        raise Conflict(
            say(f"{target} 已存在", f"{target} exists"),
            hint=say("换一个名字，或先移走它", "choose another name or move it away"),
        )
    words = {
        "__name__": name,
        "__id__": name.replace("_", "-"),
        "__words__": name.replace("_", " "),
    }
    template = files("chengmo.interfaces.cli") / "template"
    for source in sorted(template.iterdir(), key=lambda entry: entry.name):
        text = source.read_text(encoding="utf-8")
        # `package--example--request.json.txt` -> package/example/request.json: one flat folder.
        parts = source.name.removesuffix(".txt").replace("package", name, 1).split("--")
        for mark, word in words.items():
            text = text.replace(mark, word)
        path = target.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return target
