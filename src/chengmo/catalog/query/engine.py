"""The jailed engine: a DuckDB that holds the granted datasets as views, and nothing else.

It keeps its own counsel, whoever checked the statement before: DuckDB parses it once more, and only
a single SELECT over those views, with functions of the vocabulary, is run. The file system is shut
by DuckDB's settings and, where the kernel offers Landlock, by the kernel (`landlock.py`): DuckDB's
settings alone let COPY overwrite an allowed file (`use_tmp_file false`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from chengmo.catalog.functions import register_functions
from chengmo.catalog.lake import literal, quoted
from chengmo.catalog.query.vocabulary import FUNCTIONS, TABLE_FUNCTIONS
from chengmo.errors import InvalidQuery

SCHEMA = "city"
# What DuckDB's parser makes of clauses and operators written in other ways.
_MADE_BY_THE_PARSER = frozenset({"count_star", "localtimestamp"})
_TABLES = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "COLUMN_DATA"}
)
# Where DuckDB's own functions are; its parser names it for those it puts in itself.
_SCHEMAS, _CATALOGS = (None, "", "main"), (None, "", "system")
_TABLE_PLACES = ("from_table", "left", "right")


@dataclass(frozen=True)
class Shelf:
    """One granted dataset, as the engine gets it.

    Attributes:
        name: Its id.
        columns: SQL type by column name.
        files: Names of its Parquet files; none for a dataset without rows.
    """

    name: str
    columns: Mapping[str, str]
    files: Sequence[str]


def open_engine(
    shelves: Sequence[Shelf], *, memory_mb: int, threads: int, spatial: Path | None, grid: bool
) -> duckdb.DuckDBPyConnection:
    """Return a locked DuckDB that sees `shelves`.

    Args:
        shelves: What it sees.
        memory_mb: All it may use; nothing is written to a disk.
        threads: Of it.
        spatial: The spatial extension, checked; None leaves it and the shapes out.
        grid: Whether the `bd_…` functions are to be there.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            # The platform has checked the one that is loaded.
            "allow_unsigned_extensions": "true",
            "memory_limit": f"{memory_mb}MiB",
            "threads": str(threads),
            "temp_directory": "",
            "max_temp_directory_size": "0KB",
            "python_enable_replacements": "false",
            "enable_external_file_cache": "false",
        },
    )
    if spatial is not None:
        connection.execute(f"LOAD {literal(str(spatial))}")
        connection.execute("SET GLOBAL geometry_always_xy = true")
    if grid:
        register_functions(connection)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    for shelf in shelves:
        connection.execute(_view(shelf, with_shapes=spatial is not None))
    files = ", ".join(literal(file) for shelf in shelves for file in shelf.files)
    connection.execute(f"SET GLOBAL allowed_paths = [{files}]")
    connection.execute("SET GLOBAL enable_external_access = false")
    connection.execute("SET GLOBAL allow_unsigned_extensions = false")
    connection.execute("SET GLOBAL lock_configuration = true")
    return connection


def check_parsed(connection: duckdb.DuckDBPyConnection, sql: str, shelves: Sequence[Shelf]) -> None:
    """Pass if DuckDB itself reads `sql` as one question over `shelves`.

    Raises:
        InvalidQuery: If it reads anything else.
    """
    # No parameter: taking one makes DuckDB's Python look for pandas, a fifth of a second each time.
    row = connection.execute(f"SELECT json_serialize_sql({literal(sql)})").fetchone()
    parsed: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    if parsed["error"]:
        # DuckDB serialises questions only: every other statement is an error.
        raise _refused(str(parsed.get("error_message", "")).splitlines()[0][:200])
    if len(parsed["statements"]) != 1:
        raise _refused("more than one statement")
    names = {shelf.name for shelf in shelves}
    nodes = list(_nodes(parsed))
    parts = {
        str(entry["key"]) for node in nodes for entry in (node.get("cte_map") or {}).get("map", ())
    }
    for node in nodes:
        _check_node(node, names, parts)


def _check_node(node: Mapping[str, Any], names: set[str], parts: set[str]) -> None:
    for place in _TABLE_PLACES:
        table = node.get(place)
        if (
            isinstance(table, dict)
            and {"alias", "sample"} <= table.keys()
            and str(table.get("type")) not in _TABLES
        ):
            raise _refused(f"'{str(table.get('type')).lower()}'")
    if node.get("type") == "BASE_TABLE":
        _check_table(node, names, parts)
    if node.get("type") == "TABLE_FUNCTION":
        function = str(node["function"].get("function_name")).lower()
        if function not in TABLE_FUNCTIONS:
            raise _refused(f"'{function}'")
    elif isinstance(function := node.get("function_name"), str):
        _check_function(function.lower(), node)


def _check_table(node: Mapping[str, Any], names: set[str], parts: set[str]) -> None:
    schema, table = node.get("schema_name"), str(node.get("table_name"))
    if node.get("catalog_name") or node.get("at_clause"):
        raise _refused("a table of another place or time")
    if not (table in names if schema == SCHEMA else not schema and table in parts):
        raise _refused("a table that is no dataset of this question")


def _check_function(function: str, node: Mapping[str, Any]) -> None:
    is_symbol = not any(letter.isalnum() or letter == "_" for letter in function)
    known = is_symbol or function in FUNCTIONS or function in _MADE_BY_THE_PARSER
    if not known or node.get("schema") not in _SCHEMAS or node.get("catalog") not in _CATALOGS:
        raise _refused(f"the function '{function[:60]}'")


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _refused(what: str) -> InvalidQuery:
    return InvalidQuery(
        f"this cannot be asked here: {what}", hint="ask one question with SELECT over datasets"
    )


def _view(shelf: Shelf, *, with_shapes: bool) -> str:
    columns = {
        name: kind for name, kind in shelf.columns.items() if with_shapes or name != "_geometry"
    }
    name = f"{SCHEMA}.{quoted(shelf.name)}"
    if not shelf.files:
        nothing = ", ".join(
            f"CAST(NULL AS {_shown_type(column, kind)}) AS {quoted(column)}"
            for column, kind in columns.items()
        )
        return f"CREATE VIEW {name} AS SELECT {nothing} WHERE false"
    shown = ", ".join(
        "ST_GeomFromWKB(_geometry) AS _geometry" if column == "_geometry" else quoted(column)
        for column in columns
    )
    files = ", ".join(literal(file) for file in shelf.files)
    return (
        f"CREATE VIEW {name} AS "  # noqa: S608 - names and literals are quoted
        f"SELECT {shown} FROM read_parquet([{files}], hive_partitioning => false)"
    )


def _shown_type(column: str, kind: str) -> str:
    return "GEOMETRY" if column == "_geometry" else kind
