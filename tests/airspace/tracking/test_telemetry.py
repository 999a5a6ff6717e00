"""What comes in is read strictly, JSON as Arrow."""

import json
import random
from contextlib import suppress

import pyarrow as pa
import pytest
from tests.airspace.tracking.scene import say, table_of

from chengmo import InvalidRequest
from chengmo_airspace.tracking.telemetry import MOST_MESSAGES, SCHEMA, read_arrow, read_json


def stream(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def test_objects_columns_and_arrow_say_the_same():
    messages = [say(0, speed=3), say(1, on_ground=True)]
    table = table_of(*messages)
    columns = {name: [m.get(name) for m in messages] for name in SCHEMA.names}
    assert read_json(json.dumps(columns).encode()) == table
    assert read_arrow(stream(table)) == table
    assert table.schema == SCHEMA


def test_columns_that_are_not_needed_may_be_missing_and_others_are_ignored():
    table = table_of(say()).select(["aircraft", "time", "longitude", "latitude"])
    more = table.append_column("colour", pa.array(["red"]))
    assert read_arrow(stream(more))["height"].to_pylist() == [None]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"3", b"[3]", b'{"aircraft": "UAS-1"}', b'{"aircraft": ["a"]}', b"[" * 100_000,
        json.dumps([say(time="2026-05-01T08:00:00")]).encode(),
        json.dumps([say(time=5)]).encode(),
        json.dumps([say(lon="east")]).encode(),
        json.dumps([say(lat=True)]).encode(),
        json.dumps([say(on_ground=1)]).encode(),
        json.dumps({"aircraft": ["a", "b"], "time": ["2026-05-01T08:00:00Z"]}).encode(),
        json.dumps([{}] * (MOST_MESSAGES + 1)).encode(),
    ],
)  # fmt: skip
def test_what_are_no_messages_is_refused(body):
    with pytest.raises(InvalidRequest):
        read_json(body)


def test_arrow_that_is_none_or_lacks_a_column_or_a_zone_is_refused():
    table = table_of(say())
    naive = table.set_column(1, "time", pa.array([0], pa.timestamp("us")))
    twice = table.append_column("aircraft", table["aircraft"])
    for body in (
        b"ARROW1", b"", stream(table)[:-300], stream(table.drop(["time"])), stream(naive),
        stream(twice), stream(table.set_column(2, "longitude", pa.array(["east"]))),
    ):  # fmt: skip
        with pytest.raises(InvalidRequest):
            read_arrow(body)


def test_what_could_grow_without_measure_when_it_is_read_is_refused():
    table = table_of(say(), say(1))
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    with pytest.raises(InvalidRequest, match="compressed"):
        read_arrow(sink.getvalue().to_pybytes())
    words = pa.array([0, 0], pa.int8()), pa.array(["a" * 300])
    long = pa.DictionaryArray.from_arrays(*words)
    with pytest.raises(InvalidRequest, match="short words"):
        read_arrow(stream(table.set_column(0, "aircraft", long)))
    runs = pa.RunEndEncodedArray.from_arrays([2], ["a"])
    with pytest.raises(InvalidRequest, match="run_end"):
        read_arrow(stream(table.set_column(0, "aircraft", runs)))
    short = table["aircraft"].combine_chunks().dictionary_encode()
    assert read_arrow(stream(table.set_column(0, "aircraft", short))) == table


PLACED = {
    "aircraft": pa.array(["UAS-1"]),
    "time": pa.array([0], pa.timestamp("us", "UTC")),
    "longitude": pa.array([114.3]),
    "latitude": pa.array([30.5]),
}


def test_texts_that_are_no_unicode_are_the_senders_fault():
    broken = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    with pytest.raises(InvalidRequest):
        read_arrow(stream(pa.table(PLACED | {"aircraft": broken})))
    half = json.dumps([{"aircraft": "\ud800", "time": "2027-01-01T00:00:00Z"}])
    with pytest.raises(InvalidRequest):
        read_json(half.encode())


def test_a_stream_with_any_bytes_changed_is_read_or_refused():
    whole = stream(pa.table(PLACED))
    assert read_arrow(whole).num_rows == 1
    chance = random.Random(0)
    for _ in range(300):
        changed = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(len(whole))] = chance.randrange(256)
        with suppress(InvalidRequest):
            read_arrow(bytes(changed))
