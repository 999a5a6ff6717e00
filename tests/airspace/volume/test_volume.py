"""Volumes: what is refused, and what meets."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from pyproj import Geod

from chengmo import InvalidRequest
from chengmo_airspace.volume import Circle, Polygon, Volume, VolumeColumns, follow_geodesics, meet
from chengmo_airspace.volume.outline import edge_error_m

EIGHT = datetime(2026, 5, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
GEOD = Geod(ellps="WGS84")


def rectangle(west, south, east, north):
    return Polygon([(west, south), (east, south), (east, north), (west, north)])


def block(outline, *, lower_m=50, upper_m=100, begin=EIGHT, end=EIGHT + HOUR):
    return Volume(outline, lower_m, upper_m, begin, end)


HERE = rectangle(114.3, 30.5, 114.4, 30.6)


@pytest.mark.parametrize(
    "vertices",
    [
        [(114.3, 30.5), (114.4, 30.5)],
        [(114.3, 30.5), (114.4, 30.5), (114.3, 30.5)],
        [(114.3, 30.5), (114.4, 30.6), (114.5, 30.7)],
        [(114.3, 30.5), (114.4, 30.6), (114.4, 30.5), (114.3, 30.6)],
        [(0, 0), (2, 0), (2, 2), (1, 0), (0, 2)],
        [(0, 0), (4, 0), (2, 0), (2, 2)],
        [(0, 0), (120, 0), (-120, 10)],
        [(0, 0), (91, 0), (45, 10)],
        [(0, 84), (1, 84), (0, 86)],
        [(0, 0), (1, float("nan")), (1, 1)],
        [(0, 0), (1000, 0), (1, 1)],
    ],
    ids=[
        "two vertices", "two that differ", "no area", "crossing", "touching", "turning back",
        "around a pole", "too wide", "too far north", "not a number", "not on the Earth",
    ],
)  # fmt: skip
def test_an_outline_that_is_no_area_is_refused(vertices):
    with pytest.raises(InvalidRequest):
        Polygon(vertices)


def test_a_first_vertex_repeated_at_the_end_is_forgiven():
    corners = [(114.3, 30.5), (114.4, 30.5), (114.4, 30.6)]
    assert len(Polygon([*corners, corners[0]]).ring) == 3


@pytest.mark.parametrize("radius_m", [0, -1, float("nan"), 1e6])
def test_a_circle_without_a_sensible_radius_is_refused(radius_m):
    with pytest.raises(InvalidRequest):
        Circle(114.3, 30.5, radius_m)


@pytest.mark.parametrize(
    "change",
    [
        {"lower_m": 101},
        {"upper_m": float("inf")},
        {"lower_m": -9000},
        {"begin": EIGHT + 2 * HOUR},
        {"begin": EIGHT.replace(tzinfo=None)},
    ],
)
def test_a_volume_with_bounds_out_of_order_is_refused(change):
    with pytest.raises(InvalidRequest):
        block(HERE, **change)


def test_times_of_any_zone_are_kept_in_utc():
    beijing = timezone(timedelta(hours=8))
    later = block(HERE, begin=EIGHT.astimezone(beijing))
    assert later.begin == EIGHT
    assert later.begin.tzinfo is UTC


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        (block(HERE), True),
        (block(rectangle(114.4, 30.5, 114.5, 30.6)), True),
        (block(rectangle(114.4, 30.6, 114.5, 30.7)), True),
        (block(rectangle(114.400000001, 30.5, 114.5, 30.6)), False),
        (block(rectangle(114.34, 30.54, 114.36, 30.56)), True),
        (block(rectangle(114.2, 30.4, 114.5, 30.7)), True),
        (block(HERE, lower_m=100, upper_m=120), True),
        (block(HERE, lower_m=100.001, upper_m=120), False),
        (block(HERE, begin=EIGHT + HOUR, end=EIGHT + 2 * HOUR), True),
        (block(HERE, begin=EIGHT + HOUR + timedelta.resolution, end=EIGHT + 2 * HOUR), False),
        (block(Circle(114.35, 30.55, 1)), True),
        # Within the box, on the other side of the diagonal; and with a vertex on it, in decimals.
        (block(Polygon([(114.5, 30.5), (114.5, 30.7), (114.41, 30.6)])), False),
    ],
)
def test_volumes_meet_where_they_touch(other, meets):
    assert meet(block(HERE), other) is meets
    assert meet(other, block(HERE)) is meets


def test_a_vertex_on_an_edge_in_decimals_touches_it():
    # 0.1 + 0.2 is not 0.3 in binary: only the lattice makes these three collinear.
    roof = block(Polygon([(114.1, 30.1), (114.5, 30.5), (114.1, 30.5)]))
    assert meet(roof, block(Polygon([(114.3, 30.3), (114.4, 30.1), (114.5, 30.2)])))
    assert not meet(roof, block(Polygon([(114.300000001, 30.3), (114.4, 30.1), (114.5, 30.2)])))


def test_volumes_meet_across_the_antimeridian():
    east = block(rectangle(179.5, -17, -179.5, -16))
    assert meet(east, block(rectangle(-179.6, -16.5, -179.4, -16.4)))
    assert meet(east, block(rectangle(180.4, -16.5, 180.6, -16.4)))
    assert not meet(east, block(rectangle(-179.4, -16.5, -179.3, -16.4)))
    assert meet(block(rectangle(179, 0, 180, 1)), block(rectangle(-180, 0, -179, 1)))


@pytest.mark.parametrize("radius_m", [0.1, 30, 1000, 50_000, 200_000])
@pytest.mark.parametrize("latitude", [0, -30.5, 60, 82])
def test_the_polygon_of_a_circle_holds_the_circle_and_little_more(latitude, radius_m):
    ring = Circle(179.9, latitude, radius_m).ring / 1e9
    share = np.linspace(0, 1, 9)[:, None]
    sides = np.concatenate([ring * (1 - s) + np.roll(ring, -1, axis=0) * s for s in share])
    centre = np.broadcast_to([179.9, latitude], sides.shape)
    distance = GEOD.inv(*centre.T, *sides.T)[2]
    assert distance.min() >= radius_m
    # Where edges are long, what they leave their geodesics by is added to the 0.13 %.
    room = 0.0013 * radius_m + 0.001
    if radius_m <= 1000:
        assert distance.max() <= radius_m + room


def test_circles_that_touch_meet_and_a_small_part_further_out_they_do_not():
    rng = np.random.default_rng(4)
    for _ in range(60):
        lon, lat, azimuth = rng.uniform(-180, 180), rng.uniform(-70, 70), rng.uniform(0, 360)
        one, other = 10 ** rng.uniform(0, 3.5, 2)
        for reach, meets in (((one + other) * (1 - 1e-9), True), ((one + other) * 1.002, False)):
            there = GEOD.fwd(lon, lat, azimuth, reach + (0 if meets else 0.01))
            circles = block(Circle(lon, lat, one)), block(Circle(*there[:2], other))
            assert meet(*circles) is meets


def test_edges_are_no_further_from_geodesics_than_said():
    for azimuth in range(0, 180, 5):
        for length, most in ((1_000, 0.0130), (10_000, 1.30)):
            east, north, _ = GEOD.fwd(114.3, 30.5, azimuth, length)
            share = np.linspace(0, 1, 101)
            on_line = 114.3 + (east - 114.3) * share, 30.5 + (north - 30.5) * share
            count = np.full(101, 1.0)
            toward, _, away = GEOD.inv(114.3 * count, 30.5 * count, *on_line)
            aside = np.abs(away * np.sin(np.radians(toward - azimuth)))
            # The point half-way is furthest off; on a plane so near, its offset is the distance.
            assert aside.max() <= most
            assert edge_error_m(length, max(30.5, north)) >= aside.max()


def test_edges_that_follow_geodesics_leave_them_by_less_than_asked():
    wide = Polygon([(114.0, 30.5), (115.0, 30.6), (114.5, 31.4)])
    fine = np.array(follow_geodesics(wide, tolerance_m=0.1).vertices)
    for (a, b), (c, d) in zip(fine, np.roll(fine, -1, axis=0), strict=True):
        middle_lon, middle_lat = (a + c) / 2, (b + d) / 2
        azimuth, _, length = GEOD.inv(a, b, c, d)
        geodesic_lon, geodesic_lat, _ = GEOD.fwd(a, b, azimuth, length / 2)
        assert GEOD.inv(middle_lon, middle_lat, geodesic_lon, geodesic_lat)[2] < 0.11


def test_columns_hold_volumes_in_their_order():
    volumes = [block(HERE), block(Circle(114.3, 30.5, 10)), block(HERE, lower_m=60)]
    columns = VolumeColumns.from_volumes(volumes)
    again = VolumeColumns.join([columns.take(np.array([2, 1])), columns.take(np.array([0]))])
    assert again.boxes.tolist() == [list(volume.box) for volume in reversed(volumes)]
    assert (again.vertices[again.offsets[1] : again.offsets[2]] == volumes[1].ring).all()
    assert columns.moved(height_mm=10_000).boxes[0, 4] == 60_000
