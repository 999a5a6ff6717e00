"""Buildings against a plain loop over cells: nothing nearer than the clearance is left open."""

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from chengmo import InvalidRequest, Plane
from chengmo_airspace.atlas import (
    Buildings,
    Frame,
    Lattice,
    Sources,
    Use,
    close_cells,
    draw_atlas,
    moments_of,
)
from chengmo_airspace.zones import ALL_KINDS, Coverage, ZoneMap

AREA = shapely.box(114.39, 30.50, 114.394, 30.504)
FRAME = Frame(
    Lattice.of(AREA, level=6), (0.0, 30.0, 60.0, 90.0, 120.0),
    moments_of([datetime(2026, 5, 1, tzinfo=UTC)]),
)  # fmt: skip
OUTLINES = np.array(
    [
        shapely.box(114.3911, 30.5011, 114.3915, 30.5013),
        shapely.Polygon([(114.3925, 30.5025), (114.3931, 30.5026), (114.3926, 30.5030)]),
    ]
)
CITY = ZoneMap([], [Coverage(shapely.box(114, 30, 115, 31), ALL_KINDS)])


@pytest.mark.parametrize("clearance_m", [0.0, 30.0, 60.0])
def test_a_cell_is_closed_where_it_comes_nearer_than_the_clearance(clearance_m):
    closed, doubtful = close_cells(FRAME, Buildings(OUTLINES, np.array([20.0, 70.0]), clearance_m))
    assert not doubtful.any()
    plane = Plane(114.392, 30.502)
    cells = shapely.transform(FRAME.lattice.boxes(), plane.to_metres)
    flat = shapely.transform(OUTLINES, plane.to_metres)
    for number, (floor, _) in enumerate(FRAME.bands):
        least = np.min(
            [
                np.where(floor < height + clearance_m, shapely.distance(cells, outline), np.inf)
                for height, outline in zip((20, 70), flat, strict=True)
            ],
            axis=0,
        )
        assert closed[number][least < clearance_m - 0.01].all()
        assert not closed[number][least > 1.01 * clearance_m + 0.01].any()


def test_above_a_building_of_unknown_height_it_is_unknown_not_free():
    atlas = draw_atlas(
        FRAME, Sources(CITY, buildings=Buildings(OUTLINES, np.array([np.nan, 70.0])))
    )
    over = FRAME.lattice.meeting(OUTLINES[0])
    assert (atlas.use[0, 0, over] == Use.NO).all()
    assert (atlas.use[0, 1:, over] == Use.UNKNOWN).all()
    other = FRAME.lattice.meeting(OUTLINES[1])
    assert [int(use) for use in atlas.use[0, :, other[0]]] == [Use.NO] * 4
    keys = {reason.key for reason in atlas.reasons}
    assert {"building", "building-unknown"} <= keys


def test_without_buildings_the_answer_is_as_before_and_far_ones_change_nothing():
    bare = draw_atlas(FRAME, Sources(CITY))
    far = Buildings(np.array([shapely.box(114.5, 30.6, 114.6, 30.7)]), np.array([500.0]))
    assert (draw_atlas(FRAME, Sources(CITY, buildings=far)).use == bare.use).all()


def test_columns_that_do_not_fit_and_a_negative_distance_are_refused():
    with pytest.raises(InvalidRequest, match="differ in number"):
        Buildings(OUTLINES, np.zeros(1))
    with pytest.raises(InvalidRequest, match="clearance"):
        Buildings(OUTLINES, np.zeros(2), -1.0)
