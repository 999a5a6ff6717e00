"""Two runs beside each other, on the real page in Debian's Chromium."""

import json
from urllib.request import Request, urlopen

import pytest
from tests.interfaces.web.pictures import wanted

pytestmark = pytest.mark.browser

SHEET = "#comparison .sides"
SWIPE = "#swipe"


def decide(server, model, **inputs):
    """Run a model as a program would, and give the run's id."""
    headers = {"Content-Type": "application/json", "X-Chengmo-Request": "1"}
    body = json.dumps({"inputs": inputs}).encode()
    execution = f"{server}/processes/{model}/execution"
    with urlopen(Request(execution, body, headers, method="POST")) as answer:
        location = answer.headers["Location"] or answer.headers["Link"]
        answer.read()
    return next(part for part in location.replace(">", "/").split("/jobs/")[1].split("/"))


@pytest.fixture(scope="module")
def clinics(server):
    """Two runs of one model: few sites, and many with a wider radius."""
    wider = {"kind": "circle", "radius_m": 2500}
    few = decide(server, "clinic-reach", sites=8)
    return few, decide(server, "clinic-reach", sites=20, served=wider)


def compare(reader, server, runs):
    reader.open(server, f"#compare={','.join(runs)}", ready=SHEET)
    return reader.page


def draw_all(page):
    """Wait until both maps have drawn what they have."""
    page.wait_for_timeout(250)
    page.wait_for_selector("html[data-map=idle][data-beside=idle]", state="attached")


def keep_picture(reader, name):
    """Keep a picture for the documentation, of both maps."""
    if wanted():
        draw_all(reader.page)
    reader.picture(name)


def line(page, key):
    """The cells of one line of the differences."""
    row = page.locator(f"#comparison tr[data-line='{key}']").first
    return [cell.strip() for cell in row.locator("td").all_inner_texts()]


def test_the_differences_carry_sign_and_unit(reader, server, clinics):
    page = compare(reader, server, clinics)
    assert line(page, "sites") == ["8", "20", "+12 处 (+150%)"]
    assert line(page, "share_0to1")[2].startswith("+")
    assert line(page, "share_0to1")[2].endswith("个百分点")
    assert line(page, "如何算作邻近 · 服务半径") == ["1,500 米", "2,500 米", "+1,000 米 (+67%)"]
    assert line(page, "population")[2] == "="
    assert "相同的" in page.locator("#comparison details.more summary").inner_text()
    assert page.locator("#comparison .chart-key li").count() >= 2
    keep_picture(reader, "page-compare-zh")
    page.click("#comparison .decision-head .button >> nth=0")
    page.wait_for_selector("#comparison tr[data-line=sites] td:has-text('−12 处')")
    assert page.evaluate("() => location.hash") == f"#compare={clinics[1]},{clinics[0]}"


def middles(page):
    """Where the divider stands, in per cent of the map, and the middle of the handle in pixels."""
    return page.evaluate(
        """() => {
            const frame = document.getElementById("beside").getBoundingClientRect();
            const handle = document.getElementById("swipe").getBoundingClientRect();
            const x = handle.left + handle.width / 2;
            return [Math.round(100 * (x - frame.left) / frame.width), x, frame.top + 40];
        }"""
    )


def test_the_divider_follows_mouse_and_keys_and_says_where_it_is(reader, server, clinics):
    page = compare(reader, server, clinics)
    slider = page.get_by_role("slider", name="地图分隔线：左为 A，右为 B")
    assert slider.get_attribute("aria-valuenow") == "50"
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuenow") == "48"
    page.keyboard.press("PageUp")
    assert slider.get_attribute("aria-valuetext") == "左侧 A 占 58%，右侧 B 占 42%"
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuenow") == "100"
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuenow") == "0"
    slider.dblclick()
    share, x, y = middles(page)
    assert share == 50
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 150, y, steps=4)
    page.mouse.up()
    moved, end, _ = middles(page)
    assert abs(end - (x - 150)) < 3
    assert slider.get_attribute("aria-valuenow") == str(moved)


@pytest.mark.reader(width=1280, height=720)
def test_both_maps_are_kept_in_step_and_show_each_its_own(reader, server, clinics):
    page = compare(reader, server, clinics)
    draw_all(page)
    page.mouse.move(120, 300)
    page.mouse.wheel(0, -600)
    draw_all(page)
    # What lies under the divider goes on across it: the basemap of both is in the same place.
    before = page.locator("#map-frame").screenshot()
    page.focus(SWIPE)
    page.keyboard.press("End")
    left = page.locator("#map-frame").screenshot()
    page.keyboard.press("Home")
    right = page.locator("#map-frame").screenshot()
    assert len({before, left, right}) == 3
    states = page.evaluate(
        """async () => {
            const { ownMap } = await import("./modules/map.js");
            const { secondMap } = await import("./modules/beside.js");
            const [a, b] = [ownMap(), secondMap()];
            const drawn = (map) => new Set(map.getStyle().layers.map((one) => one.id));
            return [a, b].map((map) => ({
                at: [map.getCenter().lng, map.getCenter().lat, map.getZoom()],
                layers: [...drawn(map)].filter((id) => id.startsWith("view-compare")).sort(),
            }));
        }"""
    )
    assert states[0]["at"] == pytest.approx(states[1]["at"])
    assert states[0]["layers"] == ["view-compare-a-clinics-point", "view-compare-a-far-point"]
    assert states[1]["layers"] == ["view-compare-b-clinics-point", "view-compare-b-far-point"]


def test_two_runs_are_picked_from_the_list(reader, server, clinics):
    reader.open(server, "#tab=runs", ready="#panel-runs .pick")
    page = reader.page
    for run in reversed(clinics):
        page.click(f"[data-pick='{run}']")
    assert page.locator(":focus").get_attribute("data-pick") == clinics[0]
    page.click(".pick-bar .is-main")
    page.wait_for_selector(SHEET)
    # Whichever was picked first, the earlier one is A.
    assert page.evaluate("() => location.hash") == f"#tab=runs&compare={','.join(clinics)}"
    page.click("#comparison [aria-label='关闭']")
    page.wait_for_selector("#comparison", state="hidden")
    assert page.locator("#panel-runs").is_visible()
    assert page.locator("#legend").is_hidden()


def test_the_card_offers_other_runs_and_comes_back(reader, server, clinics):
    reader.open(server, f"#run={clinics[1]}", ready="#decision .answer")
    page = reader.page
    page.click("#decision .compare-menu summary")
    page.click(f"#decision .compare-menu a[href*='{clinics[0]}']")
    page.wait_for_selector(SHEET)
    assert page.locator("#decision").is_hidden()
    page.go_back()
    page.wait_for_selector("#decision .answer")
    assert page.locator("#comparison").is_hidden()


@pytest.mark.reader(language="en", dark=True)
def test_different_models_are_compared_as_far_as_they_can_be(reader, server, clinics):
    count = decide(server, "place-count", dataset="districts")
    page = compare(reader, server, (clinics[0], count))
    assert "different models" in page.locator("#comparison .box.is-care").inner_text()
    assert line(page, "served")[1:] == ["–", "only in A"]
    keep_picture(reader, "page-compare-dark")


@pytest.mark.reader(width=390, height=844)
def test_a_comparison_fits_a_phone(reader, server, clinics):
    page = compare(reader, server, clinics)
    keep_picture(reader, "page-compare-phone-zh")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    wide = page.evaluate(
        """() => [...document.querySelectorAll("#comparison *")]
            .filter((one) => !one.closest(".spoken, svg"))
            .filter((one) => one.getBoundingClientRect().right > 391)
            .map((one) => one.className)"""
    )
    assert wide == []


def test_a_run_that_is_not_there_or_not_ours_is_told_on_its_side(reader, server, clinics):
    reader.provokes = "404"
    place = f"#compare={clinics[0]},no-such-run"
    reader.open(server, place, ready="#comparison .box.is-problem")
    page = reader.page
    assert page.locator("#comparison .side-mark").all_inner_texts() == ["B"]
    assert page.locator("#beside").is_hidden()


def test_a_comparison_is_printed_with_both_maps(reader, server, clinics):
    page = compare(reader, server, clinics)
    page.evaluate("() => { window.print = () => { document.title = 'printed'; }; }")
    page.click("#comparison .decision-head .button >> nth=1")
    page.wait_for_function("() => document.title === 'printed'")
    page.emulate_media(media="print")
    report = page.locator("#report")
    assert report.locator("canvas").count() == 2
    assert "+12 处" in report.inner_text()
    assert page.locator("#comparison").is_hidden()
    colours = page.evaluate(
        """() => [...document.querySelectorAll("#report canvas")].map((canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return new Set(new Uint32Array(data.buffer)).size;
        })"""
    )
    assert min(colours) > 20
