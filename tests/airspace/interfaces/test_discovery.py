"""The discovery service over HTTP: intents, constraints, subscriptions, availability, errors."""

import uuid

import pytest
from jsonschema.exceptions import ValidationError

INTENTS = "/dss/v1/operational_intent_references"
NOWHERE = "00000000-0000-4000-8000-000000000000"


def new_id() -> str:
    return str(uuid.uuid4())


def reference(answer):
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()["operational_intent_reference"]


def test_an_intent_is_made_read_changed_and_ended(uss, intent):
    one, entity = uss("uss1"), new_id()
    made = reference(one.put_intent(entity, intent()))
    assert (made["version"], made["state"], made["manager"]) == (1, "Accepted", "uss1")
    assert made["uss_availability"] == "Unknown"
    read = one.ask("GET", f"{INTENTS}/{entity}").json()["operational_intent_reference"]
    assert read == made
    changed = reference(one.put_intent(entity, intent(state="Activated"), ovn=made["ovn"]))
    assert (changed["version"], changed["state"]) == (2, "Activated")
    assert changed["ovn"] != made["ovn"]
    ended = reference(one.delete_intent(entity, changed["ovn"]))
    assert ended == changed
    assert one.ask("GET", f"{INTENTS}/{entity}").status_code == 404


def test_others_see_an_intent_but_never_its_ovn(uss, intent, volume):
    entity = new_id()
    reference(uss("uss1").put_intent(entity, intent()))
    other = uss("uss2")
    assert (
        "ovn" not in other.ask("GET", f"{INTENTS}/{entity}").json()["operational_intent_reference"]
    )
    body = {"area_of_interest": volume(radius=1000)}
    found = other.ask("POST", f"{INTENTS}/query", body=body).json()
    assert [("ovn" in each, each["id"]) for each in found["operational_intent_references"]] == [
        (False, entity)
    ]
    refused = other.put_intent(new_id(), intent())
    assert refused.status_code == 409
    (missing,) = refused.json()["missing_operational_intents"]
    assert (missing["id"], "ovn" in missing) == (entity, False)


def test_the_key_must_hold_the_ovn_of_all_that_it_meets_and_of_nothing_else(uss, intent, volume):
    one, two = uss("uss1"), uss("uss2")
    first = reference(one.put_intent(new_id(), intent(volume(low=50, high=100))))
    second = reference(one.put_intent(new_id(), intent(volume(low=100.001, high=200))))
    # Same place and time, but above both: in the same cell, and no conflict.
    assert two.put_intent(new_id(), intent(volume(low=200.001, high=300))).status_code == 201
    both = intent(volume(low=90, high=110))
    refused = two.put_intent(new_id(), both)
    ids = {each["id"] for each in refused.json()["missing_operational_intents"]}
    assert (refused.status_code, ids) == (409, {first["id"], second["id"]})
    half = two.put_intent(new_id(), both | {"key": [first["ovn"]]})
    assert [each["id"] for each in half.json()["missing_operational_intents"]] == [second["id"]]
    whole = both | {"key": [first["ovn"], second["ovn"]]}
    assert two.put_intent(new_id(), whole).status_code == 201


def test_an_off_nominal_intent_needs_no_key_but_the_scope_and_a_subscription(uss, intent):
    one, two, entity = uss("uss1"), uss("uss2"), new_id()
    made = reference(one.put_intent(entity, intent()))
    other = reference(two.put_intent(new_id(), intent(key=[made["ovn"]])))
    off = intent(state="Nonconforming")
    assert one.put_intent(entity, off, "coordination", ovn=made["ovn"]).status_code == 403
    without = {**off}
    del without["new_subscription"]
    refused = one.put_intent(entity, without, "conformance", ovn=made["ovn"])
    assert refused.status_code == 400
    changed = reference(one.put_intent(entity, off, "conformance", ovn=made["ovn"]))
    back = intent(state="Activated")
    assert one.put_intent(entity, back, ovn=changed["ovn"]).status_code == 409
    back["key"] = [other["ovn"]]
    assert one.put_intent(entity, back, ovn=changed["ovn"]).status_code == 200


@pytest.mark.parametrize("state", ["Activated", "Nonconforming", "Contingent"])
def test_an_intent_begins_as_accepted(uss, intent, state):
    answer = uss("uss1").put_intent(new_id(), intent(state=state), "coordination", "conformance")
    assert answer.status_code == 400


def test_what_is_contingent_can_only_end(uss, intent):
    one, entity = uss("uss1"), new_id()
    ovn = reference(one.put_intent(entity, intent()))["ovn"]
    ovn = reference(one.put_intent(entity, intent(state="Contingent"), "conformance", ovn=ovn))[
        "ovn"
    ]
    for state in ("Accepted", "Activated", "Nonconforming"):
        answer = one.put_intent(entity, intent(state=state), "coordination", "conformance", ovn=ovn)
        assert answer.status_code == 400
    assert one.delete_intent(entity, ovn).status_code == 200


def test_only_its_manager_changes_an_intent_and_only_its_present_version(uss, intent):
    one, two, entity = uss("uss1"), uss("uss2"), new_id()
    made = reference(one.put_intent(entity, intent()))
    assert two.put_intent(entity, intent(), ovn=made["ovn"]).status_code == 403
    assert two.delete_intent(entity, made["ovn"]).status_code == 403
    assert one.put_intent(entity, intent()).status_code == 409
    assert one.put_intent(entity, intent(), ovn="x" * 32).status_code == 409
    assert one.delete_intent(entity, "x" * 32).status_code == 409
    assert one.ask("DELETE", f"{INTENTS}/{entity}/").status_code == 400
    assert one.ask("PUT", f"{INTENTS}/{entity}/", body=intent()).status_code == 400
    assert one.put_intent(new_id(), intent(), ovn=made["ovn"]).status_code == 404


def test_an_implicit_subscription_comes_and_goes_with_its_intent(uss, intent, volume):
    one, entity = uss("uss1"), new_id()
    made = one.put_intent(entity, intent())
    subscription = reference(made)["subscription_id"]
    found = one.ask("GET", f"/dss/v1/subscriptions/{subscription}").json()["subscription"]
    assert found["implicit_subscription"]
    assert found["dependent_operational_intents"] == [entity]
    # Told of the very change it was made for.
    (subscriber,) = made.json()["subscribers"]
    assert subscriber["subscriptions"] == [
        {"subscription_id": subscription, "notification_index": found["notification_index"]}
    ]
    later = intent(volume(start_s=1300, end_s=1500), new_subscription=None)
    changed = reference(one.put_intent(entity, later, ovn=reference(made)["ovn"]))
    assert changed["subscription_id"] == NOWHERE
    assert one.ask("GET", f"/dss/v1/subscriptions/{subscription}").status_code == 404
    assert one.ask("GET", f"/dss/v1/subscriptions/{NOWHERE}").status_code == 404


def subscribe(client, entity, body, *scopes, version=None):
    path = f"/dss/v1/subscriptions/{entity}"
    return client.ask("PUT", path if version is None else f"{path}/{version}", *scopes, body=body)


def wish(extents, **more):
    return {
        "extents": extents,
        "uss_base_url": "https://hears.example.com",
        "notify_for_operational_intents": True,
        **more,
    }


def test_a_subscription_hears_of_what_is_near_and_counts_it(uss, intent, volume):
    two, entity = uss("uss2"), new_id()
    made = subscribe(two, entity, wish(volume(radius=1000, low=0, high=500, start_s=0)))
    assert made.status_code == 200, made.text
    assert made.json()["operational_intent_references"] == []
    one = uss("uss1")
    heard = []
    for low in (50, 200, 350):
        body = intent(volume(low=low, high=low + 50), new_subscription=None)
        answer = one.put_intent(new_id(), body).json()
        heard += [s for each in answer["subscribers"] for s in each["subscriptions"]]
    assert heard == [
        {"subscription_id": entity, "notification_index": index} for index in (1, 2, 3)
    ]
    above = one.put_intent(new_id(), intent(volume(low=600, high=700), new_subscription=None))
    later = one.put_intent(
        new_id(), intent(volume(start_s=5000, end_s=6000), new_subscription=None)
    )
    away = one.put_intent(new_id(), intent(volume(north=0.4), new_subscription=None))
    assert [a.json()["subscribers"] for a in (above, later, away)] == [[], [], []]
    read = two.ask("GET", f"/dss/v1/subscriptions/{entity}").json()["subscription"]
    assert (read["notification_index"], read["version"]) == (
        3,
        made.json()["subscription"]["version"],
    )
    assert one.ask("GET", f"/dss/v1/subscriptions/{entity}").status_code == 403


def test_a_subscription_lasts_a_day_at_most_and_ends_in_the_future(uss, volume):
    one = uss("uss1")
    day = 24 * 3600
    whole = volume(start_s=60, end_s=60)
    whole["time_start"]["value"] = "2090-01-01T00:00:00Z"
    whole["time_end"]["value"] = "2090-01-02T00:00:00Z"
    assert subscribe(one, new_id(), wish(whole)).status_code == 200
    assert subscribe(one, new_id(), wish(volume(start_s=0, end_s=day + 1))).status_code == 400
    assert subscribe(one, new_id(), wish(volume(start_s=-100, end_s=-50))).status_code == 400
    open_ended = volume(start_s=0)
    del open_ended["time_end"], open_ended["time_start"]
    made = subscribe(one, new_id(), wish(open_ended))
    assert made.status_code == 200
    nothing = wish(volume(), notify_for_operational_intents=False)
    assert subscribe(one, new_id(), nothing).status_code == 400


def test_a_subscription_that_is_relied_on_stays_and_covers(uss, intent, volume):
    one, entity, flight = uss("uss1"), new_id(), new_id()
    wide = volume(radius=500, low=0, high=500, start_s=0, end_s=3600)
    made = subscribe(one, entity, wish(wide)).json()["subscription"]
    far = intent(volume(north=0.5), subscription_id=entity)
    assert one.put_intent(flight, far).status_code == 400
    late = intent(volume(end_s=4000), subscription_id=entity)
    assert one.put_intent(flight, late).status_code == 400
    unknown = intent(subscription_id=new_id())
    assert one.put_intent(flight, unknown).status_code == 400
    assert uss("uss2").put_intent(flight, intent(subscription_id=entity)).status_code == 403
    assert (
        reference(one.put_intent(flight, intent(subscription_id=entity)))["subscription_id"]
        == entity
    )
    path = f"/dss/v1/subscriptions/{entity}/{made['version']}"
    assert one.ask("DELETE", path).status_code == 400
    narrow = wish(volume(radius=500, low=0, high=500, start_s=0, end_s=700))
    assert subscribe(one, entity, narrow, version=made["version"]).status_code == 400
    renewed = subscribe(one, entity, wish(wide), version=made["version"])
    assert renewed.status_code == 200
    assert renewed.json()["subscription"]["version"] != made["version"]
    assert [i["id"] for i in renewed.json()["operational_intent_references"]] == [flight]


def test_constraints_are_told_to_who_processes_them_and_must_be_known(uss, intent, volume):
    manager, flier, entity = uss("authority"), uss("uss1"), new_id()
    path = f"/dss/v1/constraint_references/{entity}"
    body = {"extents": [volume()], "uss_base_url": "https://authority.example.com"}
    made = manager.ask("PUT", path, "management", body=body)
    assert made.status_code == 201, made.text
    closed = made.json()["constraint_reference"]
    assert "ovn" not in flier.ask("GET", path, "processing").json()["constraint_reference"]
    # Who does not process constraints need not know of it.
    assert flier.put_intent(new_id(), intent()).status_code == 201
    heedful = intent(
        volume(low=200, high=300),
        new_subscription={
            "uss_base_url": "https://uss.example.com",
            "notify_for_constraints": True,
        },
    )
    assert flier.put_intent(new_id(), heedful).status_code == 403
    both = ("coordination", "processing")
    flight = reference(flier.put_intent(new_id(), heedful, *both))
    heedful["extents"] = [volume(low=100, high=130, north=0.0015)]
    lower = flier.put_intent(flight["id"], heedful, *both, ovn=flight["ovn"])
    assert [c["id"] for c in lower.json()["missing_constraints"]] == [entity]
    met = {i["id"] for i in lower.json()["missing_operational_intents"]}
    own = [flier.ask("GET", f"{INTENTS}/{i}").json()["operational_intent_reference"] for i in met]
    heedful["key"] = [closed["ovn"], *(i["ovn"] for i in own)]
    assert flier.put_intent(flight["id"], heedful, *both, ovn=flight["ovn"]).status_code == 200
    changed = manager.ask("PUT", f"{path}/{closed['ovn']}", "management", body=body).json()
    (told,) = changed["subscribers"]
    assert told["uss_base_url"] == "https://uss.example.com"
    ovn = changed["constraint_reference"]["ovn"]
    assert uss("other").ask("DELETE", f"{path}/{ovn}", "management").status_code == 403
    assert manager.ask("DELETE", f"{path}/{closed['ovn']}", "management").status_code == 409
    assert manager.ask("DELETE", f"{path}/{ovn}", "management").status_code == 200
    query = {"area_of_interest": volume()}
    found = flier.ask("POST", "/dss/v1/constraint_references/query", "processing", body=query)
    assert found.json() == {"constraint_references": []}


def test_a_uss_that_is_down_plans_nothing_and_its_plans_bind_nobody(uss, intent):
    judge, one, two = uss("judge"), uss("weak1"), uss("uss2")
    entity = new_id()
    made = reference(one.put_intent(entity, intent()))
    path = "/dss/v1/uss_availability/weak1"
    said = judge.ask("GET", path, "arbitration").json()
    assert said == {"version": "", "status": {"uss": "weak1", "availability": "Unknown"}}
    body = {"old_version": "", "availability": "Down"}
    down = judge.ask("PUT", path, "arbitration", body=body)
    assert down.status_code == 200, down.text
    assert judge.ask("PUT", path, "arbitration", body=body).status_code == 409
    assert one.put_intent(new_id(), intent()).status_code == 412
    assert one.put_intent(entity, intent(), ovn=made["ovn"]).status_code == 412
    assert one.delete_intent(entity, made["ovn"]).status_code == 412
    off = one.put_intent(entity, intent(state="Nonconforming"), "conformance", ovn=made["ovn"])
    assert reference(off)["uss_availability"] == "Down"
    # What has taken off still counts.
    assert two.put_intent(new_id(), intent()).status_code == 409
    body = {"old_version": down.json()["version"], "availability": "Normal"}
    assert judge.ask("PUT", path, "arbitration", body=body).status_code == 200
    ovn = reference(off)["ovn"]
    assert one.delete_intent(entity, ovn).status_code == 200


def test_what_a_uss_that_is_down_had_only_planned_is_planned_over(uss, intent):
    judge, one, two = uss("judge"), uss("weak2"), uss("uss2")
    reference(one.put_intent(new_id(), intent()))
    body = {"old_version": "", "availability": "Down"}
    judge.ask("PUT", "/dss/v1/uss_availability/weak2", "arbitration", body=body)
    assert two.put_intent(new_id(), intent()).status_code == 201


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"state": "Ended"}, 400),
        ({"extents": []}, 400),
        ({"uss_base_url": "http://uss.example.com"}, 400),
        ({"uss_base_url": "https://uss.example.com/"}, 400),
        ({"uss_base_url": "https://u:p@uss.example.com"}, 400),
        ({"uss_base_url": "file:///etc/passwd"}, 400),
        ({"key": ["short"]}, 400),
        ({"subscription_id": "7"}, 400),
    ],
)
def test_a_malformed_intent_is_refused_and_changes_nothing(uss, intent, change, status):
    one, entity = uss("uss1"), new_id()
    answer = one.put_intent(entity, intent() | change)
    assert answer.status_code == status
    assert set(answer.json()) == {"message"}
    assert one.ask("GET", f"{INTENTS}/{entity}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"time_start": None},
        {"time_start": {"value": "2090-01-01T00:00:00", "format": "RFC3339"}},
        {"time_start": {"value": "2090-01-01T00:00:00+08:00", "format": "RFC3339"}},
        {"time_start": {"value": "2090-01-01T00:00:00Z", "format": "RFC3339"}},
        {"time_end": {"value": "2001-01-01T00:00:00Z", "format": "RFC3339"}},
        {"volume": {}},
    ],
)
def test_an_impossible_volume_is_refused(uss, intent, volume, change):
    assert uss("uss1").put_intent(new_id(), intent(volume() | change)).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"altitude_lower": {"value": 10, "reference": "SFC", "units": "M"}},
        {"altitude_lower": {"value": 10, "reference": "W84", "units": "FT"}},
        {"altitude_lower": {"value": 500, "reference": "W84", "units": "M"}},
        {"altitude_lower": None},
        {"altitude_upper": {"value": "120", "reference": "W84", "units": "M"}},
        {"outline_circle": None},
        {"outline_polygon": {"vertices": [{"lat": 30, "lng": 114}] * 3}},
        {"outline_circle": {"center": {"lat": 91, "lng": 0}, "radius": {"value": 1, "units": "M"}}},
    ],
)
def test_an_impossible_shape_is_refused(uss, intent, volume, change):
    given = volume()
    given["volume"] |= change
    assert uss("uss1").put_intent(new_id(), intent(given)).status_code == 400


def test_a_polygon_whose_edges_cross_is_refused(uss, intent, volume):
    given = volume()
    corners = [(30.5, 114.3), (30.51, 114.31), (30.51, 114.3), (30.5, 114.31)]
    given["volume"]["outline_circle"] = None
    given["volume"]["outline_polygon"] = {"vertices": [{"lat": a, "lng": b} for a, b in corners]}
    assert uss("uss1").put_intent(new_id(), intent(given)).status_code == 400


def test_an_area_beyond_the_limit_is_refused_by_its_own_status(uss, intent, volume):
    one, huge = uss("uss1"), volume(radius=60_000)
    assert one.put_intent(new_id(), intent(huge)).status_code == 413
    query = {"area_of_interest": huge}
    for path in ("operational_intent_references", "subscriptions"):
        assert one.ask("POST", f"/dss/v1/{path}/query", body=query).status_code == 413
    assert one.ask("POST", f"{INTENTS}/query", body={}).status_code == 400


def test_a_report_is_kept_and_given_a_number(uss):
    report = {
        "exchange": {
            "url": "https://uss.example.com/uss/v1/operational_intents/1",
            "method": "GET",
            "recorder_role": "Client",
            "request_time": {"value": "2026-05-01T08:00:00Z", "format": "RFC3339"},
            "request_source": "uss1",
            "problem": "no answer",
        }
    }
    answer = uss("uss1").ask("POST", "/dss/v1/reports", body=report)
    assert answer.status_code == 201
    assert len(answer.json()["report_id"]) == 36
    assert answer.json()["exchange"] == report["exchange"]
    assert uss("uss1").ask("POST", "/dss/v1/reports", body={"exchange": {}}).status_code == 400


def test_an_unknown_path_and_a_wrong_method_are_told_in_the_standards_words(http):
    assert http.get("/dss/v1/nothing").json() == {"message": "nothing is at this path"}
    wrong = http.post(f"{INTENTS}/{new_id()}")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, PUT")


def test_answers_are_held_against_the_standards_own_definition(uss, intent, standard):
    if not standard.FILE.is_file():
        pytest.skip("the definition of F3548-21 may not be shipped and is not at hand")
    before = standard.checked
    uss("uss1").put_intent(new_id(), intent())
    uss("uss2").put_intent(new_id(), intent())
    assert standard.checked == before + 2
    with pytest.raises(ValidationError):
        standard.check("GET", f"{INTENTS}/{new_id()}", 200, {"operational_intent_reference": {}})
