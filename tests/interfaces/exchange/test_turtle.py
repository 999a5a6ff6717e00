"""Turtle: nothing in a text or an address can end it, and each address is described once."""

import pytest

from chengmo.interfaces.exchange.turtle import flattened, iri_text, literal_text, to_turtle


def test_a_node_with_an_address_is_described_once():
    agent = {"@id": "http://a.test/", "@type": "foaf:Agent"}
    tree = flattened([{"@id": "x", "a": agent, "b": agent}])
    assert [node["@id"] for node in tree] == ["x", "http://a.test/"]


@pytest.mark.parametrize(
    ("text", "written"),
    [('a"b', 'a\\"b'), ("a\\", "a\\\\"), ("\n\x00", "\\n\\u0000"), ("武汉", "武汉")],
)
def test_a_literal_cannot_be_ended_from_inside(text: str, written: str):
    assert literal_text(text) == written


def test_an_address_cannot_be_ended_from_inside():
    assert iri_text("http://x.test/a b>\n{}") == "http://x.test/a%20b%3E%0A%7B%7D"


def test_a_tree_is_written_with_types_languages_and_nodes_without_an_address():
    node = {
        "@id": "http://x.test/",
        "@type": ["dcat:Dataset"],
        "dct:title": [{"@value": "武汉", "@language": "zh"}],
        "dct:modified": {"@value": "2025-01-31", "@type": "xsd:date"},
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": "A"},
        "dct:relation": {"@id": "http://y.test/"},
    }
    assert to_turtle([node], {"dct": "http://purl.org/dc/terms/"}) == (
        "@prefix dct: <http://purl.org/dc/terms/> .\n\n"
        '<http://x.test/>\n    a dcat:Dataset ;\n    dct:title "武汉"@zh ;\n'
        '    dct:modified "2025-01-31"^^xsd:date ;\n'
        '    dct:publisher [ a foaf:Agent ; foaf:name "A" ] ;\n'
        "    dct:relation <http://y.test/> .\n"
    )


def test_a_language_that_is_none_is_refused():
    with pytest.raises(ValueError, match="language tag"):
        to_turtle([{"@id": "x", "a": {"@value": "v", "@language": "zh ; x"}}], {})
