"""Columns of the owner that say where a row is: they must go when its place is made coarser.

A file of points usually keeps its longitude and latitude as columns, beside the geometry made of
them. Names say little (`X`, `坐标1`), so the values are held against the rows' own places.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.dataset import DatasetColumn
from chengmo.catalog.importing.kernels import pc

SAMPLE_ROWS = 20_000
# GCJ-02 and BD-09 lie up to 0.02° from CGCS2000 in China.
_NEAR_DEGREES = 0.03
# Projected metres are so close to a straight line of degrees over a city.
_STRAIGHT = 0.98
_SHARE = 0.5
_FEWEST_ROWS = 3
_PAIR = r"^\s*\(?\s*-?\d{1,3}\.\d+\s*[,; ]\s*-?\d{1,3}\.\d+\s*\)?\s*$"
_SHAPE = r"^\s*(?i:POINT|LINESTRING|POLYGON|MULTI|\{\s*\"type\")"
# GB/T 39409: hemisphere, zone of six degrees, band, then digits of the finer levels.
_CODE = r"^[NS]\d{2}[A-V][0-9A-F]{2,}[0-9A-F\-]*$"
_NUMBER = r"^\s*-?\d{1,9}(\.\d+)?\s*$"
_TELLING = f"{_PAIR}|{_SHAPE}|{_CODE}"


def place_columns(table: pa.Table, columns: Sequence[DatasetColumn]) -> frozenset[str]:
    """Return the names of the columns whose values tell of the rows' places.

    A column of numbers does if most of them lie near the row's longitude or latitude, or all of
    them near a straight line of one; a column of texts if most are pairs of coordinates, shapes or
    cell codes.

    Args:
        table: Some rows, with `columns` and the platform's bounds.
        columns: Which to look at.
    """
    lon = _middle(table, "_west", "_east")
    lat = _middle(table, "_south", "_north")
    found: set[str] = set()
    for column in columns:
        values = table.column(column.name)
        if column.type not in {"number", "integer", "text"}:
            continue
        numbers = _numbers(values)
        telling = any(_tells(numbers, axis) for axis in (lon, lat))
        if telling or (column.type == "text" and _are_places(values)):
            found.add(column.name)
    return frozenset(found)


def _numbers(values: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return the numbers in a column, also where they are texts; NaN for what is none."""
    if pa.types.is_string(values.type):
        is_number = pc.match_substring_regex(values, _NUMBER)
        values = pc.if_else(is_number, pc.utf8_trim_whitespace(values), None)
    return np.asarray(values.cast(pa.float64()).to_numpy(), np.float64)


def _middle(table: pa.Table, low: str, high: str) -> NDArray[np.float64]:
    edges = (table.column(name).to_numpy() for name in (low, high))
    return np.mean([np.asarray(edge, np.float64) for edge in edges], axis=0)


def _tells(numbers: NDArray[np.float64], axis: NDArray[np.float64]) -> bool:
    known = np.isfinite(numbers) & np.isfinite(axis)
    if known.sum() < _FEWEST_ROWS:
        return False
    numbers, axis = numbers[known], axis[known]
    if (np.abs(numbers - axis) < _NEAR_DEGREES).mean() >= _SHARE:
        return True
    if np.ptp(numbers) == 0 or np.ptp(axis) == 0:
        return False
    return abs(float(np.corrcoef(numbers, axis)[0, 1])) >= _STRAIGHT


def _are_places(values: pa.ChunkedArray) -> bool:
    texts = values.drop_null()
    if not len(texts):
        return False
    told = pc.match_substring_regex(texts, _TELLING)
    return float(pc.mean(told.cast(pa.float64())).as_py()) >= _SHARE
