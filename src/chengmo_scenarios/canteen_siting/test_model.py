"""The scenario through the platform's window: example, infeasible requests, bad columns."""

from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from chengmo import ExampleCity, InvalidRequest
from chengmo_scenarios.canteen_siting import model

FOLDER = Path(__file__).parent / "example"
CITY = ExampleCity.from_folder(FOLDER)


def decide(**changes):
    text = (FOLDER / "request.json").read_text(encoding="utf-8")
    request = model.request_type.model_validate_json(text)
    return model.decide(model.request_type(**{**request.model_dump(), **changes}), CITY)


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
