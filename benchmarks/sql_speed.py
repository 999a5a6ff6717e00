"""What the grid costs in SQL beside the same in NumPy, in processor time of one thread.

Of a struct one field is asked for: the greatest of structs compares texts DuckDB makes of them. "A
function that returns its argument" is what DuckDB takes to hand rows to Python and back.

`python -m benchmarks.sql_speed [ROWS]`
"""

import statistics
import sys
import time
from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa
from duckdb.func import PythonUDFType

from chengmo.catalog.added_column import add_column
from chengmo.catalog.functions import register_functions
from chengmo.grid import (
    code_bounds,
    encode_codes,
    encode_keys,
    encode_solid_codes,
    key_bounds,
    key_of_code,
    key_range,
    parent_keys,
    parse_codes,
)

Asked = Callable[[], object]

ROWS = 1_000_000
REPEATS = 5


def nanoseconds(work: Callable[[], object], rows: int) -> float:
    """Return the median processor time of `work` for a row; the first call is not counted."""
    work()
    times: list[float] = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times) / rows * 1e9


def main() -> None:
    """Print a table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(113.7, 115.1, rows), rng.uniform(29.9, 31.4, rows)
    height, keys = rng.uniform(0, 500, rows), encode_keys(lon, lat)
    codes = encode_codes(lon, lat, level=10)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    start = time.process_time()
    register_functions(connection)
    sys.stdout.write(f"register_functions: {(time.process_time() - start) * 1e3:.1f} ms\n")
    values = {"lon": lon, "lat": lat, "height": height, "key": keys}
    connection.register("made", pa.table({**values, "code": codes.astype(str)}))
    connection.execute("CREATE TABLE places AS SELECT * FROM made")

    def ask(expression: str) -> Callable[[], object]:
        # Unlike a count, which may be known without them, the greatest needs all values.
        return lambda: connection.sql(f"SELECT max({expression}) FROM places").fetchall()

    def in_pieces(function: str, of: tuple[str, ...], *then: int | str) -> Callable[[], object]:
        query = f"SELECT {', '.join(of)} FROM places"

        def ask_all() -> object:
            added = add_column(connection, query, function, of=of, then=then, named="found")
            return added.aggregate("count(found)").fetchall()

        return ask_all

    place = ("lon", "lat")
    connection.create_function(
        "as_it_is",
        lambda column: column,
        ["DOUBLE"],
        "DOUBLE",
        type=PythonUDFType.ARROW,
    )
    compared: tuple[tuple[str, Asked, Asked | None, Asked], ...] = (
        ("nothing (a plain sum)", ask("lon + lat"), None, lambda: lon + lat),
        (
            "a function that returns its argument",
            ask("as_it_is(lon)"),
            None,
            lambda: lon,
        ),
        (
            "bd_encode, level 10",
            ask("bd_encode(lon, lat, 10)"),
            in_pieces("bd_encode", place, 10),
            lambda: encode_codes(lon, lat, level=10),
        ),
        (
            "bd_decode, level 10",
            ask("bd_decode(code).west"),
            in_pieces("bd_decode", ("code",)),
            lambda: code_bounds(codes),
        ),
        (
            "bd_encode_3d, level 10",
            ask("bd_encode_3d(lon, lat, height, 10, 'standard')"),
            in_pieces("bd_encode_3d", (*place, "height"), 10, "standard"),
            lambda: encode_solid_codes(lon, lat, height, level=10),
        ),
        (
            "bd_place_key as a function, level 32",
            ask("system.main.bd_place_key(lon, lat, 32)"),
            in_pieces("bd_place_key", place, 32),
            lambda: encode_keys(lon, lat),
        ),
        (
            "bd_place_key as a macro",
            ask("bd_place_key(lon, lat, 32)"),
            None,
            lambda: encode_keys(lon, lat),
        ),
        (
            "bd_key_box, level 32",
            ask("bd_key_box(key, 32).west"),
            in_pieces("bd_key_box", ("key",), 32),
            lambda: key_bounds(keys, level=32),
        ),
        (
            "bd_key, level 10",
            ask("bd_key(code)"),
            in_pieces("bd_key", ("code",)),
            lambda: key_of_code(codes),
        ),
        (
            "bd_level as a function",
            ask("system.main.bd_level(code)"),
            in_pieces("bd_level", ("code",)),
            lambda: parse_codes(codes),
        ),
        ("bd_level as a macro", ask("bd_level(code)"), None, lambda: parse_codes(codes)),
        (
            "bd_parent as a function",
            ask("system.main.bd_parent(code, 5)"),
            in_pieces("bd_parent", ("code",), 5),
            lambda: codes.astype("S11"),
        ),
        ("bd_parent as a macro", ask("bd_parent(code, 5)"), None, lambda: codes.astype("S11")),
        (
            "bd_key_parent as a function",
            ask("system.main.bd_key_parent(key, 15)"),
            in_pieces("bd_key_parent", ("key",), 15),
            lambda: parent_keys(keys, 15),
        ),
        (
            "bd_key_parent as a macro",
            ask("bd_key_parent(key, 15)"),
            None,
            lambda: parent_keys(keys, 15),
        ),
        (
            "bd_key_range as a macro",
            ask("bd_key_range(key, 15).first"),
            None,
            lambda: key_range(keys, 15),
        ),
    )
    sys.stdout.write(f"{'ns a row':38}{'SQL':>10}{'add_column':>12}{'NumPy':>8}\n")
    for name, sql, added, plain in compared:
        pieces = f"{nanoseconds(added, rows):12.1f}" if added else " " * 12
        sys.stdout.write(
            f"{name:38}{nanoseconds(sql, rows):10.1f}{pieces}{nanoseconds(plain, rows):8.1f}\n"
        )


if __name__ == "__main__":
    main()
