"""One answer in three formats."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
import shapely

from chengmo.catalog.query.result import from_engine
from chengmo.errors import InvalidQuery

GEOMETRY = {"ARROW:extension:name": "geoarrow.wkb", "ARROW:extension:metadata": "{}"}


def answer():
    fields = [
        pa.field("name", pa.string()),
        pa.field("sum", pa.decimal128(38, 0)),
        pa.field("share", pa.float64()),
        pa.field("cell", pa.uint64()),
        pa.field("at", pa.timestamp("us", tz="UTC")),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("place", pa.binary(), metadata=GEOMETRY),
    ]
    values = [
        ["=1+1", "汉口"],
        [Decimal(7), None],
        [0.5, float("nan")],
        [2**60, 1],
        [datetime(2025, 1, 31, 8, tzinfo=UTC), None],
        [["a"], None],
        [shapely.to_wkb(shapely.Point(114.3, 30.6)), None],
    ]
    return from_engine(pa.table(values, schema=pa.schema(fields)))


def test_json_has_columns_and_rows_and_integers_that_browsers_keep():
    told = json.loads(answer().as_bytes("json"))
    assert told["row_count"] == 2
    assert [column["type"] for column in told["columns"]] == [
        "string", "int64", "double", "uint64", "timestamp[us, tz=UTC]", "list<item: string>",
        "geometry",
    ]  # fmt: skip
    assert told["rows"] == [
        ["=1+1", 7, 0.5, str(2**60), "2025-01-31T08:00:00Z", ["a"], "POINT (114.3 30.6)"],
        ["汉口", None, None, "1", None, None, None],
    ]


def test_csv_opens_in_a_spreadsheet_and_runs_nothing():
    lines = answer().as_bytes("csv").decode().splitlines()
    assert lines[0] == '"name","sum","share","cell","at","tags","place"'
    assert lines[1].startswith('"\'=1+1","7","0.5"')
    assert lines[2].startswith('"汉口",,')


def test_arrow_keeps_the_types():
    with pa.ipc.open_stream(io.BytesIO(answer().as_bytes("arrow"))) as stream:
        table = stream.read_all()
    assert table.schema.field("sum").type == pa.int64()
    assert table.schema.field("place").metadata[b"ARROW:extension:name"] == b"geoarrow.wkb"


def test_two_columns_may_have_one_name_and_sums_beyond_64_bits_stay_whole():
    big = pa.array([Decimal(2**100)], pa.decimal128(38, 0))
    table = pa.Table.from_arrays([pa.array([1]), big], names=["x", "x"])
    told = json.loads(from_engine(table).as_bytes("json"))
    assert told["rows"] == [[1, str(2**100)]]
    assert from_engine(table).as_bytes("csv").decode().splitlines()[0] == '"x","x"'


def test_what_cannot_be_written_as_text_is_refused_with_a_way_out():
    nameless = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["", ""])
    beyond = pa.array([2**62], pa.int64()).cast(pa.timestamp("s"))
    flags = pa.ListArray.from_arrays([0, 4_000_000], pa.repeat(pa.scalar(value=True), 4_000_000))
    for column in (nameless, beyond, flags):
        made = from_engine(pa.table({"x": column}))
        for kind in ("json", "csv"):
            with pytest.raises(InvalidQuery) as refused:
                made.as_bytes(kind)
            assert "Arrow" in refused.value.hint
        assert made.as_bytes("arrow")


def test_nested_values_are_written_as_json():
    table = pa.table(
        {
            "map": pa.array([[("a", [1, 2])]], pa.map_(pa.string(), pa.list_(pa.int32()))),
            "struct": [{"at": datetime(2025, 1, 31, tzinfo=UTC), "share": 0.5}],
            "union": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([7])]),
        }
    )
    (row,) = from_engine(table).rows()
    assert row == [[["a", [1, 2]]], {"at": "2025-01-31T00:00:00Z", "share": 0.5}, 7]
    cells = from_engine(table).as_bytes("csv").decode().splitlines()[1]
    assert cells.startswith('"[[""a"", [1, 2]]]"')
