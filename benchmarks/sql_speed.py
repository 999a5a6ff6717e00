"""What the grid costs in SQL beside the same in NumPy, in processor time of one thread.

`python -m benchmarks.sql_speed [ROWS]`
"""

import statistics
import sys
import time
from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from chengmo.catalog.functions import add_codes, register_functions
from chengmo.grid import code_bounds, encode_codes, encode_keys, encode_solid_codes, parent_keys

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
    register_functions(connection)
    values = {"lon": lon, "lat": lat, "height": height, "key": keys}
    connection.register("made", pa.table({**values, "code": codes.astype(str)}))
    connection.execute("CREATE TABLE places AS SELECT * FROM made")

    def ask(expression: str) -> Callable[[], object]:
        return lambda: connection.sql(f"SELECT count({expression}) FROM places").fetchall()

    def ask_in_pieces() -> object:
        coded = add_codes(connection, "SELECT lon, lat FROM places", level=10)
        return coded.count("code").fetchall()

    compared: tuple[tuple[str, Callable[[], object], Callable[[], object]], ...] = (
        ("nothing (a plain sum)", ask("lon + lat"), lambda: lon + lat),
        (
            "bd_encode, level 10",
            ask("bd_encode(lon, lat, 10)"),
            lambda: encode_codes(lon, lat, level=10),
        ),
        ("add_codes, level 10", ask_in_pieces, lambda: encode_codes(lon, lat, level=10)),
        ("bd_decode, level 10", ask("bd_decode(code)"), lambda: code_bounds(codes)),
        (
            "bd_encode_3d, level 10",
            ask("bd_encode_3d(lon, lat, height, 10, 'standard')"),
            lambda: encode_solid_codes(lon, lat, height, level=10),
        ),
        (
            "bd_place_key, level 32",
            ask("bd_place_key(lon, lat, 32)"),
            lambda: encode_keys(lon, lat),
        ),
        ("bd_key_parent, level 15", ask("bd_key_parent(key, 15)"), lambda: parent_keys(keys, 15)),
        ("a parent by left(code, 9)", ask("left(code, 9)"), lambda: codes.astype("S9")),
    )
    sys.stdout.write(f"{'':28}{'SQL ns/row':>12}{'NumPy ns/row':>14}\n")
    for name, sql, plain in compared:
        sys.stdout.write(
            f"{name:28}{nanoseconds(sql, rows):12.1f}{nanoseconds(plain, rows):14.1f}\n"
        )


if __name__ == "__main__":
    main()
