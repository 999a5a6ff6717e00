"""A model as plain data: what every way in reads to build its own face."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from chengmo.errors import ContractError
from chengmo.model.contract import VerticalModel
from chengmo.model.page import find_page
from chengmo.model.text import Frozen, Text


class PageLink(Frozen):
    """Where a scenario's own page stands under the server's root, and what a link to it says."""

    title: Text
    path: str


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
    page: PageLink | None = None


def describe(model: VerticalModel) -> Description:
    """Return `model` as plain data, its schemas with every reference inlined."""
    page = find_page(model)
    return Description(
        id=model.id,
        version=model.version,
        title=model.title,
        question=model.question,
        reads=model.reads,
        request_schema=_worded(inline(model.request_type.model_json_schema()), model),
        decision_schema=inline(model.decision_type.model_json_schema()),
        page=None if page is None else PageLink(title=page.title, path=page.path),
    )


def _worded(schema: dict[str, Any], model: VerticalModel) -> dict[str, Any]:
    properties = schema.get("properties", {})
    for name, words in model.words.items():
        properties[name] = {**properties[name], **words.as_schema()}
    return schema


def inline(schema: dict[str, Any]) -> dict[str, Any]:
    """Return `schema` with each `$ref` replaced by what it points to.

    OGC API - Processes inputs stand alone, so a reference to a sibling would point to nothing.

    Raises:
        ContractError: If a definition contains itself: no finite schema says the same.
    """
    return _resolved(schema, schema.get("$defs", {}), ())


def _resolved(node: Any, definitions: dict[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_resolved(item, definitions, inside) for item in node]
    if not isinstance(node, dict):
        return node
    rest = {
        key: _resolved(value, definitions, inside)
        for key, value in node.items()
        # The mapping of a discriminator names definitions that are no longer there.
        if key not in {"$ref", "$defs"} and not (key == "mapping" and "propertyName" in node)
    }
    if "$ref" not in node:
        return rest
    name = node["$ref"].rsplit("/", 1)[1]
    if name in inside:
        raise ContractError(
            f"the request type {name} contains itself",
            hint="forms and OGC inputs need a request of finite depth: name the parts by id",
        )
    return {**_resolved(definitions[name], definitions, (*inside, name)), **rest}
