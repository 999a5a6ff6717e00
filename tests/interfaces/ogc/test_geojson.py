"""Rows become RFC 7946 features, losslessly."""

import json
from datetime import UTC, date, datetime

import pyarrow as pa
import shapely
from hypothesis import given
from hypothesis import strategies as st

from chengmo.interfaces.ogc.geojson import encode_features


def rows(geometries, **columns) -> pa.Table:
    return pa.table(
        {
            **columns,
            "_row": pa.array(range(1, len(geometries) + 1), pa.int64()),
            "_geometry": pa.array([g and shapely.to_wkb(g) for g in geometries], pa.binary()),
        }
    )


def decoded(table: pa.Table, *names: str, **options) -> list[dict]:
    return [json.loads(text) for text in encode_features(table, names, **options)]


def test_every_type_of_value_is_plain_json():
    table = rows(
        [shapely.Point(114.25, 30.5)],
        whole=pa.array([2**62]),
        real=pa.array([0.1]),
        text=pa.array(['武汉 "\n\\']),
        truth=pa.array([True]),
        day=pa.array([date(2024, 5, 1)]),
        instant=pa.array([datetime(2024, 5, 1, 8, tzinfo=UTC)], pa.timestamp("us", tz="UTC")),
        missing=pa.array([None], pa.string()),
    )
    (feature,) = decoded(table, *(n for n in table.column_names if n[0] != "_"))
    assert feature == {
        "type": "Feature",
        "id": 1,
        "geometry": {"type": "Point", "coordinates": [114.25, 30.5]},
        "properties": {
            "whole": 2**62,
            "real": 0.1,
            "text": '武汉 "\n\\',
            "truth": True,
            "day": "2024-05-01",
            "instant": "2024-05-01T08:00:00Z",
            "missing": None,
        },
    }


def test_what_json_cannot_say_is_null():
    table = rows([shapely.Point(1, 2)] * 3, x=pa.array([float("nan"), float("inf"), 1.0]))
    assert [f["properties"]["x"] for f in decoded(table, "x")] == [None, None, 1.0]


def test_a_row_without_place_has_a_null_geometry():
    assert decoded(rows([None, shapely.Point(1, 2)]))[0]["geometry"] is None
    assert decoded(rows([None]))[0]["geometry"] is None


def test_no_rows_are_no_features():
    assert decoded(rows([])) == []


def test_an_epsg_system_is_written_latitude_first():
    (feature,) = decoded(rows([shapely.box(114, 30, 115, 31)]), latitude_first=True)
    assert {position[0] for position in feature["geometry"]["coordinates"][0]} == {30, 31}


@given(
    st.lists(
        st.tuples(
            st.floats(-180, 180, allow_nan=False, allow_subnormal=False),
            st.floats(-90, 90, allow_nan=False, allow_subnormal=False),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_positions_are_not_rounded(places):
    table = rows([shapely.Point(*place) for place in places])
    written = [tuple(f["geometry"]["coordinates"]) for f in decoded(table)]
    assert written == places
