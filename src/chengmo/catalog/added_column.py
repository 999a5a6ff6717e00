"""A further column for the rows of a query, by a grid function, for columns of millions.

The rows go through in pieces a hundred times as large as DuckDB hands to a function: a cell then
costs what it costs in NumPy. Neither all of them nor all results are ever in memory at once.
"""

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from chengmo.catalog.functions import FUNCTIONS
from chengmo.errors import InvalidRequest

_BATCH_ROWS = 1 << 18
_FUNCTIONS = {function.name: function for function in FUNCTIONS}


def add_column(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    function: str,
    *,
    of: Sequence[str],
    then: Sequence[int | str] = (),
    named: str,
) -> duckdb.DuckDBPyRelation:
    """Return the rows of a query with what a grid function gives for each; it can be read once.

    Args:
        connection: Where the query runs.
        query: A SELECT of what the database holds (not of a table registered with one cursor).
        function: One of `FUNCTIONS`, as `bd_place_key`.
        of: The query's columns that are its first arguments, as `("lon", "lat")`.
        then: Its further arguments, the same for all rows: a level, a height profile.
        named: The new column's name.

    Raises:
        InvalidRequest: If there is no such function, or it takes other arguments.
        InvalidCell: While it is read, if a row has no place or code.
    """
    wanted = _FUNCTIONS.get(function)
    if wanted is None or len(wanted.takes) != len(of) + len(then):
        known = ", ".join(f"{each.name}({', '.join(each.takes)})" for each in FUNCTIONS)
        raise InvalidRequest(
            f"there is no '{function}' of {len(of) + len(then)} arguments",
            hint=f"there are {known}",
        )
    kind = connection.sql(f"SELECT NULL::{wanted.gives} AS kind").to_arrow_table().schema[0].type
    rows = connection.cursor().sql(query).to_arrow_reader(_BATCH_ROWS)
    schema = rows.schema.append(pa.field(named, kind))

    def widened() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            if not batch.num_rows:
                continue
            rest = (pa.repeat(value, batch.num_rows) for value in then)
            found = wanted.work(*(batch.column(name) for name in of), *rest)
            yield pa.RecordBatch.from_arrays([*batch.columns, found.cast(kind)], schema=schema)

    return connection.from_arrow(pa.RecordBatchReader.from_batches(schema, widened()))


def add_codes(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    *,
    level: int,
    lon: str = "lon",
    lat: str = "lat",
) -> duckdb.DuckDBPyRelation:
    """Return the rows of a query with a further column `code`; see `add_column`.

    Args:
        connection: Where the query runs.
        query: A SELECT.
        level: BeiDou level, 1 to 10.
        lon: Name of its column of longitudes.
        lat: Of latitudes.
    """
    return add_column(connection, query, "bd_encode", of=(lon, lat), then=(level,), named="code")
