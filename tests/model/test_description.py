"""A model as plain data."""

import json
from enum import StrEnum
from typing import Any

import jsonschema
import pytest
from pydantic import Field

from chengmo.errors import ContractError
from chengmo.model import (
    City,
    DatasetId,
    ModelDecision,
    ModelRequest,
    Quality,
    Text,
    vertical_model,
)
from chengmo.model.contract import DATASET_KEYWORD
from chengmo.model.description import describe, inline


class Aim(StrEnum):
    """What for."""

    NEAR = "near"
    CHEAP = "cheap"


class Site(ModelRequest):
    """A place."""

    dataset: DatasetId = Field(description="Where it stands")


class Request(ModelRequest):
    """What is asked."""

    aim: Aim = Field(default=Aim.NEAR, description="What counts")
    sites: tuple[Site, ...] = Field(default=(), description="Where")
    least: Site | None = Field(default=None, description="One of them")


@vertical_model(title=Text(zh="题", en="Title"), question_zh="哪里？", reads=("roads",))
def find_place(request: Request, city: City) -> ModelDecision:
    """Where is it?"""
    return ModelDecision(answer=Text(zh="那", en="there"), quality=Quality(kind="exact"))


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [key for key in node if key in {"$ref", "$defs"}]
        return own + [found for value in node.values() for found in references(value)]
    if isinstance(node, list):
        return [found for value in node for found in references(value)]
    return []


def test_a_description_says_what_the_model_says():
    description = describe(find_place)
    assert (description.id, description.reads, description.version) == (
        find_place.id,
        ("roads",),
        "1",
    )
    assert description.question.en == "Where is it?"


def test_a_description_is_plain_json():
    description = describe(find_place)
    assert json.loads(description.model_dump_json())["request_schema"]["type"] == "object"


def test_the_schemas_hold_no_reference():
    description = describe(find_place)
    assert references(description.request_schema) == []
    assert references(description.decision_schema) == []


def test_a_part_keeps_what_its_field_says_beside_the_reference():
    aim = describe(find_place).request_schema["properties"]["aim"]
    assert aim["enum"] == ["near", "cheap"]
    assert aim["default"] == "near"
    assert aim["description"] == "What counts"


def test_the_inlined_schema_takes_what_the_model_takes():
    schema = describe(find_place).request_schema
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"aim": "cheap", "sites": [{"dataset": "roads"}]}, schema)
    errors = jsonschema.Draft202012Validator(schema).iter_errors({"sites": [{"dataset": "No"}]})
    assert len(list(errors)) == 1


def test_the_decision_fits_its_own_schema():
    decision = find_place.decide(Request(), None)  # pyright: ignore[reportArgumentType] - unused
    jsonschema.validate(decision.model_dump(mode="json"), describe(find_place).decision_schema)


def test_a_dataset_field_is_marked_wherever_it_is():
    site = describe(find_place).request_schema["properties"]["sites"]["items"]
    assert site["properties"]["dataset"][DATASET_KEYWORD] is True


def test_a_schema_without_references_stays_as_it_is():
    schema = {"type": "array", "items": [{"type": "integer"}, {"const": [1, {"a": 2}]}]}
    assert inline(schema) == schema


def test_a_request_type_that_contains_itself_is_refused():
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/A"}}}}}
    with pytest.raises(ContractError, match="contains itself"):
        inline(schema)


def test_a_discriminator_keeps_its_property_and_loses_names_of_definitions():
    kind = {"type": "object"}
    union = {
        "oneOf": [{"$ref": "#/$defs/A"}],
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/$defs/A"}},
    }
    found = inline({"properties": {"x": union}, "$defs": {"A": kind}})
    assert found == {
        "properties": {"x": {"oneOf": [kind], "discriminator": {"propertyName": "kind"}}}
    }
