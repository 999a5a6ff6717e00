"""May I fly here: one rule after the other, and never "allowed" where it is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from pyproj import Geod

from chengmo import InvalidRequest, Surface
from chengmo_airspace.altitude import Altitudes, Height, Reference, egm96
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import (
    ALL_KINDS,
    CHINA_2024,
    AircraftClass,
    Coverage,
    Period,
    Question,
    Rule,
    SpecialUse,
    Verdict,
    Wording,
    Zone,
    ZoneLayer,
    ZoneMap,
    ask,
)

AGL, AMSL = Reference.GROUND, Reference.SEA
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
EVERYWHERE = Coverage(shapely.box(113, 29, 116, 32), ALL_KINDS)
SLOPE = Surface("a slope", lambda lon, lat: 400 * (lon - 114) + 0 * lat, "EPSG:4326", "sea level")


def at(metres, reference=AGL, *, lon=114.3, lat=30.5, **more):
    return Question(lon, lat, Height(metres, reference), NOON, NOON, **more)


def zone(rule=Rule.PROHIBITED, lower=None, upper=None, **more):
    outline = shapely.box(114.2, 30.4, 114.4, 30.6)
    return Zone("Z1", rule, (ZoneLayer(outline, lower, upper),), **more)


def verdict(zones, question, *, coverage=(EVERYWHERE,), terrain=None):
    return ask(ZoneMap(zones, coverage, Altitudes(egm96(), terrain)), question).verdict


def test_below_120_metres_a_light_aircraft_is_free_and_above_it_asks():
    assert verdict([], at(120)) is Verdict.ALLOWED
    found = ask(ZoneMap([], [EVERYWHERE]), at(120.1))
    assert found.verdict is Verdict.AUTHORISATION
    assert "第十九条" in found.findings[0].citation.zh
    assert "120" in found.findings[0].why.en


def test_a_micro_aircraft_is_free_up_to_50_metres():
    assert verdict([], at(50, aircraft=AircraftClass.MICRO)) is Verdict.ALLOWED
    assert verdict([], at(51, aircraft=AircraftClass.MICRO)) is Verdict.AUTHORISATION


@pytest.mark.parametrize("aircraft", [AircraftClass.MEDIUM, AircraftClass.LARGE])
def test_medium_and_large_aircraft_always_ask(aircraft):
    assert verdict([], at(10, aircraft=aircraft)) is Verdict.AUTHORISATION


@pytest.mark.parametrize("use", list(SpecialUse))
def test_special_uses_ask_also_where_flying_is_free(use):
    assert verdict([], at(10, uses=(use,))) is Verdict.AUTHORISATION


def test_an_application_is_due_at_noon_of_the_day_before():
    found = ask(ZoneMap([], [EVERYWHERE]), at(200))
    assert found.apply_until.isoformat() == "2026-04-30T12:00:00+08:00"
    assert CHINA_2024.answer_until(NOON).isoformat() == "2026-04-30T21:00:00+08:00"
    assert ask(ZoneMap([], [EVERYWHERE]), at(100)).apply_until is None


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule.PROHIBITED, Verdict.PROHIBITED),
        (Rule.AUTHORISATION, Verdict.AUTHORISATION),
        (Rule.CONDITIONAL, Verdict.CONDITIONAL),
        (Rule.INFORMATION, Verdict.ALLOWED),
    ],
)
def test_a_zone_asks_what_its_rule_says(rule, expected):
    assert verdict([zone(rule)], at(50)) is expected
    assert verdict([zone(rule)], at(50, lon=114.45)) is Verdict.ALLOWED


def test_without_a_statement_that_the_data_are_complete_nothing_is_free():
    found = ask(ZoneMap([]), at(50))
    assert found.verdict is Verdict.UNKNOWN
    assert found.known is Verdict.ALLOWED
    assert "military" in found.missing_kinds
    assert "军事" in found.findings[0].why.zh
    airports = Coverage(EVERYWHERE.area, "airport")
    assert "airport" not in ask(ZoneMap([], [airports]), at(50)).missing_kinds
    assert ask(ZoneMap([], [airports]), at(50)).verdict is Verdict.UNKNOWN


def test_what_is_not_known_does_not_soften_or_hide_what_is():
    assert verdict([zone()], at(50), coverage=()) is Verdict.PROHIBITED
    # What is missing would ask for authorisation at most, and that is asked for already.
    assert verdict([zone(Rule.AUTHORISATION)], at(50), coverage=()) is Verdict.AUTHORISATION
    assert verdict([zone(Rule.CONDITIONAL)], at(50), coverage=()) is Verdict.UNKNOWN


def test_heights_compare_across_references_where_there_is_terrain():
    # The slope is 120 m above the sea here.
    above_sea = zone(lower=Height(150, AMSL), upper=Height(400, AMSL))
    assert verdict([above_sea], at(20), terrain=SLOPE) is Verdict.ALLOWED
    assert verdict([above_sea], at(31), terrain=SLOPE) is Verdict.PROHIBITED
    assert verdict([], at(239, AMSL), terrain=SLOPE) is Verdict.ALLOWED
    assert verdict([], at(241, AMSL), terrain=SLOPE) is Verdict.AUTHORISATION


def test_without_terrain_heights_of_different_references_are_unknown_not_free():
    above_sea = zone(lower=Height(150, AMSL), upper=Height(400, AMSL))
    found = ask(ZoneMap([above_sea], [EVERYWHERE]), at(20))
    assert found.verdict is Verdict.UNKNOWN
    assert found.findings[0].key == "Z1"
    assert not found.findings[0].is_certain
    assert verdict([], at(30, AMSL)) is Verdict.UNKNOWN
    # A zone from the ground up without limit holds at any height.
    assert verdict([zone()], at(30, AMSL)) is Verdict.PROHIBITED


def test_a_height_above_the_sea_and_one_above_the_ellipsoid_compare_by_the_geoid():
    above_sea = zone(lower=Height(150, AMSL), upper=Height(400, AMSL))
    low, high = at(134, Reference.ELLIPSOID), at(137, Reference.ELLIPSOID)
    low, high = replace(low, lower=low.upper), replace(high, lower=high.upper)
    assert ask(ZoneMap([above_sea], [EVERYWHERE]), low).known is Verdict.ALLOWED
    assert ask(ZoneMap([above_sea], [EVERYWHERE]), high).known is Verdict.PROHIBITED


def test_the_edges_of_a_zone_belong_to_it():
    banded = zone(lower=Height(50, AGL), upper=Height(100, AGL))
    for metres, expected in ((49.9, Verdict.ALLOWED), (50, Verdict.PROHIBITED)):
        assert verdict([banded], at(metres)) is expected
    for lon, expected in ((114.2, Verdict.PROHIBITED), (114.1999999, Verdict.ALLOWED)):
        assert verdict([banded], at(70, lon=lon)) is expected
    above = replace(at(110), lower=Height(100, AGL))
    assert verdict([banded], above) is Verdict.PROHIBITED
    assert verdict([banded], replace(above, lower=Height(100.1, AGL))) is Verdict.ALLOWED


def test_a_zone_above_the_flight_does_not_matter_but_one_it_climbs_through_does():
    low = zone(upper=Height(30, AGL))
    assert verdict([low], at(100)) is Verdict.PROHIBITED
    assert verdict([low], replace(at(100), lower=Height(40, AGL))) is Verdict.ALLOWED


def test_a_circle_is_as_round_as_the_earth():
    circle = Zone("Z1", Rule.PROHIBITED, (ZoneLayer(Circle(114.3, 30.5, 1000)),))
    north = 1000 / 110_851.4  # a degree of latitude at 30.5° N on WGS 84, metres
    assert verdict([circle], at(50, lat=30.5 + north * 0.9999)) is Verdict.PROHIBITED
    assert verdict([circle], at(50, lat=30.5 + north * 1.0002)) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("lat", "radius"),
    [(0, 100), (30.5, 3500), (69.9, 50_000), (-45, 49_000), (75, 9000), (30, 9e4)],
)
def test_a_circle_holds_just_what_the_geodesic_says(lat, radius):
    random = np.random.default_rng(4)
    turn = random.uniform(0, 360, 3000)
    reach = radius * np.concatenate([random.uniform(0, 2, 1500), random.uniform(0.98, 1.02, 1500)])
    geod = Geod(ellps="WGS84")
    lon, to_lat, _ = geod.fwd(np.full(3000, 179.9), np.full(3000, lat), turn, reach)
    layer = ZoneLayer(Circle(179.9, lat, radius))
    clear = np.abs(reach - radius) > 1e-6
    assert (layer.covers(lon, to_lat) == (reach <= radius))[clear].all()


def test_a_zone_holds_only_in_its_time():
    hours = Period(NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    timed = zone(periods=(hours,))
    assert verdict([timed], at(50)) is Verdict.ALLOWED
    long = replace(at(50), end=NOON + timedelta(hours=3))
    found = ask(ZoneMap([timed], [EVERYWHERE]), long)
    assert found.verdict is Verdict.PROHIBITED
    assert found.findings[0].when == ((hours.start, hours.end),)


def test_all_rules_that_hold_are_named_and_the_deciding_one_stands_first():
    zones = [
        replace(zone(rule), identifier=name, name=Wording.of(zh=f"甲{name}", en=f"Zone {name}"))
        for name, rule in (("A", Rule.CONDITIONAL), ("B", Rule.PROHIBITED), ("C", Rule.INFORMATION))
    ]
    found = ask(ZoneMap(zones), at(150))
    assert [item.key for item in found.findings] == [
        "B",
        "above-120",
        "A",
        "C",
        "controlled-places",
    ]
    assert found.findings[0].title.zh == "甲B"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: at(50, lon=190),
        lambda: replace(at(50), end=NOON - timedelta(seconds=1)),
        lambda: replace(at(50), start=NOON.replace(tzinfo=None)),
        lambda: replace(at(50), lower=Height(60, AGL)),
        lambda: Question(114.3, 30.5, 50, NOON, NOON),
        lambda: ZoneMap([zone(), zone()]),
        lambda: ZoneLayer(shapely.Point(114, 30)),
        lambda: ZoneLayer(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])),
        lambda: ZoneLayer(shapely.box(0, 0, 1, 1), Height(9, AGL), Height(5, AGL)),
        lambda: Zone("", Rule.PROHIBITED, (ZoneLayer(shapely.box(0, 0, 1, 1)),)),
        lambda: Zone("A", Rule.PROHIBITED, ()),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_way_out(wrong):
    with pytest.raises(InvalidRequest) as caught:
        wrong()
    assert caught.value.hint


def test_unknown_is_never_allowed(random_map):
    random = np.random.default_rng(7)
    for _ in range(5):
        full = random_map(random)
        bare = ZoneMap(full.zones, full.coverage)
        for _ in range(20):
            reference = list(Reference)[random.integers(3)]
            question = at(
                float(random.uniform(0, 300)),
                reference,
                lon=float(random.uniform(114, 114.6)),
                lat=float(random.uniform(30.3, 30.9)),
            )
            if reference is not AGL:
                question = replace(question, lower=question.upper)
            truth, guess = ask(full, question), ask(bare, question)
            assert truth.verdict is not Verdict.UNKNOWN
            assert guess.verdict in {truth.verdict, Verdict.UNKNOWN}
