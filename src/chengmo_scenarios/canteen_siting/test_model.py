"""The scenario through the platform's window: example, infeasible requests, bad columns."""

import re
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from chengmo import ExampleCity, InvalidRequest
from chengmo_scenarios.canteen_siting import model
from chengmo_scenarios.canteen_siting.wording import METHOD_ZH

FOLDER = Path(__file__).parent / "example"
SOLVERS = ("siting", "median", "plant")
CITY = ExampleCity.from_folder(FOLDER)


def decide(**changes):
    text = (FOLDER / "request.json").read_text(encoding="utf-8")
    request = model.request_type.model_validate_json(text)
    return model.decide(model.request_type(**{**request.model_dump(), **changes}), CITY)


def city_with_streets(folder, lines):
    """The example's city and a dataset of streets beside it."""
    shutil.copytree(FOLDER / "city", folder / "city")
    rows = [f'"{line}",street' for line in lines]
    (folder / "city" / "roads.csv").write_text("\n".join(["wkt,kind", *rows]), encoding="utf-8")
    return ExampleCity.from_folder(folder)


def raster_of_streets():
    """Streets every few hundred metres over the example's city, each cut where it crosses."""
    west_east, south_north = np.linspace(114.27, 114.33, 13), np.linspace(30.57, 30.63, 13)
    for x in west_east:
        yield from (f"LINESTRING ({x} {a}, {x} {b})" for a, b in pairwise(south_north))
    for y in south_north:
        yield from (f"LINESTRING ({a} {y}, {b} {y})" for a, b in pairwise(west_east))


def value_of(decision, key):
    return next(item.value for item in decision.measures if item.key == key)


@pytest.mark.parametrize(
    ("goal", "changes"),
    [
        ("most-covered", {}),
        ("fewest-sites", {"cover_share_0to1": 0.4}),
        ("shortest-walk", {"sustainability": "none"}),
        ("least-cost", {"sustainability": "none", "max_sites": None}),
        ("shortest-farthest", {"sustainability": "none", "district_share_0to1": None}),
    ],
)
def test_every_goal_gives_a_proven_plan(goal, changes):
    decision = decide(goal=goal, **changes)
    assert decision.outcome == "decided"
    assert decision.quality.kind == "optimal"
    assert decision.quality.gap_0to1 == 0.0
    assert len(decision.chosen) == value_of(decision, "sites") > 0


def test_every_site_lives_when_every_site_must():
    decision = decide(sustainability="each-site", staff_yuan=300_000.0)
    assert value_of(decision, "losing_sites") == 0
    accounts = next(table for table in decision.tables if table.key == "accounts")
    assert all(row[-1] >= 0 for row in accounts.rows)


def test_without_that_rule_more_people_are_covered_but_sites_lose_money():
    strict = decide(sustainability="each-site", staff_yuan=400_000.0, district_share_0to1=None)
    loose = decide(sustainability="none", staff_yuan=400_000.0, district_share_0to1=None)
    assert value_of(loose, "covered") > value_of(strict, "covered")
    assert value_of(loose, "losing_sites") > 0
    limits = next(table for table in strict.tables if table.key == "limits")
    balance = next(row for row in limits.rows if "balance" in row[0])
    assert balance[4] is True


def test_public_money_stays_within_its_budget():
    decision = decide(
        sustainability="topped-up", subsidy_budget_yuan=700_000.0, district_share_0to1=None
    )
    assert value_of(decision, "public_money") <= 700_000.5


def test_an_infeasible_request_says_what_alone_would_make_it_feasible():
    decision = decide(goal="fewest-sites", cover_share_0to1=0.6, max_sites=2)
    assert decision.outcome == "infeasible"
    remedies = next(table for table in decision.tables if table.key == "remedies")
    needed = next(row[2] for row in remedies.rows if "sites" in row[0])
    assert decide(goal="fewest-sites", max_sites=int(needed), cover_share_0to1=0.6).outcome == (
        "decided"
    )
    assert decide(goal="fewest-sites", max_sites=int(needed) - 1, cover_share_0to1=0.6).outcome == (
        "infeasible"
    )


def test_what_would_make_it_feasible_is_chinese_in_chinese():
    short = {"goal": "fewest-sites", "cover_share_0to1": 0.9, "sustainability": "topped-up"}
    decision = decide(**short, subsidy_budget_yuan=1000.0, budget_yuan=100.0, capacity_people=20.0)
    assert decision.outcome == "infeasible"
    assert re.findall(r"[A-Za-z]+", decision.answer.zh) == []


def test_people_whom_no_candidate_reaches_are_named():
    decision = decide(goal="fewest-sites", cover_share_0to1=1.0, max_sites=None)
    assert decision.outcome == "infeasible"
    assert decision.unreached
    assert value_of(decision, "standard_needed") > 1000.0


def test_a_candidate_kept_open_and_shut_is_named():
    decision = decide(keep_open=(1,), keep_shut=(1,))
    assert decision.outcome == "infeasible"
    assert "Community" in decision.answer.en


def test_existing_sites_stay_open_and_cost_nothing_new():
    tables = {name: CITY.table(name) for name in ("population", "candidate-sites")}
    tables["existing"] = tables["candidate-sites"].slice(0, 2)
    city = ExampleCity(tables)
    request = model.request_type(
        existing="existing", max_sites=3, budget_yuan=200_000.0, standard_m=1500
    )
    decision = model.decide(request, city)
    assert value_of(decision, "sites") == 3
    assert len(decision.chosen) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"people_column": "nobody"},
        {"people_column": "district"},
        {"name_column": "nothing"},
        {"keep_open": (999,)},
    ],
)
def test_what_is_not_in_the_data_is_refused_with_a_way_out(changes):
    with pytest.raises(InvalidRequest) as caught:
        decide(**changes)
    assert caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"goal": "shortest-walk", "max_sites": None},
        {"district_share_0to1": 0.5, "district_column": None},
        {"standard_m": 0},
    ],
)
def test_a_request_outside_its_limits_is_refused(changes):
    with pytest.raises(ValidationError):
        model.request_type(**changes)


def test_a_city_without_candidates_has_no_plan_and_says_so():
    tables = {name: CITY.table(name) for name in ("population", "candidate-sites")}
    tables["candidate-sites"] = tables["candidate-sites"].slice(0, 0)
    request = model.request_type(goal="fewest-sites", cover_share_0to1=0.5)
    assert model.decide(request, ExampleCity(tables)).outcome == "infeasible"


def test_a_city_without_people_needs_no_site():
    population = CITY.table("population")
    empty = population.set_column(
        population.column_names.index("residents_60plus"),
        "residents_60plus",
        pa.array([0] * population.num_rows),
    )
    city = ExampleCity({"population": empty, "candidate-sites": CITY.table("candidate-sites")})
    for goal in ("most-covered", "fewest-sites", "shortest-walk", "shortest-farthest"):
        decision = model.decide(model.request_type(goal=goal), city)
        assert decision.outcome == "decided", goal


def test_walks_along_streets_are_measured_and_counted(tmp_path):
    city = city_with_streets(tmp_path, raster_of_streets())
    request = model.request_type(max_sites=5, walks_along="roads")
    assert "roads" in model.datasets_of(request)
    along, plain = model.decide(request, city), model.decide(model.request_type(max_sites=5), city)
    assert along.outcome == plain.outcome == "decided"
    said = along.caveats[0]
    measured = re.search(r"([\d,]+) pairs were measured along 'roads'", said.en)
    assert int(measured[1].replace(",", "")) > 0
    assert "沿“roads”量得" in said.zh
    assert any("roads" in text.en for text in along.caveats if "ynthetic" in text.en)
    assert "straight lines" in plain.caveats[0].en
    assert value_of(along, "mean_walk") != value_of(plain, "mean_walk")
    assert value_of(along, "farthest_walk") <= request.standard_m


def test_streets_that_lead_nowhere_near_change_nothing_but_the_caveat(tmp_path):
    city = city_with_streets(tmp_path, ["LINESTRING (115 31, 115.01 31)"])
    for goal in ("most-covered", "shortest-walk"):
        request = model.request_type(max_sites=4, goal=goal, walks_along="roads")
        plain = model.decide(model.request_type(max_sites=4, goal=goal), city)
        along = model.decide(request, city)
        assert " 0 pairs were measured" in along.caveats[0].en
        kept = {"caveats": plain.caveats}
        assert along.model_copy(update=kept) == plain


@pytest.mark.parametrize("count", [0, 2])
def test_a_dataset_without_lines_cannot_be_walked_along(count):
    tables = {name: CITY.table(name) for name in ("population", "candidate-sites")}
    city = ExampleCity({**tables, "roads": tables["candidate-sites"].slice(0, count)})
    request = model.request_type(walks_along="roads")
    with pytest.raises(InvalidRequest, match="no lines") as caught:
        model.decide(request, city)
    assert "walks_along" in caught.value.hint


def test_an_infeasible_request_along_streets_names_a_walk_that_is_enough(tmp_path):
    city = city_with_streets(tmp_path, raster_of_streets())
    asked = {"goal": "fewest-sites", "max_sites": None, "walks_along": "roads"}
    decision = model.decide(model.request_type(**asked, standard_m=300), city)
    needed = value_of(decision, "standard_needed")
    assert decision.outcome == "infeasible"
    enough = model.decide(model.request_type(**asked, standard_m=needed), city)
    assert enough.outcome == "decided"
    short = model.decide(model.request_type(**asked, standard_m=needed - 0.01), city)
    assert short.outcome == "infeasible"


def test_sites_without_a_name_are_called_by_number_and_district():
    decision = decide(name_column=None)
    accounts = next(table for table in decision.tables if table.key == "accounts")
    assert all(re.fullmatch(r"№ \d+ · \w+", row[0]) for row in accounts.rows)
    bare = decide(name_column=None, district_column=None, district_share_0to1=None)
    accounts = next(table for table in bare.tables if table.key == "accounts")
    assert all(re.fullmatch(r"№ \d+", row[0]) for row in accounts.rows)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"goal": "fewest-sites", "cover_share_0to1": 0.4},
        {"goal": "shortest-walk", "sustainability": "none"},
        {"goal": "shortest-walk", "sustainability": "none", "district_share_0to1": None},
        {"goal": "least-cost", "sustainability": "none", "max_sites": None},
        {"goal": "least-cost", "sustainability": "none", "max_nodes": 0, "capacity_people": 900.0},
        {"goal": "shortest-farthest", "sustainability": "none", "district_share_0to1": None},
    ],
)
def test_the_note_on_quality_is_chinese_in_chinese(changes):
    note = decide(**changes).quality.note
    if note is not None:
        assert not re.sub(r"HiGHS", "", note.zh).isascii()
        assert re.findall(r"[A-Za-z]{2,}", note.zh.replace("HiGHS", "")) == []


@pytest.mark.slow
def test_every_way_an_answer_is_found_has_its_words():
    folder = Path(__file__).parent / "method"
    sources = "".join((folder / f"{name}.py").read_text(encoding="utf-8") for name in SOLVERS)
    for words in METHOD_ZH:
        assert f'"{words}"' in sources
    named = re.findall(r'method = "([^"]+)"|Plan\([^()]*, "([^"]+)"\)', sources)
    assert {one or other for one, other in named} - {"none"} <= set(METHOD_ZH)
