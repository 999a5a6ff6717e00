"""Whether the column that names the rows names each of them once (唯一性, GB/T 36344)."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chengmo.catalog.dataset import DatasetColumn
from chengmo.catalog.importing.kernels import pc

_ID = re.compile(
    r"^(?:.*_)?(?:id|fid|gid|oid|uuid|objectid|code|key)$|编号|编码|代码|序号|标识|身份证"
)
# Counting holds all values in memory: numbers as they are, texts in a table of distinct ones.
_MOST_NUMBERS = 20_000_000
_MOST_TEXTS = 2_000_000


def count_repeats(table: Path, columns: Sequence[DatasetColumn]) -> list[str]:
    """Return a warning if values of the first identifying column occur more than once."""
    column = find_identifier(columns)
    if column is None:
        return []
    most = _MOST_NUMBERS if column.type == "integer" else _MOST_TEXTS
    if pq.read_metadata(table).num_rows > most:
        return []
    repeats = _count(pq.read_table(table, columns=[column.name]).column(0))
    if repeats == 0:
        return []
    return [f"'{column.name}' looks like an identifier but repeats in {repeats} rows"]


def _count(values: pa.ChunkedArray) -> int:
    """Return how many values have occurred before."""
    if not pa.types.is_integer(values.type):
        return len(values) - values.null_count - int(pc.count_distinct(values).as_py())
    # Twice the numbers is all that is ever held: those received and those sorted.
    numbers = np.empty(len(values) - values.null_count, np.int64)
    done = 0
    for chunk in values.chunks:
        given = chunk.drop_null().to_numpy()
        numbers[done : done + len(given)] = given
        done += len(given)
    numbers.sort()
    return int(np.count_nonzero(numbers[1:] == numbers[:-1]))


def find_identifier(columns: Sequence[DatasetColumn]) -> DatasetColumn | None:
    """Return the first column whose name says that it names the rows."""
    kinds = {"integer", "text"}
    found = (each for each in columns if each.type in kinds and _ID.search(each.name.casefold()))
    return next(found, None)
