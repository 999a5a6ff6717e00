"""Some of the grid's SQL functions as plain SQL, which DuckDB runs at its own speed.

Each macro has the name of a function and answers as it does. It is found first where a connection
looks into its own database first; after `USE` of another one the function answers. What a macro
does not understand (a code in lower case, a 3-D code, a level that does not exist) it hands to the
function, which reads or refuses it.

DuckDB works common parts of an expression out once in a SELECT but not in a WHERE, where the five
steps that interleave bits, each naming its argument twice, cost 4.9 µs a row. `list_transform` of
lists of the two coordinates gives each step a name. A key is made so at four fifths of what the
function costs, and by as many threads as DuckDB has; edges out of a key, or codes, need twice the
steps, or texts put together piece by piece, which is no faster than the functions.
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
    "bd_place_key(lon, lat, geosot_level)",
)
# Steps of `chengmo.grid.kernel.spread_bits`.
_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
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
        _place_key(has_level),
    )


def _place_key(has_level: str) -> str:
    """Return the key of a place, a bit at a time.

    Degrees are counted in 2⁻⁴⁵, rounded: q, their 2³⁰ · 225-fold, is the units · 2³⁰ with at most
    113 too much or too little, and has the snap of 2⁻²⁰ units added. Where that might matter, less
    than once in a million places and never on a grid line, there is no field, and the function is
    asked; so it is at the ends, where places are drawn into the outermost cell.
    """
    steps = f"(abs({{}}::DOUBLE) * {2**45}::DOUBLE)::UBIGINT * 225::UBIGINT + 1024::UBIGINT"
    made = f"[{steps.format('lon')}, {steps.format('lat')}]"
    # Minutes and degrees: 122 880 = 15 · 2¹³ and 7 372 800 = 225 · 2¹⁵, divided by multiplying.
    minutes = "(((q >> 43::UBIGINT) * 279621::UBIGINT) >> 22::UBIGINT) << 13::UBIGINT"
    degrees = "(((q >> 45::UBIGINT) * 37283::UBIGINT) >> 23::UBIGINT) << 19::UBIGINT"
    sure = f"((q + 113::UBIGINT) & {2**30 - 1}::UBIGINT) > 226::UBIGINT"
    field = f"(q >> 30::UBIGINT) + ({minutes}) + ({degrees})"
    made = f"list_transform({made}, lambda q: CASE WHEN {sure} THEN {field} END)"
    for steps_at_once in (_SPREAD[:2], _SPREAD[2:4], _SPREAD[4:]):
        spread = "v"
        for shift, mask in steps_at_once:
            spread = f"(({spread} | ({spread} << {shift}::UBIGINT)) & {mask}::UBIGINT)"
        made = f"list_transform({made}, lambda v: {spread})"
    both = f"list_transform([{made}], lambda v: v[1] | (v[2] << 1::UBIGINT))[1]"
    west = f"(lon::DOUBLE < 0)::UBIGINT * {2**62}::UBIGINT"
    south = f"(lat::DOUBLE < 0)::UBIGINT * {2**63}::UBIGINT"
    inside = "(1::UBIGINT << (64 - 2 * geosot_level::INTEGER)::UBIGINT) - 1::UBIGINT"
    mask = f"({2**64 - 1}::UBIGINT - ({inside}))"
    function = "bd_place_key(lon, lat, geosot_level)"
    key = f"coalesce(({both} | {west} | {south}) & {mask}, system.main.{function})"
    well_inside = "abs(lon::DOUBLE) < 179.999999 AND abs(lat::DOUBLE) < 89.999999"
    return _or_function(f"{well_inside} AND {has_level}", key, function)


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
