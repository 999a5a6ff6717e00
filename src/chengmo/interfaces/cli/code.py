"""`chengmo code encode | decode | cover`: places to grid codes, codes to places, areas to cells."""

from pathlib import Path
from typing import Any

import click
import numpy as np

from chengmo.grid import Profile
from chengmo.interfaces.cli.code_area import Covering
from chengmo.interfaces.cli.code_column import Decoding, Encoding
from chengmo.interfaces.cli.code_facts import describe_code
from chengmo.interfaces.cli.code_file import cover_document, cover_file, decode_file, encode_file
from chengmo.interfaces.cli.code_mistake import of_one_value
from chengmo.interfaces.cli.code_options import (
    Columns,
    cover_options,
    decode_options,
    encode_options,
    table_options,
)
from chengmo.interfaces.cli.code_system import GivenIn
from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import print_facts, print_json
from chengmo.interfaces.cli.session import json_option


@click.group(
    "code", help=say("北斗网格位置码（GB/T 39409-2020）。", "BeiDou grid codes (GB/T 39409-2020).")
)
def code_command() -> None:
    """Group the three directions."""


@code_command.command(
    "encode",
    context_settings={"ignore_unknown_options": True},
    help=say(
        "写出某处的网格码；给出 --file 时逐行编码 CSV 的经纬度列（度，CGCS2000）。",
        "Print the code of a place, or of every row of a CSV file (degrees, CGCS2000).",
    ),
)
@click.argument("lon", type=float, required=False)
@click.argument("lat", type=float, required=False)
@encode_options
@table_options
@json_option
def encode_command(lon: float | None, lat: float | None, **asked: Any) -> None:
    """Encode one place, or the places of a file."""
    columns, height = Columns.of(asked), asked["height"]
    solid = height is not None or columns.height is not None
    encoding, given = Encoding(asked["level"], asked["profile"], solid), GivenIn.of(asked["crs"])
    if columns.file is not None:
        _refuse(lon, "LON LAT")
        encode_file(encoding, columns.file, columns, height_m=height, given=given)
        return
    if lon is None or lat is None:
        raise click.UsageError(say("要有经度与纬度，或 --file", "give LON and LAT, or --file"))
    height_m = None if height is None else np.array([height])
    x, y = given.places(np.array([lon]), np.array([lat]))
    with of_one_value():
        row = encoding.encode(x, y, height_m)[0][0]
    found = dict(zip(encoding.added, row, strict=True))
    if asked["as_json"]:
        place = _place_facts(x.item(), y.item(), height, encoding.profile)
        print_json({**({"given_in": given.name} if given.name else {}), **place, **_typed(found)})
    else:
        click.echo(found["code"])


def _place_facts(
    lon: float, lat: float, height: float | None, profile: Profile
) -> dict[str, float | str]:
    facts: dict[str, float | str] = {"lon": lon, "lat": lat}
    return facts if height is None else {**facts, "height_m": height, "profile": profile}


def _typed(found: dict[str, str]) -> dict[str, Any]:
    # A key stays a text: JSON numbers are exact only to 2⁵³. A sheet has none.
    numbered = {name: int(found[name]) for name in ("level", "height_key") if name in found}
    return {"code": found["code"], "key": found["key"] or None, **numbered}


@code_command.command(
    "decode",
    help=say(
        "写出网格码的范围与中心；给出 --file 时逐行解码 CSV 的编码列。"
        "二维码与三维码皆可；单个编码还可为参照码或 GeoSOT 文本。",
        "Print the bounds and centre of a code, or of every row of a CSV file. Codes are 2-D or "
        "3-D; a single one may also be a reference code or GeoSOT text.",
    ),
)
@click.argument("code", required=False)
@decode_options
@table_options
@json_option
def decode_command(code: str | None, **asked: Any) -> None:
    """Decode one code, or the codes of a file."""
    columns, profile = Columns.of(asked), asked["profile"]
    if columns.file is not None:
        _refuse(code, "CODE")
        decode_file(Decoding(profile, asked["solid"]), columns.file, columns)
        return
    if code is None:
        raise click.UsageError(say("要有一个编码，或 --file", "give a CODE, or --file"))
    with of_one_value():
        facts = describe_code(code, profile)
    if asked["as_json"]:
        print_json(facts)
    else:
        print_facts([(n, repr(v) if isinstance(v, float) else v) for n, v in facts.items()])


@code_command.command(
    "cover",
    help=say(
        "以 CSV 写出覆盖区域的网格：FILE 为 GeoJSON（度，CGCS2000）；"
        "--file 为有 WKT 或 GeoJSON 列的 CSV。",
        "Print the cells that cover areas, as CSV: of a GeoJSON FILE (degrees, CGCS2000), or of a "
        "CSV --file with a column of WKT or GeoJSON.",
    ),
)
@click.argument(
    "area", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False)
)
@cover_options
@table_options
def cover_command(area: Path | None, **asked: Any) -> None:
    """Cover the areas of a file."""
    columns, floor, ceiling = Columns.of(asked), asked["floor"], asked["ceiling"]
    if (floor is None) != (ceiling is None):
        raise click.UsageError(
            say("--floor 与 --ceiling 要同时给", "give both --floor and --ceiling")
        )
    covering = Covering(
        asked["level"],
        asked["mode"],
        mixed=asked["mixed"],
        band_m=None if floor is None else (floor, ceiling),
        profile=asked["profile"],
    )
    if columns.file is not None:
        _refuse(area, "FILE")
        cover_file(covering, columns.file, columns)
    elif area is not None:
        cover_document(covering, area, columns)
    else:
        raise click.UsageError(say("要有 GeoJSON 文件 FILE，或 --file", "give a FILE, or --file"))


def _refuse(value: object, name: str) -> None:
    if value is not None:
        raise click.UsageError(
            say(f"{name} 与 --file 只能给一个", f"give {name} or --file, not both")
        )
