"""A real platform in a temporary folder, and the page over it."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chengmo.app import open_platform
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.web import routes
from chengmo.runs.platform import Platform

HERE = Path(__file__).parent
LIMIT_BYTES = 200_000
CSV = "名称,类型,经度,纬度,床位\n江汉路,养老,114.29,30.58,120\n积玉桥,养老,114.32,30.57,30\n坏行,食堂,不详,30.5,1\n"


@pytest.fixture(scope="module")
def platform(tmp_path_factory) -> Iterator[Platform]:
    """An empty platform."""
    with open_platform(home=tmp_path_factory.mktemp("home"), work=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(platform) -> Iterator[TestClient]:
    """Asks the page's endpoints as its own scripts do."""
    application = Starlette(routes=routes(platform), exception_handlers=exception_handlers())
    guarded = Guard(application, larger_bodies={"/imports": LIMIT_BYTES})
    with TestClient(
        guarded,
        base_url="http://127.0.0.1:8000",
        headers={"X-Chengmo-Request": "1"},
        raise_server_exceptions=False,
    ) as made:
        yield made


@pytest.fixture
def bring(client):
    """Upload bytes as a file of a name, and return the answer."""

    def upload(content: bytes | str = CSV, name: str = "places.csv"):
        data = content.encode() if isinstance(content, str) else content
        return client.post("/imports", files={"file": (name, data)})

    return upload


@pytest.fixture
def commit(client, bring):
    """Upload and commit a file; return the dataset."""

    def import_file(dataset_id: str, content: bytes | str = CSV, **metadata):
        upload = bring(content).json()
        stated = {"id": dataset_id, "title": {"zh": "养老", "en": "Care"}, **metadata}
        answer = client.post(f"/imports/{upload['id']}/commit", json={"metadata": stated})
        assert answer.status_code == 201, answer.text
        return answer.json()

    return import_file


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[str]:
    """The address of the platform with Wuhan and the scenarios of the tests, in its own process."""
    home = tmp_path_factory.mktemp("city")
    packages = tmp_path_factory.mktemp("packages")
    installed = packages / "web_scenarios-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: web-scenarios\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[chengmo.scenarios]\nweb = web_scenarios\n")
    path = os.pathsep.join([str(packages), str(HERE)])
    process = subprocess.Popen(
        [sys.executable, "-m", "serve_wuhan", str(home)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the server did not start"
        with urllib.request.urlopen(f"{address}/models") as answer:  # noqa: S310 - our own server
            assert json.load(answer)["models"]
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()
