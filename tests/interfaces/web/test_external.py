"""Signing in at an OpenID provider: a real one in its own process, and one that cheats."""

import json
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chengmo.app import asgi_app, open_platform
from chengmo.errors import InvalidRequest, PlatformError, SignInRefused
from chengmo.identity import NewAccount, Organisation, People
from chengmo.identity.journey import Journey
from chengmo.identity.provider_settings import provider_settings_from
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.identification import Identification
from chengmo.interfaces.web.external import routes
from chengmo.interfaces.web.provider import Provider
from chengmo.ledger import open_database

pytestmark = pytest.mark.slow

HERE = "http://127.0.0.1:8000"
BACK = f"{HERE}/session/provider/return"
CLAIMS = {"email": "Wang.Wu@wuhan.example", "name": "王五", "groups": ["planners", "chess"]}
SECRET = "a-secret-of-the-client"


@pytest.fixture(scope="module")
def issuer():
    """The address of a provider that knows `wang`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # A process of its own: it warns of what it will have to change.
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "-H", "127.0.0.1",
         "--require-nonce", "--user-claims", json.dumps({"sub": "wang", **CLAIMS})],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            httpx.get(f"{address}/.well-known/openid-configuration").raise_for_status()
            break
        except httpx.HTTPError:
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(30)


@pytest.fixture
def people(tmp_path):
    database = open_database(tmp_path)
    made = People(database, hasher=PasswordHasher(1, 8, 1))
    made.add_organisation(
        Organisation(id="planning", name_zh="规划局", name_en="Planning", kind="department")
    )
    yield made
    database.close()


def settings_of(issuer, **more):
    environment = {
        "CHENGMO_OIDC_ISSUER": issuer,
        "CHENGMO_OIDC_CLIENT_ID": "chengmo",
        "CHENGMO_OIDC_CLIENT_SECRET": SECRET,
        **more,
    }
    settings = provider_settings_from(environment)
    assert SECRET not in repr(settings)
    return settings


def browser(people, settings):
    application = Starlette(
        routes=routes(people, settings), exception_handlers=exception_handlers()
    )
    guarded = Guard(Identification(application, people))
    return TestClient(guarded, base_url=HERE, follow_redirects=False)


def travel(opened, sub="wang"):
    """Go to the provider, say who one is, and return the address it sends the browser back to."""
    left = opened.get("/session/provider")
    assert left.status_code == 303, left.headers
    asked = parse_qs(urlsplit(left.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK]
    assert asked["nonce"]
    assert "samesite=lax" in left.headers["set-cookie"].lower()
    assert "httponly" in left.headers["set-cookie"].lower()
    back = httpx.post(left.headers["location"], data={"sub": sub}).headers["location"]
    assert back.startswith(BACK)
    return back.removeprefix(HERE)


MAPPED = {
    "CHENGMO_OIDC_ROLES": "groups:planners=analyst,root=administrator",
    "CHENGMO_OIDC_ORGANISATIONS": "groups:planners=planning",
}


def test_who_comes_for_the_first_time_gets_an_account(issuer, people, caplog):
    caplog.set_level("DEBUG", "chengmo")
    with browser(people, settings_of(issuer)) as opened:
        arrived = opened.get(travel(opened))
        assert arrived.headers["location"] == f"{HERE}/app/"
        actor = people.actor_of_session(arrived.cookies["chengmo-session"])
    # In the words of the provider, without any role, until somebody here gives one.
    assert (actor.id, actor.roles) == ("wang.wu@wuhan.example", frozenset())
    assert people.account(actor.id).name == "王五"
    assert SECRET not in caplog.text
    people.set_roles(actor.id, frozenset({"auditor"}))
    with browser(people, settings_of(issuer)) as opened:
        opened.get(travel(opened))
    assert people.account(actor.id).roles == {"auditor"}
    assert len(people.accounts()) == 1


def test_a_provider_may_say_roles_and_organisation(issuer, people):
    with browser(people, settings_of(issuer, **MAPPED)) as opened:
        arrived = opened.get(travel(opened))
    actor = people.actor_of_session(arrived.cookies["chengmo-session"])
    assert (actor.roles, actor.organisation, actor.kind) == ({"analyst"}, "planning", "department")


def test_a_name_that_is_taken_here_is_not_taken_over(issuer, people):
    people.add_account(NewAccount(id="wang.wu@wuhan.example", roles=frozenset({"auditor"})))
    with browser(people, settings_of(issuer)) as opened:
        arrived = opened.get(travel(opened))
    actor = people.actor_of_session(arrived.cookies["chengmo-session"])
    assert actor.id.startswith("wang.wu@wuhan.example-")
    assert actor.roles == frozenset()


def test_a_journey_ends_in_the_browser_that_set_out_and_once(issuer, people):
    with browser(people, settings_of(issuer)) as opened:
        back = travel(opened)
        with browser(people, settings_of(issuer)) as stranger:
            assert stranger.get(back).headers["location"].endswith("failed=1")
        # A state that was made up, and no code.
        for spoilt in (back.replace("state=", "state=x"), back.replace("code=", "other=")):
            assert opened.get(spoilt).headers["location"].endswith("failed=1")
        assert opened.get(back).headers["location"].endswith("failed=1")
        cookies = dict(opened.cookies)
        again = travel(opened)
        assert opened.get(again).headers["location"] == f"{HERE}/app/"
        opened.cookies.update(cookies)
        assert opened.get(again).headers["location"].endswith("failed=1")


def test_a_suspended_person_stays_out(issuer, people):
    with browser(people, settings_of(issuer)) as opened:
        opened.get(travel(opened))
        people.suspend("wang.wu@wuhan.example")
        assert opened.get(travel(opened)).headers["location"].endswith("failed=1")


def test_a_provider_that_does_not_answer_is_said_on_the_page(people):
    with browser(people, settings_of("http://127.0.0.1:9")) as opened:
        assert opened.get("/session/provider").headers["location"].endswith("failed=1")


def test_the_platform_asks_the_provider_that_the_environment_names(
    issuer, tmp_path, copy_of_home, monkeypatch
):
    monkeypatch.setenv("CHENGMO_OIDC_ISSUER", issuer)
    with open_platform(home=copy_of_home(tmp_path / "home"), work=False) as platform:
        with pytest.raises(InvalidRequest, match="CLIENT_ID"):
            asgi_app(platform)
        monkeypatch.setenv("CHENGMO_OIDC_CLIENT_ID", "chengmo")
        monkeypatch.setenv("CHENGMO_OIDC_CLIENT_SECRET", SECRET)
        opened = TestClient(asgi_app(platform), base_url=HERE, follow_redirects=False)
        session = opened.get("/session").json()
        assert session["external"]
        # Whoever is at this machine is nobody in particular any more.
        assert not session["local"]
        assert opened.get(travel(opened)).headers["location"] == f"{HERE}/app/"
        assert [account.is_external for account in platform.people.accounts()] == [True]


@pytest.fixture
def cheat():
    """A provider whose token and name a test chooses."""
    key = ECKey.generate_key("P-256", {"kid": "a"})

    class Cheat(BaseHTTPRequestHandler):
        def do_GET(self):
            at = self.server.address
            self._answer(
                KeySet([key]).as_dict(private=False)
                if self.path == "/jwks"
                else {
                    "issuer": self.server.name or at,
                    "authorization_endpoint": f"{at}/authorize",
                    "token_endpoint": f"{at}/token",
                    "jwks_uri": f"{at}/jwks",
                }
            )

        def do_POST(self):
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            assert sent["code_verifier"] == ["verifier" * 6]
            assert self.headers["Authorization"].startswith("Basic ")
            self._answer({"access_token": "a", "token_type": "Bearer", **self.server.token})

        def _answer(self, value):
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Cheat)
    server.address, server.name, server.key = f"http://127.0.0.1:{server.server_port}", "", key
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def claims_of(cheat, **changed):
    now = int(time.time())
    good = {
        "iss": cheat.address, "aud": "chengmo", "sub": "1", "nonce": "the nonce",
        "iat": now, "exp": now + 60,
    }  # fmt: skip
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def ask(cheat, token):
    cheat.token = {"id_token": token} if token is not None else {}
    provider = Provider(settings_of(cheat.address))
    journey = Journey("state", "the nonce", "verifier" * 6)
    return provider.claims_for("code", journey, back=BACK)


def test_a_token_that_is_in_order_is_believed(cheat):
    for aud in ("chengmo", ["chengmo"]):
        token = jwt.encode({"alg": "ES256", "kid": "a"}, claims_of(cheat, aud=aud), cheat.key)
        assert ask(cheat, token)["sub"] == "1"
    both = claims_of(cheat, aud=["chengmo", "other"], azp="chengmo")
    assert ask(cheat, jwt.encode({"alg": "ES256", "kid": "a"}, both, cheat.key))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["chengmo", "other"]},
        {"aud": None},
        {"azp": "other"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 300},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_us_now_from_it_is_not_believed(cheat, changed):
    claims = claims_of(cheat, **changed)
    token = jwt.encode({"alg": "ES256", "kid": "a"}, claims, cheat.key)
    with pytest.raises(SignInRefused):
        ask(cheat, token)


def test_a_signature_that_anybody_could_make_is_not_believed(cheat):
    claims = claims_of(cheat)
    stranger = ECKey.generate_key("P-256", {"kid": "a"})
    public = json.dumps(cheat.key.as_dict(private=False)).encode()
    forged = [
        jwt.encode({"alg": "ES256", "kid": "a"}, claims, stranger),
        jwt.encode({"alg": "HS256", "kid": "a"}, claims, OctKey.import_key(public)),
        jwt.encode({"alg": "HS256", "kid": "a"}, claims, OctKey.import_key(SECRET * 2)),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "nonsense",
        None,
    ]
    for token in forged:
        with pytest.raises(SignInRefused):
            ask(cheat, token)


def test_a_provider_by_another_name_is_not_asked(cheat):
    cheat.name = "https://elsewhere.example"
    with pytest.raises(PlatformError, match="another name"):
        ask(cheat, "")


def test_a_secret_does_not_show_in_what_is_said_of_a_failure(cheat):
    cheat.token = {}
    for token in (None, "nonsense"):
        with pytest.raises(SignInRefused) as refused:
            ask(cheat, token)
        assert SECRET not in f"{refused.value!r} {refused.value.__cause__!r}"
