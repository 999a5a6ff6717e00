"""The places of a batch, read from the columns that hold them."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from chengmo.catalog.crs import CoordinateSystem, Floats
from chengmo.catalog.importing.kernels import is_absent, pc
from chengmo.catalog.importing.options import GeometrySource
from chengmo.catalog.importing.place import PAIR_PATTERN
from chengmo.catalog.importing.shapes import (
    Objects,
    Places,
    no_places,
    places_of_points,
    places_of_shapes,
)
from chengmo.catalog.importing.source import Batch
from chengmo.catalog.importing.values import convert
from chengmo.errors import InvalidCell
from chengmo.grid import GEOSOT_LEVELS, code_bounds, encode_keys, parse_codes

_SRID = re.compile(r"\s*SRID=(\d+);", re.IGNORECASE)
_SHOWN = 60


@dataclass(frozen=True)
class Locator:
    """Reads places.

    Attributes:
        source: Which columns hold them.
        positions: Where those columns stand in a batch.
        system: The coordinate system they are in.
        swapped: Whether latitude (northing) stands first.
    """

    source: GeometrySource
    positions: tuple[int, ...]
    system: CoordinateSystem
    swapped: bool

    def with_numbers(self, batch: Batch, reasons: Objects) -> Batch:
        """Return `batch` with its columns of longitude and latitude as numbers, read only once."""
        if self.source.kind != "lon-lat":
            return batch
        columns = list(batch.columns)
        for position, name in zip(self.positions, self.source.columns, strict=True):
            columns[position] = _to_numbers(columns[position], name, reasons)
        return replace(batch, columns=columns)

    def places(self, batch: Batch, reasons: Objects) -> Places:
        """Return the places of the rows of `batch`; `reasons` says which are already refused."""
        if self.source.kind == "none":
            return no_places(len(batch), reasons)
        if self.source.kind == "code":
            return _places_of_codes(_texts(batch.columns[self.positions[0]]), reasons)
        if self.source.kind in {"lon-lat", "pair"}:
            x, y = self.coordinates(batch, reasons)
            x, y = (y, x) if self.swapped else (x, y)
            return places_of_points(x, y, self.system, reasons)
        shapes, given = self.shapes(batch)
        return places_of_shapes(shapes, given, self.system, swapped=self.swapped, reasons=reasons)

    def coordinates(self, batch: Batch, reasons: Objects) -> tuple[Floats, Floats]:
        """Return the two numbers of each row as they stand, NaN where none is given."""
        if self.source.kind == "pair":
            return _read_pairs(_texts(batch.columns[self.positions[0]]), reasons)
        first, second = (
            _read_numbers(batch.columns[position], name, reasons)
            for position, name in zip(self.positions, self.source.columns, strict=True)
        )
        return first, second

    def shapes(self, batch: Batch) -> tuple[Objects, NDArray[np.bool_]]:
        """Return shapely geometries as they stand (None if unreadable), and which are given."""
        if self.source.kind == "geometry":
            column = batch.geometry if batch.geometry is not None else pa.nulls(len(batch))
            received = np.array(column.to_pylist(), np.object_)
            return _read_wkb(received), ~is_absent(received)
        texts = np.array(_texts(batch.columns[self.positions[0]]), np.object_)
        return _read_wkt(texts), ~is_absent(texts)


def declared_srid(texts: pa.Array) -> str | None:
    """Return the EPSG code that EWKT (`SRID=4547;POINT…`) declares, if the texts do."""
    first = next((_SRID.match(text) for text in texts.to_pylist() if isinstance(text, str)), None)
    return f"EPSG:{first[1]}" if first else None


def _texts(column: pa.Array) -> list[str | None]:
    return [
        value.strip() or None if isinstance(value, str) else None for value in column.to_pylist()
    ]


def _read_numbers(column: pa.Array, name: str, reasons: Objects) -> Floats:
    values = _to_numbers(column, name, reasons).cast(pa.float64(), safe=False)
    return np.asarray(values.fill_null(np.nan), np.float64)


def _to_numbers(column: pa.Array, name: str, reasons: Objects) -> pa.Array:
    """Return a column of texts as numbers, with a reason where there is none."""
    if not pa.types.is_string(column.type):
        return column
    values, misfits = convert(column, "number")
    for i in np.flatnonzero(misfits):
        reasons[i] = f"{name} '{column[int(i)].as_py()[:_SHOWN]}' is no number"
    return values


def _read_pairs(texts: list[str | None], reasons: Objects) -> tuple[Floats, Floats]:
    column = pa.array(texts, pa.string())
    parts = pc.extract_regex(column, PAIR_PATTERN)
    x, y = (
        np.asarray(pc.struct_field(parts, name).cast(pa.float64()).fill_null(np.nan))
        for name in ("x", "y")
    )
    for i in np.flatnonzero(np.isnan(x)):
        text = texts[i]
        if text is not None:
            reasons[i] = f"'{text[:_SHOWN]}' is no pair of coordinates"
    return x, y


def _read_wkb(received: Objects) -> Objects:
    return np.asarray(shapely.from_wkb(received, on_invalid="ignore"), np.object_)


def _read_wkt(texts: Objects) -> Objects:
    plain = np.array([text and _SRID.sub("", text, count=1) for text in texts], np.object_)
    is_hex = np.array([bool(text) and text[:2] in {"00", "01"} for text in plain], np.bool_)
    shapes = np.full(len(plain), None, np.object_)
    shapes[is_hex] = shapely.from_wkb(plain[is_hex], on_invalid="ignore")
    shapes[~is_hex] = shapely.from_wkt(plain[~is_hex], on_invalid="ignore")
    return shapes


def _places_of_codes(texts: list[str | None], reasons: Objects) -> Places:
    codes = np.array([text.upper() if text else "" for text in texts])
    given = np.flatnonzero(codes != "")
    good = _sound(codes, given, reasons)
    placed = np.zeros(len(codes), np.bool_)
    placed[good] = True
    edges = np.full((4, len(codes)), np.nan)
    levels: frozenset[int] = frozenset()
    cells = np.zeros(len(codes), np.uint64)
    if len(good):
        west, south, east, north = code_bounds(codes[good])
        # A polar cell that spans the date line keeps its western part's edges.
        east = np.where(east < west, 180.0, east)
        edges[:, good] = west, south, east, north
        cells[good] = encode_keys((west + east) / 2, (south + north) / 2)
        found = {GEOSOT_LEVELS.get(int(level)) for level in np.unique(parse_codes(codes[good]))}
        levels = frozenset(level for level in found if level)
    boxes = np.full(len(codes), None, np.object_)
    boxes[good] = shapely.box(*edges[:, good])
    west, south, east, north = edges
    return Places(
        pa.array(shapely.to_wkb(boxes, byte_order=1), pa.binary()),
        (west, south, east, north),
        cells,
        placed,
        reasons,
        frozenset({"polygon"}) if len(good) else frozenset(),
        levels,
    )


def _sound(codes: NDArray[np.str_], rows: NDArray[np.int64], reasons: Objects) -> NDArray[np.int64]:
    """Return the rows whose code is one; halves the column until the wrong ones stand alone."""
    if len(rows) == 0:
        return rows
    try:
        parse_codes(codes[rows])
    except InvalidCell as error:
        if len(rows) == 1:
            reasons[rows[0]] = error.message
            return rows[:0]
        half = len(rows) // 2
        return np.concatenate(
            [_sound(codes, rows[:half], reasons), _sound(codes, rows[half:], reasons)]
        )
    return rows
