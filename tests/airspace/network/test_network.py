"""Sites, links, heights, traffic: against all choices, removals one by one, and sums."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest, Surface, Text
from chengmo_airspace.altitude import Altitudes
from chengmo_airspace.network import (
    Layers,
    Rules,
    assign_flows,
    colour_apart,
    cover_most,
    design_network,
    find_parts,
    find_shared_air,
    find_weak,
    gabriel_pairs,
    gravity,
    lane_capacity,
    lay_lanes,
    lose_link,
    lose_site,
    site_capacity,
    strengthen,
)
from chengmo_airspace.routes import Frame, Space

FLAT = Altitudes(terrain=Surface("flat", lambda lon, _: 0 * lon + 20, "EPSG:4326", "ellipsoid"))
RULES = Rules(Layers(60, 10, 3, 4), 20.0, 300.0, {"length": 1.0})
FRAME = Frame.over((114.20, 30.50, 114.30, 30.60), cell_m=(100, 100, 120), band_m=(0, 120))
SQUARE = np.array([[114.22, 30.52], [114.28, 30.52], [114.28, 30.58], [114.22, 30.58]])
CROSS = [(0, 1), (1, 2), (2, 3), (0, 3), (0, 2), (1, 3)]


@pytest.mark.parametrize("seed", range(4))
def test_no_choice_of_sites_covers_more(seed):
    rng = np.random.default_rng(seed)
    demand, weight, sites = rng.random((40, 2)), rng.integers(0, 9, 40), rng.random((8, 2))
    found = cover_most(demand, weight, sites, reach_m=0.25, count=3)
    near = np.hypot(*(demand[:, None] - sites).transpose(2, 0, 1)) <= 0.25
    best = max(
        weight[near[:, list(chosen)].any(axis=1)].sum()
        for chosen in itertools.combinations(range(8), 3)
    )
    assert found.covered == best
    assert found.is_optimal
    own = found.nearest >= 0
    assert (own == near[:, found.chosen].any(axis=1)).all()


def test_sites_that_reach_nobody_are_not_opened():
    found = cover_most([[0, 0]], [5], [[1, 0], [90, 90]], reach_m=10, count=2)
    assert found.chosen.tolist() == [0]
    nobody = cover_most([[0, 0]], [5], [[90, 90]], reach_m=10, count=2)
    assert (len(nobody.chosen), nobody.covered) == (0, 0)
    with pytest.raises(InvalidRequest):
        cover_most([[0, 0]], [5], [], reach_m=10, count=2)


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_bridges_and_joints_are_what_parts_the_network_when_it_is_taken_out(seed):
    rng = np.random.default_rng(seed)
    pairs = [pair for pair in itertools.combinations(range(7), 2) if rng.random() < 0.3]
    bridges, joints = find_weak(7, pairs)
    parts = len(set(find_parts(7, pairs)))
    for pair in pairs:
        rest = [other for other in pairs if other != pair]
        assert (pair in bridges) == (len(set(find_parts(7, rest))) > parts)
    for node in range(7):
        rest = [pair for pair in pairs if node not in pair]
        alone = not any(node in pair for pair in pairs)
        assert (node in joints) == (len(set(find_parts(7, rest))) - 1 > parts - alone)


@pytest.mark.parametrize("seed", range(3))
def test_links_do_not_cross_and_no_third_site_lies_between(seed):
    place = np.random.default_rng(seed).random((12, 2)) * 1000
    near = gabriel_pairs(place, longest_m=1e9)
    assert set(find_parts(12, near)) == {0}
    for i, j in near:
        disc = shapely.Point((place[i] + place[j]) / 2).buffer(
            np.hypot(*(place[i] - place[j])) / 2 * 0.999
        )
        assert not any(disc.contains(shapely.Point(at)) for at in place)
    strong = strengthen(place, near, longest_m=1e9)
    assert set(near) <= set(strong)
    assert not find_weak(12, strong)[0]
    lines = [shapely.LineString(place[list(pair)]) for pair in strong]
    assert not any(a.crosses(b) for a, b in itertools.combinations(lines, 2))


def test_sites_in_a_row_are_joined_to_the_next_and_a_barred_link_is_not_added():
    row = [[0, 0], [10, 0], [20, 0], [30, 0]]
    assert gabriel_pairs(row, longest_m=50) == [(0, 1), (1, 2), (2, 3)]
    assert gabriel_pairs(row, longest_m=5) == []
    assert strengthen(row, [(0, 1)], longest_m=50, closed=[(1, 2), (0, 2)])


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_neighbours_never_share_a_colour(seed):
    rng = np.random.default_rng(seed)
    near = np.triu(rng.random((9, 9)) < 0.4, 1)
    around = [frozenset(np.flatnonzero(row).tolist()) for row in near | near.T]
    found = colour_apart(around, most=9)
    assert all(found.colours[i] != found.colours[j] for i, j in np.argwhere(near))
    assert 1 <= found.at_least <= found.count
    few = colour_apart(around, most=2)
    assert all(few.colours[i] != few.colours[j] or few.colours[i] < 0 for i, j in np.argwhere(near))


@pytest.fixture(scope="module")
def crossing():
    return design_network([Space.open(FRAME)] * 3, SQUARE, CROSS, RULES)


def test_corridors_that_cross_are_parted_by_height_and_share_no_air(crossing):
    pairs = [corridor.pair for corridor in crossing.corridors]
    assert crossing.near == ((4, 5),)
    assert pairs[4] != pairs[5]
    lanes = lay_lanes(crossing.corridors, RULES)
    assert len(lanes) == 2 * len(CROSS)
    shared, volumes = find_shared_air(crossing.corridors, lanes, RULES, FLAT)
    assert (shared, volumes > 100) == ([], True)


def test_at_one_height_they_do_share_air(crossing):
    level = [replace(corridor, pair=0) for corridor in crossing.corridors]
    shared, _ = find_shared_air(level, lay_lanes(level, RULES), RULES, FLAT)
    # Both lanes of the one diagonal meet the lane of the same height of the other.
    assert len(shared) == 2


def test_eastbound_flights_take_the_lower_lane(crossing):
    for lane in lay_lanes(crossing.corridors, RULES):
        corridor = crossing.corridors[lane.corridor]
        start, end = SQUARE[list(corridor.ends)][:: 1 if lane.is_forward else -1]
        course = np.degrees(np.arctan2(*(end - start))) % 360
        if min(course % 180, 180 - course % 180) > 1:  # all but exactly north and south
            assert lane.above_ground_m == RULES.layers.heights(corridor.pair)[int(course > 180)]


def test_without_heights_enough_a_corridor_is_left_without_one():
    tight = replace(RULES, layers=Layers(60, 10, 1, 4))
    design = design_network([Space.open(FRAME)], SQUARE, CROSS, tight)
    assert sorted(corridor.pair for corridor in design.corridors) == [-1, 0, 0, 0, 0, 0]
    assert len(lay_lanes(design.corridors, tight)) == 10


def test_corridors_keep_out_of_zones_and_of_other_terminals():
    middle = FRAME.plane.to_places(FRAME.plane.to_metres(SQUARE).mean(axis=0)[None])
    sites = np.vstack([SQUARE, middle])
    zone = shapely.box(114.24, 30.515, 114.26, 30.525)
    low = Space.open(FRAME).close_area(zone, Text(zh="禁飞区", en="a zone"))
    # Closed at the lowest pair of heights only: whoever flies higher crosses it.
    spaces = [low, Space.open(FRAME), Space.open(FRAME)]
    design = design_network(spaces, sites, [(0, 1), (0, 2)], RULES)
    disc = shapely.Point(FRAME.plane.to_metres(middle)[0]).buffer(RULES.terminal_m)
    by_ends = {corridor.ends: corridor for corridor in design.corridors}
    assert by_ends[0, 2].line.distance(disc) > RULES.half_width_m
    along = shapely.LineString(by_ends[0, 1].route.spots[:, :2])
    assert by_ends[0, 1].pair > 0 or not along.intersects(zone)


def test_a_site_walled_in_is_not_joined_and_says_why():
    ring = shapely.Point(SQUARE[0]).buffer(0.012) - shapely.Point(SQUARE[0]).buffer(0.008)
    space = Space.open(FRAME).close_area(ring, Text(zh="围墙", en="a ring"))
    design = design_network([space] * 3, SQUARE, [(0, 1), (1, 2)], RULES)
    assert [link for link, _ in design.unjoined] == [(0, 1)]
    assert design.unjoined[0][1].blocked_by[0].en == "a ring"


def test_flows_take_the_cheapest_way_and_what_has_none_is_lost():
    pairs = np.array([[0, 1], [1, 2], [0, 2]])
    wanted = np.zeros((4, 4))
    wanted[0, 2], wanted[2, 0], wanted[0, 3] = 6, 4, 5
    flows = assign_flows(pairs, np.array([1.0, 1.0, 3.0]), wanted)
    assert flows.lanes.tolist() == [[6, 4], [6, 4], [0, 0]]
    assert flows.movements.tolist() == [10, 0, 10, 0]
    assert (flows.lost_per_h, flows.mean_cost) == (5, 2.0)
    by_link = lose_link(pairs, np.array([1.0, 1.0, 3.0]), wanted, 0)
    assert (by_link.cut_off_0to1, by_link.detour, by_link.largest_part) == (0, 1.5, 3)
    by_site = lose_site(pairs, np.array([1.0, 1.0, 3.0]), wanted, 1)
    assert (by_site.cut_off_0to1, by_site.detour, by_site.largest_part) == (0, 1.5, 2)
    bare = lose_link(pairs[:1], np.ones(1), wanted + wanted.T, 0)
    assert (bare.cut_off_0to1, bare.detour) == (0, 1)


def test_what_is_wanted_adds_up_and_falls_with_distance():
    metres = np.array([[0.0, 1000, 9000], [1000, 0, 9000], [9000, 9000, 0]])
    wanted = gravity([1, 1, 1], metres, per_h=100, scale_m=5000)
    assert wanted.sum() == pytest.approx(100)
    assert wanted[0, 1] > wanted[0, 2] > 0
    assert not np.diag(wanted).any()
    assert not gravity([0, 0, 0], metres, per_h=100, scale_m=5000).any()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: lane_capacity(0, 500),
        lambda: site_capacity(0, 90),
        lambda: Layers(60, 10, 1, 5),
        lambda: Layers(3, 10, 1, 4),
        lambda: cover_most([[0, np.nan]], [1], [[0, 0]], reach_m=1, count=1),
    ],
)
def test_what_cannot_be_meant_is_refused(ask):
    with pytest.raises(InvalidRequest):
        ask()
