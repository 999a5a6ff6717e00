"""Zones loaded by a test director, and which are selected: by both doors for tests of maps."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from tests.airspace.interfaces import definitions
from tests.airspace.interfaces.skies import Stranger

from chengmo_airspace.interfaces.door import Door
from chengmo_airspace.interfaces.geospatial import (
    AWARENESS_PREFIX,
    MAP_PREFIX,
    awareness_ways,
    map_ways,
)
from chengmo_airspace.interfaces.map_sources import Sources
from chengmo_airspace.interfaces.outgoing import fetch_from, open_client
from chengmo_airspace.interfaces.token import TokenCheck, read_keys

DIRECT, QUERY = (f"interuss.geospatial_map.{what}" for what in ("direct_automated_test", "query"))
AWARENESS = "geo-awareness.test"
SAMPLE = Path(__file__).parents[1] / "zones" / "published" / "cis_source_sample_ed269.json"


def new_id() -> str:
    return str(uuid.uuid4())


def zone(name, restriction, west, *, lower=None, upper=None, reference="AMSL", periods=()):
    """An ED-269 zone of a tenth of a degree; synthetic."""
    south, side = 30.0, 0.1
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side]]
    shape = {
        "uomDimensions": "M",
        "lowerVerticalReference": reference,
        "upperVerticalReference": reference,
        "horizontalProjection": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    limits = {"lowerLimit": lower, "upperLimit": upper}
    made = {
        "identifier": name,
        "country": "CHN",
        "type": "COMMON",
        "restriction": restriction,
        "uSpaceClass": "A" if name == "Z1" else "B",
        "geometry": [shape | {k: v for k, v in limits.items() if v is not None}],
    }
    return made | ({"applicability": list(periods)} if periods else {})


DOCUMENT = {
    "features": [
        zone("Z1", "PROHIBITED", 114.0, lower=100, upper=200),
        zone("Z2", "CONDITIONAL", 114.2),
        zone("Z3", "NO_RESTRICTION", 114.4),
        zone("Z4", "REQ_AUTHORISATION", 114.6, periods=[
            {"permanent": "NO", "startDateTime": "2090-01-01T00:00:00Z",
             "endDateTime": "2090-01-02T00:00:00Z"},
        ]),
        zone("Z5", "PROHIBITED", 114.8, lower=50, upper=60, reference="AGL"),
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def stranger() -> Iterator[Stranger]:
    made = Stranger()
    made.answers["/zones.json?edition=1"] = (200, DOCUMENT)
    made.answers["/sample.json"] = (200, json.loads(SAMPLE.read_text("utf-8")))
    made.answers["/wrong.json"] = (200, {"features": [{"identifier": "X"}]})
    made.answers["/broken.json"] = (500, {})
    yield made
    made.close()


@pytest.fixture(scope="module")
def ask(stranger, keys_file, issuer):
    """Ask one of the doors; the answer has been held against its definition."""
    check = TokenCheck(read_keys(keys_file), frozenset({"dss.example.com"}))
    client = open_client()
    hosts = frozenset({stranger.address.removeprefix("http://")})
    fetch = fetch_from(client, hosts)
    doors = {MAP_PREFIX: map_ways(Sources(fetch)), AWARENESS_PREFIX: awareness_ways(Sources(fetch))}
    routes = [Mount(prefix, Door(ways, check)) for prefix, ways in doors.items()]

    with TestClient(Starlette(routes=routes)) as http:

        def asked(method, path, scope, body=None):
            answer = http.request(
                method,
                path,
                json=body,
                headers={"Authorization": f"Bearer {issuer.token(scope)}"},
            )
            document = answer.json()
            if answer.status_code == 200:
                assert definitions.check(method, path, 200, document), path
            return answer.status_code, document

        yield asked
    client.close()


@pytest.fixture(scope="module")
def loaded(ask, stranger):
    """The zones above, loaded through both doors."""
    body = {"https_source": {"url": f"{stranger.address}/zones.json?edition=1", "format": "ED-269"}}
    path = f"{MAP_PREFIX}/geospatial_data_sources/{new_id()}"
    assert ask("PUT", path, DIRECT, body)[1]["data_source"]["status"] == "Ready"
    path = f"{AWARENESS_PREFIX}/geozone_sources/{new_id()}"
    assert ask("PUT", path, AWARENESS, body) == (200, {"result": "Ready"})
    return ask


def found(ask, *filters):
    """What each filter selects, asked one by one."""
    body = {"checks": [{"filter_sets": [each]} for each in filters]}
    status, document = ask("POST", f"{MAP_PREFIX}/map/queries", QUERY, body)
    assert status == 200, document
    return [each["features_selection_outcome"] for each in document["results"]]


def position(lng, altitude=None, reference="W84", units="M"):
    made = {"position": {"location": {"lat": 30.05, "lng": lng}}}
    if altitude is not None:
        made["position"]["altitude"] = {
            "value": altitude, "reference": reference, "units": units,
        }  # fmt: skip
    return made


def test_a_place_is_in_a_zone_if_its_height_is(loaded):
    # The geoid is some 15 m below the ellipsoid here (EGM96).
    asked = {
        "Present": [position(114.05), position(114.05, 150), position(114.05, 492, units="FT")],
        "Absent": [position(115.5), position(114.05, 50), position(114.05, 300), position(113.9)],
        # Above the ground: without a terrain nobody can say.
        "Error": [position(114.85, 55), position(114.05, 150, "SFC")],
    }
    for outcome, filters in asked.items():
        assert found(loaded, *filters) == [outcome] * len(filters), outcome
    assert found(loaded, position(114.85, 55, "SFC")) == ["Present"]
    assert found(loaded, position(114.85, 70, "SFC")) == ["Absent"]


def test_what_a_zone_does_to_a_flight_selects_it(loaded):
    for lng, blocks, advises in (
        (114.05, True, False),
        (114.25, False, True),
        (114.45, False, False),
    ):
        expected = {"Block": blocks, "Advise": advises, "BlockOrAdvise": blocks or advises}
        for impact, is_so in expected.items():
            answer = found(loaded, position(lng) | {"resulting_operational_impact": impact})
            assert answer == ["Present" if is_so else "Absent"], (lng, impact)


def test_times_restrictions_and_classes_select_too(loaded):
    inside = position(114.65)
    asked = [
        (inside | {"after": "2090-01-01T10:00:00Z", "before": "2090-01-01T11:00:00Z"}, "Present"),
        (inside | {"after": "2090-01-01T10:00:00+08:00"}, "Present"),
        (inside | {"before": "2089-01-01T00:00:00Z"}, "Absent"),
        (inside | {"after": "2091-01-01T00:00:00Z"}, "Absent"),
        ({"ed269": {"acceptable_restrictions": ["CONDITIONAL"]}}, "Present"),
        (inside | {"ed269": {"acceptable_restrictions": ["CONDITIONAL"]}}, "Absent"),
        (inside | {"ed269": {"acceptable_restrictions": []}}, "Present"),
        (position(114.05) | {"ed269": {"u_space_class": "A"}}, "Present"),
        (position(114.05) | {"ed269": {"u_space_class": "C"}}, "Absent"),
        ({"restriction_source": "somebody"}, "UnsupportedFilter"),
        ({"operation_rule_set": "some"}, "UnsupportedFilter"),
    ]
    assert found(loaded, *(filters for filters, _ in asked)) == [outcome for _, outcome in asked]
    both = {"checks": [{"filter_sets": [position(115.5), inside]}, {"filter_sets": []}]}
    _, document = loaded("POST", f"{MAP_PREFIX}/map/queries", QUERY, both)
    outcomes = [each["features_selection_outcome"] for each in document["results"]]
    assert outcomes == ["Present", "Absent"]


def volume(lng, low, high, *, day="2090-01-01", reference="W84"):
    def altitude(value):
        return {"value": value, "reference": reference, "units": "M"}

    circle = {"center": {"lat": 30.05, "lng": lng}, "radius": {"value": 100, "units": "M"}}
    return {
        "volume": {
            "outline_circle": circle,
            "altitude_lower": altitude(low),
            "altitude_upper": altitude(high),
        },
        "time_start": {"value": f"{day}T08:00:00Z", "format": "RFC3339"},
        "time_end": {"value": f"{day}T09:00:00Z", "format": "RFC3339"},
    }


def test_volumes_select_what_they_meet_in_space_and_time(loaded):
    asked = [
        ([volume(114.05, 150, 160)], "Present"),
        ([volume(114.05, 300, 310)], "Absent"),
        ([volume(115.5, 0, 10), volume(114.25, 0, 10)], "Present"),
        ([volume(114.65, 0, 10)], "Present"),
        ([volume(114.65, 0, 10, day="2090-02-01")], "Absent"),
        ([volume(114.05, 150, 160, reference="SFC")], "UnsupportedFilter"),
    ]
    answers = found(loaded, *({"volumes4d": volumes} for volumes, _ in asked))
    assert answers == [outcome for _, outcome in asked]


def test_the_older_door_asks_the_same_in_its_own_words(loaded):
    def at(lng, height, reference, unit="M"):
        return {"position": {"uomDimensions": unit, "verticalReferenceType": reference,
                             "height": height, "longitude": lng, "latitude": 30.05}}  # fmt: skip

    asked = [
        (at(114.05, 150, "AMSL"), "Present"),
        (at(114.05, 100, "AMSL"), "Present"),
        (at(114.05, 99, "AMSL"), "Absent"),
        (at(114.05, 500, "AMSL", "FT"), "Present"),
        (at(114.85, 55, "AGL"), "Present"),
        (at(114.85, 61, "AGL"), "Absent"),
        (at(114.05, 150, "AGL"), "Error"),
        (at(114.05, 150, "AMSL") | {"ed269": {"uSpaceClass": "A"}}, "Present"),
        (
            at(114.05, 150, "AMSL") | {"ed269": {"acceptableRestrictions": ["CONDITIONAL"]}},
            "Absent",
        ),
        (at(114.65, 0, "AMSL") | {"before": "2089-01-01T00:00:00Z"}, "Absent"),
    ]
    body = {"checks": [{"filterSets": [filters]} for filters, _ in asked]}
    _, document = loaded("POST", f"{AWARENESS_PREFIX}/geozones/check", AWARENESS, body)
    outcomes = [each["geozone"] for each in document["applicableGeozone"]]
    assert outcomes == [outcome for _, outcome in asked]


def test_sources_are_loaded_once_told_of_and_forgotten(ask, stranger):
    path = f"{MAP_PREFIX}/geospatial_data_sources"

    def load(url, entity=None, form="ED-269"):
        body = {"https_source": {"url": url, "format": form}}
        status, document = ask("PUT", f"{path}/{entity or new_id()}", DIRECT, body)
        return document["data_source"]["status"] if status == 200 else status

    entity = new_id()
    assert load(f"{stranger.address}/sample.json", entity) == "Ready"
    assert load(f"{stranger.address}/sample.json", entity) == "Ready"
    assert load(f"{stranger.address}/other.json", entity) == 409
    assert load(f"{stranger.address}/wrong.json") == "Rejected"
    assert load(f"{stranger.address}/broken.json") == "Error"
    assert load(f"{stranger.address}/sample.json", form="ED-318") == "Unsupported"
    # No source that is not configured is ever called.
    for foreign in ("https://169.254.169.254/latest", "http://127.0.0.1:1/x", "file:///etc/passwd"):
        assert load(foreign) == "Error"
    _, listed = ask("GET", path, DIRECT)
    states = {each["id"]: each["status"] for each in listed["data_sources"]}
    assert states[entity] == "Ready"
    assert ask("GET", f"{path}/{entity}", DIRECT)[1]["data_source"]["status"] == "Ready"
    assert ask("DELETE", f"{path}/{entity}", DIRECT)[1]["data_source"]["status"] == "Deactivated"
    assert ask("GET", f"{path}/{entity}", DIRECT)[0] == 404
    assert ask("GET", f"{MAP_PREFIX}/status", DIRECT)[1]["status"] == "Ready"
    assert ask("GET", f"{AWARENESS_PREFIX}/status", AWARENESS)[1]["status"] == "Ready"


def test_each_door_has_its_own_roles(ask):
    for method, path, scope in (
        ("GET", f"{MAP_PREFIX}/status", QUERY),
        ("GET", f"{MAP_PREFIX}/geospatial_data_sources", QUERY),
        ("PUT", f"{MAP_PREFIX}/geospatial_data_sources/{new_id()}", AWARENESS),
        ("POST", f"{MAP_PREFIX}/map/queries", DIRECT),
        ("POST", f"{AWARENESS_PREFIX}/geozones/check", QUERY),
        ("PUT", f"{AWARENESS_PREFIX}/geozone_sources/{new_id()}", DIRECT),
    ):
        assert ask(method, path, scope, {})[0] == 403
    for wrong in ({}, {"checks": [{}]}, {"checks": [{"filter_sets": [{"after": "soon"}]}]}):
        assert ask("POST", f"{MAP_PREFIX}/map/queries", QUERY, wrong)[0] == 400
