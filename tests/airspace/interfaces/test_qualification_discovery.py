"""What the open qualification suite for F3548-21 asks of a discovery service, in our own words.

docs/qualification.md says which of its checks is covered by which test. Every answer is held
against the standard's own definition where that is at hand.
"""

import base64
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.airspace.conftest import Client

from chengmo import open_database
from chengmo_airspace.flights.instant import SECOND_US, now_us, parse_instant, time_document
from chengmo_airspace.interfaces import open_service

INTENTS = "/dss/v1/operational_intent_references"
CONSTRAINTS = "/dss/v1/constraint_references"
SUBSCRIPTIONS = "/dss/v1/subscriptions"
NOWHERE = "00000000-0000-4000-8000-000000000000"
DAY_S = 24 * 3600


def new_id() -> str:
    return str(uuid.uuid4())


def good(answer, *path):
    """What an answer holds, which must be a good one."""
    assert answer.status_code in {200, 201}, answer.text
    document = answer.json()
    for name in path:
        document = document[name]
    return document


def reference(answer):
    return good(answer, "operational_intent_reference")


def wish(extents, **more):
    return {
        "extents": extents,
        "uss_base_url": "https://hears.example.com",
        "notify_for_operational_intents": True,
        **more,
    }


def subscribe(client, entity, body, *scopes, version=None):
    path = f"{SUBSCRIPTIONS}/{entity}"
    return client.ask("PUT", path if version is None else f"{path}/{version}", *scopes, body=body)


def subscription(client, entity):
    return client.ask("GET", f"{SUBSCRIPTIONS}/{entity}")


def told(answer) -> set[str]:
    """The subscriptions that an answer says are to be notified."""
    return {
        state["subscription_id"]
        for each in good(answer, "subscribers")
        for state in each["subscriptions"]
    }


def bare(intent, *volumes, **more):
    """An intent without any subscription."""
    return intent(*volumes, new_subscription=None, **more)


class TestSubscriptionSimple:
    """Subscriptions with and without times: made, read, found, changed, ended."""

    @pytest.mark.parametrize("given", [(), ("time_start",), ("time_end",), "both"])
    def test_one_lives_through_all_its_stations(self, uss, volume, given):
        one, entity = uss("uss1"), new_id()
        area = volume(start_s=-10, end_s=2700, low=0, high=500)
        kept = {"time_start", "time_end"} if given == "both" else set(given)
        body = wish({k: v for k, v in area.items() if k == "volume" or k in kept})
        made = good(subscribe(one, entity, body), "subscription")
        assert (made["id"], made["notification_index"]) == (entity, 0)
        assert made["uss_base_url"] == body["uss_base_url"]
        assert made["notify_for_operational_intents"]
        assert not made["notify_for_constraints"]
        assert not made["implicit_subscription"]
        for bound in kept:
            assert made[bound]["value"] == area[bound]["value"]
        begins, ends = (parse_instant(made[name]["value"]) for name in ("time_start", "time_end"))
        assert begins <= now_us() + SECOND_US
        assert ends <= begins + DAY_S * SECOND_US

        shifted = {"volume": area["volume"]} | {
            name: time_document(instant + 10 * SECOND_US)
            for name, instant in (("time_start", begins), ("time_end", ends))
        }
        later = good(subscribe(one, entity, wish(shifted), version=made["version"]), "subscription")
        assert later["version"] != made["version"]
        assert later["time_start"] == shifted["time_start"]
        assert later["time_end"] == shifted["time_end"]
        moved = wish(shifted | {"volume": volume(north=0.001, low=0, high=500)["volume"]})
        last = good(subscribe(one, entity, moved, version=later["version"]), "subscription")
        assert last["version"] not in {made["version"], later["version"]}

        assert good(subscription(one, entity), "subscription") == last
        query = {"area_of_interest": {"volume": area["volume"]}}
        found = good(one.ask("POST", f"{SUBSCRIPTIONS}/query", body=query), "subscriptions")
        assert found == [last]
        path = f"{SUBSCRIPTIONS}/{entity}"
        assert one.ask("DELETE", f"{path}/").status_code == 400
        assert one.ask("DELETE", f"{path}/notacorrectversion").status_code == 409
        assert subscribe(one, entity, moved).status_code == 409
        assert subscribe(one, entity, moved, version="").status_code == 400
        assert subscribe(one, entity, moved, version="notacorrectversion").status_code == 409
        assert good(one.ask("DELETE", f"{path}/{last['version']}"), "subscription") == last
        assert subscription(one, entity).status_code == 404
        found = good(one.ask("POST", f"{SUBSCRIPTIONS}/query", body=query), "subscriptions")
        assert found == []

    def test_a_search_in_too_large_an_area_is_refused(self, uss):
        corners = [(30, 114), (30, 117), (32, 117), (32, 114)]
        area = {"volume": {"outline_polygon": {
            "vertices": [{"lat": a, "lng": b} for a, b in corners]
        }}}  # fmt: skip
        for path in (SUBSCRIPTIONS, INTENTS):
            answer = uss("uss1").ask("POST", f"{path}/query", body={"area_of_interest": area})
            assert answer.status_code == 413


def test_a_subscription_lasts_a_day_and_cannot_be_changed_to_last_longer(uss, volume):
    one, entity = uss("uss1"), new_id()
    area = volume(start_s=0, end_s=60)
    begins = parse_instant(area["time_start"]["value"])

    def lasting(seconds: int):
        return wish(area | {"time_end": time_document(begins + seconds * SECOND_US)})

    made = good(subscribe(one, entity, lasting(DAY_S)), "subscription")
    assert made["time_end"] == time_document(begins + DAY_S * SECOND_US)
    assert subscribe(one, new_id(), lasting(DAY_S + 1)).status_code == 400
    longer = subscribe(one, entity, lasting(DAY_S + 1), version=made["version"])
    assert longer.status_code == 400
    assert good(subscription(one, entity), "subscription") == made


def test_the_key_must_hold_the_ovns_of_all_that_overlap_in_time(uss, intent, volume):
    one = uss("uss1")
    early, late = (-10, 1200), (4800, 6000)
    first, second = (
        reference(one.put_intent(new_id(), bare(intent, volume(start_s=a, end_s=b))))
        for a, b in (early, late)
    )
    spans = {(first["id"],): early, (second["id"],): late, (first["id"], second["id"]): (-10, 6000)}
    for ids, (start_s, end_s) in spans.items():
        body = bare(intent, volume(start_s=start_s, end_s=end_s))
        refused = one.put_intent(new_id(), body)
        assert refused.status_code == 409
        missing = refused.json()["missing_operational_intents"]
        assert {each["id"] for each in missing} == set(ids)
    both = bare(intent, volume(start_s=-10, end_s=6000), key=[first["ovn"], second["ovn"]])
    third = reference(one.put_intent(new_id(), both))
    changed = both | {"uss_base_url": "https://uss.example.com/mutated"}
    for key, lacking in (
        ([], {first["id"], second["id"]}),
        ([second["ovn"]], {first["id"]}),
        ([first["ovn"]], {second["id"]}),
    ):
        refused = one.put_intent(third["id"], changed | {"key": key}, ovn=third["ovn"])
        assert refused.status_code == 409
        missing = refused.json()["missing_operational_intents"]
        assert {each["id"] for each in missing} == lacking
    to_first = bare(intent, volume(start_s=-10, end_s=1200))
    assert one.put_intent(third["id"], to_first, ovn=third["ovn"]).status_code == 409
    assert reference(one.put_intent(third["id"], changed, ovn=third["ovn"]))["version"] == 2


class TestImplicitSubscriptions:
    """They come with an intent, cover it, grow with it and go with the last that needs them."""

    def test_one_covers_its_intent_in_time_and_is_replaced_when_that_moves(
        self, uss, intent, volume
    ):
        one = uss("uss1")
        spans = {"early": volume(start_s=0, end_s=600), "late": volume(start_s=1200, end_s=2400)}
        whole = volume(start_s=0, end_s=2400)
        moving = reference(one.put_intent(new_id(), intent(whole)))
        kept = good(subscription(one, moving["subscription_id"]), "subscription")
        for name in ("time_start", "time_end"):
            assert kept[name] == moving[name] == whole[name]
        beside = one.put_intent(new_id(), bare(intent, spans["late"], key=[moving["ovn"]]))
        assert told(beside) == {kept["id"]}
        assert reference(beside)["subscription_id"] == NOWHERE
        moved = reference(one.put_intent(moving["id"], intent(spans["early"]), ovn=moving["ovn"]))
        new = good(subscription(one, moved["subscription_id"]), "subscription")
        for name in ("time_start", "time_end"):
            assert new[name] == spans["early"][name]
        assert subscription(one, kept["id"]).status_code == 404
        apart = bare(intent, spans["late"], key=[reference(beside)["ovn"]])
        assert told(one.put_intent(new_id(), apart)) == set()

    def test_one_goes_when_its_intent_takes_another_or_none(self, uss, intent, volume):
        one, explicit = uss("uss1"), new_id()
        made = [
            reference(one.put_intent(new_id(), intent(volume(low=low, high=low + 50))))
            for low in (50, 150)
        ]
        wide = volume(radius=500, low=0, high=500, start_s=0, end_s=3600)
        good(subscribe(one, explicit, wish(wide)))
        for each, low, choice in zip(
            made,
            (50, 150),
            ({"subscription_id": explicit}, {"new_subscription": None}),
            strict=True,
        ):
            body = intent(volume(low=low, high=low + 50), **choice)
            changed = reference(one.put_intent(each["id"], body, ovn=each["ovn"]))
            expected = explicit if "subscription_id" in choice else NOWHERE
            assert changed["subscription_id"] == expected
            assert subscription(one, each["subscription_id"]).status_code == 404
        assert subscription(one, NOWHERE).status_code == 404

    def test_one_grows_with_its_intent_where_that_keeps_it(self, uss, intent, volume):
        one = uss("uss1")
        made = reference(one.put_intent(new_id(), intent(volume(start_s=0, end_s=600))))
        kept = made["subscription_id"]
        longer = volume(start_s=0, end_s=1200)
        body = intent(longer, subscription_id=kept)
        assert (
            reference(one.put_intent(made["id"], body, ovn=made["ovn"]))["subscription_id"] == kept
        )
        grown = good(subscription(one, kept), "subscription")
        assert grown["time_end"] == longer["time_end"]
        assert grown["implicit_subscription"]

    @pytest.mark.parametrize("before", ["explicit", "none"])
    def test_one_serves_another_intent_too_and_stays_until_the_last_ends(
        self, uss, intent, volume, before
    ):
        one, explicit = uss("uss1"), new_id()
        low, high = volume(low=50, high=100), volume(low=200, high=250)
        good(subscribe(one, explicit, wish(volume(radius=500, low=0, high=500, start_s=0))))
        choice = (
            {"subscription_id": explicit} if before == "explicit" else {"new_subscription": None}
        )
        first = reference(one.put_intent(new_id(), intent(low, **choice)))
        second = reference(one.put_intent(new_id(), intent(high)))
        shared = second["subscription_id"]
        body = intent(low, subscription_id=shared)
        first = reference(one.put_intent(first["id"], body, ovn=first["ovn"]))
        read = reference(one.ask("GET", f"{INTENTS}/{first['id']}"))
        assert read["subscription_id"] == first["subscription_id"] == shared
        reference(one.delete_intent(second["id"], second["ovn"]))
        left = good(subscription(one, shared), "subscription")
        assert left["dependent_operational_intents"] == [first["id"]]
        reference(one.delete_intent(first["id"], first["ovn"]))
        assert subscription(one, shared).status_code == 404


def test_an_explicit_subscription_must_cover_its_intent_and_can_be_exchanged(uss, intent, volume):
    one = uss("uss1")
    area = volume(start_s=-10, end_s=1200)
    span = {"radius": 400, "low": 0, "high": 500, "start_s": -10}
    long, short, other = new_id(), new_id(), new_id()
    for entity, end_s in ((long, 1200), (short, 1198), (other, 2400)):
        good(subscribe(one, entity, wish(volume(**span, end_s=end_s))))
    entity = new_id()
    # The moments of the test pass; what is given is what counts.
    area["time_end"] = good(subscription(one, long), "subscription")["time_end"]
    area["time_start"] = good(subscription(one, other), "subscription")["time_start"]
    too_short = intent(area, subscription_id=short)
    assert one.put_intent(entity, too_short).status_code == 400
    made = reference(one.put_intent(entity, intent(area, subscription_id=long)))
    assert made["subscription_id"] == long
    assert one.put_intent(entity, too_short, ovn=made["ovn"]).status_code == 400
    read = reference(one.ask("GET", f"{INTENTS}/{entity}"))
    assert read == made
    body = intent(area, subscription_id=other)
    changed = reference(one.put_intent(entity, body, ovn=made["ovn"]))
    assert changed["subscription_id"] == other
    freed = reference(one.put_intent(entity, bare(intent, area), ovn=changed["ovn"]))
    assert freed["subscription_id"] == NOWHERE
    assert one.put_intent(entity, too_short, ovn=freed["ovn"]).status_code == 400
    assert reference(one.ask("GET", f"{INTENTS}/{entity}"))["subscription_id"] == NOWHERE
    tied = reference(one.put_intent(entity, intent(area, subscription_id=long), ovn=freed["ovn"]))
    assert tied["subscription_id"] == long


def test_no_state_off_the_plan_without_the_role_for_it(uss, intent):
    one, entity = uss("uss1"), new_id()
    for state in ("Nonconforming", "Contingent"):
        assert one.put_intent(entity, intent(state=state)).status_code == 403
    made = reference(one.put_intent(entity, intent()))
    for state in ("Accepted", "Activated"):
        made = reference(one.put_intent(entity, intent(state=state), ovn=made["ovn"]))
        for off in ("Nonconforming", "Contingent"):
            assert one.put_intent(entity, intent(state=off), ovn=made["ovn"]).status_code == 403
    assert reference(one.delete_intent(entity, made["ovn"]))["state"] == "Activated"
    for off in ("Nonconforming", "Contingent"):
        assert one.put_intent(entity, intent(state=off), ovn=made["ovn"]).status_code == 403


def test_what_is_told_is_the_subscriptions_in_place_and_time_and_none_that_ended(
    uss, intent, volume
):
    one = uss("uss1")
    now, later, gone = new_id(), new_id(), new_id()
    wide = {"radius": 400, "low": 0, "high": 500}
    for entity, start_s in ((now, 0), (later, 5000), (gone, 0)):
        body = wish(volume(**wide, start_s=start_s, end_s=start_s + 3000))
        made = good(subscribe(one, entity, body), "subscription")
        if entity == gone:
            good(one.ask("DELETE", f"{SUBSCRIPTIONS}/{entity}/{made['version']}"))
    implicit: set[str] = set()
    key: list[str] = []
    for low in (50, 150, 250):
        answer = one.put_intent(new_id(), intent(volume(low=low, high=low + 200), key=key))
        mine = reference(answer)
        assert told(answer) == {now, mine["subscription_id"]} | implicit
        implicit.add(mine["subscription_id"])
        key.append(mine["ovn"])
    changed = intent(volume(low=250, high=450), key=key)
    assert gone not in told(one.put_intent(mine["id"], changed, ovn=mine["ovn"]))
    assert good(subscription(one, now), "subscription")["notification_index"] == 4
    assert good(subscription(one, later), "subscription")["notification_index"] == 0


def test_a_constraint_is_changed_and_ended_only_by_its_present_version(uss, volume):
    manager, entity = uss("authority"), new_id()
    path = f"{CONSTRAINTS}/{entity}"
    body = {"extents": [volume()], "uss_base_url": "https://authority.example.com"}

    def ask(method, where, **more):
        return manager.ask(method, where, "management", **more)

    made = good(ask("PUT", path, body=body), "constraint_reference")
    for method, more in (("PUT", {"body": body}), ("DELETE", {})):
        assert ask(method, f"{path}/", **more).status_code == 400
        assert ask(method, f"{path}/ThisIsAnIncorrectOVN", **more).status_code == 409
    assert good(ask("GET", path), "constraint_reference") == made
    changed = good(ask("PUT", f"{path}/{made['ovn']}", body=body), "constraint_reference")
    assert (changed["version"], changed["manager"]) == (2, "authority")
    assert changed["ovn"] != made["ovn"]
    query = {"area_of_interest": {"volume": volume()["volume"]}}
    found = good(ask("POST", f"{CONSTRAINTS}/query", body=query), "constraint_references")
    assert found == [changed]
    assert ask("DELETE", f"{path}/{made['ovn']}").status_code == 409
    assert good(ask("DELETE", f"{path}/{changed['ovn']}"), "constraint_reference") == changed
    assert ask("GET", path).status_code == 404
    found = good(ask("POST", f"{CONSTRAINTS}/query", body=query), "constraint_references")
    assert found == []


def test_availability_is_said_with_the_version_read_before(uss):
    judge, path = uss("judge"), "/dss/v1/uss_availability/told-of"

    def say(state, version):
        body = {"old_version": version, "availability": state}
        return judge.ask("PUT", path, "arbitration", body=body)

    versions = {good(judge.ask("GET", path, "arbitration"), "version")}
    for state in ("Normal", "Down", "Unknown", "Normal"):
        current = good(judge.ask("GET", path, "coordination"), "version")
        answer = good(say(state, current))
        assert answer["status"] == {"uss": "told-of", "availability": state}
        assert good(judge.ask("GET", path, "coordination")) == answer
        assert answer["version"] not in versions
        versions.add(answer["version"])
    for wrong in ("", "ThisIsAnIncorrectVersion"):
        assert say("Down", wrong).status_code == 409
    unread = judge.ask("PUT", path, "arbitration", body={"availability": "Down"})
    assert unread.status_code == 400
    assert good(judge.ask("GET", path, "arbitration"), "status", "availability") == "Normal"


def test_a_whole_exchange_is_reported_as_it_was(uss):
    moment = time_document(now_us())
    exchange = {
        "url": "https://dummy.example.com/dss/v1/operational_intent_references/x",
        "method": "PUT",
        "headers": ["Content-Type: application/json"],
        "recorder_role": "Client",
        "request_time": moment,
        "request_body": base64.b64encode(b'{"state": "Accepted"}').decode(),
        "response_time": moment,
        "response_body": base64.b64encode(b"").decode(),
        "response_code": 503,
        "problem": "no answer, as was to be expected",
    }
    answer = uss("uss1").ask("POST", "/dss/v1/reports", body={"exchange": exchange})
    assert answer.status_code == 201, answer.text
    assert uuid.UUID(answer.json()["report_id"]).version == 4
    assert answer.json()["exchange"] == exchange | {"request_source": "uss1"}


def uuid7(age_s: float = 0.0) -> str:
    """A UUID of version 7 that was made a while ago (RFC 9562)."""
    milliseconds = int((time.time() - age_s) * 1000)
    random = uuid.uuid4().int
    number = milliseconds << 80 | 7 << 76 | (random >> 64 & 0xFFF) << 64 | 2 << 62
    return str(uuid.UUID(int=number | random & (1 << 62) - 1))


def test_an_ovn_ends_as_was_asked_where_that_was_made_just_now(uss, intent):
    one, entity, suffix = uss("uss1"), new_id(), uuid7()
    made = reference(one.put_intent(entity, intent(requested_ovn_suffix=suffix)))
    assert made["ovn"] == f"{entity}_{suffix}"
    again = uuid7()
    body = intent(state="Activated", requested_ovn_suffix=again)
    assert reference(one.put_intent(entity, body, ovn=made["ovn"]))["ovn"] == f"{entity}_{again}"
    for wrong in ("", "abc", str(uuid.uuid4()), uuid7(3600), uuid7(-3600)):
        body = intent(requested_ovn_suffix=wrong)
        assert one.put_intent(new_id(), body).status_code == 400


@pytest.fixture
def pool(settings, quick_folder, issuer, standard) -> Iterator[Callable[[int, str], Client]]:
    """Two discovery services on one database, each asked as some USS."""
    databases = [open_database(quick_folder / "pool") for _ in range(2)]
    services = [open_service(database, settings) for database in databases]
    with (
        TestClient(Starlette(routes=list(services[0].routes))) as first,
        TestClient(Starlette(routes=list(services[1].routes))) as second,
    ):
        yield lambda number, sub: Client((first, second)[number], issuer, sub, standard)
    for service, database in zip(services, databases, strict=True):
        service.close()
        database.close()


def test_what_one_of_two_services_takes_the_other_knows_at_once(pool, intent, volume):
    here, there = pool(0, "uss1"), pool(1, "uss1")
    area = {"area_of_interest": volume(radius=1000, low=0, high=1000)}
    made = reference(here.put_intent(new_id(), intent()))
    entity = made["id"]
    assert reference(there.ask("GET", f"{INTENTS}/{entity}")) == made
    found = good(there.ask("POST", f"{INTENTS}/query", body=area), "operational_intent_references")
    assert found == [made]
    assert there.put_intent(new_id(), intent()).status_code == 409
    changed = reference(there.put_intent(entity, intent(state="Activated"), ovn=made["ovn"]))
    assert reference(here.ask("GET", f"{INTENTS}/{entity}")) == changed
    assert here.delete_intent(entity, made["ovn"]).status_code == 409
    assert reference(here.delete_intent(entity, changed["ovn"])) == changed
    assert there.ask("GET", f"{INTENTS}/{entity}").status_code == 404
    found = good(there.ask("POST", f"{INTENTS}/query", body=area), "operational_intent_references")
    assert found == []

    hearing = new_id()
    wide = wish(volume(radius=400, low=0, high=500, start_s=0))
    version = good(subscribe(here, hearing, wide), "subscription")["version"]
    answer = there.put_intent(new_id(), bare(intent))
    assert told(answer) == {hearing}
    assert good(subscription(here, hearing), "subscription")["notification_index"] == 1
    renewed = good(subscribe(there, hearing, wide, version=version), "subscription")
    assert good(subscription(here, hearing), "subscription") == renewed
    good(there.ask("DELETE", f"{SUBSCRIPTIONS}/{hearing}/{renewed['version']}"))
    assert subscription(here, hearing).status_code == 404
    ovn = reference(answer)["ovn"]
    assert told(here.delete_intent(reference(answer)["id"], ovn)) == set()

    closed = f"{CONSTRAINTS}/{new_id()}"
    body = {"extents": [volume()], "uss_base_url": "https://authority.example.com"}
    kept = good(here.ask("PUT", closed, "management", body=body), "constraint_reference")
    assert good(there.ask("GET", closed, "management"), "constraint_reference") == kept
    good(there.ask("DELETE", f"{closed}/{kept['ovn']}", "management"))
    assert here.ask("GET", closed, "management").status_code == 404

    path = "/dss/v1/uss_availability/pooled"
    body = {"old_version": "", "availability": "Down"}
    said = good(here.ask("PUT", path, "arbitration", body=body))
    assert good(there.ask("GET", path, "arbitration")) == said
