"""Constraints at a USS: found, read, heeded in planning, told to the operator.

Of the two USSs that run, the first heeds constraints and the second does not.
"""

import uuid

import pytest
from tests.airspace.interfaces.skies import DIRECT, PLAN, eventually

from chengmo_airspace.flights.instant import now_us

pytestmark = pytest.mark.slow
PLANNED, FLYING = ("Completed", "Planned"), ("Completed", "OkToFly")
NOT_PLANNED = ("Rejected", "NotPlanned")
ZONE = {
    "identifier": "WH01", "country": "CHN", "type": "COMMON", "zone_authority": [],
}  # fmt: skip


def new_id() -> str:
    return str(uuid.uuid4())


class Closure:
    """A constraint of the tester, whose details the stranger's USS tells."""

    def __init__(self, sky, volume, restriction=None, *, base_url=None) -> None:
        self.sky, self.volume, self.id = sky, volume, new_id()
        self.base_url = base_url or sky.stranger.address
        self.details = {"volumes": [volume], "type": "com.example.trial"}
        if restriction is not None:
            self.details["geozone"] = ZONE | {"restriction": restriction}
        self.reference: dict = {}

    def put(self):
        body = {"extents": [self.volume], "uss_base_url": self.base_url}
        path = f"/constraint_references/{self.id}"
        if self.reference:
            path += f"/{self.reference['ovn']}"
        answer = self.sky.ask("PUT", path, "management", body=body)
        assert answer.status_code in {200, 201}, answer.text
        self.reference = answer.json()["constraint_reference"]
        whole = {"constraint": {"reference": self.reference, "details": self.details}}
        self.sky.stranger.answers[f"/uss/v1/constraints/{self.id}"] = (200, whole)
        return answer.json()["subscribers"]

    def notice(self, subscriptions, **more):
        return {
            "constraint_id": self.id,
            "constraint": {"reference": self.reference, "details": self.details},
            "subscriptions": subscriptions,
            **more,
        }

    def end(self):
        path = f"/constraint_references/{self.id}/{self.reference['ovn']}"
        assert self.sky.ask("DELETE", path, "management").status_code == 200


def plan_whole(uss, flight, *volumes):
    """Plan a flight; what is answered, whole."""
    body = {
        "flight_plan": {
            "basic_information": {
                "usage_state": "Planned", "uas_state": "Nominal", "area": list(volumes),
            },
        },
        "execution_style": "IfAllowed",
        "request_id": new_id(),
    }  # fmt: skip
    return uss.tell("PUT", f"/flight_planning/v1/flight_plans/{flight}", PLAN, body).json()


@pytest.mark.parametrize(
    ("restriction", "result", "advised"),
    [
        (None, "Rejected", "NoAdvisoriesOrConditions"),
        ("PROHIBITED", "Rejected", "NoAdvisoriesOrConditions"),
        ("SOMETHING_NEW", "Rejected", "NoAdvisoriesOrConditions"),
        ("REQ_AUTHORISATION", "Completed", "AtLeastOneAdvisoryOrCondition"),
        ("CONDITIONAL", "Completed", "AtLeastOneAdvisoryOrCondition"),
        ("NO_RESTRICTION", "Completed", "NoAdvisoriesOrConditions"),
    ],
)
def test_what_a_constraint_restricts_decides_what_it_means(
    sky, volume, restriction, result, advised
):
    closure = Closure(sky, volume(), restriction)
    closure.put()
    flight, heedless = new_id(), new_id()
    answer = plan_whole(sky.one, flight, volume(north=0.001))
    assert (answer["planning_result"], answer["includes_advisories"]) == (result, advised)
    beside = new_id()
    assert plan_whole(sky.one, beside, volume(low=300, high=400))["planning_result"] == "Completed"
    # Who does not process constraints does not know of it.
    other = volume(low=20, high=59.9, north=0.001)
    assert plan_whole(sky.two, heedless, other)["planning_result"] == "Completed"
    for uss in (sky.one, sky.two):
        area = {"request_id": new_id(), "extent": volume(radius=1000, low=0, high=500)}
        uss.tell("POST", "/flight_planning/v1/clear_area_requests", DIRECT, area)
    closure.end()


def test_a_constraint_that_comes_over_a_flight_is_told_and_heeded(sky, volume):
    flight, place = new_id(), volume(start_s=-5)
    assert sky.one.plan(flight, place) == PLANNED
    closure = Closure(sky, volume(start_s=-5, radius=100))
    (told,) = closure.put()
    assert told["uss_base_url"] == sky.one.address
    since = now_us()
    path = "/uss/v1/constraints"
    notice = closure.notice(told["subscriptions"])
    assert sky.one.tell("POST", path, "management", notice).status_code == 204
    assert eventually(lambda: sky.one.warnings(since) == ["Unknown"])
    # What was told need not be asked for.
    del sky.stranger.answers[f"{path}/{closure.id}"]
    assert sky.one.plan(flight, place, usage="InUse") == ("Rejected", "Planned")
    away = volume(start_s=-5, north=0.01)
    assert sky.one.plan(flight, away, usage="InUse") == FLYING
    assert sky.one.plan(flight, place, usage="InUse") == ("Rejected", "OkToFly")
    closure.end()
    assert (
        sky.one.tell("POST", path, "management", notice | {"constraint": None}).status_code == 204
    )
    assert sky.one.plan(flight, place, usage="InUse") == FLYING
    # Who flies already may change although a constraint came over it.
    closure = Closure(sky, volume(start_s=-5, radius=100))
    closure.put()
    assert sky.one.plan(flight, volume(start_s=-5, radius=250), usage="InUse") == FLYING
    assert sky.one.end(flight).status_code == 200
    closure.end()


def test_notices_that_cannot_be_are_refused(sky, volume):
    closure = Closure(sky, volume())
    closure.put()
    states = [{"subscription_id": new_id(), "notification_index": 1}]
    whole = closure.notice(states)["constraint"]
    foreign = whole | {"reference": closure.reference | {"manager": "other"}}
    nameless = whole | {"reference": closure.reference | {"ovn": None}}
    nowhere = whole | {"details": {"volumes": []}}
    for constraint, status in ((foreign, 403), (nameless, 400), (nowhere, 400)):
        notice = closure.notice(states, constraint=constraint)
        answer = sky.one.tell("POST", "/uss/v1/constraints", "management", notice)
        assert answer.status_code == status, answer.text
    other = closure.notice(states, constraint_id=new_id())
    assert sky.one.tell("POST", "/uss/v1/constraints", "management", other).status_code == 400
    closure.end()


def test_a_constraint_that_nobody_can_read_stops_the_planning(sky, volume):
    closure = Closure(sky, volume(), base_url="https://uss.invalid")
    closure.put()
    assert sky.one.plan(new_id(), volume()) == ("Failed", "NotPlanned")
    sky.mark("tester", "Down")
    assert sky.one.plan(new_id(), volume()) == NOT_PLANNED
    beside = new_id()
    # Above it nothing need be known of it.
    assert sky.one.plan(beside, volume(low=300, high=400)) == PLANNED
    assert sky.one.end(beside).status_code == 200
    sky.mark("tester", "Normal")
    closure.end()
