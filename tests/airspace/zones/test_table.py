"""Zones as rows of a dataset, and the command that makes them."""

import json
from datetime import UTC, time
from pathlib import Path

import pytest
import shapely

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import (
    Authority,
    Coverage,
    DailyPeriod,
    Period,
    Rule,
    Wording,
    Zone,
    ZoneLayer,
    read_ed269,
    read_ed318,
    read_table,
    write_table,
    zones_of_rows,
)
from chengmo_airspace.zones.__main__ import main

PUBLISHED = Path(__file__).parent / "published"
BOX = shapely.box(114.2, 30.4, 114.4, 30.6)
RICH = Zone(
    "Z1",
    Rule.CONDITIONAL,
    (
        ZoneLayer(BOX, Height(10, Reference.GROUND), Height(300, Reference.SEA)),
        ZoneLayer(Circle(114.3, 30.5, 500), None, Height(50, Reference.ELLIPSOID)),
    ),
    name=Wording.of(zh="甲", en="A"),
    kind="hospital",
    periods=(Period(schedule=(DailyPeriod((0,), time(8, tzinfo=UTC), None),)),),
    authorities=(Authority(name=Wording.of(zh="空管", en="ATC"), phone="12345"),),
    message=Wording.of(zh="请避让", en="Give way"),
    conditions="below 50 m by day",
    citation="市规7",
    citation_en="city rule 7",
    source="made up",
    is_synthetic=True,
)
STATED = Coverage(BOX, "airport", "by hand")


def test_zones_go_through_a_table_and_come_back():
    document = json.loads(json.dumps(write_table([RICH], [STATED])))
    assert [feature["properties"]["id"] for feature in document["features"]] == [
        "Z1",
        "Z1/2",
        "complete/1",
    ]
    assert read_table(document) == ([RICH], [STATED])


def test_a_row_needs_little():
    zones, coverage = zones_of_rows([{"rule": "prohibited"}], [BOX])
    assert (zones[0].identifier, zones[0].kind, coverage) == ("1", "other", [])


@pytest.mark.parametrize(
    ("row", "shape", "why"),
    [
        ({"id": "A", "rule": "forbidden"}, BOX, "row A: rule 'forbidden'"),
        ({"id": "A", "rule": "prohibited", "lower_m": 5}, BOX, "row A: lower_reference ''"),
        ({"id": "A", "rule": "prohibited", "upper_m": "x"}, BOX, "upper_m 'x' is not a number"),
        ({"id": "A", "rule": "prohibited", "radius_m": 5}, BOX, "a circle needs"),
        ({"id": "A", "rule": "prohibited"}, None, "no geometry"),
        ({"id": "A", "rule": "prohibited"}, shapely.Point(1, 1), "no inside"),
        ({"id": "A", "rule": "prohibited", "periods": "["}, BOX, "row A: periods is no JSON"),
        ({"id": "A", "rule": "prohibited", "periods": '[{"day": 1}]'}, BOX, "periods[0]"),
        ({"rule": "complete"}, BOX, "row 1: kind is empty"),
    ],
)
def test_what_is_wrong_in_a_row_is_named(row, shape, why):
    with pytest.raises(InvalidRequest) as caught:
        zones_of_rows([row], [shape])
    assert why in caught.value.message
    assert caught.value.hint


def test_the_command_converts_between_all_formats(tmp_path, capsys):
    sources = [
        PUBLISHED / "ed318" / "examples" / "Example_Collection.json",
        PUBLISHED / "cis_source_sample_ed269.json",
    ]
    for source in sources:
        table, back = tmp_path / "table.geojson", tmp_path / "back.json"
        stated = ["--complete", "airport", "--area", "113,29,115,31"]
        assert main([str(source), str(table), *stated]) == 0
        zones, coverage = read_table(json.loads(table.read_text("utf-8")))
        assert coverage[0].kind == "airport"
        assert main([str(table), str(back), "--to", "ed318"]) == 0
        found = read_ed318(json.loads(back.read_text("utf-8"))).zones
        assert [zone.layers for zone in found] == [zone.layers for zone in zones]
        assert main([str(back), str(back), "--to", "ed269"]) == 0
        assert len(read_ed269(json.loads(back.read_text("utf-8")))) == len(zones)
    assert "zones written" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    bad = tmp_path / "bad.json"
    for text, why in (("{", "cannot be read as JSON"), ('{"type": "x"}', "type: 'x'")):
        bad.write_text(text, encoding="utf-8")
        assert main([str(bad), str(tmp_path / "out.json")]) == 2
        assert why in capsys.readouterr().err
    good = PUBLISHED / "cis_source_sample_ed269.json"
    assert main([str(good), str(tmp_path / "out.json"), "--complete", "all"]) == 2
    assert "--area" in capsys.readouterr().err
