"""The compliance report of one dataset: who may take it, what it tells, that it tells it whole."""

import datetime as dt
import re
from html.parser import HTMLParser
from typing import get_args

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chengmo.audit import Action, AuditQuery, Via
from chengmo.errors import InvalidQuery, NotAllowed, NotSignedIn, UnknownDataset
from chengmo.identity.actor import ANONYMOUS, Actor, Role
from chengmo.interfaces import web
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.compliance import facts, paper
from chengmo.interfaces.compliance.chapters import document_of
from chengmo.interfaces.compliance.document import Speech
from chengmo.interfaces.compliance.facts import gather
from chengmo.interfaces.compliance.period import Period, read_period
from chengmo.interfaces.compliance.report import ReportOrder, take_report
from chengmo.interfaces.compliance.wording import ACTIONS, ROLES, VIAS
from chengmo.sharing.policy import Policy
from chengmo.sharing.request import Wish

ANALYST = Actor("li", frozenset({"analyst"}), "health", "department", "武昌区")
STEWARD = Actor("wang", frozenset({"steward"}), "census", "department")
OTHER_STEWARD = Actor("zhou", frozenset({"steward"}), "traffic", "department")
AUDITOR = Actor("he", frozenset({"auditor"}), "audit-office", "department")
LATER = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


def rule(**stated):
    return Policy.model_validate(
        {
            "id": "health-people",
            "title": {"zh": "卫健委<b>规划</b>用", "en": "For planning"},
            "dataset": "people",
            "who": {"organisations": ["health"]},
            "purposes": ["planning"],
            "treatment": {"columns": {"name": {"do": "drop"}}},
            "basis": "协议 7 号",
            **stated,
        }
    )


@pytest.fixture(scope="module")
def used(city_of_people, tmp_path_factory):
    """A dataset after a rule, a request, uses and refusals."""
    with city_of_people(tmp_path_factory.mktemp("review"), opened="none") as platform:
        opened = platform.catalog.dataset("opened").metadata
        platform.catalog.describe("opened", opened.model_copy(update={"opening": "conditional"}))
        use(platform)
        yield platform


def use(platform):
    sharing = platform.sharing
    with pytest.raises(Exception, match="may not be used"):
        sharing.view(ANALYST, "planning", "ogc").read("people")
    wish = Wish(dataset="people", purpose="planning", reason="查漏", until=LATER)
    sharing.refuse(sharing.ask(wish, ANALYST, "web").id, STEWARD, "web", comment="改用规则")
    sharing.state(rule(), STEWARD, "web")
    sharing.view(ANALYST, "planning", "ogc").read("people", limit=7)
    sharing.state(rule(rows_per_day=50), STEWARD, "cli")


def told(platform, actor=AUDITOR, period=None, language="zh"):
    found = gather(platform, "people", period or Period(), actor)
    document = document_of(found, Speech(language))
    return {section.title: section for section in document.sections}


def test_it_tells_who_saw_what_under_which_rule(used):
    take_report(used, AUDITOR, ReportOrder("people", "cli", Period()))
    sections = told(used)
    # Its description was looked at first, which the audit keeps too.
    look, access = sections["访问"].blocks[1].rows
    assert look[5] == "查看说明"
    assert access[2:8] == ("li (分析员)", "health", "OGC 接口", "读取", "planning", access[7])
    assert access[7].startswith("2 · ")
    assert access[8:10] == ("7", "规则 health-people")
    stated, again = sections["共享规则"].blocks[0].rows
    # The access names the state of the rules that let it through.
    assert access[10].split(":")[0] == stated[0]
    assert "name: drop" in stated[5]
    assert stated[8] != "仍有效"
    assert again[8] == "仍有效"
    assert "50" in again[5]
    assert any("wang" in cell for cell in stated)
    refused, *_ = sections["拒绝"].blocks[0].rows
    assert (refused[2], refused[9]) == ("li (分析员)", "共享类型")
    [request] = sections["申请与审批"].blocks[0].rows
    assert request[6] == "已驳回"
    assert request[8] == "改用规则"
    assert dict(sections["数据资源目录"].facts)["管理方"] == "census"
    assert len(sections["版本与导入"].blocks[0].rows) == 2
    # The taking of the report stands in it.
    assert any("compliance report" in row[6] for row in sections["管理操作"].blocks[0].rows)


def test_it_says_that_the_log_is_whole_and_by_whose_key(used):
    proof = told(used, language="en")["Whether the records are whole"]
    said = dict(proof.facts)
    entries = int(said["Entries of the audit"])
    assert proof.tone == "good"
    assert said["Signed through entry"] == said["Checkpoint"] == str(entries)
    assert re.fullmatch("[0-9a-f]{16}", said["Key id"])
    assert said["Hash of its head"] == said["Its hash"] == used.audit.verify().head


@pytest.mark.slow
def test_it_says_when_the_log_was_changed(platform):
    use(platform)
    platform.audit.checkpoint()
    with platform.database.write() as transaction:
        transaction.exec_driver_sql("DROP TRIGGER audit_entries_no_update")
        transaction.exec_driver_sql(
            "UPDATE audit_entries SET access = replace(access, '\"li\"', '\"xu\"'), actor = 'xu'"
            " WHERE sequence = 1"
        )
    section = told(platform)["凭据是否完整"]
    assert section.tone == "bad"
    assert section.blocks[0].rows[0][0] == "1"


def test_a_period_holds_what_happened_in_it(used):
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    before = told(used, period=read_period("2020-01-01", "2020-12-31"))
    assert before["访问"].blocks[1].rows == before["共享规则"].blocks[0].rows == []
    within = told(used, period=read_period(str(today - dt.timedelta(1)), None))
    assert len(within["访问"].blocks[1].rows) == 2
    with pytest.raises(InvalidQuery):
        read_period("2025-02-01", "2025-01-01")
    for text in ("yesterday", "2025-13-01", "2025-01-01T00:00:00", "9999-12-31"):
        with pytest.raises(InvalidQuery):
            read_period(None, text)


@pytest.mark.parametrize(
    ("actor", "error"),
    [(ANALYST, NotAllowed), (OTHER_STEWARD, NotAllowed), (ANONYMOUS, UnknownDataset)],
)
def test_others_may_not_take_it_and_the_attempt_is_on_record(used, actor, error):
    with pytest.raises(error):
        take_report(used, actor, ReportOrder("people", "web", Period()))
    last, *_ = used.audit.search(AuditQuery(action="audit"))
    assert (last.access.actor, last.access.verdict) == (actor.id, "denied")


def test_its_steward_may_but_not_by_a_key_for_reading(used):
    assert take_report(used, STEWARD, ReportOrder("people", "web", Period(), "en"))
    by_key = Actor("wang", frozenset({"steward"}), "census", scopes=frozenset({"read"}))
    with pytest.raises(NotAllowed):
        take_report(used, by_key, ReportOrder("people", "web", Period()))


def test_nobody_signed_in_is_told_to_sign_in_where_the_dataset_is_known(used):
    with pytest.raises(NotSignedIn):
        take_report(used, ANONYMOUS, ReportOrder("opened", "web", Period()))


def test_what_cannot_be_listed_whole_is_not_listed(used, monkeypatch):
    monkeypatch.setattr(facts, "MOST_ENTRIES", 2)
    with pytest.raises(InvalidQuery, match="shorter period"):
        take_report(used, AUDITOR, ReportOrder("people", "cli", Period()))


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_page_loads_nothing_runs_nothing_and_shows_texts_as_texts(used):
    page = take_report(used, AUDITOR, ReportOrder("people", "cli", Period())).decode()
    parser = _Page()
    parser.feed(page)
    names = {tag for tag, _ in parser.tags}
    assert names.isdisjoint({"script", "img", "iframe", "form", "object", "b"})
    assert not [1 for _, attributes in parser.tags for name in attributes if name == "style"]
    assert not [1 for tag, attributes in parser.tags if tag == "link" or "src" in attributes]
    assert "&lt;b&gt;规划&lt;/b&gt;" in page
    assert "default-src 'none'; style-src 'sha256-" in page.replace("&#x27;", "'")


def test_over_http_it_is_guarded_and_says_what_is_wrong(used):
    application = Starlette(routes=web.routes(used), exception_handlers=exception_handlers())

    async def asked_by_auditor(scope, receive, send):
        scope.setdefault("state", {})["actor"] = AUDITOR
        await application(scope, receive, send)

    client = TestClient(asked_by_auditor)
    answer = client.get("/datasets/people/compliance?lang=en&from=2020-01-01")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "'none'; style-src 'sha256-" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "from 2020-01-01 00:00:00" in answer.text
    assert client.get("/datasets/people/compliance?f=docx").status_code == 400
    assert client.get("/datasets/people/compliance?from=x").status_code == 400
    assert client.get("/datasets/absent/compliance").status_code == 404


@pytest.mark.slow
def test_the_paper_is_a_pdf_with_chinese_inside(used):
    content = take_report(used, AUDITOR, ReportOrder("people", "cli", Period(), form="pdf"))
    assert content.startswith(b"%PDF-")
    assert b"NotoSans" in content
    assert b"pdfaid:part>2" in content


def test_without_a_font_it_says_so_instead_of_setting_boxes(used, monkeypatch):
    paper.chinese_fonts.cache_clear()
    monkeypatch.setattr(paper, "FONTS", ("No Such Sans",))
    with pytest.raises(Exception, match="Chinese characters"):
        take_report(used, AUDITOR, ReportOrder("people", "cli", Period(), form="pdf"))
    paper.chinese_fonts.cache_clear()


def test_every_word_of_the_log_has_its_words():
    assert set(ACTIONS) == set(get_args(Action))
    assert set(VIAS) == set(get_args(Via))
    assert set(ROLES) == set(get_args(Role))
