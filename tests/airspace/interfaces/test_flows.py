"""Two USSs and a discovery service, each a real process: flights planned, flown, disturbed, killed.

The flows are those that the open qualification suites for F3548-21 describe, in our own words:
nominal planning with equal and higher priority, off-nominal flights, a USS that is down; and what
they leave out: any of the processes killed in between.
"""

<<<<<<< HEAD
=======
import json
import os
import signal
import socket
import subprocess
import sys
>>>>>>> tracking
import time
import uuid

import httpx
import pytest
<<<<<<< HEAD
from tests.airspace.interfaces.skies import DIRECT, PATIENCE_S, PLAN, eventually
=======
from websockets.sync.client import connect
>>>>>>> tracking

from chengmo_airspace.flights.instant import now_us

pytestmark = pytest.mark.slow
<<<<<<< HEAD
=======
HERE = Path(__file__).parent
PLAN, DIRECT = "interuss.flight_planning.plan", "interuss.flight_planning.direct_automated_test"
PATIENCE_S = 60


class Server:
    """A server that can be killed and started again at the same address."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        number = self.listener.fileno()
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "serve_airspace.py"), str(self.folder), str(number)],
            env=self.environment,
            pass_fds=[number],
        )
        httpx.get(f"{self.address}/conformance", timeout=PATIENCE_S).raise_for_status()

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.listener.close()


class Uss(Server):
    """A USS, and the virtual user who plans flights with it."""

    def tell(self, method: str, path: str, scope: str, body=None):
        token = self.issuer.token(scope, sub="tester", aud="127.0.0.1")
        return httpx.request(
            method, f"{self.address}{path}", json=body, timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def plan(self, flight, *volumes, usage="Planned", health="Nominal", priority=0):
        body = {
            "flight_plan": {
                "basic_information": {
                    "usage_state": usage, "uas_state": health, "area": list(volumes),
                },
                "astm_f3548_21": {"priority": priority},
            },
            "execution_style": "IfAllowed",
            "request_id": str(uuid.uuid4()),
        }  # fmt: skip
        answer = self.tell("PUT", f"/flight_planning/v1/flight_plans/{flight}", PLAN, body)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told["planning_result"], told["flight_plan_status"]

    def end(self, flight):
        return self.tell("DELETE", f"/flight_planning/v1/flight_plans/{flight}", DIRECT)

    def warnings(self, since_us):
        query = f"after={write_instant(since_us)}"
        answer = self.tell("GET", f"/flight_planning/v1/user_notifications?{query}", PLAN)
        return [told["conflicts"] for told in answer.json()["user_notifications"]]


class Sky:
    """All of them, and what the discovery service can be asked."""

    def __init__(self, dss: Server, one: Uss, two: Uss, issuer) -> None:
        self.dss, self.one, self.two, self.issuer = dss, one, two, issuer

    def ask(self, method, path, *scopes, body=None):
        token = self.issuer.token(*(scopes or ("coordination",)), sub="tester", aud="127.0.0.1")
        return httpx.request(
            method, f"{self.dss.address}/dss/v1{path}", json=body, timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def states(self, volume) -> list[str]:
        """The states of all intents there."""
        body = {"area_of_interest": volume}
        answer = self.ask("POST", "/operational_intent_references/query", body=body)
        found = answer.json()["operational_intent_references"]
        return sorted(f"{each['manager']} {each['state']}" for each in found)

    def mark(self, uss: str, state: str) -> None:
        path = f"/uss_availability/{uss}"
        version = self.ask("GET", path, "arbitration").json()["version"]
        body = {"old_version": version, "availability": state}
        assert self.ask("PUT", path, "arbitration", body=body).status_code == 200


def eventually(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def sky(tmp_path_factory, issuer, copy_of_home) -> Iterator[Sky]:
    """A discovery service and two USSs."""
    folder = tmp_path_factory.mktemp("sky")
    (folder / "private.pem").write_bytes(issuer.rsa.as_pem(private=True))
    (folder / "public.pem").write_bytes(issuer.rsa.as_pem(private=False))
    shared = {
        **os.environ,
        "CHENGMO_AIRSPACE_KEYS": str(folder / "public.pem"),
        "CHENGMO_AIRSPACE_AUDIENCE": "127.0.0.1",
    }
    with ExitStack() as stack:
        dss = Server(copy_of_home(folder / "dss"), shared)
        suppliers = [Uss(copy_of_home(folder / name), {}) for name in ("one", "two")]
        for server in (dss, *suppliers):
            stack.callback(server.close)
        peers = ",".join(server.address.removeprefix("http://") for server in suppliers)
        for name, supplier in zip(("one", "two"), suppliers, strict=True):
            supplier.issuer = issuer
            supplier.environment = shared | {
                "CHENGMO_AIRSPACE_ROLES": "uss,tracking",
                "CHENGMO_AIRSPACE_TRACKS": str(folder / f"{name}-tracks"),
                "CHENGMO_AIRSPACE_LIMITS": "lost_link_s=600,restored_after_s=1",
                "CHENGMO_AIRSPACE_USS": name,
                "CHENGMO_AIRSPACE_BASE_URL": supplier.address,
                "CHENGMO_AIRSPACE_DSS": dss.address,
                "CHENGMO_AIRSPACE_PEERS": peers,
                "CHENGMO_AIRSPACE_SIGNING_KEY": str(folder / "private.pem"),
                "CHENGMO_AIRSPACE_TESTING": "1",
            }
        for server in (dss, *suppliers):
            server.start()
        yield Sky(dss, *suppliers, issuer)
>>>>>>> tracking


def new_flight() -> str:
    return str(uuid.uuid4())


def test_the_doors_for_tests_say_what_they_are(sky):
    status = sky.one.tell("GET", "/flight_planning/v1/status", DIRECT).json()
    assert (status["status"], status["api_version"]) == ("Ready", "v0.5.0")
    scope = "interuss.versioning.read_system_versions"
    told = sky.one.tell("GET", "/versioning/versions/astm.f3548.v21", scope).json()
    assert told["system_version"].startswith("v")
    assert sky.one.tell("GET", "/versioning/versions/other", scope).status_code == 404
    assert sky.one.tell("GET", "/flight_planning/v1/status", PLAN).status_code == 403


def test_of_two_flights_of_equal_priority_the_first_stays(sky, volume):
    first, second, place = new_flight(), new_flight(), volume(start_s=-5)
    assert sky.one.plan(first, place) == ("Completed", "Planned")
    assert sky.two.plan(second, place) == ("Rejected", "NotPlanned")
    assert sky.one.plan(new_flight(), place) == ("Rejected", "NotPlanned")
    assert sky.states(place) == ["one Accepted"]
    assert sky.one.plan(first, place, usage="InUse") == ("Completed", "OkToFly")
    assert sky.two.plan(second, place) == ("Rejected", "NotPlanned")
    above = volume(start_s=-5, low=200, high=300)
    assert sky.two.plan(second, above) == ("Completed", "Planned")
    # To come down into the other would be a conflict: the flight stays as it was.
    assert sky.two.plan(second, place) == ("Rejected", "Planned")
    assert sky.one.end(first).json()["flight_plan_status"] == "Closed"
    assert sky.one.end(first).status_code == 404
    assert sky.two.plan(second, place, usage="InUse") == ("Completed", "OkToFly")
    assert sky.two.plan(second, place, usage="Planned") == ("Rejected", "OkToFly")
    assert sky.two.plan(second, place, usage="Closed") == ("Completed", "Closed")
    assert sky.states(place) == []


def test_a_flight_of_higher_priority_goes_before_and_the_other_is_warned(sky, volume):
    since, low, high, place = now_us(), new_flight(), new_flight(), volume(start_s=-5)
    assert sky.one.plan(low, place) == ("Completed", "Planned")
    assert sky.two.plan(high, place, priority=100) == ("Completed", "Planned")
    assert sky.states(place) == ["one Accepted", "two Accepted"]
    assert eventually(lambda: sky.one.warnings(since) == ["Single"])
    assert sky.one.plan(low, place, usage="InUse") == ("Rejected", "Planned")
    assert sky.two.plan(high, place, usage="InUse", priority=100) == ("Completed", "OkToFly")
    assert sky.two.end(high).status_code == 200
    assert sky.one.plan(low, place, usage="InUse") == ("Completed", "OkToFly")
    area = {"request_id": new_flight(), "extent": place}
    answer = sky.one.tell("POST", "/flight_planning/v1/clear_area_requests", DIRECT, area)
    assert answer.json()["outcome"]["success"]
    assert sky.states(place) == []


def test_a_flight_off_its_plan_is_told_to_all_and_asks_nobody(sky, volume):
    mine, other, place = new_flight(), new_flight(), volume(start_s=-5)
    wide = volume(start_s=-5, radius=2000, low=0, high=500)
    beside = volume(start_s=-5, north=0.008)
    assert sky.one.plan(mine, place, usage="InUse") == ("Completed", "OkToFly")
    assert sky.two.plan(other, beside) == ("Completed", "Planned")
    since = now_us()
    told = sky.one.plan(mine, wide, usage="InUse", health="OffNominal")
    assert told == ("Completed", "OffNominal")
    assert sky.states(place) == ["one Nonconforming"]
    assert eventually(lambda: sky.two.warnings(since) == ["Single"])
    assert sky.two.plan(other, beside, usage="InUse") == ("Rejected", "Planned")
    (found,) = sky.ask(
        "POST", "/operational_intent_references/query", body={"area_of_interest": place}
    ).json()["operational_intent_references"]
    base = f"/uss/v1/operational_intents/{found['id']}"
    details = sky.one.tell("GET", base, "coordination").json()["operational_intent"]["details"]
    assert [len(details[name]) for name in ("volumes", "off_nominal_volumes")] == [1, 1]
    assert sky.one.tell("GET", f"{base}/telemetry", "conformance").status_code == 412
    assert sky.one.tell("GET", f"{base}/telemetry", "coordination").status_code == 403
    assert sky.one.plan(mine, place, usage="InUse") == ("Completed", "OkToFly")
    assert sky.one.tell("GET", f"{base}/telemetry", "conformance").status_code == 409
    contingent = sky.one.plan(mine, wide, usage="InUse", health="Contingent")
    assert contingent == ("Completed", "OffNominal")
    assert sky.one.plan(mine, place, usage="InUse") == ("Rejected", "OffNominal")
    assert [uss.end(f).status_code for uss, f in ((sky.one, mine), (sky.two, other))] == [200, 200]


def test_an_aircraft_that_leaves_its_volumes_makes_its_flight_nonconforming_and_back(
    sky, volume, messages
):
    flight, place = new_flight(), volume(start_s=-5)
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


def test_flights_that_cannot_be_are_rejected(sky, volume):
    for bounds in (
        {"start_s": -100, "end_s": -50},
        {"start_s": 31 * 86_400, "end_s": 31 * 86_400 + 60},
    ):
        assert sky.one.plan(new_flight(), volume(**bounds)) == ("Rejected", "NotPlanned")
    future = volume(start_s=600)
    assert sky.one.plan(new_flight(), future, usage="InUse") == ("Rejected", "NotPlanned")
    assert sky.one.plan(new_flight()) == ("Rejected", "NotPlanned")
    off = sky.one.plan(new_flight(), volume(), usage="InUse", health="OffNominal")
    assert off == ("Rejected", "NotPlanned")


def test_a_uss_that_is_down_blocks_with_what_flies_and_not_with_what_was_planned(sky, volume):
    planned, flying = volume(start_s=-5), volume(start_s=-5, low=300, high=400)
    flights = [new_flight() for _ in range(2)]
    assert sky.two.plan(flights[0], planned) == ("Completed", "Planned")
    assert sky.two.plan(flights[1], flying, usage="InUse") == ("Completed", "OkToFly")
    sky.two.kill()
    # As long as nobody has said that it is down, its answer is waited for, and does not come.
    assert sky.one.plan(new_flight(), planned)[0] == "Failed"
    sky.mark("two", "Down")
    over, through = new_flight(), new_flight()
    assert sky.one.plan(over, planned) == ("Completed", "Planned")
    assert sky.one.plan(through, flying) == ("Rejected", "NotPlanned")
    sky.two.start()
    assert sky.two.end(flights[1]).json()["planning_result"] == "Failed"
    sky.mark("two", "Normal")
    for uss, flight in ((sky.two, flights[0]), (sky.two, flights[1]), (sky.one, over)):
        assert uss.end(flight).json()["planning_result"] == "Completed"
    assert sky.states(volume(start_s=-5, low=0, high=500)) == []


def test_a_discovery_service_that_was_killed_has_lost_nothing(sky, volume):
    flights, place = [new_flight() for _ in range(3)], volume(start_s=-5, low=0, high=2000)
    bands = [volume(start_s=-5, low=low, high=low + 50) for low in range(100, 400, 100)]
    for flight, band in zip(flights, bands, strict=True):
        assert sky.one.plan(flight, band) == ("Completed", "Planned")
        sky.dss.kill()
        sky.dss.start()
    assert sky.states(place) == ["one Accepted"] * 3
    for band in bands:
        assert sky.two.plan(new_flight(), band) == ("Rejected", "NotPlanned")
    for flight in flights:
        assert sky.one.end(flight).status_code == 200


def test_a_uss_that_was_killed_hears_later_what_it_missed(sky, volume):
    since = now_us()
    near, mine = new_flight(), new_flight()
    place = volume()
    assert sky.one.plan(near, volume(low=130, high=200)) == ("Completed", "Planned")
    assert sky.two.plan(mine, place) == ("Completed", "Planned")
    # The first has heard of the second by its subscription, and need not ask it.
    sky.two.kill()
    over = new_flight()
    outcome = sky.one.plan(over, place, priority=10)
    sky.two.start()
    if outcome[0] == "Failed":
        # The notice had not arrived before the kill; then it is asked, now that it answers.
        assert sky.one.plan(over, place, priority=10) == ("Completed", "Planned")
    else:
        assert outcome == ("Completed", "Planned")
    assert eventually(lambda: "Single" in sky.two.warnings(since))
    assert sky.two.plan(mine, place) == ("Rejected", "Planned")
    for uss, flight in ((sky.one, near), (sky.one, over), (sky.two, mine)):
        assert uss.end(flight).status_code == 200


def test_nobody_can_make_a_uss_call_a_stranger(sky, volume, issuer):
    place = volume()
    entity = new_flight()
    body = {
        "extents": [place],
        "state": "Accepted",
        "uss_base_url": "https://169.254.169.254/latest",
        "key": [],
    }
    made = sky.ask("PUT", f"/operational_intent_references/{entity}", body=body)
    assert made.status_code == 201
    since = time.monotonic()
    assert sky.one.plan(new_flight(), place)[0] == "Failed"
    # Refused at once, not tried until a time limit.
    assert time.monotonic() - since < PATIENCE_S / 2
    ovn = made.json()["operational_intent_reference"]["ovn"]
    assert sky.ask("DELETE", f"/operational_intent_references/{entity}/{ovn}").status_code == 200


def test_the_door_between_usss_is_shut_to_strangers_and_to_the_wrong_manager(sky, volume):
    flight, place = new_flight(), volume()
    assert sky.one.plan(flight, place) == ("Completed", "Planned")
    (found,) = sky.ask(
        "POST", "/operational_intent_references/query", body={"area_of_interest": place}
    ).json()["operational_intent_references"]
    path = f"/uss/v1/operational_intents/{found['id']}"
    whole = sky.one.tell("GET", path, "coordination").json()["operational_intent"]
    assert whole["reference"]["ovn"]
    for scope in ("management", "processing", "arbitration", "", PLAN):
        assert sky.one.tell("GET", path, scope).status_code == 403
    assert httpx.get(f"{sky.one.address}{path}").status_code == 401
    notice = {
        "operational_intent_id": found["id"],
        "operational_intent": whole,
        "subscriptions": [{"subscription_id": new_flight(), "notification_index": 1}],
    }
    # The tester is not its manager.
    answer = sky.two.tell("POST", "/uss/v1/operational_intents", "coordination", notice)
    assert answer.status_code == 403
    assert sky.one.end(flight).status_code == 200
