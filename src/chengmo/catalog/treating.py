"""Doing what a treatment says, on whole columns."""

import hmac
from collections.abc import Callable
from hashlib import sha256

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from chengmo.catalog.dataset import DatasetColumn
from chengmo.catalog.importing.kernels import pc
from chengmo.catalog.treatment import (
    ColumnTreatment,
    Generalise,
    Hash,
    Mask,
    TimeUnit,
    Treatment,
)
from chengmo.grid.key import encode_keys, key_bounds, key_centres

PSEUDONYM_CHARACTERS = 32
_BOUNDS = ("_west", "_south", "_east", "_north")


def treated_columns(
    columns: tuple[DatasetColumn, ...], treatment: Treatment
) -> tuple[DatasetColumn, ...]:
    """Return the columns that are left, with the types that they have then."""
    return tuple(
        # Of a name in the file, only what the steward also shows is told.
        column.model_copy(
            update={
                "type": "text"
                if isinstance(treatment.columns.get(column.name), Hash)
                else column.type,
                "source_name": column.name,
            }
        )
        for column in columns
        if treatment.shows(column.name)
    )


def treated_column(
    column: pa.ChunkedArray, how: ColumnTreatment | None, *, time: TimeUnit | None, secret: bytes
) -> pa.ChunkedArray:
    """Return one column after its treatment; nulls stay null."""
    if isinstance(how, Mask):
        return _masked(column, how)
    if isinstance(how, Hash):
        return _hashed(column, secret, how.space)
    if isinstance(how, Generalise):
        column = _generalised(column, how)
    if time is not None and pa.types.is_temporal(column.type):
        return _to_unit(column, time)
    return column


def centre_places(keys: NDArray[np.uint64], levels: NDArray[np.int16]) -> dict[str, pa.Array]:
    """Return the platform's columns of places for points in the middle of cells.

    Args:
        keys: Shape (rows,): level-32 keys.
        levels: Shape (rows,): of each row's cell; -1 for no place.
    """
    placed = levels >= 0
    lon, lat = np.full(keys.size, np.nan), np.full(keys.size, np.nan)
    lon[placed], lat[placed] = key_centres(keys[placed], level=levels[placed])
    shapes = np.full(keys.size, None, object)
    shapes[placed] = shapely.points(lon[placed], lat[placed])
    return _places(shapes, (lon, lat, lon, lat), _keys_at(lon, lat, placed), placed)


def cell_places(keys: NDArray[np.uint64], levels: NDArray[np.int16]) -> dict[str, pa.Array]:
    """Return the platform's columns of places for whole cells, as polygons."""
    bounds = key_bounds(keys, level=levels)
    lon, lat = key_centres(keys, level=levels)
    placed = np.ones(keys.size, bool)
    return _places(shapely.box(*bounds), bounds, _keys_at(lon, lat, placed), placed)


def _keys_at(
    lon: NDArray[np.float64], lat: NDArray[np.float64], placed: NDArray[np.bool_]
) -> NDArray[np.uint64]:
    keys = np.zeros(placed.size, np.uint64)
    keys[placed] = encode_keys(lon[placed], lat[placed])
    return keys


def _places(
    shapes: NDArray[np.object_],
    bounds: tuple[NDArray[np.float64], ...],
    keys: NDArray[np.uint64],
    placed: NDArray[np.bool_],
) -> dict[str, pa.Array]:
    columns = {"_cell": pa.array(keys, pa.uint64(), mask=~placed)}
    for name, edge in zip(_BOUNDS, bounds, strict=True):
        columns[name] = pa.array(edge, pa.float64(), mask=~placed)
    columns["_geometry"] = pa.array(shapely.to_wkb(shapes), pa.binary())
    return columns


def _masked(column: pa.ChunkedArray, how: Mask) -> pa.ChunkedArray:
    def masked(text: str) -> str:
        # Of a text too short to hide anything in, nothing is shown.
        if len(text) <= how.first + how.last:
            return "*" * len(text)
        hidden = "*" * (len(text) - how.first - how.last)
        return text[: how.first] + hidden + text[len(text) - how.last :]

    return _by_value(column, masked)


def _hashed(column: pa.ChunkedArray, secret: bytes, space: str) -> pa.ChunkedArray:
    def hashed(text: str) -> str:
        drawn = hmac.digest(secret, f"{space}\0{text}".encode(), sha256)
        return drawn.hex()[:PSEUDONYM_CHARACTERS]

    return _by_value(column.cast(pa.string()), hashed)


def _by_value(column: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray:
    """Change each different text once."""
    coded = column.dictionary_encode().unify_dictionaries()
    chunks = [
        pa.DictionaryArray.from_arrays(
            chunk.indices, pa.array([change(text) for text in chunk.dictionary.to_pylist()])
        ).cast(pa.string())
        for chunk in coded.chunks
        if len(chunk.dictionary)
    ]
    return pa.chunked_array(chunks, pa.string()) if chunks else column


def _generalised(column: pa.ChunkedArray, how: Generalise) -> pa.ChunkedArray:
    if how.unit is not None:
        return _to_unit(column, how.unit)
    if how.first is not None:
        return pc.utf8_slice_codeunits(column, 0, how.first)
    steps = pc.floor(pc.divide(column.cast(pa.float64()), how.step))
    coarse = pc.multiply(steps, pa.scalar(how.step, pa.float64()))
    return coarse.cast(column.type, safe=False)


def _to_unit(column: pa.ChunkedArray, unit: TimeUnit) -> pa.ChunkedArray:
    if unit == "hour" and pa.types.is_date(column.type):
        return column
    return pc.floor_temporal(column, unit=unit)
