"""The live map, in Debian's Chromium, over a server whose data centre takes real reports."""

import os
import threading
import time
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import sync_playwright
from tests.airspace.interfaces.skies import PATIENCE_S, Server
from tests.interfaces.web.pictures import keep

from chengmo_airspace.interfaces.tracking import PREFIX, REPORT

pytestmark = pytest.mark.browser
WAIT_MS = 1000 * PATIENCE_S
STREAM = """import(new URL("stream.js", location.href).href)"""
# What a test cuts off itself.
CUT_OFF = "net::ERR_FAILED"
LOCAL_NOW = """() => {
    const now = new Date();
    return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}"""
DRAWN = """async () => (await import(new URL("sky-map.js", location.href).href)).drawnCount()"""


class Traffic:
    """Operators whose aircraft report once a second, until they are told to be silent."""

    def __init__(self, server, issuer):
        self.server, self.issuer = server, issuer
        self.longitudes = {f"UAS-{n}": 114.25 + 0.02 * n for n in range(8)}
        self.silent, self.over = set(), threading.Event()
        self.thread = threading.Thread(target=self.fly, daemon=True)
        self.thread.start()

    def fly(self):
        while not self.over.wait(0.5):
            self.report([name for name in self.longitudes if name not in self.silent])

    def report(self, names):
        now = datetime.now(UTC).isoformat()
        messages = [
            {
                "aircraft": name, "time": now, "longitude": self.longitudes[name],
                "latitude": 30.58, "height": 80, "reference": "AMSL", "speed": 10.0,
                "course": 90.0, "synthetic": True,
            }
            for name in names
        ]  # fmt: skip
        token = self.issuer.token(REPORT, sub="operator-1", aud="127.0.0.1")
        httpx.post(
            f"{self.server.address}{PREFIX}/messages", json=messages, timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token}"},
        ).raise_for_status()  # fmt: skip

    def close(self):
        self.over.set()
        self.thread.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory, issuer, copy_of_home):
    folder = tmp_path_factory.mktemp("live")
    (folder / "public.pem").write_bytes(issuer.rsa.as_pem(private=False))
    environment = {
        **os.environ,
        "CHENGMO_AIRSPACE_KEYS": str(folder / "public.pem"),
        "CHENGMO_AIRSPACE_AUDIENCE": "127.0.0.1",
        "CHENGMO_AIRSPACE_ROLES": "tracking",
        "CHENGMO_AIRSPACE_TRACKS": str(folder / "tracks"),
    }
    server = Server(copy_of_home(folder / "home"), environment)
    server.start()
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def traffic(served, issuer):
    made = Traffic(served, issuer)
    yield made
    made.close()


@pytest.fixture
def page(served):
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        opened = chromium.new_context(locale="zh-CN", reduced_motion="reduce").new_page()
        opened.set_default_timeout(WAIT_MS)
        faults = []
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on(
            "console",
            lambda said: (
                faults.append(said.text)
                if said.type == "error" and CUT_OFF not in said.text
                else None
            ),
        )
        yield opened
        assert faults == []
        chromium.close()


def until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.2)


def test_an_empty_sky_says_so_and_how_to_fill_it(page, served):
    page.goto(f"{served.address}/airspace/live/")
    until(lambda: "现在没有航空器报告位置" in page.inner_text("#state"))
    assert "MQTT" in page.inner_text("#state")
    assert not page.is_visible("#made-up")
    assert "还没有告警" in page.inner_text("#alerts")
    keep(page, "live-empty-zh")


def test_aircraft_appear_as_they_report_and_say_that_they_are_synthetic(page, served, traffic):
    page.goto(f"{served.address}/airspace/live/")
    until(lambda: page.evaluate(DRAWN) == 8)
    until(lambda: "航空器 8" in page.inner_text("#counts"))
    assert "合成数据" in page.inner_text("#made-up")
    page.get_by_text("EN", exact=True).click()
    until(lambda: "Aircraft 8" in page.inner_text("#counts"))
    assert "Synthetic" in page.inner_text("#made-up")


def test_a_lost_link_is_told_and_leads_to_the_aircraft(page, served, traffic):
    page.goto(f"{served.address}/airspace/live/?lang=en")
    until(lambda: page.evaluate(DRAWN) == 8)
    traffic.silent = {"UAS-3"}
    try:
        page.wait_for_selector(
            "#alerts button:has-text('no message for too long'):has-text('UAS-3')"
        )
        page.click("#alerts button:has-text('no message for too long'):has-text('UAS-3')")
        assert "UAS-3" in page.inner_text("#chosen")
        until(lambda: "Link lost" in page.inner_text("#chosen"))
        keep(page, "live-lost-link-en")
        page.click("[data-kind=lost]")
        until(lambda: page.evaluate(DRAWN) == 1)
        page.keyboard.press("Escape")
        assert page.inner_text("#chosen") == ""
    finally:
        traffic.silent = set()


def test_the_map_can_be_tilted_and_brought_back(page, served, traffic):
    page.goto(f"{served.address}/airspace/live/?lang=en")
    until(lambda: page.evaluate(DRAWN) == 8)
    page.click("[data-act=tilt]")
    page.wait_for_selector("[data-act=flat]")
    page.click("[data-act=flat]")
    page.wait_for_selector("[data-act=tilt]")


def test_the_past_is_replayed_and_left_again(page, served, traffic):
    page.goto(f"{served.address}/airspace/live/?lang=en")
    until(lambda: page.evaluate(DRAWN) == 8)
    page.click("[data-act=replay]")
    page.wait_for_selector("#clock-at")
    page.fill("#clock-at", "2020-01-01T00:00:00")
    until(lambda: page.evaluate(DRAWN) == 0)
    assert "no record" in page.inner_text("#clock-pace")
    page.fill("#clock-at", page.evaluate(LOCAL_NOW))
    until(lambda: page.evaluate(DRAWN) == 8)
    page.click("[data-act='replay.play']")
    page.wait_for_selector("[data-act='replay.pause']")
    keep(page, "live-replay-en")
    page.click("[data-act='replay.live']")
    until(lambda: page.inner_text("#clock-state") == "Live")


def test_a_broken_connection_is_said_and_mended(page, served):
    page.goto(f"{served.address}/airspace/live/?lang=en")
    until(lambda: page.inner_text("#clock-state") == "Live")
    page.route("**/data/**", lambda route: route.abort())
    page.evaluate(f"async () => (await {STREAM}).stopStream()")
    page.evaluate(f"async () => {{ (await {STREAM}).follow(); }}")
    until(lambda: "connecting again" in page.inner_text("#state"))
    keep(page, "live-broken-en")
    page.unroute("**/data/**")
    until(lambda: page.inner_text("#clock-state") == "Live")
    assert "connecting" not in page.inner_text("#state")
