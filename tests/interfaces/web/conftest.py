"""A real platform in a temporary folder, and the page over it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.interfaces.web.pictures import keep, wanted

from chengmo.app import open_platform
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.identification import Identification
from chengmo.interfaces.web import routes
from chengmo.runs.platform import Platform

HERE = Path(__file__).parent
LIMIT_BYTES = 200_000
WAIT_MS = 120_000
CSV = """名称,类型,经度,纬度,床位
江汉路,养老,114.29,30.58,120
积玉桥,养老,114.32,30.57,30
坏行,食堂,不详,30.5,1
"""


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "reader(width, height, dark, language): who looks at the page"
    )


@pytest.fixture(scope="module")
def platform(tmp_path_factory) -> Iterator[Platform]:
    """An empty platform."""
    with open_platform(home=tmp_path_factory.mktemp("home"), work=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(platform) -> Iterator[TestClient]:
    """Asks the page's endpoints as its own scripts do."""
    application = Starlette(routes=routes(platform), exception_handlers=exception_handlers())
    identified = Identification(application, platform.people, local=True)
    guarded = Guard(identified, larger_bodies={"/imports": LIMIT_BYTES})
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
def packages(tmp_path_factory) -> str:
    """A search path on which the scenarios of these tests are installed."""
    folder = tmp_path_factory.mktemp("packages")
    installed = folder / "web_scenarios-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: web-scenarios\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[chengmo.scenarios]\nweb = web_scenarios\n")
    return os.pathsep.join([str(folder), str(HERE)])


@contextmanager
def serving(home: Path, search_path: str, *cities: str) -> Iterator[str]:
    """Serve a platform in its own process, and give its address."""
    inherited = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join([search_path, *([inherited] if inherited else [])])
    process = subprocess.Popen(
        [sys.executable, "-m", "serve_city", str(home), *cities],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the server did not start"
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory, packages) -> Iterator[str]:
    """The address of a platform with Wuhan."""
    with serving(tmp_path_factory.mktemp("city"), packages, "wuhan") as address:
        yield address


@pytest.fixture(scope="session")
def empty_server(tmp_path_factory) -> Iterator[str]:
    """The address of a platform that nobody has brought anything to."""
    with serving(tmp_path_factory.mktemp("empty"), str(HERE)) as address:
        yield address


@pytest.fixture
def own_platform(tmp_path, packages) -> Iterator[str]:
    """The address of a platform for one test alone."""
    with serving(tmp_path / "home", packages) as address:
        yield address


@pytest.fixture(scope="session")
def serve():
    """How a test serves a platform of its own: a context manager of a home and cities."""
    return lambda home, *cities: serving(home, str(HERE), *cities)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, drawing on the processor."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed (apt install chromium fonts-noto-cjk)")
    arguments = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass
class Reader:
    """Somebody in front of the page."""

    page: Page
    complaints: list[str]
    # Chromium reports every 4xx answer on the console; a test that provokes one says so.
    provokes: str = "nothing"

    def open(self, address: str, place: str = "", *, ready: str = "html[data-ready]") -> None:
        """Go to the page and wait until it stands."""
        self.page.goto(f"{address}/app/{place}")
        self.page.wait_for_selector(ready, state="attached", timeout=WAIT_MS)

    def settle(self) -> None:
        """Wait until the map has drawn what it has."""
        self.page.wait_for_timeout(250)
        self.page.wait_for_selector("html[data-map=idle]", state="attached", timeout=WAIT_MS)

    def picture(self, name: str) -> None:
        """Keep a picture for the documentation, where `CHENGMO_SCREENSHOTS` asks for it."""
        if wanted() and self.page.locator("#map").count():
            self.settle()
        keep(self.page, name)


@pytest.fixture
def reader(chromium, request) -> Iterator[Reader]:
    """Somebody in front of the page; whatever the page should not do fails the test.

    A test's marker `reader` sets `width`, `height`, `dark` and `language`.
    """
    marker = request.node.get_closest_marker("reader")
    wishes = marker.kwargs if marker else {}
    context = chromium.new_context(
        viewport={"width": wishes.get("width", 1440), "height": wishes.get("height", 900)},
        color_scheme="dark" if wishes.get("dark") else "light",
        locale="en-GB" if wishes.get("language") == "en" else "zh-CN",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    made = Reader(page, [])
    page.on("request", lambda sent: _stays_here(sent.url, made.complaints))
    page.on("pageerror", lambda error: made.complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: (
            made.complaints.append(said.text) if said.type in {"error", "warning"} else None
        ),
    )
    yield made
    context.close()
    assert [text for text in made.complaints if made.provokes not in text] == []


def _stays_here(url: str, complaints: list[str]) -> None:
    if not url.startswith("http://127.0.0.1:"):
        complaints.append(f"a request to the outside: {url}")
