"""Covers against brute force: every cell near the polygon, judged by shapely."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from chengmo.errors import InvalidCell, InvalidGeometry
from chengmo.grid import (
    bbox_ranges,
    cell_ranges,
    cells_to_polygons,
    cover_each,
    cover_hierarchical,
    cover_polygon,
    encode_keys,
    in_ranges,
    key_bounds,
    key_centres,
    keys_within,
    parent_keys,
    unroll_polygon,
)
from chengmo.grid import cover as cover_module

MODES = ("within", "centre", "touching")
# Centres: a degree corner, minutes 59/60, both zero lines, all hemispheres, a pole's side.
PLACES = [
    (114.3, 30.6),
    (0.0, 0.0),
    (-0.02, 51.48),
    (-70.66, -33.45),
    (151.2, -33.87),
    (7.0, 86.99),
]


def star(rng, lon, lat, size, corners):
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = size * rng.uniform(0.3, 1, corners)
    return np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)])


def random_polygon(seed, lon, lat, size, corners=12):
    rng = np.random.default_rng(seed)
    while True:
        outer = shapely.Polygon(star(rng, lon, lat, size, corners))
        hole = shapely.Polygon(star(rng, lon + size / 9, lat, size / 3, corners))
        island = shapely.Polygon(star(rng, lon + size * 1.2, lat + size, size / 2, corners))
        if not shapely.is_valid([outer, hole, island]).all():
            continue
        polygon = shapely.union_all([outer - hole, island])
        polygon = shapely.intersection(polygon, shapely.box(-180, -90, 180, 90))
        if polygon.is_valid and polygon.area > 0:
            return polygon


def cells_around(polygon, level):
    """Find every cell near a polygon by sampling twice as densely as the smallest cell there."""
    west, south, east, north = polygon.bounds
    # The shortest cell of a level is a quarter of its nominal size (4″ at level 18, 4′ at 12).
    step = (
        2.0 ** (9 - level)
        if level <= 9
        else 2.0 ** (15 - level) / 60
        if level <= 15
        else 2.0 ** (21 - level) / 3600
    ) / 4
    lon = np.clip(np.arange(west - 2 * step, east + 2 * step, step), -180, 180)
    lat = np.clip(np.arange(south - 2 * step, north + 2 * step, step), -90, 90)
    return np.unique(encode_keys(*np.meshgrid(lon, lat), level=level))


def brute_force(polygon, level, mode):
    cells = cells_around(polygon, level)
    shapely.prepare(polygon)
    if mode == "centre":
        return cells[shapely.contains_xy(polygon, *key_centres(cells, level=level))]
    boxes = shapely.box(*key_bounds(cells, level=level))
    if mode == "within":
        return cells[shapely.covers(polygon, boxes)]
    return cells[shapely.relate_pattern(boxes, polygon, "T********")]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("level", "size"),
    [
        (6, 3.0),
        (9, 2.9),
        (10, 1.3),
        (11, 1.1),
        (12, 0.7),
        (13, 0.3),
        (15, 0.06),
        (16, 0.06),
        (17, 0.02),
        (18, 0.02),
        (19, 0.006),
        (21, 0.002),
        (23, 0.0004),
        (26, 0.00006),
        (32, 0.0000009),
    ],
)
def test_a_flat_cover_is_what_brute_force_finds(level, size, place, mode):
    polygon = random_polygon(level, *place, size)
    found = cover_polygon(polygon, level=level, mode=mode)
    assert len(np.unique(found)) == len(found)
    np.testing.assert_array_equal(np.sort(found), brute_force(polygon, level, mode))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("level", "size"),
    [
        (9, 9.0),
        pytest.param(11, 5.0, marks=pytest.mark.slow),
        pytest.param(13, 1.3, marks=pytest.mark.slow),
        (16, 0.2),
        pytest.param(20, 0.02, marks=pytest.mark.slow),
        pytest.param(25, 0.0005, marks=pytest.mark.slow),
        (32, 0.000001),
        pytest.param(32, 0.000005, marks=pytest.mark.slow),
    ],
)
def test_a_hierarchical_cover_expands_to_the_flat_one(level, size, place, mode):
    polygon = random_polygon(level + 100, *place, size)
    flat = np.sort(cover_polygon(polygon, level=level, mode=mode))
    keys, levels = cover_hierarchical(polygon, finest_level=level, mode=mode)
    assert len(keys) <= len(flat)
    assert (np.diff(keys.astype(object)) > 0).all()
    np.testing.assert_array_equal(expand(keys, levels, level), flat)
    # The fewest: no parent of a cell lies wholly in the cover.
    parents = np.unique(
        np.column_stack(
            [parent_keys(keys[levels > 1], levels[levels > 1] - 1), levels[levels > 1] - 1]
        ),
        axis=0,
    )
    for key, parent_level in parents:
        assert not np.isin(expand([key], np.array([parent_level], np.uint8), level), flat).all()


def expand(keys, levels, level):
    """List the used descendants of cells by splitting each into its quarters."""
    keys, levels = np.asarray(keys, np.uint64), np.asarray(levels, np.uint8)
    done = []
    while len(keys):
        at = levels == level
        done.append(keys[at])
        keys, levels = keys[~at], levels[~at]
        quarters = (
            np.arange(4, dtype=np.uint64) << (np.uint64(62) - 2 * levels.astype(np.uint64))[:, None]
        )
        keys, levels = (keys[:, None] | quarters).ravel(), np.repeat(levels + np.uint8(1), 4)
        used = is_used(keys)
        keys, levels = keys[used], levels[used]
    return np.sort(np.concatenate(done))


def is_used(keys):
    """Tell which keys have minutes and seconds below 60 and degrees before 180 and 90."""
    used = np.ones(len(keys), bool)
    for axis, end in ((0, 180), (1, 90)):
        field = sum(
            (keys >> np.uint64(2 * bit + axis) & np.uint64(1)) << np.uint64(bit)
            for bit in range(32)
        )
        parts = [
            (field >> np.uint64(shift)).astype(int) & mask
            for shift, mask in ((23, 255), (17, 63), (11, 63))
        ]
        used &= (parts[0] < end) & (parts[1] < 60) & (parts[2] < 60)
    return used


SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, level=st.integers(12, 22), corners=st.integers(3, 40))
@settings(deadline=None, max_examples=60)
def test_modes_are_nested_and_a_touching_cover_holds_the_polygons_points(seed, level, corners):
    rng = np.random.default_rng(seed)
    size = 12 * 2.0 ** (9 - level)
    polygon = random_polygon(seed, rng.uniform(-175, 175), rng.uniform(-85, 85), size, corners)
    within, centre, touching = (
        set(cover_polygon(polygon, level=level, mode=m).tolist()) for m in MODES
    )
    assert within <= centre <= touching
    west, south, east, north = polygon.bounds
    lon, lat = rng.uniform(west, east, 300), rng.uniform(south, north, 300)
    inside = shapely.contains_xy(polygon, lon, lat)
    assert set(encode_keys(lon[inside], lat[inside], level=level).tolist()) <= touching


@pytest.mark.parametrize("level", [1, 2, 5, 9, 10, 11, 14, 15, 16, 18, 21, 22, 27, 32])
@pytest.mark.parametrize("mode", MODES)
def test_the_outline_of_a_cell_is_covered_by_that_cell(level, mode):
    rng = np.random.default_rng(level)
    lon = np.r_[rng.uniform(-180, 180, 40), 0.0, -1e-9, 180.0, -180.0, 113.99999]
    lat = np.r_[rng.uniform(-90, 90, 40), 0.0, -1e-9, 90.0, -90.0, 29.99999]
    keys = encode_keys(lon, lat, level=level)
    for key, outline in zip(keys, cells_to_polygons(keys, level), strict=True):
        assert cover_polygon(outline, level=level, mode=mode).tolist() == [key]
        whole, levels = cover_hierarchical(outline, finest_level=min(level + 2, 32), mode=mode)
        assert (whole.tolist(), levels.tolist()) == ([key], [level])


def test_cells_become_outlines_that_hold_their_places():
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500)
    levels = rng.integers(0, 33, 500).astype(np.uint8)
    outlines = cells_to_polygons(parent_keys(encode_keys(lon, lat), levels), levels)
    # The corner of the finest cells lies a rounding away from the place.
    assert (shapely.distance(outlines, shapely.points(lon, lat)) < 1e-12).all()


def test_a_cover_across_the_date_line_is_that_of_its_two_halves():
    whole = shapely.Polygon([(179.9, 10.0), (180.2, 10.1), (180.1, 10.4), (179.8, 10.3)])
    east = shapely.intersection(whole, shapely.box(0, -90, 180, 90))
    west = shapely.intersection(whole, shapely.box(180, -90, 360, 90))
    west = shapely.transform(west, lambda points: points - [360, 0])
    halves = shapely.MultiPolygon([east, west])
    for mode in MODES:
        np.testing.assert_array_equal(
            np.sort(cover_polygon(whole, level=15, mode=mode)),
            np.sort(cover_polygon(halves, level=15, mode=mode)),
        )
    lon, _ = key_centres(cover_polygon(whole, level=15), level=15)
    assert (lon > 179).any()
    assert (lon < -179).any()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("turn", [-360, 0])
@pytest.mark.parametrize("shift", [0, 150, 179, 180, 200])
def test_a_polygon_wider_than_half_the_world_is_covered_where_it_lies(mode, turn, shift):
    # A bow 300° wide with a hole, anywhere round the Earth, against the same moved to 0°.
    bow = shapely.Polygon(
        [(-149.3, 0.3), (-20, 30), (149.1, 0.7), (149.1, 40), (0, 70), (-149.3, 45)],
        [[(-30.7, 45.3), (40.3, 45.3), (40.3, 50.9), (-30.7, 50.9)]],
    )
    moved = affinity.translate(bow, shift + (turn if shift else 0))
    cells = cover_polygon(bow, level=7, mode=mode)
    lon, lat = key_centres(cells, level=7)
    lon = (lon + shift + 180) % 360 - 180
    if shift % 4 == 0:
        expected = np.sort(encode_keys(lon, lat, level=7))
        np.testing.assert_array_equal(np.sort(cover_polygon(moved, level=7, mode=mode)), expected)
    if not shift:
        np.testing.assert_array_equal(np.sort(cells), brute_force(bow, 7, mode))


def test_a_polygon_with_points_on_both_sides_of_the_date_line_goes_the_short_way_if_unrolled():
    whole = shapely.Polygon(
        [(178, 10), (183, 11), (182, 15), (179, 14)], [[(179.5, 12), (180.5, 12), (180.5, 13)]]
    )
    for turned in (whole, affinity.translate(whole, -3), affinity.translate(whole, -20)):
        wrapped = shapely.transform(turned, lambda p: np.c_[(p[:, 0] + 180) % 360 - 180, p[:, 1]])
        found = unroll_polygon(wrapped)
        assert found.is_valid
        np.testing.assert_array_equal(
            np.sort(cover_polygon(found, level=12)), np.sort(cover_polygon(turned, level=12))
        )
    parts = shapely.MultiPolygon([whole, shapely.box(0, 0, 1, 1)])
    assert unroll_polygon(parts).equals(parts)
    with pytest.raises(InvalidGeometry, match="pole"):
        unroll_polygon(shapely.Polygon([(0, 80), (120, 80), (-120, 80)]))
    with pytest.raises(InvalidGeometry, match="Point"):
        unroll_polygon(shapely.Point(0, 0))


def test_a_polygon_all_round_the_earth_is_a_belt():
    belt = shapely.box(-500, 10, -140, 20)
    np.testing.assert_array_equal(
        np.sort(cover_polygon(belt, level=9)),
        np.sort(cover_polygon(shapely.box(-180, 10, 180, 20), level=9)),
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("level", [9, 12, 17])
def test_many_covers_at_once_are_the_covers_one_by_one(level, mode):
    size = 8 * 2.0 ** (9 - level)
    shapes = [random_polygon(i, *PLACES[i % 6], size * (i % 3 + 1)) for i in range(12)]
    shapes[4] = shapely.Polygon()
    shapes[7] = affinity.translate(shapes[0], 66, -31)
    keys, levels, indices = cover_each(shapes, finest_level=level, mode=mode)
    for i, shape in enumerate(shapes):
        alone = cover_hierarchical(shape, finest_level=level, mode=mode)
        np.testing.assert_array_equal(keys[indices == i], alone[0])
        np.testing.assert_array_equal(levels[indices == i], alone[1])
    assert (np.diff(indices) >= 0).all()
    assert cover_each([], finest_level=level)[0].size == 0


def test_the_first_wrong_polygon_of_many_is_named():
    good, bow = shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    for wrong, words in (
        (shapely.Point(1, 1), "a Point at index 2"),
        (None, "a NoneType at index 2"),
        (bow, "at index 2 is not valid: Self-intersection"),
        (shapely.box(0, 80, 1, 91), "at index 2 reaches from"),
        (shapely.box(-200, 0, 170, 1), "at most 360 wide"),
    ):
        with pytest.raises(InvalidGeometry, match=words):
            cover_each([good, good, wrong, wrong], finest_level=9)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("level", "size"), [(9, 9.0), (12, 0.7), (17, 0.04), (25, 0.0001)])
def test_keys_within_a_polygon_are_those_of_its_cover(level, size, place, mode):
    polygon = random_polygon(level + 7, *place, size)
    west, south, east, north = polygon.bounds
    rng = np.random.default_rng(level)
    lon = np.clip(rng.uniform(west - size, east + size, (40, 50)), -180, 180)
    lat = np.clip(rng.uniform(south - size, north + size, (40, 50)), -90, 90)
    keys = encode_keys(lon, lat)
    cover = cover_polygon(polygon, level=level, mode=mode)
    expected = np.isin(parent_keys(keys, level), cover)
    assert expected.any()
    np.testing.assert_array_equal(keys_within(polygon, keys, level=level, mode=mode), expected)
    assert keys_within(polygon, cover, level=level, mode=mode).all()


def test_keys_within_nothing_are_none():
    assert not keys_within(shapely.Polygon(), [0, 1], level=20).any()
    with pytest.raises(InvalidCell, match="no cell"):
        keys_within(shapely.box(0, 0, 1, 1), [2**64 - 1], level=20)


def test_a_cover_with_a_cell_limit_keeps_it_and_still_holds_the_polygon():
    polygon = random_polygon(8, 114.3, 30.6, 0.2)
    sizes = []
    for limit in (4, 20, 100, 1000):
        keys, levels = cover_hierarchical(polygon, finest_level=25, max_cells=limit)
        assert len(keys) <= limit
        assert shapely.union_all(cells_to_polygons(keys, levels)).buffer(1e-9).covers(polygon)
        sizes.append(int(levels.max()))
    assert sizes == sorted(sizes)
    unlimited = cover_hierarchical(polygon, finest_level=18)
    limited = cover_hierarchical(polygon, finest_level=18, max_cells=10**9)
    np.testing.assert_array_equal(unlimited[0], limited[0])


def test_the_whole_world_is_four_cells():
    keys, levels = cover_hierarchical(shapely.box(-180, -90, 180, 90), finest_level=12)
    assert levels.tolist() == [1, 1, 1, 1]
    assert len(keys) == 4
    assert cover_polygon(shapely.box(-180, -90, 180, 90), level=9).size == 360 * 180


def test_a_polygon_with_many_edges_in_one_row_is_covered():
    x = np.linspace(114.0, 114.9, 4001)
    y = 30.301 + 0.09 * (np.arange(4001) % 2)
    comb = shapely.Polygon([*zip(x, y, strict=True), (114.9, 30.29), (114.0, 30.29)])
    for mode in MODES:
        found = np.sort(cover_polygon(comb, level=15, mode=mode))
        np.testing.assert_array_equal(found, brute_force(comb, 15, mode))


def test_the_ranges_of_a_cover_hold_exactly_its_points():
    polygon = random_polygon(11, 114.3, 30.6, 0.1)
    keys, levels = cover_hierarchical(polygon, finest_level=20)
    ranges = cell_ranges(keys, levels)
    assert len(ranges) < len(keys)
    west, south, east, north = polygon.bounds
    rng = np.random.default_rng(1)
    places = encode_keys(rng.uniform(west, east, 5000), rng.uniform(south, north, 5000))
    flat = cover_polygon(polygon, level=20)
    np.testing.assert_array_equal(in_ranges(places, ranges), np.isin(parent_keys(places, 20), flat))
    box = bbox_ranges(west, south, east, north)
    assert in_ranges(
        flat[shapely.covers(polygon, shapely.points(*key_centres(flat, level=20)))], box
    ).all()


def test_an_empty_polygon_has_an_empty_cover():
    assert cover_polygon(shapely.Polygon(), level=20).size == 0
    assert cover_hierarchical(shapely.MultiPolygon(), finest_level=20)[0].size == 0


def not_finite(vertex):
    with np.errstate(invalid="ignore"):
        return shapely.from_wkt(f"POLYGON ((0 0, {vertex}, 1 1, 0 0))")


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (shapely.Point(114, 30), "Point"),
        (shapely.LineString([(0, 0), (1, 1)]), "LineString"),
        (None, "NoneType"),
        (shapely.Polygon([(30, 114), (31, 114), (31, 115)]), "longitude"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "Self-intersection"),
        (not_finite("1 nan"), "not"),
        (not_finite("inf 1"), "not"),
        (shapely.Polygon([(600, 0), (601, 0), (601, 1)]), "not on Earth"),
    ],
)
def test_what_is_no_polygon_on_earth_is_refused_with_the_way_out(geometry, words):
    with pytest.raises(InvalidGeometry, match=words) as caught:
        cover_polygon(geometry, level=12)
    assert caught.value.hint


def test_an_unknown_mode_and_a_missing_level_are_refused():
    with pytest.raises(InvalidGeometry, match="mode 'inside'"):
        cover_polygon(shapely.box(0, 0, 1, 1), level=9, mode="inside")
    for level in (0, 33):
        with pytest.raises(InvalidCell, match=f"level {level}"):
            cover_polygon(shapely.box(0, 0, 1, 1), level=level)


def test_a_cover_too_large_for_memory_is_refused_before_it_is_made(monkeypatch):
    with pytest.raises(InvalidGeometry, match="coarser level"):
        cover_polygon(shapely.box(100, 20, 120, 40), level=26)
    with pytest.raises(InvalidGeometry, match="coarser level"):
        cover_hierarchical(shapely.box(-170, -80, 170, 80), finest_level=32)
    monkeypatch.setattr(cover_module, "MAX_CELLS", 100)
    with pytest.raises(InvalidGeometry, match="more than 100"):
        cover_polygon(shapely.box(114, 30, 115, 31), level=15)
