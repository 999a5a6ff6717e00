"""The options that the `chengmo code` commands share, and what they were given as."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from chengmo.interfaces.cli.language import say

Command = TypeVar("Command", bound=Callable[..., Any])
PROFILES = ("standard", "bits", "bits2c", "geosot")
MODES = ("touching", "centre", "within")
FINEST = 10
_KINDS = ("lon", "lat", "height", "code", "geometry")


@dataclass(frozen=True)
class Columns:
    """A CSV file, its columns, and where the answer goes.

    Attributes:
        file: The CSV file; None where a single value was given.
        output: File to write; None is the terminal.
        encoding: Of the file; None finds it out.
        keep_going: Whether rows without an answer are left empty.
        lon: Name of the longitudes' column; None looks for a usual one. So for the others.
        lat: Of the latitudes.
        height: Of the heights; None is no column.
        code: Of the codes.
        geometry: Of the geometries.
    """

    file: Path | None
    output: Path | None
    encoding: str | None
    keep_going: bool
    lon: str | None = None
    lat: str | None = None
    height: str | None = None
    code: str | None = None
    geometry: str | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Columns":
        """Return what a command was given.

        Raises:
            UsageError: If options that only a file has were given without one.
        """
        named: dict[str, str | None] = {kind: asked.get(f"{kind}_column") for kind in _KINDS}
        if asked["file"] is None and any(named.values()):
            raise click.UsageError(say("列名选项要与 --file 同用", "columns belong to a --file"))
        return cls(asked["file"], asked["output"], asked["encoding"], asked["keep_going"], **named)


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator that adds options in the order in which help lists them."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def column_option(kind: str, zh: str, en: str) -> Callable[[Command], Command]:
    """Return the option that names a column."""
    return click.option(f"--{kind}-column", metavar="NAME", help=say(zh, en))


table_options = together(
    click.option(
        "--file",
        type=click.Path(path_type=Path, dir_okay=False),
        help=say("要逐行处理的 CSV 文件（有表头）", "CSV file with a header, done row by row"),
    ),
    click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path, dir_okay=False),
        help=say("写入的 CSV 文件；缺省为屏幕", "CSV file to write instead of the terminal"),
    ),
    click.option(
        "--encoding", help=say("文件的编码；缺省自动识别", "Its encoding, else found out")
    ),
    click.option(
        "--keep-going",
        is_flag=True,
        help=say("没有结果的行留空，不停止", "Leave rows without an answer empty, and go on"),
    ),
)
profile_option = click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default=PROFILES[0],
    show_default=True,
    help=say("三维码的高度写法", "How a 3-D code writes heights"),
)
level_option = click.option(
    "--level",
    default=FINEST,
    show_default=True,
    type=click.IntRange(1, FINEST),
    help=say("级别：1（6°×4°）至 10（1.5 厘米）", "1 (6° × 4°) to 10 (1.5 cm)"),
)
encode_options = together(
    level_option,
    click.option(
        "--height",
        type=float,
        help=say("大地高（米）：写出三维码", "Ellipsoidal height in metres: gives a 3-D code"),
    ),
    profile_option,
    click.option(
        "--crs",
        metavar="SYSTEM",
        help=say(
            "坐标系：缺省 CGCS2000；或 GCJ-02、BD-09、EPSG:4547 等，先换算",
            "Of the places, else CGCS2000: GCJ-02, BD-09, EPSG:4547 and others are converted",
        ),
    ),
    column_option("lon", "经度列的名称", "Column of longitudes"),
    column_option("lat", "纬度列的名称", "Column of latitudes"),
    column_option(
        "height",
        "大地高列的名称（米）；不写则为二维码",
        "Column of ellipsoidal heights in metres; without it codes are 2-D",
    ),
)
decode_options = together(
    profile_option,
    column_option("code", "编码列的名称", "Column of codes"),
    click.option(
        "--solid",
        is_flag=True,
        help=say("总是写出底高与顶高两列", "Always add the columns of floor and ceiling"),
    ),
)
cover_options = together(
    click.option(
        "--level",
        required=True,
        type=click.IntRange(1, FINEST),
        help=say("级别：4（1′）至 10（1.5 厘米）", "4 (1′) to 10 (1.5 cm)"),
    ),
    click.option(
        "--mode",
        type=click.Choice(MODES),
        default=MODES[0],
        show_default=True,
        help=say("哪些网格入选", "Which cells take part"),
    ),
    click.option(
        "--mixed",
        is_flag=True,
        help=say("内部用大网格，边缘用小网格", "Big cells inside, small ones at the edge"),
    ),
    click.option("--floor", type=float, help=say("底高（大地高，米）", "Lowest height in metres")),
    click.option(
        "--ceiling", type=float, help=say("顶高（大地高，米）", "Highest height in metres")
    ),
    profile_option,
    column_option("geometry", "几何列的名称（WKT 或 GeoJSON）", "Column of WKT or GeoJSON"),
)
