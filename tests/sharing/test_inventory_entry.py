"""Who sees what of an entry: its steward and who watches over all see duties and columns."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chengmo.catalog.dataset import SensitiveColumn
from chengmo.identity.actor import Actor
from chengmo.interfaces.web.sharing import _known

ANALYST = Actor("li", frozenset({"analyst"}), "health", "department", "武昌区")
STEWARD = Actor("wang", frozenset({"steward"}), "census", "department")
OTHER_STEWARD = Actor("zhou", frozenset({"steward"}), "traffic", "department")
AUDITOR = Actor("he", frozenset({"auditor"}), "audit-office", "department")


@pytest.fixture(scope="module")
def registered(city_of_people, tmp_path_factory):
    """People, to be updated every month, whose names are to be left out."""
    with city_of_people(tmp_path_factory.mktemp("entry")) as platform:
        stated = platform.catalog.dataset("people").metadata.model_copy(
            update={
                "update_frequency": "P1M",
                "legal_basis": "统计法",
                "sensitive": {"name": SensitiveColumn(kind="person-name", treatment="drop")},
            }
        )
        platform.catalog.describe("people", stated)
        yield platform


def entry(platform, actor, days=0):
    view = platform.sharing.view(actor, "view", "web")
    later = replace(view, clock=lambda: view.clock() + timedelta(days=days))
    return _known(later, platform.catalog.dataset("people"))


def test_an_update_is_overdue_once_its_month_is_over(registered):
    now, late = (entry(registered, STEWARD, days)["inventory"] for days in (20, 45))
    assert now["days_overdue"] == 0
    assert now["due_utc"] > now["updated_utc"]
    assert 13 <= late["days_overdue"] <= 17


@pytest.mark.parametrize("actor", [STEWARD, AUDITOR])
def test_who_answers_for_it_or_watches_sees_its_sensitive_columns(registered, actor):
    found = entry(registered, actor)
    assert found["may_review"]
    assert found["inventory"]["legal_basis"] == "统计法"
    (name,) = [each for each in found["inventory"]["sensitive"] if each["column"] == "name"]
    assert name["is_stated"]
    assert name["treatment"].zh == "删除"


@pytest.mark.parametrize("actor", [ANALYST, OTHER_STEWARD])
def test_others_are_not_even_told_the_names_of_columns(registered, actor):
    found = entry(registered, actor)
    assert (found["inventory"], found["may_review"]) == (None, False)
