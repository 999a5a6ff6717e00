"""Steps from cell to cell against geometry (the world's cells at coarse levels) and a search."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import (
    NO_CELL,
    children_keys,
    common_ancestor,
    disk_keys,
    encode_key,
    encode_keys,
    grid_distance,
    key_bounds,
    key_centres,
    key_indices,
    key_range,
    keys_at,
    line_keys,
    move_keys,
    neighbour_keys,
    parent_keys,
    ring_keys,
)
from chengmo.grid import topology as topology_module

LON, LAT = st.floats(-180, 180), st.floats(-90, 90)
LEVEL = st.integers(1, 32)
# Where codes are left out, or signs change, or the world ends.
EDGES = [
    (0.0, 0.0),
    (-1e-9, -1e-9),
    (179.99999, 45.0),
    (-180.0, -45.0),
    (114.0 - 1e-9, 30.0 - 1e-9),
    (113.99999, 30.0166),
    (114.0166666, 30.99999),
    (12.5, 90.0),
    (-12.5, -90.0),
]


def cells_of_the_world(level):
    """All cells of a level up to 8, found by sampling every degree."""
    return (
        np.unique(encode_keys(*np.meshgrid(np.arange(-180, 181), np.arange(-90, 91)), level=level))
        if level
        else np.zeros(1, np.uint64)
    )


def touching(cells, level, *, corners):
    """Neighbours of each cell by their edges in degrees: a dictionary of sets."""
    west, south, east, north = key_bounds(cells, level=level)
    found = {}
    for i, key in enumerate(cells.tolist()):
        x = (east == west[i]) | (west == east[i])
        x |= (east - 360 == west[i]) | (west + 360 == east[i])
        same_x = west == west[i]
        y, same_y = (north == south[i]) | (south == north[i]), south == south[i]
        near = (x & same_y) | (same_x & y) | (corners & x & y)
        found[key] = set(cells[near].tolist()) - {key}
    return found


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("corners", [True, False])
def test_neighbours_are_the_cells_that_touch_at_every_place_of_the_world(level, corners):
    cells = cells_of_the_world(level)
    expected = touching(cells, level, corners=corners)
    found = neighbour_keys(cells, level=level, corners=corners)
    for key, around in zip(cells.tolist(), found, strict=True):
        assert set(around[around != NO_CELL].tolist()) - {key} == expected[key]


@settings(deadline=None, max_examples=40)
@given(lon=LON, lat=LAT, level=LEVEL)
@example(lon=114.0 - 1e-9, lat=30.0 - 1e-9, level=17)
@example(lon=-180.0, lat=0.0, level=18)
@example(lon=0.0, lat=-1e-12, level=32)
def test_neighbours_are_mutual_and_share_an_edge_or_a_corner(lon, lat, level):
    key = np.uint64(encode_key(lon, lat, level=level))
    around = neighbour_keys(key, level=level)
    back = [2, 3, 0, 1, 6, 7, 4, 5]
    west, south, east, north = (float(edge) for edge in key_bounds(key, level=level))
    for direction, other in enumerate(around):
        if other == NO_CELL:
            assert abs(north if direction in (1, 4, 5) else south) == 90
            continue
        assert neighbour_keys(other, level=level)[back[direction]] == key
        w, s, e, n = (float(edge) for edge in key_bounds(other, level=level))
        if direction in (0, 4, 7):
            assert w == (east if east < 180 else -180)
        if direction in (2, 5, 6):
            assert e == (west if west > -180 else 180)
        if direction in (1, 4, 5):
            assert s == north
        if direction in (3, 6, 7):
            assert n == south
        if direction in (0, 2):
            assert (s, n) == (south, north)


@settings(deadline=None, max_examples=40)
@given(lon=LON, lat=LAT, level=LEVEL)
@example(lon=113.99999, lat=30.0166, level=16)
def test_a_cell_comes_back_from_its_column_and_row(lon, lat, level):
    key = encode_key(lon, lat, level=level)
    column, row = key_indices(key, level=level)
    assert int(keys_at(column, row, level=level)) == key
    assert (column < 0) == (lon < 0)
    assert (row < 0) == (lat < 0)


@pytest.mark.parametrize("level", [*range(1, 25), 32])
@pytest.mark.parametrize("place", EDGES)
def test_columns_and_rows_count_the_cells_in_between(level, place):
    key = encode_key(*place, level=level)
    column, row = (int(index) for index in key_indices(key, level=level))
    centres = key_centres(keys_at(column + np.arange(-70, 71), row, level=level), level=level)[0]
    if level > 9:
        assert ((np.diff(centres) > 0) | (np.diff(centres) < -350)).all()
        edges = key_bounds(keys_at(column + np.arange(-70, 71), row, level=level), level=level)
        assert ((edges[0][1:] == edges[2][:-1]) | (edges[0][1:] == -180)).all()


@pytest.mark.parametrize("level", [1, 2, 4, 5])
@pytest.mark.parametrize("corners", [True, False])
@pytest.mark.parametrize("place", EDGES)
def test_rings_and_disks_and_distances_are_what_a_search_finds(level, corners, place):
    cells = cells_of_the_world(level)
    neighbours = touching(cells, level, corners=corners)
    start = encode_key(*place, level=level)
    found = {start: 0}
    layer = [start]
    for step in itertools.count(1):
        layer = sorted({other for key in layer for other in neighbours[key]} - found.keys())
        if not layer:
            break
        found |= dict.fromkeys(layer, step)
    distance = grid_distance(cells, np.uint64(start), level=level, corners=corners)
    assert dict(zip(cells.tolist(), distance.tolist(), strict=True)) == found
    for radius in (0, 1, 2, 5, max(found.values()), max(found.values()) + 3):
        ring = ring_keys(start, radius, level=level, corners=corners)
        disk = disk_keys(start, radius, level=level, corners=corners)
        ring, disk = ring[ring != NO_CELL].tolist(), disk[disk != NO_CELL].tolist()
        assert sorted(ring) == sorted(key for key, steps in found.items() if steps == radius)
        assert sorted(disk) == sorted(key for key, steps in found.items() if steps <= radius)


@settings(deadline=None, max_examples=40)
@given(lon=LON, lat=LAT, level=LEVEL, radius=st.integers(0, 4), corners=st.booleans())
def test_a_ring_is_a_disk_without_the_smaller_one_at_every_level(lon, lat, level, radius, corners):
    key = encode_key(lon, lat, level=level)
    ring, disk, smaller = (
        set(cells[cells != NO_CELL].tolist())
        for cells in (
            ring_keys(key, radius, level=level, corners=corners),
            disk_keys(key, radius, level=level, corners=corners),
            disk_keys(key, max(radius - 1, 0), level=level, corners=corners),
        )
    )
    assert ring == (disk - smaller if radius else {key})
    away = grid_distance(np.array(sorted(ring), np.uint64), key, level=level, corners=corners)
    assert (away == radius).all()


@settings(deadline=None, max_examples=40)
@given(lon=st.tuples(LON, LON), lat=st.tuples(LAT, LAT), level=st.integers(1, 15))
@example(lon=(179.0, -179.0), lat=(1.0, -1.0), level=13)
@example(lon=(5.0, 5.0), lat=(5.0, 5.0), level=9)
def test_a_line_goes_from_neighbour_to_neighbour_by_the_fewest_cells(lon, lat, level):
    start, end = encode_keys(lon, lat, level=level).tolist()
    line = line_keys(start, end, level=level)
    assert (line[0], line[-1]) == (start, end)
    assert (grid_distance(line[1:], line[:-1], level=level) == 1).all()
    assert len(line) == grid_distance(start, end, level=level) + 1


def test_a_line_lies_within_half_a_cell_of_the_straight_one():
    start, end = encode_keys([114.0, 114.9], [30.0, 30.35], level=17)
    x, y = key_indices(line_keys(start, end, level=17), level=17)
    straight = y[0] + (x - x[0]) * (y[-1] - y[0]) / (x[-1] - x[0])
    assert np.abs(y - straight).max() <= 0.5


@settings(deadline=None, max_examples=40)
@given(places=st.lists(st.tuples(LON, LAT), min_size=1, max_size=5), level=st.integers(0, 32))
def test_the_common_ancestor_is_the_smallest_cell_around_all(places, level):
    keys = encode_keys(*np.array(places).T, level=level)
    key, above = common_ancestor(keys, level)
    assert above <= level
    assert (parent_keys(keys, above) == key).all()
    assert above == level or len(np.unique(parent_keys(keys, above + 1))) > 1
    levels = np.full(len(keys), level)
    assert common_ancestor(keys, levels) == (key, above)


@settings(deadline=None, max_examples=40)
@given(lon=LON, lat=LAT, level=st.integers(0, 29), depth=st.integers(0, 3))
@example(lon=114.0 - 1e-9, lat=30.0 - 1e-9, level=12, depth=3)
@example(lon=180.0, lat=90.0, level=0, depth=3)
def test_children_tile_their_parent(lon, lat, level, depth):
    key = encode_key(lon, lat, level=level)
    children = children_keys(key, level=level, finer=level + depth)
    assert (parent_keys(children, level) == key).all()
    assert (np.diff(children) > 0).all()
    west, south, east, north = key_bounds(children, level=level + depth)
    w, s, e, n = key_bounds(key, level=level)
    assert (west.min(), south.min(), east.max(), north.max()) == (w, s, e, n)
    area = ((east - west) * (north - south)).sum()
    assert area == pytest.approx(float((e - w) * (n - s)), rel=1e-6)


def test_children_are_the_cells_of_a_finer_level_in_the_interval_of_their_parent():
    cells = cells_of_the_world(4)
    for key in cells[::7]:
        first, last = key_range(key, 4)
        expected = (fine := cells_of_the_world(6))[(fine >= first) & (fine <= last)]
        np.testing.assert_array_equal(children_keys(key, level=4, finer=6), expected)
    assert children_keys(cells, level=4).size == cells_of_the_world(5).size
    assert children_keys(5, level=32).tolist() == [5]


def test_columns_of_cells_keep_their_shape():
    keys = encode_keys([[1, 2, 3], [4, 5, 6]], 7.0, level=20)
    assert neighbour_keys(keys, level=20).shape == (2, 3, 8)
    assert ring_keys(keys, 2, level=20).shape == (2, 3, 16)
    np.testing.assert_array_equal(
        ring_keys(keys, 2, level=20)[1, 2], ring_keys(keys[1, 2], 2, level=20)
    )
    np.testing.assert_array_equal(
        move_keys(move_keys(keys, 5, -9, level=20), -5, 9, level=20), keys
    )
    np.testing.assert_array_equal(
        neighbour_keys(keys, level=20)[..., 4], move_keys(keys, 1, 1, level=20)
    )
    assert neighbour_keys(np.empty(0, np.uint64), level=9).shape == (0, 8)


def test_the_missing_cell_is_a_cell_at_no_level():
    # At levels 1 and 2 only its first bits are looked at, and those are the world's south-west.
    for level in range(3, 33):
        with pytest.raises(InvalidCell, match="no cell"):
            key_bounds(NO_CELL, level=level)
        with pytest.raises(InvalidCell, match="at index 1"):
            neighbour_keys([0, int(NO_CELL)], level=level)
    assert move_keys(encode_key(5, 89.9, level=9), 0, 1, level=9) == NO_CELL


def test_what_cannot_be_counted_is_refused(monkeypatch):
    with pytest.raises(InvalidCell, match="level 0"):
        neighbour_keys(0, level=0)
    with pytest.raises(InvalidCell, match="whole numbers"):
        move_keys(0, 0.5, 0, level=9)
    with pytest.raises(InvalidCell, match="distance"):
        ring_keys(0, -1, level=9)
    with pytest.raises(InvalidCell, match="at least one"):
        common_ancestor(np.empty(0, np.uint64), 5)
    with pytest.raises(InvalidCell, match="level 8"):
        children_keys(0, level=9, finer=8)
    with pytest.raises(InvalidCell, match="coarser"):
        children_keys(0, level=1, finer=31)
    monkeypatch.setattr(topology_module, "MAX_KEYS", 10)
    with pytest.raises(InvalidCell, match="more than 10"):
        disk_keys(0, 3, level=9)
    with pytest.raises(InvalidCell, match="more than 10"):
        line_keys(0, encode_key(170, 0, level=9), level=9)
