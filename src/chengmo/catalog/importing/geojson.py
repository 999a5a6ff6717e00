"""GeoJSON, and JSON arrays or lines of plain objects, in batches of Arrow columns."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from chengmo.catalog.importing.encoding import (
    BROKEN,
    Utf8Stream,
    check_encoding,
    guess_encoding,
    show_broken,
)
from chengmo.catalog.importing.jsonstream import Broken, JsonStream
from chengmo.catalog.importing.options import ImportOptions, Limits, Refused
from chengmo.catalog.importing.shapes import point_wkb
from chengmo.catalog.importing.source import Batch, Facts, ReadAgain
from chengmo.errors import UnreadableFile

_BATCH = 10_000
_SURVEY = 20_000
_RAW_LETTERS = 100_000
_BROKEN = re.compile(BROKEN)
_PLANE = 2
_GEOMETRIES = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}
    | {"GeometryCollection"}
)

Record = tuple[int, Mapping[str, Any], Any]


class GeojsonSource:
    """Features or objects, each a row; nested values become JSON text."""

    def __init__(self, path: Path, options: ImportOptions, limits: Limits) -> None:
        """Look at the first features for their properties.

        Raises:
            UnreadableFile: If it is no JSON, has no features or too many properties.
        """
        self._path = path
        self._limits = limits
        self._encoding = check_encoding(options.encoding or guess_encoding(path))
        self.warnings: list[str] = []
        self._names: dict[str, None] = {}
        self._has_geometry = False
        self._crs: str | None = None
        self._is_lines = False
        self._survey(_SURVEY)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows; see `Source.batches`."""
        with Utf8Stream(self._path, self._encoding) as stream:
            walker = self._walker(stream)
            numbered = enumerate(walker.records(), start=1)
            while chunk := list(islice(numbered, _BATCH)):
                yield self._batch(chunk, stream)
            if _declared(walker.outer) != self._crs:
                self._crs = _declared(walker.outer)
                self.facts = self._facts()
                raise ReadAgain

    def _walker(self, stream: Utf8Stream) -> JsonStream:
        return JsonStream(self._path.name, stream, self._limits.record_bytes)

    def _survey(self, most: int | None) -> None:
        """Gather the properties of the first `most` features, or of all."""
        with Utf8Stream(self._path, self._encoding) as stream:
            walker = self._walker(stream)
            found = False
            for value in islice(walker.records(), most):
                found = True
                self._note(value)
            self._crs = _declared(walker.outer) or self._crs
            self._is_lines = walker.is_lines
        if not found:
            raise UnreadableFile(
                f"'{self._path.name}' has no features", hint="hand over a file with features"
            )
        if len(self._names) > self._limits.columns:
            raise UnreadableFile(
                f"the features have {len(self._names)} properties; "
                f"the limit is {self._limits.columns}",
                hint="turn properties of the same kind into rows",
            )
        self.facts = self._facts()

    def _facts(self) -> Facts:
        return Facts(
            "geojsonl" if self._is_lines else "geojson",
            tuple(self._names),
            has_geometry=self._has_geometry,
            crs=self._crs,
            encoding=self._encoding,
        )

    def _note(self, value: Any) -> None:
        if not isinstance(value, dict):
            return
        properties, geometry = _split(value)
        self._names.update(dict.fromkeys(properties))
        self._has_geometry = self._has_geometry or geometry is not None

    def _batch(self, chunk: Sequence[tuple[int, Any]], stream: Utf8Stream) -> Batch:
        records: list[Record] = []
        refused: list[Refused] = []
        for number, value in chunk:
            reason = _fault(value)
            if reason:
                refused.append(_refused(number, value, reason))
                continue
            properties, geometry = _split(value)
            if any(name not in self._names for name in properties) or (
                geometry is not None and not self._has_geometry
            ):
                self._survey(None)
                raise ReadAgain
            records.append((number, properties, geometry))
        geometry, faults = _wkb([record[2] for record in records])
        if faults:
            refused += [_refused(records[i][0], records[i][1], why) for i, why in faults.items()]
            good = [i for i in range(len(records)) if i not in faults]
            records = [records[i] for i in good]
            geometry = geometry.take(pa.array(good, pa.int64()))
        return Batch(
            np.array([record[0] for record in records], np.int64),
            [_column(name, records) for name in self.facts.names],
            refused,
            geometry if self._has_geometry else None,
            stream.bytes_read,
        )


def _declared(outer: Mapping[str, Any]) -> str | None:
    """Return the name in a `crs` member, which GeoJSON had until 2016 and tools still write."""
    crs = outer.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or name.upper().endswith("CRS84"):
        return None  # CRS84 is what writers put in by habit: it says no more than nothing.
    return name


def _split(value: Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
    """Return the properties and the geometry of a feature, a geometry or a plain object."""
    kind = value.get("type")
    if kind == "Feature":
        properties = value.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        if "id" in value and "id" not in properties:
            properties = {"id": value["id"], **properties}
        return properties, value.get("geometry")
    if kind in _GEOMETRIES and ("coordinates" in value or "geometries" in value):
        return {}, value
    return value, None


def _fault(value: Any) -> str | None:
    if isinstance(value, Broken):
        return f"the line is no JSON: {value.why}"
    if not isinstance(value, dict):
        return "a feature must be an object"
    if any(_is_broken(text) for text in _texts(value)):
        return "bytes that are no text in this encoding"
    return None


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True  # A JSON escape may name half a letter: "\\ud800".
    return not text.isascii() and _BROKEN.search(text) is not None


def _texts(value: Mapping[str, Any]) -> Iterator[str]:
    properties, _ = _split(value)
    for key, cell in properties.items():
        yield key
        if isinstance(cell, str):
            yield cell
        elif isinstance(cell, dict | list):
            yield json.dumps(cell, ensure_ascii=False)


def _refused(number: int, value: Any, reason: str) -> Refused:
    raw = value.text if isinstance(value, Broken) else json.dumps(value, ensure_ascii=False)
    raw = show_broken(raw[:_RAW_LETTERS].encode("utf-8", "backslashreplace").decode())
    return Refused(row_number=number, reason=reason, raw=raw)


def _column(name: str, records: Sequence[Record]) -> pa.Array:
    return pa.array([_text(record[1].get(name)) for record in records], pa.string())


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _wkb(geometries: Sequence[Any]) -> tuple[pa.Array, dict[int, str]]:
    """Return the geometries as WKB, and why those that cannot be read cannot."""
    count = len(geometries)
    places = np.full((2, count), np.nan)
    is_point = np.zeros(count, np.bool_)
    others: list[int] = []
    for i, geometry in enumerate(geometries):
        place = _point(geometry)
        if place is not None:
            places[:, i], is_point[i] = place, True
        elif geometry is not None:
            others.append(i)
    faults = {
        int(i): "the geometry has a coordinate that is no number"
        for i in np.flatnonzero(is_point & ~np.isfinite(places).all(axis=0))
    }
    points = point_wkb(places[0], places[1], is_point)
    if not others:
        return points, faults
    texts = np.array([json.dumps(geometries[i]) for i in others], np.object_)
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    for i, shape in zip(others, shapes, strict=True):
        if shape is None:
            faults[i] = "the geometry cannot be read"
    result = np.array(points.to_pylist(), np.object_)
    result[others] = shapely.to_wkb(shapes)
    return pa.array(result, pa.binary()), faults


def _point(geometry: Any) -> tuple[float, float] | None:
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    place = geometry.get("coordinates")
    if not isinstance(place, list) or len(place) < _PLANE:
        return None
    x, y = place[0], place[1]
    numbers = isinstance(x, int | float) and isinstance(y, int | float)
    return (float(x), float(y)) if numbers else None
