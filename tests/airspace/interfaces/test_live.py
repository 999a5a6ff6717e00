"""The sky for people of the city: who is admitted, and what the streams say."""

import json
import struct
import time
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from chengmo.audit import AuditLog, AuditQuery
from chengmo.identity import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.interfaces.admission import Admission
from chengmo.interfaces.boundary import exception_handlers
from chengmo.ledger import open_database
from chengmo_airspace.interfaces import live
from chengmo_airspace.tracking import DataCentre, read_json
from chengmo_airspace.tracking.replay import Replay
from chengmo_airspace.tracking.sights import Sights

OPERATOR = Actor("wang", roles=frozenset({"operator"}))


@pytest.fixture
def audit(tmp_path):
    database = open_database(tmp_path / "home")
    log = AuditLog(database, tmp_path / "home")
    yield log
    log.close()
    database.close()


@pytest.fixture
def centre(tmp_path):
    opened = DataCentre(tmp_path / "tracks", plans=list)
    yield opened
    opened.close()


def report(centre, aircraft="UAS-1"):
    message = {
        "aircraft": aircraft,
        "time": datetime.now(UTC).isoformat(),
        "longitude": 114.3,
        "latitude": 30.5,
        "height": 80,
        "reference": "AMSL",
        "synthetic": True,
    }
    body = json.dumps([message]).encode()
    receipt = centre.report(read_json(body), "operator-1").result()
    assert receipt.accepted == 1, receipt


async def said(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"sky"})


def asked_by(actor, audit):
    async def knowing(scope, receive, send):
        scope.setdefault("state", {})["actor"] = actor
        await application(scope, receive, send)

    application = Starlette(
        routes=[Mount("/sky", Admission(said, audit))], exception_handlers=exception_handlers()
    )
    return TestClient(knowing).get("/sky/data")


@pytest.mark.parametrize(
    ("actor", "status"),
    [
        (ANONYMOUS, 401),
        (Actor("li"), 403),
        (Actor("li", roles=frozenset({"analyst", "steward", "developer"})), 403),
        (Actor("key", roles=frozenset({"operator"}), scopes=frozenset({"import"})), 403),
        (Actor("key", roles=frozenset({"operator"}), scopes=frozenset({"read"})), 200),
        (OPERATOR, 200),
        (Actor("zhao", roles=frozenset({"auditor"})), 200),
        (LOCAL_ADMINISTRATOR, 200),
    ],
)
def test_who_runs_the_city_is_admitted_and_nobody_else(actor, status, audit):
    assert asked_by(actor, audit).status_code == status
    entered = audit.search(AuditQuery(action="service"))
    assert [one.access.actor for one in entered] == ([actor.id] if status == 200 else [])


def test_a_look_is_in_the_audit_before_it_is_answered(audit):
    asked_by(OPERATOR, audit)
    (entry,) = audit.search(AuditQuery(action="service"))
    assert entry.access.detail == {"what": "GET /sky/data"}
    assert entry.access.verdict == "allowed"
    assert entry.access.roles == ("operator",)


def test_a_stream_begins_with_the_whole_and_goes_on_with_what_changes(centre):
    report(centre)

    async def frames():
        stream = live.picture_frames(Sights(centre))
        whole = await anext(stream)
        await anyio.to_thread.run_sync(report, centre)
        changed = await anext(stream)
        await stream.aclose()
        return whole, changed

    whole, changed = anyio.run(frames)
    assert struct.unpack_from("<4sB", whole) == (b"CMP1", 1)
    assert struct.unpack_from("<4sB", changed) == (b"CMP1", 2)
    assert struct.unpack_from("<I", changed, 8) == (1,)


def test_the_last_alerts_come_first_and_then_the_new_ones(centre):
    # At one place: too near to one another.
    report(centre, aircraft="UAS-1")
    report(centre, aircraft="UAS-2")
    until = time.monotonic() + 60
    while len(centre.recent_alerts()) < 2 and time.monotonic() < until:
        time.sleep(0.02)

    async def heard():
        events = live.events(centre)
        before = [await anext(events) for _ in range(3)]
        await anyio.to_thread.run_sync(report, centre, "UAS-3")
        after = await anext(events)
        await events.aclose()
        return before, after

    (greeting, *before), after = anyio.run(heard)
    assert greeting.startswith(b":")
    assert all(b'"near"' in event and b"UAS-3" not in event for event in before)
    assert b'"near"' in after
    assert b"UAS-3" in after


def test_a_moment_that_is_over_is_shown_as_it_was(centre):
    report(centre)
    client = TestClient(live.live_app(centre))
    now = client.get("/at", params={"time": datetime.now(UTC).isoformat()}).content
    before = client.get("/at", params={"time": "2020-01-01T00:00:00Z"}).content
    assert struct.unpack_from("<4sB3xII", now) == (b"CMP1", 1, 1, 0)
    assert b"UAS-1" in now
    assert struct.unpack_from("<4sB3xII", before) == (b"CMP1", 1, 0, 0)


def test_a_message_grown_old_at_that_moment_is_a_lost_link(centre):
    report(centre)
    soon = datetime.now(UTC) + timedelta(seconds=30)
    (marks,) = live.moment_frame(Replay(centre.log), int(soon.timestamp() * 1e6), centre.limits)[
        32 + 27 : 32 + 28
    ]
    assert marks == 4 | 8  # synthetic, link lost


def test_what_is_no_instant_is_refused_as_the_platform_refuses(centre):
    application = Starlette(
        routes=[Mount("/", live.live_app(centre))], exception_handlers=exception_handlers()
    )
    answer = TestClient(application).get("/at", params={"time": "yesterday"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
