"""Harvesting: every kind of catalogue is read, nothing but the given host is called."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chengmo.errors import HarvestFailed
from chengmo.interfaces.exchange.fetch import Fetcher
from chengmo.interfaces.exchange.harvest import HarvestStore
from chengmo.interfaces.exchange.harvested import HarvestedEntry, read_catalogue
from chengmo.ledger import open_database
from chengmo.model import Text

PACKAGES = [
    {
        "id": f"7f{number}",
        "name": f"metro-{number}",
        "title": "地铁站点",
        "notes": "Stations",
        "organization": {"title": "交通局"},
        "license_id": "cc-by",
        "tags": [{"name": "地铁"}],
        "resources": [{"format": "CSV"}, {"format": "CSV"}, {"format": ""}],
        "metadata_modified": "2025-01-02T03:04:05.678",
    }
    for number in range(150)
]
DCAT = {
    "@context": {"dct": "http://purl.org/dc/terms/"},
    "@graph": [
        {"@id": "http://x.test/org", "@type": "foaf:Agent", "foaf:name": {"@value": "水务局"}},
        {
            "@id": "http://x.test/d/1",
            "@type": ["http://www.w3.org/ns/dcat#Dataset"],
            "dct:title": [
                {"@value": "湖泊", "@language": "zh"},
                {"@value": "Lakes", "@language": "en"},
            ],
            "http://purl.org/dc/terms/publisher": {"@id": "http://x.test/org"},
            "dcat:distribution": {"dct:license": {"@id": "http://l.test/"}},
            "dct:modified": {"@value": "not a time"},
        },
    ],
}


LEADS = {"/away": "http://127.0.0.2:9/secret", "/file": "file:///etc/passwd"}
DOCUMENTS: dict[str, Any] = {
    "/dcat": DCAT,
    "/long": ["x" * 5000],
    "/odd/collections": {"collections": [{"itemType": "record"}]},
    "/lead/collections": {"collections": [{"id": "c", "itemType": "record"}]},
    "/lead/collections/c/items": {
        "features": [],
        "links": [{"rel": "next", "href": "http://127.0.0.2:9/more"}],
    },
}


class Remote(BaseHTTPRequestHandler):
    """Another catalogue, with answers an honest one gives and some that a wicked one might."""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path.endswith("package_search"):
            start = int(query.rpartition("start=")[2])
            self.say({"result": {"count": 150, "results": PACKAGES[start : start + 100]}})
        elif path in LEADS:
            self.send_response(302)
            self.send_header("Location", LEADS[path])
            self.end_headers()
        elif path == "/text":
            self.answer(b"<html>")
        elif path in DOCUMENTS:
            self.say(DOCUMENTS[path])
        else:
            self.send_error(404)

    def say(self, value: Any) -> None:
        self.answer(json.dumps(value).encode())

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def remote() -> Iterator[str]:
    """The address of another catalogue on this machine's loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Remote) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_ckan_is_read_page_by_page(remote: str):
    kind, entries = read_catalogue(Fetcher(remote), None)
    assert (kind, len(entries)) == ("ckan", 150)
    first = entries[0]
    assert (first.steward, first.licence, first.formats) == ("交通局", "cc-by", ("CSV",))
    assert first.updated_utc == "2025-01-02T03:04:05.678Z"
    assert first.link == f"{remote}/dataset/metro-0"


def test_dcat_is_read_whatever_its_names_are_prefixed_with(remote: str):
    kind, (entry,) = read_catalogue(Fetcher(f"{remote}/dcat"), None)
    assert kind == "dcat"
    assert (entry.title.zh, entry.title.en) == ("湖泊", "Lakes")
    assert (entry.steward, entry.licence) == ("水务局", "http://l.test/")
    assert (entry.link, entry.updated_utc) == ("http://x.test/d/1", None)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/away", "another host"),
        ("/file", "another host|does not answer"),
        ("/text", "no JSON"),
        ("/nothing", "does not answer"),
    ],
)
def test_a_wicked_or_broken_answer_is_refused(remote: str, path: str, said: str):
    with pytest.raises(HarvestFailed, match=said):
        Fetcher(f"{remote}{path}").get()


def test_a_next_page_on_another_host_is_refused(remote: str):
    with pytest.raises(HarvestFailed, match="another host"):
        read_catalogue(Fetcher(f"{remote}/lead"), "ogc-records")


def test_an_answer_that_is_too_long_or_late_is_refused(remote: str):
    with pytest.raises(HarvestFailed, match="longer than 1000 bytes"):
        Fetcher(f"{remote}/long", most_bytes=1000).get()
    with pytest.raises(HarvestFailed, match="took longer"):
        Fetcher(f"{remote}/long", whole_s=-1).get()


def test_what_is_of_another_kind_says_so(remote: str):
    with pytest.raises(HarvestFailed, match="not of the kind"):
        read_catalogue(Fetcher(f"{remote}/odd"), "ogc-records")


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://x.test/", "http://", "http://u:p@x.test/", "x"]
)
def test_only_addresses_of_the_web_are_taken(address: str):
    with pytest.raises(HarvestFailed):
        Fetcher(address)


def entry(number: int, title: str) -> HarvestedEntry:
    return HarvestedEntry(remote_id=str(number), title=Text(zh=title, en=title))


def test_repeated_harvests_update_and_mark_what_vanished(tmp_path: Path):
    database = open_database(tmp_path)
    store = HarvestStore(database)

    def take(*entries: HarvestedEntry):
        done = store.compare("http://x.test", "ckan", entries)
        store.keep(done, entries, "li")
        return done

    assert take(entry(1, "a"), entry(2, "b")).new == ("1", "2")
    again = take(entry(1, "a"), entry(2, "changed"))
    assert (again.same, again.changed) == (("1",), ("2",))
    assert take(entry(1, "a")).gone == ("2",)
    records = {record.origin.remote_id: record for record in store.records() if record.origin}
    assert records["1"].origin is not None
    assert records["1"].origin.gone_utc is None
    assert records["2"].origin is not None
    assert records["2"].origin.gone_utc is not None
    assert take(entry(1, "a"), entry(2, "back")).new == ("2",)
    assert all(record.id.startswith("_") for record in store.records())
    database.close()
