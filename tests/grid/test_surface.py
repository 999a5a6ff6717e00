import numpy as np
import pytest

from chengmo.errors import InvalidCell, InvalidRequest
from chengmo.grid.surface import (
    Surface,
    ellipsoidal_from_ground,
    ellipsoidal_from_sea_level,
    ground_from_ellipsoidal,
    sampled_surface,
    sea_level_from_ellipsoidal,
)

BOX = (114.0, 30.0, 114.4, 30.2)


def plane(lon, lat):
    return 10 * (lon - 114) - 20 * (lat - 30)


@pytest.fixture
def terrain():
    lon, lat = np.meshgrid(np.linspace(114.0, 114.4, 5), np.linspace(30.2, 30.0, 3))
    return sampled_surface("hills", plane(lon, lat), box=BOX, crs="EPSG:4490", datum="sea level")


@pytest.fixture
def geoid():
    return Surface("a geoid", lambda lon, lat: 0 * (lon + lat) - 14.0, "EPSG:4326", "ellipsoid")


def test_heights_above_the_sea_and_the_ground_become_ellipsoidal_and_come_back(terrain, geoid):
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(114.0, 114.4, 100), rng.uniform(30.0, 30.2, 100)
    height = rng.uniform(-50, 200, 100)
    above_sea = ellipsoidal_from_sea_level(lon, lat, height, geoid=geoid)
    assert above_sea == pytest.approx(height - 14)
    assert sea_level_from_ellipsoidal(lon, lat, above_sea, geoid=geoid) == pytest.approx(height)
    above_ground = ellipsoidal_from_ground(lon, lat, height, terrain=terrain, geoid=geoid)
    assert above_ground == pytest.approx(height - 14 + plane(lon, lat))
    back = ground_from_ellipsoidal(lon, lat, above_ground, terrain=terrain, geoid=geoid)
    assert back == pytest.approx(height)


def test_samples_and_their_edges_are_met_exactly(terrain):
    lon, lat = (
        np.array([114.0, 114.4, 114.0, 114.4, 114.2]),
        np.array([30.0, 30.0, 30.2, 30.2, 30.1]),
    )
    assert terrain.heights(lon, lat) == pytest.approx(plane(lon, lat), abs=1e-9)
    assert np.isnan(terrain.heights(np.array([113.99, np.nan]), np.array([30.1, 30.1]))).all()


def test_one_height_goes_with_many_places(geoid):
    found = ellipsoidal_from_sea_level([[114.0, 114.1]], 30.0, 5.0, geoid=geoid)
    assert found.tolist() == [[-9.0, -9.0]]


def test_without_its_surface_a_height_is_refused_with_the_way_out(terrain, geoid):
    for needed, turn in (
        ("need a geoid", lambda: ellipsoidal_from_sea_level(114.1, 30.1, 5, geoid=None)),
        ("need a geoid", lambda: sea_level_from_ellipsoidal(114.1, 30.1, 5, geoid=None)),
        ("need a terrain", lambda: ellipsoidal_from_ground(114.1, 30.1, 5, terrain=None)),
        ("needs the geoid", lambda: ellipsoidal_from_ground(114.1, 30.1, 5, terrain=terrain)),
        ("is no geoid", lambda: ellipsoidal_from_sea_level(114.1, 30.1, 5, geoid=terrain)),
    ):
        with pytest.raises(InvalidRequest, match=needed) as caught:
            turn()
        assert caught.value.hint
    plain = Surface("a plain", lambda lon, lat: 0 * (lon + lat) + 21.0, "EPSG:4490", "ellipsoid")
    assert ellipsoidal_from_ground(114.1, 30.1, 5, terrain=plain) == 26


def test_a_place_beyond_a_surface_is_named(terrain, geoid):
    with pytest.raises(InvalidCell, match=r"'hills' is not known at lon 114\.5.*index 1"):
        ellipsoidal_from_ground([114.1, 114.5], 30.1, 5, terrain=terrain, geoid=geoid)


def test_a_surface_that_cannot_be_used_as_it_is_is_refused():
    with pytest.raises(InvalidRequest, match="is in EPSG:32649"):
        Surface("grid", plane, "EPSG:32649", "sea level")
    with pytest.raises(InvalidRequest, match="counts its heights from 'the quay'"):
        Surface("grid", plane, "EPSG:4490", "the quay")
    for samples, box in (([[1.0]], BOX), ([1.0, 2.0], BOX), (np.ones((2, 2)), (1, 0, 0, 1))):
        with pytest.raises(InvalidRequest, match="is no grid"):
            sampled_surface("grid", samples, box=box, crs="EPSG:4490", datum="ellipsoid")
