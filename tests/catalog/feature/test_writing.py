"""Rows become RFC 7946 features, losslessly, in the very text that `json.dumps` writes."""

import json
import math
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.catalog.feature import encode_features
from chengmo.catalog.staged import ARROW_TYPES

FEW = settings(max_examples=25, deadline=None)
TYPES = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(),
    "text": st.text(),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(timezones=st.just(UTC)),
}
places = st.floats(allow_nan=False, allow_infinity=False, width=64)
positions = st.tuples(places, places)
lines = st.lists(positions, min_size=2, max_size=4).map(shapely.LineString)
rings = st.lists(positions, min_size=4, max_size=5).map(lambda ring: [*ring, ring[0]])
polygons = st.builds(shapely.Polygon, rings, st.lists(rings, max_size=2))
points = positions.map(shapely.Point)
simple = points | lines | polygons
many = (
    st.lists(points, max_size=3).map(shapely.MultiPoint)
    | st.lists(lines, max_size=3).map(shapely.MultiLineString)
    | st.lists(polygons, max_size=3).map(shapely.MultiPolygon)
)
shapes = simple | many


def rows(geometries, **columns) -> pa.Table:
    return pa.table(
        {
            **columns,
            "_row": pa.array(range(1, len(geometries) + 1), pa.int64()),
            "_geometry": pa.array(
                [g if g is None else shapely.to_wkb(g) for g in geometries], pa.binary()
            ),
        }
    )


def decoded(table: pa.Table, *names: str, **options) -> list[dict]:
    return json.loads(b"[" + encode_features(table, names, **options) + b"]")


def plain(value):
    """Return `value` as JSON is to say it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def listed(coordinates):
    return coordinates if isinstance(coordinates, float) else [listed(each) for each in coordinates]


@st.composite
def tables(draw) -> pa.Table:
    kinds = draw(st.lists(st.sampled_from(sorted(TYPES)), max_size=4))
    count = draw(st.integers(0, 4))
    columns = {}
    for i, kind in enumerate(kinds):
        cells = draw(st.lists(st.none() | TYPES[kind], min_size=count, max_size=count))
        name = draw(st.text('ab楼"\\ ', min_size=1, max_size=3)) + str(i)
        columns[name] = pa.array(cells, ARROW_TYPES[kind])
    return rows([None] * count, **columns)


@FEW
@given(tables(), st.integers(0, 2))
def test_properties_are_written_as_json_dumps_writes_them(table, skipped):
    names = [name for name in table.column_names if not name.startswith("_")]
    part = table.slice(skipped)
    expected = [
        {
            "type": "Feature",
            "id": row["_row"],
            "geometry": None,
            "properties": {name: plain(row[name]) for name in names},
        }
        for row in part.to_pylist()
    ]
    text = json.dumps(expected, ensure_ascii=False, separators=(",", ":"))
    assert b"[" + encode_features(part, names) + b"]" == text.encode()


@FEW
@given(st.lists(shapes | st.none(), max_size=4))
def test_shapes_are_those_that_shapely_finds(geometries):
    found = [feature["geometry"] for feature in decoded(rows(geometries))]
    assert found == [
        None
        if shape is None
        else {
            "type": shape.geom_type,
            "coordinates": listed(shapely.geometry.mapping(shape)["coordinates"]),
        }
        for shape in geometries
    ]


@FEW
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_python_writes_it(number):
    text = encode_features(rows([None], x=pa.array([number])), ["x"])
    assert text.endswith(b'"properties":{"x":%b}}' % repr(number).encode())


def test_numbers_at_the_edges_are_written_as_python_writes_them():
    tens = [float(f"1e{power}") for power in range(-323, 309)]
    twos = [2.0**power for power in range(-1074, 1024)]
    random = np.random.default_rng(1).integers(0, 2**63 - 2**53, 2000).view(np.float64)
    fixed = np.round(np.random.default_rng(2).uniform(-200, 200, 2000), 7)
    near = [math.nextafter(x, away) for x in (*tens, *twos) for away in (0, math.inf)]
    numbers = [*tens, *twos, *near, *random, *fixed, -0.0, 1e8, 1e-4, 0.00012345, 5e-324]
    numbers = [float(number) for number in numbers if math.isfinite(number)]
    features = encode_features(rows([None] * len(numbers), x=pa.array(numbers)), ["x"])
    written = [part.split(b"}")[0] for part in features.split(b'"x":')[1:]]
    assert written == [repr(number).encode() for number in numbers]


@pytest.mark.slow
def test_millions_of_numbers_are_written_as_python_writes_them():
    for seed in range(3):
        bits = np.random.default_rng(seed).integers(-(2**63), 2**63 - 1, 500_000)
        numbers = [x for x in bits.view(np.float64).tolist() if math.isfinite(x)]
        features = encode_features(rows([None] * len(numbers), x=pa.array(numbers)), ["x"])
        written = [part.split(b"}")[0] for part in features.split(b'"x":')[1:]]
        assert written == [repr(number).encode() for number in numbers]


def test_what_json_cannot_say_is_null():
    table = rows([shapely.Point(1, 2)] * 3, x=pa.array([float("nan"), float("inf"), 1.0]))
    assert [f["properties"]["x"] for f in decoded(table, "x")] == [None, None, 1.0]


def test_days_beyond_four_digits_of_years_are_written_with_six():
    days = pa.array([-800_000, 3_000_000, 0], pa.int32()).cast(pa.date32())
    found = [f["properties"]["x"] for f in decoded(rows([None] * 3, x=days), "x")]
    assert found == ["-000221-09-04", "+010183-09-21", "1970-01-01"]


def test_a_row_without_place_has_a_null_geometry():
    assert decoded(rows([None, shapely.Point(1, 2)]))[0]["geometry"] is None
    assert decoded(rows([None]))[0]["geometry"] is None


def test_no_rows_are_no_features():
    assert encode_features(rows([]), []) == b""


@pytest.mark.parametrize("shape", ["POINT EMPTY", "POLYGON EMPTY", "MULTIPOLYGON EMPTY"])
def test_what_is_empty_has_no_coordinates(shape):
    (feature,) = decoded(rows([shapely.from_wkt(shape)]))
    assert feature["geometry"]["coordinates"] == []


def test_heights_are_kept():
    solid = shapely.from_wkt("POLYGON Z ((0 0 1, 1 0 2, 1 1 3.5, 0 0 1))")
    found = [f["geometry"]["coordinates"] for f in decoded(rows([solid, shapely.Point(1, 2, 3)]))]
    assert found == [[[[0, 0, 1], [1, 0, 2], [1, 1, 3.5], [0, 0, 1]]], [1, 2, 3]]


@pytest.mark.parametrize("latitude_first", [False, True])
def test_what_the_loop_does_not_know_is_written_by_shapely(latitude_first):
    collection = shapely.from_wkt("GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))")
    table = rows([shapely.Point(3, 4), collection, None, collection])
    backwards = shapely.to_wkb(shapely.Point(5, 6), byte_order=0)
    wkb = [*table.column("_geometry").to_pylist()[:3], backwards]
    table = table.set_column(1, "_geometry", pa.array(wkb, pa.binary()))
    point, found, none, last = (
        f["geometry"] for f in decoded(table, latitude_first=latitude_first)
    )
    turned = (lambda x, y: [y, x]) if latitude_first else (lambda x, y: [x, y])
    assert point["coordinates"] == turned(3, 4)
    assert found["geometries"][0]["coordinates"] == turned(1, 2)
    assert none is None
    assert last["coordinates"] == turned(5, 6)


@pytest.mark.parametrize("cut", [1, 5, 9, 20])
def test_a_shape_that_is_cut_off_is_never_read_beyond_its_end(cut):
    whole = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    table = rows([None, None])
    table = table.set_column(1, "_geometry", pa.array([whole[:-cut], whole], pa.binary()))
    with pytest.raises(shapely.errors.GEOSException):
        encode_features(table, [])


def test_an_epsg_system_is_written_latitude_first():
    (feature,) = decoded(rows([shapely.box(114, 30, 115, 31)]), latitude_first=True)
    assert {position[0] for position in feature["geometry"]["coordinates"][0]} == {30, 31}


def test_rows_in_many_pieces_are_written_as_one():
    whole = rows([shapely.Point(i, i) for i in range(6)], n=pa.array("abcdef"[i] for i in range(6)))
    parts = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 3), whole.slice(4)])
    assert encode_features(parts, ["n"]) == encode_features(whole, ["n"])


def test_what_stands_between_two_features_may_be_named():
    table = rows([shapely.Point(i, i) for i in range(6)], n=pa.array("abcdef"))
    parts = pa.concat_tables([table.slice(0, 2), table.slice(2)])
    lines = encode_features(parts, ["n"], between=b",\n").split(b",\n")
    assert b",".join(lines) == encode_features(table, ["n"])
    assert [json.loads(line)["properties"]["n"] for line in lines] == list("abcdef")
