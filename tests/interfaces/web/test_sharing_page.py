"""The sharing page in Debian's Chromium: people ask for data, answer, state rules, audit."""

import json

import pyarrow as pa
import pytest
from tests.interfaces.web.pictures import keep

pytestmark = pytest.mark.browser

PASSWORD = "three bridges over han"
PEOPLE = {
    "root": {"roles": ["administrator"]},
    "wang": {"roles": ["steward"], "organisation": "census", "name": "王工"},
    "li": {"roles": ["analyst"], "organisation": "health", "name": "李工"},
    "zhao": {"roles": ["auditor"], "name": "赵工"},
}
ORGANISATIONS = (
    {"id": "census", "name_zh": "统计局", "name_en": "Statistics Bureau", "kind": "department"},
    {
        "id": "health",
        "name_zh": "卫健委",
        "name_en": "Health Commission",
        "kind": "department",
        "district": "武昌区",
    },
)
ROWS = 60


def residents() -> str:
    """Return a table of residents, half of them in each of two districts."""
    districts = ("武昌区", "江岸区")
    lines = [
        f"住户{i},{districts[i % 2]},{20 + i},2024-0{i % 9 + 1}-15,{114.3 + i / 2000},30.5"
        for i in range(ROWS)
    ]
    return "\n".join(["姓名,区,年龄,登记日期,经度,纬度", *lines])


class City:
    """A platform with people on it, and whoever of them sits in front of the page."""

    def __init__(self, reader, address):
        self.reader, self.page, self.address = reader, reader.page, address
        self.page.set_default_timeout(30_000)
        self.requests = self.page.context.request
        self.own = {"X-Chengmo-Request": "1", "Origin": address}

    def send(self, path, body=None, method="POST"):
        """Send as the page does, and return the answer."""
        answer = self.requests.fetch(
            f"{self.address}/{path}",
            method=method,
            data=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json", **self.own},
        )
        assert answer.ok, answer.text()
        return answer.json() if answer.status != 204 else None

    def settle_people(self):
        """Make the accounts, and bring the residents into the care of the census."""
        root = {"id": "root", "name": "root", "password": PASSWORD, **PEOPLE["root"]}
        self.send("accounts", root)
        self.sign_in("root")
        for one in ORGANISATIONS:
            self.send("organisations", one)
        for name, facts in PEOPLE.items():
            if name != "root":
                self.send("accounts", {"id": name, "password": PASSWORD, **facts})
        self.bring_residents(residents())

    def bring_residents(self, text, **more):
        """Make a table the next version of the residents."""
        file = {"name": "residents.csv", "mimeType": "text/csv", "buffer": text.encode()}
        sent = self.requests.post(
            f"{self.address}/imports", multipart={"file": file}, headers=self.own
        )
        stated = {
            "id": "residents",
            "title": {"zh": "常住人口", "en": "Residents"},
            "steward": "census",
            "sharing": "conditional",
            "grade": 3,
            "sensitive": {"姓名": {"kind": "person-name", "treatment": "drop"}},
            **more,
        }
        self.send(f"imports/{sent.json()['id']}/commit", {"metadata": stated})

    def sign_in(self, user):
        """Let somebody else sit down."""
        self.send("session", {"user": user, "password": PASSWORD})

    def open(self, user, tab):
        """Show a part of the sharing page to a person."""
        self.sign_in(user)
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}/app/sharing.html#{tab}")
        self.page.wait_for_selector("main[data-view]:not([aria-busy])")

    def items(self, purpose):
        """Return what may be read of the residents for a purpose: status and rows."""
        answer = self.requests.get(
            f"{self.address}/collections/residents/items?limit=1000",
            headers={"Chengmo-Purpose": purpose, "Accept": "application/geo+json"},
        )
        return answer.status, answer.json().get("features", [])

    def count_places(self, purpose):
        """Let a model count the residents' places, and return the run once it has."""
        asked = self.requests.post(
            f"{self.address}/processes/place-count/execution",
            data=json.dumps({"inputs": {"dataset": "residents"}}),
            headers={
                "Content-Type": "application/json",
                "Chengmo-Purpose": purpose,
                "Prefer": "respond-async",
                **self.own,
            },
        )
        assert asked.status == 201, asked.text()
        job = asked.json()["jobID"]
        while self.requests.get(f"{self.address}/jobs/{job}").json()["status"] != "successful":
            self.page.wait_for_timeout(100)
        return job

    def fits(self):
        """Check that nothing is wider than the window."""
        over = "document.documentElement.scrollWidth - window.innerWidth"
        assert self.page.evaluate(over) <= 0


@pytest.fixture
def city(reader, own_platform):
    """A platform with people on it."""
    made = City(reader, own_platform)
    made.settle_people()
    yield made
    # The page must not ask a platform that is gone.
    made.page.goto("about:blank")


@pytest.mark.reader(width=1280, height=720)
def test_who_opens_what_is_denied_reads_why_and_how_to_ask(city):
    city.reader.provokes = "403"
    city.sign_in("li")
    page = city.page
    page.goto(f"{city.address}/collections/residents/items")
    assert page.locator("h1").inner_text() == "共享规则不允许"
    assert "不可使用" in page.locator(".lead").inner_text()
    city.reader.picture("page-denied-zh")
    city.fits()
    page.set_viewport_size({"width": 390, "height": 844})
    city.fits()
    page.click("text=English")
    assert page.locator("h1").inner_text() == "The sharing rules forbid it"
    page.click("text=Ask for these data")
    page.wait_for_selector("main[data-view]:not([aria-busy]) [data-dataset=residents]")


@pytest.mark.reader(width=1280, height=900, language="en")
def test_what_is_asked_for_is_approved_treated_and_used(city):
    page = city.page
    city.open("li", "catalogue")
    entry = page.locator("[data-dataset=residents]")
    assert "not without a request" in entry.inner_text()
    assert entry.locator("text=Open on the map").count() == 0
    assert page.locator("[role=tab]").all_inner_texts() == ["Catalogue", "Requests", "SQL"]
    city.reader.picture("sharing-catalogue-en")
    entry.locator("text=Request use").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=purpose]").fill("planning")
    dialog.locator("[name=reason]").fill("Where do clinics go?")
    city.reader.picture("sharing-request-en")
    dialog.locator("text=Send the request").click()
    page.click("text=Follow it")
    page.wait_for_selector("[data-request] >> text=waiting")
    assert city.items("planning")[0] == 403

    # The steward sees what the treatment will do before it holds.
    city.open("wang", "requests")
    page.click("[data-request] >> text=Approve")
    dialog.locator("text=Treat them as suggested").click()
    dialog.locator("[data-column='年龄']").select_option("generalise")
    dialog.locator("[name=district]").select_option("区")
    dialog.locator("[name=space]").select_option("coarsen")
    dialog.locator("[name=level]").select_option("14")
    words = dialog.locator(".words")
    words.locator("text=Places are centres of cells of level 14, each of 5 rows or more").wait_for()
    assert "Some columns were left out" in words.inner_text()
    dialog.locator("[name=comment]").fill("For clinics only")
    city.reader.picture("sharing-approval-en")
    dialog.locator("button[type=submit]").click()
    page.wait_for_selector("h2:has-text('Answered')")

    city.open("li", "requests")
    page.wait_for_selector("[data-request] >> text=For clinics only")
    # For what it was not granted, it is not there; for what it was, treated.
    assert city.items("research")[0] == 403
    status, rows = city.items("planning")
    assert (status, len(rows)) == (200, ROWS // 2)
    assert all("姓名" not in row["properties"] for row in rows)
    assert {row["properties"]["年龄"] % 10 for row in rows} == {0}
    page.locator(".purpose select").select_option("planning")
    page.click("[data-request] >> text=See it")
    page.wait_for_selector("[data-dataset=residents] .treated li")
    page.click("text=Open on the map")
    page.wait_for_selector("#panel-data .box.treated")
    assert "Only some rows" in page.inner_text("#panel-data .box.treated")
    with page.expect_download() as taken:
        page.click("#panel-data .exports a:has-text('CSV')")
    assert len(taken.value.path().read_text("utf-8-sig").splitlines()) == ROWS // 2 + 1

    # A decision that rests on it says so, too.
    run = city.count_places("planning")
    page.goto(f"{city.address}/app/#run={run}")
    page.wait_for_selector("#decision .sources .badge:has-text('treated')")
    page.locator("#decision .sources").scroll_into_view_if_needed()
    city.reader.picture("page-treated-en")
    assert "Only some rows" in page.inner_text("#decision .sources")
    assert f"{ROWS // 2} places" in page.inner_text("#decision .answer")


@pytest.mark.reader(width=1280, height=900, language="en")
def test_a_rule_stated_on_the_page_holds_and_is_taken_back_and_stated_again(city):
    page = city.page
    city.open("wang", "rules")
    assert "No rules yet" in page.inner_text("main")
    page.click("text=Add a rule")
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=zh]").fill("卫健委规划")
    dialog.locator("[name=en]").fill("Health plans")
    dialog.locator("[value=health]").check()
    dialog.locator("[name=purposes]").fill("planning, research")
    dialog.locator("[data-column='姓名']").select_option("hash")
    dialog.locator("text=姓名: replaced by pseudonyms").wait_for()
    dialog.locator("button[type=submit]").click()
    rule = page.locator("[data-rule=rule-1]")
    rule.wait_for()
    city.reader.picture("sharing-rules-en")
    assert (
        "Permits everybody at Health Commission to use Residents for planning or research, "
        "treated (姓名: replaced by pseudonyms)." in rule.inner_text()
    )

    city.sign_in("li")
    status, rows = city.items("research")
    assert (status, len(rows)) == (200, ROWS)
    assert not any(row["properties"]["姓名"].startswith("住户") for row in rows)
    assert city.items("statistics")[0] == 403

    city.open("wang", "rules")
    page.click("text=Remove")
    page.wait_for_selector("text=Removed: Health plans")
    city.sign_in("li")
    assert city.items("research")[0] == 403
    city.sign_in("wang")
    page.click("text=Undo")
    page.wait_for_selector("[data-rule=rule-1]")
    # What is changed keeps what is not named.
    page.click("[data-rule=rule-1] >> text=Change")
    page.wait_for_selector("dialog .words li")
    dialog.locator("[name=effect]").select_option("deny")
    dialog.locator("button[type=submit]").click()
    page.wait_for_selector("[data-rule=rule-1] >> text=Denies everybody at Health Commission")
    city.sign_in("li")
    assert city.items("research")[0] == 403


@pytest.mark.reader(width=1280, height=900, language="en")
def test_counts_with_noise_are_stated_on_the_page_and_kept_when_the_rule_is_changed(city):
    page = city.page
    city.open("wang", "rules")
    page.click("text=Add a rule")
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=zh]").fill("加噪")
    dialog.locator("[name=en]").fill("With noise")
    dialog.locator("[name=space]").select_option("noisy-count")
    dialog.locator("[name=noise-by]").select_option("区")
    dialog.locator("[name=noise-values]").fill("武昌区, 江岸区, 汉阳区")
    dialog.locator("[name=noise-epsilon]").fill("1.5")
    dialog.locator("text=does not protect").wait_for()
    city.reader.picture("sharing-noise-en")
    dialog.locator("button[type=submit]").click()
    page.locator("[data-rule=rule-1]").wait_for()
    # Whoever changes only the name does not change what is done to the data.
    page.click("[data-rule=rule-1] >> button:has-text('Change')")
    dialog.locator(".words >> text=ε=1.5").wait_for()
    dialog.locator("[name=en]").fill("Still with noise")
    dialog.locator("button[type=submit]").click()
    page.wait_for_selector("[data-rule=rule-1]:has-text('Still with noise')")

    city.sign_in("li")
    status, rows = city.items("research")
    assert status == 200
    assert [row["properties"]["区"] for row in rows].count("汉阳区") == 1
    assert len(rows) == 3
    assert all(row["properties"].keys() == {"区", "count"} for row in rows)
    assert city.items("planning")[1] == rows


@pytest.mark.reader(width=1280, height=900, language="en")
def test_a_steward_finds_what_is_late_what_is_sensitive_and_takes_the_report(city):
    page = city.page

    def a_month_later(route):
        # The one thing that a test cannot wait for.
        answer = route.fetch()
        told = answer.json()
        for one in told["datasets"]:
            if one["inventory"]:
                one["inventory"].update(due_utc="2026-01-01T00:00:00Z", days_overdue=12)
        route.fulfill(response=answer, json=told)

    page.route("**/sharing/datasets", a_month_later)
    city.open("wang", "catalogue")
    page.click("text=See them")
    entry = page.locator("[data-dataset=residents]")
    assert "update overdue by 12 days" in entry.inner_text()
    page.unroute("**/sharing/datasets")
    # Found by what is registered, too.
    page.fill(".filters input", "姓名")
    assert entry.count() == 1
    entry.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert "姓名 names of persons · before sharing: drop" in entry.inner_text()
    city.reader.picture("sharing-inventory-en")
    with page.expect_popup() as opened:
        entry.locator("text=Compliance report").click()
    report = opened.value
    report.wait_for_selector("h1:has-text('Compliance report: Residents')")
    keep(report, "sharing-report-en")
    assert "The audit log and the ledger of runs verify" in report.inner_text("main")
    assert report.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") != "32px"
    report.close()

    city.open("li", "catalogue")
    assert page.locator("[data-dataset=residents] .inventory, .duty").count() == 0
    city.reader.provokes = "Failed to load resource"
    refused = city.requests.get(f"{city.address}/datasets/residents/compliance")
    assert refused.status == 403


@pytest.mark.reader(width=1280, height=900, language="en")
def test_the_audit_is_searched_followed_and_found_whole(city):
    page = city.page
    city.sign_in("li")
    assert city.items("planning")[0] == 403
    city.open("zhao", "audit")
    form = page.locator("main form")
    form.locator("[name=dataset]").fill("residents")
    form.locator("[name=verdict]").select_option("denied")
    form.locator("button").click()
    row = page.locator("tr:has-text('li'):has-text('residents@1')")
    row.first.wait_for()
    assert "planning" in row.first.inner_text()
    assert "sharing type" in row.first.inner_text()
    page.click("text=Check that it is whole")
    page.wait_for_selector(".wholeness .is-good:has-text('Whole')")
    city.reader.picture("sharing-audit-en")
    with page.expect_download() as taken:
        page.click("text=Export for an auditor")
    assert taken.value.path().read_bytes()[:2] == b"PK"
    assert page.locator("[role=tab]").count() == 3


@pytest.mark.reader(width=1280, height=900, language="en")
def test_a_steward_sees_the_trend_of_quality_and_the_rows_that_fail(city):
    page = city.page
    city.sign_in("wang")
    checks = [
        {"rule": "range", "columns": ["年龄"], "least": 0, "most": 77},
        {"rule": "unique", "columns": ["姓名"]},
    ]
    city.bring_residents(residents(), checks=checks)
    repeated = residents() + "\n" + residents().splitlines()[1]
    city.bring_residents(repeated, checks=checks)
    city.open("wang", "catalogue/residents")
    page.click("[data-dataset=residents] summary:has-text('Quality checks')")
    newest, trend = (page.locator(".quality table").nth(at) for at in (0, 1))
    newest.locator("tr:has-text('is within its range')").wait_for()
    assert "not met" in newest.locator("tr:has-text('stands once')").inner_text()
    rows = trend.locator("tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == ["3", "2"]
    assert "96.7" in rows[1]
    assert {"accuracy", "uniqueness"} <= {
        each.lower() for each in trend.locator("th").all_inner_texts()
    }
    page.click("button:has-text('See the rows (2)')")
    failing = newest.locator("tr:has-text('is within its range') table tbody tr")
    failing.first.wait_for()
    assert {row.split()[-1] for row in failing.all_inner_texts()} == {"78", "79"}
    city.reader.picture("sharing-quality-en")
    city.fits()


@pytest.mark.reader(width=1280, height=900, language="en")
def test_a_question_in_sql_is_asked_answered_and_taken_away(city):
    page = city.page
    treatment = {"columns": {"姓名": {"do": "drop"}}}
    rule = {"title": {"zh": "规则", "en": "A rule"}, "dataset": "residents"}
    city.sign_in("wang")
    stated = {**rule, "purposes": ["planning"], "treatment": treatment}
    city.send("sharing/policies/rule-1", stated, method="PUT")
    city.open("li", "sql")
    # For no purpose there is nothing; for the one of the rule there is what the rule leaves.
    page.wait_for_selector("text=Choose a purpose at the top first")
    assert page.locator("[data-table]").count() == 0
    page.locator(".purpose select").select_option("planning")
    page.wait_for_selector("main:not([aria-busy]) [data-table=residents]")
    page.locator("[data-table=residents] summary").focus()
    page.keyboard.press("Enter")
    columns = page.locator("[data-table=residents] .sql-columns button")
    assert columns.all_inner_texts() == ["区", "年龄", "登记日期", "经度", "纬度"]
    page.click("text=First 20 rows")
    box = page.locator("#sql-question")
    assert box.input_value() == 'SELECT * FROM "residents" LIMIT 20'
    box.press("Control+Enter")
    page.wait_for_selector(".sql-answer >> text=20 rows")
    assert "Some columns were left out" in page.inner_text(".sql-answer .treated")
    assert page.locator(".sql-rows tbody tr").count() == 20
    # Tab leaves the box: nobody is caught in it.
    page.wait_for_selector(".sql-acts .is-main:enabled")
    box.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Ask"

    box.fill('SELECT 区, count(*) AS n FROM "residents" GROUP BY 区 ORDER BY 区')
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".sql-rows >> text=武昌区")
    city.reader.picture("sharing-sql-en")
    with page.expect_download() as taken:
        page.click("text=As CSV")
    assert taken.value.path().read_text("utf-8").splitlines()[0] == '"区","n"'
    with page.expect_download() as taken:
        page.click("text=As Arrow")
    with pa.ipc.open_stream(taken.value.path()) as batches:
        assert batches.read_all().column("n").to_pylist() == [ROWS // 2] * 2

    city.reader.provokes = "Failed to load resource"
    box.fill("SELECT 姓名 FROM residents")
    page.click(".sql-acts .is-main")
    assert "姓名" in page.inner_text(".sql-answer [role=alert]")


@pytest.mark.reader(width=390, height=844, language="zh")
def test_the_sharing_page_fits_a_telephone_and_the_keyboard(city):
    page = city.page
    city.open("root", "catalogue")
    for name in ("目录", "申请", "规则", "SQL", "审计"):
        page.wait_for_selector(f"[role=tab][aria-selected=true]:has-text('{name}')")
        page.wait_for_selector("main:not([aria-busy])")
        city.fits()
        page.locator("[role=tab][aria-selected=true]").focus()
        page.keyboard.press("ArrowRight")
    page.wait_for_selector("[role=tab][aria-selected=true]:has-text('目录')")
    city.open("wang", "rules")
    city.reader.picture("sharing-phone-zh")
    page.click("text=新建规则")
    page.wait_for_selector("dialog .words")
    city.fits()
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")

    # Any word will do for a purpose; it is kept from page to page.
    page.locator(".purpose select").select_option("…")
    page.keyboard.type("Flood planning")
    page.keyboard.press("Enter")
    page.wait_for_selector(".purpose [aria-invalid=true]")
    page.locator(".purpose input").fill("flood-planning")
    page.keyboard.press("Enter")
    page.goto(f"{city.address}/app/")
    page.wait_for_selector("#sheet-head .purpose")
    assert page.locator("#sheet-head .purpose select").input_value() == "flood-planning"
    city.fits()
    with page.expect_navigation():
        page.locator("#sheet-head .purpose select").select_option("view")
    page.click("text=数据共享")
    page.wait_for_selector("main[data-view=catalogue]")


@pytest.mark.reader(width=1280, height=900, language="en")
def test_whoever_did_not_sign_in_sees_only_what_there_is_for_the_public(city):
    page = city.page
    city.send("session", method="DELETE")
    page.goto(f"{city.address}/app/sharing.html#audit")
    page.wait_for_selector("main[data-view=catalogue]")
    assert page.locator("[role=tab]").all_inner_texts() == ["Catalogue"]
    assert page.locator("[data-dataset]").count() == 0
