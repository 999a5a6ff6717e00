"""The doors of the data centre: who may come in, what comes out."""

import json
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta

import aiomqtt
import anyio
import numpy as np
import pyarrow as pa
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.airspace.conftest import Messages

from chengmo import InvalidRequest, ResourceExhausted, open_database
from chengmo_airspace.interfaces import open_service
from chengmo_airspace.interfaces.tracking import PREFIX, REPORT, WATCH, told_alerts
from chengmo_airspace.interfaces.tracking_settings import tracking_settings_from
from chengmo_airspace.tracking import DataCentre, read_json

SETTINGS = {"CHENGMO_AIRSPACE_ROLES": "dss,tracking"}
PATHS = [
    ("POST", "messages", (REPORT,)),
    ("GET", "picture", (WATCH,)),
    ("GET", "alerts", (REPORT, WATCH)),
    ("GET", "status", (WATCH,)),
    ("GET", "moments", (WATCH,)),
    ("GET", "messages", (WATCH,)),
    ("GET", "alerts/past", (WATCH,)),
    ("GET", "statistics", (WATCH,)),
]


@pytest.fixture(scope="module")
def sky(settings, quick_folder):
    """A server with a discovery service and a data centre."""
    folder = quick_folder / "tracking"
    database = open_database(folder)
    environment = settings | SETTINGS | {"CHENGMO_AIRSPACE_TRACKS": str(folder / "tracks")}
    service = open_service(database, environment)
    with TestClient(Starlette(routes=list(service.routes))) as client:
        yield client
    service.close()
    database.close()


@pytest.fixture
def bearer(issuer):
    return lambda *scopes, sub="uss1": {"Authorization": f"Bearer {issuer.token(*scopes, sub=sub)}"}


def message(aircraft="UAS-1", ago_s=0.0, **more):
    time_utc = datetime.now(UTC) - timedelta(seconds=ago_s)
    return {
        "aircraft": aircraft, "time": time_utc.isoformat(), "longitude": 114.3, "latitude": 30.5,
        "height": 80.0, "reference": "WGS84", **more,
    }  # fmt: skip


def eventually(condition):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.mark.parametrize(("method", "path", "allowed"), PATHS)
def test_each_path_is_open_to_its_scopes_and_to_no_other(sky, bearer, method, path, allowed):
    for scope in (REPORT, WATCH, "", "utm.strategic_coordination"):
        answer = sky.request(method, f"{PREFIX}/{path}", headers=bearer(scope), content=b"[]")
        assert (answer.status_code == 403) == (scope not in allowed), (scope, answer.text)
    assert sky.request(method, f"{PREFIX}/{path}").status_code == 401


def test_messages_are_taken_as_json_and_as_arrow_and_what_cannot_be_is_said(sky, bearer):
    body = [message("A", 2), message("A", 2, longitude=999), message("A", 2)]
    body[2]["time"] = body[0]["time"]
    answer = sky.post(f"{PREFIX}/messages", json=body, headers=bearer(REPORT))
    assert answer.json()["accepted"] == answer.json()["duplicates"] == answer.json()["refused"] == 1
    assert answer.json()["reasons"][0]["row"] == 1
    table = read_json(json.dumps([message("A"), message("B")]).encode())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    headers = bearer(REPORT) | {"Content-Type": "application/vnd.apache.arrow.stream"}
    content = sink.getvalue().to_pybytes()
    assert sky.post(f"{PREFIX}/messages", content=content, headers=headers).json()["accepted"] == 2
    for wrong in (b"", b"{", content):
        answer = sky.post(f"{PREFIX}/messages", content=wrong, headers=bearer(REPORT))
        assert answer.status_code == 400
        assert "message" in answer.json()


def test_the_picture_comes_as_geojson_arrow_and_frame_and_within_bounds(sky, bearer):
    body = [message("east", longitude=115.5), message("west", longitude=113.5, synthetic=True)]
    sky.post(f"{PREFIX}/messages", json=body, headers=bearer(REPORT, sub="painter"))
    path, headers = f"{PREFIX}/picture?bbox=113,30,114,31", bearer(WATCH)
    answer = sky.get(path, headers=headers)
    assert answer.headers["content-type"] == "application/geo+json"
    (feature,) = answer.json()["features"]
    assert feature["properties"]["aircraft"] == "west"
    assert feature["properties"]["operator"] == "painter"
    assert feature["properties"]["synthetic"] is True
    accept = {"Accept": "application/vnd.apache.arrow.stream"}
    with pa.ipc.open_stream(sky.get(path, headers=headers | accept).content) as reader:
        assert reader.read_all()["aircraft"].to_pylist() == ["west"]
    frame = sky.get(path, headers=headers | {"Accept": "application/octet-stream"}).content
    assert np.frombuffer(frame, "<i4", 1, 36)[0] == 1_135_000_000
    for wrong in ("1,2,3", "a,b,c,d", "0,2,1,1", "181,0,1,1", "nan,0,1,1"):
        assert sky.get(f"{PREFIX}/picture?bbox={wrong}", headers=headers).status_code == 400


def test_the_past_is_told_by_moment_and_while_and_in_statistics(sky, bearer):
    spot = [message("past", ago, longitude=50.0) for ago in (3, 2, 1)]
    sky.post(f"{PREFIX}/messages", json=spot, headers=bearer(REPORT))
    headers, around = bearer(WATCH), "bbox=49,30,51,31"
    begin, now = (
        (datetime.now(UTC) - timedelta(hours=ago)).isoformat().replace("+00:00", "Z")
        for ago in (0.9, 0)
    )
    (feature,) = sky.get(f"{PREFIX}/moments?at={now}&{around}", headers=headers).json()["features"]
    assert feature["properties"]["aircraft"] == "past"
    accept = headers | {"Accept": "application/vnd.apache.arrow.stream"}
    with pa.ipc.open_stream(sky.get(f"{PREFIX}/moments?at={now}", headers=accept).content) as told:
        assert "past" in told.read_all()["aircraft"].to_pylist()
    answer = sky.get(f"{PREFIX}/messages?from={begin}&to={now}&{around}", headers=headers)
    with pa.ipc.open_stream(answer.content) as told:
        assert told.read_all().num_rows == 3
    past = sky.get(f"{PREFIX}/alerts/past?from={begin}&to={now}", headers=headers)
    assert isinstance(past.json()["alerts"], list)
    hours = "from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z"
    assert sky.get(f"{PREFIX}/statistics?{hours}", headers=headers).json()["rows"] == []
    for wrong in ("moments", "moments?at=today", f"messages?from={now}&to={begin}", "statistics"):
        assert sky.get(f"{PREFIX}/{wrong}", headers=headers).status_code == 400


def put_intent(sky, issuer, entity, intent, **more):
    headers = {"Authorization": f"Bearer {issuer.token('coordination', 'conformance', sub='uss1')}"}
    path = f"/dss/v1/operational_intent_references/{entity}"
    answer = sky.put(path, json=intent(**more), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["operational_intent_reference"]


def test_aircraft_are_held_to_the_intents_of_the_discovery_service(sky, issuer, bearer):
    messages = Messages(70.0)
    entity = "11111111-6482-4d1b-a474-16847e01af1e"
    put_intent(sky, issuer, entity, lambda: messages.intent(messages.volume(start_s=-60)))
    inside = {"latitude": messages.place, "longitude": 114.3, "intent": entity}
    headers = bearer(REPORT)

    def kinds(aircraft):
        found = sky.get(f"{PREFIX}/alerts", headers=headers).json()["alerts"]
        return [alert["kind"] for alert in found if alert["aircraft"] == aircraft]

    def told():
        sky.post(f"{PREFIX}/messages", json=[message("held", **inside)], headers=headers)
        return "not-activated" in kinds("held")

    eventually(told)
    assert "nonconforming" not in kinds("held")
    away = message("held", **inside | {"height": 121.0})
    sky.post(f"{PREFIX}/messages", json=[away], headers=headers)
    eventually(lambda: "nonconforming" in kinds("held"))


def test_who_reports_hears_of_its_own_aircraft_alone_and_who_watches_of_all(sky, bearer):
    pair = [message("P"), message("Q")]
    sky.post(f"{PREFIX}/messages", json=pair[:1], headers=bearer(REPORT, sub="one"))
    sky.post(f"{PREFIX}/messages", json=pair[1:], headers=bearer(REPORT, sub="two"))

    def heard(scope, sub):
        found = sky.get(f"{PREFIX}/alerts", headers=bearer(scope, sub=sub)).json()["alerts"]
        return {alert["aircraft"] for alert in found} & {"P", "Q"}

    eventually(lambda: heard(WATCH, "city") == {"P", "Q"})
    assert heard(REPORT, "one") == {"P"}
    assert heard(REPORT, "two") == {"Q"}


def test_batches_by_web_socket_are_answered_in_their_order(sky, bearer):
    with sky.websocket_connect(f"{PREFIX}/report", headers=bearer(REPORT, sub="ws")) as talk:
        for count in (1, 2, 3):
            talk.send_text(json.dumps([message(f"W{n}-{count}") for n in range(count)]))
        assert [talk.receive_json()["accepted"] for _ in range(3)] == [1, 2, 3]
        talk.send_text("{")
        with pytest.raises(WebSocketDisconnect) as ended:
            talk.receive_json()
    assert ended.value.code == 4400


def test_a_browser_shows_its_token_in_the_first_message_and_sees_the_picture(sky, issuer, bearer):
    sky.post(f"{PREFIX}/messages", json=[message("seen")], headers=bearer(REPORT, sub="shown"))
    with sky.websocket_connect(f"{PREFIX}/watch?rate=20") as talk:
        talk.send_json({"token": issuer.token(WATCH)})
        whole = talk.receive_bytes()
        assert (whole[:4], whole[4]) == (b"CMP1", 1)
        assert b'"shown","seen"' in whole
        later = message("seen", latitude=31.25)
        sky.post(f"{PREFIX}/messages", json=[later], headers=bearer(REPORT, sub="shown"))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            told = talk.receive()
            frame = told.get("bytes") or b""
            if frame[4:5] == b"\x02" and 312_500_000 in np.frombuffer(
                frame, "<i4", int(np.frombuffer(frame, "<u4", 1, 8)[0]) * 3, 32
            ):
                return
    raise AssertionError("the change was never shown")


@pytest.mark.parametrize(
    ("path", "first", "code"),
    [
        ("watch", "{}", 4401), ("watch", '{"token": "x.y.z"}', 4401), ("watch", "[]", 4401),
        ("watch", REPORT, 4403), ("report", WATCH, 4403),
    ],
)  # fmt: skip
def test_a_web_socket_without_a_good_token_or_scope_is_closed(sky, issuer, path, first, code):
    if not first.startswith(("{", "[")):
        first = json.dumps({"token": issuer.token(first)})
    with sky.websocket_connect(f"{PREFIX}/{path}") as talk:
        talk.send_text(first)
        with pytest.raises(WebSocketDisconnect) as ended:
            talk.receive_bytes()
    assert ended.value.code == code


def test_alerts_are_told_as_events_while_one_listens(tmp_path):
    centre = DataCentre(tmp_path)

    async def listen():
        events = told_alerts(centre, lambda alert: alert.aircraft == "near")
        found = [await anext(events)]
        body = json.dumps([message("near"), message("other")]).encode()
        centre.report(read_json(body), "op")
        found.append(await anext(events))
        await events.aclose()
        return found

    comment, event = anyio.run(listen)
    centre.close()
    assert comment.startswith(b":")
    lines = event.decode().splitlines()
    assert lines[1] == "event: alert"
    assert json.loads(lines[2].removeprefix("data: "))["kind"] == "near"


def test_there_is_no_other_web_socket(sky):
    for path in (f"{PREFIX}/messages", f"{PREFIX}/nothing"):
        with pytest.raises(WebSocketDisconnect), sky.websocket_connect(path):
            pass


def test_a_busy_centre_says_when_to_come_again(sky, bearer, monkeypatch):
    def refuse(*_):
        raise ResourceExhausted("full", hint="wait")

    monkeypatch.setattr(DataCentre, "report", refuse)
    answer = sky.post(f"{PREFIX}/messages", json=[message()], headers=bearer(REPORT))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_the_status_counts(sky, bearer):
    assert sky.get(f"{PREFIX}/status", headers=bearer(WATCH)).json()["messages"] > 0


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({}, "watch-the-sky"),
        ({"TRACKS": "x", "LIMITS": "speed=3"}, "late_s"),
        ({"TRACKS": "x", "LIMITS": "late_s=much"}, "such as"),
        ({"TRACKS": "x", "TRACKS_DAYS": "many"}, "such as"),
        ({"TRACKS": "x", "MQTT": "mqtt://broker.example"}, "mqtts"),
        ({"TRACKS": "x", "MQTT": "http://127.0.0.1"}, "mqtts"),
        ({"TRACKS": "x", "MQTT": "mqtts://host:port"}, "mqtts"),
    ],
)
def test_a_centre_configured_by_half_is_refused(given, hint):
    with pytest.raises(InvalidRequest) as refused:
        tracking_settings_from({f"CHENGMO_AIRSPACE_{name}": text for name, text in given.items()})
    assert hint in refused.value.hint


def test_a_password_is_never_shown():
    given = {"TRACKS": "x", "MQTT": "mqtts://b.example", "MQTT_PASSWORD": "hidden"}
    found = tracking_settings_from({f"CHENGMO_AIRSPACE_{n}": text for n, text in given.items()})
    assert (found.broker.port, found.broker.topic) == (8883, "chengmo/telemetry")
    assert "hidden" not in repr(found)


MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")


@pytest.fixture
def broker(tmp_path):
    """A broker of our own on a loopback port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    with subprocess.Popen([MOSQUITTO, "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        yield port
        process.terminate()


@pytest.mark.slow
@pytest.mark.skipif(MOSQUITTO is None, reason="no MQTT broker here: apt-get install mosquitto")
def test_telemetry_comes_by_mqtt_and_is_acknowledged_when_it_is_on_disk(
    settings, tmp_path, broker, bearer
):
    database = open_database(tmp_path)
    environment = settings | {
        "CHENGMO_AIRSPACE_ROLES": "tracking",
        "CHENGMO_AIRSPACE_TRACKS": str(tmp_path / "tracks"),
        "CHENGMO_AIRSPACE_MQTT": f"mqtt://127.0.0.1:{broker}",
    }
    service = open_service(database, environment)

    async def send(*bodies):
        told = {}
        async with aiomqtt.Client("127.0.0.1", broker) as client:
            await client.subscribe("chengmo/telemetry-receipts/#")
            for operator, body in bodies:
                await client.publish(f"chengmo/telemetry/{operator}", body, qos=1)
            with anyio.move_on_after(2):
                async for receipt in client.messages:
                    told[receipt.topic.value.rpartition("/")[2]] = receipt.payload
        return told

    def seen():
        found = http.get(f"{PREFIX}/picture", headers=bearer(WATCH)).json()["features"]
        return {(f["properties"]["operator"], f["properties"]["aircraft"]) for f in found}

    good = json.dumps([message("M1"), message("M2")])
    bad = json.dumps([message("M3", latitude=99.0)])
    http = TestClient(Starlette(routes=list(service.routes)))
    # The first may be sent before the centre has subscribed.
    told = eventually(lambda: anyio.run(send, ("op1", good), ("op2", b"{"), ("op3", bad)))
    assert json.loads(told["op3"])["reasons"][0]["row"] == 0
    assert "no JSON" in json.loads(told["op2"])["message"]
    assert seen() == {("op1", "M1"), ("op1", "M2")}
    service.close()
    # What is sent meanwhile waits at the broker, for it was not acknowledged.
    anyio.run(send, ("op1", json.dumps([message("M4")])))
    service = open_service(database, environment)
    http = TestClient(Starlette(routes=list(service.routes)))
    assert eventually(lambda: ("op1", "M4") in seen())
    service.close()
    database.close()
