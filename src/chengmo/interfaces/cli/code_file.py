"""`chengmo code … --file`: the columns of a CSV file, and the areas of a GeoJSON document."""

import json
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from chengmo.errors import UnreadableFile
from chengmo.interfaces.cli.code_area import Covering, read_area, read_areas
from chengmo.interfaces.cli.code_column import Decoding, Encoding, is_solid, numbers
from chengmo.interfaces.cli.code_options import Columns
from chengmo.interfaces.cli.code_system import GivenIn
from chengmo.interfaces.cli.code_table import Chunk, Gained, Table, open_table, write_table
from chengmo.interfaces.cli.language import say

LON_NAMES = ("lon", "longitude", "lng", "long", "x", "经度", "东经")
LAT_NAMES = ("lat", "latitude", "y", "纬度", "北纬")
CODE_NAMES = ("code", "平码", "网格码", "北斗网格码", "北斗网格位置码", "grid_code")
AREA_NAMES = ("geometry", "geom", "wkt", "geojson", "几何", "范围")
NOT_SAID = GivenIn()
# An area may have a million cells.
_AREAS_AT_ONCE = 1


def encode_file(
    encoding: Encoding,
    path: Path,
    columns: Columns,
    *,
    height_m: float | None = None,
    given: GivenIn = NOT_SAID,
) -> None:
    """Write a CSV file with the codes of its places.

    Heights come from a column that is named, or are one for all: what a file's heights stand on
    (the ellipsoid, the sea, the ground) is not guessed.
    """
    with open_table(path, columns.encoding) as table:
        lon = table.position(columns.lon, LON_NAMES, say("经度", "longitudes"))
        lat = table.position(columns.lat, LAT_NAMES, say("纬度", "latitudes"))
        top = columns.height and table.position(columns.height, (), say("高度", "heights"))
        given.check_columns((table.header[lon], table.header[lat]))

        def encode(chunk: Chunk) -> Gained:
            if isinstance(top, int):
                heights = numbers(chunk.column(top))
            else:
                heights = None if height_m is None else np.full(len(chunk.rows), height_m)
            x, y = numbers(chunk.column(lon)), numbers(chunk.column(lat))
            return encoding.encode(*given.places(x, y), heights)

        write_table(table, encoding.added, encode, columns)


def decode_file(decoding: Decoding, path: Path, columns: Columns) -> None:
    """Write a CSV file with the places of its codes.

    The columns of the heights are there if they are asked for or the first rows have a 3-D code.
    """
    with open_table(path, columns.encoding) as table:
        at = table.position(columns.code, CODE_NAMES, say("网格码", "codes"))
        first = list(islice(table.chunks, 1))
        solid = any(is_solid(code) for chunk in first for code in chunk.column(at))
        chosen = Decoding(decoding.profile, decoding.solid or solid)
        whole = Table(table.name, table.header, chain(first, table.chunks))
        write_table(whole, chosen.added, lambda chunk: chosen.decode(chunk.column(at)), columns)


def cover_file(covering: Covering, path: Path, columns: Columns) -> None:
    """Write a CSV file with the cells of its areas: a row for each cell of each area."""
    with open_table(path, columns.encoding, chunk_rows=_AREAS_AT_ONCE) as table:
        at = table.position(columns.geometry, AREA_NAMES, say("几何", "geometries"))

        def cover(chunk: Chunk) -> Gained:
            return [covering.cover(read_area(text)) for text in chunk.column(at)]

        write_table(table, covering.added, cover, columns)


def cover_document(covering: Covering, path: Path, columns: Columns) -> None:
    """Write the cells of the areas of a GeoJSON document as CSV, features counted from 1.

    Raises:
        UnreadableFile: If it is no JSON.
        InvalidGeometry: If it is no GeoJSON, or an area has no cover.
    """
    areas = read_areas(_read_json(path))
    chunks = (Chunk([[str(number)]], number, [number]) for number in range(1, len(areas) + 1))

    def cover(chunk: Chunk) -> Gained:
        return [covering.cover(areas[chunk.first - 1])]

    write_table(Table(path.name, ["feature"], chunks), covering.added, cover, columns)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableFile(
            say(f"无法读取 {path.name}：{error.strerror}", f"{path.name}: {error.strerror}"),
            hint=say("检查文件名", "check the name"),
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(
            say(f"{path.name} 不是 JSON：{error}", f"{path.name} is no JSON: {error}"),
            hint=say("CSV 文件用 --file", "give a CSV file with --file"),
        ) from error
