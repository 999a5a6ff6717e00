"""What a decision may hold."""

import pytest
from pydantic import ValidationError

from chengmo.model import Column, Measure, ModelDecision, Quality, Table, Text

TITLE = Text(zh="题", en="Title")
ANSWER = {"answer": TITLE, "quality": Quality(kind="exact")}


def test_a_decision_comes_back_from_its_json():
    decision = ModelDecision(
        **ANSWER,
        measures=(Measure(key="a", title=TITLE, value=1.5, unit="m", interval=(1.0, 2.0)),),
        tables=(
            Table(
                key="t",
                title=TITLE,
                columns=(Column(key="x", title=TITLE),),
                rows=((1,), ("text",), (None,), (True,), (0.5,)),
            ),
        ),
    )
    assert ModelDecision.model_validate_json(decision.model_dump_json()) == decision


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_has_not_is_refused(value):
    with pytest.raises(ValidationError):
        Measure(key="a", title=TITLE, value=value)


def test_a_row_has_one_value_a_column():
    with pytest.raises(ValidationError, match="has not 1 values"):
        Table(key="t", title=TITLE, columns=(Column(key="x", title=TITLE),), rows=((1, 2),))


@pytest.mark.parametrize(
    "change", [{"outcome": "perhaps"}, {"quality": {"kind": "good"}}, {"unknown": 1}]
)
def test_what_the_contract_does_not_know_is_refused(change):
    with pytest.raises(ValidationError):
        ModelDecision.model_validate({**ANSWER, **change})


def test_a_gap_is_never_negative():
    with pytest.raises(ValidationError):
        Quality(kind="gap", gap_0to1=-0.1)


def test_a_column_without_names_for_its_values_is_written_as_it_always_was():
    plain = Column(key="a", title=Text(zh="甲", en="A"))
    assert set(plain.model_dump()) == {"key", "title", "unit"}
    named = plain.model_copy(update={"labels": {"x": Text(zh="一", en="one")}, "order": ("x",)})
    assert Column.model_validate_json(named.model_dump_json()) == named
