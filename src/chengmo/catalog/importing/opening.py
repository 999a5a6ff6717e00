"""Decide by its content what a file is, and open it with the reader of its format."""

import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from chengmo.catalog.importing.archive import list_members
from chengmo.catalog.importing.columnar import ParquetSource
from chengmo.catalog.importing.delimited import DelimitedSource
from chengmo.catalog.importing.encoding import guess_encoding, read_head
from chengmo.catalog.importing.geojson import GeojsonSource
from chengmo.catalog.importing.geopackage import GeopackageSource
from chengmo.catalog.importing.options import Format, ImportOptions, Limits
from chengmo.catalog.importing.shapefile import ShapefileSource
from chengmo.catalog.importing.source import Source
from chengmo.catalog.importing.workbook import WorkbookSource
from chengmo.errors import UnreadableFile

_HEAD_BYTES = 4096
_CONTROL_SHARE = 0.05
_READ = "CSV, XLSX, GeoJSON, GeoPackage, Shapefile in a zip, Parquet"

# What a file begins with, what it is, and the way out.
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it, or make it a zip"),
    (b"%PDF", "a PDF", "ask the owner for the table behind it"),
    (b"\x89PNG", "a picture", f"hand over {_READ}"),
    (b"\xff\xd8\xff", "a picture", f"hand over {_READ}"),
    (b"\x00\x00\x27\x0a", "one part of a shapefile", "zip its .shp, .shx, .dbf, .prj and .cpg"),
)


def open_source(path: Path, options: ImportOptions, limits: Limits, scratch: Path) -> Source:
    """Open a file with the reader of its format.

    Args:
        path: The file.
        options: What a person has said of it.
        limits: What reading may use.
        scratch: An empty folder for what must be unpacked.

    Raises:
        UnreadableFile: If no reader can make a table of it.
    """
    kind = options.format or sniff_format(path)
    return _READERS[kind](path, options, limits, scratch)


def sniff_format(path: Path) -> Format:
    """Return the format of a file by its content, whatever it is called.

    Raises:
        UnreadableFile: If it is empty or of no format that can be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip():
        raise UnreadableFile(f"'{path.name}' is empty", hint="hand over a file with rows")
    for magic, what, hint in _FOREIGN:
        if head.startswith(magic):
            raise UnreadableFile(f"'{path.name}' is {what}", hint=hint)
    if head.startswith(b"PK"):
        return _sniff_zip(path)
    if head.startswith(b"SQLite format 3\0"):
        return _sniff_sqlite(path)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xlsx"
    return _sniff_text(path)


def _sniff_zip(path: Path) -> Format:
    names = [name.casefold() for name in list_members(path)]
    if any(name.startswith("xl/workbook") for name in names) or "content.xml" in names:
        return "xlsx"
    if any(name.endswith(".shp") for name in names):
        return "shapefile"
    raise UnreadableFile(
        f"the archive '{path.name}' holds no shapefile",
        hint="unpack it and hand over the table itself",
    )


def _sniff_sqlite(path: Path) -> Format:
    try:
        with sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True
        ) as database:
            found = database.execute(
                "select 1 from sqlite_master where name = 'gpkg_contents'"
            ).fetchone()
        database.close()
    except sqlite3.Error as error:
        raise UnreadableFile(
            f"'{path.name}' is a broken database: {error}", hint="export it again as GeoPackage"
        ) from error
    if not found:
        raise UnreadableFile(
            f"'{path.name}' is an SQLite database but no GeoPackage",
            hint="export the table as CSV or GeoPackage",
        )
    return "geopackage"


def _sniff_text(path: Path) -> Format:
    encoding = guess_encoding(path)
    text = read_head(path, encoding, _HEAD_BYTES)
    start = text.lstrip("\ufeff\x1e \t\r\n")
    if start.startswith(("{", "[")):
        return "geojson"
    if start.startswith("<"):
        raise UnreadableFile(
            f"'{path.name}' is XML or a web page, whatever its name says",
            hint=f"save it from its program as one of {_READ}",
        )
    odd = sum(letter < " " and letter not in "\t\r\n\0" for letter in text)
    if odd > _CONTROL_SHARE * len(text) or text.count("\0") > len(text) // 2:
        raise UnreadableFile(
            f"'{path.name}' is no text and of no format that is known here",
            hint=f"hand over {_READ}",
        )
    return "csv"


def _open_delimited(path: Path, options: ImportOptions, limits: Limits, _scratch: Path) -> Source:
    return DelimitedSource(path, options, limits)


def _open_geojson(path: Path, options: ImportOptions, limits: Limits, _scratch: Path) -> Source:
    return GeojsonSource(path, options, limits)


def _open_workbook(path: Path, options: ImportOptions, limits: Limits, _scratch: Path) -> Source:
    if zipfile.is_zipfile(path):
        list_members(path, limits=limits, most_bytes=limits.sheet_bytes)
    return WorkbookSource(path, options, limits)


def _open_geopackage(path: Path, options: ImportOptions, limits: Limits, _scratch: Path) -> Source:
    return GeopackageSource(path, options, limits)


_READERS: Mapping[Format, Callable[[Path, ImportOptions, Limits, Path], Source]] = MappingProxyType(
    {
        "csv": _open_delimited,
        "xlsx": _open_workbook,
        "geojson": _open_geojson,
        "geojsonl": _open_geojson,
        "geopackage": _open_geopackage,
        "shapefile": ShapefileSource,
        "parquet": lambda path, options, limits, _: ParquetSource(path, options, limits),
        "geoparquet": lambda path, options, limits, _: ParquetSource(path, options, limits),
    }
)
