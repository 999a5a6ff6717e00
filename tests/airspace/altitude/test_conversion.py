"""Conversions go there and back, need what they need, and guess nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest, Surface, sampled_surface
from chengmo_airspace.altitude import Altitudes, Height, Heights, Reference, egm96

BOX = (114.0, 30.0, 115.0, 31.0)
HILLS = np.array([[20.0, 25.0, 30.0], [22.0, 80.0, 40.0], [21.0, 30.0, np.nan]])
ABOVE_SEA = sampled_surface("hills", HILLS, box=BOX, crs="EPSG:4326", datum="sea level")
ABOVE_ELLIPSOID = Surface(
    "the same hills",
    lambda lon, lat: ABOVE_SEA.heights(lon, lat) + egm96().heights(lon, lat),
    "EPSG:4326",
    "ellipsoid",
)
BOTH = [Altitudes(egm96(), ABOVE_SEA), Altitudes(egm96(), ABOVE_ELLIPSOID)]


@settings(max_examples=10, deadline=None)
@given(
    lon=st.floats(114.0, 114.9),
    lat=st.floats(30.51, 31.0),
    metres=st.floats(-500, 10_000),
    path=st.permutations(list(Reference)),
)
def test_a_height_comes_back_from_any_round(lon, lat, metres, path):
    for altitudes in BOTH:
        height = Heights.of(metres, path[0])
        for to in (*path[1:], path[0]):
            height = altitudes.convert(height, lon, lat, to=to)
        assert height.reference is path[0]
        assert height.metres[0] == pytest.approx(metres, abs=1e-6)


def test_terrain_above_the_sea_or_the_ellipsoid_gives_the_same():
    lon, lat = np.array([114.1, 114.25, 114.4]), np.array([30.9, 30.7, 30.55])
    for source in Reference:
        for to in Reference:
            one, other = (
                part.convert(Heights.of([120.0] * 3, source), lon, lat, to=to).metres
                for part in BOTH
            )
            assert one == pytest.approx(other, abs=1e-9)


def test_above_ground_to_above_sea_needs_no_geoid_where_the_terrain_counts_from_the_sea():
    found = Altitudes(terrain=ABOVE_SEA).convert(
        Height(120, Reference.GROUND), 114.5, 30.75, to=Reference.SEA
    )
    assert found.metres[0] == pytest.approx(172.5)


@pytest.mark.parametrize(
    ("altitudes", "source", "to", "why"),
    [
        (Altitudes(egm96()), Reference.GROUND, Reference.SEA, "no terrain"),
        (Altitudes(terrain=ABOVE_SEA), Reference.SEA, Reference.ELLIPSOID, "no geoid"),
        (Altitudes(terrain=ABOVE_SEA), Reference.ELLIPSOID, Reference.GROUND, "no geoid"),
        (BOTH[0], Reference.GROUND, Reference.SEA, "does not reach"),
    ],
)
def test_what_is_needed_and_missing_is_named(altitudes, source, to, why):
    with pytest.raises(InvalidRequest, match=why) as caught:
        altitudes.convert(Height(120, source), 115.0, 30.0, to=to)
    assert caught.value.hint
    known = altitudes.convert_known(Height(120, source), 115.0, 30.0, to=to)
    assert np.isnan(known.metres).all()


def test_the_first_place_that_is_not_known_is_named():
    lon, lat = np.array([114.5, 116.0]), np.array([30.6, 30.6])
    with pytest.raises(InvalidRequest, match=r"116\.0.*index 1"):
        BOTH[0].convert(Height(1, Reference.GROUND), lon, lat, to=Reference.SEA)


def test_a_surface_above_the_sea_is_no_geoid():
    with pytest.raises(InvalidRequest, match="no geoid"):
        Altitudes(geoid=ABOVE_SEA)
