"""Places, shapes and instants on a form, in Debian's Chromium."""

import json
import re

import pytest

pytestmark = pytest.mark.browser

BUTTON = ".place-pair .press-button"
ASKED = "#ask=sky-watch"


def value(page, key):
    return page.locator(f"[data-field={key}] :is(input, textarea)").first.input_value()


def middle(page):
    """Give the middle of the part of the map that no sheet covers."""
    cross = page.locator(".press-cross").bounding_box()
    return cross["x"] + cross["width"] / 2, cross["y"] + cross["height"] / 2


def marks(page):
    """Count what is marked on the map for the form."""
    reader = """async () => {
        const { ownMap } = await import("./modules/map.js");
        const source = ownMap().getSource("pressed");
        return source ? (await source.getData()).features.length : 0;
    }"""
    return page.evaluate(reader)


def test_a_place_is_pressed_on_the_map_and_can_still_be_typed(reader, server):
    reader.open(server, ASKED, ready=".place-pair")
    reader.settle()
    page = reader.page
    page.click(BUTTON)
    page.wait_for_selector(".press-bar")
    page.mouse.click(*middle(page))
    page.wait_for_selector(".press-bar", state="detached")
    lon, lat = float(value(page, "lon")), float(value(page, "lat"))
    assert 113 < lon < 116
    assert 29 < lat < 32
    assert marks(page) == 1
    # The keyboard comes back to where it was.
    assert page.evaluate("() => document.activeElement.classList.contains('press-button')")
    page.fill("[data-field=lon] input", "114.5")
    assert value(page, "lat") == str(lat)
    assert marks(page) == 1
    page.click(".back")
    page.wait_for_selector("#panel-questions .card")
    reader.settle()
    assert marks(page) == 0


@pytest.mark.reader(language="en")
def test_a_place_is_pressed_with_the_keyboard_alone_and_left_with_escape(reader, server):
    reader.open(server, ASKED, ready=".place-pair")
    reader.settle()
    page = reader.page
    page.fill("[data-field=lon] input", "114.25")
    page.focus(BUTTON)
    page.keyboard.press("Enter")
    page.wait_for_selector(".press-bar")
    page.keyboard.press("Escape")
    page.wait_for_selector(".press-bar", state="detached")
    assert (value(page, "lon"), value(page, "lat")) == ("114.25", "")
    page.keyboard.press("Enter")
    page.wait_for_selector(".press-bar")
    before = page.evaluate("async () => (await import('./modules/map.js')).visibleBounds()")
    page.keyboard.press("ArrowRight")
    reader.settle()
    after = page.evaluate("async () => (await import('./modules/map.js')).visibleBounds()")
    assert after[0] > before[0]
    assert page.locator(".press-cross").evaluate("one => getComputedStyle(one).opacity") == "1"
    reader.picture("page-press-en")
    page.keyboard.press("Enter")
    page.wait_for_selector(".press-bar", state="detached")
    assert before[0] < float(value(page, "lon")) < after[2]


def test_an_area_is_drawn_corner_by_corner(reader, server):
    reader.open(server, ASKED, ready=".place-pair")
    reader.settle()
    page = reader.page
    page.evaluate(
        "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
    )
    page.click("[data-field=within] .press-button")
    page.wait_for_selector(".press-bar")
    x, y = middle(page)
    for dx, dy in ((-60, 60), (60, 60), (60, -60), (0, 0)):
        page.mouse.click(x + dx, y + dy)
        page.wait_for_timeout(400)
    page.click(".press-bar button:has-text('撤回')")
    page.click(".press-bar button:has-text('完成')")
    page.wait_for_selector(".press-bar", state="detached")
    assert len(value(page, "within").splitlines()) == 3
    page.fill("[data-field=within] textarea", "114.3, 30.6\n114.4 30.6\n114.4，91")
    page.locator("[data-field=within] textarea").blur()
    assert "第 3 行" in page.locator("[data-field=within] .complaint").inner_text()


def test_an_instant_is_picked_in_the_citys_time_and_sent_in_utc(reader, server):
    reader.open(server, ASKED, ready=".place-pair")
    page = reader.page
    assert "北京时间 UTC+8" in page.locator("[data-field=start]").inner_text()
    page.click("[data-field=start] button:has-text('现在')")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d", value(page, "start"))
    page.fill("[data-field=start] input", "2026-05-01T08:30")
    page.fill("[data-field=lon] input", "114.3")
    page.fill("[data-field=lat] input", "30.6")
    page.evaluate(
        "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
    )
    page.select_option("[data-field=wait] select", "h")
    page.fill("[data-field=wait] input", "2")
    # Choices and units are in the reader's language.
    assert page.locator("[data-field=uses] .switch").all_inner_texts() == ["集群", "人群"]
    assert page.locator("[data-field=lon] .unit").first.inner_text().startswith("度")
    page.check("[data-field=uses] .switch:has-text('集群') input")
    with page.expect_request("**/processes/sky-watch/execution") as sent:
        page.click("button[type=submit]")
    inputs = json.loads(sent.value.post_data)["inputs"]
    assert inputs["start"] == "2026-05-01T00:30:00Z"
    assert inputs["wait"] == "PT7200S"
    assert inputs["uses"] == ["swarm"]
    page.wait_for_selector("#decision .answer")
    page.click("#decision summary:has-text('本次设定')")
    asked = page.locator("#decision details:has-text('本次设定')").inner_text()
    assert "2026年5月1日 08:30 (北京时间 UTC+8)" in asked
    assert "集群" in asked
    # In the order that the model gives them, from the least to the most: light to dark.
    assert page.locator("#legend .legend-rows").inner_text().split() == ["可飞", "不可飞"]
    inks = page.locator("#legend .legend-rows rect").evaluate_all(
        "all => all.map((one) => one.getAttribute('fill'))"
    )
    assert inks == ["#d3e29b", "#203d77"]


@pytest.mark.reader(width=390, height=844)
def test_a_place_is_pressed_on_a_phone(reader, server):
    reader.open(server, ASKED, ready=".place-pair")
    reader.settle()
    page = reader.page
    page.click(BUTTON)
    page.wait_for_selector(".press-bar")
    bar = page.locator(".press-bar").bounding_box()
    assert bar["x"] >= 0
    assert bar["x"] + bar["width"] <= 390
    x, y = middle(page)
    assert y > bar["y"] + bar["height"]
    page.mouse.click(x, y)
    page.wait_for_selector(".press-bar", state="detached")
    assert value(page, "lon")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
