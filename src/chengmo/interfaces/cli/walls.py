"""What is said of the walls around questions in SQL, where the kernel builds only some of them."""

import click

from chengmo.interfaces.cli.language import say
from chengmo.model.jail.landlock import NETWORK_SINCE, landlock_version

_NO_LANDLOCK = say(
    "注意：内核没有 Landlock（需 Linux 5.13 及以上，并已启用）。SQL 查询仍受语法白名单与 DuckDB "
    "设置限制，但若二者有漏洞，内核不会阻止查询进程读写本用户的文件或联网",
    "careful: this kernel has no Landlock (Linux 5.13 or newer, enabled). Questions in SQL are "
    "still kept in by the allow-list of the parser and by DuckDB's settings; should both have a "
    "hole, no kernel keeps the asking process from this user's files and from the network",
)
_NO_NETWORK_WALL = say(
    "注意：内核的 Landlock 不含网络（需 Linux 6.7）。"
    "SQL 查询进程读写不了其他文件，但内核不阻止其联网",
    "careful: this kernel's Landlock knows no network (Linux 6.7). The process that answers SQL "
    "can touch no other files, but no kernel keeps it from the network",
)


def missing_wall(version: int) -> str | None:
    """Return what a kernel with this version of Landlock (0: none) does not do, and what it means.

    Questions in SQL are meant: see `chengmo/catalog/query/README.md`.
    """
    if version >= NETWORK_SINCE:
        return None
    return _NO_NETWORK_WALL if version else _NO_LANDLOCK


def warn_of_missing_walls() -> None:
    """Say what this machine's kernel does not do, if anything."""
    missing = missing_wall(landlock_version())
    if missing is not None:
        click.echo(missing, err=True)
