"""Joins against shapely's own answer for every pair of point and polygon."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from chengmo.errors import InvalidCell, InvalidGeometry, InvalidRequest
from chengmo.grid import PolygonIndex, cells_to_polygons, encode_keys, join_points, key_bounds
from chengmo.grid import join as join_module

SEEDS = st.integers(0, 2**32 - 1)


def star(rng, lon, lat, size, corners):
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = size * rng.uniform(0.3, 1, corners)
    return shapely.Polygon(
        np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)])
    )


def some_polygons(rng, count, *, digits):
    """Overlapping stars, some with a hole, some in two parts, some with corners on grid lines."""
    shapes = []
    while len(shapes) < count:
        lon, lat, size = rng.uniform(113.9, 114.1), rng.uniform(29.9, 30.1), rng.uniform(0.005, 0.1)
        shape = star(rng, lon, lat, size, rng.integers(3, 30))
        if not shape.is_valid:
            continue
        shape = shapely.set_precision(shape, 10.0**-digits)
        if shape.is_valid and rng.random() < 0.4:
            shape = shape - star(rng, lon, lat, size / 3, 5).buffer(0)
        if shape.is_valid and rng.random() < 0.3:
            shape = shape.union(affinity.translate(shape, 0.05, 0.03))
        if shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty:
            shapes.append(shape)
    return np.array(shapes)


def some_points(rng, shapes, count):
    """Points anywhere, on corners, on edges, on grid lines, and level with corners."""
    corners = shapely.get_coordinates(shapes)
    a, b = corners[rng.integers(0, len(corners), (2, count))]
    ring = corners[:-1] + rng.random((len(corners) - 1, 1)) * np.diff(corners, axis=0)
    anywhere = rng.uniform([113.8, 29.8], [114.2, 30.2], (count, 2))
    edges = np.column_stack(key_bounds(encode_keys(*anywhere.T, level=19), level=19))
    return np.concatenate(
        [
            anywhere,
            a,
            np.column_stack([a[:, 0], b[:, 1]]),
            np.nextafter(a, b),
            ring[rng.integers(0, len(ring), count)],
            (a + b) / 2,
            edges[:, :2],
            np.column_stack([edges[:, 0], anywhere[:, 1]]),
        ]
    ).T


def brute_force(shapes, lon, lat, predicate):
    tree = shapely.STRtree(shapely.points(lon, lat))
    name = {"intersects": "intersects", "within": "contains"}[predicate]
    polygons, points = tree.query(shapes, predicate=name)
    order = np.lexsort((polygons, points))
    return points[order], polygons[order]


def assert_joined(shapes, lon, lat, level=None):
    index = PolygonIndex.of(shapes, level=level)
    for predicate in ("intersects", "within"):
        expected = brute_force(shapes, lon, lat, predicate)
        found = index.pairs(lon, lat, predicate=predicate)
        np.testing.assert_array_equal(np.column_stack(found), np.column_stack(expected))
    return index


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, digits=st.integers(2, 12), level=st.sampled_from([None, 9, 14, 17, 19, 21]))
def test_a_join_is_what_shapely_says_of_every_pair(seed, digits, level):
    rng = np.random.default_rng(seed)
    shapes = some_polygons(rng, 12, digits=digits)
    assert_joined(shapes, *some_points(rng, shapes, 60), level)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_a_join_is_what_shapely_says_of_many_pairs(seed):
    rng = np.random.default_rng(seed)
    shapes = some_polygons(rng, 40, digits=seed % 11 + 2)
    assert_joined(shapes, *some_points(rng, shapes, 1500), [None, 10, 15, 18, 20, 23][seed % 6])


@pytest.mark.parametrize("level", [None, 15, 18, 19, 20])
def test_polygons_made_of_cells_are_joined_exactly(level):
    # All edges run along grid lines, through middles of coarser cells, and meet in corners.
    lon, lat = np.meshgrid(np.arange(114.0, 114.03, 1 / 900), np.arange(29.99, 30.02, 1 / 900))
    keys = np.unique(encode_keys(lon, lat, level=19))
    shapes = cells_to_polygons(keys, 19)
    rng = np.random.default_rng(1)
    x, y = shapely.get_coordinates(shapes[::7]).T
    x, y = (
        np.r_[x, rng.uniform(114, 114.03, 500), x],
        np.r_[y, rng.uniform(29.99, 30.02, 500), y + 1e-5],
    )
    assert_joined(shapes, x, y, level)


@pytest.mark.parametrize("place", [(0, 0), (-70.66, -33.45), (179.97, 10), (-120, 85), (20, -89.9)])
def test_joins_work_in_every_hemisphere(place):
    rng = np.random.default_rng(2)
    shapes = affinity_all(some_polygons(rng, 8, digits=12), place[0] - 114, place[1] - 30)
    shapes = shapely.intersection(shapes, shapely.box(-180, -90, 180, 90))
    lon, lat = some_points(rng, np.array([s for s in shapes if not s.is_empty]), 80)
    lon, lat = np.clip(lon - 114 + place[0], -180, 180), np.clip(lat - 30 + place[1], -90, 90)
    assert_joined(shapes, lon, lat)


def affinity_all(shapes, dx, dy):
    return np.array([affinity.translate(shape, dx, dy) for shape in shapes])


def test_a_polygon_across_the_date_line_holds_points_on_both_sides():
    shape = shapely.box(179, 10, 182, 11)
    index = PolygonIndex.of([shape])
    assert index.first([179.5, -178.5, -177.5, 178.5], 10.5).tolist() == [0, 0, -1, -1]


def test_the_first_of_overlapping_polygons_is_the_first_given():
    shapes = [shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3), shapely.Polygon()]
    index = PolygonIndex.of(shapes)
    lon, lat = [0.5, 1.5, 2.5, 9.0, 2.0], [0.5, 1.5, 2.5, 9.0, 2.0]
    assert index.first(lon, lat).tolist() == [0, 0, 1, -1, 0]
    assert index.first(lon, lat, predicate="within").tolist() == [0, 0, 1, -1, 1]
    points, polygons = join_points(shapes, lon, lat)
    assert points.tolist() == [0, 1, 1, 2, 4, 4]
    assert polygons.tolist() == [0, 0, 1, 1, 0, 1]


def test_long_columns_are_joined_piece_by_piece(monkeypatch):
    monkeypatch.setattr(join_module, "_PIECE", 7)
    rng = np.random.default_rng(3)
    shapes = np.repeat(some_polygons(rng, 2, digits=4), 40)
    assert_joined(shapes, *some_points(rng, shapes, 10))


def test_nothing_is_in_no_polygon():
    for shapes in ([], [shapely.Polygon()]):
        points, polygons = join_points(shapes, [1.0, 2.0], [3.0, 4.0])
        assert points.size == polygons.size == 0
    assert PolygonIndex.of([shapely.box(0, 0, 1, 1)]).first([], []).size == 0


def test_what_cannot_be_joined_is_refused():
    index = PolygonIndex.of([shapely.box(0, 0, 1, 1)])
    with pytest.raises(InvalidCell, match="index 1"):
        index.pairs([1, np.nan], [1, 1])
    with pytest.raises(InvalidRequest, match="'touches'"):
        index.pairs([1], [1], predicate="touches")
    with pytest.raises(InvalidGeometry, match="at index 1"):
        PolygonIndex.of([shapely.box(0, 0, 1, 1), shapely.Point(0, 0)])
