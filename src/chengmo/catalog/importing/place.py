"""Where a row's place stands in a table: which columns, judged by their names and values."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pyarrow as pa

from chengmo.catalog.crs import named_system
from chengmo.catalog.importing.kernels import pc
from chengmo.catalog.importing.options import GeometrySource, ImportOptions
from chengmo.catalog.importing.source import Facts
from chengmo.catalog.importing.values import convert
from chengmo.errors import UnreadableFile

_LON = re.compile(r"(?<![a-z])(?:lon|long|lng)(?![a-z])|longitude|lng$|lon$|经度|东经")
_LAT = re.compile(r"(?<![a-z])lat(?![a-z])|latitude|lat$|纬度|北纬")
# Plane coordinates; Chinese surveys call the easting 横坐标 and often y.
_PLANE: tuple[tuple[str, str], ...] = (
    ("x", "y"),
    ("point_x", "point_y"),
    ("x坐标", "y坐标"),
    ("coord_x", "coord_y"),
    ("xcoord", "ycoord"),
    ("x_coord", "y_coord"),
    ("easting", "northing"),
    ("横坐标", "纵坐标"),
    ("东坐标", "北坐标"),
)
_PAIR = re.compile(r"坐标|经纬度|location|lnglat|lonlat|lng_lat|lon_lat|coord|center|position")
_CODE = re.compile(r"北斗|beidou|bds|网格|grid|平码|(?<![a-z])cell|(?<![a-z])code")
_SHAPE = re.compile(r"geom|wkb|shape|wkt")
PAIR_PATTERN = (
    r"^\s*[\[(]?\s*(?P<x>-?\d{1,9}(?:\.\d+)?)\s*[,，; ]\s*(?P<y>-?\d{1,9}(?:\.\d+)?)\s*[\])]?\s*$"
)
WKT_PATTERN = (
    r"^(?i)\s*(?:SRID=\d+;)?\s*"
    r"(?:(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)"
)
_HEX_PATTERN = r"^(?:0[01])[0-9A-Fa-f]{20,}$"
_CODE_PATTERN = r"^(?i)\s*[NS](?:0[1-9]|[1-5]\d|60)[A-V](?:[0-9A-B][0-9A-E]?[0-9A-N]*)?\s*$"
_MOST, _HALF = 0.9, 0.5
_ENOUGH = 2000
# Better systems first, so that a table with several pairs needs the least conversion.
_RANK: Mapping[str | None, int] = MappingProxyType(
    {"EPSG:4490": 0, "EPSG:4326": 1, None: 2, "GCJ-02": 3, "BD-09": 4}
)


def find_place(facts: Facts, sample: Sequence[pa.Array], options: ImportOptions) -> GeometrySource:
    """Return where rows have their place: as told, else the first of the kinds that fits.

    Raises:
        UnreadableFile: If a column that `options` names is not there.
    """
    told = _told(facts.names, options)
    if told is not None:
        return told
    if facts.has_geometry:
        return GeometrySource(kind="geometry")
    columns = list(zip(facts.names, sample, strict=True))
    for kind in (_find_wkt, _find_lon_lat, _find_pair, _find_code):
        found = kind(columns)
        if found is not None:
            return found
    return GeometrySource(kind="none")


def _told(names: Sequence[str], options: ImportOptions) -> GeometrySource | None:
    if options.wkt is not None:
        return GeometrySource(kind="wkt", columns=(_known(options.wkt, names),))
    if options.lon is not None and options.lat is not None:
        lon, lat = _known(options.lon, names), _known(options.lat, names)
        if lon == lat:
            return GeometrySource(kind="pair", columns=(lon,))
        return GeometrySource(kind="lon-lat", columns=(lon, lat))
    if options.code is not None:
        return GeometrySource(kind="code", columns=(_known(options.code, names),))
    return None


def _known(name: str, names: Sequence[str]) -> str:
    if name in names:
        return name
    raise UnreadableFile(
        f"the file has no column '{name}'", hint=f"its columns are {', '.join(names[:20])}"
    )


def _find_wkt(columns: list[tuple[str, pa.Array]]) -> GeometrySource | None:
    for name, values in columns:
        named = _SHAPE.search(name.casefold())
        if _share(values, WKT_PATTERN) >= _MOST or (
            named and _share(values, _HEX_PATTERN) >= _MOST
        ):
            return GeometrySource(kind="wkt", columns=(name,))
    return None


def _find_lon_lat(columns: list[tuple[str, pa.Array]]) -> GeometrySource | None:
    values = dict(columns)
    pairs = [
        pair
        for pair in (*_named_pairs(list(values)), *_plane_pairs(list(values)))
        if all(_is_number(values[name]) for name in pair)
    ]
    if not pairs:
        return None
    return GeometrySource(kind="lon-lat", columns=min(pairs, key=_rank))


def _named_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the names that are the same but for the word for longitude or latitude."""
    lon = {_LON.sub("*", name.casefold(), count=1): name for name in reversed(names)}
    lat = {_LAT.sub("*", name.casefold(), count=1): name for name in reversed(names)}
    return [(lon[stem], lat[stem]) for stem in lon if "*" in stem and stem in lat]


def _plane_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    known = {name.strip().casefold(): name for name in reversed(names)}
    return [(known[x], known[y]) for x, y in _PLANE if x in known and y in known]


def _rank(pair: tuple[str, str]) -> int:
    system = named_system(pair[0])
    return _RANK.get(system.name if system else None, len(_RANK))


def _find_pair(columns: list[tuple[str, pa.Array]]) -> GeometrySource | None:
    for name, values in columns:
        if _PAIR.search(name.casefold()) and _share(values, PAIR_PATTERN) >= _MOST:
            return GeometrySource(kind="pair", columns=(name,))
    return None


def _find_code(columns: list[tuple[str, pa.Array]]) -> GeometrySource | None:
    for name, values in columns:
        if _CODE.search(name.casefold()) and _share(values, _CODE_PATTERN) >= _MOST:
            return GeometrySource(kind="code", columns=(name,))
    return None


def _share(values: pa.Array, pattern: str) -> float:
    """Return which share of the texts that are given match."""
    given = values.drop_null().slice(0, _ENOUGH)
    if not pa.types.is_string(given.type) or len(given) == 0:
        return 0.0
    return float(pc.mean(pc.match_substring_regex(given, pattern).cast(pa.int8())).as_py())


def _is_number(values: pa.Array) -> bool:
    given = values.drop_null().slice(0, _ENOUGH)
    if pa.types.is_floating(given.type) or pa.types.is_integer(given.type):
        return True
    if not pa.types.is_string(given.type) or len(given) == 0:
        return False
    return float(convert(given, "number")[1].mean()) <= _HALF
