"""`chengmo code encode | decode`: places to grid codes and back."""

from typing import Any

import click

from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import print_facts, print_json
from chengmo.interfaces.cli.session import json_option


@click.group(
    "code", help=say("北斗网格位置码（GB/T 39409-2020）。", "BeiDou grid codes (GB/T 39409-2020).")
)
def code_command() -> None:
    """Group the two directions."""


@code_command.command("encode", context_settings={"ignore_unknown_options": True})
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@click.option("--level", default=10, show_default=True, type=click.IntRange(1, 10))
@json_option
def encode_command(lon: float, lat: float, level: int, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Print the code of a place (degrees, CGCS2000)."""
    from chengmo.grid import encode_code, encode_keys

    code = encode_code(lon, lat, level=level)
    if as_json:
        key = int(encode_keys(lon, lat)[0])
        print_json({"code": code, "level": level, "lon": lon, "lat": lat, "key": str(key)})
    else:
        click.echo(code)


@code_command.command("decode")
@click.argument("code")
@json_option
def decode_command(code: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Print the bounds and centre of a code (degrees, CGCS2000)."""
    from chengmo.grid import code_bounds, parse_code

    level = parse_code(code).level
    west, south, east, north = (float(edge[0]) for edge in code_bounds([code]))
    facts: dict[str, Any] = {
        "code": code,
        "level": level,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "lon": (west + east) / 2,
        "lat": (south + north) / 2,
    }
    if as_json:
        print_json(facts)
    else:
        print_facts(
            [
                (name, repr(value) if isinstance(value, float) else value)
                for name, value in facts.items()
            ]
        )
