"""Grid codes on the real page: press a place, see the grid, paste a code and fly there."""

import numpy as np
import pytest

from chengmo.grid import code_bounds, encode_code, encode_codes, encode_solid_codes

pytestmark = pytest.mark.browser

TOOL = "#map-tools button[aria-pressed]"
CENTRE = """() => {
    const box = document.getElementById("map").getBoundingClientRect();
    return [box.left + box.width * 0.62, box.top + box.height * 0.72];
}"""


def listed(page) -> list[str]:
    return page.locator("#code-panel .codes .code").all_inner_texts()


def test_the_page_computes_the_codes_that_the_platform_does(reader, empty_server):
    reader.open(empty_server)
    rng = np.random.default_rng(5)
    lon = np.r_[
        rng.uniform(-180, 180, 300), np.round(rng.uniform(-180, 180, 300), 1), 0.0, 180, -180
    ]
    lat = np.r_[rng.uniform(-87, 87, 300), np.round(rng.uniform(-87, 87, 300), 2), -0.0, 45, 45]
    found = reader.page.evaluate(
        """async (places) => {
            const { codesOf, cellAround } = await import("/app/modules/cells.js");
            return places.map(([lon, lat]) => [codesOf(lon, lat), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
                .map((level) => cellAround(lon, lat, level))]);
        }""",
        np.stack([lon, lat], axis=1).tolist(),
    )
    for level in range(1, 11):
        codes = encode_codes(lon, lat, level=level)
        assert [one[0][level - 1] for one in found] == codes.astype(str).tolist()
        solid = encode_solid_codes(lon, lat, 40.5, level=level).astype(str).tolist()
        flat = reader.page.evaluate(
            """async (codes) => {
                const { flatOf } = await import("/app/modules/cells.js");
                return codes.map(flatOf);
            }""",
            [*solid, codes[0].decode()],
        )
        assert flat == [*codes.astype(str).tolist(), codes[0].decode()]
        inner = slice(0, 600)
        bounds = np.array([one[1][level - 1] for one in found])[inner]
        assert np.allclose(bounds, np.stack(code_bounds(codes[inner]), axis=1), rtol=0, atol=1e-12)


def test_a_press_shows_the_codes_of_the_place_and_copies_one(reader, server):
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.open(server)
    reader.settle()
    page = reader.page
    page.click(TOOL)
    assert page.get_attribute(TOOL, "aria-pressed") == "true"
    page.mouse.click(*page.evaluate(CENTRE))
    page.wait_for_selector("#code-panel .codes")
    codes = listed(page)
    lon, lat = map(float, page.locator("#code-panel p.code").inner_text().split(","))
    assert codes[:7] == [encode_code(lon, lat, level) for level in range(1, 8)]
    assert [len(code) for code in codes] == [4, 6, 7, 9, 11, 12, 14, 16, 18, 20]
    page.locator(".codes button.is-quiet").nth(4).click()
    page.wait_for_selector("#notices .notice")
    assert page.evaluate("navigator.clipboard.readText()") == codes[4]
    # What lies below must not open as well.
    assert page.locator(".maplibregl-popup").count() == 0
    reader.picture("page-code-zh")
    page.click("#code-panel header .icon-button")
    assert page.locator("#code-panel").count() == 0
    assert page.get_attribute(TOOL, "aria-pressed") == "false"


@pytest.mark.reader(language="en")
def test_a_pasted_code_is_flown_to_and_a_wrong_one_explained(reader, server):
    reader.open(server)
    reader.settle()
    reader.provokes = "404"
    page = reader.page
    page.click(TOOL)
    assert "level" in page.locator("#code-panel [data-part=level]").inner_text()
    page.fill("#code-panel input", "n50h0513248")
    page.keyboard.press("Enter")
    page.wait_for_selector("#code-panel .codes li.is-chosen")
    assert page.locator(".codes li.is-chosen .code").inner_text() == "N50H0513248"
    reader.settle()
    assert int(page.get_attribute("#code-panel", "data-level")) >= 5
    page.fill("#code-panel input", "N50H05X32")
    page.keyboard.press("Enter")
    page.wait_for_selector("#notices .notice.is-problem")
    assert "'X' at position 7" in page.locator("#notices").inner_text()
    page.fill("#code-panel input", "G001310322-230230")
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes li:first-child .code:text-is('N50J')")
    # A GeoSOT level is none of the ten.
    assert page.locator(".codes li.is-chosen").count() == 0


@pytest.mark.reader(width=390, height=844)
def test_on_a_phone_the_codes_fit_beside_the_map(reader, server):
    reader.open(server)
    page = reader.page
    page.click(TOOL)
    box = page.locator("#code-panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
