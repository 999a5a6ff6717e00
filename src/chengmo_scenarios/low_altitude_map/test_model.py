"""The scenario through the platform's window: answers, assumptions, layers, what cannot be read."""

from pathlib import Path

import pyarrow as pa
import pytest
import shapely
from pydantic import ValidationError

from chengmo import ExampleCity, InvalidRequest, parse_code
from chengmo_scenarios.low_altitude_map import model

FOLDER = Path(__file__).parent / "example"
CITY = ExampleCity.from_folder(FOLDER)
QUIET = {
    "lon": 114.305, "lat": 30.593, "reach_m": 150, "day": "2026-05-01", "first_hour": 17,
    "last_hour": 20, "band_m": 60, "terrain": "terrain",
}  # fmt: skip


def decide(city=CITY, **changes):
    given = {key: value for key, value in {**QUIET, **changes}.items() if value is not ...}
    return model.decide(model.request_type(**given), city)


def cells(decision, **wanted):
    layer = next(layer for layer in decision.layers if layer.key == "cells")
    return [
        feature.properties
        for feature in layer.features
        if wanted.items() <= feature.properties.items()
    ]


def test_each_cell_says_whether_how_high_when_by_which_rule_and_why():
    decision = decide()
    closed = cells(decision, key="EVENT1")
    assert closed
    assert {(one["from"], one["to"]) for one in closed} == {
        ("2026-05-01T10:00:00Z", "2026-05-01T11:00:00Z")
    }
    assert {one["rule"] for one in closed} == {"prohibited"}
    high = cells(decision, key="above-120", lower_m=120.0, upper_m=150.0)
    assert high
    assert None in {one["from"] for one in high}
    assert {one["use"] for one in cells(decision, key="HOSP1")} == {"conditional"}
    assert {one["free_up_to_m"] for one in cells(decision, key=None)} <= {60.0, 120.0}


def test_the_shares_are_those_of_all_cells_bands_and_hours():
    decision = decide()
    shares = (
        decision.free_share_0to1, decision.approval_share_0to1, decision.unknown_share_0to1,
        decision.closed_share_0to1,
    )  # fmt: skip
    assert sum(shares) == pytest.approx(1)
    assert decision.unknown_share_0to1 == 0
    assert (decision.hours, decision.bands) == (3, 3)
    for row in decision.tables[1].rows:
        assert sum(row[1:]) == pytest.approx(1, abs=1e-3)


def test_without_a_statement_of_completeness_it_is_unknown_unless_assumed():
    rows = CITY.table("airspace-zones")
    partly = rows.filter(pa.compute.not_equal(rows["rule"], "complete"))
    tables = {"airspace-zones": partly, "population": CITY.table("population")}
    city = ExampleCity(tables)
    decision = decide(city, terrain=...)
    assert decision.unknown_share_0to1 > 0.3
    assert decision.known_free_share_0to1 > decision.free_share_0to1
    assert any("does not mean free" in text.en for text in decision.caveats)
    assumed = decide(city, terrain=..., complete_kinds=("all",))
    assert any("Assumed" in text.en for text in assumed.caveats)
    # The channel over the river lies above the sea, and there is no terrain.
    assert 0 < assumed.unknown_share_0to1 < decision.unknown_share_0to1


def test_codes_are_three_dimensional_where_the_ground_is_known_or_assumed():
    assert {one["code"] for one in cells(decide(terrain=...))} == {None}
    level = decide(terrain=..., assumed_ground_m=24)
    codes = {(one["cell"], one["lower_m"]): one["code"] for one in cells(level)}
    assert all(codes.values())
    assert {parse_code(cell).text for cell, _ in codes}
    assert any("assumed to lie 24 m" in text.en for text in level.caveats)


def test_weather_and_coverage_close_cells_and_say_so():
    weather = decide(weather="weather", max_wind_mps=12)
    assert cells(weather, key="weather-wind")
    unknown = decide(max_wind_mps=12)
    assert cells(unknown, key="weather-wind-unknown")
    assert any("no weather" in text.en for text in unknown.caveats)
    asked = decide(masts="masts", threshold_dbm=-60, coverage_required=True)
    assert cells(asked, key="uncovered")
    assert all(one["synthetic"] for one in cells(asked))
    unused = decide(weather="weather")
    assert unused.closed_share_0to1 == decide().closed_share_0to1
    assert any("was not used" in text.en for text in unused.caveats)


def test_people_risk_and_noise_lie_below_the_cells():
    decision = decide(power_dba=100, top_m=60, band_m=30)
    one = cells(decision)[0]
    assert one["people_night"] > 0
    assert 1 <= one["ground_class"] <= 10
    assert max(cell["noise_over_db"] for cell in cells(decision)) > 0
    without = cells(decide(people=None))[0]
    assert without["people_night"] is None
    assert "ground_class" not in without


def test_people_by_day_are_told_if_they_are_given():
    decision = decide(people_day="population")
    one = cells(decision)[0]
    assert one["people_day"] == one["people_night"]
    assert not any("by day is not known" in text.en for text in decision.caveats)


def test_a_band_ends_where_the_laws_limit_lies():
    edges = {(one["lower_m"], one["upper_m"]) for one in cells(decide(band_m=100))}
    assert edges == {(0.0, 100.0), (100.0, 120.0), (120.0, 150.0)}
    micro = {one["lower_m"] for one in cells(decide(band_m=100, aircraft="micro"))}
    assert micro == {0.0, 50.0, 100.0}


def test_many_cells_are_drawn_as_regions_that_cover_the_same():
    few, many = decide(), decide(most_features=3)
    layer = next(layer for layer in many.layers if layer.key == "regions")
    assert len(layer.features) < len(cells(few))
    for lower in (0.0, 60.0, 120.0):
        parts = [
            shapely.geometry.shape(feature.geometry)
            for feature in layer.features
            if feature.properties["lower_m"] == lower
            and feature.properties["from"] in {None, "2026-05-01T09:00:00Z"}
        ]
        box = shapely.union_all(parts).bounds
        ceiling = next(one for one in few.layers if one.key == "ceiling")
        whole = shapely.union_all(
            [shapely.geometry.shape(feature.geometry) for feature in ceiling.features]
        )
        assert box == pytest.approx(whole.bounds, abs=1e-6)
        assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=1e-3)


def test_an_area_may_be_drawn():
    corners = ((114.303, 30.591), (114.307, 30.591), (114.305, 30.595))
    decision = decide(lon=..., lat=..., area=corners)
    assert decision.cells < decide(reach_m=400).cells
    with pytest.raises(InvalidRequest, match="no outline"):
        decide(lon=..., lat=..., area=((114, 30), (115, 31), (115, 30), (114, 31)))


def test_points_of_a_lattice_stand_for_their_cells():
    table = pa.table(
        {
            "residents": [100, 200, 300, 400, None],
            "lon": [114.300, 114.310, 114.300, 114.310, 114.305],
            "lat": [30.590, 30.590, 30.600, 30.600, 30.595],
        }
    )
    folder = {"airspace-zones": CITY.table("airspace-zones"), "terrain": CITY.table("terrain")}
    wkt = [
        f"POINT ({x} {y})"
        for x, y in zip(table["lon"].to_pylist(), table["lat"].to_pylist(), strict=True)
    ]
    points = table.append_column(
        "_geometry", pa.array(shapely.to_wkb(shapely.from_wkt(wkt)).tolist())
    )
    city = ExampleCity({**folder, "population": _placed(points)})
    below = [one["people_night"] for one in cells(decide(city, people_reach_m=800))]
    assert all(value is not None and value > 0 for value in below)


def _placed(table):
    """Return a table with the columns of place that a city adds."""
    like = CITY.table("hospitals")
    names = [name for name in like.column_names if name.startswith("_")]
    missing = [name for name in names if name not in table.column_names]
    for name in missing:
        column = like[name]
        value = column.to_pylist()[0]
        table = table.append_column(name, pa.array([value] * table.num_rows, column.type))
    return table


def replaced(**tables):
    """Return the example city with other tables, and the rest as it is."""
    names = ("airspace-zones", "terrain", "population", "hospitals", "masts", "weather")
    given = {name.replace("_", "-"): table for name, table in tables.items()}
    return ExampleCity({**{name: CITY.table(name) for name in names}, **given})


def column(dataset, name, values):
    table = CITY.table(dataset)
    at = table.column_names.index(name)
    return table.set_column(at, name, pa.array(values))


def test_a_terrain_and_people_without_numbers_say_nothing():
    bare = replaced(
        terrain=CITY.table("terrain").slice(0, 0), population=CITY.table("population").slice(0, 0)
    )
    decision = decide(bare)
    assert any("There is no terrain" in text.en for text in decision.caveats)
    assert {one["people_night"] for one in cells(decision)} == {None}
    assert {one["ground_class"] for one in cells(decision)} == {7}


def test_a_row_that_cannot_be_read_is_named_with_its_dataset():
    count = CITY.table("airspace-zones").num_rows
    wrong = replaced(airspace_zones=column("airspace-zones", "rule", ["forbidden"] * count))
    with pytest.raises(InvalidRequest, match=r"dataset 'airspace-zones', row .*forbidden"):
        decide(wrong)


@pytest.mark.parametrize("values", [["at noon"] * 4, [None] * 4, [5] * 4])
def test_a_time_that_is_none_is_named(values):
    with pytest.raises(InvalidRequest, match="is no time"):
        decide(
            replaced(weather=column("weather", "time", values)), weather="weather", max_wind_mps=9
        )


def test_a_time_without_an_offset_is_chinas():
    hours = [f"2026-05-01T{hour}:00:00" for hour in (16, 17, 18, 19)]
    bare = replaced(weather=column("weather", "time", hours))
    given = {"weather": "weather", "max_wind_mps": 12}
    assert decide(bare, **given).closed_share_0to1 == decide(**given).closed_share_0to1


class _RealCity:
    """The example's tables, as if none of them were made up."""

    def __getattr__(self, name):
        return getattr(CITY, name)

    def about(self, dataset):
        return CITY.about(dataset).model_copy(update={"synthetic": False})


def test_data_that_are_not_made_up_are_not_called_so():
    real = decide(_RealCity(), masts="masts")
    assert not any("Synthetic" in text.en for text in real.caveats)
    # The zones say of themselves that they are.
    assert {one["synthetic"] for one in cells(real, key=None)} == {False}
    assert {one["synthetic"] for one in cells(real, key="HOSP1")} == {True}


def test_a_zone_whose_box_alone_reaches_the_map_is_not_drawn():
    rows = CITY.table("airspace-zones").slice(0, 1)
    corners = "114.2 30.5, 114.4 30.5, 114.4 30.51, 114.21 30.51, 114.21 30.7, 114.2 30.7"
    bow = f"POLYGON (({corners}, 114.2 30.5))"
    at = {"centre_lon": None, "centre_lat": None, "radius_m": None}
    for name, value in at.items():
        place = rows.column_names.index(name)
        rows = rows.set_column(place, name, pa.array([value], pa.float64()))
    place = rows.column_names.index("_geometry")
    rows = rows.set_column(place, "_geometry", pa.array([shapely.to_wkb(shapely.from_wkt(bow))]))
    decision = decide(replaced(airspace_zones=rows))
    assert not [layer for layer in decision.layers if layer.key == "zones"]


@pytest.mark.parametrize(
    "changes",
    [
        {"lon": ...},
        {"lon": ..., "lat": ...},
        {"area": ((114, 30), (115, 30), (115, 31))},
        {"floor_m": 200},
        {"band_m": 1},
        {"first_hour": 20},
        {"assumed_ground_m": 20},
        {"min_celsius": 10, "max_celsius": 0},
        {"cell_level": 8},
        {"day": "tomorrow"},
    ],
)
def test_a_request_that_makes_no_map_is_refused(changes):
    with pytest.raises(ValidationError):
        decide(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"people_column": "cats"}, "has no column 'cats'"),
        ({"terrain_column": "depth"}, "has no column 'depth'"),
        ({"masts": "hospitals"}, "has no column 'antenna_m'"),
        ({"weather": "terrain", "max_wind_mps": 9}, "has no column 'time'"),
        ({"cell_level": 7, "reach_m": 20_000}, "cells"),
        (
            {"quiet": "hospitals", "people": "hospitals", "people_column": "name"},
            "no column of numbers",
        ),
    ],
)
def test_what_cannot_be_read_is_named(changes, words):
    with pytest.raises(InvalidRequest, match=words):
        decide(**changes)


def test_near_a_building_the_air_is_closed_and_above_one_of_unknown_height_unknown():
    text = shapely.to_wkb([shapely.box(114.3045, 30.5925, 114.3047, 30.5927)] * 2).tolist()
    rows = CITY.table("hospitals").slice(0, 1)
    keys = {name: rows[name].to_pylist() * 2 for name in ("_cell", "_row")}
    tall = {"height_m": [40.0, None], "_geometry": text, **keys}
    names = ("airspace-zones", "population", "hospitals", "terrain")
    tables = {name: CITY.table(name) for name in names}

    def near(rows, **changes):
        city = ExampleCity({**tables, "houses": pa.table(tall).slice(*rows)})
        return decide(city, buildings="houses", **changes)

    known = near((0, 1))
    assert {one["lower_m"] for one in cells(known, key="building")} == {0.0, 60.0}
    assert {one["use"] for one in cells(known, key="building")} == {"no"}
    assert {one["synthetic"] for one in cells(known, key="building")} == {True}
    lower = near((0, 1), building_clearance_m=10)
    assert {one["lower_m"] for one in cells(lower, key="building")} == {0.0}
    unknown = near((1, 1))
    assert {one["lower_m"] for one in cells(unknown, key="building")} == {0.0}
    assert {one["use"] for one in cells(unknown, key="building-unknown")} == {"unknown"}
    assert any("1 have no height" in text.en for text in unknown.caveats)
    assumed = near((1, 1), assumed_building_m=40)
    assert assumed.closed_share_0to1 == known.closed_share_0to1
    assert any("assumed to be 40 m" in text.en for text in assumed.caveats)
