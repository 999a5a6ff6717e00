"""What an aircraft does becomes the state of its flight, which all others are told."""

import json

import httpx
import pytest
from tests.airspace.conftest import Messages
from tests.airspace.interfaces.skies import PATIENCE_S, eventually
from tests.airspace.interfaces.test_flows import new_flight
from websockets.sync.client import connect

from chengmo_airspace.flights.instant import now_us, write_instant

pytestmark = pytest.mark.slow


def test_an_aircraft_that_leaves_its_volumes_makes_its_flight_nonconforming_and_back(sky):
    messages = Messages(70.0)
    flight, place = new_flight(), messages.volume(start_s=-5)
    assert sky.one.plan(flight, place, usage="InUse") == ("Completed", "OkToFly")
    (found,) = sky.ask(
        "POST", "/operational_intent_references/query", body={"area_of_interest": place}
    ).json()["operational_intent_references"]
    token = sky.issuer.token("chengmo.tracking.report", sub="one", aud="127.0.0.1")

    def fly(height: float) -> None:
        message = {
            "aircraft": "UAS-1", "time": write_instant(now_us()), "intent": found["id"],
            "longitude": 114.3, "latitude": messages.place, "height": height,
            "reference": "WGS84", "speed": 5, "course": 90,
        }  # fmt: skip
        answer = httpx.post(
            f"{sky.one.address}/tracking/v1/messages", json=[message], timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert answer.json()["accepted"] == 1, answer.text

    def is_state(state: str, height: float) -> bool:
        fly(height)
        return sky.states(place) == [f"one {state}"]

    watcher = {"token": sky.issuer.token("chengmo.tracking.watch", sub="city", aud="127.0.0.1")}
    address = f"{sky.one.address.replace('http', 'ws')}/tracking/v1/watch"
    with connect(address, open_timeout=PATIENCE_S) as watch:
        watch.send(json.dumps(watcher))
        assert watch.recv(PATIENCE_S)[:5] == b"CMP1\x01"
        fly(90)
        assert eventually(lambda: is_state("Nonconforming", 121))
        assert eventually(lambda: "nonconforming" in str(watch.recv(PATIENCE_S)))
    base = f"/uss/v1/operational_intents/{found['id']}"
    telemetry = sky.one.tell("GET", f"{base}/telemetry", "conformance").json()["telemetry"]
    assert telemetry["position"]["altitude"]["value"] == 121
    details = sky.one.tell("GET", base, "coordination").json()["operational_intent"]["details"]
    assert [len(details[name]) for name in ("volumes", "off_nominal_volumes")] == [1, 1]
    assert eventually(lambda: is_state("Activated", 90))
    assert sky.one.end(flight).status_code == 200
