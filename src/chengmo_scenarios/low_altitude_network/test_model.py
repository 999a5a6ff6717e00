"""The scenario through the platform's window: sites, corridors, heights, losses, refusals."""

import shutil
from pathlib import Path

import pytest
import shapely
from pydantic import ValidationError

from chengmo import ExampleCity, InvalidRequest, parse_code
from chengmo_scenarios.low_altitude_network import model

FOLDER = Path(__file__).parent / "example"
CITY = ExampleCity.from_folder(FOLDER)
USUAL = {
    "site_count": 6,
    "site_reach_m": 2500,
    "longest_link_m": 9000,
    "candidates": "candidate-places",
}


def decide(city=CITY, **changes):
    return model.decide(model.request_type(**{**USUAL, **changes}), city)


@pytest.fixture(scope="module")
def many():
    """All candidates, so that corridors come near one another."""
    return decide(site_count=12, site_reach_m=900)


def measures(decision):
    return {measure.key: measure.value for measure in decision.measures}


def layer(decision, key):
    return next(layer for layer in decision.layers if layer.key == key)


def test_each_site_and_corner_has_its_code_and_a_sentence_in_both_languages():
    decision = decide()
    assert len(decision.sites) == 6
    for code, site in zip(decision.sites, layer(decision, "sites").features, strict=True):
        assert site.properties["code"] == code
        flat = "".join(code[n] for n in (0, 1, 2, 4))
        assert parse_code(flat).text == flat
    corners = next(table for table in decision.tables if table.key == "corners")
    assert len({row[0] for row in corners.rows}) == len(decision.corridors)
    assert all(row[2] != row[3] for row in corners.rows)
    assert decision.answer.en.startswith("6 sites and ")
    assert decision.answer.zh.startswith("6个起降点")
    assert any("synthetic" in text.en for text in decision.caveats)


def test_no_corridor_flies_through_a_prohibited_zone(many):
    zone = shapely.box(114.303, 30.560, 114.312, 30.571)
    for feature in layer(many, "corridors").features:
        assert not shapely.from_geojson(_json(feature.geometry)).intersects(zone)


def test_no_lanes_share_air_and_crossings_have_heights_of_their_own(many):
    assert (many.shared_air, measures(many)["shared"]) == (0, 0)
    for low, high in zip(many.lower_m, many.upper_m, strict=True):
        assert high - low == 10
    near = [layer for layer in many.layers if layer.key == "crossings"]
    for feature in near[0].features if near else ():
        one, other = str(feature.properties["heights"]).split(" | ")
        assert one != other


def test_more_weight_on_risk_flies_over_fewer_residents():
    heavy, none = decide(risk_weight=30), decide(risk_weight=0, noise_weight=0)

    def below(decision):
        rows = next(table for table in decision.tables if table.key == "corridors").rows
        return sum(row[11] for row in rows), sum(row[1] for row in rows)

    assert heavy.corridors == none.corridors
    assert below(heavy)[0] < below(none)[0]
    assert below(heavy)[1] > below(none)[1]


def test_where_the_zone_ends_below_the_lanes_it_is_flown_over(tmp_path):
    text = (FOLDER / "city" / "airspace-zones.csv").read_text("utf-8")
    city = city_with(tmp_path, "airspace-zones", text.replace(",200,AGL", ",50,AGL"))
    free = decide(city, risk_weight=0, noise_weight=0)
    assert measures(free)["detour"] < measures(decide(risk_weight=0, noise_weight=0))["detour"]


def test_places_within_a_closed_zone_are_no_sites(tmp_path):
    text = (FOLDER / "city" / "airspace-zones.csv").read_text("utf-8")
    ring = "114.303 30.560, 114.312 30.560, 114.312 30.571, 114.303 30.571, 114.303 30.560"
    wide = text.replace(ring, "114 30, 115 30, 115 31, 114 31, 114 30")
    assert wide != text
    refused = decide(city_with(tmp_path, "airspace-zones", wide))
    assert (refused.outcome, refused.sites) == ("infeasible", ())
    assert "closed zones" in refused.answer.en


def test_sites_too_far_apart_are_no_network():
    assert decide(longest_link_m=50).outcome == "infeasible"


@pytest.mark.slow
def test_terrain_lifts_the_codes(tmp_path):
    lifted = decide(
        hilly_city(tmp_path, west=114.2), terrain="terrain", assumed_ground_m=None,
        terrain_reach_m=1500,
    )  # fmt: skip
    assert lifted.sites != decide().sites
    assert lifted.corridors == decide().corridors


def test_beyond_the_reach_of_the_terrain_nothing_is_planned(tmp_path):
    city = hilly_city(tmp_path, west=114.30)
    planned = decide(city, terrain="terrain", assumed_ground_m=None, terrain_reach_m=1500)
    places = [feature.geometry["coordinates"] for feature in layer(planned, "sites").features]
    assert places
    assert min(lon for lon, _ in places) > 114.30 - 1500 / 95_000
    assert any("the ground is not known" in text.en for text in planned.caveats)
    none = decide(city, terrain="terrain", assumed_ground_m=None, terrain_reach_m=1)
    assert none.outcome == "infeasible"


def city_of(folder, **files):
    """Return the example city with further datasets."""
    shutil.copytree(FOLDER / "city", folder / "city")
    for name, text in files.items():
        (folder / "city" / f"{name}.csv").write_text(text, "utf-8")
    return ExampleCity.from_folder(folder)


HOURS = {"day": "2026-05-01", "first_hour": 8, "last_hour": 10}
WIND = "time,wind_mps\n2026-05-01T08:00:00+08:00,4\n2026-05-01T09:00:00+08:00,6\n"


def test_heights_at_which_the_wind_passes_the_limit_are_closed(tmp_path):
    city = city_of(tmp_path, weather=WIND)
    calm = decide(city, weather="weather", max_wind_mps=20, **HOURS)
    assert calm.corridors == decide().corridors
    # 6 m/s at 10 m are 8.5 at 74 m, 9.0 at 94 m, 9.4 at 114 m: the tops of the three pairs.
    windy = decide(city, weather="weather", max_wind_mps=8, **HOURS)
    assert windy.outcome == "infeasible"
    assert "wind" in windy.answer.en
    between = decide(city, weather="weather", max_wind_mps=8.8, **HOURS)
    assert max(between.upper_m) <= 80
    assert any("lower lane): 80, 100" in text.en for text in between.caveats)


def test_an_hour_of_which_the_wind_is_not_known_closes(tmp_path):
    city = city_of(tmp_path, weather=WIND)
    beyond = {**HOURS, "last_hour": 11}
    assert decide(city, weather="weather", max_wind_mps=20, **beyond).outcome == "infeasible"
    assert decide(city, weather="weather", max_gust_mps=20, **HOURS).outcome == "infeasible"


def test_a_zone_closes_only_within_the_hours_asked_for(tmp_path):
    text = (FOLDER / "city" / "airspace-zones.csv").read_text("utf-8")
    head, first, *rest = text.splitlines()
    begin, end = (f"2026-05-01T{hour}:00:00+08:00" for hour in (12, 13))
    period = f'[{{""startDateTime"":""{begin}"",""endDateTime"":""{end}""}}]'
    lines = [f"{head},periods", f'{first},"{period}"', *(f"{line}," for line in rest)]
    city = city_with(tmp_path, "airspace-zones", "\n".join(lines) + "\n")
    weightless = {"risk_weight": 0, "noise_weight": 0}
    before = decide(city, **weightless, **HOURS)
    during = decide(city, **weightless, **{**HOURS, "last_hour": 13})
    assert measures(before)["detour"] < measures(during)["detour"]
    assert measures(during)["detour"] == measures(decide(city, **weightless))["detour"]
    assert any("8 to 10 o'clock alone" in text.en for text in before.caveats)


def test_corridors_keep_to_the_cells_that_are_covered_if_asked(tmp_path):
    head = "antenna_m,reference_dbm,frequency_ghz,lon,lat\n"
    weak = "".join(f"25,{-12},2.6,{lon},30.56\n" for lon in (114.28, 114.30, 114.32))
    city = city_of(tmp_path, masts=head + weak)
    asked = {"masts": "masts", "coverage_required": True, "threshold_dbm": -110}
    plain = decide(city, masts="masts")
    assert plain.corridors == decide().corridors
    kept = decide(city, **asked)
    assert kept.sites != plain.sites
    assert any("keep out of the" in text.en for text in kept.caveats)
    none = decide(city, **{**asked, "threshold_dbm": 0})
    assert none.outcome == "infeasible"


def test_corridors_keep_clear_of_buildings_or_fly_above_them(tmp_path):
    ring = "114.303 30.540, 114.312 30.540, 114.312 30.555, 114.303 30.555, 114.303 30.540"
    head, row = "height_m,wkt\n", f',"POLYGON (({ring}))"\n'
    city = city_of(tmp_path, low=f"{head}20{row}", high=f"{head}400{row}", bare=head + row)
    free = decide(city, risk_weight=0, noise_weight=0)
    flat = {"risk_weight": 0, "noise_weight": 0}
    low = decide(city, buildings="low", **flat)
    assert low.corridors == free.corridors
    block = shapely.box(114.303, 30.540, 114.312, 30.555)
    for name in ("high", "bare"):
        around = decide(city, buildings=name, **flat)
        lines = [_shape(one.geometry) for one in layer(around, "corridors").features]
        assert lines
        assert not any(line.intersects(block) for line in lines)
    assumed = decide(city, buildings="bare", assumed_building_m=20, **flat)
    assert assumed.corridors == free.corridors


@pytest.mark.parametrize(
    "changes",
    [
        {"coverage_required": True},
        {"max_wind_mps": 10},
        {"weather": "weather"},
        {"weather": "weather", "max_wind_mps": 10},
        {"first_hour": 9, "last_hour": 9},
        {"half_height_m": 5},
        {"lowest_m": 20, "half_height_m": 20, "step_m": 50},
        {"assumed_ground_m": None},
        {"terrain": "terrain"},
        {"site_count": 1},
    ],
)
def test_a_request_outside_its_limits_is_refused(changes):
    with pytest.raises(ValidationError):
        model.request_type(**{**USUAL, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"people_column": "inhabitants"},
        {"area": ((114.0, 30.0), (114.1, 30.1), (114.1, 30.0), (114.0, 30.1))},
        {"area": ((100.0, 20.0), (100.1, 20.0), (100.0, 20.1))},
        {"area": ((113.0, 30.0), (114.9, 30.0), (114.0, 31.0)), "cell_m": 10},
    ],
)
def test_data_that_cannot_be_read_are_named(changes):
    with pytest.raises(InvalidRequest):
        decide(**changes)


def _shape(geometry):
    return shapely.from_geojson(_json(geometry))


def _json(geometry):
    return shapely.to_geojson(shapely.geometry.shape(geometry))


def city_with(folder, name, text):
    """Return the example city with one dataset more, or another in its place."""
    shutil.copytree(FOLDER / "city", folder / "city")
    (folder / "city" / f"{name}.csv").write_text(text, "utf-8")
    return ExampleCity.from_folder(folder)


def hilly_city(folder, *, west):
    """Return the example city with ground of 500 m east of a meridian, a height each 0.02°."""
    places = [
        (west + 0.02 * east, 30.44 + 0.02 * north) for east in range(12) for north in range(12)
    ]
    rows = "".join(f"500,{lon:.2f},{lat:.2f}\n" for lon, lat in places)
    return city_with(folder, "terrain", "ground_m,lon,lat\n" + rows)
