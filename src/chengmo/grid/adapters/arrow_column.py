"""The grid on Arrow columns: what DuckDB, Polars and pandas call. A null gives a null.

Coordinates are degrees in CGCS2000 (EPSG:4490), longitude first; heights ellipsoidal metres.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from chengmo.errors import InvalidCell, InvalidGeometry
from chengmo.grid.adapters.text_column import from_bytes, to_bytes, upper
from chengmo.grid.code import (
    GEOSOT_LEVELS,
    check_code_level,
    code_bounds,
    code_of_key,
    encode_codes,
    key_of_code,
    parse_codes,
)
from chengmo.grid.code_kernel import LENGTHS
from chengmo.grid.cover import cover_hierarchical, cover_polygon
from chengmo.grid.height import Profile
from chengmo.grid.key import encode_keys, key_bounds, key_range, parent_keys
from chengmo.grid.ranges import cell_ranges
from chengmo.grid.solid import encode_solid_codes, parse_solid_codes, solid_code_bounds
from chengmo.grid.solid_reading import SOLID_LENGTHS

Column: TypeAlias = "pa.Array | pa.ChunkedArray"
Work = Callable[..., Any]

BOX = ("west", "south", "east", "north", "lon", "lat")
SOLID_BOX = (*BOX, "floor_m", "ceiling_m")
_LETTER_AT = 3
_FLAT_POLAR_LENGTH = 6


def encode(lon: Column, lat: Column, *, level: int) -> pa.Array:
    """Return the code of each place; see `chengmo.grid.encode_codes`."""
    return _per_row(lambda x, y: from_bytes(encode_codes(x, y, level=level)), lon, lat)


def encode_solid(
    lon: Column, lat: Column, height_m: Column, *, level: int, profile: Profile = "standard"
) -> pa.Array:
    """Return the 3-D code of each place and height; see `chengmo.grid.encode_solid_codes`."""

    def codes(x: Any, y: Any, z: Any) -> pa.Array:
        return from_bytes(encode_solid_codes(x, y, z, level=level, profile=profile))

    return _per_row(codes, lon, lat, height_m)


def decode(codes: Column) -> pa.Array:
    """Return the edges and centre of each code's cell, as structs of `BOX`."""
    return _per_row(lambda texts: _structs(_with_centre(code_bounds(texts)), BOX), codes)


def decode_solid(codes: Column, *, profile: Profile = "standard") -> pa.Array:
    """Return edges, centre, floor and ceiling of each 3-D cell, as structs of `SOLID_BOX`."""

    def boxes(texts: Any) -> pa.Array:
        *edges, floor, ceiling = solid_code_bounds(texts, profile=profile)
        return _structs([*_with_centre(edges), floor, ceiling], SOLID_BOX)

    return _per_row(boxes, codes)


def level_of(codes: Column) -> pa.Array:
    """Return the level (1–10) of each 2-D or 3-D code."""
    return _per_row(_levels, codes)


def parent_code(codes: Column, *, level: int) -> pa.Array:
    """Return the code at a coarser (or the same) level of each 2-D or 3-D code: its beginning.

    Raises:
        InvalidCell: If a text is no code or already coarser.
    """

    def beginnings(texts: Any) -> pa.Array:
        levels = np.asarray(_levels(texts))
        if (levels < check_code_level(level)).any():
            i = int(np.argmax(levels < level))
            raise InvalidCell(
                f"'{texts[i].decode()}' is of level {levels[i]}, coarser than {level}",
                hint="a parent is never finer than its child",
            )
        flat, solid = int(LENGTHS[level]), int(SOLID_LENGTHS[level])
        are_solid = is_solid(texts)
        if not are_solid.any():
            return from_bytes(upper(texts.astype(f"S{flat}")))
        short = upper(texts.astype(f"S{solid}"))
        return from_bytes(np.where(are_solid, short, short.astype(f"S{flat}")))

    return _per_row(beginnings, codes)


def key_of(codes: Column) -> pa.Array:
    """Return the key of each 2-D code of level 4–10."""
    return _per_row(lambda texts: pa.array(key_of_code(texts)[0]), codes)


def encode_key(lon: Column, lat: Column, *, level: int) -> pa.Array:
    """Return the key of each place at a GeoSOT level (0–32)."""
    return _per_row(lambda x, y: pa.array(encode_keys(x, y, level=level)), lon, lat)


def code_of(keys: Column, *, level: int) -> pa.Array:
    """Return the code at a BeiDou level (4–10) of each key."""
    return _per_row(lambda column: from_bytes(code_of_key(column, level=level)), keys)


def parent_key(keys: Column, *, level: int) -> pa.Array:
    """Return the key of the cell at a GeoSOT level around each key."""
    return _per_row(lambda column: pa.array(parent_keys(column, level)), keys)


def range_of(keys: Column, *, level: int) -> pa.Array:
    """Return the first and the last level-32 key in each cell, as structs of `first`, `last`."""
    return _per_row(lambda column: _structs(key_range(column, level), ("first", "last")), keys)


def box_of(keys: Column, *, level: int) -> pa.Array:
    """Return the edges and centre of each key's cell at a GeoSOT level, as structs of `BOX`."""
    return _per_row(
        lambda column: _structs(_with_centre(key_bounds(column, level=level)), BOX), keys
    )


def cover_codes(geometries: Column, *, level: int) -> pa.Array:
    """Return for each polygon (well-known binary) the list of codes of one level that cover it."""

    def cells(area: shapely.Geometry) -> pa.Array:
        keys = cover_polygon(area, level=GEOSOT_LEVELS[level])
        return from_bytes(code_of_key(np.sort(keys), level=level))

    return _per_row(lambda column: _lists(column, cells, pa.string()), geometries)


def cover_ranges(geometries: Column, *, level: int) -> pa.Array:
    """Return for each polygon the key intervals of its hierarchical cover, finest at `level`.

    Lists of structs of `first`, `last`: a point is in the cover if its key lies in one of them.
    """
    kind = pa.struct([("first", pa.uint64()), ("last", pa.uint64())])

    def intervals(area: shapely.Geometry) -> pa.Array:
        ranges = cell_ranges(*cover_hierarchical(area, finest_level=level))
        return _structs((ranges[:, 0], ranges[:, 1]), ("first", "last"))

    return _per_row(lambda column: _lists(column, intervals, kind), geometries)


def is_solid(texts: NDArray[np.bytes_]) -> NDArray[np.bool_]:
    """Tell for each text whether it is a 3-D code: its sheet's letter stands one character later.

    Above 88° there is no letter; there a 2-D code has at most six characters, a 3-D one more.
    """
    width = max(texts.dtype.itemsize, _FLAT_POLAR_LENGTH + 1)
    matrix = texts.astype(f"S{width}").view(np.uint8).reshape(len(texts), width)
    long = matrix[:, _FLAT_POLAR_LENGTH] != 0
    # Letters stand behind all digits in ASCII.
    return long & (matrix[:, _LETTER_AT] < ord("A"))


def _levels(texts: NDArray[np.bytes_]) -> pa.Array:
    solid = is_solid(texts)
    levels = np.zeros(len(texts), np.uint8)
    if not solid.all():
        levels[~solid] = parse_codes(texts[~solid])
    if solid.any():
        levels[solid] = parse_solid_codes(texts[solid])
    return pa.array(levels)


def _with_centre(edges: Any) -> list[NDArray[np.float64]]:
    west, south, east, north = edges
    # A polar cell that spans ±180° has west > east.
    width = np.where(east < west, east - west + 360.0, east - west)
    lon = west + width / 2
    return [west, south, east, north, np.where(lon > 180.0, lon - 360.0, lon), (south + north) / 2]  # noqa: PLR2004 - degrees


def _structs(columns: Any, names: tuple[str, ...]) -> pa.StructArray:
    return pa.StructArray.from_arrays([pa.array(column) for column in columns], list(names))


def _lists(column: Any, cells: Callable[[Any], pa.Array], kind: pa.DataType) -> pa.ListArray:
    try:
        shapes = shapely.from_wkb(column)
    except shapely.errors.ShapelyError as error:
        raise InvalidGeometry(
            f"not all of these are well-known binary: {error}", hint="use ST_AsWKB(geometry)"
        ) from error
    parts = [cells(shape) for shape in shapes]
    offsets = np.zeros(len(parts) + 1, np.int32)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    values = pa.concat_arrays(parts) if parts else pa.array([], kind)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _per_row(work: Work, *columns: Column) -> pa.Array:
    """Return what `work` gives for the rows that have all values, and null for the others."""
    whole = [_one_array(column) for column in columns]
    if not any(column.null_count for column in whole):
        return work(*map(_to_numpy, whole))
    valid = whole[0].is_valid()
    for column in whole[1:]:
        valid = pc.and_(valid, column.is_valid())  # pyright: ignore[reportAttributeAccessIssue] - made at run time
    found = work(*(_to_numpy(column.filter(valid)) for column in whole))
    rows = valid.to_numpy(zero_copy_only=False)
    places = np.cumsum(rows) - 1
    return found.take(pa.array(places, mask=~rows))


def _one_array(column: Column) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    # Arrow has few functions for views.
    return column.cast(pa.large_string()) if pa.types.is_string_view(column.type) else column


def _to_numpy(column: pa.Array) -> Any:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return to_bytes(column)
    return column.to_numpy(zero_copy_only=False)
