"""A model as plain data: what every way in reads to build its own face."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from chengmo.model.contract import VerticalModel
from chengmo.model.text import Text


class Description(BaseModel):
    """Name, question, datasets and the two JSON schemas (draft 2020-12) of a model."""

    model_config = ConfigDict(frozen=True)

    id: str
    version: str
    title: Text
    question: Text
    reads: tuple[str, ...]
    request_schema: dict[str, Any]
    decision_schema: dict[str, Any]


def describe(model: VerticalModel) -> Description:
    """Return `model` as plain data, its schemas with every reference inlined."""
    return Description(
        id=model.id,
        version=model.version,
        title=model.title,
        question=model.question,
        reads=model.reads,
        request_schema=_worded(inline(model.request_type.model_json_schema()), model),
        decision_schema=inline(model.decision_type.model_json_schema()),
    )


def _worded(schema: dict[str, Any], model: VerticalModel) -> dict[str, Any]:
    properties = schema.get("properties", {})
    for name, words in model.words.items():
        properties[name] = {**properties[name], **words.as_schema()}
    return schema


def inline(schema: dict[str, Any]) -> dict[str, Any]:
    """Return `schema` with each `$ref` replaced by what it points to.

    OGC API - Processes inputs stand alone, so a reference to a sibling would point to nothing.
    """
    definitions = schema.get("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, list):
            return [resolve(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {**resolve(definitions[node["$ref"].rsplit("/", 1)[1]]), **resolve(rest)}
        return {key: resolve(value) for key, value in node.items() if key != "$defs"}

    return resolve(schema)
