"""ED-318 and ED-269: what others publish is read, what is written is valid, both ways round."""

import copy
import json
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

import jsonschema
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing import Registry, Resource

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import (
    Authority,
    DailyPeriod,
    DayEvent,
    Period,
    Rule,
    Wording,
    Zone,
    ZoneLayer,
    read_ed269,
    read_ed318,
    write_ed269,
    write_ed318,
)

PUBLISHED = Path(__file__).parent / "published"
EXAMPLES = PUBLISHED / "ed318" / "examples"
HOME = "https://chengmo.invalid/"


def load(path):
    return json.loads(path.read_text("utf-8"))


def schema_validator():
    resources = [
        (HOME + path.name, Resource.from_contents(load(path)))
        for path in (PUBLISHED / "ed318" / "schema").glob("*.json")
    ]
    registry = Registry().with_resources(resources)
    whole = {"$ref": HOME + "Schema_GeoZones.json"}
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    return jsonschema.Draft7Validator(whole, registry=registry, format_checker=checker)


VALIDATOR = schema_validator()
VALID = [*sorted(EXAMPLES.glob("Example_*.json")), PUBLISHED / "cis_source_sample_ed318.json"]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_examples_are_read_and_come_back_the_same(path):
    document = load(path)
    assert VALIDATOR.is_valid(document)
    found = read_ed318(document)
    assert len(found.zones) == len(document["features"])
    written = write_ed318(found.zones, name=found.name, metadata=found.metadata)
    assert VALIDATOR.is_valid(written)
    assert read_ed318(written).zones == found.zones


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("InvalidExample_*")), ids=lambda p: p.stem)
def test_invalid_examples_are_refused_with_the_path_of_what_is_wrong(path):
    with pytest.raises(InvalidRequest, match=r"^metadata\.validFrom"):
        read_ed318(load(path))


def test_what_an_example_says_is_understood():
    zone, circle = read_ed318(load(EXAMPLES / "Example_Collection.json")).zones
    assert (zone.identifier, zone.rule, zone.country) == ("NFZ6547", Rule.AUTHORISATION, "FRA")
    assert [layer.upper for layer in zone.layers] == [
        Height(150, Reference.GROUND),
        Height(50, Reference.GROUND),
    ]
    period = zone.periods[0]
    assert period.schedule[1] == DailyPeriod((6,), time(10, tzinfo=UTC), time(12, tzinfo=UTC))
    assert zone.reason_words.within("fr") == "Baleines Volantes 2-ème partie"
    assert circle.layers[0].outline == Circle(2.636866, 50.122901, 3500)


def test_feet_become_metres():
    document = load(EXAMPLES / "Example_GeoZone_Circle.json")
    document["features"][0]["geometry"]["layer"] |= {"uom": "ft", "upper": 400}
    upper = read_ed318(document).zones[0].layers[0].upper
    assert upper.metres == pytest.approx(121.92)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda f: f["properties"].update(type="REQ_AUTHORISATION"), "features[0].properties.type"),
        (lambda f: f["properties"].update(identifier="TOOLONG8"), "properties.identifier"),
        (lambda f: f["properties"].update(country="CN"), "properties.country"),
        (lambda f: f["properties"].update(colour="red"), "properties: has an unknown member"),
        (lambda f: f["properties"].pop("zoneAuthority"), "properties: has no 'zoneAuthority'"),
        (lambda f: f["properties"]["zoneAuthority"].clear(), "zoneAuthority: is empty"),
        (lambda f: f["properties"].update(reason=["FUN"]), "properties.reason[0]"),
        (lambda f: f["properties"].update(reason=["OTHER"] * 10), "reason: has 10 reasons"),
        (lambda f: f.update(geometry=None), "features[0]: has no 'geometry'"),
        (lambda f: f["geometry"].update(type="LineString"), "geometry.type"),
        (lambda f: f["geometry"].pop("extent"), "a point without an extent"),
        (lambda f: f["geometry"]["extent"].update(radius=-5), "geometry: a circle of -5"),
        (lambda f: f["geometry"].update(coordinates=[2.6]), "geometry.coordinates: is no position"),
        (lambda f: f["geometry"]["layer"].update(lower=500), "geometry: its floor 500.0 m"),
        (lambda f: f["geometry"]["layer"].pop("upperReference"), "has no 'upperReference'"),
        (lambda f: f["geometry"]["layer"].update(upper="150"), "geometry.layer.upper"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(change, path):
    document = load(EXAMPLES / "Example_GeoZone_Circle.json")
    change(document["features"][0])
    with pytest.raises(InvalidRequest) as caught:
        read_ed318(document)
    assert path in caught.value.message
    assert caught.value.hint


SQUARE = [[114.0, 30.0], [114.1, 30.0], [114.1, 30.1], [114.0, 30.0]]
BOW = [[114.0, 30.0], [114.1, 30.1], [114.1, 30.0], [114.0, 30.1], [114.0, 30.0]]


@pytest.mark.parametrize(
    ("geometry", "path"),
    [
        ({"type": "GeometryCollection", "geometries": []}, "has no geometry"),
        ({"type": "Polygon", "coordinates": []}, "geometry.coordinates: has no ring"),
        ({"type": "Polygon", "coordinates": [SQUARE[:3]]}, "coordinates[0]: is no closed ring"),
        ({"type": "Polygon", "coordinates": [BOW]}, "geometry: an outline is not valid"),
        ({"type": "MultiPolygon", "coordinates": [[[[200, 0], *SQUARE]]]}, "is no closed ring"),
        (
            {"type": "Polygon", "coordinates": [[[200, 0], [201, 0], [201, 1], [200, 0]]]},
            "geometry: an outline reaches",
        ),
    ],
)
def test_a_shape_without_an_inside_is_named_by_its_path(geometry, path):
    document = load(EXAMPLES / "Example_GeoZone_Circle.json")
    document["features"][0]["geometry"] = geometry
    with pytest.raises(InvalidRequest) as caught:
        read_ed318(document)
    assert path in caught.value.message


@pytest.mark.parametrize(
    ("period", "path"),
    [
        ({"startDateTime": "2026-01-02T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"}, "ends"),
        ({"schedule": [{"day": ["ANY"], "startTime": "8", "endTime": "9"}]}, "startTime: '8'"),
        (
            {"schedule": [{"day": ["ANY"], "startTime": "08:00:00Z", "startEvent": "SR"}]},
            "has startTime and startEvent",
        ),
    ],
)
def test_a_time_that_is_none_is_named_by_its_path(period, path):
    document = load(EXAMPLES / "Example_GeoZone_Circle.json")
    document["features"][0]["properties"]["limitedApplicability"] = [period]
    with pytest.raises(InvalidRequest) as caught:
        read_ed318(document)
    assert "limitedApplicability[0]" in caught.value.message
    assert path in caught.value.message


def test_several_areas_are_one_layer_in_ed318_and_several_volumes_in_ed269():
    areas = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    zone = Zone("A", Rule.PROHIBITED, (ZoneLayer(areas),), authorities=(Authority(),))
    assert read_ed318(write_ed318([zone])).zones == (zone,)
    (found,) = read_ed269(write_ed269([zone]))
    assert [layer.outline for layer in found.layers] == list(areas.geoms)


def paths_of(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths_of(item, (*path, key))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_whatever_the_schema_refuses_is_refused_and_nothing_breaks(data):
    document = copy.deepcopy(load(EXAMPLES / "Example_Collection.json"))
    path = data.draw(st.sampled_from([path for path in paths_of(document) if path]))
    junk = data.draw(st.sampled_from([None, 5, -1.5, "x", [], {}, [[]], True, "2026", 1e400]))
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = junk
    try:
        read_ed318(document)
    except InvalidRequest:
        return
    # Where a member is null it counts as left out, which the schema mostly refuses.
    assert junk is None or VALIDATOR.is_valid(document)


LANGUAGES = st.sampled_from(["zh-CN", "en-GB", "fr"])
WORDS = st.lists(st.tuples(LANGUAGES, st.text(max_size=20)), max_size=2).map(
    lambda pairs: Wording(tuple(pairs))
)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - limits
OFFSETS = st.sampled_from([UTC, timezone(timedelta(hours=8))])
CLOCKS = st.builds(
    lambda h, m, o: time(h, m, tzinfo=o), st.integers(0, 23), st.integers(0, 59), OFFSETS
)
DAYS = st.lists(st.integers(0, 6), max_size=7, unique=True).map(tuple)


def layers(references, metres):
    areas = st.builds(
        lambda x, y, w, h: shapely.box(x, y, x + w, y + h),
        *(st.floats(-80, 80), st.floats(-80, 80), st.floats(0.001, 4), st.floats(0.001, 4)),
    )
    holed = areas.map(lambda a: a.difference(shapely.box(*a.centroid.coords[0], 90, 89)))
    circles = st.builds(Circle, st.floats(-80, 80), st.floats(-80, 80), st.floats(1, 9000))
    limits = st.none() | st.builds(Height, metres, references)

    def make(outline, one, other):
        if one and other and one.reference is other.reference and one.metres > other.metres:
            one, other = other, one
        return ZoneLayer(outline, one, other)

    return st.builds(make, areas | holed | circles, limits, limits)


def zones_of(references, metres, moments):
    def period(start, hours, schedule):
        return Period(start, start + timedelta(hours=hours), tuple(schedule))

    daily = st.builds(DailyPeriod, DAYS, moments, moments)
    periods = st.builds(period, INSTANTS, st.integers(1, 999), st.lists(daily, max_size=2))
    return st.builds(
        Zone,
        st.text("ABC123", min_size=1, max_size=7),
        st.sampled_from(list(Rule)),
        st.lists(layers(references, metres), min_size=1, max_size=2).map(tuple),
        kind=st.sampled_from(["other", "airport", "military"]),
        citation=st.text(max_size=9),
        citation_en=st.text(max_size=9),
        is_synthetic=st.booleans(),
        reason=st.lists(st.sampled_from(["NOISE", "OTHER"]), max_size=2).map(tuple),
        periods=st.lists(periods, max_size=2).map(tuple),
        conditions=st.text(max_size=9),
    )


@settings(max_examples=10, deadline=None)
@given(
    zone=zones_of(
        st.sampled_from(list(Reference)),
        st.floats(-500, 9000),
        st.none() | CLOCKS | st.sampled_from(list(DayEvent)),
    ),
    name=WORDS,
    unit=WORDS,
)
def test_any_zone_goes_through_ed318_and_comes_back(zone, name, unit):
    authority = Authority("NOTIFICATION", name, unit, email="a@b.cn", notice="P1D")
    zone = Zone(
        **{
            **{f: getattr(zone, f) for f in zone.__slots__},
            "name": name,
            "authorities": (authority,),
        }
    )
    document = json.loads(json.dumps(write_ed318([zone])))
    assert VALIDATOR.is_valid(document)
    assert read_ed318(document).zones == (zone,)


@settings(max_examples=10, deadline=None)
@given(
    zone=zones_of(
        st.sampled_from([Reference.GROUND, Reference.SEA]), st.integers(-500, 9000), CLOCKS
    )
)
def test_a_zone_of_whole_metres_goes_through_ed269_and_comes_back(zone):
    zone = Zone(**{**{f: getattr(zone, f) for f in zone.__slots__}, "authorities": (Authority(),)})
    found = read_ed269(json.loads(json.dumps(write_ed269([zone]))))
    parts = [part for layer in found[0].layers for part in [layer.outline]]
    assert len(parts) >= len(zone.layers)
    if len(parts) == len(zone.layers):
        assert found == (zone,)


def test_the_published_sample_of_ed269_is_read():
    (zone,) = read_ed269(load(PUBLISHED / "cis_source_sample_ed269.json"))
    assert (zone.identifier, zone.rule, zone.periods) == ("LSXX", Rule.AUTHORISATION, ())
    assert zone.layers[0].lower == Height(0, Reference.GROUND)
    assert zone.layers[0].upper is None
    assert zone.authorities[0].unit.within("en") == "Supervisor"
    assert read_ed269(write_ed269([zone])) == (zone,)


def test_what_ed269_cannot_say_is_refused_not_dropped():
    box = shapely.box(114, 30, 115, 31)
    above = Zone("A", Rule.PROHIBITED, (ZoneLayer(box, Height(5, Reference.ELLIPSOID)),))
    night = Period(schedule=(DailyPeriod((), DayEvent.SUNSET, DayEvent.SUNRISE),))
    by_sun = Zone("B", Rule.PROHIBITED, (ZoneLayer(box),), periods=(night,))
    for zone, why in ((above, "ellipsoid"), (by_sun, "by the sun")):
        with pytest.raises(InvalidRequest, match=why):
            write_ed269([zone])


def test_limits_of_ed269_are_rounded_outwards():
    layer = ZoneLayer(
        shapely.box(114, 30, 115, 31),
        Height(10.4, Reference.GROUND),
        Height(20.1, Reference.GROUND),
    )
    (found,) = read_ed269(write_ed269([Zone("A", Rule.PROHIBITED, (layer,))]))
    assert (found.layers[0].lower.metres, found.layers[0].upper.metres) == (10, 21)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda z: z.pop("geometry"), "UASZoneList[0]: has no 'geometry'"),
        (lambda z: z.update(geometry=[]), "UASZoneList[0]: has no geometry"),
        (lambda z: z.update(country="CH"), "country: 'CH'"),
        (
            lambda z: z.update(
                applicability=[
                    {
                        "startDateTime": "2026-01-02T00:00:00Z",
                        "endDateTime": "2026-01-01T00:00:00Z",
                    }
                ]
            ),
            "applicability[0]: ends",
        ),
        (lambda z: z.update(restriction="REQ_AUTHORIZATION"), "UASZoneList[0].restriction"),
        (lambda z: z["geometry"][0].update(lowerLimit="low"), "geometry[0].lowerLimit"),
        (
            lambda z: z["applicability"][0].update(permanent="NO", startDateTime="soon"),
            "startDateTime",
        ),
    ],
)
def test_what_is_wrong_in_ed269_is_named_by_its_path(change, path):
    document = load(PUBLISHED / "cis_source_sample_ed269.json")
    change(document["UASZoneList"][0])
    with pytest.raises(InvalidRequest) as caught:
        read_ed269(document)
    assert path in caught.value.message
