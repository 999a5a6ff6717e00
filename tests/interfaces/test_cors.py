"""Which web pages of other servers may ask, and as whom."""

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from chengmo.app import asgi_app, open_platform
from chengmo.errors import InvalidRequest
from chengmo.identity import NewAccount
from chengmo.interfaces.cors import Cors, cors_origins_from
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.identification import Identification, actor_of_scope

HERE, THERE, ELSEWHERE = "http://127.0.0.1:8000", "https://map.example", "https://evil.example"


def who(request):
    return JSONResponse(actor_of_scope(request.scope).id, headers={"Vary": "Accept"})


@pytest.fixture
def asked(people):
    """Ask a server that pages of `origins` may ask: `asked(origins, method, **headers)`."""

    def ask(origins, method="GET", **headers):
        application = Starlette(routes=[Route("/who", who, methods=["GET", "POST"])])
        identified = Identification(application, people, local=True)
        guarded = Guard(Cors(identified, frozenset(origins)))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with TestClient(guarded, base_url=HERE) as client:
            return client.request(method, "/who", headers=sent)

    return ask


def add_administrator(people):
    account = NewAccount(id="li", roles=frozenset({"administrator"}))
    people.add_account(account, password="three bridges over han")


def cors_headers(answer):
    return [name for name in answer.headers if name.startswith("access-control-")]


def test_a_page_elsewhere_that_is_named_may_read_as_nobody(asked):
    answer = asked([THERE], Origin=THERE)
    assert answer.headers["access-control-allow-origin"] == THERE
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "Accept, Origin"
    # Asked by this machine's own programs it would be the administrator.
    assert (answer.json(), asked([THERE]).json()) == ("anonymous", "local")


def test_no_other_page_may(asked):
    answer = asked([THERE], Origin=ELSEWHERE)
    assert cors_headers(answer) == []
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("origin", [THERE, ELSEWHERE])
def test_any_page_may_where_all_may_and_none_ever_with_the_visitors_cookie(asked, people, origin):
    add_administrator(people)
    token = people.begin_session("li")
    assert asked(["*"], Cookie=f"chengmo-session={token}").json() == "li"
    answer = asked(["*"], Origin=origin, Cookie=f"chengmo-session={token}")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.json() == "anonymous"


def test_a_key_says_who_a_page_elsewhere_is(asked, people):
    add_administrator(people)
    _, key = people.make_key("li", name="map", scopes=frozenset({"read"}))
    for method in ("GET", "POST"):
        answer = asked([THERE], method, Origin=THERE, Authorization=f"Bearer {key}")
        assert answer.json() == "li"


def test_without_a_key_a_page_elsewhere_writes_nothing(asked):
    assert asked([THERE], "POST", Origin=THERE).status_code == 403
    assert asked(["*"], "POST", Origin=THERE).status_code == 403


def test_the_servers_own_page_stays_who_it_is(asked):
    answer = asked(["*"], "POST", Origin=HERE, X_Chengmo_Request="1")
    assert (answer.json(), cors_headers(answer)) == ("local", [])


def test_a_browser_is_told_beforehand_what_it_may_send(asked):
    wanted = {"Access_Control_Request_Method": "POST"}
    answer = asked([THERE], "OPTIONS", Origin=THERE, **wanted)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == THERE
    assert "POST" in answer.headers["access-control-allow-methods"]
    for name in ("Authorization", "Chengmo-Purpose", "If-None-Match"):
        assert name in answer.headers["access-control-allow-headers"]
    assert cors_headers(asked([THERE], "OPTIONS", Origin=ELSEWHERE, **wanted)) == []


@pytest.mark.parametrize(
    ("stated", "origins"),
    [
        ("", []),
        ("*", ["*"]),
        ("https://a.example, http://b.example:81", ["https://a.example", "http://b.example:81"]),
        ("http://[::1]:8000", ["http://[::1]:8000"]),
    ],
)
def test_origins_are_read_from_the_environment(stated, origins):
    assert cors_origins_from({"CHENGMO_CORS_ORIGINS": stated}) == frozenset(origins)


@pytest.mark.parametrize(
    "stated",
    ["null", "a.example", "https://a.example/", "https://A.example", "* https://a.example"],
)
def test_what_is_no_origin_is_refused(stated):
    with pytest.raises(InvalidRequest):
        cors_origins_from({"CHENGMO_CORS_ORIGINS": stated})


@pytest.mark.parametrize("stated", ["", THERE])
def test_without_configuration_no_cors_header_appears(stated, tmp_path, copy_of_home, monkeypatch):
    monkeypatch.setenv("CHENGMO_CORS_ORIGINS", stated)
    wanted = {"Origin": THERE, "Access-Control-Request-Method": "GET"}
    home = copy_of_home(tmp_path / "home")
    with open_platform(home=home, work=False) as platform:
        client = TestClient(asgi_app(platform), base_url=HERE)
        answers = [
            client.get("/collections", headers={"Origin": THERE}),
            client.options("/collections", headers=wanted),
        ]
    for answer in answers:
        assert bool(cors_headers(answer)) is bool(stated)
        assert ("Origin" in answer.headers.get("vary", "")) is bool(stated)


@pytest.mark.parametrize("local", [True, False])
def test_a_server_for_others_compresses_and_one_for_this_machine_does_not(
    local, tmp_path, copy_of_home
):
    home = copy_of_home(tmp_path / "home")
    with open_platform(home=home, work=False) as platform:
        client = TestClient(asgi_app(platform, local=local), base_url=HERE)
        answer = client.get("/conformance", headers={"Accept-Encoding": "gzip"})
    assert ("content-encoding" in answer.headers) is not local
    assert answer.json()["conformsTo"]
