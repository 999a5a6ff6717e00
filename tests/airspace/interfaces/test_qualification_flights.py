"""What the open qualification suite for F3548-21 asks of a USS, in our own words.

docs/qualification.md says which of its checks is covered by which test. Two of our USSs and a
discovery service run as processes; where the suite lets its own USS speak, a stranger does here.
"""

import uuid

import httpx
import pytest
from tests.airspace.interfaces.skies import DIRECT, PATIENCE_S, PLAN, eventually

from chengmo_airspace.flights.instant import now_us, write_instant

pytestmark = pytest.mark.slow
REFERENCES = "/operational_intent_references"
PLANNED, FLYING, OFF = (
    ("Completed", "Planned"),
    ("Completed", "OkToFly"),
    ("Completed", "OffNominal"),
)
NOT_PLANNED = ("Rejected", "NotPlanned")
# A host that resolves to nothing (RFC 2606).
NO_ADDRESS = "https://uss.invalid"
# About a centimetre of latitude is 9e-8 degrees.
CENTIMETRE_DEG = 9e-8


def new_id() -> str:
    return str(uuid.uuid4())


def referred(sky, volume) -> list[dict]:
    """The intents there, as the discovery service tells the tester."""
    answer = sky.ask("POST", f"{REFERENCES}/query", body={"area_of_interest": volume})
    assert answer.status_code == 200, answer.text
    return answer.json()["operational_intent_references"]


def shared(sky, uss, volume, state, *, off=0, priority=0, nominal=1):
    """Check that the one intent there is shared as the standard demands, and return it whole."""
    (reference,) = referred(sky, volume)
    assert reference["state"] == state
    path = f"/uss/v1/operational_intents/{reference['id']}"
    whole = uss.tell("GET", path, "coordination").json()["operational_intent"]
    ovn = whole["reference"].pop("ovn")
    assert whole["reference"] == reference
    details = whole["details"]
    assert [len(details[name]) for name in ("volumes", "off_nominal_volumes")] == [nominal, off]
    assert details["priority"] == priority
    for each in (*details["volumes"], *details["off_nominal_volumes"]):
        for name, within in (("time_start", max), ("time_end", min)):
            bounds = (each[name]["value"], reference[name]["value"])
            assert within(bounds) == each[name]["value"]
    return reference | {"ovn": ovn, "details": details}


def is_warned(uss, since_us) -> bool:
    return eventually(lambda: uss.warnings(since_us) != [])


class Virtual:
    """The tester as a USS of its own, which tells the discovery service of intents."""

    def __init__(self, sky, base_url, volume) -> None:
        self.sky, self.base_url, self.volume = sky, base_url, volume
        self.id, self.ovn = new_id(), None

    def put(self, state="Accepted", *, key=(), **more):
        scope = "coordination" if state in {"Accepted", "Activated"} else "conformance"
        body = {
            "extents": [self.volume],
            "state": state,
            "uss_base_url": self.base_url,
            "key": list(key),
            "new_subscription": {"uss_base_url": self.base_url},
            **more,
        }
        path = f"{REFERENCES}/{self.id}" + (f"/{self.ovn}" if self.ovn else "")
        answer = self.sky.ask("PUT", path, scope, body=body)
        assert answer.status_code in {200, 201}, answer.text
        self.ovn = answer.json()["operational_intent_reference"]["ovn"]
        return answer.json()

    def end(self):
        answer = self.sky.ask("DELETE", f"{REFERENCES}/{self.id}/{self.ovn}")
        assert answer.status_code == 200, answer.text


def clear(sky, volume) -> None:
    """End all flights there by the door for tests, and see that nothing is left."""
    for uss in (sky.one, sky.two):
        body = {"request_id": new_id(), "extent": volume}
        answer = uss.tell("POST", "/flight_planning/v1/clear_area_requests", DIRECT, body)
        assert answer.json()["outcome"]["success"], answer.text
    assert referred(sky, volume) == []


def test_a_flight_in_conflict_with_a_higher_priority_and_who_is_told(sky, volume):
    tested, control = sky.one, sky.two
    one, two = new_id(), new_id()
    place, wider, aside = (
        volume(start_s=-5),
        volume(start_s=-5, radius=250),
        volume(start_s=-5, north=0.01),
    )
    high = {"priority": 100}

    # Planned where the higher one is.
    assert control.plan(two, place, **high) == PLANNED
    shared(sky, control, place, "Accepted", priority=100)
    since = now_us()
    assert tested.plan(one, place) == NOT_PLANNED
    assert is_warned(tested, since)
    assert len(referred(sky, place)) == 1
    assert control.end(two).json()["flight_plan_status"] == "Closed"

    # Planned first, and the higher one over it: both are told.
    assert tested.plan(one, place) == PLANNED
    before = shared(sky, tested, place, "Accepted")
    since = now_us()
    assert control.plan(two, place, **high) == PLANNED
    assert is_warned(control, since)
    assert is_warned(tested, since)
    for wish in ({}, {"usage": "InUse"}):
        since = now_us()
        assert tested.plan(one, wider, **wish) == ("Rejected", "Planned")
        assert is_warned(tested, since)
        mine = [each for each in referred(sky, place) if each["id"] == before["id"]]
        assert mine == [{name: before[name] for name in mine[0]}]
    assert control.end(two).status_code == 200

    # Flying first: who flies already may change although the conflict that came stays.
    assert tested.plan(one, place, usage="InUse") == FLYING
    for usage, expected in (("Planned", PLANNED), ("InUse", FLYING)):
        since = now_us()
        assert control.plan(two, place, usage=usage, **high) == expected
        assert is_warned(control, since)
        assert is_warned(tested, since)
    assert tested.plan(one, wider, usage="InUse") == FLYING
    # But it may not fly into a conflict that is not there yet.
    assert control.plan(two, aside, usage="InUse", **high) == FLYING
    since = now_us()
    assert tested.plan(one, aside, usage="InUse") == ("Rejected", "OkToFly")
    assert is_warned(tested, since)
    shared(sky, tested, volume(start_s=-5, radius=50), "Activated")
    clear(sky, volume(start_s=-5, radius=3000))


def test_a_flight_in_conflict_with_an_equal_priority(sky, volume):
    tested, control = sky.one, sky.two
    one, two = new_id(), new_id()
    a, longer = volume(start_s=-5, low=50, high=100), volume(start_s=-5, low=40, high=100)
    b, c = volume(start_s=-5, low=200, high=300), volume(start_s=-5, low=200, high=310)
    assert control.plan(two, b) == PLANNED
    assert control.plan(two, b, usage="InUse") == FLYING
    shared(sky, control, b, "Activated")
    assert tested.plan(one, b) == NOT_PLANNED
    assert tested.plan(one, b, usage="InUse") == NOT_PLANNED
    assert len(referred(sky, b)) == 1
    assert tested.plan(one, a) == PLANNED
    assert tested.plan(one, c) == ("Rejected", "Planned")
    shared(sky, tested, a, "Accepted")
    assert tested.plan(one, a, usage="InUse") == FLYING
    assert tested.plan(one, c, usage="InUse") == ("Rejected", "OkToFly")
    shared(sky, tested, a, "Activated")
    # The same again changes nothing that matters.
    assert tested.plan(one, a, usage="InUse") == FLYING
    since = now_us()
    assert control.plan(two, a, usage="InUse", health="OffNominal") == OFF
    shared(sky, control, b, "Nonconforming", off=1)
    assert is_warned(tested, since)
    assert tested.plan(one, longer, usage="InUse") == FLYING
    assert control.plan(two, c, usage="InUse", health="Contingent") == OFF
    gone = shared(sky, control, c, "Contingent", off=1, nominal=0)
    telemetry = f"/uss/v1/operational_intents/{gone['id']}/telemetry"
    assert control.tell("GET", telemetry, "conformance").status_code == 412
    clear(sky, volume(start_s=-5, radius=3000, low=0, high=500))


def test_plans_that_cannot_be_are_rejected_and_not_shared(sky, volume):
    flight, place = new_id(), volume()
    days = 24 * 3600
    far = volume(start_s=31 * days, end_s=31 * days + 600)
    assert sky.one.plan(flight, far) == NOT_PLANNED
    assert referred(sky, far) == []
    assert sky.one.plan(flight, place) == PLANNED
    shared(sky, sky.one, place, "Accepted")
    assert sky.one.end(flight).json()["flight_plan_status"] == "Closed"
    assert referred(sky, place) == []

    def block(south, north):
        corners = [(south, 114.3), (south, 114.301), (north, 114.301), (north, 114.3)]
        made = volume()
        base = made["volume"].pop("outline_circle")["center"]["lat"]
        made["volume"]["outline_polygon"] = {
            "vertices": [{"lat": base + lat, "lng": lng} for lat, lng in corners]
        }
        return made

    assert sky.one.plan(flight, block(0, 0.002)) == PLANNED
    edge = 0.002
    beyond = block(edge + CENTIMETRE_DEG, edge + 0.002)
    assert sky.two.plan(new_id(), block(edge - 1.2 * CENTIMETRE_DEG, edge + 0.002)) == NOT_PLANNED
    assert sky.one.plan(new_id(), block(edge - 1.2 * CENTIMETRE_DEG, edge + 0.002)) == NOT_PLANNED
    other = new_id()
    assert sky.two.plan(other, beyond) == PLANNED
    clear(sky, volume(radius=3000, low=0, high=500))


def hooks(volume):
    """Two V-shaped outlines that reach into each other's hull and do not meet."""
    made = []
    for corners in (
        [(0, 0), (0.004, 0.004), (0.008, 0), (0.008, 0.001), (0.004, 0.005), (0, 0.001)],
        [(0.004, 0.0058), (0, 0.002), (0, 0.003), (0.004, 0.0068), (0.008, 0.003), (0.008, 0.002)],
    ):
        each = volume()
        base = each["volume"].pop("outline_circle")["center"]["lat"]
        each["volume"]["outline_polygon"] = {
            "vertices": [{"lat": base + lat, "lng": 114.3 + lng} for lat, lng in corners]
        }
        made.append(each)
    return made


def told_whole(virtual, answer, **details):
    """What the stranger's USS says of its intent."""
    reference = answer["operational_intent_reference"]
    whole = {"volumes": [virtual.volume], "off_nominal_volumes": [], "priority": 0, **details}
    return {"operational_intent": {"reference": reference, "details": whole}}


def test_a_neighbour_that_is_not_met_is_read_and_told(sky, volume):
    mine, theirs = hooks(volume)
    stranger = sky.stranger
    virtual = Virtual(sky, stranger.address, theirs)
    path = f"/uss/v1/operational_intents/{virtual.id}"
    stranger.answers[path] = (200, told_whole(virtual, virtual.put()))
    stranger.answers["/uss/v1/operational_intents"] = (204, None)
    flight = new_id()
    assert sky.one.plan(flight, mine) == PLANNED
    assert ("GET", path, None) in stranger.heard
    reference = shared(sky, sky.one, mine, "Accepted")

    def notices():
        return [
            body
            for method, where, body in stranger.heard
            if (method, where) == ("POST", "/uss/v1/operational_intents")
            and body["operational_intent_id"] == reference["id"]
        ]

    assert eventually(lambda: len(notices()) == 1)
    notice = notices()[0]["operational_intent"]
    assert notice["reference"]["ovn"] == reference["ovn"]
    assert notice["details"] == reference["details"]
    assert sky.one.end(flight).status_code == 200
    assert eventually(lambda: len(notices()) == 2)
    assert "operational_intent" not in notices()[1]
    virtual.end()


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": {"state": "Flying"}},
        {"reference": {"id": "2f8343be-6482-4d1b-a474-16847e01af1e"}},
        {"reference": {"ovn": None}},
        {"details": {"priority": "high"}},
        {"details": {"volumes": []}},
        {"details": {"off_nominal_volumes": "same"}},
    ],
)
def test_a_neighbour_that_tells_what_cannot_be_stops_the_planning(sky, volume, wrong):
    mine, theirs = hooks(volume)
    virtual = Virtual(sky, sky.stranger.address, theirs)
    told = told_whole(virtual, virtual.put())
    for part, change in wrong.items():
        same = {name: [theirs] if value == "same" else value for name, value in change.items()}
        told["operational_intent"][part] |= same
    path = f"/uss/v1/operational_intents/{virtual.id}"
    sky.stranger.answers[path] = (200, told)
    before = len(sky.stranger.heard)
    assert sky.one.plan(new_id(), mine) == ("Failed", "NotPlanned")
    assert [where for _, where, _ in sky.stranger.heard[before:]] == [path]
    assert referred(sky, mine) == []
    virtual.end()


def test_who_flies_hears_of_a_neighbour_by_its_own_subscription(sky, volume):
    mine, theirs = hooks(volume)
    now = {name: volume(start_s=-5)[name] for name in ("time_start", "time_end")}
    mine, theirs = mine | now, theirs | now
    flight = new_id()
    assert sky.one.plan(flight, mine) == PLANNED
    assert sky.one.plan(flight, mine, usage="InUse") == FLYING
    subscription = shared(sky, sky.one, mine, "Activated")["subscription_id"]
    virtual = Virtual(sky, sky.stranger.address, theirs)
    answer = virtual.put()
    (state,) = [
        state
        for each in answer["subscribers"]
        if each["uss_base_url"] == sky.one.address
        for state in each["subscriptions"]
    ]
    assert state["subscription_id"] == subscription
    notice = told_whole(virtual, answer) | {
        "operational_intent_id": virtual.id,
        "subscriptions": [state],
    }
    heard = sky.one.tell("POST", "/uss/v1/operational_intents", "coordination", notice)
    assert heard.status_code == 204, heard.text
    # What it was told it need not ask for.
    before = len(sky.stranger.heard)
    assert sky.one.plan(flight, mine, usage="InUse") == FLYING
    gets = [where for method, where, _ in sky.stranger.heard[before:] if method == "GET"]
    assert gets == []
    virtual.end()
    clear(sky, volume(start_s=-5, radius=3000, low=0, high=500))


def test_what_a_uss_that_is_down_only_planned_is_planned_over(sky, volume):
    place, flight = volume(), new_id()
    virtual = Virtual(sky, NO_ADDRESS, place)
    virtual.put()
    sky.mark("tester", "Down")
    assert sky.one.plan(flight, place) == PLANNED
    assert {each["state"] for each in referred(sky, place)} == {"Accepted"}
    assert len(referred(sky, place)) == 2
    sky.mark("tester", "Normal")
    virtual.end()
    clear(sky, place)


def test_what_a_uss_that_is_down_has_in_the_air_goes_before_the_highest_priority(sky, volume):
    place = volume(start_s=-5)
    virtual = Virtual(sky, NO_ADDRESS, place)
    virtual.put()
    for state in ("Activated", "Nonconforming", "Contingent"):
        virtual.put(state)
        sky.mark("tester", "Down")
        since = now_us()
        assert sky.one.plan(new_id(), place, priority=100) == NOT_PLANNED
        assert is_warned(sky.one, since)
        # Beside it one may plan, although nobody can say what it is.
        beside = new_id()
        assert sky.one.plan(beside, volume(start_s=-5, low=200, high=300)) == PLANNED
        assert sky.one.end(beside).status_code == 200
        sky.mark("tester", "Normal")
    assert len(referred(sky, place)) == 1
    virtual.end()


PATHS = [
    ("GET", "/uss/v1/operational_intents/{intent}", {"coordination"}),
    ("GET", "/uss/v1/operational_intents/{intent}/telemetry", {"conformance"}),
    ("POST", "/uss/v1/operational_intents", {"coordination"}),
    ("GET", "/uss/v1/constraints/{intent}", {"processing"}),
    ("POST", "/uss/v1/constraints", {"management"}),
    (
        "POST",
        "/uss/v1/reports",
        {"coordination", "conformance", "processing", "management", "arbitration"},
    ),
    ("GET", "/flight_planning/v1/status", {DIRECT}),
    ("POST", "/flight_planning/v1/clear_area_requests", {DIRECT}),
    ("PUT", "/flight_planning/v1/flight_plans/{intent}", {PLAN}),
    # The definition names the first role; the suite itself comes with the second.
    ("DELETE", "/flight_planning/v1/flight_plans/{intent}", {DIRECT, PLAN}),
    ("GET", "/flight_planning/v1/user_notifications", {PLAN}),
    ("GET", "/versioning/versions/astm.f3548.v21", {"interuss.versioning.read_system_versions"}),
]


def test_every_door_of_a_uss_is_shut_without_a_good_token_and_the_role_for_it(sky, volume, issuer):
    flight, place = new_id(), volume()
    assert sky.one.plan(flight, place) == PLANNED
    intent = referred(sky, place)[0]["id"]
    every = frozenset().union(*(scopes for _, _, scopes in PATHS))
    with httpx.Client(base_url=sky.one.address, timeout=PATIENCE_S) as http:
        for method, path, scopes in PATHS:
            where = path.format(intent=intent)
            good = issuer.token(*scopes, sub="tester", aud="127.0.0.1")
            # Well-formed, of the right role, and the signature is another's.
            forged = f"{good.rpartition('.')[0]}.{issuer.token(sub='x').rpartition('.')[2]}"
            for header in (None, f"Bearer {forged}"):
                headers = {} if header is None else {"Authorization": header}
                answer = http.request(method, where, json={}, headers=headers)
                assert answer.status_code == 401, (path, header)
                assert set(answer.json()) == {"message"}
            for others in ((), sorted(every - scopes)):
                token = issuer.token(*others, sub="tester", aud="127.0.0.1")
                answer = http.request(
                    method, where, json={}, headers={"Authorization": f"Bearer {token}"}
                )
                assert answer.status_code == 403, (path, others)
                assert set(answer.json()) == {"message"}
            if method == "DELETE":
                continue
            answer = http.request(
                method, where, json={}, headers={"Authorization": f"Bearer {good}"}
            )
            assert answer.status_code not in {401, 403}, (path, answer.text)
    assert sky.one.end(flight).status_code == 200


def test_a_uss_takes_reports_and_tells_what_users_were_told_in_any_zone(sky):
    exchange = {
        "url": f"{sky.one.address}/uss/v1/operational_intents/x",
        "method": "GET",
        "recorder_role": "Client",
        "request_time": {"value": write_instant(now_us()), "format": "RFC3339"},
        "response_code": 404,
        "problem": "only a trial",
    }
    answer = sky.one.tell("POST", "/uss/v1/reports", "coordination", {"exchange": exchange})
    assert answer.status_code == 201
    assert answer.json()["report_id"]
    path = "/flight_planning/v1/user_notifications"
    for given, status in (
        ("2026-05-01T08:00:00Z", 200),
        ("2026-05-01T16:00:00%2B08:00", 200),
        ("2026-05-01T16:00:00+08:00", 200),
        ("2026-05-01T16:00:00", 400),
        ("yesterday", 400),
    ):
        assert sky.one.tell("GET", f"{path}?after={given}", PLAN).status_code == status
    assert sky.one.tell("GET", path, PLAN).status_code == 400
