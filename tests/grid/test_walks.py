"""Walks along streets: against brute force on tiny graphs, and by hand."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.grid.plane import Plane
from chengmo.grid.streets import find_streets, lay_streets
from chengmo.grid.walks import ALONG, CAP, CAPPED, STRAIGHT, walk_pairs

DETOUR = 1.3


def lay(*lines):
    xy = np.array([point for line in lines for point in line], dtype=np.float64).reshape(-1, 2)
    return lay_streets(xy, np.repeat(np.arange(len(lines)), [len(line) for line in lines]))


def walk(streets, home, site):
    none = np.zeros(1, dtype=np.int64)
    places = np.array([home], dtype=np.float64), np.array([site], dtype=np.float64)
    walks = walk_pairs(streets, *places, (none, none), detour=DETOUR)
    return float(walks.metres[0]), int(walks.kind[0])


def every_shortest_path(streets):
    """Floyd and Warshall: all pairs, by hand."""
    length = streets.length.toarray()
    path = np.where(length > 0.0, length, np.inf)
    np.fill_diagonal(path, 0.0)
    for middle in range(len(path)):
        path = np.minimum(path, path[:, middle, None] + path[middle])
    return path


points = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(
    lambda at: (at[0] * 70.0, at[1] * 70.0)
)
lines = st.lists(st.lists(points, min_size=2, max_size=4), min_size=0, max_size=4)
places = st.lists(
    st.tuples(st.integers(-300, 800), st.integers(-300, 800)), min_size=1, max_size=4
).map(lambda found: np.array(found, dtype=np.float64))


def expected_walk(streets, path, home, site):
    """The rule of the module, for one pair and in plain words."""
    straight = float(np.hypot(*(home - site)))
    if len(path) == 0:
        return straight * DETOUR
    near = [np.hypot(*(streets.node_xy - place).T) for place in (home, site)]
    ways = path[near[0].argmin(), near[1].argmin()]
    legs = near[0].min() + near[1].min()
    if max(near[0].min(), near[1].min()) > 500 or not np.isfinite(ways) or legs > straight:
        return straight * DETOUR
    return max(straight, min(ways + legs * DETOUR, straight * DETOUR * CAP))


@settings(max_examples=25, deadline=None)
@given(drawn=lines, homes=places, sites=places)
def test_walks_equal_those_of_brute_force_on_the_same_graph(drawn, homes, sites):
    # Off the raster of the streets, so that no two nodes are equally near.
    homes, sites = homes + np.array([0.37, 0.71]), sites + np.array([0.13, 0.29])
    streets = lay(*drawn)
    path = every_shortest_path(streets)
    pairs = tuple(part.ravel() for part in np.indices((len(homes), len(sites))))
    found = walk_pairs(streets, homes, sites, pairs, detour=DETOUR)
    expected = [
        expected_walk(streets, path, homes[i], sites[j]) for i, j in zip(*pairs, strict=True)
    ]
    assert found.metres == pytest.approx(np.array(expected), abs=0.011)


def test_a_walk_goes_round_the_corner():
    streets = lay([(0, 0), (400, 0)], [(400, 0), (400, 300)])
    assert walk(streets, (0, 0), (400, 300)) == (700.0, ALONG)


def test_crossing_lines_are_joined_where_they_cross():
    streets = lay([(0, 0), (400, 0)], [(200, -300), (200, 300)])
    assert walk(streets, (0, 0), (200, 300)) == (500.0, ALONG)


def test_an_end_that_stops_short_of_a_line_meets_it():
    streets = lay([(0, 0), (400, 0)], [(150, 20), (150, 300)])
    assert walk(streets, (0, 0), (150, 300)) == (450.0, ALONG)


def test_parts_up_to_150_m_apart_are_joined_and_others_are_not():
    near = lay([(0, 0), (400, 0)], [(540, 0), (900, 0)])
    assert walk(near, (0, 0), (900, 0)) == (900.0, ALONG)
    far = lay([(0, 0), (400, 0)], [(560, 0), (900, 0)])
    assert walk(far, (0, 0), (900, 0)) == (900.0 * DETOUR, STRAIGHT)


def test_a_place_far_from_any_street_is_reached_by_the_straight_line():
    streets = lay([(0, 0), (2000, 0)])
    assert walk(streets, (0, 499), (2000, 0)) == (
        pytest.approx(2000 + 499 * DETOUR, abs=0.01), ALONG,
    )  # fmt: skip
    metres, kind = walk(streets, (0, 501), (2000, 0))
    assert metres == pytest.approx(np.hypot(501, 2000) * DETOUR, abs=0.01)
    assert kind == STRAIGHT


def test_a_way_far_longer_than_the_straight_line_is_cut_at_the_cap():
    streets = lay([(0, 0), (0, 2000), (300, 2000), (300, 0)])
    assert walk(streets, (0, 0), (300, 0)) == (300 * DETOUR * CAP, CAPPED)


def test_streets_beside_which_two_places_lie_closer_to_each_other_tell_nothing():
    streets = lay([(0, 0), (1000, 0)])
    assert walk(streets, (500, 200), (600, 200)) == (100 * DETOUR, STRAIGHT)


def test_the_same_lines_give_the_same_bits_in_any_direction():
    line = [(0.0, 0.0), (123.456, 78.9), (500.0, 33.3)]
    one, other = lay(line, [(200, -100), (230, 400)]), lay(line[::-1], [(200, -100), (230, 400)])
    assert walk(one, (0, 0), (230, 400)) == walk(other, (0, 0), (230, 400))


def test_streets_are_found_among_the_geometries_of_a_dataset_and_measured_in_metres():
    plane = Plane.around(np.array([[114.3, 30.5]]))
    line = shapely.LineString([(114.3, 30.5), (114.301, 30.5), (114.301, 30.501)])
    shapes = np.array([line, shapely.Point(114.3, 30.5), None], dtype=object)
    streets = find_streets(shapes, plane)
    home, site = (
        plane.to_metres(np.array([[114.3, 30.5]])),
        plane.to_metres(np.array([[114.301, 30.501]])),
    )
    metres, kind = walk(streets, home[0], site[0])
    assert kind == ALONG
    assert metres == pytest.approx(96.0 + 110.9, abs=0.5)
    assert len(find_streets(shapes[1:], plane).node_xy) == 0
