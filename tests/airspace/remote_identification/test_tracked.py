"""The data centre's aircraft, told by remote identification: a minute of them, and no names."""

import json
import uuid

import pytest

from chengmo_airspace.flights.instant import SECOND_US, now_us, write_instant
from chengmo_airspace.flights.peer import PeerFailed
from chengmo_airspace.remote_identification.announcer import Announcer
from chengmo_airspace.remote_identification.provider import ServiceProvider
from chengmo_airspace.remote_identification.tracked import TrackedFlights
from chengmo_airspace.remote_identification.view import View
from chengmo_airspace.tracking import DataCentre, read_json

VIEW = View(30.5, 114.3, 30.51, 114.31)
BASE = "https://uss.example.com/rid/v2"


class Register:
    """Asks the discovery service that runs in this process."""

    def __init__(self, http, issuer) -> None:
        self.http, self.issuer, self.told = http, issuer, []

    def ask_register(self, method, path, body, *, scope):
        token = self.issuer.token(scope, sub="sp")
        answer = self.http.request(
            method,
            f"/rid/v2/dss{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        if answer.status_code != 200:
            raise PeerFailed(answer.text, status=answer.status_code)
        return answer.json()

    def ask_provider(self, base_url, path, *, scope):
        raise PeerFailed(f"{base_url}{path} is nowhere ({scope})")

    def tell_display(self, base_url, path, body, *, scope):
        self.told.append((f"{base_url}{path}", json.loads(body), scope))


class Sky:
    """A data centre and who follows it, both by one clock."""

    def __init__(self, folder, register) -> None:
        self.now = now_us()
        self.centre = DataCentre(folder, clock=self.clock)
        announcer = Announcer(register, base_url=BASE, clock=self.clock)
        self.tracked = TrackedFlights(self.centre, announcer, clock=self.clock)
        self.provider = ServiceProvider([self.tracked], clock=self.clock)

    def clock(self):
        return self.now

    def hear(self, aircraft="INTC3123", operator="CHN.OP1", **more):
        message = {
            "aircraft": aircraft, "time": write_instant(self.now), "longitude": 114.305,
            "latitude": 30.505, "height": 80.0, "reference": "WGS84", "speed": 5.0,
            "course": 90.0, "climb": 0.5, "synthetic": False, **more,
        }  # fmt: skip
        table = read_json(json.dumps([message]).encode())
        assert self.centre.report(table, operator).result().accepted == 1
        self.tracked.follow()

    def flights(self, recent_s=0.0):
        return self.provider.flights(VIEW, recent_s)["flights"]

    def wait(self, seconds):
        self.now += int(seconds * SECOND_US)
        self.tracked.follow()


@pytest.fixture
def sky(quick_folder, http, issuer):
    made = Sky(quick_folder / f"tracked-{uuid.uuid4()}", Register(http, issuer))
    yield made
    made.tracked.close()
    made.centre.close()


def test_an_aircraft_is_told_by_a_random_id_for_a_minute(sky):
    assert sky.flights() == []
    for step in range(5):
        sky.hear(longitude=114.305 + step * 1e-4)
        sky.wait(1)
    (told,) = sky.flights(recent_s=60)
    assert uuid.UUID(told["id"]).version == 4
    assert told["simulated"] is False
    state = told["current_state"]
    assert (state["speed"], state["track"], state["vertical_speed"]) == (5.0, 90.0, 0.5)
    assert state["position"]["alt"] == pytest.approx(80)
    assert len(told["recent_positions"]) == 5
    assert sky.provider.details(told["id"])["details"] == {
        "id": told["id"],
        "uas_id": {"utm_id": told["id"], "serial_number": "INTC3123"},
        "operator_id": "CHN.OP1",
    }
    sky.wait(58)
    assert len(sky.flights(recent_s=60)[0]["recent_positions"]) == 2
    sky.wait(3)
    assert sky.flights() == []
    # The same aircraft again is another flight: nobody can follow it through the day.
    sky.hear()
    assert sky.flights()[0]["id"] != told["id"]


def test_what_is_not_known_is_not_made_up(sky):
    sky.hear(
        "drone 7", "operator-1", height=None, reference=None, speed=None, course=None,
        climb=None, synthetic=True,
    )  # fmt: skip
    (told,) = sky.flights()
    assert told["simulated"] is True
    state = told["current_state"]
    assert (state["speed"], state["track"], state["vertical_speed"]) == (255.0, 361.0, 63.0)
    assert state["position"]["alt"] == -1000.0
    details = sky.provider.details(told["id"])["details"]
    assert details["uas_id"] == {"utm_id": told["id"]}
    assert "operator_id" not in details
    assert "operator-1" in details["operation_description"]


def test_what_stands_on_the_ground_or_flies_elsewhere_is_not_told(sky):
    sky.hear("A", on_ground=True)
    sky.hear("B", latitude=31.0)
    assert sky.flights() == []
    sky.hear("C", "CHN.OP1", latitude=30.5099)
    assert len(sky.flights()) == 1


def areas(http, issuer):
    answer = http.get(
        "/rid/v2/dss/identification_service_areas?area=30.5,114.3,30.51,114.3,30.51,114.31",
        headers={"Authorization": f"Bearer {issuer.token('rid.display_provider')}"},
    )
    return [each for each in answer.json()["service_areas"] if each["uss_base_url"] == BASE]


def test_where_somebody_flies_is_announced_by_tiles_and_taken_back(sky, http, issuer):
    sky.tracked.announce()
    assert areas(http, issuer) == []
    sky.hear()
    sky.hear("B", latitude=30.51)
    sky.tracked.announce()
    (area,) = areas(http, issuer)
    sky.tracked.announce()
    assert areas(http, issuer) == [area]
    sky.wait(40)
    sky.hear()
    sky.wait(150)
    sky.hear()
    sky.tracked.announce()
    (renewed,) = areas(http, issuer)
    assert renewed["id"] == area["id"]
    assert renewed["time_end"]["value"] > area["time_end"]["value"]
    sky.wait(61)
    sky.tracked.announce()
    assert areas(http, issuer) == []
