"""The one decision point, as a table of questions and answers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengmo.catalog.dataset import Dataset, DatasetColumn, Lineage
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.model.decision import Text
from chengmo.sharing.decision import Question, decide, may_know_of
from chengmo.sharing.policy import Policy

AT = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)  # noon in China
ANALYST = Actor("li", frozenset({"analyst"}), "health", "department", "武昌区")
STEWARD = Actor("wang", frozenset({"steward"}), "water", "department")
FIRM = Actor("firm", frozenset({"developer"}), "a-company", "company")


def dataset(**stated):
    return Dataset(
        id="wells", title=Text(zh="水井", en="Wells"), version=1, snapshot=1,
        created_utc="2025-01-01T00:00:00Z", geometry_type="none", row_count=0,
        columns=(DatasetColumn(name="区", source_name="区", type="text"),),
        lineage=Lineage(source_name="a", sha256="0" * 64, format="csv", rows_read=0, rows_kept=0,
                        imported_utc="2025-01-01T00:00:00Z"),
        **{"steward": "water", **stated},
    )  # fmt: skip


def policy(**stated):
    return Policy.model_validate(
        {"id": "p", "title": {"zh": "规则", "en": "A rule"}, "dataset": "wells", **stated}
    )


def ask(actor, *policies, purpose="planning", at=AT, **stated):
    return decide(Question(actor, dataset(**stated), purpose, at), policies)


def test_what_nobody_stated_is_shared_with_nobody_but_its_steward_and_the_administrator():
    assert ask(LOCAL_ADMINISTRATOR, purpose="").allowed
    assert ask(STEWARD, purpose="").allowed
    assert not ask(ANALYST).allowed
    assert not ask(ANONYMOUS).allowed


@pytest.mark.parametrize("sharing", ["unconditional", "conditional", "none"])
@pytest.mark.parametrize("opening", ["unconditional", "conditional", "none"])
def test_without_a_policy_the_types_decide(sharing, opening):
    stated = {"sharing": sharing, "opening": opening}
    assert ask(ANALYST, **stated).allowed == ("unconditional" in (sharing, opening))
    assert ask(FIRM, **stated).allowed == (opening == "unconditional")
    assert ask(ANONYMOUS, **stated).allowed == (opening == "unconditional")


def test_a_use_without_a_purpose_is_denied():
    assert not ask(ANALYST, policy(), purpose="  ", sharing="unconditional").allowed


def test_no_general_permission_reaches_grade_four_and_a_policy_does():
    stated = {"sharing": "unconditional", "opening": "unconditional", "grade": 4}
    assert not ask(ANALYST, **stated).allowed
    assert ask(ANALYST, policy(who={"organisations": ["health"]}), **stated).allowed


CONDITIONS = [
    ({"who": {"actors": ["li"]}}, True),
    ({"who": {"actors": ["other"]}}, False),
    ({"who": {"roles": ["analyst", "auditor"]}}, True),
    ({"who": {"roles": ["auditor"]}}, False),
    ({"who": {"organisations": ["health"]}}, True),
    ({"who": {"organisations": ["water"]}}, False),
    ({"who": {"kinds": ["department"]}}, True),
    ({"who": {"kinds": ["company"]}}, False),
    ({"who": {"actors": ["li"], "kinds": ["company"]}}, False),
    ({"purposes": ["planning"]}, True),
    ({"purposes": ["marketing"]}, False),
    ({"when": {"start": "2025-06-01T00:00:00Z", "end": "2025-07-01T00:00:00Z"}}, True),
    ({"when": {"start": "2025-06-03T00:00:00Z"}}, False),
    ({"when": {"end": "2025-06-02T04:00:00Z"}}, False),
    ({"when": {"hours": [8, 18]}}, True),
    ({"when": {"hours": [13, 18]}}, False),
    ({"when": {"hours": [22, 13]}}, True),
]


@pytest.mark.parametrize(("stated", "applies"), CONDITIONS)
@pytest.mark.parametrize("effect", ["permit", "deny"])
def test_a_policy_applies_when_every_condition_holds(stated, applies, effect):
    shared = {} if effect == "permit" else {"sharing": "unconditional"}
    verdict = ask(ANALYST, policy(effect=effect, **stated), **shared)
    assert verdict.allowed == (applies if effect == "permit" else not applies)
    assert verdict.considered[0].applies == applies


def test_a_policy_whose_column_is_gone_shows_nothing():
    ruled = policy(treatment={"rows": [{"column": "gone", "value": "x"}]})
    assert not ask(ANALYST, ruled).allowed


def test_a_denial_counts_before_every_permit():
    denial = policy(id="no", effect="deny", order=9999)
    verdict = ask(ANALYST, policy(order=0), denial, sharing="unconditional")
    assert (verdict.allowed, verdict.policy) == (False, "no")


def test_the_first_permit_in_order_decides_the_treatment():
    coarse = policy(id="coarse", order=1, treatment={"columns": {"区": {"do": "drop"}}})
    verdict = ask(ANALYST, policy(id="fine", order=2), coarse)
    assert verdict.policy == "coarse"
    assert not verdict.treatment.is_nothing


def test_a_rule_by_district_takes_the_district_of_who_asks():
    ruled = policy(treatment={"rows": [{"column": "区", "attribute": "district"}]})
    (rule,) = ask(ANALYST, ruled).treatment.rows
    assert (rule.value, rule.attribute) == ("武昌区", None)
    assert not ask(FIRM, ruled).allowed


def test_a_key_reads_only_what_it_is_for():
    key = Actor("li", frozenset({"analyst"}), "health", "department", scopes=frozenset({"audit"}))
    assert ask(key, policy(), sharing="unconditional").slug == "scope"


def test_the_answer_explains_itself():
    verdict = ask(ANALYST, policy(id="a", purposes=["marketing"]), policy(id="b"))
    looked = [(each.policy, each.applies) for each in verdict.considered]
    assert looked == [("a", False), ("b", True)]
    assert verdict.considered[0].because.zh == "针对其他用途"


def test_who_may_know_of_a_dataset_may_ask_for_it():
    assert not may_know_of(ANALYST, dataset())
    assert may_know_of(ANALYST, dataset(sharing="conditional"))
    assert not may_know_of(FIRM, dataset(sharing="unconditional"))
    assert may_know_of(ANONYMOUS, dataset(opening="conditional"))


@given(
    st.lists(
        st.tuples(st.sampled_from(CONDITIONS), st.sampled_from(["permit", "deny"])), max_size=6
    )
)
def test_more_denials_never_allow_more(drawn):
    policies = [
        policy(id=f"p{i}", effect=effect, **stated) for i, ((stated, _), effect) in enumerate(drawn)
    ]
    permits = [each for each in policies if each.effect == "permit"]
    if not ask(ANALYST, *permits).allowed:
        assert not ask(ANALYST, *policies).allowed
    assert ask(ANALYST, *policies) == ask(ANALYST, *reversed(policies))
