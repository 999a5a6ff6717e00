"""Risk and noise of what was flown, against sums done by hand."""

import numpy as np
import pytest
import shapely
from tests.airspace.tracking.scene import say

from chengmo_airspace.noise import level_at
from chengmo_airspace.risk import Descent, People, critical_area
from chengmo_airspace.tracking.burden import BURDEN, Assumed, Below
from chengmo_airspace.tracking.flown import Areas
from chengmo_airspace.tracking.replay import Passage
from chengmo_airspace.tracking.statistics import summarise

TOWN = shapely.box(114.30, 30.50, 114.31, 30.51)
FIELD = shapely.box(114.31, 30.50, 114.32, 30.51)
AREAS = Areas.of(["town", "field"], [TOWN, FIELD])
PEOPLE = People(np.array([TOWN, FIELD]), np.array([20_000.0, 10.0]))


def flown(sky, *messages):
    return Passage(sky.at(40).hear(*messages).messages, {})


def rows(passage, below, areas=AREAS, minimum=1):
    table = summarise(passage, {}, [], areas=areas, below=below, minimum=minimum)
    return {row["area"]: row for row in table.to_pylist()}


def hover(count=37, **more):
    """So many messages a second apart, above the middle of the town."""
    return [say(second, height=80.0, **more) for second in range(count)]


def test_casualties_are_density_times_area_times_failures_times_hours(sky):
    row = rows(flown(sky, *hover()), Below(PEOPLE))["town"]
    density = PEOPLE.density_at([114.305], [30.505]).item()
    area = critical_area(1.0, 7.0, Descent(20.0)).item()
    expected = density * 1e-6 * area * 1e-4 * 36 / 3600 * 1e6
    assert row["casualties_1e6"] == pytest.approx(expected, rel=1e-3)
    assert row["people_per_km2"] == round(density)
    # 18 000 people a km²: table 2 of SORA 2.5, fifth row, first column.
    assert (row["ground_risk_class"], row["people_unknown"]) == (6, 0)


def test_each_area_has_the_risk_of_its_own_steps(sky):
    way = [say(second, lon=114.3005 + 0.0005 * second) for second in range(36)]
    found = rows(flown(sky, *way), Below(PEOPLE))
    assert found["town"]["ground_risk_class"] > found["field"]["ground_risk_class"]
    assert found["town"]["casualties_1e6"] > 100 * found["field"]["casualties_1e6"] > 0


def test_where_nobody_is_known_to_live_is_never_nobody(sky):
    elsewhere = People(np.array([FIELD]), np.array([10.0]))
    row = rows(flown(sky, *hover()), Below(elsewhere))["town"]
    assert (row["people_unknown"], row["people_per_km2"]) == (1, None)
    assert (row["ground_risk_class"], row["casualties_1e6"]) == (7, 0)


def test_noise_is_the_hours_level_where_people_live(sky):
    row = rows(flown(sky, *hover()), Below(PEOPLE, ground_m=20.0))["town"]
    alone = level_at(85, 60.0).item() + 10 * np.log10(36 / 3600)
    assert row["noise_db"] == row["noise_highest_db"] == pytest.approx(alone, abs=0.1)
    assert (row["people_over_limit"], row["height_unknown"]) == (0, 0)
    loud = Below(PEOPLE, ground_m=20.0, assumed=Assumed(power_dba=125.0))
    assert rows(flown(sky, *hover()), loud)["town"]["people_over_limit"] == 20_000


def test_of_an_area_the_mean_counts_who_hears_nothing_too(sky):
    far = shapely.box(114.40, 30.50, 114.41, 30.51)
    people = People(np.array([TOWN, far]), np.array([100.0, 300.0]))
    areas = Areas.of(["both"], [shapely.union_all([TOWN, far])])
    row = rows(flown(sky, *hover()), Below(people, ground_m=20.0), areas)["both"]
    assert row["noise_db"] == pytest.approx(row["noise_highest_db"] - 10 * np.log10(4), abs=0.11)


def test_a_height_that_is_not_known_above_the_ground_is_told_and_not_guessed(sky):
    row = rows(flown(sky, *hover()), Below(PEOPLE))["town"]
    assert (row["noise_db"], row["noise_highest_db"], row["height_unknown"]) == (None, None, 1)
    above = rows(flown(sky, *hover(reference="AGL")), Below(PEOPLE))["town"]
    assert above["height_unknown"] == 0
    assert above["noise_db"] is not None


def test_few_flights_hide_risk_and_noise_too(sky):
    row = rows(flown(sky, *hover()), Below(PEOPLE, ground_m=20.0), minimum=2)["town"]
    assert row["withheld"]
    assert {row[name] for name in BURDEN} == {None}


def test_without_residents_nothing_is_said_of_them(sky):
    assert not set(BURDEN) & set(summarise(flown(sky, *hover()), {}, []).column_names)
    empty = summarise(Passage(flown(sky).rows, {}), {}, [], areas=AREAS, below=Below(PEOPLE))
    assert empty.num_rows == 0
    assert set(BURDEN) <= set(empty.column_names)
