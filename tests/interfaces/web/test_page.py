"""The real page over the real platform in Debian's Chromium."""

import csv
import json
from urllib.request import Request, urlopen

import pytest
from tests.interfaces.web.pictures import keep

pytestmark = pytest.mark.browser

RUN = "button[type=submit]"
ANSWER = "#decision .answer"
CARE = """名称,类型,经度,纬度,床位,开放日期
江汉路养老服务中心,养老,114.2931,30.5836,120,2021-03-01
积玉桥日间照料站,养老,114.3215,30.5672,30,2020/07/15
光谷幸福食堂,食堂,114.4051,30.5063,,2023-05-20
坏行,食堂,不详,30.55,10,2022-11-11
后湖幸福食堂,食堂,114.2953,30.6555,60,2023-01-09
"""


def drop(page, name, content: bytes):
    """Drop a file on the page, as from the desktop."""
    data = page.evaluate_handle(
        """([name, bytes]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name));
            return data;
        }""",
        [name, list(content)],
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": data})
    page.wait_for_selector("#drop-veil:not([hidden])")
    page.dispatch_event("body", "drop", {"dataTransfer": data})


def field(page, key):
    return page.locator(f".ask [data-field={key}] input").first


def ask(reader, server, model="clinic-reach", **values):
    """Open the question, fill in values, and press the button."""
    reader.open(server, f"#ask={model}", ready=".ask")
    page = reader.page
    if values:
        page.evaluate(
            "() => document.querySelectorAll('.ask details').forEach((one) => { one.open = true; })"
        )
    for key, value in values.items():
        if isinstance(value, bool):
            field(page, key).set_checked(value)
        else:
            field(page, key).fill(str(value))
    page.click(RUN)


def test_the_first_sight_is_a_question_and_the_city(reader, server):
    reader.open(server)
    reader.settle()
    page = reader.page
    assert page.title().startswith("城模")
    assert page.locator("#panel-questions .card").count() >= 1
    assert "OpenStreetMap" in page.locator("#map-credit").inner_text()
    reader.picture("page-first-zh")


def test_what_has_not_come_yet_stands_in_outline(reader, server):
    held, is_open = [], False

    def hold(route):
        if is_open:
            route.continue_()
        else:
            held.append(route)

    reader.page.route("**/models", hold)
    reader.page.route("**/datasets", hold)
    reader.page.goto(f"{server}/app/")
    reader.page.wait_for_selector("#panel-questions .waiting[aria-busy=true]")
    keep(reader.page, "page-loading-zh")
    is_open = True
    for one in held:
        one.continue_()
    reader.page.wait_for_selector("#panel-questions .card")
    assert reader.page.locator("#panel-questions .waiting").count() == 0
    reader.page.wait_for_selector("html[data-ready]", state="attached")


@pytest.mark.reader(language="en")
def test_every_word_follows_the_language(reader, server):
    reader.open(server)
    page = reader.page
    assert page.locator("#tab-questions").inner_text() == "Questions"
    reader.picture("page-first-en")
    page.click("#tab-data")
    page.wait_for_selector("#panel-data .card")
    page.click("button[lang=zh-CN]")
    assert page.locator("#tab-data").inner_text() == "数据"
    assert page.get_attribute("html", "lang") == "zh-CN"
    assert page.locator("#panel-data .card").first.inner_text().strip()
    page.reload()
    page.wait_for_selector("#panel-data .card")
    assert page.locator("#tab-data").inner_text() == "数据"


def test_a_wrong_value_is_told_beside_its_field(reader, server):
    ask(reader, server, sites=900)
    page = reader.page
    assert page.locator("[data-field=sites] .complaint").inner_text() == "不能大于 500"
    reader.picture("page-wrong-value-zh")
    assert page.locator("[data-field=sites] input").get_attribute("aria-invalid") == "true"
    field(page, "sites").fill("1.5")
    page.click(RUN)
    assert page.locator("[data-field=sites] .complaint").inner_text() == "须为整数"
    assert page.locator("#decision").is_hidden()


def test_a_question_is_answered_shown_proven_and_taken_away(reader, server):
    ask(reader, server, sites=30, pause_s=0.02)
    page = reader.page
    page.wait_for_selector(ANSWER)
    assert "30" in page.locator(ANSWER).inner_text()
    assert page.locator("#decision .quality").first.inner_text().startswith("已证明距最优不超过")
    assert page.locator("#decision .chart > svg").count() == 2
    assert "新开诊所" in page.locator("#legend").inner_text()
    assert "sha256:" in page.locator("#decision .proof").inner_text()
    with page.expect_download() as taken:
        page.click("#decision .table-block button")
    rows = list(csv.reader(taken.value.path().read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["行政区", "服务对象 (person)", "覆盖率"]
    assert len(rows) == 14
    page.click("#decision .export-menu summary")
    with page.expect_download() as taken:
        page.click("#decision .menu-row:has-text('新开诊所')")
    sheet = list(csv.reader(taken.value.path().read_text("utf-8-sig").splitlines()))
    assert sheet[0][-2:] == ["经度 (°)", "纬度 (°)"]
    assert len(sheet) == 31
    page.click("#decision .export-menu summary")
    with page.expect_download() as taken:
        page.click("#decision .export-menu a:has-text('新开诊所')")
    layer = json.loads(taken.value.path().read_text("utf-8"))
    assert len(layer["features"]) == 30
    page.click("#decision .proof .button")
    page.wait_for_selector("#decision .verdict-place .quality.is-good")
    assert page.locator("#decision .verdict-place").inner_text().startswith("重算得到同一指纹")
    reader.picture("page-proof-zh")


@pytest.mark.reader(width=1366, height=768)
def test_a_newcomer_has_an_answer_in_a_spreadsheet_after_four_presses(reader, server):
    reader.open(server, ready="#panel-questions .card")
    page = reader.page
    page.click("#panel-questions .card:has-text('食堂')")
    page.click(RUN)
    page.wait_for_selector(ANSWER)
    # The way to take it away is in sight, before anything is scrolled.
    exported = page.locator("#decision .export-menu summary")
    assert exported.inner_text() == "导出"
    assert exported.bounding_box()["y"] < 700
    exported.click()
    entries = page.locator("#decision .export-menu ul").bounding_box()
    sheet = page.locator("#decision").bounding_box()
    assert entries["x"] >= sheet["x"]
    assert entries["x"] + entries["width"] <= sheet["x"] + sheet["width"]
    reader.picture("page-export-zh")
    with page.expect_download() as taken:
        page.click("#decision .menu-row:has-text('Excel') >> nth=0")
    assert taken.value.suggested_filename == "canteen-siting-sites.csv"
    assert page.locator("#decision .export-menu ul").is_hidden()


def test_where_canteens_go_is_decided_on_the_page(reader, server):
    ask(reader, server, "canteen-siting")
    page = reader.page
    page.wait_for_selector(ANSWER)
    assert page.locator("#decision .quality").first.inner_text()
    assert page.locator("#decision .sources li").count() >= 2
    reader.picture("page-decision-zh")
    page.click("button[lang=en]")
    assert page.locator("#tab-questions").inner_text() == "Questions"
    reader.picture("page-decision-en")


def test_the_report_holds_the_map_the_answer_and_the_proof(reader, server):
    ask(reader, server, sites=5)
    page = reader.page
    page.wait_for_selector(ANSWER)
    reader.settle()
    page.evaluate("() => { window.print = () => { document.title = 'printed'; }; }")
    page.click("#decision .actions .button >> nth=1")
    page.wait_for_selector("#report canvas", state="attached")
    page.emulate_media(media="print")
    report = page.locator("#report")
    assert report.is_visible()
    assert page.locator("#sheet").is_hidden()
    said = report.inner_text()
    assert "sha256:" in said
    assert "每多开一处" in said
    assert "使用前须知" in said
    # As wide as a sheet of A4.
    page.set_viewport_size({"width": 794, "height": 1123})
    reader.picture("page-report-zh")
    # A blank picture would have one colour only.
    colours = page.evaluate(
        """() => {
            const canvas = document.querySelector("#report canvas");
            const context = canvas.getContext("2d");
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert colours > 20


def test_a_run_can_be_watched_and_stopped(reader, server):
    ask(reader, server, sites=400, share_0to1=100, pause_s=0.5)
    page = reader.page
    page.wait_for_selector(".progress strong:has-text('choose sites')")
    page.wait_for_selector(".progress progress[value]")
    reader.picture("page-running-zh")
    page.click(".progress button")
    page.wait_for_selector("text=运行已停止")
    reader.picture("page-stopped-zh")
    page.click("#tab-runs")
    page.wait_for_selector(".state.is-dismissed")
    reader.picture("page-runs-zh")


def test_a_run_that_fails_says_why_and_the_way_out(reader, server):
    ask(reader, server, fails=True)
    page = reader.page
    page.wait_for_selector(".run-place .box.is-problem")
    assert page.locator(".run-place .box .hint").inner_text().startswith("这是场景自身的错误")
    assert page.locator(".run-place strong").inner_text() == "运行失败"
    reader.picture("page-failed-zh")
    # The same from the list of runs, in either language.
    page.click("#tab-runs")
    page.click("#panel-runs .card:has(.is-failed) >> nth=0")
    page.wait_for_selector("#decision .box:has-text('模型因意外错误（ArithmeticError）停止')")
    page.click("button[lang=en]")
    page.wait_for_selector("#decision .box:has-text('unexpected ArithmeticError')")


@pytest.mark.reader(language="en")
def test_what_cannot_be_done_is_an_answer_too(reader, server):
    ask(reader, server, radius_m=5)
    page = reader.page
    page.wait_for_selector(ANSWER)
    assert page.locator("#decision .badge.is-seal").inner_text() == "infeasible"
    assert page.locator("#decision .quality").first.inner_text() == "Computed exactly"
    reader.picture("page-infeasible-en")


def test_an_open_run_stands_in_the_address(reader, server):
    ask(reader, server, sites=3)
    page = reader.page
    page.wait_for_selector(ANSWER)
    answer = page.locator(ANSWER).inner_text()
    page.reload()
    page.wait_for_selector(ANSWER)
    assert page.locator(ANSWER).inner_text() == answer
    page.go_back()
    page.wait_for_selector("#decision", state="hidden")


def test_a_large_dataset_is_drawn_from_tiles_and_asked_for_what_it_is(reader, server):
    x, y = range(160), range(100)
    rows = [f"{114.2 + i / 1000:.3f},{30.5 + j / 1000:.3f},{i * j}" for i in x for j in y]
    bring(server, "many-people", "\n".join(["lon,lat,people", *rows]).encode())
    reader.open(server, "#data=many-people", ready=".dataset-page")
    page = reader.page
    asked = []
    page.on("response", lambda one: asked.append(one) if "/tiles/" in one.url else None)
    page.check("[data-shown=many-people]")
    page.wait_for_selector("#legend:has-text('16,000')")
    assert "放大可见全部" in page.locator("#legend .legend-note").inner_text()
    reader.settle()
    assert {one.status for one in asked} <= {200, 204}, [one.url for one in asked]
    assert 200 in {one.status for one in asked}
    reader.picture("page-tiles-zh")
    page.mouse.click(*middle_of_map(page))
    page.wait_for_selector(".maplibregl-popup:has-text('people')")


def middle_of_map(page):
    box = page.evaluate("""() => {
        const frame = document.getElementById('map-frame').getBoundingClientRect();
        const sheet = document.getElementById('sheet').getBoundingClientRect();
        return [sheet.right, frame.top, frame.right, frame.bottom];
    }""")
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def test_a_dropped_file_becomes_a_dataset_on_the_map(reader, server):
    reader.open(server, "#tab=data", ready="#panel-data .card")
    page = reader.page
    drop(page, "养老设施.csv", CARE.encode("gb18030"))
    page.wait_for_selector("form.import")
    assert "gb18030" in page.locator("form.import").inner_text()
    # Why a row cannot be read is told in the reader's language.
    assert "“不详”不是数字" in page.locator("form.import .is-care").last.inner_text()
    reader.picture("page-import-zh")
    page.click("form.import details.more summary")
    page.locator("form.import select", has=page.locator("option[value='BD-09']")).select_option(
        "GCJ-02"
    )
    page.wait_for_selector("form.import dd strong:has-text('GCJ-02')")
    page.fill("form.import [name=title_zh]", "养老设施（<b>测试</b>）")
    page.fill("form.import [name=title_en]", "Care places")
    page.fill("form.import [name=id]", "care-places")
    page.check("form.import [name=synthetic]")
    page.click("form.import button[type=submit]")
    page.wait_for_selector(".dataset-page h2:has-text('养老设施')")
    # What people write is text, never markup.
    assert page.locator(".dataset-page h2").inner_text() == "养老设施（<b>测试</b>）"
    page.wait_for_selector("#legend .badge.is-care:has-text('合成数据')")
    assert page.locator("[data-shown=care-places]").is_checked()
    page.click(".dataset-page details:has-text('来源与处理') >> summary")
    assert "GCJ-02" in page.locator(".dataset-page").inner_text()
    page.click(".dataset-page .box.is-care button")
    page.wait_for_selector(".dataset-page .box.is-care td:has-text('不详')")


def test_an_old_version_is_restored_and_a_dataset_taken_away(reader, server):
    for content in (
        b"name,lon,lat,beds\na,114.3,30.6,5\nb,114.4,30.5,9\n",
        b"name,lon,lat,beds\nc,114.2,30.6,1\n",
    ):
        bring(server, "homes", content)
    reader.open(server, "#data=homes", ready=".dataset-page")
    page = reader.page
    page.click(".dataset-page details >> nth=2 >> summary")
    page.click(".versions button")
    page.wait_for_selector(".dataset-page > .hint:has-text('版本 3')")
    assert "2 行" in page.locator(".dataset-page > .hint").inner_text()
    with page.expect_download() as taken:
        page.click(".exports a:has-text('GeoJSON')")
    assert taken.value.suggested_filename == "homes-v3.geojson"
    assert len(json.loads(taken.value.path().read_text("utf-8"))["features"]) == 2


def test_a_form_stays_in_hand_while_datasets_arrive(reader, server):
    reader.open(server, "#ask=canteen-siting", ready=".ask button[type=submit]:not([disabled])")
    page = reader.page
    # Their press and release must meet the same button.
    button = page.query_selector(".ask button[type=submit]")
    bring(server, "latecomers", b"name,lon,lat\na,114.3,30.6\n")
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#panel-data :text('latecomers')", state="attached")
    assert button.evaluate("one => one.isConnected")
    page.wait_for_selector(".ask option[value=latecomers]", state="attached")


def test_who_asks_before_the_data_are_there_is_answered_when_they_come(reader, server):
    page, come = reader.page, []

    def without(route):
        answer = route.fetch()
        told = answer.json()
        if not come:
            told["city"]["missing"] = ["candidate-sites"]
            told["datasets"] = [one for one in told["datasets"] if one["id"] != "candidate-sites"]
        route.fulfill(response=answer, json=told)

    page.route("**/datasets", without)
    reader.open(server, "#ask=canteen-siting", ready=".ask button[type=submit]:not([disabled])")
    page.click(RUN)
    page.wait_for_selector(".run-place :text('数据正在装入：candidate-sites')")
    come.append(True)
    page.wait_for_selector(ANSWER)
    # The page looks again all the time: a look on its way is not cut off.
    page.unroute_all(behavior="wait")


def test_a_dataset_is_found_coloured_and_put_away(reader, server):
    reader.open(server, "#tab=data", ready="#panel-data .card")
    page = reader.page
    page.fill("input[type=search]", "普查 residents_60plus")
    assert page.locator("#panel-data .card").count() == 1
    page.click("#panel-data .card")
    page.check("[data-shown=population]")
    page.wait_for_selector("#legend .legend-rows li >> nth=4")
    assert page.locator("#legend .legend-column").inner_text() == "常住人口 (人)"
    reader.picture("page-data-zh")
    page.select_option("[data-colour=population]", "district")
    page.wait_for_selector("#legend .legend-rows li:has-text('其他')")
    page.uncheck("[data-shown=population]")
    page.wait_for_selector("#legend", state="hidden")


def test_the_page_can_be_used_without_a_mouse(reader, server):
    reader.open(server)
    page = reader.page
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("id") == "skip"
    page.focus("#tab-questions")
    page.keyboard.press("ArrowRight")
    assert page.locator(":focus").get_attribute("id") == "tab-data"
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("type") == "search"
    page.focus("#tab-questions")
    page.keyboard.press("Enter")
    page.locator("#panel-questions .card").last.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".ask")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a, textarea")]
            .filter((one) => one.checkVisibility())
            .filter((one) => !one.textContent.trim() && !one.ariaLabel && !one.title)
            .filter((one) => !one.labels?.length)
            .map((one) => one.outerHTML)"""
    )
    assert nameless == []
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.reader(dark=True)
def test_the_page_has_a_dark_side(reader, server):
    ask(reader, server, "canteen-siting")
    page = reader.page
    page.wait_for_selector(ANSWER)
    assert page.get_attribute("html", "data-ready") == "dark"
    reader.picture("page-decision-dark")
    shown = page.locator("#legend .legend-block").count()
    page.emulate_media(color_scheme="light")
    page.wait_for_timeout(200)
    reader.settle()
    assert page.locator("#legend .legend-block").count() == shown > 0


@pytest.mark.reader(width=390, height=844)
def test_the_page_fits_a_phone(reader, server):
    ask(reader, server, "canteen-siting")
    page = reader.page
    page.wait_for_selector(ANSWER)
    reader.picture("page-phone-zh")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    wide = page.evaluate(
        """() => [...document.querySelectorAll("#decision .sheet-body > *")]
            .filter((one) => one.getBoundingClientRect().right > 391).map((one) => one.className)"""
    )
    assert wide == []


def test_a_city_without_data_says_what_to_do(reader, empty_server):
    reader.open(empty_server)
    page = reader.page
    page.click("#tab-data")
    assert "拖到页面" in page.locator("#panel-data .box.is-empty").inner_text()
    reader.picture("page-empty-zh")
    page.click("#tab-runs")
    assert page.locator("#panel-runs .box.is-empty button").inner_text() == "去提问"
    reader.picture("page-no-runs-zh")


def test_a_file_nobody_can_read_is_told_with_the_way_out(reader, empty_server):
    reader.provokes = "422"
    reader.open(empty_server, "#tab=data")
    drop(reader.page, "picture.png", bytes(range(256)) * 20)
    reader.page.wait_for_selector("#import-dialog .box.is-problem .hint")
    reader.picture("page-unreadable-file-zh")
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector("#import-dialog", state="hidden")


def test_a_platform_that_does_not_answer_is_told_not_hidden(reader, empty_server):
    reader.provokes = "net::ERR_FAILED"
    reader.page.route("**/jobs?*", lambda route: route.abort())
    reader.open(empty_server, "#tab=runs")
    box = reader.page.wait_for_selector("#panel-runs .box.is-problem")
    assert "平台没有应答" in box.inner_text()
    reader.picture("page-error-zh")
    reader.page.unroute("**/jobs?*")
    reader.page.click("#panel-runs .box.is-problem button")
    reader.page.wait_for_selector("#panel-runs .box.is-empty")


def bring(server, dataset_id, content: bytes, filename="a.csv"):
    """Import a file as a program would."""
    head = f'Content-Disposition: form-data; name="file"; filename="{filename}"'.encode()
    form = b"--boundary\r\n" + head + b"\r\n\r\n" + content + b"\r\n--boundary--\r\n"
    kind = "multipart/form-data; boundary=boundary"
    upload = post(f"{server}/imports", form, kind)
    metadata = {"id": dataset_id, "title": {"zh": dataset_id, "en": dataset_id}}
    body = json.dumps({"metadata": metadata}).encode()
    post(f"{server}/imports/{upload['id']}/commit", body, "application/json")


def post(url, body, kind):
    headers = {"Content-Type": kind, "X-Chengmo-Request": "1"}
    with urlopen(Request(url, body, headers, method="POST")) as answer:
        return json.load(answer)
