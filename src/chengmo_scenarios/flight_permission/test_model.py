"""The scenario through the platform's window: verdicts, terrain, codes, unreadable rows."""

from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from chengmo import ChengmoError, ExampleCity, InvalidRequest, parse_code
from chengmo_scenarios.flight_permission import model

FOLDER = Path(__file__).parent / "example"
CITY = ExampleCity.from_folder(FOLDER)
QUIET = {"lon": 114.5, "lat": 30.4, "height_m": 100, "start": "2026-05-01T09:30:00+08:00"}


def decide(city=CITY, **changes):
    return model.decide(model.request_type(**{**QUIET, **changes}), city)


def test_where_the_data_are_complete_and_no_rule_holds_one_flies_up_to_120_metres():
    decision = decide()
    assert (decision.verdict, decision.free_up_to_m) == ("allowed", 120.0)
    assert decision.answer.zh.startswith("可以飞：2026-05-01 09:30起，飞至真高100米。")
    assert decision.apply_until is None


@pytest.mark.parametrize(
    ("changes", "verdict", "key"),
    [
        ({"height_m": 130}, "authorisation", "above-120"),
        ({"height_m": 60, "aircraft": "micro"}, "authorisation", "micro-50"),
        ({"aircraft": "medium"}, "authorisation", "open-classes"),
        ({"uses": ("swarm",)}, "authorisation", "special-use"),
        ({"lon": 114.1, "lat": 30.7, "height_m": 5}, "authorisation", "AIR1"),
        (
            {"lon": 114.306, "lat": 30.594, "height_m": 50, "terrain": "terrain"},
            "conditional",
            "HOSP1",
        ),
        ({"lon": 114.306, "lat": 30.594, "minutes": 600}, "prohibited", "EVENT1"),
        ({"lon": 114.306, "lat": 30.594, "height_m": 50}, "unknown", "RIVER1"),
        ({"controlled_above_m": 80}, "authorisation", "above-120"),
    ],
)
def test_the_deciding_rule_is_named_first(changes, verdict, key):
    decision = decide(**changes)
    assert decision.verdict == verdict
    assert decision.deciding[0] == key
    assert decision.tables[0].rows[0][0]


def test_without_a_statement_of_completeness_the_answer_is_unknown_unless_assumed():
    rows = CITY.table("airspace-zones")
    partly = rows.filter(pa.compute.not_equal(rows["rule"], "complete"))
    city = ExampleCity({"airspace-zones": partly})
    decision = decide(city)
    assert (decision.verdict, decision.known, decision.known_free_up_to_m) == (
        "unknown",
        "allowed",
        120.0,
    )
    assert "No data say whether" in decision.answer.en
    assumed = decide(city, complete_kinds=("all",))
    assert assumed.verdict == "allowed"
    assert any("Assumed" in text.en for text in assumed.caveats)


def test_a_height_above_the_sea_needs_terrain():
    there = {"lon": 114.3045, "lat": 30.593, "height_above": "sea", "start": QUIET["start"]}
    assert decide(**there, height_m=90).verdict == "unknown"
    with_terrain = decide(**there, height_m=90, terrain="terrain")
    assert (with_terrain.verdict, with_terrain.free_up_to_m) == ("conditional", 100.0)
    far = decide(**{**there, "lon": 114.5, "lat": 30.4}, height_m=90, terrain="terrain")
    assert far.verdict == "unknown"


def test_a_terrain_without_heights_is_no_terrain():
    terrain = CITY.table("terrain").slice(0, 0)
    city = ExampleCity({"airspace-zones": CITY.table("airspace-zones"), "terrain": terrain})
    decision = decide(city, terrain="terrain")
    assert any("no terrain" in text.en for text in decision.caveats)


def test_a_code_stands_for_the_centre_of_its_cell():
    code = "N50J475491E"
    lon, lat = parse_code(code).centre
    by_code = decide(lon=None, lat=None, code=code)
    assert by_code == decide(lon=lon, lat=lat)
    with pytest.raises(ChengmoError):
        decide(lon=None, lat=None, code="nowhere")


@pytest.mark.parametrize(
    "changes",
    [
        {"lon": None},
        {"lon": None, "lat": None},
        {"code": "N50J475491E"},
        {"start": "2026-05-01T09:30:00"},
        {"aircraft": "balloon"},
        {"lat": 91},
        {"complete_kinds": ("Alle!",)},
    ],
)
def test_a_request_outside_its_limits_is_refused(changes):
    with pytest.raises(ValidationError):
        model.request_type(**{**QUIET, **changes})


def test_a_row_that_cannot_be_read_is_named_with_its_dataset():
    rows = CITY.table("airspace-zones")
    at = rows.column_names.index("rule")
    wrong = rows.set_column(at, "rule", pa.array(["forbidden"] * rows.num_rows))
    with pytest.raises(InvalidRequest, match=r"dataset 'airspace-zones', row .*forbidden"):
        decide(ExampleCity({"airspace-zones": wrong}))
    with pytest.raises(InvalidRequest, match="terrain_column"):
        decide(terrain="terrain", terrain_column="depth")


def test_the_zones_that_bear_on_the_answer_are_on_the_map():
    decision = decide(lon=114.306, lat=30.594, height_m=50)
    layers = {layer.key: layer for layer in decision.layers}
    names = {feature.properties["name"] for feature in layers["zones"].features}
    assert "示例医院直升机坪 / Example hospital helipad" in names
    assert len(layers["around"].features) == 2
    assert layers["place"].features[0].properties["verdict"] == "unknown"


def test_the_profile_steps_from_the_ground_to_the_top():
    series = decide(lon=114.306, lat=30.594, terrain="terrain").charts[0].series[0]
    assert (series.x[0], series.x[-1]) == (0.0, 300.0)
    assert list(series.x) == sorted(series.x)
    assert series.y[0] == 1.0


def test_a_city_may_bring_its_own_geoid_and_the_answer_names_it(tmp_path):
    (tmp_path / "city").mkdir()
    rows = "".join(f"{lon},{lat},-12\n" for lon in (114, 115) for lat in (30, 31))
    (tmp_path / "city" / "egm2008.csv").write_text("lon,lat,geoid_m\n" + rows, "utf-8")
    geoid = ExampleCity.from_folder(tmp_path).table("egm2008")
    city = ExampleCity(
        {**{name: CITY.table(name) for name in ("airspace-zones", "terrain")}, "egm2008": geoid}
    )
    asked = {"height_m": 60, "height_above": "ellipsoid", "terrain": "terrain"}
    usual, own = decide(city, **asked), decide(city, geoid="egm2008", **asked)
    assert any("EGM96" in text.en for text in usual.caveats)
    assert not any("EGM96" in text.en for text in own.caveats)
    assert any("the geoid 'egm2008'" in text.en for text in own.caveats)
