"""A volume is asked for as all its places are: nothing that one of them meets is missed."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely

from chengmo import Surface
from chengmo_airspace.altitude import Altitudes, Height, Reference, egm96
from chengmo_airspace.volume import Circle, Polygon, Volume
from chengmo_airspace.zones import (
    ALL_KINDS,
    AircraftClass,
    Coverage,
    Period,
    Question,
    Rule,
    SpecialUse,
    Verdict,
    Zone,
    ZoneLayer,
    ZoneMap,
    ask,
    ask_volume,
)

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
EVERYWHERE = Coverage(shapely.box(113, 29, 116, 32), ALL_KINDS)
# 30 m above the ellipsoid everywhere.
FLAT = Altitudes(
    egm96(), Surface("flat", lambda x, y: 30.0 + 0 * x + 0 * y, "EPSG:4326", "ellipsoid")
)
BOX = shapely.box(114.2, 30.4, 114.4, 30.6)
PAD = Circle(114.19, 30.5, 1200)


def zone(lower=None, upper=None, **more):
    return Zone("Z1", Rule.PROHIBITED, (ZoneLayer(BOX, lower, upper),), **more)


def verdict(zones, volume, *, altitudes=FLAT, coverage=(EVERYWHERE,), **more):
    return ask_volume(ZoneMap(zones, coverage, altitudes), volume, **more).verdict


def test_a_volume_that_reaches_into_a_zone_is_told_so():
    assert verdict([zone()], Volume(PAD, 40, 100, NOON, LATER)) is Verdict.PROHIBITED
    beside = Volume(Circle(114.19, 30.5, 900), 40, 100, NOON, LATER)
    assert verdict([zone()], beside) is Verdict.ALLOWED


def test_heights_count_from_where_they_say():
    above = zone(Height(80, Reference.GROUND))
    assert verdict([above], Volume(PAD, 40, 109, NOON, LATER)) is Verdict.ALLOWED
    assert verdict([above], Volume(PAD, 40, 111, NOON, LATER)) is Verdict.PROHIBITED
    assert verdict([], Volume(PAD, 40, 150, NOON, LATER)) is Verdict.ALLOWED
    assert verdict([], Volume(PAD, 40, 151, NOON, LATER)) is Verdict.AUTHORISATION


def test_without_terrain_or_completeness_a_volume_is_unknown():
    low = Volume(PAD, 40, 60, NOON, LATER)
    assert verdict([], low, altitudes=Altitudes(egm96())) is Verdict.UNKNOWN
    assert verdict([], low, coverage=()) is Verdict.UNKNOWN
    half = Coverage(shapely.box(113, 29, 114.19, 32), ALL_KINDS)
    other = Coverage(shapely.box(114.19, 29, 116, 32), ALL_KINDS)
    assert verdict([], low, coverage=(half,)) is Verdict.UNKNOWN
    assert verdict([], low, coverage=(half, other)) is Verdict.ALLOWED


def test_ground_that_varies_may_be_nearer_than_it_looks():
    rolling = Altitudes(egm96(), Surface("s", lambda x, y: 3000 * (x - 114.19) + 0 * y,
                                         "EPSG:4326", "ellipsoid"))  # fmt: skip
    # At most 100 m above the ground where it was looked up, and up to 75 m more between.
    volume = Volume(PAD, 40, 62, NOON, LATER)
    found = ask_volume(ZoneMap([], [EVERYWHERE], rolling), volume)
    assert found.verdict is Verdict.UNKNOWN
    assert "varies" in found.findings[0].why.en


def test_times_and_uses_count():
    hours = Period(NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    volume = Volume(PAD, 40, 60, NOON, LATER)
    assert verdict([zone(periods=(hours,))], volume) is Verdict.ALLOWED
    assert verdict([], volume, aircraft=AircraftClass.LARGE) is Verdict.AUTHORISATION
    assert verdict([], volume, uses=(SpecialUse.SWARM,)) is Verdict.AUTHORISATION


@pytest.mark.parametrize("seed", range(2))
def test_what_any_place_of_a_volume_meets_the_volume_meets(random_map, seed):
    random = np.random.default_rng(seed)
    zone_map = random_map(random)
    for _ in range(5):
        lon, lat = random.uniform(114.05, 114.5), random.uniform(30.3, 30.8)
        corners = [(lon, lat), (lon + 0.03, lat), (lon + 0.03, lat + 0.02), (lon, lat + 0.02)]
        low = float(random.uniform(0, 150))
        volume = Volume(Polygon(corners), low, low + 60, NOON, LATER)
        whole = ask_volume(zone_map, volume)
        said = {item.key for item in whole.findings}
        for x, y in random.uniform((lon, lat), (lon + 0.03, lat + 0.02), (12, 2)).tolist():
            band = [Height(metres, Reference.ELLIPSOID) for metres in (low, low + 60)]
            one = ask(zone_map, Question(x, y, band[1], NOON, LATER, lower=band[0]))
            assert {item.key for item in one.findings} <= said
            assert one.known <= whole.verdict
