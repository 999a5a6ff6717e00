"""Compiled: rows as GeoJSON features, one after the other in one array of bytes."""

# ruff: noqa: FBT001 - compiled functions take no keyword-only arguments
# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from chengmo.catalog.feature.number_kernel import Text, write_integer, write_number
from chengmo.catalog.feature.shape_kernel import is_plain, write_shape
from chengmo.catalog.feature.text_kernel import write_bytes, write_date, write_instant, write_text

# How the 64 bits of a value are to be read.
INTEGER, NUMBER, BOOLEAN, DATE, INSTANT, TEXT = range(6)

_BEGIN, _SHAPE, _VALUES, _END, _NONE, _NO, _YES = (
    np.frombuffer(text, np.uint8).copy()
    for text in (
        b'{"type":"Feature","id":', b',"geometry":', b',"properties":{', b"}}", b"null",
        b"false", b"true",
    )
)  # fmt: skip


class Values(NamedTuple):
    """The values of some rows, all columns in one shape.

    Attributes:
        kinds: Shape (columns,): how the values of each are to be read.
        bits: Shape (columns, rows): the value, or where a text begins in `text`.
        ends: Shape (columns, rows): where a text ends; of no meaning for other kinds.
        there: Shape (columns, rows): whether there is a value.
        text: The bytes of all texts.
        keys: The columns' names as JSON with a colon behind, a comma before all but the first.
        key_ends: Shape (columns + 1,): where each name begins, and where the last ends.
    """

    kinds: NDArray[np.int64]
    bits: NDArray[np.int64]
    ends: NDArray[np.int64]
    there: NDArray[np.bool_]
    text: Text
    keys: Text
    key_ends: NDArray[np.int64]


class Shapes(NamedTuple):
    """The geometries of some rows.

    Attributes:
        wkb: The bytes of all.
        ends: Shape (rows + 1,): where each begins, and where the last ends.
        there: Shape (rows,): whether the row has one.
        others: Bytes of GeoJSON, of those that are not plain.
        other_ends: Shape (rows + 1,): where each begins; equal numbers for those that are plain.
    """

    wkb: Text
    ends: NDArray[np.int64]
    there: NDArray[np.bool_]
    others: Text
    other_ends: NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def find_plain(wkb: Text, ends: NDArray[np.int64], plain: NDArray[np.bool_]) -> None:
    """Set for each row whether its geometry can be written here."""
    for row in range(plain.size):
        plain[row] = is_plain(wkb, ends[row], ends[row + 1])


@numba.njit(cache=True, nogil=True)
def _write_plain(out: Text, at: int, kind: int, bits: int) -> int:
    """Write a value that is no text."""
    if kind == NUMBER:
        return write_number(out, at, np.int64(bits).view(np.float64))
    if kind == INTEGER:
        return write_integer(out, at, bits)
    if kind == BOOLEAN:
        return write_bytes(out, at, _YES, 0, 4) if bits else write_bytes(out, at, _NO, 0, 5)
    if kind == DATE:
        return write_date(out, at, bits)
    return write_instant(out, at, bits)


@numba.njit(cache=True, nogil=True)
def _write_geometry(out: Text, at: int, shapes: Shapes, row: int, latitude_first: bool) -> int:
    wkb, ends, there, others, other_ends = shapes
    if not there[row]:
        return write_bytes(out, at, _NONE, 0, 4)
    other, other_end = other_ends[row], other_ends[row + 1]
    if other_end > other:
        return write_bytes(out, at, others, other, other_end)
    return write_shape(out, at, wkb, ends[row], ends[row + 1], latitude_first)


@numba.njit(cache=True, nogil=True)
def write_features(
    out: Text,
    numbers: NDArray[np.int64],
    shapes: Shapes,
    values: Values,
    between: Text,
    latitude_first: bool,
) -> int:
    """Write all rows; return how many bytes.

    Args:
        out: With room for all.
        numbers: The rows' numbers, their ids.
        shapes: Their geometries.
        values: Their properties.
        between: What stands between two features: a comma, with blanks.
        latitude_first: Whether positions are written latitude first.
    """
    # Taken out of the tuple once: taking an array out counts its references.
    kinds, bits, ends, there, text, keys, key_ends = values
    at = 0
    for row in range(numbers.size):
        if row:
            at = write_bytes(out, at, between, 0, between.size)
        at = write_bytes(out, at, _BEGIN, 0, _BEGIN.size)
        at = write_integer(out, at, numbers[row])
        at = write_bytes(out, at, _SHAPE, 0, _SHAPE.size)
        at = _write_geometry(out, at, shapes, row, latitude_first)
        at = write_bytes(out, at, _VALUES, 0, _VALUES.size)
        for column in range(kinds.size):
            at = write_bytes(out, at, keys, key_ends[column], key_ends[column + 1])
            if not there[column, row]:
                at = write_bytes(out, at, _NONE, 0, 4)
            elif kinds[column] == TEXT:
                at = write_text(out, at, text, bits[column, row], ends[column, row])
            else:
                at = _write_plain(out, at, kinds[column], bits[column, row])
        at = write_bytes(out, at, _END, 0, _END.size)
    return at
