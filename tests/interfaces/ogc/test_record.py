"""The catalogue as records: found by every question, and silent about what may not be seen."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from owslib.ogcapi.records import Records
from starlette.testclient import TestClient

from chengmo.app import open_platform
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.model import Text
from chengmo.runs.platform import Platform

ITEMS = "/collections/_catalogue/items"
STATED = {
    "id": "clinics",
    "title": Text(zh="武昌区社区卫生站", en="Clinics <b>&</b> wards"),
    "description": Text(zh="常住人口就医地点", en="Where people are treated"),
    "steward": "卫健委",
    "licence": "CC-BY-4.0",
    "keywords": ("健康", "medical care"),
    "sharing": "conditional",
    "opening": "conditional",
    "time_column": "built",
    "attribution": "attributed line",
    "source": "internal register 7",
}


@pytest.fixture(scope="module")
def mixed(
    tmp_path_factory: pytest.TempPathFactory, scenarios: Path, commit_places_as
) -> Iterator[Platform]:
    """Three datasets: one open, one that may be known of, one that nobody is to know of."""
    with open_platform(home=tmp_path_factory.mktemp("mixed"), work=False) as opened:
        folder = tmp_path_factory.mktemp("mixed-staged")
        for stated in (
            {"id": "places"},
            {},
            {"id": "hidden", "sharing": "none", "opening": "none", "steward": "公安局"},
        ):
            whole = {**STATED, **stated}
            if whole["id"] == "places":
                whole |= {"title": Text(zh="居民点", en="Places"), "opening": "unconditional"}
            commit_places_as(opened.catalog, folder, DatasetMetadata.model_validate(whole))
        yield opened


@pytest.fixture(scope="module")
def browse(mixed: Platform, served_as) -> Iterator:
    """Ask as somebody: `browse(actor).get(…)`."""
    clients: dict[str, TestClient] = {}

    def of(actor: Actor = ANONYMOUS) -> TestClient:
        if actor.id not in clients:
            clients[actor.id] = served_as(mixed, actor)
        return clients[actor.id]

    yield of
    for client in clients.values():
        client.close()


def ids(browse, query: str = "", actor: Actor = LOCAL_ADMINISTRATOR) -> list[str]:
    response = browse(actor).get(f"{ITEMS}{query}")
    assert response.status_code == 200, response.text
    return [feature["id"] for feature in response.json()["features"]]


def test_an_entry_tells_where_when_and_where_to_get_it(browse):
    entry = browse().get(f"{ITEMS}/places").json()
    assert entry["geometry"]["type"] == "Polygon"
    assert entry["time"]["interval"] == ["2000-01-01", "2020-06-14"]
    members = entry["properties"]
    assert (members["type"], members["license"], members["version"]) == ("dataset", "CC-BY-4.0", 1)
    assert members["contacts"][0]["organization"] == "卫健委"
    relations = {link["rel"] for link in entry["links"]}
    assert {"self", "alternate", "collection", "item", "enclosure", "describes"} <= relations


@pytest.mark.parametrize("form", ["json", "html", "jsonld", "ttl"])
def test_what_may_only_be_known_of_is_what_its_steward_stated_and_nothing_of_its_rows(browse, form):
    text = browse().get(f"{ITEMS}/clinics?f={form}&lang=en").text
    assert "卫健委" in text
    for told in ("114.", "30.5", "2020", "2000-01", "height_m", "row_count", "enclosure", "檐高"):
        assert told not in text
    for stated_inside in ("attributed line", "internal register"):
        assert stated_inside not in text


def test_an_entry_that_may_only_be_known_of_says_how_to_get_it(browse):
    entry = browse().get(f"{ITEMS}/clinics?lang=en").json()
    assert entry["geometry"] is None
    assert entry["time"] is None
    assert "Request their use" in entry["properties"]["access"]
    assert not {"version", "updated", "geometry_type", "treated"} & entry["properties"].keys()
    assert browse().get("/collections/clinics").status_code == 403


def test_nobody_learns_of_what_is_not_to_be_known_by_any_question(browse):
    for query in ("", "?q=公安局", "?ids=hidden", "?externalIds=hidden", "?steward=公安局"):
        response = browse().get(f"{ITEMS}{query}")
        assert "hidden" not in json.dumps(response.json()["features"])
        assert "公安局" not in json.dumps(response.json()["facets"], ensure_ascii=False)
    missing, hidden = (browse().get(f"{ITEMS}/{name}") for name in ("no-such", "hidden"))
    assert missing.status_code == hidden.status_code == 404
    assert missing.text.replace("no-such", "*") == hidden.text.replace("hidden", "*")
    for path in ("/dcat", "/dcat?f=ttl", "/sitemap.xml", "/collections?f=html"):
        assert "hidden" not in browse().get(path).text


def test_place_and_time_do_not_probe_what_may_only_be_known_of(browse):
    everywhere = ids(browse, "?bbox=-180,-90,180,90", ANONYMOUS)
    nowhere = ids(browse, "?bbox=0,0,1,1", ANONYMOUS)
    assert "clinics" in everywhere
    assert "clinics" in nowhere
    assert "places" not in nowhere
    assert "clinics" in ids(browse, "?datetime=1900-01-01", ANONYMOUS)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=卫生", ["clinics", "hidden"]),
        ("?q=人口", ["clinics", "hidden", "places"]),
        ("?q=CLINICS", ["clinics", "hidden"]),
        ("?q=clinics%20wards", []),
        ("?q=medical%20%20care", ["clinics", "hidden", "places"]),
        ("?q=nothing,居民点", ["places"]),
        ("?q=&type=&limit=10", ["clinics", "hidden", "places"]),
        ("?type=service", []),
        ("?ids=places,nothing", ["places"]),
        ("?externalIds=chengmo:places", ["places"]),
        ("?externalIds=other:places", []),
        ("?externalIds=chengmo:", ["clinics", "hidden", "places"]),
        ("?keywords=健康&steward=公安局", ["hidden"]),
        ("?opening=unconditional", ["places"]),
        ("?sortby=-title", ["clinics", "hidden", "places"]),
        ("?sortby=-id", ["places", "hidden", "clinics"]),
        ("?bbox=0,0,1,1", []),
        ("?datetime=2010-01-01/..", ["clinics", "hidden", "places"]),
        ("?datetime=2021-01-01/..", []),
    ],
)
def test_entries_are_found_by_words_ids_values_place_and_time(browse, query: str, found: list[str]):
    assert ids(browse, query) == found


def test_pages_lead_on_and_back_and_count_everything(browse):
    client = browse(LOCAL_ADMINISTRATOR)
    first = client.get(f"{ITEMS}?limit=2&sortby=id").json()
    assert (first["numberMatched"], first["numberReturned"]) == (3, 2)
    onward = next(link["href"] for link in first["links"] if link["rel"] == "next")
    second = client.get(onward).json()
    assert [each["id"] for each in second["features"]] == ["places"]
    assert any(link["rel"] == "prev" for link in second["links"])
    assert not any(link["rel"] == "next" for link in second["links"])


def test_facets_count_the_values_of_what_was_found(browse):
    facets = browse(LOCAL_ADMINISTRATOR).get(f"{ITEMS}?limit=1").json()["facets"]
    assert facets["steward"]["buckets"] == [
        {"value": "卫健委", "count": 2},
        {"value": "公安局", "count": 1},
    ]
    assert facets["keywords"]["type"] == "term"
    named = browse().get("/collections/_catalogue/facets").json()
    assert named["facets"].keys() == facets.keys()


@pytest.mark.parametrize("query", ["?sortby=rows", "?sortby=--id", "?limit=0", "?bbox=1,2"])
def test_a_question_that_makes_no_sense_is_refused(browse, query: str):
    assert browse().get(f"{ITEMS}{query}").status_code == 400


def test_the_catalogue_stands_among_the_collections_as_records(browse):
    listed = browse().get("/collections").json()["collections"]
    assert [(each["id"], each["itemType"]) for each in listed] == [
        ("places", "feature"),
        ("_catalogue", "record"),
    ]
    described = browse().get("/collections/_catalogue").json()
    assert described["type"] == "Collection"
    for link in described["links"]:
        assert browse().get(link["href"]).status_code == 200
    for which in ("queryables", "sortables"):
        schema = browse().get(f"/collections/_catalogue/{which}").json()
        assert schema["type"] == "object"


@pytest.mark.slow
def test_owslib_reads_the_catalogue_as_records(server: str):
    catalogue = Records(f"{server}/")
    assert catalogue.records() == ["_catalogue"]
    found = catalogue.collection_items("_catalogue", q="居民点")
    assert [feature["id"] for feature in found["features"]] == ["places"]
    assert catalogue.collection_item("_catalogue", "places")["properties"]["type"] == "dataset"
    assert "steward" in catalogue.collection_queryables("_catalogue")["properties"]
