"""The discovery service of F3411-22a over HTTP, after the scenarios of the open test suite."""

import re
import uuid

import pytest

from chengmo_airspace.flights.instant import SECOND_US, now_us, parse_instant, time_document

AREAS, SUBSCRIPTIONS = "/rid/v2/dss/identification_service_areas", "/rid/v2/dss/subscriptions"
DISPLAY, SERVICE = "rid.display_provider", "rid.service_provider"
DAY_S = 24 * 3600


def new_id() -> str:
    return str(uuid.uuid4())


def box(volume, *, north=0.0, size=0.01, **bounds):
    """A square instead of the circle, and its corners as a query writes them."""
    made = volume(**bounds)
    lat = made["volume"].pop("outline_circle")["center"]["lat"] + north
    corners = [(lat, 114.3), (lat, 114.3 + size), (lat + size, 114.3 + size), (lat + size, 114.3)]
    made["volume"]["outline_polygon"] = {"vertices": [{"lat": a, "lng": b} for a, b in corners]}
    return made, ",".join(f"{a},{b}" for a, b in corners)


def body(extents, base="https://provider.example.com/rid"):
    return {"extents": extents, "uss_base_url": base}


def ask(client, method, path, scope, **more):
    return client.ask(method, path, scope, **more)


def good(answer, *path):
    assert answer.status_code == 200, answer.text
    document = answer.json()
    for name in path:
        document = document[name]
    return document


def put_area(client, entity, extents, version=None):
    path = f"{AREAS}/{entity}" + ("" if version is None else f"/{version}")
    return ask(client, "PUT", path, SERVICE, body=body(extents))


def put_subscription(client, entity, extents, version=None, base="https://display.example.com"):
    path = f"{SUBSCRIPTIONS}/{entity}" + ("" if version is None else f"/{version}")
    return ask(client, "PUT", path, DISPLAY, body=body(extents, base))


def found(client, query):
    answer = ask(client, "GET", f"{AREAS}?{query}", DISPLAY)
    return [each["id"] for each in good(answer, "service_areas")]


def test_an_area_lives_through_all_its_stations(uss, volume):
    one, other, entity = uss("sp1"), uss("sp2"), new_id()
    extents, where = box(volume, start_s=-10, end_s=600)
    made = good(put_area(one, entity, extents))
    area = made["service_area"]
    assert made["subscribers"] == []
    assert (area["id"], area["owner"]) == (entity, "sp1")
    assert area["uss_base_url"] == "https://provider.example.com/rid"
    assert [area[name] for name in ("time_start", "time_end")] == [
        extents[name] for name in ("time_start", "time_end")
    ]
    assert good(ask(other, "GET", f"{AREAS}/{entity}", DISPLAY), "service_area") == area
    assert put_area(one, entity, extents).status_code == 409
    assert put_area(other, entity, extents, area["version"]).status_code == 403
    assert put_area(one, entity, extents, "wrong").status_code == 409
    longer = extents | {"time_end": time_document(now_us() + 700 * SECOND_US)}
    changed = good(put_area(one, entity, longer, area["version"]), "service_area")
    assert changed["version"] != area["version"]
    assert changed["time_end"] == longer["time_end"]
    # Who says no beginning leaves it as it was.
    openly = {name: value for name, value in longer.items() if name != "time_start"}
    changed = good(put_area(one, entity, openly, changed["version"]), "service_area")
    assert changed["time_start"] == extents["time_start"]

    end, start = (parse_instant(changed[name]["value"]) for name in ("time_end", "time_start"))

    def at(name, instant):
        return f"area={where}&{name}={time_document(instant)['value']}"

    minute = 60 * SECOND_US
    assert found(other, f"area={where}") == [entity]
    assert found(other, at("earliest_time", end - minute)) == [entity]
    assert found(other, at("earliest_time", end + minute)) == []
    assert found(other, at("latest_time", start + minute)) == [entity]
    assert found(other, at("latest_time", start - minute)) == []
    path = f"{AREAS}/{entity}"
    assert ask(one, "DELETE", f"{path}/", SERVICE).status_code == 400
    assert ask(one, "DELETE", f"{path}/wrong", SERVICE).status_code == 409
    version = changed["version"]
    assert ask(other, "DELETE", f"{path}/{version}", SERVICE).status_code == 403
    assert good(ask(one, "DELETE", f"{path}/{version}", SERVICE), "service_area") == changed
    assert ask(one, "GET", path, DISPLAY).status_code == 404
    assert ask(one, "DELETE", f"{path}/{version}", SERVICE).status_code == 404
    assert found(other, f"area={where}") == []


def test_an_area_that_cannot_be_is_refused(uss, volume):
    one = uss("sp1")
    extents, _ = box(volume)
    huge, _ = box(volume, size=2)
    turned = extents | {"time_start": extents["time_end"], "time_end": extents["time_start"]}
    past, _ = box(volume, start_s=-600, end_s=3000)
    over, _ = box(volume, start_s=-600, end_s=-300)
    endless = {name: value for name, value in extents.items() if name != "time_end"}
    bare = extents | {"volume": {"altitude_lower": extents["volume"]["altitude_lower"]}}
    off_earth = {"outline_polygon": {"vertices": [
        {"lat": lat, "lng": lng} for lat, lng in ((130, -23), (130, -24), (132, -24))
    ]}}  # fmt: skip
    wrong = [huge, turned, past, over, endless, bare, extents | {"volume": off_earth}]
    wrong.append({name: value for name, value in extents.items() if name != "volume"})
    for given in wrong:
        assert put_area(one, new_id(), given).status_code == 400, given
    path = f"{AREAS}/{new_id()}"
    assert (
        ask(one, "PUT", path, SERVICE, body={"uss_base_url": "https://x.example"}).status_code
        == 400
    )
    for base in ("http://provider.example.com", "https://provider.example.com/", "ftp://x"):
        answer = ask(one, "PUT", path, SERVICE, body=body(extents, base))
        assert answer.status_code == 400, base


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("area=", 400),
        ("area=30,114,30.1", 400),
        ("area=30,114,30.1,114", 400),
        ("area=30,114,here,114,31,115", 400),
        ("area=nan,114,30.1,114,30.1,115", 400),
        ("area=-23,130,-24,130,-24,132,-23,132", 413),
        ("area=30,114,30.1,114,30.1,114.1,30,114", 400),
        ("area=30,114,30.1,114,30.1,114.1&earliest_time=soon", 400),
    ],
)
def test_a_search_says_where_and_not_too_widely(uss, query, status):
    assert ask(uss("dp"), "GET", f"{AREAS}?{query}", DISPLAY).status_code == status


def test_a_subscription_hears_of_areas_and_counts(uss, volume):
    provider, display = uss("sp1"), uss("dp1")
    area, subscription = new_id(), new_id()
    extents, where = box(volume, start_s=0, end_s=3600)
    made = good(put_area(provider, area, extents), "service_area")
    answer = good(put_subscription(display, subscription, extents))
    assert [each["id"] for each in answer["service_areas"]] == [area]
    assert answer["subscription"]["notification_index"] == 0
    # Moved so that both barely touch.
    edge, _ = box(volume, north=0.0099, start_s=0, end_s=3600)
    version = answer["subscription"]["version"]
    moved = good(put_subscription(display, subscription, edge, version))
    assert [each["id"] for each in moved["service_areas"]] == [area]
    changed = good(put_area(provider, area, extents, made["version"]))
    (told,) = changed["subscribers"]
    assert told == {
        "url": "https://display.example.com",
        "subscriptions": [{"subscription_id": subscription, "notification_index": 1}],
    }
    version = changed["service_area"]["version"]
    gone = good(ask(provider, "DELETE", f"{AREAS}/{area}/{version}", SERVICE), "subscribers")
    assert gone[0]["subscriptions"][0]["notification_index"] == 2
    read = good(ask(display, "GET", f"{SUBSCRIPTIONS}/{subscription}", DISPLAY), "subscription")
    assert (read["notification_index"], read["owner"]) == (2, "dp1")
    assert ask(provider, "GET", f"{SUBSCRIPTIONS}/{subscription}", SERVICE).status_code == 403
    listed = good(ask(display, "GET", f"{SUBSCRIPTIONS}?area={where}", DISPLAY), "subscriptions")
    assert [each["id"] for each in listed] == [subscription]
    assert good(ask(provider, "GET", f"{SUBSCRIPTIONS}?area={where}", DISPLAY)) == {
        "subscriptions": []
    }
    path = f"{SUBSCRIPTIONS}/{subscription}"
    # What never was a version is told from an old one.
    assert ask(display, "DELETE", f"{path}/wrong", DISPLAY).status_code == 400
    assert ask(display, "DELETE", f"{path}/{'0' * 32}", DISPLAY).status_code == 409
    assert re.fullmatch("[a-z0-9]{10,}", read["version"])
    assert (
        good(ask(display, "DELETE", f"{path}/{read['version']}", DISPLAY), "subscription") == read
    )
    assert ask(display, "GET", path, DISPLAY).status_code == 404
    assert good(put_area(provider, new_id(), extents), "subscribers") == []


def test_subscriptions_are_few_and_last_a_day(uss, volume):
    display = uss("dp2")
    extents, _ = box(volume, start_s=0, end_s=60)
    begins = parse_instant(extents["time_start"]["value"])

    def lasting(seconds):
        return extents | {"time_end": time_document(begins + seconds * SECOND_US)}

    assert put_subscription(display, new_id(), lasting(DAY_S + 600)).status_code == 400
    first = new_id()
    made = good(put_subscription(display, first, lasting(DAY_S)), "subscription")
    longer = put_subscription(display, first, lasting(DAY_S + 600), made["version"])
    assert longer.status_code == 400
    openly = {"volume": extents["volume"]}
    answer = good(put_subscription(display, new_id(), openly), "subscription")
    lasts = parse_instant(answer["time_end"]["value"]) - parse_instant(
        answer["time_start"]["value"]
    )
    assert lasts == DAY_S * SECOND_US
    for _ in range(8):
        good(put_subscription(display, new_id(), lasting(600)))
    assert put_subscription(display, new_id(), lasting(600)).status_code == 429
    # Those that are there may still be changed, and others may take their own.
    good(put_subscription(display, first, lasting(600), made["version"]))
    good(put_subscription(uss("dp3"), new_id(), lasting(600)))
    away, _ = box(volume, north=0.3, start_s=0, end_s=600)
    good(put_subscription(display, new_id(), away))


PATHS = [
    ("GET", AREAS, {DISPLAY}),
    ("GET", f"{AREAS}/{new_id()}", {DISPLAY}),
    ("PUT", f"{AREAS}/{new_id()}", {SERVICE}),
    ("PUT", f"{AREAS}/{new_id()}/1", {SERVICE}),
    ("DELETE", f"{AREAS}/{new_id()}/1", {SERVICE}),
    ("GET", SUBSCRIPTIONS, {DISPLAY}),
    ("GET", f"{SUBSCRIPTIONS}/{new_id()}", {DISPLAY, SERVICE}),
    ("PUT", f"{SUBSCRIPTIONS}/{new_id()}", {DISPLAY}),
    ("PUT", f"{SUBSCRIPTIONS}/{new_id()}/1", {DISPLAY}),
    ("DELETE", f"{SUBSCRIPTIONS}/{new_id()}/1", {DISPLAY}),
]


def test_each_way_is_open_to_its_roles_alone(http, uss, issuer):
    for method, path, allowed in PATHS:
        for scope in (DISPLAY, SERVICE, "coordination", ""):
            status = ask(uss("x"), method, path, scope, body={}).status_code
            assert (status == 403) == (scope not in allowed), (method, path, scope)
        good_token = issuer.token(*allowed)
        for header in ({}, {"Authorization": f"Bearer {good_token[:-6]}"}):
            assert http.request(method, path, headers=header, json={}).status_code == 401
