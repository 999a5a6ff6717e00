"""A frame of the picture holds what README.md says it holds."""

import json

import numpy as np
from tests.airspace.tracking.scene import START_US, say

from chengmo_airspace.tracking.picture import features_of, see, table_of, write_sight


def read(frame):
    """The reader of README.md, in Python."""
    n, m = np.frombuffer(frame, "<u4", 2, 8).tolist()
    names = int(np.frombuffer(frame, "<u4", 1, 28)[0])
    columns = {}
    start = 32
    for name, sort in (
        ("number", "<u4"), ("lon", "<i4"), ("lat", "<i4"), ("height", "<i4"), ("age", "<i4"),
        ("speed", "<u2"), ("course", "<u2"), ("climb", "<i2"), ("state", "u1"), ("marks", "u1"),
    ):  # fmt: skip
        columns[name] = np.frombuffer(frame, sort, n, start).tolist()
        start += n * np.dtype(sort).itemsize
    columns["gone"] = np.frombuffer(frame, "<u4", m, start).tolist()
    start += 4 * m
    assert len(frame) == start + names
    columns["names"] = json.loads(frame[start:])
    columns["kind"] = frame[4]
    columns["at"] = float(np.frombuffer(frame, "<f8", 1, 16)[0])
    return columns


def test_the_whole_picture_and_then_what_has_changed(sky):
    sky.at(2).hear(
        say(1, lon=-114.3, speed=12.34, course=359.996, climb=-1.5, synthetic=True),
        say(1, aircraft="B", lat=30.6, height=None, intent=None, on_ground=True),
    )
    sight = see(sky.monitor, at_us=sky.now_us)
    found = read(write_sight(sight))
    assert (found["kind"], found["at"]) == (1, START_US / 1000 + 2000)
    one = found["number"].index(sky.monitor.names.find("aircraft", "op", "UAS-1"))
    two = 1 - one
    assert (found["lon"][one], found["lat"][two]) == (-1_143_000_000, 306_000_000)
    assert (found["height"][one], found["height"][two]) == (8000, -(2**31))
    assert found["age"] == [1000, 1000]
    assert (found["speed"][one], found["speed"][two]) == (123, 65535)
    assert (found["course"][one], found["climb"][one], found["climb"][two]) == (36000, -150, -32768)
    assert (found["state"][one], found["marks"][one], found["marks"][two]) == (2, 4, 2)
    assert sorted(name[2] for name in found["names"]) == ["B", "UAS-1"]

    sky.at(3).hear(say(3, lat=30.6))
    later = see(sky.monitor, at_us=sky.now_us, since=sight.turn)
    found = read(write_sight(later))
    assert (found["kind"], found["lat"], found["names"]) == (2, [306_000_000], [])
    nothing = read(write_sight(see(sky.monitor, at_us=sky.now_us, since=later.turn)))
    assert nothing["number"] == nothing["gone"] == []


def test_who_leaves_is_said_and_who_flies_another_intent_is_named_again(sky):
    sky.hear(say(0), say(0, aircraft="B", intent=None))
    known = see(sky.monitor, at_us=0).turn
    sky.at(500).hear(say(500, intent="aaaaaaaa-6482-4d1b-a474-16847e01af1e"))
    sky.at(700).watch()
    found = read(write_sight(see(sky.monitor, at_us=0, since=known)))
    assert found["gone"] == [sky.monitor.names.find("aircraft", "op", "B")]
    assert found["names"][0][3].startswith("aaaaaaaa")


def test_a_sight_as_geojson_holds_what_is_within_bounds(sky):
    sky.hear(say(0, lon=179.9), say(0, aircraft="B", height=None))
    sight = see(sky.monitor, at_us=sky.now_us)
    (found,) = features_of(sight.within((179.0, 30.0, -179.0, 31.0)))["features"]
    assert found["geometry"]["coordinates"] == [179.9, 30.505, 80.0]
    assert found["properties"]["aircraft"] == "UAS-1"
    assert len(features_of(sight)["features"]) == 2
    (flat,) = features_of(sight.within((114.0, 30.0, 115.0, 31.0)))["features"]
    assert len(flat["geometry"]["coordinates"]) == 2
    json.dumps(features_of(sight), allow_nan=False)


def test_a_sight_as_a_table_has_a_row_for_each_aircraft(sky):
    sky.hear(say(0, speed=3), say(0, aircraft="B", height=None, intent=None))
    table = table_of(see(sky.monitor, at_us=sky.now_us))
    rows = {row["aircraft"]: row for row in table.to_pylist()}
    assert rows["B"]["ellipsoidal_height"] is rows["B"]["speed"] is rows["B"]["intent"] is None
    assert (rows["UAS-1"]["ellipsoidal_height"], rows["UAS-1"]["speed"]) == (80.0, 3.0)
    assert rows["UAS-1"]["state"] == "Activated"
    assert table_of(see(sky.monitor, at_us=0, since=99)).num_rows == 0
