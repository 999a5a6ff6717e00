"""Paths, ways round, load and fairness against what is known or tried out."""

from itertools import pairwise, permutations

import numpy as np
import pytest
import shapely
from pyproj import Geod

from chengmo_scenarios.flight_day.method.detour import go_round, merge_hulls
from chengmo_scenarios.flight_day.method.fairness import jain_index
from chengmo_scenarios.flight_day.method.occupancy import (
    CELLS_PER_DEGREE,
    Visits,
    load_of,
    visits_of,
)
from chengmo_scenarios.flight_day.method.path import (
    beside,
    corridor_corners,
    cut_path,
    edge_lengths,
    length_of,
    metres_per_degree,
)

BENT = np.array([[114.30, 30.50], [114.33, 30.52], [114.33, 30.55]])


def test_lengths_are_those_on_the_ellipsoid():
    exact = Geod(ellps="WGS84").line_lengths(BENT[:, 0], BENT[:, 1])
    assert np.allclose(edge_lengths(BENT), exact, rtol=1e-5)


def test_legs_follow_each_other_to_the_end_and_none_lasts_longer_than_asked():
    legs = cut_path(BENT, speed_mps=12, leg_s=60)
    assert (legs.to_s - legs.from_s <= 60 + 1e-9).all()
    assert np.allclose(legs.begin[1:], legs.end[:-1])
    assert np.allclose(legs.to_s[:-1], legs.from_s[1:])
    assert (legs.begin[0] == BENT[0]).all()
    assert np.allclose(legs.end[-1], BENT[-1])
    assert legs.to_s[-1] == pytest.approx(length_of(BENT) / 12)


def test_a_corridor_holds_all_within_half_its_width_of_its_leg():
    legs = cut_path(BENT, speed_mps=12, leg_s=60)
    scale = metres_per_degree(np.array([30.52]))[0]
    for begin, end, ring in zip(
        legs.begin, legs.end, corridor_corners(legs.begin, legs.end, 30.0), strict=True
    ):
        around = shapely.LineString([begin * scale, end * scale]).buffer(29.98)
        assert shapely.Polygon(ring * scale).covers(around)


@pytest.mark.parametrize("offset", [150.0, -150.0])
def test_a_path_beside_runs_parallel_between_the_same_ends(offset):
    path = beside(BENT, offset)
    assert (path[[0, -1]] == BENT[[0, -1]]).all()
    scale = metres_per_degree(BENT[:, 1].mean(keepdims=True))[0]
    line = shapely.LineString(BENT * scale)
    away = [line.distance(shapely.Point(place)) for place in path[1:-1] * scale]
    assert away[0] == pytest.approx(150, abs=0.5)
    assert max(away) < 150.5
    assert min(away) > 130


def test_the_way_round_a_square_goes_over_its_nearer_corners():
    square = shapely.box(114.30, 30.50, 114.31, 30.53)
    path = np.array([[114.28, 30.505], [114.33, 30.505]])
    found = go_round(path, [square], clearance_m=0)
    assert len(found) == 4
    scale = metres_per_degree(path[:, 1].mean(keepdims=True))[0]
    corners = np.array([[114.30, 30.50], [114.31, 30.50]]) * scale
    turns = np.array([path[0] * scale, *corners, path[1] * scale])
    shortest = np.hypot(*np.diff(turns, axis=0).T).sum()
    assert shortest <= length_of(found) <= shortest + 4
    assert go_round(np.array([[114.305, 30.51], [114.33, 30.505]]), [square], clearance_m=0) is None
    beyond = np.array([[114.28, 30.4], [114.33, 30.4]])
    assert go_round(beyond, [square], clearance_m=0).tolist() == pytest.approx(beyond)


@pytest.mark.parametrize("seed", range(4))
def test_no_way_over_corners_is_shorter(seed):
    rng = np.random.default_rng(seed)
    middles = rng.uniform([114.30, 30.50], [114.36, 30.54], (3, 2))
    areas = [shapely.box(x - 0.006, y - 0.006, x + 0.006, y + 0.006) for x, y in middles]
    path = np.array([[114.27, 30.52], [114.39, 30.52]])
    found = go_round(path, areas, clearance_m=20)
    scale = metres_per_degree(path[:, 1].mean(keepdims=True))[0]
    hulls = merge_hulls([shapely.transform(area, lambda x: x * scale) for area in areas])
    closed = shapely.union_all([hull.buffer(20, join_style="mitre") for hull in hulls])
    outer = [hull.buffer(21, join_style="mitre") for hull in hulls]
    corners = [tuple(p) for hull in outer for p in shapely.get_coordinates(hull)[:-1]]
    ends = [tuple(place) for place in path * scale]
    flat = shapely.LineString(found * scale)
    assert not closed.intersects(flat)
    best = min(
        (
            line.length
            for count in range(4)
            for turns in permutations(corners, count)
            if not closed.intersects(line := shapely.LineString([ends[0], *turns, ends[1]]))
        ),
        default=np.inf,
    )
    assert flat.length <= best + 1e-6


def test_hulls_that_meet_become_one():
    apart = [shapely.box(0, 0, 1, 1), shapely.box(3, 0, 4, 1)]
    assert len(merge_hulls(apart)) == 2
    hollow = shapely.box(0, 0, 5, 5).difference(shapely.box(1, 1, 6, 4))
    merged = merge_hulls([hollow, shapely.box(2, 2, 3, 3), shapely.box(4.5, 2, 8, 3)])
    assert len(merged) == 1


def test_visits_are_those_found_by_looking_every_tenth_of_a_second():
    legs = cut_path(BENT, speed_mps=40, leg_s=45)
    visits = visits_of(legs)
    times = np.arange(0.05, legs.to_s[-1], 0.1)
    at = np.column_stack([
        np.interp(times, np.append(legs.from_s, legs.to_s[-1]),
                  np.append(legs.begin[:, axis], legs.end[-1, axis]))
        for axis in (0, 1)
    ])  # fmt: skip
    seen = np.floor(at * CELLS_PER_DEGREE).astype(int)
    number = np.searchsorted(visits.from_s, times, side="right") - 1
    assert (visits.cell[number] == seen).mean() > 0.999
    assert np.allclose(visits.to_s[:-1], visits.from_s[1:])


def test_loads_count_entries_in_their_hour_and_the_most_at_one_time():
    cell = np.array([[1, 1]] * 4 + [[2, 1]])
    begin = np.array([10.0, 20.0, 3590.0, 100.0, 10.0])
    end = np.array([30.0, 40.0, 3700.0, 120.0, 11.0])
    load = load_of(Visits(cell, begin, end))
    found = {
        (*at, hour): (entries, peak)
        for at, hour, entries, peak in zip(
            load.cell.tolist(), load.hour.tolist(), load.entries.tolist(), load.peak.tolist(),
            strict=True,
        )
        for at in (tuple(at),)
    }  # fmt: skip
    assert found == {(1, 1, 0): (4, 2), (1, 1, 1): (0, 1), (2, 1, 0): (1, 1)}


def test_stays_that_follow_each_other_are_not_two_at_once():
    cell = np.array([[1, 1]] * 2)
    load = load_of(Visits(cell, np.array([0.0, 10.0]), np.array([10.0, 20.0])))
    assert load.peak.tolist() == [1]


def test_jain_is_one_for_equals_and_a_share_for_one_of_many():
    assert jain_index([2.0, 2.0]) == 1.0
    assert jain_index([0.0, 0.0]) == 1.0
    assert jain_index([5.0, 0.0, 0.0, 0.0]) == 0.25
    burdens = [1.0, 2.0, 4.0]
    assert all(jain_index(burdens) < jain_index([one + k for one in burdens]) for k in (1, 2))
    assert all(one <= 1 for one, _ in pairwise([jain_index(burdens), 1.0, 1.0]))
