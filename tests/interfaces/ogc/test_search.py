"""One search over what is here and what was harvested, found without knowing how it is written."""

import json
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from chengmo.app import open_platform
from chengmo.audit import AuditQuery
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.errors import NotSignedIn
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR
from chengmo.interfaces.exchange.fetch import Fetcher
from chengmo.interfaces.exchange.harvest import harvest, store_of
from chengmo.interfaces.exchange.record import Record
from chengmo.interfaces.exchange.search import contains, grams, ranked
from chengmo.model import Text


def record(name: str, zh: str, en: str, *keywords: str) -> Record:
    return Record(id=name, title=Text(zh=zh, en=en), keywords=keywords)


CITY = [
    record("a", "武汉市地铁站点", "Metro stations", "交通"),
    record("b", "公交站点客流", "Passengers of bus stops", "地铁"),
    record("c", "常住人口", "Residents"),
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("地铁站", ["a", "b"]),
        ("武汉的地铁", ["a", "b"]),
        ("ＭＥＴＲＯ", ["a"]),
        ("人口", ["c"]),
        ("口", []),
        ("学校", []),
        ("", ["a", "b", "c"]),
    ],
)
def test_the_best_answer_comes_first(asked: str, found: list[str]):
    assert [each.id for each in ranked(CITY, asked)] == found


def test_a_term_is_found_letter_by_letter_and_words_in_their_order():
    assert contains(CITY[1], ["bus stops"])
    assert contains(CITY[1], ["bus   stops"])
    assert not contains(CITY[1], ["stops bus"])
    assert contains(CITY[1], ["nothing", "客流"])


def test_chinese_is_read_in_pairs_and_other_words_whole():
    assert grams("武汉 Metro2") == {"武汉", "metro2"}
    assert grams("市") == {"市"}


def test_the_search_speaks_both_ways(client: TestClient):
    found = client.get("/search?q=居民点").json()
    assert found["features"][0]["id"] == "places"
    page = client.get("/search?q=居民点&f=html&lang=zh")
    assert page.headers["content-type"].startswith("text/html")
    assert "居民点" in page.text


@pytest.mark.slow
def test_two_instances_find_each_others_data(
    tmp_path: Path, scenarios: Path, commit_places_as, listening_to
):
    """A real server is harvested by another, which then answers for both; no rows move."""
    here, there = tmp_path / "here", tmp_path / "there"
    title = Text(zh="汉阳区医院", en="Hospitals of Hanyang")
    opened = {"opening": "unconditional", "licence": "CC-BY-4.0", "steward": "汉阳区"}
    metadata = DatasetMetadata.model_validate({"id": "hospitals", "title": title, **opened})
    secret = DatasetMetadata(id="secret", title=Text(zh="汉阳区秘密", en="Secret"))
    with open_platform(home=there, work=False) as other, open_platform(home=here, work=False) as us:
        commit_places_as(other.catalog, there, metadata)
        commit_places_as(other.catalog, there, secret)
        store = store_of(us.database)
        with (
            listening_to(other, ANONYMOUS) as remote,
            listening_to(us, ANONYMOUS) as own,
        ):

            def take(**options):
                return harvest(
                    store,
                    Fetcher(remote),
                    None,
                    actor=LOCAL_ADMINISTRATOR,
                    audit=us.audit,
                    **options,
                )

            def search(words: str) -> list[dict]:
                with urllib.request.urlopen(f"{own}/search?q={quote(words)}") as answer:
                    return json.load(answer)["features"]

            assert take(dry_run=True).new == ("hospitals",)
            assert search("汉阳") == []
            assert (take().kind, search("汉阳")[0]["properties"]["source"]) == (
                "ogc-records",
                remote,
            )
            (found,) = search("汉阳区")
            assert found["properties"]["titles"]["en"] == "Hospitals of Hanyang"
            assert found["properties"]["license"] == "CC-BY-4.0"
            assert found["geometry"]["type"] == "Polygon"
            assert any(link["href"].startswith(f"{remote}/collections/") for link in found["links"])
            assert take().same == ("hospitals",)
            # What was harvested is not passed on as one's own.
            with pytest.raises(urllib.request.HTTPError):
                urllib.request.urlopen(f"{own}/collections/{found['id']}")
            other.catalog.describe(
                "hospitals", metadata.model_copy(update={"opening": "none", "sharing": "none"})
            )
            assert take().gone == ("hospitals",)
            assert search("汉阳区")[0]["properties"]["gone"]
        assert us.catalog.datasets() == []
        written = us.audit.search(AuditQuery(action="harvest"))
        assert len(written) == 4
        with pytest.raises(NotSignedIn):
            harvest(store, Fetcher("http://x.test"), None, actor=ANONYMOUS, audit=us.audit)
