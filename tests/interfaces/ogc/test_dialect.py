"""JSON Schema 2020-12 becomes what OpenAPI 3.0 understands, and means the same."""

from typing import Literal

import pytest
from openapi_schema_validator import OAS30Validator
from pydantic import BaseModel, Field

from chengmo.interfaces.ogc.dialect import to_openapi
from chengmo.model.description import inline


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"const": "a", "type": "string"}, {"enum": ["a"], "type": "string"}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        (
            {"type": ["string", "integer"]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        ),
        (
            {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
            {"nullable": True, "default": None, "type": "integer"},
        ),
        (
            {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]},
            {"nullable": True, "allOf": [{"$ref": "#/x"}]},
        ),
        ({"exclusiveMinimum": 0}, {"minimum": 0, "exclusiveMinimum": True}),
        ({"exclusiveMaximum": 0.5}, {"maximum": 0.5, "exclusiveMaximum": True}),
        (
            {"type": "array", "prefixItems": [{"type": "number"}] * 2},
            {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        ),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"examples": [1, 2]}, {"example": 1}),
        (
            {"type": "object", "patternProperties": {"^a": {"const": 1}}},
            {"type": "object", "additionalProperties": {"enum": [1]}},
        ),
        ({"$schema": "x", "propertyNames": {}, "type": "object"}, {"type": "object"}),
        (
            {"x-chengmo-dataset": True, "enum": ["const"]},
            {"x-chengmo-dataset": True, "enum": ["const"]},
        ),
    ],
)
def test_each_keyword_that_openapi_lacks_is_said_otherwise(given, wanted):
    assert to_openapi(given) == wanted


def test_a_property_may_be_called_like_a_keyword():
    schema = {"type": "object", "properties": {"const": {"type": ["string", "null"]}}}
    assert to_openapi(schema)["properties"]["const"] == {"type": "string", "nullable": True}


class Part(BaseModel):
    share: float = Field(gt=0, lt=1)


class Whole(BaseModel):
    kind: Literal["a", "b"]
    one: Literal["only"] = "only"
    pair: tuple[float, float]
    mixed: tuple[int, str] | None = None
    parts: tuple[Part, ...] = ()
    named: dict[str, Part] = {}


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ({"kind": "a", "pair": [1, 2]}, True),
        ({"kind": "c", "pair": [1, 2]}, False),
        ({"kind": "a", "pair": [1]}, False),
        ({"kind": "a", "pair": [1, 2], "mixed": None}, True),
        ({"kind": "a", "pair": [1, 2], "one": "other"}, False),
        ({"kind": "a", "pair": [1, 2], "parts": [{"share": 0}]}, False),
        ({"kind": "a", "pair": [1, 2], "named": {"x": {"share": 0.5}}}, True),
    ],
)
def test_a_real_request_schema_judges_as_before(value, fits):
    schema = to_openapi(inline(Whole.model_json_schema()))
    OAS30Validator.check_schema(schema)
    assert OAS30Validator(schema).is_valid(value) is fits
