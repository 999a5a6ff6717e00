"""The grid in SQL: `bd_…` functions of DuckDB, on whole columns.

    SELECT bd_encode(lon, lat, 8) AS code, count(*) FROM shops GROUP BY code

DuckDB hands a function written outside it 2048 rows at a time as Arrow, and needs 0.2 to 0.3 µs a
row for that alone, ten times what most of them take (measured in `benchmarks/sql_speed.py`). So
what short SQL can say is a macro of the same name (`macros`), and `add_column` reads in larger
pieces and is for columns of millions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature

import duckdb
import numpy as np
import pyarrow as pa
from duckdb.func import PythonUDFType

from chengmo.catalog.macros import create_macros
from chengmo.errors import ChengmoError
from chengmo.grid import is_valid_place
from chengmo.grid.adapters import arrow_column as grid
from chengmo.grid.adapters.arrow_column import BOX, SOLID_BOX, Column

_WHICH = re.compile(r" at index \d+| \(\d+ such\)")
_Work = Callable[..., pa.Array]


@dataclass(frozen=True)
class Function:
    """One SQL function.

    Attributes:
        name: As it is called.
        takes: Names and SQL types of its arguments.
        gives: SQL type of its result.
        work: Arrow columns in, an Arrow column out.
        says: What it does, one sentence.
    """

    name: str
    takes: dict[str, str]
    gives: str
    work: _Work
    says: str


def _doubles(*names: str) -> str:
    return "STRUCT(" + ", ".join(f"{name} DOUBLE" for name in names) + ")"


def _by_level(work: _Work) -> _Work:
    """Return `work`, which wants one level, for a column of levels (its last argument)."""

    def each(*columns: Column) -> pa.Array:
        *values, levels = columns
        every = np.asarray(levels)
        if every.min() == every.max():
            return work(*values, level=int(every[0]))
        distinct = np.unique(every)
        rows = [np.flatnonzero(every == level) for level in distinct]
        parts = [
            work(*(value.take(pa.array(at)) for value in values), level=int(level))
            for at, level in zip(rows, distinct, strict=True)
        ]
        order = np.argsort(np.concatenate(rows), kind="stable")
        return pa.concat_arrays(parts).take(pa.array(order))

    return each


def _by_profile(work: _Work) -> _Work:
    """Return `work`, which wants one height profile, for a constant last argument."""

    def each(*columns: Column) -> pa.Array:
        *values, profiles = columns
        named = profiles.unique().to_pylist()
        if len(named) > 1:
            raise ValueError("one height profile a query: 'standard', 'bits', 'bits2c' or 'geosot'")
        return work(*values, profile=named[0])

    return each


def _is_place(lon: Column, lat: Column) -> pa.Array:
    return pa.array(is_valid_place(lon.to_numpy(), lat.to_numpy()))


def _encode_solid(*columns: Column) -> pa.Array:
    lon, lat, height, levels, profiles = columns
    by_level = _by_level(
        lambda x, y, z, level: _by_profile(
            lambda a, b, c, profile: grid.encode_solid(a, b, c, level=level, profile=profile)
        )(x, y, z, profiles.slice(0, len(x)))
    )
    return by_level(lon, lat, height, levels)


_PLACE = {"lon": "DOUBLE", "lat": "DOUBLE"}
_CODE, _KEY, _LEVEL = {"code": "VARCHAR"}, {"key": "UBIGINT"}, {"level": "INTEGER"}
_RANGE = 'STRUCT("first" UBIGINT, "last" UBIGINT)'
FUNCTIONS: tuple[Function, ...] = (
    Function(
        "bd_encode",
        {**_PLACE, **_LEVEL},
        "VARCHAR",
        _by_level(grid.encode),
        "The code of a place at a level, 1 to 10",
    ),
    Function(
        "bd_encode_3d",
        {**_PLACE, "height_m": "DOUBLE", **_LEVEL, "profile": "VARCHAR"},
        "VARCHAR",
        _encode_solid,
        "The 3-D code of a place at an ellipsoidal height; the height profile is named",
    ),
    Function("bd_decode", _CODE, _doubles(*BOX), grid.decode, "Edges and centre of a code's cell"),
    Function(
        "bd_decode_3d",
        {**_CODE, "profile": "VARCHAR"},
        _doubles(*SOLID_BOX),
        _by_profile(grid.decode_solid),
        "Edges, centre, floor and ceiling of a 3-D code's cell",
    ),
    Function("bd_level", _CODE, "UTINYINT", grid.level_of, "The level of a 2-D or 3-D code"),
    Function(
        "bd_parent",
        {**_CODE, **_LEVEL},
        "VARCHAR",
        _by_level(grid.parent_code),
        "The code at a coarser level of a 2-D or 3-D code",
    ),
    Function("bd_key", _CODE, "UBIGINT", grid.key_of, "The GeoSOT key of a code of level 4 to 10"),
    Function(
        "bd_code",
        {**_KEY, **_LEVEL},
        "VARCHAR",
        _by_level(grid.code_of),
        "The code at a level, 4 to 10, of a key",
    ),
    Function(
        "bd_place_key",
        {**_PLACE, "geosot_level": "INTEGER"},
        "UBIGINT",
        _by_level(grid.encode_key),
        "The key of a place at a GeoSOT level, 0 to 32",
    ),
    Function(
        "bd_key_parent",
        {**_KEY, "geosot_level": "INTEGER"},
        "UBIGINT",
        _by_level(grid.parent_key),
        "The key at a coarser GeoSOT level",
    ),
    Function(
        "bd_key_range",
        {**_KEY, "geosot_level": "INTEGER"},
        _RANGE,
        _by_level(grid.range_of),
        "First and last level-32 key in a cell: a join by BETWEEN",
    ),
    Function(
        "bd_key_box",
        {**_KEY, "geosot_level": "INTEGER"},
        _doubles(*BOX),
        _by_level(grid.box_of),
        "Edges and centre of a key's cell",
    ),
    Function(
        "bd_cover",
        {"wkb": "BLOB", **_LEVEL},
        "VARCHAR[]",
        _by_level(grid.cover_codes),
        "The codes of one level that cover a polygon",
    ),
    Function(
        "bd_cover_ranges",
        {"wkb": "BLOB", "geosot_level": "INTEGER"},
        f"{_RANGE}[]",
        _by_level(grid.cover_ranges),
        "The key intervals that cover a polygon, its smallest cells of a GeoSOT level",
    ),
    Function("bd_is_place", _PLACE, "BOOLEAN", _is_place, "Whether a place has a cell"),
)


def register_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a DuckDB connection, and every cursor made of it, the functions of `FUNCTIONS`.

    It takes some milliseconds, once for a database: `Lake.once` does it when it is first asked
    for. A null gives a null. What is no place or no code stops the query: DuckDB's error quotes the
    `InvalidCell`; `WHERE bd_is_place(lon, lat)` sets such rows aside.
    """
    for function in FUNCTIONS:
        connection.create_function(
            function.name,
            _told(function),
            [duckdb.type(kind) for kind in function.takes.values()],
            duckdb.type(function.gives),
            type=PythonUDFType.ARROW,
        )
    create_macros(connection)


def _told(function: Function) -> _Work:
    # DuckDB quotes the text of an exception: the way out belongs to it.
    def each(*columns: Column) -> pa.Array:
        try:
            return function.work(*columns)
        except ChengmoError as error:
            told = _WHICH.sub("", error.message)
            raise ValueError(f"{told} ({error.hint})") from error

    # DuckDB counts the parameters of what it is given.
    names = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in function.takes]
    each.__signature__ = Signature(names)
    return each
