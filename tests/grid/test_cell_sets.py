"""Sets of cells against Python's sets of the finest cells in them."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import (
    CellSet,
    cell_ranges,
    children_keys,
    compact_cells,
    cover_hierarchical,
    cover_polygon,
    encode_key,
    encode_keys,
    in_ranges,
    key_bounds,
    parent_keys,
    uncompact_cells,
)

# Small pieces of the world that meet unused codes: (a cell, its level, the finest level here).
PIECES = [
    (encode_key(114.99, 30.99, level=10), 10, 14),
    (encode_key(-114.999, -30.999, level=16), 16, 20),
    (encode_key(179.9, 89.9, level=2), 2, 6),
    (encode_key(-179.9, -89.9, level=1), 1, 5),
    (encode_key(7.5, 7.5, level=28), 28, 32),
    (0, 0, 4),
]


@st.composite
def pieces(draw):
    """A finest level, its cells in a piece of the world, and two lists of cells in it."""
    key, coarsest, finest = draw(st.sampled_from(PIECES))
    universe = children_keys(key, level=coarsest, finer=finest)
    chosen = [
        [
            (int(parent_keys(universe[index % len(universe)], level)), level)
            for index, level in draw(
                st.lists(
                    st.tuples(st.integers(0, 1 << 16), st.integers(coarsest, finest)), max_size=12
                )
            )
        ]
        for _ in range(2)
    ]
    return finest, universe, *chosen


def made_of(cells):
    keys, levels = zip(*cells, strict=True) if cells else ((), ())
    return CellSet.of(np.array(keys, np.uint64), np.array(levels, np.uint8))


def finest_of(cells, universe):
    """A Python set of the finest cells in some cells."""
    return {
        int(key)
        for parent, level in cells
        for key in universe[parent_keys(universe, level) == parent]
    }


@settings(deadline=None, max_examples=80)
@given(pieces())
def test_set_operations_are_those_of_sets_of_the_finest_cells(piece):
    finest, universe, one, other = piece
    a, b = made_of(one), made_of(other)
    x, y = finest_of(one, universe), finest_of(other, universe)
    for found, expected in (
        (a, x),
        (a | b, x | y),
        (a & b, x & y),
        (a - b, x - y),
        (a ^ b, x ^ y),
        (CellSet.union([a, b]), x | y),
    ):
        assert found.at_level(finest).tolist() == sorted(expected)
        assert found == CellSet.of(np.array(sorted(expected), np.uint64), finest)
        assert bool(found) == bool(expected)
    assert (a <= b) == (x <= y)
    assert (a == b) == (x == y)
    assert a != b or hash(a) == hash(b)


@settings(deadline=None, max_examples=60)
@given(pieces(), st.data())
def test_a_set_holds_or_meets_a_cell_as_its_finest_cells_are_in_it(piece, data):
    finest, universe, one, _ = piece
    cells, inside = made_of(one), finest_of(one, universe)
    level = data.draw(st.integers(max(finest - 4, 0), finest))
    keys = np.unique(parent_keys(universe, level))
    parts = [set(universe[parent_keys(universe, level) == key].tolist()) for key in keys]
    assert cells.holds(keys, level=level).tolist() == [part <= inside for part in parts]
    assert cells.meets(keys, level=level).tolist() == [bool(part & inside) for part in parts]
    levels = np.full(keys.shape, level)
    np.testing.assert_array_equal(cells.holds(keys, level=levels), cells.holds(keys, level=level))


@settings(deadline=None, max_examples=60)
@given(pieces())
@example((4, children_keys(0, level=0, finer=4), [(0, 0)], []))
def test_compact_cells_are_the_fewest_and_come_back_whole(piece):
    finest, universe, one, _ = piece
    expected = np.array(sorted(finest_of(one, universe)), np.uint64)
    keys, levels = compact_cells(expected, finest)
    np.testing.assert_array_equal(uncompact_cells(keys, levels, level=finest), expected)
    assert (np.diff(keys.astype(object)) > 0).all()
    assert len(made_of(one)) == len(keys)
    # No parent of a cell lies wholly in the set, and compacting again changes nothing.
    finer = levels > 0
    parents = parent_keys(keys[finer], levels[finer] - np.uint8(1))
    assert not made_of(one).holds(parents, level=levels[finer] - np.uint8(1)).any()
    again = compact_cells(keys, levels)
    np.testing.assert_array_equal(again[0], keys)
    np.testing.assert_array_equal(again[1], levels)


@pytest.mark.parametrize("level", [3, 6, 9, 10, 12, 13, 16, 18, 19])
def test_a_cover_is_compact_already(level):
    circle = shapely.Point(114.02, 30.01).buffer(min(25, 20 * 2.0 ** (9 - level)))
    keys, levels = cover_hierarchical(circle, finest_level=level)
    again = compact_cells(cover_polygon(circle, level=level), level)
    np.testing.assert_array_equal(again[0], keys)
    np.testing.assert_array_equal(again[1], levels)
    assert CellSet.of_geometry(circle, finest_level=level) == CellSet.of(keys, levels)


def test_the_intervals_of_a_set_hold_the_places_that_its_cells_hold():
    circle = shapely.Point(114.0, 30.0).buffer(0.3)
    keys, levels = cover_hierarchical(circle, finest_level=17)
    cells = CellSet.of(keys, levels)
    rng = np.random.default_rng(1)
    places = encode_keys(rng.uniform(113.6, 114.4, 5000), rng.uniform(29.6, 30.4, 5000))
    expected = in_ranges(places, cell_ranges(keys, levels))
    np.testing.assert_array_equal(in_ranges(places, cells.ranges()), expected)
    np.testing.assert_array_equal(cells.holds(places), expected)
    # Unused codes belong to the cell before them, so that fewer intervals do.
    assert len(cells.ranges()) < len(cell_ranges(keys, levels))
    assert CellSet.of_ranges(cells.ranges()[::-1]) == cells


def test_the_whole_world_is_one_cell_of_level_zero():
    world = CellSet.of(children_keys(0, level=0, finer=3), 3)
    assert [each.tolist() for each in world.fewest()] == [[0], [0]]
    assert world.ranges().tolist() == [[0, 2**64 - 1]]
    assert key_bounds(*world.fewest()[:1], level=0)[0] == -180
    nothing = world - world
    assert not nothing
    assert len(nothing) == 0
    assert nothing == CellSet() == CellSet.union([])
    assert CellSet.union([world, nothing, world]) == world


def test_keys_that_name_no_place_add_nothing():
    unused = sum((200 >> bit & 1) << (2 * (bit + 23)) for bit in range(8))
    assert not CellSet.of([unused], 9)
    assert not CellSet.of([2**64 - 1], 32)
    assert CellSet.of([unused, 0], 9) == CellSet.of([0], 9)
    assert CellSet.of([0], 9) != "the same"


def test_cells_cannot_be_split_to_a_coarser_level():
    with pytest.raises(InvalidCell, match="level 10 cannot be split to level 9"):
        uncompact_cells([0, 0], [8, 10], level=9)
    assert uncompact_cells([], [], level=9).size == 0
