"""Compiled: geometries from WKB (OGC 06-103r4, 8.2) to GeoJSON (RFC 7946), as in `number_kernel`.

It knows what the lake holds: little-endian points, lines, polygons and their collections of one
kind, in two or three dimensions. `is_plain` tells whether a geometry is one of these and whole;
only then may `write_shape` read it. All else is left to shapely.
"""

# ruff: noqa: PLR2004, FBT001 - the bare numbers are the types of WKB; compiled functions take no
# keyword-only arguments
# pyright: reportArgumentType=false, reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np

from chengmo.catalog.feature.number_kernel import Text, write_number
from chengmo.catalog.feature.text_kernel import write_bytes

# A position takes 16 or 24 bytes of WKB and at most 53 or 78 of text; every ring and part less.
SHAPE_MOST_A_BYTE = 4
SHAPE_MOST = 64

_NAMES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_HEADS = b"".join(b'{"type":"%s","coordinates":' % name.encode() for name in _NAMES)
_HEAD = np.frombuffer(_HEADS, np.uint8).copy()
_ENDS = np.cumsum([0, *(len(name) + 25 for name in _NAMES)])
_OPEN, _CLOSE, _COMMA, _BRACE = (np.uint8(byte) for byte in b"[],}")
_LITTLE = 1
_HAS_Z = 1000
_WKB_HEAD, _COUNT = 5, 4


@numba.njit(cache=True, nogil=True, forceinline=True)
def _number_at(wkb: Text, at: int) -> int:
    return (
        np.int64(wkb[at])
        | np.int64(wkb[at + 1]) << 8
        | np.int64(wkb[at + 2]) << 16
        | np.int64(wkb[at + 3]) << 24
    )


@numba.njit(cache=True, nogil=True, forceinline=True)
def _double_at(wkb: Text, at: int) -> float:
    return np.int64(_number_at(wkb, at) | _number_at(wkb, at + 4) << 32).view(np.float64)


@numba.njit(cache=True, nogil=True)
def _kind_at(wkb: Text, at: int, end: int) -> tuple[int, int]:
    """Return the type, 1 to 6, and the dimensions of the geometry at `at`; type 0 for any other."""
    if at + _WKB_HEAD > end or wkb[at] != _LITTLE:
        return 0, 0
    code = _number_at(wkb, at + 1)
    dimensions = 3 if code > _HAS_Z else 2
    kind = code - _HAS_Z if code > _HAS_Z else code
    return (kind, dimensions) if 1 <= kind <= 6 else (0, 0)


@numba.njit(cache=True, nogil=True)
def _end_of_list(wkb: Text, at: int, end: int, size: int) -> int:
    """Return where a counted list of things of `size` bytes ends; -1 if it is not whole."""
    if at + _COUNT > end:
        return -1
    after = at + _COUNT + _number_at(wkb, at) * size
    return after if after <= end else -1


@numba.njit(cache=True, nogil=True)
def _end_of_simple(wkb: Text, at: int, end: int, kind: int, dimensions: int) -> int:
    """Return where the body of a point, line or polygon ends; -1 if it is not whole."""
    size = 8 * dimensions
    if kind == 1:
        return at + size if at + size <= end else -1
    if kind == 2:
        return _end_of_list(wkb, at, end, size)
    if at + _COUNT > end:
        return -1
    rings, at = _number_at(wkb, at), at + _COUNT
    for _ in range(rings):
        at = _end_of_list(wkb, at, end, size)
        if at < 0:
            return -1
    return at


@numba.njit(cache=True, nogil=True)
def _end_of_parts(wkb: Text, at: int, end: int, kind: int, dimensions: int) -> int:
    """Return where the body of a collection of one kind ends; -1 if it is not whole."""
    if at + _COUNT > end:
        return -1
    parts, at = _number_at(wkb, at), at + _COUNT
    for _ in range(parts):
        part, of_part = _kind_at(wkb, at, end)
        if part != kind - 3 or of_part != dimensions:
            return -1
        at = _end_of_simple(wkb, at + _WKB_HEAD, end, part, dimensions)
        if at < 0:
            return -1
    return at


@numba.njit(cache=True, nogil=True)
def is_plain(wkb: Text, start: int, end: int) -> bool:
    """Tell whether the bytes from `start` to `end` are a geometry that `write_shape` can read."""
    kind, dimensions = _kind_at(wkb, start, end)
    if kind == 0:
        return False
    at = start + _WKB_HEAD
    if kind <= 3:
        return _end_of_simple(wkb, at, end, kind, dimensions) == end
    return _end_of_parts(wkb, at, end, kind, dimensions) == end


@numba.njit(cache=True, nogil=True)
def _write_position(out: Text, at: int, wkb: Text, place: int, shape: tuple[int, bool]) -> int:
    dimensions, latitude_first = shape
    first, second = (8, 0) if latitude_first else (0, 8)
    out[at] = _OPEN
    at = write_number(out, at + 1, _double_at(wkb, place + first))
    out[at] = _COMMA
    at = write_number(out, at + 1, _double_at(wkb, place + second))
    if dimensions == 3:
        out[at] = _COMMA
        at = write_number(out, at + 1, _double_at(wkb, place + 16))
    out[at] = _CLOSE
    return at + 1


@numba.njit(cache=True, nogil=True)
def _write_line(
    out: Text, at: int, wkb: Text, place: int, shape: tuple[int, bool]
) -> tuple[int, int]:
    """Write a counted list of positions; return both positions behind it."""
    count, place = _number_at(wkb, place), place + _COUNT
    out[at] = _OPEN
    at += 1
    for i in range(count):
        if i:
            out[at] = _COMMA
            at += 1
        at = _write_position(out, at, wkb, place, shape)
        place += 8 * shape[0]
    out[at] = _CLOSE
    return at + 1, place


@numba.njit(cache=True, nogil=True)
def _is_nowhere(wkb: Text, place: int) -> bool:
    """Tell whether the point at `place` is empty: in WKB, NaN."""
    return np.isnan(_double_at(wkb, place))


@numba.njit(cache=True, nogil=True)
def _write_simple(
    out: Text, at: int, wkb: Text, place: int, kind: int, shape: tuple[int, bool]
) -> tuple[int, int]:
    """Write the coordinates of a point, line or polygon; return both positions behind them."""
    if kind == 1:
        if _is_nowhere(wkb, place):
            out[at], out[at + 1] = _OPEN, _CLOSE
            return at + 2, place + 8 * shape[0]
        return _write_position(out, at, wkb, place, shape), place + 8 * shape[0]
    if kind == 2:
        return _write_line(out, at, wkb, place, shape)
    rings, place = _number_at(wkb, place), place + _COUNT
    out[at] = _OPEN
    at += 1
    for i in range(rings):
        if i:
            out[at] = _COMMA
            at += 1
        at, place = _write_line(out, at, wkb, place, shape)
    out[at] = _CLOSE
    return at + 1, place


@numba.njit(cache=True, nogil=True)
def write_shape(out: Text, at: int, wkb: Text, start: int, end: int, latitude_first: bool) -> int:
    """Write the geometry from `start` to `end`, for which `is_plain` holds."""
    kind, dimensions = _kind_at(wkb, start, end)
    shape = (dimensions, latitude_first)
    at = write_bytes(out, at, _HEAD, _ENDS[kind - 1], _ENDS[kind])
    place = start + _WKB_HEAD
    if kind <= 3:
        at, place = _write_simple(out, at, wkb, place, kind, shape)
    else:
        parts, place = _number_at(wkb, place), place + _COUNT
        out[at] = _OPEN
        at += 1
        for i in range(parts):
            if i:
                out[at] = _COMMA
                at += 1
            at, place = _write_simple(out, at, wkb, place + _WKB_HEAD, kind - 3, shape)
        out[at] = _CLOSE
        at += 1
    out[at] = _BRACE
    return at + 1
