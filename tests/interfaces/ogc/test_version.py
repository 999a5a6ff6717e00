"""Addresses that stay: of the API's version, and of a dataset's."""

import json
import re

import pytest
from starlette.testclient import TestClient

from chengmo.app import open_platform

PLACES = "/collections/places"


def links_in(text: str) -> list[str]:
    return re.findall(r'"href":"(http://[^"]+)"|href="(http://[^"]+)"', text)


def test_every_link_of_a_versioned_answer_keeps_to_the_version(client: TestClient):
    for path in ("", "/collections", "/collections/places", "/collections/places/items?limit=1",
                 "/processes", "/jobs", "/collections?f=html", "/dggs"):  # fmt: skip
        answer = client.get(f"/v1{path}", headers={"Accept": "application/json"})
        assert answer.status_code == 200
        found = ["".join(pair) for pair in links_in(answer.text)]
        assert found
        strays = [each for each in found if "/v1" not in each and "/app/" not in each]
        assert [each for each in strays if each.startswith("http://127.0.0.1")] == []
        assert "/v1/app" not in answer.text


def test_the_apis_description_names_where_it_was_found_and_what_stays(client: TestClient):
    def servers(path):
        return [each["url"] for each in json.loads(client.get(path).text)["servers"]]

    base = "http://127.0.0.1:8000"
    assert servers("/v1/api") == [f"{base}/v1"]
    assert servers("/api") == [base, f"{base}/v1"]


@pytest.mark.slow
def test_every_version_of_a_dataset_has_an_address_of_its_own(tmp_path, commit_places, client_of):
    with open_platform(home=tmp_path / "home", work=False) as own:
        commit_places(own.catalog, tmp_path)
        described = own.catalog.dataset("places").metadata
        own.catalog.describe("places", described.model_copy(update={"steward": "other"}))
        client = client_of(own)
        listed = client.get(f"{PLACES}/versions").json()["versions"]
        assert [each["version"] for each in listed] == [2, 1]
        old = {link["rel"]: link["href"] for link in listed[1]["links"]}
        first = client.get(old["version"]).json()
        assert first["version"] == 1
        links = {link["rel"]: link["href"] for link in first["links"]}
        assert links["latest-version"].endswith(PLACES)
        for relation in ("self", "items"):
            assert "dataset-version=1" in links[relation]
        pinned = client.get(old["items"])
        assert pinned.headers["Cache-Control"] == "private, max-age=3600"
        assert client.get(f"{PLACES}/items").headers["Cache-Control"] == "private, no-cache"
        tag = {"If-None-Match": pinned.headers["ETag"]}
        assert client.get(old["items"], headers=tag).status_code == 304
        up = {link["rel"]: link["href"] for link in pinned.json()["links"]}
        assert up["collection"].endswith(f"{PLACES}?dataset-version=1")
        tiles = client.get(f"{PLACES}/tiles/WebMercatorQuad?dataset-version=1").json()
        templates = [each["href"] for each in tiles["links"] if each["rel"] == "item"]
        assert templates[0].endswith("{tileCol}?dataset-version=1")


def test_who_pages_stays_in_the_version_that_was_begun(tmp_path, commit_places, client_of):
    with open_platform(home=tmp_path / "home", work=False) as own:
        commit_places(own.catalog, tmp_path)
        client = client_of(own)
        page = client.get(f"{PLACES}/items?limit=100").json()
        described = own.catalog.dataset("places").metadata
        own.catalog.describe("places", described.model_copy(update={"steward": "other"}))
        found = [feature["id"] for feature in page["features"]]
        while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
            assert "dataset-version=1" in following[0]
            page = client.get(following[0]).json()
            found += [feature["id"] for feature in page["features"]]
        assert found == list(range(1, 251))


def test_a_page_lists_the_versions(client: TestClient):
    page = client.get(f"{PLACES}/versions?f=html&lang=zh").text
    assert "历次版本" in page
    assert "/collections/places?f=html&amp;dataset-version=1" in page
