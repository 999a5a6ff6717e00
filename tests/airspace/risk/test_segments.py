"""Who lives under a corridor: against rectangles counted by hand."""

import numpy as np
import pytest
import shapely

from chengmo import InvalidRequest
from chengmo_airspace.risk import (
    Aircraft,
    Corridor,
    People,
    assess_segments,
    buffer_of_height,
    cells_of_centres,
)

EAST = 1 / 96_000  # a metre east in degrees at 30.5° N, about
DRONE = Corridor(Aircraft(1, 20, 7), half_width_m=50)


def block(west_m, east_m, people):
    return shapely.box(114.3 + west_m * EAST, 30.49, 114.3 + east_m * EAST, 30.51), people


def city(*blocks, **options):
    polygons, people = zip(*blocks, strict=True)
    return People(np.array(polygons), np.array(people, float), **options)


def test_a_segment_sees_the_densest_place_within_corridor_and_buffer():
    ground = city(block(-2_000, 1_000, 600), block(1_000, 3_000, 40_000))
    path = [(114.3, 30.5), (114.3 + 400 * EAST, 30.5), (114.3 + 900 * EAST, 30.5)]
    found = assess_segments(path, 100, ground, DRONE)
    assert found.buffer_m.tolist() == [100, 100]
    dense = ground.density_per_km2
    assert found.density_max.tolist() == pytest.approx([dense[0], dense[1]])
    assert found.density_mean[0] == pytest.approx(dense[0])
    assert dense[0] < found.density_mean[1] < dense[1]
    assert found.intrinsic.tolist() == [4, 6]
    assert found.sail.tolist() == [3, 5]
    assert (np.diff(found.casualties_per_h) > 0).all()


def test_a_higher_flight_endangers_more_ground():
    ground = city(block(-5_000, 5_000, 10_000))
    path = [(114.3, 30.5), (114.301, 30.5)]
    low, high = (assess_segments(path, height, ground, DRONE) for height in (50, 120))
    assert high.people > low.people
    assert shapely.covers(high.area, low.area).all()
    wanted = np.pi * 100**2 + 2 * 100 * 96.0
    plane = shapely.area(low.area) * 96_000 * 110_850
    assert plane[0] == pytest.approx(wanted, rel=0.01)


def test_beyond_the_people_known_nothing_is_known_unless_said():
    path = [(114.3, 30.5), (114.3 + 900 * EAST, 30.5)]
    blind = assess_segments(path, 120, city(block(0, 500, 100)), DRONE)
    assert np.isnan([blind.density_max[0], blind.density_mean[0], blind.people[0]]).all()
    assert blind.intrinsic.tolist() == [7]
    told = assess_segments(path, 120, city(block(0, 500, 100), elsewhere_per_km2=0.0), DRONE)
    assert told.density_max[0] == pytest.approx(city(block(0, 500, 100)).density_per_km2[0])


def test_cells_of_a_square_lattice_are_its_squares():
    step = np.arange(5) * 0.01
    lon, lat = (part.ravel() for part in np.meshgrid(114 + step, 30 + step))
    cells = cells_of_centres(lon, lat, reach_m=800)
    middle = cells[12]
    assert middle.bounds == pytest.approx((114.015, 30.015, 114.025, 30.025), abs=1e-6)
    assert (shapely.intersects_xy(cells, lon, lat)).all()
    overlap = shapely.area(cells).sum() - shapely.area(shapely.union_all(cells))
    assert overlap == pytest.approx(0, abs=1e-9)


def test_the_density_at_a_place_is_that_of_its_polygon():
    ground = city(block(0, 1_000, 500))
    assert ground.density_at([114.301, 115.0], [30.5, 30.5])[0] == ground.density_per_km2[0]
    assert np.isnan(ground.density_at([115.0], [30.5])).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(InvalidRequest, match="numbers of people"):
        People(np.array([shapely.box(0, 0, 1, 1)]), np.array([1.0, 2.0]))
    with pytest.raises(InvalidRequest, match="no segment"):
        assess_segments([(114, 30)], 100, city(block(0, 1, 1)), DRONE)
    with pytest.raises(InvalidRequest, match="negative"):
        buffer_of_height([-1])
    with pytest.raises(InvalidRequest, match="no cells"):
        cells_of_centres([114, 114, 114], [30, 30, 30], reach_m=100)
