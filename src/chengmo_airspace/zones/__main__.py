"""`python -m chengmo_airspace.zones`: zones from one format to another.

    python -m chengmo_airspace.zones zones-ed318.json zones.geojson
    chengmo import zones.geojson --id airspace-zones …

The input is known by its members: ED-318, ED-269, or the table's GeoJSON. See
docs/how-to/fly-low.md.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from chengmo import ChengmoError, InvalidRequest
from chengmo_airspace.zones.ed269 import read_ed269
from chengmo_airspace.zones.ed269_writing import lost_by_reading, lost_by_writing, write_ed269
from chengmo_airspace.zones.ed318 import read_ed318
from chengmo_airspace.zones.ed318_writing import write_ed318
from chengmo_airspace.zones.table import read_table, write_table
from chengmo_airspace.zones.zone import Coverage, Zone

_CORNERS = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert one file; return 0, or 2 where the input is not valid."""
    parser = argparse.ArgumentParser(
        prog="python -m chengmo_airspace.zones", description="Convert airspace zones."
    )
    parser.add_argument("input", type=Path, help="ED-318, ED-269, or the table as GeoJSON")
    parser.add_argument("output", type=Path, help="the file to write")
    parser.add_argument("--to", choices=("table", "ed318", "ed269"), default="table")
    parser.add_argument("--language", default="en-GB", help="of ED-269's texts (default en-GB)")
    parser.add_argument(
        "--complete", action="append", default=[], metavar="KIND",
        help="state that all zones of this kind are in the file, within --area; 'all': every kind",
    )  # fmt: skip
    parser.add_argument("--area", metavar="W,S,E,N", help="degrees; needed by --complete")
    options = parser.parse_args(arguments)
    try:
        document = _load(options.input)
        zones, coverage = read_any(document, language=options.language)
        coverage += _stated(options.complete, options.area)
        written = _write(zones, coverage, options.to, options.language)
        lost = _lost(document, zones, options.to, options.language)
    except ChengmoError as error:
        sys.stderr.write(f"{options.input}: {error}\n")
        return 2
    options.output.write_text(json.dumps(written, ensure_ascii=False, indent=1), encoding="utf-8")
    for what in lost:
        sys.stderr.write(f"not kept as it was: {what}\n")
    sys.stdout.write(f"{len(zones)} zones written to {options.output}\n")
    return 0


def _lost(document: object, zones: Sequence[Zone], to: str, language: str) -> tuple[str, ...]:
    """Return what ED-269 does not keep, read or written."""
    read = lost_by_reading(document, language=language) if _is_ed269(document) else ()
    return (*read, *(lost_by_writing(zones, language=language) if to == "ed269" else ()))


def _is_ed269(document: object) -> bool:
    members: dict[str, Any] = document if isinstance(document, dict) else {}
    return "UASZoneList" in members or (
        members.get("type") != "FeatureCollection" and "features" in members
    )


def read_any(document: object, *, language: str = "en-GB") -> tuple[list[Zone], list[Coverage]]:
    """Return the zones of a document of any of the three formats, and what it states complete.

    Raises:
        InvalidRequest: If it is none of them, or not valid.
    """
    members: dict[str, Any] = document if isinstance(document, dict) else {}
    if _is_ed269(document):
        return list(read_ed269(document, language=language)), []
    features = members.get("features")
    first = features[0] if isinstance(features, list) and features else {}
    properties = first.get("properties") if isinstance(first, dict) else None
    if isinstance(properties, dict) and "rule" in properties:
        return read_table(document)
    return list(read_ed318(document).zones), []


def _load(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"cannot be read as JSON: {error}", hint="give a JSON file") from error


def _stated(kinds: Sequence[str], area: str | None) -> list[Coverage]:
    if not kinds:
        return []
    corners = [float(number) for number in (area or "").split(",") if number]
    if len(corners) != _CORNERS:
        raise InvalidRequest("--complete needs --area", hint="--area 113.69,29.97,115.08,31.37")
    west, south, east, north = corners
    area_of = shapely.box(west, south, east, north)
    return [Coverage(area_of, kind, "stated at import") for kind in kinds]


def _write(
    zones: Sequence[Zone], coverage: Sequence[Coverage], to: str, language: str
) -> dict[str, Any]:
    if to == "ed318":
        return write_ed318(zones)
    if to == "ed269":
        return write_ed269(zones, language=language)
    return write_table(zones, coverage)


if __name__ == "__main__":
    sys.exit(main())
