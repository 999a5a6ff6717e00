"""Pages for people: in their language, as negotiated, safe whatever a title says."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from chengmo.app import open_platform
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.identity.actor import LOCAL_ADMINISTRATOR
from chengmo.interfaces.markup import anchor, is_address, json_block, tag
from chengmo.interfaces.ogc.endpoint import preferred_form
from chengmo.interfaces.ogc.page_index import PAGES
from chengmo.model import Text

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
HOSTILE = '</title></script><script>alert(1)</script><img src=x onerror="alert(2)">&amp;'
PATHS = [
    "/?f=html",
    "/conformance",
    "/errors",
    "/collections",
    "/collections/places",
    "/collections/places/queryables",
    "/collections/places/schema",
    "/collections/places/items",
    "/collections/places/items/1",
    "/collections/_catalogue",
    "/collections/_catalogue/items",
    "/collections/_catalogue/items/places",
    "/collections/_catalogue/queryables",
    "/processes",
    "/processes/reach-share",
    "/jobs",
]


class Reader(HTMLParser):
    """Collects what a browser would run, load or follow, and whether all is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def hostile(
    tmp_path_factory: pytest.TempPathFactory, scenarios: Path, commit_places_as, served_as
) -> Iterator[TestClient]:
    """A city whose dataset is called as an attacker would."""
    words = Text(zh=HOSTILE, en=HOSTILE)
    metadata = DatasetMetadata(
        id="places",
        title=words,
        description=words,
        steward=HOSTILE,
        licence="javascript:alert(3)",
        keywords=(HOSTILE,),
    )
    folder = tmp_path_factory.mktemp("hostile-staged")
    with open_platform(home=tmp_path_factory.mktemp("hostile"), work=False) as opened:
        commit_places_as(opened.catalog, folder, metadata)
        with served_as(opened, LOCAL_ADMINISTRATOR) as client:
            yield client


@pytest.mark.parametrize("path", PATHS)
def test_a_page_runs_nothing_and_every_link_is_an_address(hostile: TestClient, path: str):
    response = hostile.get(path, headers=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    reader = Reader(response.text)
    assert reader.open == []
    for name, attributes in reader.found:
        assert name not in {"img", "iframe", "object", "style", "base"}
        assert not any(key.startswith("on") or key == "style" for key in attributes)
        if name == "script":
            assert attributes == {"type": "application/ld+json"}
        assert not (attributes.get("href") or "").startswith("javascript")


@pytest.mark.parametrize("path", PATHS)
def test_the_same_address_still_answers_programs_with_json(hostile: TestClient, path: str):
    bare = path.removesuffix("?f=html")
    assert "json" in hostile.get(bare).headers["content-type"]
    assert "json" in hostile.get(f"{bare}?f=json", headers=BROWSER).headers["content-type"]


def test_the_language_is_the_callers_and_can_be_changed_by_a_link(hostile: TestClient):
    page = hostile.get("/processes?f=html", headers={"Accept-Language": "zh-CN"}).text
    assert '<html lang="zh">' in page
    other = re.search(r'<a href="(\?[^"]+)" class="language"', page)
    assert other is not None
    english = hostile.get(f"/processes{other[1].replace('&amp;', '&')}").text
    assert '<html lang="en">' in english
    assert "Models" in english


def test_search_engines_are_told_of_a_dataset_in_words_of_schema_org(client: TestClient):
    page = client.get("/collections/places?f=html&lang=en").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    told = json.loads(found[1])
    assert (told["@type"], told["name"], told["license"]) == ("Dataset", "Places", "CC0-1.0")
    assert told["temporalCoverage"] == "2000-01-01T00:00:00Z/2020-06-14T23:59:59Z"
    assert told["spatialCoverage"]["geo"]["box"].startswith("30.5 114.2")


def test_rows_can_be_turned_page_by_page(client: TestClient):
    page = client.get("/collections/places/items?limit=2", headers=BROWSER).text
    onward = re.search(r'<a href="([^"]+)" rel="next"', page)
    assert onward is not None
    second = client.get(onward[1].replace("&amp;", "&"))
    assert second.headers["content-type"].startswith("text/html")
    assert "楼 2" in second.text


def test_a_stored_json_answer_is_not_taken_for_the_page(client: TestClient):
    stored = client.get("/collections/places/items").headers["etag"]
    again = client.get("/collections/places/items?f=html", headers={"If-None-Match": stored})
    assert again.status_code == 200


def test_every_page_has_an_address_in_the_document(client: TestClient):
    document = client.get("/api").json()
    paged = {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
        if "text/html" in operation["responses"].get("200", {}).get("content", {})
    }
    assert PAGES.keys() <= paged


def test_crawlers_are_told_what_to_read(client: TestClient):
    robots = client.get("/robots.txt").text
    assert "Disallow: /jobs" in robots
    assert f"Sitemap: {client.base_url}/sitemap.xml" in robots
    site = client.get("/sitemap.xml")
    assert site.headers["content-type"].startswith("application/xml")
    for address in re.findall(r"<loc>([^<]+)</loc>", site.text):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html", "html"),
        ("application/json;q=0.5, text/html;q=0.9", "html"),
        ("text/html;q=0", "json"),
        ("text/turtle", "ttl"),
        ("application/ld+json, */*;q=0.1", "jsonld"),
        ("image/png, text/html;q=junk", "html"),
    ],
)
def test_accept_decides_by_quality_then_order(accept: str, form: str):
    assert preferred_form(accept, ("json", "html", "jsonld", "ttl")) == form


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " javascript:x", "java\nscript:x", "data:text/html,x", "vbscript:x"],
)
def test_an_address_that_runs_something_is_only_text(address: str):
    assert not is_address(address)
    assert "href" not in anchor(address, "x")


def test_text_never_becomes_markup():
    assert tag("p", "<i>", tag("b", '"&'), title='"<') == (
        '<p title="&quot;&lt;">&lt;i&gt;<b>&quot;&amp;</b></p>'
    )
    assert "</script>" not in json_block({"a": "</script>"})[:-9]
