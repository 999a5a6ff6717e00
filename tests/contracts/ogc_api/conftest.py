"""A server in a process of its own, and a client that knows nothing but HTTP."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / "interfaces" / "ogc" / "packages"
WAIT_S = 60
PLACES = 120


@dataclass(frozen=True)
class Answer:
    """What came back."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0]

    @cached_property
    def document(self) -> Any:
        return json.loads(self.body)

    def links(self, relation: str) -> list[dict[str, Any]]:
        """The links of the document with a relation, short or as a URI."""
        return [
            link
            for link in self.document["links"]
            if link["rel"] == relation or link["rel"].endswith(f"/{relation}")
        ]


class Caller:
    """Asks a server by HTTP/1.1 and takes every status as an answer."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str, *, accept: str = "application/json", **query: Any) -> Answer:
        """GET a path, or a whole address as a link gives it."""
        named = {name.replace("_", "-"): value for name, value in query.items()}
        tail = f"?{urlencode(named)}" if named else ""
        return self.ask(path + tail, headers={"Accept": accept})

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """POST a JSON body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Content-Type": "application/json", "X-Chengmo-Request": "1", **named}
        return self.ask(path, "POST", json.dumps(body).encode(), sent)

    def delete(self, path: str) -> Answer:
        """DELETE a resource."""
        return self.ask(path, "DELETE", headers={"X-Chengmo-Request": "1"})

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request."""
        url = path if path.startswith("http") else self.address + path
        request = Request(url, body, dict(headers or {}), method=method)
        try:
            with urlopen(request, timeout=WAIT_S) as answer:
                return _answer(url, answer)
        except HTTPError as refused:
            with refused:
                return _answer(url, refused)


def _answer(url: str, answer: Any) -> Answer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(url, answer.status, headers, answer.read())


@pytest.fixture(scope="session")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Asks a platform with Wuhan, two small datasets of our own and two small models."""
    paths = [str(MODELS), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, str(HERE / "serve_ogc.py"), str(tmp_path_factory.mktemp("city"))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the server did not start"
        made = Caller(address)
        bring(made, "places", places(), time_column="built")
        bring(made, "budget", "year,sum\n2023,1.5\n2024,2\n")
        yield made
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def places() -> str:
    """Points on a lattice, each built a month after the one before."""
    rows = ["name,floors,built,lon,lat"]
    for i in range(PLACES):
        built = f"{2000 + i // 12}-{1 + i % 12:02}-01"
        rows.append(
            f"p{i},{i % 7},{built},{114.2 + 0.01 * (i % 12):.2f},{30.5 + 0.01 * (i // 12):.2f}"
        )
    return "\n".join(rows)


def bring(caller: Caller, dataset_id: str, content: str, **metadata: str) -> None:
    """Import a CSV as the page does."""
    head = b'Content-Disposition: form-data; name="file"; filename="a.csv"'
    form = b"--boundary\r\n" + head + b"\r\n\r\n" + content.encode() + b"\r\n--boundary--\r\n"
    headers = {
        "Content-Type": "multipart/form-data; boundary=boundary",
        "X-Chengmo-Request": "1",
    }
    upload = caller.ask("/imports", "POST", form, headers).document
    title = {"zh": dataset_id, "en": dataset_id}
    answer = caller.post(
        f"/imports/{upload['id']}/commit",
        {"metadata": {"id": dataset_id, "title": title, **metadata}},
    )
    assert answer.status == 201, answer.body


@pytest.fixture(scope="session")
def api(caller: Caller) -> Any:
    """The OpenAPI document."""
    return caller.get("/api", accept="application/vnd.oai.openapi+json;version=3.0").document


@pytest.fixture(scope="session")
def feature_collections(caller: Caller) -> list[dict[str, Any]]:
    """Every collection of features that the server lists."""
    listed = caller.get("/collections").document["collections"]
    return [one for one in listed if one.get("itemType", "feature") == "feature"]
