"""Rows of the lake as GeoJSON (RFC 7946), written as bytes straight from the columns."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pydantic_core import to_json

_GEOMETRY = "_geometry"
_ROW = "_row"


def encode_features(
    rows: pa.Table, columns: Sequence[str], *, latitude_first: bool = False
) -> list[bytes]:
    """Return each row as one GeoJSON feature.

    Args:
        rows: Of the lake: `_row`, `_geometry` (WKB) and `columns`.
        columns: The owner's columns: they become the properties, in this order.
        latitude_first: Whether positions are written latitude first (the EPSG systems).
    """
    numbers = rows.column(_ROW).to_pylist()
    geometries = _encode_geometries(rows.column(_GEOMETRY), latitude_first=latitude_first)
    properties = rows.select(list(columns)).to_pylist() if columns else [{}] * rows.num_rows
    return [
        # JSON has no NaN or infinity: a property that is one has no value.
        b'{"type":"Feature","id":%d,"geometry":%b,"properties":%b}'
        % (number, geometry, to_json(values, inf_nan_mode="null"))
        for number, geometry, values in zip(numbers, geometries, properties, strict=True)
    ]


def _encode_geometries(column: pa.ChunkedArray, *, latitude_first: bool) -> list[bytes]:
    shapes: NDArray[np.object_] = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    if latitude_first:
        shapes = shapely.transform(shapes, _swapped)
    return [b"null" if text is None else text.encode() for text in shapely.to_geojson(shapes)]


def _swapped(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    return positions[:, ::-1]


def stream_collection(head: bytes, features: Iterator[list[bytes]], tail: bytes) -> Iterator[bytes]:
    """Yield a feature collection piece by piece: `head`, the batches of features, `tail`."""
    yield head
    between = b""
    for batch in features:
        if batch:
            yield between + b",".join(batch)
            between = b","
    yield tail
