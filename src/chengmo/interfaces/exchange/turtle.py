"""RDF as Turtle, written from the same tree as the JSON-LD.

The tree is JSON-LD in compact form with one context of prefixes: an object is a node, its keys are
`@id`, `@type` or prefixed names, its values nodes, `{"@id": …}`, or literals
`{"@value": …, "@type" | "@language": …}`. Nothing else is used, so no RDF library is needed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]
_ILLEGAL = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LANGUAGE = re.compile(r"[A-Za-z]+(-[A-Za-z0-9]+)*")


def to_turtle(nodes: Sequence[Node], prefixes: Mapping[str, str]) -> str:
    """Return `nodes` as Turtle 1.1."""
    head = "".join(f"@prefix {name}: <{iri_text(iri)}> .\n" for name, iri in prefixes.items())
    return head + "".join(f"\n{_subject(node)} .\n" for node in nodes)


def _subject(node: Node) -> str:
    return f"<{iri_text(node['@id'])}>\n    " + " ;\n    ".join(_properties(node))


def _properties(node: Node) -> Iterator[str]:
    types = node.get("@type", ())
    named = [types] if isinstance(types, str) else list(types)
    if named:
        yield f"a {', '.join(named)}"
    for name, value in node.items():
        if not name.startswith("@"):
            values = value if isinstance(value, list) else [value]
            yield f"{name} {', '.join(_object(each) for each in values)}"


def _object(value: Any) -> str:
    if isinstance(value, str):
        return f'"{literal_text(value)}"'
    if "@value" in value:
        return _literal(value)
    properties = list(_properties(value))
    if "@id" not in value:
        return f"[ {' ; '.join(properties)} ]"
    if properties:
        raise ValueError("a node with an address and properties stands by itself")
    return f"<{iri_text(value['@id'])}>"


def _literal(value: Node) -> str:
    text = f'"{literal_text(str(value["@value"]))}"'
    if "@language" in value:
        if not _LANGUAGE.fullmatch(value["@language"]):
            raise ValueError(f"'{value['@language']}' is no language tag")
        return f"{text}@{value['@language']}"
    return f"{text}^^{value['@type']}" if "@type" in value else text


def iri_text(iri: str) -> str:
    """Return `iri` with what may not stand between `<` and `>` percent-encoded."""
    return _ILLEGAL.sub(lambda match: f"%{ord(match[0]):02X}", iri)


def literal_text(text: str) -> str:
    """Return `text` as it stands between the quotation marks of a literal."""
    return "".join(
        _ESCAPES.get(character)
        or (f"\\u{ord(character):04X}" if character < " " or character == "\x7f" else character)
        for character in text
    )


def flattened(nodes: Sequence[Node]) -> list[Node]:
    """Return nodes in which each that has an address stands by itself, named where it is used.

    A node that occurs again is not repeated: an address is described once.
    """
    found: dict[str, Node] = {}

    def lift(value: Any) -> Any:
        if isinstance(value, list):
            return [lift(each) for each in value]
        if not isinstance(value, Mapping) or "@value" in value:
            return value
        own = {name: lift(item) for name, item in value.items()}
        if "@id" not in own or len(own) == 1:
            return own
        found.setdefault(own["@id"], own)
        return {"@id": own["@id"]}

    tops = [lift(node)["@id"] for node in nodes]
    rest = [name for name in found if name not in tops]
    return [found[name] for name in (*tops, *rest)]
