"""The contract of a vertical model: checked when it is declared, loudly."""

import pytest
from pydantic import Field, ValidationError

from chengmo.errors import ContractError
from chengmo.model import (
    City,
    DatasetId,
    ModelDecision,
    ModelRequest,
    Quality,
    Text,
    VerticalModel,
    vertical_model,
)

TITLE = Text(zh="题", en="Title")


class Source(ModelRequest):
    """Where something comes from."""

    dataset: DatasetId = Field(default="nested", description="Its dataset")


class Request(ModelRequest):
    """What is asked."""

    size: int = Field(default=1, ge=1, description="How large")
    one: DatasetId = Field(default="one", description="A dataset")
    perhaps: DatasetId | None = Field(default=None, description="Another, or none")
    several: tuple[DatasetId, ...] = Field(default=(), description="More of them")
    inner: Source = Field(default=Source(), description="A part with a dataset of its own")
    text: str = Field(default="no-dataset", description="Looks like one and is none")


class Decision(ModelDecision):
    """What is answered."""

    size: int


def answer(request: Request, city: City) -> Decision:
    """How large is it?

    More about it.
    """
    return Decision(
        answer=Text(zh="大", en="large"), quality=Quality(kind="exact"), size=request.size
    )


def declare(function, **options) -> VerticalModel:
    return vertical_model(title=TITLE, question_zh="多大？", **options)(function)


def test_a_model_is_read_off_its_function():
    model = declare(answer, reads=("roads",), version="3")
    assert model.question == Text(zh="多大？", en="How large is it?")
    assert (model.request_type, model.decision_type) == (Request, Decision)
    assert (model.version, model.reads, model.title) == ("3", ("roads",), TITLE)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("pack.canteen_siting.model", "canteen-siting"),
        ("pack.canteen_siting", "canteen-siting"),
        ("canteen_siting", "canteen-siting"),
    ],
)
def test_the_id_of_a_model_is_its_folder(module, expected):
    def other(request: Request, city: City) -> Decision:
        """How large is it?"""
        return answer(request, city)

    other.__module__ = module
    # The annotations are resolved in the module of the function, which here is another one.
    other.__annotations__ = {"request": Request, "city": City, "return": Decision}
    assert declare(other).id == expected


def test_a_model_decides():
    model = declare(answer)
    assert model.decide(Request(size=4), None).size == 4  # pyright: ignore[reportArgumentType] - unused


def test_a_run_reads_what_the_model_declares_and_what_the_request_names():
    model = declare(answer, reads=("roads", "one"))
    request = Request(perhaps="perhaps", several=("a", "b", "roads"))
    assert model.datasets_of(request) == ("roads", "one", "perhaps", "a", "b", "nested")


def test_datasets_that_are_not_named_are_not_read():
    assert declare(answer).datasets_of(Request()) == ("one", "nested")


@pytest.mark.parametrize("wrong", ["", "UPPER", "-a", "a b", "a" * 81, "a/../b", "城"])
def test_a_dataset_id_is_a_slug(wrong):
    with pytest.raises(ValidationError):
        Request(one=wrong)


@pytest.mark.parametrize(
    "change", [{"size": 0}, {"unknown": 1}, {"size": float("nan")}, {"size": "many"}]
)
def test_a_request_outside_its_limits_is_refused(change):
    with pytest.raises(ValidationError):
        Request.model_validate(change)


def test_a_request_is_frozen():
    with pytest.raises(ValidationError):
        Request().size = 2  # pyright: ignore[reportAttributeAccessIssue] - that is the test


def without_docstring(request: Request, city: City) -> Decision:
    return answer(request, city)


def other_names(question: Request, town: City) -> Decision:
    """How large is it?"""
    return answer(question, town)


def one_more(request: Request, city: City, more: int = 0) -> Decision:
    """How large is it?"""
    return answer(request, city)


def plain_request(request: dict, city: City) -> Decision:
    """How large is it?"""
    return answer(Request(**request), city)


def plain_decision(request: Request, city: City) -> dict:
    """How large is it?"""
    return answer(request, city).model_dump()


def no_annotation(request, city):
    """How large is it?"""
    return answer(request, city)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (without_docstring, "has no docstring"),
        (other_names, r"takes \['question', 'town'\]"),
        (one_more, "takes"),
        (plain_request, "request is no ModelRequest"),
        (plain_decision, "returns no ModelDecision"),
        (no_annotation, "request is no ModelRequest"),
    ],
)
def test_a_function_that_breaks_the_contract_is_refused_with_its_name(function, words):
    with pytest.raises(ContractError, match=words) as caught:
        declare(function)
    assert function.__name__ in caught.value.message
    assert caught.value.hint


def test_a_field_without_a_description_is_refused_with_its_name():
    class Bare(ModelRequest):
        """Says too little."""

        size: int = 1

    def ask(request: Bare, city: City) -> Decision:
        """How large is it?"""
        return answer(Request(), city)

    ask.__annotations__ = {"request": Bare, "city": City, "return": Decision}
    with pytest.raises(ContractError, match=r"Bare\.size has no description"):
        declare(ask)
