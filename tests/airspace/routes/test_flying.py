"""A route as it is flown: its volumes hold it, its codes name it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely

from chengmo import InvalidRequest, Surface, Text
from chengmo_airspace.altitude import Altitudes
from chengmo_airspace.routes import (
    Clearance,
    Frame,
    Route,
    Space,
    Spot,
    corner_codes,
    corridor_cover,
    find_route,
    route_volumes,
)
from chengmo_airspace.volume import meet

EIGHT = datetime(2026, 5, 1, 8, tzinfo=UTC)
HILL = Surface("a slope", lambda lon, _: 20 + 2000 * (lon - 114.3), "EPSG:4326", "ellipsoid")
GROUND = Altitudes(terrain=HILL)
BLOCK = Text(zh="高楼", en="a high building")


@pytest.fixture(scope="module")
def route():
    frame = Frame.over((114.30, 30.50, 114.32, 30.51), cell_m=(50.0, 50.0, 10.0), band_m=(0, 120))
    block = shapely.box(114.309, 30.495, 114.311, 30.506)
    space = Space.open(frame).close_area(block, BLOCK, band_m=(0, 90))
    found = find_route(space, Spot(114.302, 30.503, 25), Spot(114.318, 30.503, 45))
    assert isinstance(found, Route)
    return found


def test_the_volumes_hold_every_point_of_the_flight_at_its_time(route):
    clearance = Clearance(half_width_m=20, half_height_m=8, speed_mps=10, spare_s=5, piece_m=300)
    volumes = route_volumes(route, departure=EIGHT, altitudes=GROUND, clearance=clearance)
    corners = route.frame.metres_of(route.cells)
    steps = np.sqrt((np.diff(corners, axis=0) ** 2).sum(axis=1))
    ends = np.concatenate([[0], np.cumsum(steps)])
    assert ends[-1] == pytest.approx(route.length_m)
    rng = np.random.default_rng(1)
    for at in np.concatenate([[0, ends[-1]], rng.uniform(0, ends[-1], 60)]):
        x, y, above = (np.interp(at, ends, corners[:, n]) for n in range(3))
        away, angle = 20 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
        metres = np.array([[x + away * np.cos(angle), y + away * np.sin(angle)]])
        (lon, lat), *_ = route.frame.plane.to_places(metres)
        height = above + float(np.asarray(HILL.heights(lon, lat))) + rng.uniform(-8, 8)
        instant = EIGHT + timedelta(seconds=at / 10 + rng.uniform(-5, 5))
        assert any(
            shapely.Polygon(volume.outline.vertices).covers(shapely.Point(lon, lat))
            and volume.lower_m - 0.1 <= height <= volume.upper_m + 0.1
            and volume.begin <= instant <= volume.end
            for volume in volumes
        )
    assert all(meet(a, b) for a, b in pairwise(volumes))


def test_the_codes_name_the_corners_and_the_corridor_holds_them(route):
    codes = corner_codes(route, altitudes=GROUND, level=7)
    assert len(codes) == len(route.cells)
    assert all(code.startswith("N050") for code in codes)
    cover = {code.decode() for code in corridor_cover(route, altitudes=GROUND, level=7).codes()}
    assert set(codes) <= cover


def test_a_flight_without_ground_below_is_refused(route):
    with pytest.raises(InvalidRequest, match="no terrain"):
        route_volumes(route, departure=EIGHT, altitudes=Altitudes())
    with pytest.raises(InvalidRequest, match="no terrain"):
        corner_codes(route, altitudes=Altitudes())


def test_a_corridor_without_width_is_refused():
    with pytest.raises(InvalidRequest):
        Clearance(half_width_m=0)
