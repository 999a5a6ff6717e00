"""Who asks, over HTTP: keys, cookies, nobody; and what a page elsewhere cannot do."""

from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from chengmo.identity import NewAccount, People
from chengmo.identity.instant import utc_now
from chengmo.identity.totp import code_of, step_of
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.identification import Identification, actor_of_scope
from chengmo.interfaces.web.accounts import actions
from chengmo.interfaces.web.action import routes_of
from chengmo.interfaces.web.administration import ACTIONS

PASSWORD = "three bridges over han"
ANOTHER = "cranes above the yellow tower"
COOKIE = "chengmo-session"
HERE = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Only:
    """The one part of a platform that accounts need."""

    people: People


def who(request):
    actor = actor_of_scope(request.scope)
    return JSONResponse({"id": actor.id, "scopes": actor.scopes and sorted(actor.scopes)})


@pytest.fixture
def browse(people):
    """A browser on a page of this server, or of another one."""

    @contextmanager
    def open_browser(base=HERE, *, local=True, client=("testclient", 5000), **headers):
        application = Starlette(
            routes=[
                Route("/who", who, methods=["GET", "POST"]),
                *routes_of((*actions(external=False), *ACTIONS), Only(people)),
            ],
            exception_handlers=exception_handlers(),
        )
        guarded = Guard(
            Identification(application, people, local=local),
            hosts=frozenset({"127.0.0.1", "city.example"}),
        )
        with TestClient(guarded, base_url=base, headers=headers, client=client) as opened:
            yield opened

    return open_browser


@pytest.fixture
def root(people):
    people.add_account(NewAccount(id="root", roles=frozenset({"administrator"})), password=PASSWORD)


def sign_in(browser, user="root", password=PASSWORD):
    return browser.post("/session", json={"user": user, "password": password})


def test_whoever_is_at_this_machine_administers_until_a_password_is_set(browse, people):
    with browse() as browser:
        assert browser.get("/who").json()["id"] == "local"
        made = {"id": "root", "roles": ["administrator"], "password": PASSWORD}
        assert browser.post("/accounts", json=made).status_code == 201
        assert browser.get("/who").json()["id"] == "anonymous"
        assert browser.get("/accounts").status_code == 401
        assert sign_in(browser).status_code == 200
        assert browser.get("/who", headers={"Origin": HERE}).json()["id"] == "root"


@pytest.mark.parametrize("client", [("10.0.0.7", 5000), ("2001:db8::1", 5000)])
def test_nobody_else_ever_administers_without_a_password(browse, client):
    with browse(client=client) as browser:
        assert browser.get("/who").json()["id"] == "anonymous"
    with browse(client=("127.0.0.1", 5000)) as browser:
        assert browser.get("/who").json()["id"] == "local"
    with browse(client=("127.0.0.1", 5000), local=False) as browser:
        assert browser.get("/who").json()["id"] == "anonymous"


def test_a_session_cookie_is_kept_from_scripts_and_other_sites(browse, root):
    with browse() as browser:
        cookie = sign_in(browser).headers["set-cookie"]
    name, attributes = cookie.split("=", 1)[0], set(cookie.lower().split("; ")[1:])
    assert name == COOKIE
    assert {"httponly", "samesite=strict", "path=/"} == attributes
    with browse("https://city.example", local=False) as browser:
        cookie = sign_in(browser).headers["set-cookie"]
    assert cookie.startswith("__Host-chengmo-session=")
    assert {"httponly", "samesite=strict", "path=/", "secure"} == set(
        cookie.lower().split("; ")[1:]
    )


def test_over_https_the_cookie_of_plain_http_is_not_read(browse, root, people):
    token = people.begin_session("root")
    with browse("https://city.example", local=False) as browser:
        for name, expected in ((COOKIE, "anonymous"), (f"__Host-{COOKIE}", "root")):
            answer = browser.get("/who", headers={"Cookie": f"{name}={token}"})
            assert answer.json()["id"] == expected


def test_a_session_that_was_planted_is_not_the_one_that_signs_in(browse, root, people):
    planted = people.begin_session("root")
    with browse(Origin=HERE) as browser:
        browser.cookies.set(COOKIE, planted)
        answer = sign_in(browser)
        given = answer.cookies[COOKIE]
    assert given != planted
    assert people.actor_of_session(planted) is None
    assert people.actor_of_session(given).id == "root"
    with browse() as browser:
        assert browser.get("/who", headers={"Cookie": f"{COOKIE}=made-up"}).json()["id"] == (
            "anonymous"
        )


def test_signing_out_ends_the_session_and_clears_the_browser(browse, root, people):
    with browse(Origin=HERE) as browser:
        token = sign_in(browser).cookies[COOKIE]
        answer = browser.delete("/session")
        assert answer.status_code == 204
        assert answer.headers["clear-site-data"] == '"cache"'
        assert COOKIE not in browser.cookies
    assert people.actor_of_session(token) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_write_by_session_comes_from_this_servers_page(browse, root, people, headers):
    token = people.begin_session("root")
    sent = {"Cookie": f"{COOKIE}={token}", "X-Chengmo-Request": "1", **headers}
    with browse() as browser:
        answer = browser.post("/who", headers=sent)
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("cross-origin")
        for own in ({"Origin": HERE}, {"Sec-Fetch-Site": "same-origin"}):
            sent = {"Cookie": f"{COOKIE}={token}", "X-Chengmo-Request": "1", **own}
            assert browser.post("/who", headers=sent).json()["id"] == "root"


def test_a_key_needs_no_origin_and_beats_the_cookie(browse, root, people):
    people.add_account(NewAccount(id="robot", kind="service", roles=frozenset({"analyst"})))
    _, key = people.make_key("robot", name="k", scopes=frozenset({"read"}))
    token = people.begin_session("root")
    with browse(Authorization=f"Bearer {key}", Cookie=f"{COOKIE}={token}") as browser:
        assert browser.post("/who").json() == {"id": "robot", "scopes": ["read"]}
        assert browser.get("/who").json()["id"] == "robot"
        refused = browser.get("/accounts")
        assert refused.status_code == 403
        assert refused.json()["type"].endswith("not-allowed")
        # A key that leaked makes no other key and changes no password.
        made = browser.post("/session/keys", json={"name": "k", "scopes": ["read"]})
        assert made.status_code == 403


@pytest.mark.parametrize(
    "sent", ["Bearer nonsense", "Bearer ", "Basic cm9vdDpyb290", "Bearer chengmo_abcdefghjk_x"]
)
@pytest.mark.parametrize("path", ["/who", "/nothing-here"])
def test_a_key_that_is_not_valid_is_never_taken_for_nobody(browse, people, sent, path):
    with browse(Authorization=sent) as browser:
        answer = browser.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-security-policy"]
    assert answer.json()["type"].endswith("not-signed-in")


def test_a_revoked_key_is_refused_at_once(browse, root, people):
    made, key = people.make_key("root", name="k", scopes=frozenset({"read"}))
    with browse(Authorization=f"Bearer {key}") as browser:
        assert browser.get("/who").json()["id"] == "root"
        people.revoke_key(made.prefix)
        assert browser.get("/who").status_code == 401


def test_being_refused_and_being_locked_out_are_told_alike_for_all_names(browse, root):
    def last_of(user):
        answers = [sign_in(browser, user, "wrong") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert answers[-1].headers["retry-after"] == "1"
        return [answer.json() for answer in answers]

    with browse() as browser:
        assert last_of("root") == last_of("nobody")


def test_one_changes_the_password_and_stays_signed_in(browse, root, people):
    with browse(Origin=HERE) as browser:
        first = sign_in(browser).cookies[COOKIE]
        change = {"old": PASSWORD, "new": "short"}
        refused = browser.post("/session/password", json=change)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "#/password"
        change["new"] = ANOTHER
        assert browser.post("/session/password", json=change).status_code == 204
        assert browser.get("/session").json()["user"] == "root"
    assert people.actor_of_session(first) is None


def test_ones_own_keys_are_made_seen_and_revoked(browse, root, people):
    with browse(Origin=HERE) as browser:
        sign_in(browser)
        made = browser.post("/session/keys", json={"name": "k", "scopes": ["read"], "days": 7})
        assert made.status_code == 201
        key = made.json()["key"]
        [listed] = browser.get("/session/keys").json()["keys"]
        assert key not in str(listed)
        assert people.actor_of_key(key).id == "root"
        assert browser.delete(f"/session/keys/{listed['prefix']}").status_code == 204
        assert browser.delete("/session/keys/nothing").status_code == 404


def test_an_administrator_looks_after_accounts_and_organisations(browse, root, people):
    with browse(Origin=HERE) as browser:
        sign_in(browser)
        health = {"id": "health", "name_zh": "卫健委", "name_en": "Health", "kind": "department"}
        assert browser.post("/organisations", json=health).status_code == 201
        made = {"id": "li", "name": "李", "roles": ["analyst"], "organisation": "health"}
        assert browser.post("/accounts", json=made).json()["state"] == "active"
        change = {"roles": ["auditor"], "organisation": "", "state": "suspended"}
        changed = browser.patch("/accounts/li", json=change).json()
        assert (changed["roles"], changed["organisation"], changed["state"]) == (
            ["auditor"], None, "suspended",
        )  # fmt: skip
        password = {"password": ANOTHER}
        assert browser.post("/accounts/li/password", json=password).json()["has_password"]
        key = browser.post("/accounts/li/keys", json={"name": "k", "scopes": ["read"]}).json()
        assert [one["prefix"] for one in browser.get("/accounts/li/keys").json()["keys"]] == [
            key["prefix"]
        ]
        assert browser.delete(f"/accounts/li/keys/{key['prefix']}").status_code == 204
        assert len(browser.get("/accounts").json()["accounts"]) == 2
        assert browser.get("/organisations").json()["organisations"][0]["id"] == "health"
        assert browser.patch("/accounts/root", json={"state": "suspended"}).status_code == 409


def test_a_body_that_does_not_fit_is_told_without_its_secrets(browse, root):
    with browse(Origin=HERE) as browser:
        for body in ({"user": "root", "password": ["hunter2-hunter2"]}, {"password": "hunter2"}):
            answer = browser.post("/session", json=body)
            assert answer.status_code == 400
            assert "hunter2" not in answer.text


def test_a_second_factor_is_set_up_asked_for_and_reset_over_http(browse, root, people):
    with browse(Origin=HERE) as browser:
        sign_in(browser)
        begun = browser.post("/session/second-factor", json={"password": PASSWORD})
        secret = begun.json()["secret"]
        assert begun.status_code == 201
        assert secret in begun.json()["address"]
        code = code_of(secret, step_of(utc_now()))
        confirmed = browser.post("/session/second-factor/confirmation", json={"code": code})
        recovery = confirmed.json()["codes"]
        assert browser.get("/session").json()["has_second_factor"] is True
        browser.delete("/session")
        asked = sign_in(browser)
        assert (asked.status_code, asked.json()["type"]) == (401, "/errors#code-needed")
        body = {"user": "root", "password": PASSWORD, "code": recovery[0]}
        assert browser.post("/session", json=body).status_code == 200
        assert browser.get("/accounts").json()["second_factors"] == ["root"]
        assert browser.delete("/accounts/root/second-factor").status_code == 204
        assert sign_in(browser).status_code == 200
        again = browser.post("/session/second-factor", json={"password": "guess"})
        assert again.status_code == 401
        removed = browser.post("/session/second-factor/removal", json={"password": PASSWORD})
        assert removed.status_code == 204
