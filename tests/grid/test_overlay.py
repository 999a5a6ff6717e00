"""Overlays against all pairs of shapely, and sums that must be kept."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from chengmo.errors import InvalidCell, InvalidGeometry, InvalidRequest
from chengmo.grid import Overlay, cells_to_polygons, children_keys, overlay_polygons, polygon_areas
from chengmo.grid.nearest import nearest_points

GEOD = Geod(a=6_378_137.0, rf=298.257222101)


def tiles(rng, count):
    """A partition of a box into cells of a Voronoi diagram."""
    box = shapely.box(114, 30, 115, 31)
    points = shapely.multipoints(rng.uniform([114, 30], [115, 31], (count, 2)))
    return shapely.intersection(
        shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box)), box
    )


def brute_force(sources, targets):
    found = {}
    for s, source in enumerate(sources):
        for t, target in enumerate(targets):
            area = float(polygon_areas([shapely.intersection(source, target)])[0])
            if area > 0:
                found[s, t] = area
    return found


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_overlay_has_the_area_of_every_pair(seed):
    rng = np.random.default_rng(seed)
    sources = tiles(rng, 12)
    targets = np.r_[tiles(rng, 4), [shapely.box(114.2, 30.2, 114.9, 30.9), shapely.Polygon()]]
    overlay = overlay_polygons(sources, targets)
    expected = brute_force(sources, targets)
    pairs = zip(overlay.sources.tolist(), overlay.targets.tolist(), strict=True)
    found = dict(zip(pairs, overlay.area_m2, strict=True))
    for pair in expected.keys() | found.keys():
        # Where polygons only touch, rounding leaves slivers in one way of cutting or the other.
        assert found.get(pair, 0) == pytest.approx(expected.get(pair, 0), rel=1e-9, abs=1e-3)
    order = overlay.sources * 1000 + overlay.targets
    assert (np.diff(order) > 0).all()


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_counts_are_kept_and_densities_stay_between_their_ends(seed):
    rng = np.random.default_rng(seed)
    sources, targets = tiles(rng, 30), tiles(rng, 5)
    overlay = overlay_polygons(sources, targets)
    residents = rng.integers(0, 10_000, 30)
    assert overlay.interpolate(residents, quantity="count").sum() == pytest.approx(residents.sum())
    density = overlay.interpolate(residents, quantity="density")
    assert (density >= residents.min() - 1e-6).all()
    assert (density <= residents.max() + 1e-6).all()
    np.testing.assert_allclose(overlay.interpolate(np.ones(30), quantity="density"), 1)
    for shares, at, count in (
        (overlay.share_of_source, overlay.sources, 30),
        (overlay.share_of_target, overlay.targets, 5),
    ):
        np.testing.assert_allclose(np.bincount(at, shares, count), 1)


def test_cells_in_a_coarser_cell_pass_their_counts_up():
    fine = children_keys(0, level=9, finer=12)
    overlay = overlay_polygons(cells_to_polygons(fine, 12), cells_to_polygons([0], 9))
    np.testing.assert_array_equal(overlay.share_of_source, 1)
    counts = overlay.interpolate(np.arange(fine.size), quantity="count")
    assert counts.tolist() == [fine.size * (fine.size - 1) / 2]


def test_what_no_source_reaches_has_no_count_and_no_density():
    overlay = overlay_polygons(
        [shapely.box(0, 0, 1, 1)], [shapely.box(5, 5, 6, 6), shapely.Polygon()]
    )
    assert overlay.interpolate([7], quantity="count").tolist() == [0, 0]
    assert np.isnan(overlay.interpolate([7], quantity="density")).all()
    assert overlay_polygons([], []).sources.size == 0


def test_areas_are_those_of_the_ellipsoid_holes_left_out():
    for south in (0.0, 30.0, 60.0):
        # Geodesics over short edges stand for parallels.
        box = shapely.segmentize(shapely.box(114, south, 114.2, south + 0.2), 0.002)
        expected = abs(GEOD.geometry_area_perimeter(box)[0])
        assert polygon_areas(box)[0] == pytest.approx(expected, rel=1e-6)
    hole = shapely.box(114.1, 30.1, 114.2, 30.2)
    whole = shapely.box(114, 30, 114.3, 30.3)
    areas = polygon_areas([whole, hole, whole - hole, shapely.MultiPolygon([hole]), None])
    assert areas[2] == pytest.approx(areas[0] - areas[1])
    assert areas[3:].tolist() == [areas[1], 0]
    diagonal = shapely.Polygon([(0, 0), (40, 50), (0, 50)])
    halves = shapely.intersection(diagonal, [shapely.box(0, 0, 20, 50), shapely.box(20, 0, 40, 50)])
    assert polygon_areas(halves).sum() == pytest.approx(polygon_areas(diagonal)[0], rel=1e-10)


def test_overlays_refuse_what_does_not_fit():
    overlay = overlay_polygons([shapely.box(0, 0, 1, 1)], [shapely.box(0, 0, 1, 1)])
    assert isinstance(overlay, Overlay)
    with pytest.raises(InvalidRequest, match="2 values for 1"):
        overlay.interpolate([1, 2], quantity="count")
    with pytest.raises(InvalidRequest, match="'mean'"):
        overlay.interpolate([1], quantity="mean")
    with pytest.raises(InvalidGeometry, match="Point"):
        overlay_polygons([shapely.Point(0, 0)], [])


def test_the_nearest_point_is_the_nearest_of_all_by_geodesics():
    rng = np.random.default_rng(1)
    for spread in (0.05, 1.0, 60.0):
        lon, lat = (
            rng.uniform(-spread, spread, 40) + 114,
            rng.uniform(-spread / 2, spread / 2, 40) + 30,
        )
        lon = (lon + 180) % 360 - 180
        to_lon, to_lat = lon[:15] + 0.3 * spread / 60, lat[:15] + 0.2 * spread / 60
        to_lon = np.clip(to_lon, -180, 180)
        index, metres = nearest_points(lon, lat, to_lon, to_lat)
        for i in range(40):
            ones = np.full(15, lon[i]), np.full(15, lat[i])
            every = GEOD.inv(*ones, to_lon, to_lat)[2]
            assert every[index[i]] == pytest.approx(every.min(), rel=1e-4)
            assert metres[i] == pytest.approx(every[index[i]], rel=1e-5 if spread < 1 else 5e-3)


def test_nearest_goes_over_the_date_line_and_the_poles():
    index, metres = nearest_points([179.9, 10.0], [0.0, 89.9], [-179.9, 170.0, 10], [0.0, 89.9, 80])
    assert index.tolist() == [0, 1]
    assert metres[0] == pytest.approx(0.2 * 111_319.5, rel=1e-2)


def test_there_must_be_a_place_to_be_near_to():
    with pytest.raises(InvalidCell, match="no point"):
        nearest_points([1.0], [1.0], [], [])
    with pytest.raises(InvalidCell, match="index 1"):
        nearest_points([1.0, 200], [1.0, 1.0], [1], [1])
    assert nearest_points([], [], [1], [1])[0].size == 0
