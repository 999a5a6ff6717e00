"""Two USSs and a discovery service, each a real process: flights planned, flown, disturbed, killed.

The flows are those that the open qualification suites for F3548-21 describe, in our own words:
nominal planning with equal and higher priority, off-nominal flights, a USS that is down; and what
they leave out: any of the processes killed in between.
"""

import time
import uuid

import httpx
import pytest
from tests.airspace.interfaces.skies import DIRECT, PATIENCE_S, PLAN, eventually

from chengmo_airspace.flights.instant import now_us

pytestmark = pytest.mark.slow


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
