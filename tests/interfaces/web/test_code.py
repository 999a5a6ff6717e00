"""Grid codes on the real page: press a place, see the grid, paste a code and fly there."""

import numpy as np
import pytest
import shapely

from chengmo.grid import (
    code_bounds,
    cover_polygon,
    encode_code,
    encode_codes,
    encode_key,
    encode_keys,
    encode_solid_codes,
    height_bounds,
    height_keys,
    height_range,
    layer_interval,
    solid_code_bounds,
    solid_code_of_key,
)

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
def test_on_a_phone_the_codes_leave_the_map_in_sight(reader, server):
    reader.open(server)
    reader.settle()
    page = reader.page
    page.click(TOOL)
    page.mouse.click(150, 180)
    page.wait_for_selector("#code-panel .codes")
    page.click(".code-solid summary")
    fill_heights(page, "0", "60", 7)
    page.click(".code-solid form button[type=submit]")
    page.wait_for_selector(".solid-codes li")
    panel = page.locator("#code-panel").bounding_box()
    frame = page.locator("#map-frame").bounding_box()
    assert panel["x"] == 0
    assert panel["width"] == 390
    # It lies over the sheet; the map above it has its own buttons and all its place.
    assert panel["y"] >= frame["y"] + frame["height"] - 12
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    reader.picture("page-solid-phone-zh")
    page.click("#code-panel [aria-label='关闭']")
    page.wait_for_selector("#code-panel", state="detached")
    assert page.locator("#sheet").is_visible()


SOLIDS = """async (asked) => {
    const { solidCode, layersBetween } = await import("/app/modules/solid.js");
    const { codesOf } = await import("/app/modules/cells.js");
    return asked.map(([lon, lat, from, to, level]) => [layersBetween(from, to, level),
        solidCode(codesOf(lon, lat)[level - 1], layersBetween(from, from, level)[0], level)]);
}"""


def test_the_page_computes_the_solid_codes_that_the_platform_does(reader, empty_server):
    reader.open(empty_server)
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(-180, 180, 60), rng.uniform(-87, 87, 60)
    low = np.r_[rng.uniform(-400, 9000, 40), rng.uniform(-6e6, 5e8, 16), 0.0, -0.0, -0.01, 0.01]
    for level in range(1, 11):
        # Floors of layers too: they belong to the layer above.
        floors = height_bounds(height_keys(low, level=level), level=level)[0]
        for bottom in (low, floors):
            top = bottom + rng.choice([0.0, 0.004, 3 * 0.015 * 8.0 ** max(0, 10 - level)], 60)
            asked = np.stack([lon, lat, bottom, top, np.full(60, level)], axis=1)
            found = reader.page.evaluate(SOLIDS, asked.tolist())
            codes = encode_solid_codes(lon, lat, bottom, level=level).astype(str).tolist()
            assert [one[1] for one in found] == codes
            first, last = layer_interval(bottom, top, level=level)
            assert [one[0][0] for one in found] == first.tolist()
            lowest = height_range(last, level)[0]
            assert [one[0][-1] for one in found] == lowest.tolist()
        read = reader.page.evaluate(
            """async (codes) => {
                const { readSolid } = await import("/app/modules/solid.js");
                return codes.map(readSolid);
            }""",
            codes,
        )
        keys = height_range(height_keys(floors), level)[0].tolist()
        assert read == [{"level": level, "layer": key} for key in keys]
    ring = [[114.3, 30.5], [114.31, 30.5], [114.305, 30.508], [114.302, 30.503]]
    middles = reader.page.evaluate(
        """async (ring) => {
            const { middlesIn } = await import("/app/modules/solid.js");
            return [middlesIn(ring, 6, 2000), middlesIn(ring, 10, 2000)];
        }""",
        ring,
    )
    lon, lat = np.array(middles[0]).T
    expected = cover_polygon(shapely.Polygon(ring), level=20, mode="centre")
    assert np.sort(encode_keys(lon, lat, level=20)).tolist() == np.sort(expected).tolist()
    assert middles[1] is None


def drawn(page) -> list[dict]:
    """Return what the map holds of 3-D cells, as it draws them."""
    return page.evaluate(
        """async () => {
            const { drawnSolids } = await import("/app/modules/map.js");
            return drawnSolids();
        }"""
    )


def fill_heights(page, low: str, high: str, level: int) -> None:
    page.fill(".code-solid input[name=from]", low)
    page.fill(".code-solid input[name=to]", high)
    page.select_option(".code-solid select[name=level]", str(level))


@pytest.mark.parametrize(
    "language",
    [
        pytest.param("zh", marks=pytest.mark.reader(language="zh")),
        pytest.param("en", marks=pytest.mark.reader(language="en")),
    ],
)
def test_a_column_of_solid_cells_stands_on_the_map_with_its_codes(reader, server, language):
    reader.open(server)
    reader.settle()
    page = reader.page
    page.click(TOOL)
    page.mouse.click(*page.evaluate(CENTRE))
    page.wait_for_selector("#code-panel .codes")
    lon, lat = map(float, page.locator("#code-panel p.code").inner_text().split(","))
    page.click(".code-solid summary")
    fill_heights(page, "-10", "60", 7)
    page.click(".code-solid form button[type=submit]")
    page.wait_for_selector(".solid-codes li")
    reader.settle()
    shown = page.locator(".solid-codes .code").all_inner_texts()
    first, last = layer_interval(-10, 60, level=7)
    layers = np.arange(first, last + 1, 512)
    expected = solid_code_of_key(encode_key(lon, lat), layers[::-1], level=7)
    assert shown == expected.astype(str).tolist()
    standing = drawn(page)
    assert {one["code"] for one in standing} <= set(shown)
    assert len({one["code"] for one in standing}) >= 3
    floor = float(height_bounds(first, level=7)[0])
    for one in standing:
        bounds = solid_code_bounds(one["code"])
        assert one["bottom"] == pytest.approx(float(bounds[4]) - floor, abs=1e-6)
        assert one["top"] == pytest.approx(float(bounds[5]) - floor, abs=1e-6)
    page.locator(".solid-codes .code-show").nth(2).click()
    assert page.locator(".solid-codes li.is-chosen .code").inner_text() == shown[2]
    reader.picture({"zh": "page-solid-zh", "en": "page-solid-en"}[language])
    page.click(".code-solid form button.is-quiet")
    reader.settle()
    assert drawn(page) == []


def test_a_pasted_solid_code_stands_on_the_map(reader, server):
    reader.open(server)
    reader.settle()
    page = reader.page
    page.click(TOOL)
    page.fill("#code-panel input.code", "n050h000501032048030776")
    page.keyboard.press("Enter")
    page.wait_for_selector(".solid-codes li.is-chosen")
    reader.settle()
    assert {one["code"] for one in drawn(page)} == {"N050H000501032048030776"}
    assert "46.0" in page.locator(".solid-codes li").inner_text()
    # Level 3 of a height has two digits, 0 and 1.
    page.fill("#code-panel input.code", "N050H000501232048030776")
    page.keyboard.press("Enter")
    page.wait_for_selector("#notices .notice")
    assert "第 12 位的“2”" in page.locator("#notices").inner_text()
    page.wait_for_selector(".solid-codes", state="detached")


def test_an_area_that_is_drawn_fills_with_solid_cells(reader, server):
    reader.open(server)
    reader.settle()
    page = reader.page
    page.click(TOOL)
    page.fill("#code-panel input.code", "N50H05132")
    page.keyboard.press("Enter")
    page.wait_for_selector("#code-panel li.is-chosen")
    reader.settle()
    page.click(".code-solid summary")
    fill_heights(page, "20", "260", 5)
    page.check(".code-solid input[name=outlined]")
    left, top = page.evaluate(CENTRE)
    for x, y in ((-260, -330), (60, -380), (20, -40), (-280, -60)):
        page.mouse.click(left + x, top + y)
    page.click(".code-solid form button[type=submit]")
    page.wait_for_selector(".solid-codes li")
    reader.settle()
    standing = drawn(page)
    codes = sorted({one["code"] for one in standing})
    assert len(codes) >= 20
    heights = np.array([solid_code_bounds(code)[4:] for code in codes])
    assert heights[:, 0].max() < 260
    assert heights[:, 1].min() > 20
    reader.picture("page-solid-area-zh")
