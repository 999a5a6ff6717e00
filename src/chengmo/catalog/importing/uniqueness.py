"""Whether the column that names the rows names each of them once (唯一性, GB/T 36344)."""

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from chengmo.catalog.dataset import DatasetColumn
from chengmo.catalog.importing.kernels import pc

_ID = re.compile(
    r"^(?:.*_)?(?:id|fid|gid|oid|uuid|objectid|code|key)$|编号|编码|代码|序号|标识|身份证"
)
# Counting distinct values holds them all in memory.
_MOST_ROWS = 20_000_000


def count_repeats(table: Path, columns: Sequence[DatasetColumn]) -> list[str]:
    """Return a warning if values of the first identifying column occur more than once."""
    column = find_identifier(columns)
    if column is None or pq.read_metadata(table).num_rows > _MOST_ROWS:
        return []
    values = pq.read_table(table, columns=[column.name]).column(0).drop_null()
    repeats = len(values) - int(pc.count_distinct(values).as_py())
    if repeats == 0:
        return []
    return [f"'{column.name}' looks like an identifier but repeats in {repeats} rows"]


def find_identifier(columns: Sequence[DatasetColumn]) -> DatasetColumn | None:
    """Return the first column whose name says that it names the rows."""
    kinds = {"integer", "text"}
    found = (each for each in columns if each.type in kinds and _ID.search(each.name.casefold()))
    return next(found, None)
