"""Columns of questions against one question at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Height, Heights, Reference
from chengmo_airspace.zones import AircraftClass, Question, Verdict, ZoneMap, ask, ask_many
from chengmo_airspace.zones.asking import BY_LAW, NOTHING

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("reference", list(Reference))
def test_a_column_gives_what_one_question_at_a_time_gives(random_map, reference, bare):
    random = np.random.default_rng(3)
    zone_map = random_map(random, terrain=None, coverage=()) if bare else random_map(random)
    lon, lat = random.uniform(114, 114.6, 60), random.uniform(30.3, 30.9, 60)
    metres = random.uniform(0, 300, 60)
    end = NOON + timedelta(hours=3)
    found = ask_many(zone_map, lon, lat, Heights.of(metres, reference), at=(NOON, end))
    for i in range(60):
        question = Question(lon[i], lat[i], Height(metres[i], reference), NOON, end)
        answer = ask(zone_map, question)
        assert (found.verdict[i], found.known[i]) == (answer.verdict, answer.known)
        deciding = int(found.deciding[i])
        if deciding >= 0:
            keys = {
                item.key
                for item in answer.findings
                if item.is_certain and item.verdict is answer.known
            }
            assert zone_map.zones[deciding].identifier in keys
        else:
            assert (deciding == NOTHING) == (answer.known is Verdict.ALLOWED)


def test_one_height_serves_all_places_and_classes_count():
    heights = Height(10, Reference.GROUND)
    found = ask_many(
        ZoneMap([]), [114, 115], [30, 30], heights, at=(NOON, NOON), aircraft=AircraftClass.LARGE
    )
    assert found.known.tolist() == [Verdict.AUTHORISATION] * 2
    assert found.deciding.tolist() == [BY_LAW] * 2


def test_a_place_that_does_not_exist_is_named():
    with pytest.raises(InvalidRequest, match="index 1"):
        ask_many(ZoneMap([]), [114, np.nan], 30, Height(1, Reference.GROUND), at=(NOON, NOON))


def test_the_index_finds_what_looking_at_every_layer_finds(random_map):
    random = np.random.default_rng(11)
    zone_map = replace(random_map(random, count=20))
    lon, lat = random.uniform(113.8, 114.8, 300), random.uniform(30.1, 31.0, 300)
    place, layer = zone_map.at(lon, lat)
    found = set(zip(place.tolist(), layer.tolist(), strict=True))
    every = {
        (i, number)
        for number, (_, part) in enumerate(zone_map.layers)
        for i in np.flatnonzero(part.covers(lon, lat)).tolist()
    }
    assert found == every
    assert len(found) > 50
