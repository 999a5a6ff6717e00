"""Quotas of good senior schools for weaker junior schools (指标到校): the worked example."""

import json
from pathlib import Path

import pytest

from chengmo import ExampleCity
from chengmo_scenarios.school_lottery import model
from chengmo_scenarios.school_lottery.verify_lottery import find_faults

HERE = Path(__file__).parent
EXAMPLE = HERE / "example" / "quotas"
CITY = ExampleCity.from_folder(EXAMPLE)
RULES = {
    "no quotas": {"schools": "senior-schools-without-quotas"},
    "quotas first": {},
    "open seats first": {"reserve_order": "open-first"},
}


def decide(**changes):
    asked = json.loads((EXAMPLE / "request.json").read_text(encoding="utf-8"))
    return model.decide(model.request_type(**{**asked, **changes}), CITY)


def odds(decision):
    """The odds of a seat at the first choice, which is First Senior for all, by junior school."""
    table = next(table for table in decision.tables if table.key == "family_odds")
    return {row[0]: row[3] for row in table.rows}


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_the_odds_by_junior_school_are_those_of_the_readme(rule):
    decision = decide(**RULES[rule])
    found = odds(decision)
    apart = next(one.value for one in decision.measures if one.key == "dissimilarity")
    schools = ("city-junior", "suburb-junior", "village-junior")
    row = "".join(f" {found[school]:.0f} % |" for school in schools)
    text = (HERE / "README.md").read_text(encoding="utf-8")
    assert f"| {rule} |{row} {apart:.2f} |" in text


@pytest.mark.slow
def test_a_quota_is_a_guarantee_where_it_fills_first_and_comes_on_top_where_it_fills_last():
    first, last = odds(decide()), odds(decide(reserve_order="open-first"))
    # Four of 12 and of 16 pupils, whatever their marks; the other eight seats go to the best.
    assert first == {"city-junior": 40.0, "suburb-junior": 25.0, "village-junior": 33.33}
    # Whoever gets an open seat does not use up the quota of its school.
    assert last["suburb-junior"] > first["suburb-junior"]
    assert last["village-junior"] == first["village-junior"]


def test_places_are_not_needed_and_no_walk_is_told():
    decision = decide(lotteries=5)
    assert "walk_m" not in {measure.key for measure in decision.measures}
    assert all(not layer.features for layer in decision.layers)


def test_the_quotas_are_sealed_drawn_and_verified_like_any_seats():
    asked = {"step": "draw", "randomness": "notary", "notary": "Office", "notary_record": "6 3 1"}
    decision = decide(**asked)
    transcript = json.loads(json.dumps(decision.transcript))
    assert find_faults(transcript, decision.commitment) == []
    got = [
        tuple(unit["groups"])
        for unit, row in zip(transcript["units"], transcript["result"], strict=True)
        if transcript["plan"]["schools"][row[2]]["id"] == "first"
    ]
    village = decision.plan["groups"].index("village-junior")
    assert got.count((village,)) == 4
