"""An answer under way ends when who asked may ask no more."""

from datetime import timedelta

import anyio
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from chengmo.identity import NewAccount, People
from chengmo.identity.instant import utc_now
from chengmo.interfaces import watch
from chengmo.interfaces.identification import Identification
from chengmo.ledger import open_database

PASSWORD = "three bridges over han"


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch):
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.0)


@pytest.fixture
def root(people):
    people.add_account(NewAccount(id="root", roles={"administrator"}), password=PASSWORD)
    return people


async def parts(then, ended):
    try:
        yield b"one"
        then()
        yield b"two"
        yield b"three"
    finally:
        ended.append(True)


def ask(people, then, headers=(), *, response=StreamingResponse, client="127.0.0.1"):
    """Ask for three parts, `then` between the first and the second; return what was sent."""
    sent, ended = [], []

    async def stream(_):
        if response is StreamingResponse:
            return StreamingResponse(parts(then, ended))
        then()
        return response({"row": "secret"})

    async def receive():
        await anyio.sleep_forever()

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": (client, 5000), "server": ("127.0.0.1", 80), "http_version": "1.1",
    }  # fmt: skip
    application = Identification(Starlette(routes=[Route("/", stream)]), people, local=True)
    anyio.run(application, scope, receive, send)
    body = b"".join(each.get("body", b"") for each in sent)
    assert sent[-1].get("more_body", False) is False
    if response is StreamingResponse:
        assert ended == [True]
    return sent[0]["status"], body


def cookie(token):
    return [("cookie", f"chengmo-session={token}")]


def bearer(key):
    return [("authorization", f"Bearer {key}")]


def nothing():
    """Change nothing."""


def test_a_stream_goes_on_while_its_session_holds(root):
    assert ask(root, nothing, cookie(root.begin_session("root"))) == (200, b"onetwothree")


def test_a_stream_ends_with_its_session(root):
    token = root.begin_session("root")
    assert ask(root, lambda: root.end_session(token), cookie(token)) == (200, b"one")


def test_a_stream_ends_with_its_key(root):
    key, secret = root.make_key("root", name="n", scopes=frozenset({"read"}))
    assert ask(root, nothing, bearer(secret)) == (200, b"onetwothree")
    assert ask(root, lambda: root.revoke_key(key.prefix), bearer(secret)) == (200, b"one")


def test_a_stream_ends_when_its_reader_loses_a_role(root):
    root.add_account(NewAccount(id="li", roles={"analyst"}))
    token = root.begin_session("li")
    assert ask(root, lambda: root.set_roles("li", frozenset()), cookie(token)) == (200, b"one")


def test_a_stream_of_this_machines_user_ends_when_there_is_a_password(people):
    def set_password():
        people.add_account(NewAccount(id="root", roles={"administrator"}), password=PASSWORD)

    assert ask(people, set_password) == (200, b"one")


def test_a_stream_of_nobodys_goes_on(root):
    assert ask(root, nothing, client="10.0.0.7") == (200, b"onetwothree")


def test_an_answer_that_took_long_to_make_is_not_given_to_who_was_suspended(root):
    root.add_account(NewAccount(id="li", roles={"analyst"}))
    token = root.begin_session("li")
    status, body = ask(root, lambda: root.suspend("li"), cookie(token), response=JSONResponse)
    assert status == 401
    assert b"secret" not in body


def test_an_answer_with_a_length_is_broken_off(root):
    token = root.begin_session("root")
    sent = []

    async def send(message):
        sent.append(message)
        root.end_session(token)

    async def receive():
        await anyio.sleep_forever()

    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http",
        "headers": [(b"cookie", f"chengmo-session={token}".encode())], "client": ("10.0.0.7", 1),
    }  # fmt: skip
    application = Identification(Response(b"a long file"), root)
    anyio.run(application, scope, receive, send)
    assert [each["type"] for each in sent] == ["http.response.start"]


def test_watching_keeps_no_session_alive(tmp_path):
    class Hands:
        now = utc_now()

        def __call__(self):
            return self.now

    clock = Hands()
    database = open_database(tmp_path)
    people = People(database, clock=clock, hasher=PasswordHasher(1, 8, 1))
    people.add_account(NewAccount(id="root", roles={"administrator"}), password=PASSWORD)
    token = people.begin_session("root")
    actor = people.actor_of_session(token)
    for minutes, holds in ((50, True), (61, False)):
        clock.now = utc_now() + timedelta(minutes=minutes)
        assert people.holds(token, actor) is holds
    database.close()
