"""How much sky a place sees: against closed forms, and unknown where heights are."""

import numpy as np
import pytest
import shapely

from chengmo import InvalidRequest, Plane
from chengmo_airspace.coverage import Skyline

LON, LAT = 114.39, 30.51
BOX = (LON - 0.001, LAT - 0.001, LON + 0.001, LAT + 0.001)
PLANE = Plane(LON, LAT)


def placed(shape):
    """Return an outline given in metres around the place, in degrees."""
    return shapely.transform(shape, PLANE.to_places)


def sky_of(shapes, heights, at=(0.0,), **changes):
    outlines = np.array([placed(shape) for shape in shapes], object)
    skyline = Skyline.of(outlines, np.array(heights, float), BOX)
    return skyline.open_sky([LON], [LAT], at, **changes)[:, 0]


def ring(inner, outer):
    middle = shapely.Point(0, 0)
    return middle.buffer(outer, quad_segs=64).difference(middle.buffer(inner, quad_segs=64))


def test_without_buildings_the_whole_sky_is_open():
    assert sky_of([], []).tolist() == [1.0]


@pytest.mark.parametrize("height", [20.0, 60.0, 120.0])
def test_in_a_round_court_the_share_is_that_of_the_cap_above_its_wall(height):
    found = sky_of([ring(60, 120)], [height], mask_deg=0)[0]
    # The raster puts the wall up to a cell and a half nearer.
    near, far = (1 - np.sin(np.arctan2(height, distance)) for distance in (52, 61))
    assert near <= found <= far


def test_a_wall_along_one_side_takes_its_share_and_the_mask_counts_once():
    wall = shapely.box(-900, 40, 900, 60)
    low = sky_of([wall], [3.0], mask_deg=10)[0]
    assert low == 1.0
    # An endless wall of elevation e across covers e/180° of the sky: a lune.
    high = sky_of([wall], [40.0], mask_deg=0)[0]
    assert high == pytest.approx(1 - np.degrees(np.arctan2(40, 37)) / 180, abs=0.03)


def test_higher_up_more_sky_is_seen_and_above_the_roofs_all_of_it():
    found = sky_of([ring(30, 90)], [50.0], at=(0.0, 25.0, 50.0, 80.0))
    assert (np.diff(found) >= 0).all()
    assert found[2:].tolist() == [1.0, 1.0]


def test_within_a_building_there_is_no_sky_and_on_its_roof_all_of_it():
    assert sky_of([shapely.box(-20, -20, 20, 20)], [30.0], at=(10.0, 30.0)).tolist() == [0.0, 1.0]


def test_a_building_of_unknown_height_leaves_the_sky_unknown():
    assert np.isnan(sky_of([shapely.box(30, -10, 50, 10)], [np.nan]))[0]
    assert sky_of([shapely.box(3000, -10, 3050, 10)], [np.nan])[0] == 1.0


def test_a_mask_and_columns_that_are_none_are_refused():
    with pytest.raises(InvalidRequest, match="mask"):
        sky_of([], [], mask_deg=90)
    with pytest.raises(InvalidRequest, match="differ"):
        Skyline.of(np.array([shapely.box(0, 0, 1, 1)]), np.zeros(2), BOX)
