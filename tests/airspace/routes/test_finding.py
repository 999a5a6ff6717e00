"""Routes: least by 26 moves, never dearer at any angle, and through nothing that is closed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.airspace.routes.references import least_costs, price_of_line

from chengmo import InvalidRequest, Plane, Text
from chengmo_airspace.routes import (
    Closure,
    Frame,
    NoRoute,
    Route,
    Space,
    Spot,
    find_route,
    find_timed_route,
)

WALL = Text(zh="墙", en="a wall")
FIREWORKS = Text(zh="烟花", en="fireworks")
EIGHT = datetime(2026, 5, 1, 8, tzinfo=UTC)


def small_space(seed, *, shape=(5, 4, 4), closed=0.3, sizes=(50.0, 40.0, 10.0)):
    """Return a space of random obstacles and risks, and its prices with a risk's weight of 1."""
    rng = np.random.default_rng(seed)
    frame = Frame(Plane(114.3, 30.5), -100.0, -80.0, 0.0, sizes, shape)
    is_closed = rng.random(shape) < closed
    # Few different rates, so that many ways cost the same.
    risk = rng.integers(0, 4, shape).astype(np.float32)
    space = Space.open(frame).close(is_closed, WALL).rate("risk", risk)
    return space, np.where(is_closed, np.inf, 1 + risk)


def ends_of(space, seed):
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, space.frame.shape, (2, 3))
    return cells, [Spot(*spot) for spot in space.frame.spots_of(cells).tolist()]


BOTH = {"length": 1.0, "risk": 1.0}


def check_route(space, prices, route):
    """Fail unless a route's lines are open and cost what it says."""
    corners = [tuple(cell) for cell in route.cells.tolist()]
    lines = [price_of_line(prices, space.frame.sizes_m, a, b) for a, b in pairwise(corners)]
    assert sum(lines) == pytest.approx(route.cost, rel=1e-6)
    assert route.amounts["length"] + route.amounts["risk"] == pytest.approx(route.cost, rel=1e-6)


@pytest.mark.slow
@given(st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_a_route_is_the_least_of_all_by_26_moves_and_at_any_angle_no_dearer(seed):
    space, prices = small_space(seed)
    cells, (start, end) = ends_of(space, seed)
    least = least_costs(prices, space.frame.sizes_m, tuple(cells[0]))[tuple(cells[1])]
    plain = find_route(space, start, end, weights=BOTH, any_angle=False)
    slant = find_route(space, start, end, weights=BOTH)
    if np.isinf(least) or np.isinf(prices[tuple(cells[0])]):
        assert isinstance(plain, NoRoute)
        assert isinstance(slant, NoRoute)
        return
    assert isinstance(plain, Route)
    assert isinstance(slant, Route)
    assert plain.cost == pytest.approx(least, rel=1e-6)
    assert plain.bound <= least * (1 + 1e-6)
    assert slant.cost <= plain.cost * (1 + 1e-9)
    check_route(space, prices, plain)
    check_route(space, prices, slant)


@given(st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_there_and_back_cost_the_same_by_26_moves_and_half_as_much_more_is_kept_to(seed):
    space, _ = small_space(seed, shape=(9, 8, 5))
    _, (start, end) = ends_of(space, seed)
    there = find_route(space, start, end, weights=BOTH, any_angle=False)
    back = find_route(space, end, start, weights=BOTH, any_angle=False)
    quick = find_route(space, start, end, weights=BOTH, any_angle=False, within=0.5)
    if isinstance(there, NoRoute):
        assert isinstance(back, NoRoute)
        assert isinstance(quick, NoRoute)
        return
    assert there.cost == pytest.approx(back.cost, rel=1e-9)
    assert there.cost <= quick.cost * (1 + 1e-9)
    assert quick.cost <= 1.5 * there.cost * (1 + 1e-9)


@pytest.mark.slow
def test_thousands_of_random_spaces_agree_with_dijkstra():
    for seed in range(600):
        space, prices = small_space(seed, shape=(6, 6, 5), closed=(0.1, 0.3, 0.5)[seed % 3])
        rng = np.random.default_rng(seed)
        begin = tuple(rng.integers(0, space.frame.shape).tolist())
        if np.isinf(prices[begin]):
            continue
        least = least_costs(prices, space.frame.sizes_m, begin)
        start = Spot(*space.frame.spots_of([begin])[0])
        for goal in rng.integers(0, space.frame.shape, (5, 3)):
            end = Spot(*space.frame.spots_of([goal])[0])
            plain = find_route(space, start, end, weights=BOTH, any_angle=False)
            slant = find_route(space, start, end, weights=BOTH)
            if np.isinf(least[tuple(goal)]):
                assert isinstance(plain, NoRoute)
                assert isinstance(slant, NoRoute)
                continue
            assert isinstance(plain, Route)
            assert isinstance(slant, Route)
            assert plain.cost == pytest.approx(least[tuple(goal)], rel=1e-6)
            assert slant.cost <= plain.cost * (1 + 1e-9)
            check_route(space, prices, plain)
            check_route(space, prices, slant)


def walled(*closed, shape=(3, 3, 1)):
    """Return a space of cubes of 10 m with some of them closed."""
    frame = Frame(Plane(114.3, 30.5), 0.0, 0.0, 0.0, (10.0, 10.0, 10.0), shape)
    cells = np.zeros(shape, np.bool_)
    for cell in closed:
        cells[cell] = True
    return Space.open(frame).close(cells, WALL)


def lead(space, a, b, **more):
    start, end = (Spot(*spot) for spot in space.frame.spots_of([a, b]).tolist())
    return find_route(space, start, end, **more)


def test_no_way_leads_between_two_closed_cells_that_meet_in_a_corner():
    gap = walled((0, 1, 0), (1, 0, 0), shape=(2, 2, 1))
    found = lead(gap, (0, 0, 0), (1, 1, 0))
    assert isinstance(found, NoRoute)
    assert found.blocked_by == (WALL,)


@pytest.mark.parametrize("any_angle", [True, False])
def test_a_closed_cell_is_not_touched_at_its_corner(any_angle):
    route = lead(walled((1, 0, 0)), (0, 0, 0), (2, 1, 0), any_angle=any_angle)
    assert isinstance(route, Route)
    assert [0, 1, 0] in route.cells.tolist()
    assert route.length_m == pytest.approx(30.0)
    assert route.straight.blocked_by == (WALL,)
    assert "a wall" in route.explained.en


def test_a_line_that_only_just_passes_a_corner_is_open():
    route = lead(walled((0, 2, 0), (4, 0, 0), shape=(5, 3, 1)), (0, 0, 0), (4, 2, 0))
    assert isinstance(route, Route)
    assert len(route.cells) == 2
    assert route.length_m == pytest.approx(10 * np.sqrt(20))


def test_a_way_from_a_cell_to_itself_is_nothing():
    route = lead(walled(), (1, 1, 0), (1, 1, 0))
    assert isinstance(route, Route)
    assert route.cost == 0
    assert route.cells.tolist() == [[1, 1, 0]]


def test_a_closed_end_says_what_closes_it():
    found = lead(walled((1, 1, 0)), (0, 0, 0), (1, 1, 0))
    assert isinstance(found, NoRoute)
    assert found.why.en == "The end is closed: a wall."


def test_an_expensive_field_is_flown_round_and_the_straight_line_is_told():
    space = walled(shape=(9, 9, 1))
    risk = np.zeros((9, 9, 1), np.float32)
    risk[3:6, :7] = 9.0
    route = lead(space.rate("risk", risk), (0, 4, 0), (8, 4, 0), weights=BOTH)
    assert isinstance(route, Route)
    assert route.amounts["risk"] == 0
    assert route.straight.cost is not None
    assert route.straight.cost > 3 * route.cost
    assert "times as much" in route.explained.en


def test_a_zone_closed_from_nine_is_flown_round_only_by_who_meets_it():
    cells = np.zeros((9, 9, 1), np.bool_)
    cells[4, 1:] = True
    closure = Closure(cells, EIGHT + timedelta(hours=1), EIGHT + timedelta(hours=2), FIREWORKS)
    space = replace(walled(shape=(9, 9, 1)), closures=(closure,))
    start, end = (Spot(*spot) for spot in space.frame.spots_of([[0, 4, 0], [8, 4, 0]]).tolist())

    def length(minutes):
        begin = EIGHT + timedelta(minutes=minutes)
        route = find_timed_route(space, start, end, departure=begin, speed_mps=0.1)
        assert isinstance(route, Route)
        return route.length_m

    assert length(0) == pytest.approx(80)
    assert length(50) > 100  # in the air at nine
    assert length(119) > 100
    assert length(121) == pytest.approx(80)


def test_an_area_closes_all_cells_that_it_touches():
    frame = Frame.over((114.30, 30.50, 114.31, 30.51), cell_m=(50.0, 50.0, 10.0))
    area = shapely.Point(114.305, 30.505).buffer(0.001)
    touched = frame.touched_by(area)
    east, north = frame.middles()
    flat = shapely.set_coordinates(area, frame.plane.to_metres(shapely.get_coordinates(area)))
    for i, j in np.ndindex(touched.shape):
        box = shapely.box(east[i] - 25, north[j] - 25, east[i] + 25, north[j] + 25)
        if flat.intersects(box):
            assert touched[i, j]
        if flat.distance(shapely.Point(east[i], north[j])) > 36:
            assert not touched[i, j]
    space = Space.open(frame).close_area(area, WALL, band_m=(0, 60))
    assert space.obstacles[:, :, 5].any()
    assert not space.obstacles[:, :, 6].any()


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: lead(s, (0, 0, 0), (1, 1, 0), weights={"noise": 1.0}),
        lambda s: lead(s, (0, 0, 0), (1, 1, 0), weights={"length": -1.0}),
        lambda s: lead(s, (0, 0, 0), (1, 1, 0), weights={"length": 0.0}),
        lambda s: lead(s, (0, 0, 0), (1, 1, 0), within=-0.1),
        lambda s: find_route(s, Spot(114.3, 30.5, 5), Spot(115.0, 30.5, 5)),
        lambda s: find_route(s, Spot(114.3, 30.5, 5), Spot(float("nan"), 30.5, 5)),
        lambda s: s.rate("risk", np.full((3, 3, 1), -1.0)),
        lambda s: s.rate("risk", np.zeros((2, 3, 1))),
        lambda s: s.rate("length", np.zeros((3, 3, 1))),
        lambda s: find_timed_route(
            s, Spot(114.3, 30.5, 5), Spot(114.3, 30.5, 5), departure=EIGHT, speed_mps=0
        ),
        lambda _: Frame.over((float("nan"), 30.5, 114.2, 30.6)),
        lambda _: Frame.over((114.0, 30.0, 115.0, 31.0), cell_m=(10.0, 10.0, 1.0)),
    ],
)
def test_what_cannot_be_meant_is_refused(ask):
    with pytest.raises(InvalidRequest):
        ask(walled())
