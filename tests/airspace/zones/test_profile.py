"""Intervals of height and time against the question asked at single heights and instants."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely

from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.zones import (
    ALL_KINDS,
    Coverage,
    Period,
    Question,
    Rule,
    Verdict,
    Zone,
    ZoneLayer,
    ZoneMap,
    ask,
    free_up_to,
    profile,
    timeline,
)

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
EVERYWHERE = Coverage(shapely.box(113, 29, 116, 32), ALL_KINDS)
BOX = shapely.box(114.2, 30.4, 114.4, 30.6)


def at(metres, *, lon=114.3, lat=30.5, reference=Reference.GROUND):
    return Question(lon, lat, Height(metres, reference), NOON, NOON)


@pytest.mark.parametrize("reference", list(Reference))
def test_a_profile_says_at_each_height_what_the_question_says(random_map, reference):
    random = np.random.default_rng(5)
    for _ in range(4):
        zone_map = random_map(random)
        question = at(
            50,
            lon=float(random.uniform(114, 114.5)),
            lat=float(random.uniform(30.3, 30.8)),
            reference=reference,
        )
        bands = profile(zone_map, question)
        assert (bands[0].lower_m, bands[-1].upper_m) == (0.0, 500.0)
        assert all(a.upper_m == b.lower_m for a, b in pairwise(bands))
        for metres in random.uniform(0.01, 499.99, 15).tolist():
            band = next(b for b in bands if b.lower_m <= metres <= b.upper_m)
            height = Height(metres, reference)
            answer = ask(zone_map, replace(question, lower=height, upper=height))
            assert band.verdict is answer.verdict


def test_how_high_is_free_is_said():
    zone = Zone("Z1", Rule.PROHIBITED, (ZoneLayer(BOX, Height(80, Reference.GROUND)),))
    free = ZoneMap([zone], [EVERYWHERE])
    assert free_up_to(profile(free, at(50))) == 80.0
    assert free_up_to(profile(free, at(50, lon=114.5))) == 120.0
    unknown = ZoneMap([zone])
    assert free_up_to(profile(unknown, at(50))) == 0.0
    assert free_up_to(profile(unknown, at(50)), known=True) == 80.0


def test_a_timeline_says_from_when_until_when():
    hours = Period(NOON + timedelta(hours=2), NOON + timedelta(hours=5))
    zone = Zone("Z1", Rule.PROHIBITED, (ZoneLayer(BOX),), periods=(hours,))
    spans = timeline(ZoneMap([zone], [EVERYWHERE]), at(50), until=NOON + timedelta(hours=24))
    assert [(span.verdict, span.start, span.end) for span in spans] == [
        (Verdict.ALLOWED, NOON, hours.start),
        (Verdict.PROHIBITED, hours.start, hours.end),
        (Verdict.ALLOWED, hours.end, NOON + timedelta(hours=24)),
    ]


def test_a_timeline_says_at_each_instant_what_the_question_says(random_map):
    random = np.random.default_rng(9)
    for _ in range(4):
        zone_map = random_map(random)
        question = at(60)
        spans = timeline(zone_map, question, until=NOON + timedelta(hours=48))
        for minutes in random.uniform(0, 48 * 60, 15).tolist():
            instant = NOON + timedelta(minutes=minutes)
            span = next(s for s in spans if s.start <= instant <= s.end)
            answer = ask(zone_map, replace(question, start=instant, end=instant))
            assert span.verdict is answer.verdict
