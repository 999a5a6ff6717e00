"""What one code means, whichever kind of code it is."""

from typing import Any

from chengmo.grid import (
    GEOSOT_LEVELS,
    Profile,
    geosot_text,
    key_bounds,
    key_of_code,
    parse_code,
    parse_geosot,
    parse_solid_code,
    resolve_reference,
)
from chengmo.grid.kernel import Bounds
from chengmo.interfaces.cli.code_column import centres, is_solid


def describe_code(text: str, profile: Profile) -> dict[str, Any]:
    """Return level, edges and centre in degrees, key, and heights in metres of a 3-D code.

    Args:
        text: A 2-D or 3-D BeiDou code, a reference code (clause 7), or GeoSOT text.
        profile: How a 3-D code writes heights.

    Raises:
        InvalidCell: If it is none of these.
    """
    text = text.strip().upper()
    if text.startswith("G"):
        return _geosot_facts(text)
    if "-" in text:
        return {"reference": text, **_flat_facts(resolve_reference(text))}
    return _solid_facts(text, profile) if is_solid(text) else _flat_facts(text)


def _flat_facts(text: str) -> dict[str, Any]:
    code = parse_code(text)
    lon, lat = code.centre
    facts = {"code": code.text, "level": code.level, "west": code.west, "south": code.south}
    facts |= {"east": code.east, "north": code.north, "lon": lon, "lat": lat}
    if code.level in GEOSOT_LEVELS:
        key, level = key_of_code([code.text])
        geosot = geosot_text(key, level).item().decode()
        facts |= {"key": str(key.item()), "geosot": geosot, "geosot_level": int(level.item())}
    return facts


def _solid_facts(text: str, profile: Profile) -> dict[str, Any]:
    code = parse_solid_code(text, profile=profile)
    flat = _flat_facts(code.flat.text)
    heights = {"floor_m": code.floor_m, "ceiling_m": code.ceiling_m, "profile": profile}
    return {**flat, "code": code.text, "flat_code": code.flat.text, **heights}


def _geosot_facts(text: str) -> dict[str, Any]:
    key, level = parse_geosot([text])
    edges: Bounds = key_bounds(key, level=level)
    west, south, east, north, lon, lat = (edge.item() for edge in (*edges, *centres(*edges)))
    facts = {"geosot": text, "geosot_level": int(level.item()), "key": str(key.item())}
    box = {"west": west, "south": south, "east": east, "north": north, "lon": lon, "lat": lat}
    return {**facts, **box}
