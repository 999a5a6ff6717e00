"""Who opens an address in a browser reads what went wrong as a page; a program gets a document."""

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from chengmo.errors import (
    Fault,
    InvalidRequest,
    LakeUnavailable,
    NotAllowed,
    NotSignedIn,
    SharingDenied,
    UnknownRun,
)
from chengmo.interfaces.boundary import exception_handlers

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "zh-CN,zh"}
ERRORS = {
    "denied": SharingDenied(
        "'roads' may not be used: no rule (没有规则)", hint="ask <its> steward"
    ),
    "anonymous": NotSignedIn("this needs an account", hint="sign in first"),
    "forbidden": NotAllowed("a key cannot do this", hint="sign in with the password"),
    "gone": UnknownRun("there is no run 7", hint="list the runs to see their ids"),
    "down": LakeUnavailable("the store does not answer"),
    "wrong": InvalidRequest("it does not fit", faults=(Fault("/sites", "too many", "太多"),)),
}


@pytest.fixture(scope="module")
def client():
    async def fail(request):
        raise ERRORS[request.path_params["name"]]

    routes = [Route("/{name}", fail, methods=["GET", "POST"])]
    application = Starlette(routes=routes, exception_handlers=exception_handlers())
    with TestClient(application, raise_server_exceptions=False) as made:
        yield made


@pytest.mark.parametrize(
    ("name", "status", "way"),
    [
        ("denied", 403, "/app/sharing.html#catalogue"),
        ("anonymous", 401, "/app/account.html"),
        ("forbidden", 403, "/app/account.html"),
        ("gone", 404, "/jobs?f=html"),
        ("down", 503, "/down"),
        ("wrong", 400, "/app/"),
    ],
)
def test_a_page_says_what_happened_and_leads_on(client, name, status, way):
    answer = client.get(f"/{name}", headers=BROWSER)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f'href="http://testserver{way}"' in answer.text
    assert "怎么办" in answer.text
    assert "<script" not in answer.text


def test_a_page_is_in_the_readers_language_and_what_is_said_stays_text(client):
    zh = client.get("/denied", headers=BROWSER).text
    assert "“roads”不可使用：没有规则" in zh
    assert "ask &lt;its&gt; steward" in zh
    en = client.get("/denied?lang=en", headers=BROWSER).text
    assert "Ask for these data" in en
    assert 'href="?lang=zh"' in en
    assert "太多" in client.get("/wrong", headers=BROWSER).text


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"Accept": "application/json"}},
        {"headers": {"Accept": "*/*"}},
        {"headers": BROWSER, "params": {"f": "json"}},
    ],
)
def test_a_program_gets_the_document(client, asked):
    answer = client.get("/denied", **asked)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 403


def test_what_is_posted_is_answered_by_the_document(client):
    answer = client.post("/denied", headers=BROWSER)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "“roads”不可使用：没有规则"


def test_a_page_that_needs_signing_in_still_says_how_to_programs(client):
    assert client.get("/anonymous", headers=BROWSER).headers["www-authenticate"]
