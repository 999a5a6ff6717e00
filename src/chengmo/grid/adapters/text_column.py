"""Columns of short texts between Arrow and the grid's rows of bytes, without a loop over rows."""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from chengmo.grid.characters import Characters, Texts

TextArray: TypeAlias = "pa.StringArray | pa.LargeStringArray"


def to_bytes(column: TextArray) -> Texts:
    """Return an Arrow column of texts, none of them null, as a NumPy `S` column.

    Texts of one length are not copied.
    """
    large = pa.types.is_large_string(column.type)
    _, offset_buffer, data_buffer = column.buffers()
    if not len(column) or data_buffer is None or offset_buffer is None:
        return np.zeros(len(column), "S1")
    offsets = np.frombuffer(offset_buffer, np.int64 if large else np.int32)
    offsets = offsets[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]]
    lengths = np.diff(offsets)
    width = max(int(lengths.max()), 1)
    if (lengths == width).all():
        return data.view(f"S{width}")
    matrix = np.zeros((len(column), width), np.uint8)
    matrix[np.arange(width) < lengths[:, None]] = data
    return matrix.view(f"S{width}").reshape(-1)


def from_bytes(texts: Texts) -> pa.StringArray:
    """Return a NumPy `S` column as an Arrow column of texts; one of one length is not copied."""
    width = texts.dtype.itemsize
    flat = np.ascontiguousarray(texts).reshape(-1)
    matrix: Characters = flat.view(np.uint8).reshape(flat.size, width)
    data = matrix.reshape(-1)
    lengths: Any = width
    if matrix.size and not matrix[:, -1].all():
        lengths = np.count_nonzero(matrix, axis=1)
        data = data[data != 0]
    offsets = np.zeros(flat.size + 1, np.int32)
    np.cumsum(np.broadcast_to(np.asarray(lengths, np.int32), flat.shape), out=offsets[1:])
    return pa.StringArray.from_buffers(flat.size, pa.py_buffer(offsets), pa.py_buffer(data))


def upper(texts: Texts) -> Texts:
    """Return a NumPy `S` column of ASCII texts in upper case."""
    matrix: Characters = np.ascontiguousarray(texts).view(np.uint8)
    if not (matrix > ord("Z")).any():
        return texts
    small = (matrix >= ord("a")) & (matrix <= ord("z"))
    return (matrix - (small * np.uint8(ord("a") - ord("A")))).view(texts.dtype)
