import numpy as np
import pytest
import shapely

from chengmo.errors import InvalidGeometry, InvalidRequest
from chengmo.grid import cover_prism, encode_keys, height_keys
from chengmo.grid.surface import Surface, ellipsoidal_from_ground, sampled_surface
from chengmo.grid.terrain_cover import cover_above_ground

BLOCK = shapely.Polygon([(114.3, 30.5), (114.302, 30.5003), (114.301, 30.502), (114.3, 30.501)])


@pytest.mark.parametrize("level", [5, 6, 7])
def test_a_cover_holds_the_places_of_its_band_above_the_ground(level):
    samples = np.random.default_rng(1).uniform(10, 60, (8, 8))
    box = (114.296, 30.496, 114.306, 30.506)
    terrain = sampled_surface("hills", samples, box=box, crs="EPSG:4490", datum="ellipsoid")
    cover = cover_above_ground(BLOCK, band_m=(0.0, 120.0), level=level, terrain=terrain)
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(114.3, 114.302, 4000), rng.uniform(30.5, 30.502, 4000)
    inside = shapely.contains_xy(BLOCK, lon, lat)
    lon, lat = lon[inside], lat[inside]
    height = ellipsoidal_from_ground(lon, lat, rng.uniform(0, 120, lon.size), terrain=terrain)
    assert cover.holds(encode_keys(lon, lat), height_keys(height)).all()
    assert not cover.holds(encode_keys(lon, lat), height_keys(height + 300)).any()
    flat = cover_prism(BLOCK, band_m=(samples.min(), samples.max() + 120), level=level)
    assert level < 7 or len(cover.cells()[0]) < 0.96 * len(flat.cells()[0])


def test_over_a_plain_it_is_a_prism():
    plain = Surface("a plain", lambda lon, lat: 0 * (lon + lat) + 21.0, "EPSG:4490", "ellipsoid")
    cover = cover_above_ground(BLOCK, band_m=(-30, 10), level=6, terrain=plain)
    prism = cover_prism(BLOCK, band_m=(-9, 31), level=6)
    for one, other in zip(cover.cells(), prism.cells(), strict=True):
        assert np.array_equal(one, other)
    assert len(cover_above_ground(shapely.Polygon(), band_m=(0, 1), level=7, terrain=plain)) == 0


def test_what_cannot_be_covered_is_refused():
    fine = sampled_surface(
        "fine", np.zeros((500, 500)), box=(114.29, 30.49, 114.31, 30.51), crs="EPSG:4490",
        datum="ellipsoid",
    )  # fmt: skip
    with pytest.raises(InvalidGeometry, match="samples of the terrain in a row"):
        cover_above_ground(BLOCK, band_m=(0, 1), level=4, terrain=fine)
    plain = Surface("a plain", lambda lon, lat: 0 * (lon + lat) + 21.0, "EPSG:4490", "sea level")
    with pytest.raises(InvalidGeometry, match="no inside"):
        cover_above_ground(BLOCK, band_m=(1, 0), level=7, terrain=plain)
    with pytest.raises(InvalidRequest, match="needs the geoid"):
        cover_above_ground(BLOCK, band_m=(0, 1), level=7, terrain=plain)
    with pytest.raises(InvalidRequest, match="need a terrain"):
        cover_above_ground(BLOCK, band_m=(0, 1), level=7, terrain=None)
