"""The scenario through the platform's window: steps, refusals, rosters real and made up."""

import json
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError
from shapely import LineString
from shapely.geometry import shape

from chengmo import ExampleCity, InvalidRequest
from chengmo_scenarios.school_lottery import model
from chengmo_scenarios.school_lottery.verify_lottery import digest, find_faults
from chengmo_scenarios.school_lottery.walking import make_walker

FOLDER = Path(__file__).parent / "example"
CITY = ExampleCity.from_folder(FOLDER)
MECHANISMS = model.request_type.model_json_schema()["properties"]["mechanism"]["enum"]
SMALL = {"children": 120, "school_count": 6, "school_places": None, "lotteries": 8}


def request_of(**changes):
    text = (FOLDER / "request.json").read_text(encoding="utf-8")
    return model.request_type(**{**json.loads(text), **changes})


def decide(**changes):
    return model.decide(request_of(**changes), CITY)


def with_column(dataset, column, values):
    table = CITY.table(dataset)
    table = table.set_column(table.column_names.index(column), column, pa.array(values))
    return ExampleCity({**{n: CITY.table(n) for n in ("roster", "schools")}, dataset: table})


def table_of(decision, key):
    return next(table for table in decision.tables if table.key == key)


def value_of(decision, key):
    return next(item.value for item in decision.measures if item.key == key)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_can_be_drawn(mechanism):
    decision = decide(mechanism=mechanism)
    assert decision.outcome == "decided"
    assert value_of(decision, "unplaced") == 0.0
    assert len(table_of(decision, "receipts").rows) == 71


def test_the_commitment_is_the_one_of_the_draw_that_follows():
    committed, drawn = decide(step="commit"), decide()
    assert committed.commitment == drawn.commitment == digest("plan", drawn.transcript["plan"])
    units = json.loads(json.dumps(drawn.transcript["units"]))
    assert committed.leaves == tuple(digest("unit", unit) for unit in units)
    assert committed.plan["roster"] == digest("roster", *committed.leaves)
    assert committed.transcript == {}
    assert committed.plan == drawn.plan


def test_what_was_published_is_verified_and_what_was_not_is_refused():
    drawn = decide()
    published = {
        "step": "verify",
        "published_commitment": drawn.commitment,
        "published_digest": drawn.digest,
    }
    assert value_of(decide(**published), "agrees") is True
    for changes in ({"most_choices": 3}, {"published_digest": "00" * 32}):
        wrong = decide(**{**published, **changes})
        assert value_of(wrong, "agrees") is False
        assert "not agree" in wrong.answer.en


def test_a_party_that_reveals_something_else_stops_the_draw():
    values = list(request_of().party_values)
    with pytest.raises(InvalidRequest, match="did not reveal") as caught:
        decide(party_values=["00", *values[1:]])
    assert caught.value.hint


def test_a_notary_draws_start_and_gap_of_the_ring():
    decision = decide(mechanism="ring", randomness="notary", notary="Office", notary_ring=(6, 3),
                      notary_record="start 6, gap 3")  # fmt: skip
    transcript = json.loads(json.dumps(decision.transcript))
    assert transcript["reveal"]["ring"] == [6, 3]
    assert find_faults(transcript, decision.commitment) == []


def test_a_wrong_round_of_the_beacon_stops_the_draw():
    with pytest.raises(InvalidRequest, match="quicknet"):
        decide(randomness="drand", drand_round=1, drand_signature="00")


def test_a_family_hears_which_number_it_would_have_taken():
    rows = table_of(decide(), "receipts").rows
    ticket, number = next((row[0], row[1]) for row in rows if row[4] not in (1, None))
    wishes = table_of(decide(explain=(ticket,)), "wishes").rows
    assert all(needed is None or needed < number for *_, needed, _, _ in wishes)
    assert all(tier is None or tier < own for *_, own, tier in wishes)
    with pytest.raises(InvalidRequest, match="ticket"):
        decide(explain=("00" * 32,))


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_says_what_a_family_would_have_needed(mechanism):
    rows = table_of(decide(mechanism=mechanism), "receipts").rows
    ticket = next(row[0] for row in rows if row[4] not in (1, None))
    wishes = table_of(decide(mechanism=mechanism, explain=(ticket,)), "wishes").rows
    assert wishes
    assert all((row[1] is None) == (mechanism == "ring") for row in wishes)


def test_a_real_draw_needs_the_roster_and_the_schools_alone():
    bare = ExampleCity({name: CITY.table(name) for name in ("roster", "schools")})
    assert model.reads == ()
    for changes in ({}, {"step": "analyse", "lotteries": 5}, {"step": "commit"}):
        request = request_of(**changes)
        assert set(model.datasets_of(request)) == {"roster", "schools"}
        assert model.decide(request, bare).outcome == "decided"
    assert "population" in model.datasets_of(model.request_type())
    with pytest.raises(InvalidRequest, match="neither"):
        model.decide(model.request_type(**{**SMALL, "population": None}), bare)


def test_what_changed_after_the_seal_is_not_drawn():
    sealed = decide(step="commit").commitment
    assert decide(published_commitment=sealed).commitment == sealed
    seats = CITY.table("schools")["seats"].to_pylist()
    more = with_column("schools", "seats", [seats[0] + 1, *seats[1:]])
    with pytest.raises(InvalidRequest, match="since the seal") as caught:
        model.decide(request_of(published_commitment=sealed), more)
    assert "seal" in caught.value.hint


def test_a_seal_for_a_round_of_the_beacon_says_when_that_round_exists():
    decision = decide(step="commit", randomness="drand", drand_round=123)
    assert "2023-08-23 15:15:33 UTC" in decision.answer.en


def test_a_child_may_belong_to_several_groups():
    decision = decide()
    assert decision.plan["groups"] == ["local", "low-income", "newcomer"]
    assert [1, 2] in [unit["groups"] for unit in decision.transcript["units"]]
    many = ";".join(f"g{n}:1" for n in range(9))
    with pytest.raises(InvalidRequest, match="more than 8"):
        model.decide(request_of(), with_column("schools", "reserved", [many] * 5))


def test_twins_stay_together_unless_they_are_to_be_apart():
    unit = CITY.table("roster")["unit"].to_pylist()
    assert any(unit)
    assert len(table_of(decide(siblings="apart"), "receipts").rows) == 72
    assert value_of(decide(siblings="apart"), "beyond") == 0.0


def test_in_a_strict_catchment_nobody_is_read_for_a_school_outside():
    decision = decide(catchment="only")
    assert any("outside the zone" in text.en for text in decision.caveats)
    schools = {school["id"]: s for s, school in enumerate(decision.plan["schools"])}
    outside = {schools["lake"], schools["river"]}
    zones = [zone["id"] for zone in decision.plan["zones"]]
    for unit in decision.transcript["units"]:
        if zones[unit["zone"]] == "Z1":
            assert not outside & {school for school, _ in unit["choices"]}


def test_too_few_seats_are_infeasible_and_so_many_more_are_enough():
    seats = CITY.table("schools")["seats"].to_pylist()
    short = model.decide(request_of(), with_column("schools", "seats", [s - 5 for s in seats]))
    assert short.outcome == "infeasible"
    missing = value_of(short, "missing")
    assert missing == 72 - (sum(seats) - 25)
    mended = [seats[0] - 5 + missing, *[s - 5 for s in seats[1:]]]
    assert model.decide(request_of(), with_column("schools", "seats", mended)).outcome == "decided"
    mended[0] -= 1
    again = model.decide(request_of(), with_column("schools", "seats", mended))
    assert again.outcome == "infeasible"
    loose = model.decide(request_of(overflow=False), with_column("schools", "seats", mended))
    assert loose.outcome == "decided"


def test_an_analysis_of_a_synthetic_roster_compares_every_mechanism():
    request = model.request_type(**SMALL)
    decision = model.decide(request, CITY)
    assert decision.outcome == "decided"
    assert len(table_of(decision, "comparison").rows) == len(MECHANISMS)
    assert value_of(decision, "justified") == 0.0
    assert any("made up" in text.en for text in decision.caveats)
    assert decision.model_dump() == model.decide(request, CITY).model_dump()


def test_places_of_few_children_are_not_drawn():
    decision = model.decide(model.request_type(**SMALL), CITY)
    homes = next(layer for layer in decision.layers if layer.key == "homes")
    assert homes.features
    assert all(feature.properties["children"] >= 5 for feature in homes.features)


@pytest.mark.parametrize(
    ("dataset", "column", "value"),
    [
        ("roster", "choices", "nowhere"),
        ("roster", "child", "C001"),
        ("roster", "salt", "short"),
        ("roster", "tier", "first"),
        ("schools", "seats", -1),
        ("schools", "school", ""),
        ("schools", "reserved", "newcomer"),
    ],
)
def test_what_is_wrong_in_the_data_is_refused_with_a_way_out(dataset, column, value):
    count = CITY.table(dataset).num_rows
    with pytest.raises(InvalidRequest) as caught:
        model.decide(request_of(), with_column(dataset, column, [value] * count))
    assert caught.value.hint


def test_a_missing_column_or_a_lone_dataset_is_refused():
    bare = ExampleCity(
        {"roster": CITY.table("roster").drop_columns(["choices"]),
         "schools": CITY.table("schools")}
    )  # fmt: skip
    with pytest.raises(InvalidRequest, match="choices"):
        model.decide(request_of(), bare)
    with pytest.raises(InvalidRequest, match="together"):
        decide(schools=None)
    with pytest.raises(InvalidRequest, match="nobody"):
        model.decide(model.request_type(**SMALL, people_column="nobody"), CITY)


@pytest.mark.parametrize(
    "changes",
    [
        {"party_values": ()},
        {"parties": ("one",)},
        {"randomness": "drand"},
        {"randomness": "notary"},
        {"randomness": "notary", "notary": "a", "notary_record": "b", "notary_ring": (1,)},
        {"step": "verify"},
        {"mechanism": "draw straws"},
    ],
)
def test_a_draw_without_what_it_needs_is_refused(changes):
    with pytest.raises(ValidationError):
        request_of(**changes)


def test_the_order_of_rows_changes_nothing():
    order = np.random.default_rng(1).permutation(72)
    roster = CITY.table("roster").take(order)
    # The example's window sorts by cell; a row's own number stays with it.
    city = ExampleCity({"roster": roster, "schools": CITY.table("schools")})
    assert model.decide(request_of(), city).transcript == decide().transcript


def test_the_answer_is_chinese_in_chinese():
    for changes in ({}, {"step": "commit"}):
        words = re.findall(r"[A-Za-z]{3,}", decide(**changes).answer.zh)
        assert all(re.fullmatch(r"[0-9a-f]+", word) for word in words)


def test_what_a_party_commits_to_is_the_digest_of_its_name_and_value():
    request = request_of()
    for name, value, commitment in zip(
        request.parties, request.party_values, request.party_commitments, strict=True
    ):
        assert digest("party", name, value) == commitment


def test_new_catchment_lines_are_compared_with_todays():
    request = model.request_type(**SMALL, catchment="only", zone_schools=2, new_zone_schools=6)
    decision = model.decide(request, CITY)
    rows = {row[0].split(" / ")[1]: row for row in table_of(decision, "new_lines").rows}
    # With one zone for all, no choice lies outside, so more get one.
    assert rows["Any choice"][4] > 0.0
    assert sum(row[1] for row in table_of(decision, "new_lines_by_zone").rows) == 120


def test_lines_of_a_roster_are_compared_by_its_columns():
    roster = CITY.table("roster")
    zone = pa.array(["Z2" if z == "Z1" else "Z1" for z in roster["zone"].to_pylist()])
    city = ExampleCity(
        {"roster": roster.append_column("other", zone), "schools": CITY.table("schools")}
    )
    asked = {"step": "analyse", "catchment": "only", "lotteries": 5}
    decision = model.decide(request_of(**asked, new_zone_column="other"), city)
    assert {row[0] for row in table_of(decision, "new_lines_by_zone").rows} == {"Z1", "Z2"}
    with pytest.raises(InvalidRequest, match="nothing"):
        model.decide(request_of(**asked, new_zone_column="nothing"), city)


def test_catchments_are_proposed_and_compared_with_todays():
    asked = {**SMALL, "children": 400, "zone_schools": 2, "catchment": "only"}
    decision = model.decide(model.request_type(**asked, step="catchments"), CITY)
    assert decision.outcome == "decided"
    rows = table_of(decision, "catchments").rows
    assert len(rows) == 3
    assert sum(row[1] for row in rows) == 400
    assert decision.quality.bound <= decision.quality.objective
    assert table_of(decision, "new_lines").rows
    areas = [shape(feature.geometry) for feature in decision.layers[0].features]
    assert len(areas) == 3
    assert all(area.is_valid for area in areas)
    assert all(one.intersection(two).area == 0.0 for one, two in combinations(areas, 2))


def test_walks_follow_the_streets_where_they_lead_and_the_straight_line_elsewhere(tmp_path):
    home, school = np.array([[114.3, 30.5]]), np.array([[114.31, 30.51], [114.4, 30.5]])
    line = LineString([(114.3, 30.5), (114.31, 30.5), (114.31, 30.51)])
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "streets.csv").write_text(f'name,wkt\ncorner,"{line.wkt}"\n')
    city = ExampleCity.from_folder(tmp_path)
    request = model.request_type(walks_along="streets")
    along, count = make_walker(request, city, home).measure(home, school)
    straight, _ = make_walker(model.request_type(), city, home).measure(home, school)
    assert along[0, 0] == pytest.approx(960 + 1108, rel=0.01)
    assert straight[0, 0] == pytest.approx(np.hypot(960, 1108) * 1.3, rel=0.01)
    assert along[0, 1] == straight[0, 1]
    assert count.tolist() == [1, 1, 0]
    unknown, count = make_walker(request, city, home).measure(np.full((1, 2), np.nan), school)
    assert np.isnan(unknown).all()
    assert count.sum() == 0
