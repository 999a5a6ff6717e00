"""From JSON Schema 2020-12, as pydantic writes it, to the schema objects of OpenAPI 3.0.

OGC API - Processes describes inputs in the same dialect, so both documents use this one.
OpenAPI 3.0 has no `null` type, `const`, `prefixItems` or list of types, and its exclusive limits
are booleans beside the limit.
"""

from collections.abc import Callable, Mapping
from typing import Any

Schema = dict[str, Any]
_DROPPED = frozenset({"$schema", "$defs", "$id", "propertyNames", "unevaluatedProperties"})
# What stands under these keys is data, or a map of names, not a schema.
_DATA = frozenset({"default", "enum", "example", "required", "discriminator"})


def to_openapi(schema: Mapping[str, Any]) -> Schema:
    """Return `schema` in the dialect of OpenAPI 3.0, local references kept."""
    node: Schema = {}
    for key, value in schema.items():
        if key in _DROPPED:
            continue
        if key == "unit":
            # Not a word of OpenAPI 3.0; a pydantic model's author may state it all the same.
            node["x-unit"] = value
            continue
        if key in _DATA or key.startswith("x-"):
            node[key] = value
        elif key in {"properties", "patternProperties"}:
            node[key] = {name: to_openapi(item) for name, item in value.items()}
        else:
            node[key] = _converted(value)
    for mend in _MENDINGS:
        mend(node)
    return node


def _converted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return to_openapi(value)
    if isinstance(value, list | tuple):
        return [_converted(item) for item in value]
    return value


def _const(node: Schema) -> None:
    if "const" in node:
        node["enum"] = [node.pop("const")]


def _examples(node: Schema) -> None:
    examples = node.pop("examples", None)
    if examples:
        node.setdefault("example", examples[0])


def _types(node: Schema) -> None:
    types = node.get("type")
    if isinstance(types, list):
        plain = [name for name in types if name != "null"]
        if len(plain) < len(types):
            node["nullable"] = True
        del node["type"]
        if len(plain) == 1:
            node["type"] = plain[0]
        elif plain:
            node["anyOf"] = [{"type": name} for name in plain]


def _null(node: Schema) -> None:
    for key in ("anyOf", "oneOf"):
        choices = node.get(key)
        if choices is None or {"type": "null"} not in choices:
            continue
        rest = [choice for choice in choices if choice != {"type": "null"}]
        del node[key]
        node["nullable"] = True
        if len(rest) > 1:
            node[key] = rest
        elif rest and "$ref" in rest[0]:
            node["allOf"] = rest
        elif rest:
            # The outer description says more than the inner one.
            node.update({**rest[0], **node})


def _limits(node: Schema) -> None:
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        value = node.get(exclusive)
        if value is not None and not isinstance(value, bool):
            node[limit], node[exclusive] = value, True


def _tuples(node: Schema) -> None:
    items = node.pop("prefixItems", None)
    if items is not None:
        distinct = [item for index, item in enumerate(items) if item not in items[:index]]
        node["items"] = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
        node.setdefault("minItems", len(items))
        node.setdefault("maxItems", len(items))
    elif node.get("type") == "array":
        node.setdefault("items", {})


def _patterns(node: Schema) -> None:
    patterns = node.pop("patternProperties", None)
    if patterns:
        node.setdefault("additionalProperties", next(iter(patterns.values())))


_MENDINGS: tuple[Callable[[Schema], None], ...] = (
    _const,
    _examples,
    _types,
    _null,
    _limits,
    _tuples,
    _patterns,
)
