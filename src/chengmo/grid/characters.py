"""Columns of short ASCII texts as matrices of bytes, whatever they came in as."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell

Characters = NDArray[np.uint8]
Texts = NDArray[np.bytes_]
Column = TypeVar("Column", bound=NDArray[Any])
_ASCII_END = 128


def text_matrix(texts: ArrayLike) -> tuple[Characters, tuple[int, ...]]:
    """Return texts as an (n, width) matrix of ASCII bytes padded with NUL, and their shape.

    Args:
        texts: One text or a column of them: `S` or `U` arrays, lists, or objects that are texts.

    Raises:
        InvalidCell: If one is no text or holds a character that is not ASCII (full-width digits
            are the usual case); names the first.
    """
    column = np.asarray(texts)
    shape = column.shape
    if column.size == 0:
        return np.empty((0, 1), np.uint8), shape
    column = np.ascontiguousarray(column).reshape(-1)
    if column.dtype.kind == "O":
        _check_all_text(column)
        column = column.astype(str)
    if column.dtype.kind not in "SUT":
        raise InvalidCell(
            f"a column of {column.dtype} holds no texts", hint="give codes as text, not numbers"
        )
    if column.dtype.kind != "S":
        column = _ascii(column.astype(str))
    width = column.dtype.itemsize
    return read_only(column.view(np.uint8).reshape(column.size, width)), shape


def read_only(column: Column) -> Column:
    """Return a view that cannot be written to, of a column that a compiled loop only reads.

    Arrow's columns are of this kind, others are not, and Numba compiles a loop for each kind.
    """
    view = column.view()
    view.flags.writeable = False
    return view


def empty_texts(count: int, width: int) -> tuple[Texts, Characters]:
    """Return a new column of texts of one width, not filled, and the matrix of its bytes."""
    texts = np.empty(count, f"S{width}")
    return texts, texts.view(np.uint8).reshape(count, width)


def text_at(matrix: Characters, index: int) -> str:
    """Return one row as a text without its padding."""
    return matrix[index].tobytes().rstrip(b"\0").decode("latin-1")


def _ascii(column: NDArray[np.str_]) -> Texts:
    points = column.view(np.uint32).reshape(column.size, -1)
    wrong = points >= _ASCII_END
    if wrong.any():
        i = int(np.flatnonzero(wrong.any(axis=1))[0])
        at = int(np.flatnonzero(wrong[i])[0])
        raise InvalidCell(
            f"'{column[i]}' at index {i} is no code: '{column[i][at]}' at position {at + 1}",
            hint="a code has ASCII letters and digits only, no full-width ones",
        )
    return points.astype(np.uint8).view(f"S{points.shape[1]}").reshape(-1)


def _check_all_text(column: NDArray[np.object_]) -> None:
    for i, item in enumerate(column):
        if not isinstance(item, str):
            raise InvalidCell(f"{item!r} at index {i} is no code", hint="a code is a text")
