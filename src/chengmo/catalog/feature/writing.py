"""Rows of the lake as GeoJSON features (RFC 7946): Arrow's columns made ready for the kernel."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from chengmo.catalog.feature.feature_kernel import (
    BOOLEAN,
    DATE,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    Shapes,
    Values,
    find_plain,
    write_features,
)
from chengmo.catalog.feature.number_kernel import NUMBER_MOST
from chengmo.catalog.feature.shape_kernel import SHAPE_MOST, SHAPE_MOST_A_BYTE
from chengmo.catalog.feature.text_kernel import ESCAPED_MOST, INSTANT_MOST
from chengmo.catalog.staged import ARROW_TYPES

_GEOMETRY, _ROW = "_geometry", "_row"
_FEATURE_MOST = 64
_VALUE_MOST = max(NUMBER_MOST, INSTANT_MOST)
_KINDS: Mapping[pa.DataType, int] = MappingProxyType(
    {
        ARROW_TYPES["integer"]: INTEGER,
        ARROW_TYPES["number"]: NUMBER,
        ARROW_TYPES["boolean"]: BOOLEAN,
        ARROW_TYPES["date"]: DATE,
        ARROW_TYPES["datetime"]: INSTANT,
        ARROW_TYPES["text"]: TEXT,
    }
)
_NO_BYTES = np.empty(0, np.uint8)

Columns = TypeVar("Columns", Shapes, Values)


def encode_features(
    rows: pa.Table,
    columns: Sequence[str],
    *,
    latitude_first: bool = False,
    between: bytes = b",",
) -> bytes:
    """Return the rows as GeoJSON features, with `between` between.

    Numbers are the shortest text that reads back as the same number, nothing is rounded. What JSON
    cannot say (NaN, infinity) is null.

    Args:
        rows: Of the lake: `_row`, `_geometry` (WKB, degrees, longitude first) and `columns`.
        columns: The owner's columns: they become the properties, in this order.
        latitude_first: Whether positions are written latitude first (the EPSG systems).
        between: A comma, perhaps with a new line.
    """
    chosen = rows.select([_ROW, _GEOMETRY, *columns]).combine_chunks()
    return between.join(_encode(batch, between, latitude_first) for batch in chosen.to_batches())


def warm_up() -> None:
    """Write one row, so that the first caller does not wait until the loop is loaded."""
    place = shapely.to_wkb(shapely.Point(114.3, 30.6))
    encode_features(pa.table({_ROW: [1], _GEOMETRY: [place], "name": ["武汉"]}), ["name"])


def _encode(batch: pa.RecordBatch, between: bytes, latitude_first: bool) -> bytes:  # noqa: FBT001 - one caller, right above
    numbers, geometry, *owned = batch.columns
    names = batch.schema.names[2:]
    shapes = _shapes_of(geometry, latitude_first=latitude_first)
    values = _values_of(names, owned, batch.num_rows)
    most = (
        batch.num_rows * (_FEATURE_MOST + SHAPE_MOST + len(values.keys) + _VALUE_MOST * len(names))
        + batch.num_rows * len(between)
        + SHAPE_MOST_A_BYTE * int(shapes.ends[-1] - shapes.ends[0])
        + len(shapes.others)
        + ESCAPED_MOST * len(values.text)
    )
    out = np.empty(most, np.uint8)
    apart = np.frombuffer(between, np.uint8)
    columns = (_frozen(_words_of(numbers)), _all_frozen(shapes), _all_frozen(values))
    size = write_features(out, *columns, apart, latitude_first)
    return out[:size].tobytes()


def _frozen(column: NDArray[Any]) -> NDArray[Any]:
    """Return the column as one that cannot be written to.

    Arrow's own bytes are such columns and copies of them are not; the loop would be compiled anew,
    for seconds, for each way in which the two come together.
    """
    view = column.view()
    view.flags.writeable = False
    return view


def _all_frozen(columns: Columns) -> Columns:
    return type(columns)(*map(_frozen, columns))


def _values_of(names: Sequence[str], columns: Sequence[pa.Array], rows: int) -> Values:
    kinds = np.array([_KINDS[column.type] for column in columns], np.int64)
    bits, ends = np.zeros((2, len(columns), rows), np.int64)
    there = np.ones((len(columns), rows), np.bool_)
    texts, length = [_NO_BYTES], 0
    for i, column in enumerate(columns):
        if column.null_count:
            there[i] = column.is_valid().to_numpy(zero_copy_only=False)
        if kinds[i] == TEXT:
            text, places = _bytes_of(column)
            bits[i], ends[i] = places[:-1] + length, places[1:] + length
            texts.append(text)
            length += text.size
        else:
            bits[i] = _words_of(column)
    return Values(kinds, bits, ends, there, np.concatenate(texts), *_keys_of(tuple(names)))


@lru_cache(256)
def _keys_of(names: tuple[str, ...]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    keys = [json.dumps(name, ensure_ascii=False).encode() + b":" for name in names]
    keys[1:] = [b"," + key for key in keys[1:]]
    return np.frombuffer(b"".join(keys), np.uint8), np.cumsum([0, *map(len, keys)])


def _shapes_of(column: pa.Array, *, latitude_first: bool) -> Shapes:
    wkb, ends = _bytes_of(column)
    there = np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
    plain = np.empty(len(column), np.bool_)
    find_plain(_frozen(wkb), ends, plain)
    odd = np.flatnonzero(there & ~plain)
    if not odd.size:
        return Shapes(wkb, ends, there, _NO_BYTES, np.zeros(len(column) + 1, np.int64))
    geometries = shapely.from_wkb(column.take(pa.array(odd)).to_numpy(zero_copy_only=False))
    if latitude_first:
        geometries = shapely.transform(geometries, _swapped)
    texts = [text.encode() for text in shapely.to_geojson(geometries)]
    lengths = np.zeros(len(column) + 1, np.int64)
    lengths[odd + 1] = [len(text) for text in texts]
    others = np.frombuffer(b"".join(texts), np.uint8)
    return Shapes(wkb, ends, there, others, np.cumsum(lengths))


def _swapped(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    return positions[:, ::-1]


def _bytes_of(column: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of a column of text or of bytes, and where each begins and ends (rows + 1).

    What is missing has no length.
    """
    buffers: list[Any] = column.buffers()
    if not len(column):
        return _NO_BYTES, np.zeros(1, np.int64)
    places = np.frombuffer(buffers[1], np.int32)[column.offset : column.offset + len(column) + 1]
    ends = places.astype(np.int64) - int(places[0])
    if buffers[2] is None:
        return _NO_BYTES, ends
    return np.frombuffer(buffers[2], np.uint8)[places[0] : places[-1]], ends


def _words_of(column: pa.Array) -> NDArray[np.int64]:
    """Return a column of numbers, truths or times as 64 bits a value; any for what is missing."""
    buffer: Any = column.buffers()[1]
    if buffer is None:
        return np.zeros(len(column), np.int64)
    if column.type == pa.bool_():
        words = np.unpackbits(np.frombuffer(buffer, np.uint8), bitorder="little")
    else:
        words = np.frombuffer(buffer, np.int32 if column.type == pa.date32() else np.int64)
    return words[column.offset : column.offset + len(column)].astype(np.int64, copy=False)
