"""The catalogue as DCAT-AP: valid by the profile's constraints, the same in both forms."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from chengmo.interfaces.exchange.dcat import PREFIXES, Export, catalogue_tree, json_ld, record_tree
from chengmo.interfaces.exchange.record import Findings, Origin, Record
from chengmo.interfaces.exchange.turtle import to_turtle
from chengmo.model import Text

# What rdflib warns of is what it does inside its own parser.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning:rdflib.*"),
]
SHAPES = Path(__file__).parent / "dcat_ap_3" / "dcat-ap-SHACL.ttl"
BASE = "http://127.0.0.1:8000"
EXPORTS = (Export("GeoJSON", "application/geo+json", "/datasets/{id}/export?format=geojson"),)
HOSTILE = 'say "hi" \\ \n\t\r\x07 <b> @prefix \u202e'
FINDINGS = Findings(3, 2, "2025-01-31T08:00:00Z", None, None, "point", 250)
RECORDS = (
    Record(
        id="places",
        title=Text(zh="居民点", en=HOSTILE),
        keywords=("武汉", 'a"b'),
        steward="民政局",
        licence="CC-BY-4.0",
        opening="unconditional",
        update_frequency="P1M",
        findings=FINDINGS,
        updated_utc="2025-01-31T08:00:00Z",
        extent=(113.7, 29.9, 115.1, 1e-7),
        period=("2000-01-01", "2020-06-14"),
    ),
    Record(id="known", title=Text(zh="只可知", en="Only known"), opening="conditional"),
    Record(
        id="_remote",
        title=Text(zh="外来", en="Remote"),
        licence="政府信息公开条例",
        steward="民政局",
        origin=Origin("http://x.test/", "r 1", "http://x.test/a b?<q>", "2025-01-01T00:00:00Z"),
    ),
)


@pytest.fixture
def rdf() -> Any:
    """The RDF library, which takes long to import, so only these tests pay for it."""
    return importlib.import_module("rdflib")


@pytest.fixture
def graphs(rdf) -> tuple[Any, Any]:
    """The catalogue as read from Turtle, and from JSON-LD."""
    tree = catalogue_tree(RECORDS, BASE, EXPORTS)
    turtle = rdf.Graph().parse(data=to_turtle(tree, PREFIXES), format="turtle")
    return turtle, rdf.Graph().parse(data=json.dumps(json_ld(tree)), format="json-ld")


def test_turtle_and_json_ld_say_the_same_whatever_the_texts_hold(rdf, graphs):
    turtle, linked = graphs
    assert importlib.import_module("rdflib.compare").isomorphic(turtle, linked)
    titles = set(turtle.objects(rdf.URIRef(f"{BASE}/collections/places"), rdf.DCTERMS.title))
    assert rdf.Literal(HOSTILE, lang="en") in titles


def test_only_what_may_be_seen_has_distributions_and_dates(rdf, graphs):
    turtle, _ = graphs
    known = rdf.URIRef(f"{BASE}/collections/known")
    told = {str(predicate) for predicate in turtle.predicates(known)}
    assert str(rdf.DCTERMS.title) in told
    assert (
        not {str(rdf.DCAT.distribution), str(rdf.DCTERMS.modified), str(rdf.DCTERMS.spatial)} & told
    )
    assert (rdf.URIRef(f"{BASE}/collections/places"), rdf.DCAT.distribution, None) in turtle


def test_an_entry_alone_is_the_entry_of_the_catalogue(rdf, graphs):
    alone = rdf.Graph().parse(
        data=to_turtle(record_tree(RECORDS[0], BASE, EXPORTS), PREFIXES), format="turtle"
    )
    whole, _ = graphs
    place = rdf.URIRef(f"{BASE}/collections/places")
    assert set(alone.predicates(place)) == set(whole.predicates(place))


def validated(graph: Any) -> tuple[bool, str]:
    # The shapes ask for `rdfs:Resource`, which everything is: by RDFS, so that is inferred.
    conforms, _, text = importlib.import_module("pyshacl").validate(
        graph, shacl_graph=str(SHAPES), inference="rdfs"
    )
    return conforms, text


def test_the_catalogue_keeps_the_constraints_of_dcat_ap_3(graphs):
    for graph in graphs:
        conforms, text = validated(graph)
        assert conforms, text


def test_the_constraints_notice_what_is_missing(rdf, graphs):
    graph, _ = graphs
    graph.remove((None, rdf.DCAT.accessURL, None))
    graph.remove((rdf.URIRef(f"{BASE}/dcat"), rdf.DCTERMS.publisher, None))
    conforms, text = validated(graph)
    assert not conforms
    assert "accessURL" in text
    assert "publisher" in text
