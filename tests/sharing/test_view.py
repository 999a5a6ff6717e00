"""The catalogue as somebody may see it: what is asked is asked of the edition, and written down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chengmo.audit import AuditQuery
from chengmo.catalog.condition import Condition
from chengmo.errors import (
    Conflict,
    InvalidQuery,
    InvalidRequest,
    NotAllowed,
    NotSignedIn,
    SharingDenied,
    UnknownDataset,
)
from chengmo.identity.actor import ANONYMOUS, Actor
from chengmo.sharing.policy import Policy
from chengmo.sharing.request import Wish

ANALYST = Actor("li", frozenset({"analyst"}), "health", "department", "武昌区")
STEWARD = Actor("wang", frozenset({"steward"}), "census", "department")
SOON = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture
def sharing(platform):
    return platform.sharing


def state(sharing, actor=STEWARD, **stated):
    policy = {"id": "p", "title": {"zh": "规则", "en": "A rule"}, "dataset": "people", **stated}
    sharing.state(Policy.model_validate(policy), actor, "python")


def view(sharing, actor=ANALYST, purpose="planning"):
    return sharing.view(actor, purpose, "python")


def test_filters_counts_and_reads_are_of_the_treated_rows(sharing):
    state(sharing, treatment={"columns": {"name": {"do": "drop"}}})
    seen = view(sharing)
    assert "name" not in seen.read("people").column_names
    where = [Condition("name", "=", "secret-7")]
    for ask in (
        lambda: seen.read("people", where=where),
        lambda: seen.count("people", where=where),
        lambda: list(seen.batches("people", columns=["name"])),
    ):
        with pytest.raises(InvalidQuery):
            ask()
    assert seen.count("people") == 100


def test_an_actor_of_a_district_sees_its_rows(sharing):
    state(sharing, treatment={"rows": [{"column": "区", "attribute": "district"}]})
    assert set(view(sharing).read("people").column("区").to_pylist()) == {"武昌区"}
    other = view(sharing, replace(ANALYST, district="江岸区"))
    assert set(other.read("people").column("区").to_pylist()) == {"江岸区"}
    assert other.dataset("people").edition != view(sharing).dataset("people").edition


def test_without_a_policy_one_may_know_of_it_and_not_see_it(sharing):
    with pytest.raises(SharingDenied):
        view(sharing).dataset("people")
    with pytest.raises(UnknownDataset) as hidden:
        view(sharing, ANONYMOUS).dataset("people")
    with pytest.raises(UnknownDataset) as nothing:
        view(sharing, ANONYMOUS).dataset("nothing")
    assert str(hidden.value).replace("people", "nothing") == str(nothing.value)
    assert view(sharing).datasets() == []
    assert [each.id for each in view(sharing).known()] == ["people"]


def test_of_a_treated_dataset_only_the_newest_version_is_there(sharing):
    state(sharing, treatment={"only": ["age"]})
    assert view(sharing).dataset("people", 2).version == 2
    with pytest.raises(UnknownDataset):
        view(sharing).dataset("people", 1)
    assert [each.version for each in view(sharing).versions("people")] == [2]


def test_every_access_is_written_down_with_rule_and_rows(sharing):
    state(sharing)
    rows = view(sharing).read("people", limit=2).num_rows
    with pytest.raises(SharingDenied):
        view(sharing, purpose="").read("people")
    sharing.audit.seal()
    denied, read, look = sharing.audit.search(AuditQuery(actor="li"))
    assert (look.access.action, look.access.reason) == ("describe", "policy:p")
    assert (denied.access.verdict, denied.access.reason) == ("denied", "purpose")
    assert (read.access.action, read.access.rows, read.access.reason) == ("read", rows, "policy:p")
    assert read.access.purpose == "planning"


def test_the_rows_of_a_day_are_counted(sharing, tmp_path):
    state(sharing, rows_per_day=3)
    assert view(sharing).read("people", limit=2).num_rows == 2
    with pytest.raises(SharingDenied):
        view(sharing).read("people", limit=2)
    assert view(sharing).read("people", limit=1).num_rows == 1
    for ask in (
        lambda: list(view(sharing).batches("people")),
        lambda: view(sharing).export("people", tmp_path / "out.csv", "csv"),
        lambda: view(sharing).item("people", 1),
    ):
        with pytest.raises(SharingDenied):
            ask()
    assert not (tmp_path / "out.csv").exists()


def test_request_approval_and_end(sharing):
    wish = Wish(dataset="people", purpose="planning", reason="Where a clinic lacks.", until=SOON)
    asked = sharing.ask(wish, ANALYST, "python")
    assert sharing.requests_of(STEWARD) == [asked] == sharing.requests_of(ANALYST)
    with pytest.raises(NotAllowed):
        sharing.approve(asked.id, ANALYST, "python")
    approved = sharing.approve(asked.id, STEWARD, "python", comment="until summer")
    assert view(sharing).dataset("people").id == "people"
    with pytest.raises(SharingDenied):
        view(sharing, purpose="marketing").dataset("people")
    later = replace(view(sharing), clock=lambda: SOON + timedelta(seconds=1), _granted={})
    with pytest.raises(SharingDenied):
        later.dataset("people")
    with pytest.raises(Conflict):
        sharing.refuse(asked.id, STEWARD, "python")
    sharing.take_back(approved.policy, STEWARD, "python")
    with pytest.raises(SharingDenied):
        view(sharing).dataset("people")
    assert [change.stated is None for change in sharing.policies.history()] == [False, True]


def test_who_asked_may_withdraw_and_a_steward_may_refuse(sharing):
    wish = Wish(dataset="people", purpose="planning", reason="Why not?", until=SOON)
    first, second = (sharing.ask(wish, ANALYST, "python") for _ in range(2))
    with pytest.raises(NotAllowed):
        sharing.withdraw(first.id, STEWARD, "python")
    assert sharing.withdraw(first.id, ANALYST, "python").state == "withdrawn"
    refused = sharing.refuse(second.id, STEWARD, "python", comment="too vague")
    assert (refused.state, refused.comment, refused.policy) == ("refused", "too vague", "")
    with pytest.raises(SharingDenied):
        view(sharing).dataset("people")


def test_nobody_asks_for_what_he_may_not_know_of(sharing):
    firm = Actor("firm", frozenset({"developer"}), "a-company", "company")
    wish = Wish(dataset="people", purpose="planning", reason="Please.", until=SOON)
    with pytest.raises(UnknownDataset):
        sharing.ask(wish, firm, "python")
    with pytest.raises(NotSignedIn):
        sharing.ask(wish, ANONYMOUS, "python")


def test_nobody_states_policies_for_data_of_others(sharing):
    for eve in (
        Actor("eve", frozenset({"steward"}), "other", "department"),
        Actor("eve", frozenset({"analyst"}), "census", "department"),
    ):
        with pytest.raises(NotAllowed):
            state(sharing, eve)
    with pytest.raises(NotAllowed):
        state(sharing, dataset="*")


def test_a_policy_must_fit_its_dataset(sharing):
    with pytest.raises(InvalidRequest):
        state(sharing, treatment={"columns": {"nothing": {"do": "drop"}}})
    with pytest.raises(InvalidRequest):
        state(sharing, when={"end": "2020-01-01T00:00:00Z"})
