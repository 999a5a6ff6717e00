"""Each aircraft is held to its plan; what is too late, too near or too silent is said."""

import random

import numpy as np
import pytest
from tests.airspace.tracking.scene import (
    EAST,
    HIGH,
    INTENT,
    LOW,
    NORTH,
    SOUTH,
    WEST,
    Sky,
    make_plan,
    say,
)

from chengmo_airspace.tracking.near_kernel import find_near
from chengmo_airspace.tracking.record import (
    AIRCRAFT,
    CONTINGENT,
    NO_STATE,
    NOMINAL,
    NONCONFORMING,
)

OTHER = "aaaaaaaa-6482-4d1b-a474-16847e01af1e"


@pytest.mark.parametrize(
    ("message", "is_inside"),
    [
        ({}, True),
        ({"lon": WEST, "lat": SOUTH}, True),
        ({"lon": EAST, "lat": NORTH}, True),
        ({"lon": WEST - 1e-9}, False),
        ({"lat": NORTH + 1e-9}, False),
        ({"height": LOW}, True),
        ({"height": HIGH}, True),
        ({"height": HIGH + 0.001}, False),
        ({"height": LOW - 0.001}, False),
    ],
)
def test_bounds_belong_to_a_volume_and_nothing_beyond_them_does(sky, message, is_inside):
    kinds = sky.kinds(say(0, **message))
    assert kinds == ([] if is_inside else ["nonconforming"])


def test_a_volume_that_is_not_open_yet_or_any_more_holds_nobody():
    sky = Sky(make_plan(first_s=1, last_s=2))
    assert sky.kinds(say(0.5)) == ["nonconforming"]
    assert Sky(make_plan(first_s=1, last_s=2)).kinds(say(1), say(2)) == []


def test_a_place_across_180_degrees_is_found_in_its_volume():
    from datetime import timedelta

    from chengmo_airspace.tracking.plan import Plan
    from chengmo_airspace.volume import Polygon, Volume
    from chengmo_airspace.volume.lattice import from_instant

    now = from_instant(Sky().now_us)
    outline = Polygon([(179.9, 10), (-179.9, 10), (-179.9, 10.1), (179.9, 10.1)])
    volume = Volume(outline, 0, 100, now, now + timedelta(hours=1))
    sky = Sky(Plan(INTENT, "op", 1, "Activated", (volume,)))
    assert sky.kinds(say(0, lon=-179.95, lat=10.05), say(1, lon=179.95, lat=10.05)) == []
    assert sky.kinds(say(2, lon=-179.85, lat=10.05)) == ["nonconforming"]


def test_who_leaves_is_nonconforming_and_who_is_inside_for_long_enough_conforms_again(sky):
    assert sky.kinds(say(0), say(1, lat=30.6)) == ["nonconforming"]
    assert sky.state() == NONCONFORMING
    assert sky.kinds(say(2), say(4.9)) == []
    assert sky.kinds(say(5)) == ["conforming"]
    assert sky.state() == NOMINAL


def test_to_touch_the_volume_for_a_moment_is_not_enough(sky):
    assert sky.kinds(say(0, lat=30.6), say(1), say(2, lat=30.6), say(4), say(5)) == [
        "nonconforming"
    ]


def test_who_is_nonconforming_for_too_long_is_contingent_and_stays_so(sky):
    sky.kinds(say(0, lat=30.6))
    for second in range(0, 61, 5):
        sky.at(second).kinds(say(second, lat=30.6))
        assert sky.watch() == []
    assert sky.at(60.1).watch() == ["contingent"]
    assert sky.at(61).kinds(say(61), say(66)) == []
    assert sky.state() == CONTINGENT


def test_an_excursion_may_be_let_pass_for_a_while():
    sky = Sky(make_plan(), nonconforming_after_s=5)
    assert sky.kinds(say(0, lat=30.6), say(1), say(2, lat=30.6)) == []
    assert sky.at(7).kinds(say(7, lat=30.6)) == ["nonconforming"]


def test_who_is_not_heard_has_lost_the_link_and_cannot_be_shown_to_conform(sky):
    sky.kinds(say(0))
    assert sky.at(10).watch() == []
    assert sky.at(10.1).watch() == ["lost-link", "nonconforming"]
    assert sky.watch() == []
    assert sky.at(12).kinds(say(12)) == ["link-regained"]
    assert sky.at(15).kinds(say(15)) == ["conforming"]


def test_who_has_landed_may_be_silent(sky):
    sky.kinds(say(0), say(1, on_ground=True, lat=30.6))
    assert sky.at(100).watch() == []
    assert sky.at(700).watch() == []
    assert len(sky.monitor.live) == 0


def test_an_intent_of_another_operator_is_none(sky):
    assert sky.kinds(say(0), operator="thief") == []
    assert sky.kinds(say(3), operator="thief") == ["unplanned"]
    assert sky.kinds(say(4), operator="thief") == []
    assert sky.state(operator="thief") == NO_STATE
    assert sky.kinds(say(0)) == []
    assert sky.state() == NOMINAL


def test_two_operators_may_name_their_aircraft_alike(sky):
    sky.hear(say(0))
    sky.hear(say(0), operator="other")
    assert len(sky.monitor.live) == 2


def test_who_names_no_intent_flies_the_one_before(sky):
    assert sky.kinds(say(0), say(1, intent=None, lat=30.6)) == ["nonconforming"]
    assert sky.kinds(say(0, aircraft="UAS-2", intent=None)) == []


def test_another_intent_begins_anew():
    sky = Sky(make_plan(), make_plan(OTHER))
    assert sky.kinds(say(0, lat=30.6), say(1, intent=OTHER)) == ["nonconforming"]
    assert sky.state() == NOMINAL


def test_who_flies_before_the_intent_is_activated_is_told_once():
    sky = Sky(make_plan(state="Accepted"))
    assert sky.kinds(say(0), say(1)) == ["not-activated"]
    assert Sky(make_plan(state="Contingent")).kinds(say(0), say(9, lat=30.6)) == []


def test_without_a_height_nothing_is_inside_but_what_no_outline_holds_is_outside(sky):
    assert sky.kinds(say(0, height=None), say(1, reference="AGL")) == ["height-unknown"]
    assert sky.state() == NOMINAL
    assert sky.kinds(say(2, height=None, lat=30.6)) == ["nonconforming"]


def test_what_comes_late_is_kept_and_changes_no_picture(sky):
    taken = sky.hear(say(2), say(1, lat=30.6), say(3))
    assert taken.receipts[0].late == 1
    assert taken.receipts[0].accepted == len(taken.messages) == 3
    assert taken.alerts == []
    assert sky.state() == NOMINAL


def test_what_comes_twice_is_kept_once(sky):
    first = sky.hear(say(1), say(2), say(1))
    again = sky.hear(say(2), say(1), say(3))
    assert (first.receipts[0].duplicates, len(first.messages)) == (1, 2)
    assert (again.receipts[0].duplicates, again.receipts[0].accepted) == (2, 1)


def test_any_order_of_messages_ends_in_the_same_picture():
    messages = [say(n, lat=30.505 + 0.001 * n) for n in range(20)]
    expected = Sky(make_plan())
    expected.hear(*messages)
    shuffled = random.Random(3).sample(messages, len(messages))
    found = Sky(make_plan())
    found.hear(*shuffled, *shuffled)
    for name in ("time", "lon", "lat"):
        assert found.monitor.live.living()[name] == expected.monitor.live.living()[name]


def test_two_that_come_near_are_told_both_and_again_only_after_they_parted(sky):
    far, near = {"lon": 114.3010}, {"lon": 114.3005}
    sky.hear(say(0, lon=114.3), say(0, aircraft="B", intent=None, **far))
    assert sky.watch() == []
    sky.at(1).hear(say(1, lon=114.3), say(1, aircraft="B", intent=None, **near))
    found = sky.monitor.watch(sky.now_us)
    assert [(a.kind, a.aircraft, a.evidence["other_aircraft"]) for a in found] == [
        ("near", "UAS-1", "B"),
        ("near", "B", "UAS-1"),
    ]
    assert 45 < found[0].evidence["horizontal_m"] < 50
    assert sky.watch() == []
    sky.at(2).hear(say(2, lon=114.3), say(2, aircraft="B", intent=None, lon=114.3006))
    assert sky.watch() == []
    sky.at(3).hear(say(3, lon=114.3), say(3, aircraft="B", intent=None, **far))
    assert sky.watch() == ["parted", "parted"]


def test_one_above_the_other_and_formations_are_not_near(sky):
    sky.hear(say(0), say(0, aircraft="B", height=95, intent=None), say(0, aircraft="C", height=75))
    assert sky.watch() == []


def test_positions_are_carried_on_to_one_instant(sky):
    # Told 3 s apart, 29 m apart on the map: at 30 m/s the one is 90 m further by now.
    sky.hear(say(0, lon=114.3, speed=30, course=90), say(0, aircraft="B", intent=None))
    sky.at(3).hear(say(3, aircraft="B", intent=None, lon=114.3003, speed=0, course=0))
    assert sky.watch() == []


def test_the_cells_miss_no_pair_that_a_look_at_all_pairs_finds():
    chance = np.random.default_rng(5)
    for scale in (0.002, 0.02):
        crafts = np.zeros(400, AIRCRAFT)
        crafts["is_live"] = 1
        crafts["lon"] = (114.3 + scale * chance.random(400)) * 1e9
        crafts["lat"] = (30.5 + scale * chance.random(400)) * 1e9
        crafts["above"] = 1000 * 60 * chance.random(400)
        for name in ("speed", "course", "climb"):
            crafts[name] = np.nan
        pairs, _ = find_near(crafts, 0, 0, (50.0, 15.0))
        lon, lat, high = crafts["lon"] / 1e9, crafts["lat"] / 1e9, crafts["above"] / 1e3
        middle = np.cos(np.radians((lat[:, None] + lat) / 2))
        across = np.hypot((lon[:, None] - lon) * 111_320 * middle, (lat[:, None] - lat) * 110_574)
        near = (across < 50) & (np.abs(high[:, None] - high) < 15)
        expected = {(i, j) for i, j in zip(*np.nonzero(near), strict=True) if i < j}
        assert {tuple(pair) for pair in pairs.tolist()} == expected
        assert len(pairs) == len(expected) > 0


def test_an_alert_says_where_in_the_code_of_the_city_and_why_in_two_languages(sky):
    (alert,) = sky.hear(say(0, lat=30.6, synthetic=True)).alerts
    assert alert.code.startswith("N050H")
    assert (alert.operator, alert.aircraft, alert.intent) == ("op", "UAS-1", INTENT)
    assert alert.is_synthetic
    assert alert.reason
    assert "偏离" in alert.reason_zh
    assert alert.state == "Nonconforming"
