import numpy as np
import pyproj
import pytest
import shapely

from chengmo.errors import InvalidGeometry
from chengmo.grid import encode_keys
from chengmo.grid.corridor import cover_corridor
from chengmo.grid.height import height_bounds, height_keys
from chengmo.grid.volume import cover_prism

GEOD = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
ROUTES = {
    "over the city": [(114.25, 30.55), (114.30, 30.56), (114.31, 30.52)],
    "across the equator and the prime meridian": [(-0.02, -0.01), (0.01, 0.02)],
    "far north": [(20.0, 78.0), (20.2, 78.05)],
    "across the date line": [(179.98, -17.0), (180.03, -17.01)],
    "across the date line, written west": [(-179.99, 52.0), (-180.02, 52.02)],
}


def places_along(points, radius_m, count, seed):
    """Places within a radius of a line, by geodesics: what a corridor must hold."""
    rng = np.random.default_rng(seed)
    points = np.asarray(points, float)
    part = rng.integers(0, len(points) - 1, count)
    share = rng.random(count)[:, None]
    on_line = points[part] + share * (points[part + 1] - points[part])
    lon, lat, _ = GEOD.fwd(
        (on_line[:, 0] + 540) % 360 - 180, on_line[:, 1], rng.uniform(0, 360, count),
        radius_m * np.sqrt(rng.random(count)) * (1 - 1e-9),
    )  # fmt: skip
    return np.asarray(lon), np.asarray(lat), on_line[:, 2:].ravel()


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("width", [30.0, 400.0])
def test_a_cover_holds_all_within_half_a_width_of_the_line(name, width):
    points = ROUTES[name]
    cover = cover_corridor(shapely.LineString(points), width_m=width, band_m=(40.0, 120.0), level=6)
    lon, lat, _ = places_along(points, width / 2, 4000, 4)
    height = np.random.default_rng(5).uniform(40, 120, lon.size)
    assert cover.holds(encode_keys(lon, lat), height_keys(height)).all()
    assert not cover.holds(encode_keys(lon, lat), height_keys(height - 300)).any()
    beyond, _, _ = GEOD.fwd(lon, lat, np.full(lon.size, 90.0), np.full(lon.size, 30_000.0))
    assert not cover.holds(encode_keys(beyond, lat), height_keys(height)).any()


def test_a_corridor_is_not_much_wider_than_asked():
    points = ROUTES["over the city"]
    cover = cover_corridor(shapely.LineString(points), width_m=400.0, band_m=(0.0, 7.0), level=7)
    length = GEOD.line_length(*np.transpose(points))
    area = len(cover) * GEOD.line_length([114.3, 114.3 + 1 / 14400], [30.5, 30.5]) * 7.7
    assert area == pytest.approx(length * 400 + np.pi * 200**2, rel=0.05)


def test_a_climbing_corridor_follows_its_line():
    points = [(114.30, 30.50, -10.0), (114.31, 30.505, 140.0), (114.32, 30.50, 140.0)]
    line = shapely.LineString(points)
    cover = cover_corridor(line, width_m=20.0, band_m=(-4.0, 4.0), level=7, about="line")
    lon, lat, middle = places_along(points, 10.0, 4000, 6)
    off = np.random.default_rng(7).uniform(-4, 4, lon.size)
    assert cover.holds(encode_keys(lon, lat), height_keys(middle + off)).all()
    assert not cover.holds(encode_keys(lon, lat), height_keys(middle + 40)).any()
    box = cover_corridor(shapely.force_2d(line), width_m=20.0, band_m=(-14.0, 144.0), level=7)
    assert len(cover.cells()[0]) < len(box.cells()[0]) / 4
    floor, ceiling = height_bounds(cover.cells()[1], level=7)
    assert floor.min() > -14 - 8
    assert ceiling.max() < 144 + 8


def test_rows_are_sorted_and_do_not_overlap():
    line = shapely.LineString([(114.3, 30.5, 0.0), (114.301, 30.5, 200.0), (114.3, 30.5, 400.0)])
    cover = cover_corridor(line, width_m=30.0, band_m=(-5.0, 5.0), level=7, about="line")
    keys, first, last = cover.keys, cover.first, cover.last
    assert (keys[1:] >= keys[:-1]).all()
    same = keys[1:] == keys[:-1]
    assert same.any()
    assert (first[1:][same] > last[:-1][same]).all()


def test_a_corridor_of_one_band_is_the_prism_of_its_ground_plan():
    # At 0° a degree is as long in both directions to within a hundredth.
    line = shapely.LineString([(10.0, 0.0), (10.01, 0.0)])
    cover = cover_corridor(line, width_m=200.0, band_m=(0.0, 50.0), level=5)
    plan = shapely.buffer(line, 100 / 111_000)
    prism = cover_prism(plan, band_m=(0.0, 50.0), level=5)
    assert set(prism.keys.tolist()) == set(cover.keys.tolist())


FLAT, HIGH = [(114.3, 30.5), (114.31, 30.5)], [(114.3, 30.5, 10.0), (114.31, 30.5, 20.0)]


@pytest.mark.parametrize(
    ("line", "options", "words"),
    [
        (shapely.Point(1, 2), {}, "a Point is no line"),
        (shapely.LineString(), {}, "is no line"),
        (shapely.LineString(HIGH), {}, "has heights"),
        (shapely.LineString(FLAT), {"about": "line"}, "has no heights"),
        (shapely.LineString(FLAT), {"width_m": 0.0}, "0.0 m wide"),
        (shapely.LineString(FLAT), {"width_m": 30_000.0}, "30000.0 m wide"),
        (shapely.LineString(FLAT), {"band_m": (5.0, 1.0)}, "no inside"),
        (shapely.LineString([(0, 86), (1, 86)]), {}, "out of reach"),
        (shapely.LineString([(0, 0), (0.1, 0)]), {"level": 10}, "more than"),
        (shapely.LineString([(0, 0, 0), (0, 1, 9e6)]), {"about": "line"}, "pieces"),
    ],
)
def test_what_is_no_corridor_is_refused_with_the_reason(line, options, words):
    options = {"width_m": 20.0, "band_m": (0.0, 50.0), "level": 7, **options}
    with pytest.raises(InvalidGeometry, match=words):
        cover_corridor(line, **options)
