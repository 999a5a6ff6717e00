"""The grid's SQL functions give what the Python functions give."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.grid.test_exact import adversarial_places, random_places

from chengmo import grid
from chengmo.catalog.added_column import add_codes, add_column
from chengmo.catalog.functions import FUNCTIONS, register_functions
from chengmo.catalog.lake import Lake, LakeSettings
from chengmo.errors import InvalidRequest

COUNT = 5000


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        register_functions(made)
        rng = np.random.default_rng(7)
        values = {
            "lon": rng.uniform(-180, 180, COUNT),
            "lat": rng.uniform(-87.9, 87.9, COUNT),
            "height": rng.uniform(-500, 9000, COUNT),
        }
        made.register("made", pa.table(values))
        made.execute("CREATE TABLE places AS SELECT * FROM made")
        yield made


@pytest.fixture(scope="module")
def places(connection):
    table = connection.sql("FROM places").to_arrow_table()
    return [table.column(name).to_numpy() for name in ("lon", "lat", "height")]


def column(connection, expression: str) -> list:
    rows = connection.sql(f"SELECT {expression} AS value FROM places").to_arrow_table()
    return rows.column("value").to_pylist()


@pytest.mark.parametrize("level", [1, 3, 5, 10])
def test_places_become_codes(connection, places, level):
    expected = grid.encode_codes(places[0], places[1], level=level)
    found = column(connection, f"bd_encode(lon, lat, {level})")
    assert found == expected.astype(str).tolist()
    boxes = column(connection, f"bd_decode(bd_encode(lon, lat, {level}))")
    west, south, _, north = grid.code_bounds(expected)
    assert [box["west"] for box in boxes] == west.tolist()
    assert [box["lat"] for box in boxes] == ((south + north) / 2).tolist()


def test_heights_make_solid_codes_in_the_profile_that_is_named(connection, places):
    expected = grid.encode_solid_codes(*places, level=7, profile="bits2c")
    found = column(connection, "bd_encode_3d(lon, lat, height, 7, 'bits2c')")
    assert found == expected.astype(str).tolist()
    sql = "bd_decode_3d(bd_encode_3d(lon, lat, height, 7, 'bits2c'), 'bits2c')"
    boxes = column(connection, sql)
    edges = grid.solid_code_bounds(expected, profile="bits2c")
    assert [box["ceiling_m"] for box in boxes] == edges[5].tolist()
    assert set(column(connection, "bd_level(bd_encode_3d(lon, lat, height, 7, 'standard'))")) == {7}


def test_keys_codes_and_parents_agree(connection, places):
    keys = grid.encode_keys(places[0], places[1], level=26)
    assert column(connection, "bd_place_key(lon, lat, 26)") == keys.tolist()
    assert column(connection, "bd_key(bd_encode(lon, lat, 8))") == keys.tolist()
    assert column(connection, "bd_code(bd_place_key(lon, lat, 32), 8)") == (
        grid.code_of_key(keys, level=8).astype(str).tolist()
    )
    assert column(connection, "bd_key_parent(bd_place_key(lon, lat, 32), 26)") == keys.tolist()
    first, last = grid.key_range(keys, 26)
    assert column(connection, "bd_key_range(bd_place_key(lon, lat, 32), 26)") == [
        {"first": a, "last": b} for a, b in zip(first.tolist(), last.tolist(), strict=True)
    ]
    assert all(column(connection, "bd_parent(bd_encode(lon, lat, 8), 5) = bd_encode(lon, lat, 5)"))
    same = "bd_decode(bd_encode(lon, lat, 8)) = bd_key_box(bd_place_key(lon, lat, 32), 26)"
    assert all(column(connection, same))


def test_levels_may_differ_from_row_to_row(connection):
    query = "SELECT bd_encode(114.3, 30.5, l) FROM (VALUES (3), (10), (4), (3)) t(l)"
    found = [row[0] for row in connection.sql(query).fetchall()]
    assert found == [grid.encode_code(114.3, 30.5, level) for level in (3, 10, 4, 3)]


def test_flat_and_solid_codes_may_stand_in_one_column(connection):
    query = (
        "SELECT bd_level(c), bd_parent(c, 2) FROM "
        "(VALUES ('N50J47534'), ('n050j0047050340'), ('N000'), ('N0000000')) t(c) "
    )
    with pytest.raises(duckdb.Error, match="no 3-D code"):
        connection.sql(query).fetchall()
    rows = connection.sql(query.replace(", ('N000'), ('N0000000')", "")).fetchall()
    assert rows == [(4, "N50J47"), (4, "N050J00470")]


def test_nothing_gives_nothing(connection):
    query = (
        "SELECT bd_encode(x, 30.5, 4), bd_decode(c) "
        "FROM (VALUES (114.3, NULL), (NULL, 'N50J')) t(x, c)"
    )
    rows = connection.sql(query).fetchall()
    assert rows[0] == ("N50H05130", None)
    assert rows[1][0] is None
    assert rows[1][1]["west"] == 114


def test_what_is_no_place_stops_the_query_with_the_way_out(connection):
    with pytest.raises(duckdb.Error, match=r"lon 200.*longitude \(±180\) first"):
        connection.sql("SELECT bd_encode(200, 30, 5)").fetchall()
    with pytest.raises(duckdb.Error, match="'N50J4753X' is no code: 'X' at position 9"):
        connection.sql("SELECT bd_decode('N50J4753X')").fetchall()
    with pytest.raises(duckdb.Error, match="coarser than 5"):
        connection.sql("SELECT bd_parent('N50J47534', 5)").fetchall()
    kept = connection.sql("SELECT bd_is_place(lon, 91), bd_is_place(lon, lat) FROM places")
    assert set(kept.fetchall()) == {(False, True)}


def test_a_cover_joins_places_to_an_area_by_integers_alone(connection, places):
    area = shapely.Point(20, 10).buffer(30)
    codes, ranges = connection.execute(
        "SELECT bd_cover(w, 4), bd_cover_ranges(w, 12) FROM (SELECT ?::BLOB AS w)",
        [shapely.to_wkb(shapely.box(114, 30, 114.1, 30.05))],
    ).fetchone()
    assert len(codes) == 18
    assert len(ranges) >= 1
    query = (
        "SELECT count(*) FROM places, (SELECT unnest(bd_cover_ranges(?::BLOB, 12), "
        "recursive := true)) WHERE bd_place_key(lon, lat, 32) BETWEEN first AND last"
    )
    found = connection.execute(query, [shapely.to_wkb(area)]).fetchone()[0]
    keys = grid.encode_keys(places[0], places[1])
    assert found == int(grid.keys_within(area, keys, level=12).sum())
    with pytest.raises(duckdb.Error, match="well-known binary"):
        connection.execute("SELECT bd_cover('x'::BLOB, 4)")


def test_a_query_of_many_rows_gains_its_codes_in_large_pieces(connection, places):
    coded = add_codes(connection, "FROM places", level=6)
    rows = coded.to_arrow_table()
    assert rows.column_names == ["lon", "lat", "height", "code"]
    found = rows.column("code").to_pylist()
    assert found == grid.encode_codes(places[0], places[1], level=6).astype(str).tolist()


def test_any_function_adds_its_column_in_large_pieces(connection, places):
    query = "SELECT lon, lat, CASE WHEN height > 0 THEN lat END AS maybe FROM places"
    place = ("lon", "maybe")
    keyed = add_column(connection, query, "bd_place_key", of=place, then=(26,), named="key")
    found = keyed.to_arrow_table()
    keys = grid.encode_keys(places[0], places[1], level=26)
    expected = [int(key) if high else None for key, high in zip(keys, places[2] > 0, strict=True)]
    assert found.column("key").to_pylist() == expected
    connection.register("found", found)
    connection.execute("CREATE TABLE keyed AS FROM found")
    boxes = add_column(connection, "FROM keyed", "bd_key_box", of=("key",), then=(26,), named="box")
    assert boxes.filter("box.west <= lon AND lon <= box.east").count("*").fetchone() == (
        int((places[2] > 0).sum()),
    )
    with pytest.raises(InvalidRequest, match="no 'bd_place_key' of 2 arguments"):
        add_column(connection, query, "bd_place_key", of=("lon", "lat"), named="key")


CASES = (
    "'N50J' 'N50J47' 'N50J475' 'N50J47534' 'N50J4753A0E' 'S60V' 'S01A' 'n50j47534' 'N50j4' "
    "'N000' 'N00000' 'N050J0047050' 'N050J00470503' 'S113A' 'N00J' 'N61J' 'N50W' 'N50J48' 'N50JC7' "
    "'N50J476' 'N50J475F0' 'N50J4753A0' 'N50J4753AFF' 'N50J4753A0E4' 'N50J4753A0E38' "
    "'N50J4753A0E377777777' 'N50J4753A0E37777777' 'N50J47534 ' 'é50J' '' NULL"
)


def answer(connection, expression: str) -> object:
    try:
        return connection.sql(f"SELECT {expression}").fetchone()[0]
    except duckdb.Error as error:
        return str(error).split(chr(10))[0]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("bd_level({})", marks=pytest.mark.slow),
        pytest.param("bd_parent({}, 1)", marks=pytest.mark.slow),
        "bd_parent({}, 4)",
    ],
)
def test_a_macro_answers_or_refuses_every_text_as_its_function_does(connection, name):
    codes = [code.strip() for code in CASES.replace("' '", "'|'").replace("' N", "'|N").split("|")]
    codes += [f"'N50J4753A0E377777777'[:{length}]" for length in range(21)]
    for code in codes:
        fast = answer(connection, name.format(code))
        assert fast == answer(connection, "system.main." + name.format(code)), code


@pytest.mark.parametrize("level", ["-1", "0", "1", "9", "31", "32", "33", "NULL"])
def test_a_macro_of_keys_equals_its_function_at_every_level(connection, level):
    for key in (0, 1, 2**63, 2**64 - 1, 526548078363148288, "NULL"):
        for name in ("bd_key_parent", "bd_key_range"):
            call = f"{name}({key}, {level})"
            assert answer(connection, call) == answer(connection, f"system.main.{call}"), call
            assert answer(connection, f"typeof({call})") == answer(
                connection, f"typeof(system.main.{call})"
            )


def test_a_macro_tells_a_place_as_its_function_does(connection):
    values = ("NULL", "0.0", "-180.0", "180.00000000000003", "90", "91", "'nan'", "'-inf'")
    for lon in values:
        for lat in values:
            call = f"bd_is_place({lon}::DOUBLE, {lat}::DOUBLE)"
            assert answer(connection, call) == answer(connection, f"system.main.{call}"), call


def wrong_keys(connection, lon, lat, level: int) -> int:
    wanted = grid.encode_keys(lon, lat, level=level)
    connection.register("given", pa.table({"lon": lon, "lat": lat, "wanted": wanted}))
    condition = f"bd_place_key(lon, lat, {level}) IS DISTINCT FROM wanted"
    # In a WHERE and in a SELECT DuckDB goes different ways.
    shown = f"count(*) FILTER ({condition})"
    first = connection.sql(f"SELECT {shown} FROM given").fetchone()[0]
    return first + connection.sql(f"SELECT count(*) FROM given WHERE {condition}").fetchone()[0]


@pytest.mark.parametrize("count", [3000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_key_by_operators_is_the_compiled_key_to_the_last_bit(connection, count):
    for places in (random_places, adversarial_places):
        for level in (32, 1, 17) if count < 10_000 else (32,):
            assert wrong_keys(connection, *places(count, level), level) == 0


@settings(max_examples=15, deadline=None)
@given(
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.integers(0, 32),
)
def test_any_place_has_its_compiled_key(connection, lon, lat, level):
    assert wrong_keys(connection, np.array([lon]), np.array([lat]), level) == 0


@pytest.mark.parametrize("level", ["0", "32", "33", "NULL"])
def test_a_key_by_operators_refuses_what_the_function_refuses(connection, level):
    values = ("NULL", "-0.0", "'-180'::DOUBLE", "180.00000000000003", "'nan'::DOUBLE")
    for lon in values:
        for lat in ("30.5::FLOAT", "90", "'inf'::DOUBLE"):
            call = f"bd_place_key({lon}, {lat}, {level})"
            expected = answer(connection, f"system.main.{call}")
            assert answer(connection, call) == expected, call


@pytest.mark.slow
def test_a_lake_learns_the_functions_once_for_all_its_cursors(tmp_path):
    lake = Lake.open(LakeSettings(home=tmp_path))
    try:
        with lake.cursor() as cursor, pytest.raises(duckdb.Error, match="bd_encode"):
            cursor.execute("SELECT bd_encode(114.3, 30.5, 4)")
        lake.once("grid", register_functions)
        lake.once("grid", lambda _: pytest.fail("done twice"))
        for place in ("memory", "lake"):
            with lake.cursor() as cursor:
                # Where the lake is looked into first, the functions answer without the macros.
                cursor.execute(f"USE {place}")
                found = cursor.sql("SELECT bd_level(bd_parent(bd_encode(114.3, 30.5, 8), 4))")
                assert found.fetchone() == (4,)
    finally:
        lake.close()


def test_a_database_that_is_read_only_has_the_functions(tmp_path):
    path = str(tmp_path / "some.duckdb")
    duckdb.connect(path).close()
    with duckdb.connect(path, read_only=True) as connection:
        register_functions(connection)
        assert connection.sql("SELECT bd_level('N50J47')").fetchone() == (2,)


def test_every_function_says_what_it_does():
    assert all(function.says and function.takes for function in FUNCTIONS)
    assert len({function.name for function in FUNCTIONS}) == len(FUNCTIONS)
