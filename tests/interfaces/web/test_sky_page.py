"""Volumes over the ground and the times at which they hold, in Debian's Chromium."""

import json

import pytest
from tests.interfaces.web.test_page import bring

pytestmark = pytest.mark.browser

# What stands, by its floor and ceiling as drawn, and how far the map is tilted.
STANDING = """async () => {
    const { ownMap } = await import("./modules/map.js");
    const map = ownMap();
    const drawn = map.getStyle().layers.filter(({ type }) => type === "fill-extrusion");
    const layers = drawn.filter(({ id }) => !id.endsWith("past")).map(({ id }) => id);
    const past = drawn.filter(({ id }) => id.endsWith("past")).map(({ id }) => id);
    const of = (some) => [...new Set(some.length
        ? map.queryRenderedFeatures({ layers: some }).map((one) => one.properties.lower_m) : [])];
    return { holds: of(layers).sort(), faint: of(past).sort(), pitch: map.getPitch() };
}"""


def standing(page):
    return page.evaluate(STANDING)


def wait_until_hold(page, *floors):
    """Wait until volumes of these floors and no others hold: drawing takes its time."""
    for _ in range(200):
        if standing(page)["holds"] == list(floors):
            return
        page.wait_for_timeout(300)
    assert standing(page)["holds"] == list(floors)


def ask(reader, server):
    """Ask for three boxes: one always there, one in the first hour, one in the third."""
    reader.open(server, "#ask=sky-watch", ready=".place-pair")
    page = reader.page
    page.fill("[data-field=lon] input", "114.3")
    page.fill("[data-field=lat] input", "30.58")
    page.fill("[data-field=start] input", "2026-05-01T08:30")
    page.click("button[type=submit]")
    page.wait_for_selector("#decision .answer")
    page.wait_for_selector(".sky-toggle")
    reader.settle()


def test_volumes_stand_up_and_hold_at_the_moment_of_the_slider(reader, server):
    ask(reader, server)
    page = reader.page
    assert "离地 0–300 米（真高）" in page.locator("#legend .legend-note").inner_text()
    assert page.locator(".clock-time").inner_text() == "2026-05-01 08:30"
    assert standing(page) == {"holds": [], "faint": [], "pitch": 0}
    page.click(".sky-toggle")
    wait_until_hold(page, 0, 60)
    reader.settle()
    assert standing(page) == {"holds": [0, 60], "faint": [100], "pitch": 60}
    assert "高度放大" in page.locator("#legend .legend-note").inner_text()
    reader.picture("page-sky-zh")
    # By keyboard to the third hour.
    page.focus(".clock-bar input")
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    said = page.locator(".clock-bar input").get_attribute("aria-valuetext")
    assert said.startswith("2026年5月1日 11:")
    assert "UTC+8" in said
    wait_until_hold(page, 0, 100)
    page.click(".clock-all")
    wait_until_hold(page, 0, 100, 60)
    assert standing(page)["faint"] == []
    page.click(".clock-all")
    # Heights as they are.
    page.select_option(".sky-bar select", "1")
    reader.settle()
    assert "高度放大" not in page.locator("#legend .legend-note").inner_text()
    page.click(".sky-toggle")
    reader.settle()
    assert standing(page) == {"holds": [], "faint": [], "pitch": 0}


def test_the_times_play_and_pause(reader, server):
    ask(reader, server)
    page = reader.page
    before = page.locator(".clock-time").inner_text()
    page.focus(".clock-play")
    page.keyboard.press("Space")
    page.wait_for_function(
        "before => document.querySelector('.clock-time').textContent !== before", arg=before
    )
    page.keyboard.press("Space")
    stopped = page.locator(".clock-time").inner_text()
    page.wait_for_timeout(700)
    assert page.locator(".clock-time").inner_text() == stopped > before


@pytest.mark.reader(language="en", dark=True)
def test_a_dataset_with_floors_stands_up_and_goes_again(reader, server):
    reader.open(server, "#data=airspace-zones", ready="[data-shown=airspace-zones]")
    page = reader.page
    assert page.locator(".sky-bar").count() == 0
    page.check("[data-shown=airspace-zones]")
    page.click(".sky-toggle")
    wait_until_hold(page, 0)
    note = page.locator("#legend .legend-note").inner_text()
    assert "From 0 m above ground" in note
    assert "drawn up to 300 m" in note
    assert page.locator(".clock-bar").count() == 0
    page.click("button[lang=zh-CN]")
    assert page.locator(".sky-toggle").inner_text() == "立体"
    page.select_option("[data-colour=airspace-zones]", "rule")
    page.wait_for_selector("#legend .legend-rows:has-text('须经批准')")
    wait_until_hold(page, 0)
    page.uncheck("[data-shown=airspace-zones]")
    page.wait_for_selector(".sky-bar", state="detached")
    reader.settle()
    assert standing(page) == {"holds": [], "faint": [], "pitch": 0}


def test_of_a_dataset_too_large_to_send_what_the_window_holds_stands_up(reader, server):
    def box(i, j):
        west, south = 114.2 + i / 1000, 30.5 + j / 1000
        east, north = west + 0.0008, south + 0.0008
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {
            "type": "Feature",
            "properties": {"lower_m": 0, "upper_m": 60 + j},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }

    boxes = [box(i, j) for i in range(160) for j in range(100)]
    content = json.dumps({"type": "FeatureCollection", "features": boxes}).encode()
    bring(server, "many-volumes", content, "many-volumes.geojson")
    reader.open(server, "#data=many-volumes", ready="[data-shown=many-volumes]")
    page = reader.page
    page.check("[data-shown=many-volumes]")
    page.click(".sky-toggle")
    wait_until_hold(page, 0)
    reader.settle()
    assert "立体只画窗口内的 5,000 块" in page.locator("#legend").inner_text()
    for _ in range(4):
        page.click("#map-tools button >> nth=0")
        reader.settle()
    page.wait_for_selector("#legend:not(:has-text('立体只画'))")
    wait_until_hold(page, 0)
    page.click(".sky-toggle")
    reader.settle()
    assert standing(page) == {"holds": [], "faint": [], "pitch": 0}


@pytest.mark.reader(width=390, height=844)
def test_heights_and_times_fit_on_a_phone_and_on_paper(reader, server):
    ask(reader, server)
    page = reader.page
    page.click(".sky-toggle")
    reader.settle()
    frame = page.locator(".sky-bar").bounding_box()
    for part in (".clock-all", ".clock-bar", ".sky-solid"):
        box = page.locator(part).bounding_box()
        assert box["x"] + box["width"] <= frame["x"] + frame["width"], part
    assert frame["x"] + frame["width"] <= page.locator("#map-tools").bounding_box()["x"]
    page.evaluate("() => { window.print = () => { document.title = 'printed'; }; }")
    page.click("#decision .actions .button >> nth=1")
    page.wait_for_selector("#report canvas", state="attached")
    page.emulate_media(media="print")
    assert page.locator(".sky-bar").is_hidden()
    assert "离地 0–300 米" in page.locator("#report figcaption").inner_text()
