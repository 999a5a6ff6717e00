"""Some of the grid's SQL functions as plain SQL, which DuckDB runs at its own speed.

Each macro has the name of a function and answers as it does. It is found first where a connection
looks into its own database first; after `USE` of another one the function answers. What a macro
does not understand (a code in lower case, a 3-D code, a level that does not exist) it hands to the
function, which reads or refuses it.

Only what stays a short expression is here. A key out of coordinates, or edges out of a key, names
its argument anew in each of five steps that interleave bits: DuckDB works common parts out once in
a SELECT but not in a WHERE, where such a macro cost fourteen times what the function does.
"""

import duckdb

from chengmo.grid import FINEST_LEVEL
from chengmo.grid.code_kernel import LENGTHS

_CODE_LEVELS = range(1, 11)
# What each level adds to a 2-D code below 88°.
_PARTS = (
    "[NS](?:0[1-9]|[1-5][0-9]|60)[A-V]",
    "[0-9AB][0-7]",
    "[0-5]",
    "[0-9A-E][0-9]",
    "[0-9A-E][0-9A-E]",
    "[0-3]",
    *("[0-7][0-7]",) * 4,
)
_MACROS = (
    "bd_level(code)",
    "bd_parent(code, level)",
    "bd_key_parent(key, geosot_level)",
    "bd_key_range(key, geosot_level)",
    "bd_is_place(lon, lat)",
)


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a connection that has the grid's functions their fast forms.

    A database that is read only keeps the functions alone.
    """
    writable = (
        "SELECT NOT readonly FROM duckdb_databases() WHERE database_name = current_database()"
    )
    if connection.execute(writable).fetchone() == (True,):
        for head, body in zip(_MACROS, _bodies(), strict=True):
            connection.execute(f"CREATE OR REPLACE MACRO {head} AS {body}")


def _bodies() -> tuple[str, ...]:
    flat = f"regexp_full_match(code, '{_pattern()}')"
    length = _choose("level", {level: str(LENGTHS[level]) for level in _CODE_LEVELS})
    level = _choose("strlen(code)", {int(LENGTHS[one]): str(one) for one in _CODE_LEVELS})
    inside = (
        f"(1::UBIGINT << ({2 * FINEST_LEVEL} - 2 * geosot_level::INTEGER)::UBIGINT) - 1::UBIGINT"
    )
    first = f"key::UBIGINT & ({2**64 - 1}::UBIGINT - ({inside}))"
    # Level 0 is the whole world: one bit more than a shift can make.
    has_level = f"geosot_level BETWEEN 1 AND {FINEST_LEVEL}"
    # NULL AND FALSE would be FALSE.
    both_given = "lon::DOUBLE + lat::DOUBLE IS NOT NULL"
    in_range = "abs(lon::DOUBLE) <= 180 AND abs(lat::DOUBLE) <= 90"
    long_enough = f"strlen(code) >= {length} AND {flat}"
    ends = f'struct_pack("first" := {first}, "last" := key::UBIGINT | ({inside}))'
    return (
        _or_function(flat, f"({level})::UTINYINT", "bd_level(code)"),
        _or_function(long_enough, f"substring(code, 1, {length})", "bd_parent(code, level)"),
        _or_function(has_level, first, "bd_key_parent(key, geosot_level)"),
        _or_function(f"{has_level} AND key IS NOT NULL", ends, "bd_key_range(key, geosot_level)"),
        f"CASE WHEN {both_given} THEN {in_range} END",
    )


def _pattern() -> str:
    *rest, last = _PARTS[1:]
    pattern = f"(?:{last})?"
    for part in reversed(rest):
        pattern = f"(?:{part}{pattern})?"
    return _PARTS[0] + pattern


def _choose(value: str, results: dict[int, str]) -> str:
    cases = " ".join(f"WHEN {key} THEN {result}" for key, result in results.items())
    return f"CASE {value} {cases} END"


def _or_function(condition: str, value: str, function: str) -> str:
    return f"CASE WHEN {condition} THEN {value} ELSE system.main.{function} END"
