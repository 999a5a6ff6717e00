"""Remote identification between servers: flights injected at one USS, seen at both.

The flows are those of the open qualification suite for F3411-22a: nominal behaviour, groups,
limits of what may be looked at, incomplete telemetry.
"""

import uuid
from urllib.parse import urlencode

import httpx
import pytest
from tests.airspace.interfaces.skies import PATIENCE_S, eventually

from chengmo_airspace.flights.instant import SECOND_US, now_us, write_instant

pytestmark = pytest.mark.slow
DISPLAY, SERVICE, INJECT = "rid.display_provider", "rid.service_provider", "rid.inject_test_data"
AREAS = "/rid/v2/dss/identification_service_areas"


def new_id() -> str:
    return str(uuid.uuid4())


def flight(name, lat, lng, *, begin_s=-5, seconds=20, lacks=()):
    """A flight northwards from a place, a metre a second, as a test injects it."""
    begin = now_us() + begin_s * SECOND_US
    states = []
    for second in range(seconds):
        position = {
            "lat": lat + second * 9e-6, "lng": lng, "alt": 120.0,
            "accuracy_h": "HA3m", "accuracy_v": "VA3m",
            "height": {"distance": 50.0, "reference": "TakeoffLocation"},
        }  # fmt: skip
        state = {
            "timestamp": write_instant(begin + second * SECOND_US), "timestamp_accuracy": 0.1,
            "operational_status": "Airborne", "position": position, "track": 0.0, "speed": 1.0,
            "speed_accuracy": "SA03mps", "vertical_speed": 0.0,
        }  # fmt: skip
        states.append({key: value for key, value in state.items() if key not in lacks})
    details = {
        "id": name,
        "operator_id": f"CHN.{name[:4]}",
        "operator_location": {"lat": lat, "lng": lng},
        "uas_id": {"serial_number": "INTCJ123-4567-890"},
    }
    return {
        "injection_id": new_id(),
        "aircraft_type": "Helicopter",
        "telemetry": states,
        "details_responses": [{"effective_after": write_instant(begin), "details": details}],
    }


class Test:
    """A test at one USS."""

    __test__ = False

    def __init__(self, uss, *flights) -> None:
        self.uss, self.id = uss, new_id()
        self.path = f"/rid/injection/v1/tests/{self.id}"
        answer = uss.tell("PUT", self.path, INJECT, {"requested_flights": list(flights)})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        self.version = told["version"]
        names = [each["injection_id"] for each in told["injected_flights"]]
        assert names == [each["injection_id"] for each in flights]

    def end(self):
        wrong = self.uss.tell("DELETE", f"{self.path}/wrong", INJECT)
        assert wrong.status_code == 409
        answer = self.uss.tell("DELETE", f"{self.path}/{self.version}", INJECT)
        assert answer.status_code == 200, answer.text
        assert self.uss.tell("DELETE", f"{self.path}/{self.version}", INJECT).status_code == 404


def box(lat, lng, size=0.005):
    return f"{lat - size},{lng - size},{lat + size},{lng + size}"


def show(uss, view, scope=DISPLAY):
    answer = uss.tell("GET", f"/rid/observation/v1/display_data?view={view}", scope)
    assert answer.status_code == 200, answer.text
    return answer.json()


def areas(sky, lat, lng):
    corners = [(lat, lng), (lat + 0.001, lng), (lat + 0.001, lng + 0.001)]
    query = urlencode({"area": ",".join(f"{a},{b}" for a, b in corners)})
    token = sky.issuer.token(DISPLAY, sub="tester", aud="127.0.0.1")
    answer = httpx.get(
        f"{sky.dss.address}{AREAS}?{query}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE_S,
    )
    return answer.json()["service_areas"]


def test_a_flight_at_one_is_seen_at_both_with_who_flies_it(sky):
    lat, lng, name = 10.0, 100.0, new_id()
    test = Test(sky.one, flight(name, lat, lng))
    (area,) = areas(sky, lat, lng)
    assert area["uss_base_url"] == f"{sky.one.address}/rid/v2"
    path = f"/rid/v2/uss/identification_service_areas/{area['id']}"
    extents = sky.one.tell("GET", path, DISPLAY).json()["extents"]
    assert extents["time_end"] == area["time_end"]
    for observer in (sky.one, sky.two):
        for scope in (DISPLAY, "dss.read.identification_service_areas"):
            shown = show(observer, box(lat, lng), scope)
            assert shown["clusters"] == []
            (seen,) = shown["flights"]
        assert seen["id"] != name
        assert seen["aircraft_type"] == "Helicopter"
        assert seen["current_state"]["operational_status"] == "Airborne"
        assert seen["most_recent_position"]["lng"] == lng
        assert seen["most_recent_position"]["alt"] == 120.0
        (path_flown,) = seen["recent_paths"]
        lats = [each["lat"] for each in path_flown["positions"]]
        assert lats == sorted(lats)
        assert lats[0] == lat
        where = f"/rid/observation/v1/display_data/{seen['id']}"
        details = observer.tell("GET", where, DISPLAY).json()
        assert details["operator"]["id"] == f"CHN.{name[:4]}"
        assert details["uas"]["id"] == "INTCJ123-4567-890"
        assert show(observer, box(lat, lng))["flights"][0]["id"] == seen["id"]
        assert show(observer, box(lat + 0.1, lng)) == {"flights": [], "clusters": []}
        unknown = observer.tell("GET", f"/rid/observation/v1/display_data/{name}", DISPLAY)
        assert unknown.status_code == 404
    test.end()
    assert areas(sky, lat, lng) == []
    assert show(sky.two, box(lat, lng)) == {"flights": [], "clusters": []}


def test_a_wider_view_shows_groups_alone(sky):
    lat, lng = 10.0, 101.0
    places = [(lat + 0.01, lng + 0.01), (lat + 0.0101, lng + 0.01), (lat - 0.01, lng - 0.01)]
    one = Test(sky.one, *(flight(new_id(), *place) for place in places[:1]))
    two = Test(sky.two, *(flight(new_id(), *place) for place in places[1:]))
    view = box(lat, lng, 0.02)
    for observer in (sky.one, sky.two):
        shown = show(observer, view)
        assert shown["flights"] == []
        assert sorted(each["number_of_flights"] for each in shown["clusters"]) == [1, 2]
        for cluster in shown["clusters"]:
            south, north = sorted(corner["lat"] for corner in cluster["corners"])
            west, east = sorted(corner["lng"] for corner in cluster["corners"])
            held = [p for p in places if south <= p[0] <= north and west <= p[1] <= east]
            assert len(held) == cluster["number_of_flights"]
            assert all(p != ((south + north) / 2, (west + east) / 2) for p in held)
    for test in (one, two):
        test.end()


def test_what_may_be_looked_at_is_limited(sky):
    for path in ("/rid/observation/v1/display_data", "/rid/v2/uss/flights"):
        for view, status in (
            (box(10, 102, 0.05), 413),
            ("10,102,10.01", 400),
            ("", 400),
            ("10,102,here,103", 400),
            (box(10, 102, 0.01), 200),
        ):
            answer = sky.one.tell("GET", f"{path}?view={view}", DISPLAY)
            assert answer.status_code == status, (path, view, answer.text)
    path = f"/rid/v2/uss/flights?view={box(10, 102)}&recent_positions_duration="
    for given, status in (("60", 200), ("61", 400), ("-1", 400), ("nan", 400), ("x", 400)):
        assert sky.one.tell("GET", f"{path}{given}", DISPLAY).status_code == status
    unknown = sky.one.tell("GET", f"/rid/v2/uss/flights/{new_id()}/details", DISPLAY)
    assert unknown.status_code == 404


def test_an_aircraft_that_tells_too_little_is_not_shown_and_its_operator_is_told(sky):
    lat, lng, since = 10.0, 103.0, now_us() - 10 * SECOND_US
    test = Test(sky.one, flight(new_id(), lat, lng, seconds=3, lacks=("speed",)))
    path = f"/rid/v2/uss/flights?view={box(lat, lng)}"
    assert sky.one.tell("GET", path, DISPLAY).json()["flights"] == []
    told = sky.one.tell(
        "GET", f"/rid/injection/v1/user_notifications?after={write_instant(since)}", INJECT
    )
    assert len(told.json()["user_notifications"]) == 3
    test.end()


def test_who_wants_to_know_of_areas_is_told_and_strangers_are_shown_too(sky):
    lat, lng, stranger = 10.0, 104.0, sky.stranger
    token = {
        scope: sky.issuer.token(scope, sub="tester", aud="127.0.0.1")
        for scope in (DISPLAY, SERVICE)
    }

    def ask(method, path, scope, body=None):
        return httpx.request(
            method, f"{sky.dss.address}/rid/v2/dss{path}", json=body, timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token[scope]}"},
        )  # fmt: skip

    circle = {"center": {"lat": lat, "lng": lng}, "radius": {"value": 3000, "units": "M"}}
    soon = {"value": write_instant(now_us() + 600 * SECOND_US), "format": "RFC3339"}
    extents = {"volume": {"outline_circle": circle}, "time_end": soon}
    body = {"extents": extents, "uss_base_url": f"{stranger.address}/rid"}
    subscription, area = new_id(), new_id()
    assert ask("PUT", f"/subscriptions/{subscription}", DISPLAY, body).status_code == 200
    test = Test(sky.one, flight(new_id(), lat, lng))

    def notices():
        prefix = "/rid/uss/identification_service_areas/"
        return [told for _, where, told in stranger.heard if where.startswith(prefix)]

    assert eventually(lambda: len(notices()) == 1)
    assert notices()[0]["service_area"]["uss_base_url"] == f"{sky.one.address}/rid/v2"
    states = notices()[0]["subscriptions"]
    assert states == [{"subscription_id": subscription, "notification_index": 1}]

    # A stranger's flights are asked for, and what it tells is shown.
    made = ask("PUT", f"/identification_service_areas/{area}", SERVICE, body).json()
    moment = {"value": write_instant(now_us()), "format": "RFC3339"}
    state = {
        "timestamp": moment, "timestamp_accuracy": 0, "speed_accuracy": "SAUnknown",
        "position": {"lat": lat + 0.001, "lng": lng, "alt": 99}, "track": 361, "speed": 255,
    }  # fmt: skip
    told = {"id": "theirs", "aircraft_type": "Glider", "current_state": state}
    query = urlencode({"view": "X", "recent_positions_duration": "60"})
    view = box(lat, lng)
    south, west, north, east = (float(part) for part in view.split(","))
    query = urlencode(
        {"view": f"{south!r},{west!r},{north!r},{east!r}", "recent_positions_duration": "60"}
    )
    answers = stranger.answers
    answers[f"/rid/uss/flights?{query}"] = (200, {"timestamp": moment, "flights": [told]})
    answers["/rid/uss/flights/theirs/details"] = (
        200,
        {"details": {"id": "theirs", "operator_id": "X1"}},
    )
    shown = {each["aircraft_type"]: each for each in show(sky.two, view)["flights"]}
    assert set(shown) == {"Glider", "Helicopter"}
    assert "track" not in shown["Glider"]["current_state"]
    where = f"/rid/observation/v1/display_data/{shown['Glider']['id']}"
    assert sky.two.tell("GET", where, DISPLAY).json()["operator"] == {"id": "X1"}
    # One that does not answer well does not hide the others.
    answers[f"/rid/uss/flights?{query}"] = (200, {"flights": "none"})
    assert [each["aircraft_type"] for each in show(sky.two, view)["flights"]] == ["Helicopter"]
    version = made["service_area"]["version"]
    path = f"/identification_service_areas/{area}/{version}"
    assert ask("DELETE", path, SERVICE).status_code == 200
    test.end()
    assert eventually(lambda: "service_area" not in notices()[-1])
    notice = {"subscriptions": [{"subscription_id": subscription, "notification_index": 3}]}
    heard = sky.two.tell(
        "POST", f"/rid/v2/uss/identification_service_areas/{area}", SERVICE, notice
    )
    assert heard.status_code == 204


def test_each_way_has_its_own_roles(sky):
    paths = [
        ("GET", "/rid/v2/uss/flights", DISPLAY),
        ("GET", "/rid/v2/uss/flights/x/details", DISPLAY),
        ("GET", f"/rid/v2/uss/identification_service_areas/{new_id()}", DISPLAY),
        ("POST", f"/rid/v2/uss/identification_service_areas/{new_id()}", SERVICE),
        ("GET", "/rid/observation/v1/display_data", DISPLAY),
        ("GET", "/rid/observation/v1/display_data/x", DISPLAY),
        ("PUT", "/rid/injection/v1/tests/x", INJECT),
        ("DELETE", "/rid/injection/v1/tests/x/y", INJECT),
        ("GET", "/rid/injection/v1/user_notifications", INJECT),
    ]
    for method, path, allowed in paths:
        for scope in (DISPLAY, SERVICE, INJECT, "coordination", ""):
            status = sky.one.tell(method, path, scope, {}).status_code
            assert (status == 403) == (scope != allowed), (method, path, scope)
        assert httpx.request(method, f"{sky.one.address}{path}", json={}).status_code == 401
