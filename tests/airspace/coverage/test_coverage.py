"""Losses against published spots, and that what should not help does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest, Surface
from chengmo_airspace.coverage import (
    Link,
    Masts,
    fading_db,
    free_space_db,
    fresnel_number,
    knife_edge_db,
    serve,
    sight_0to1,
    urban_macro_db,
)

FEW = settings(max_examples=25, deadline=None)
heights, distances = st.floats(1.5, 300), st.floats(0, 20_000)
METRE = 1 / 96_000


def test_free_space_is_that_of_the_itu():
    # P.525: 32.4 + 20 lg f/MHz + 20 lg d/km, rounded to a tenth of its constant.
    assert free_space_db(1000, 1.0)[0] == pytest.approx(32.45 + 60, abs=0.01)
    assert np.diff(free_space_db([100, 200, 400], 2.6)) == pytest.approx(20 * np.log10(2))


@pytest.mark.parametrize(
    ("ground", "height", "wanted"),
    [
        (200, 50, 0.9672),  # a spot pinned by a public simulator
        (18, 10, 1.0),
        (1000, 10, 18 / 1000 + np.exp(-1000 / 63) * (1 - 18 / 1000)),
        (10_000, 101, 1.0),
    ],
)
def test_sight_is_as_likely_as_the_table_says(ground, height, wanted):
    assert sight_0to1(ground, height)[0] == pytest.approx(wanted, abs=5e-5)


@FEW
@given(distances, heights)
def test_a_probability_is_one_and_does_not_grow_with_distance_in_the_air(ground, height):
    near, far = sight_0to1([ground, ground * 1.5], height)
    assert 0 <= far <= 1
    assert height <= 22.5 or far <= near + 1e-12


@FEW
@given(distances, heights, st.floats(0.5, 6))
def test_a_farther_place_or_one_without_sight_never_hears_better(ground, height, carrier):
    seen, hidden = (urban_macro_db(ground, height, carrier, sight=flag) for flag in (True, False))
    assert hidden >= seen
    assert urban_macro_db(ground + 100, height, carrier) >= seen - 1e-9
    # 28 + 22 lg d is up to 4.4 dB under free space at 1 m and above it from 170 m on.
    assert seen >= free_space_db(max(ground, 10), carrier) - 8


def test_the_models_meet_their_formulas():
    span = np.hypot(1000, 80 - 25)
    assert urban_macro_db(1000, 80, 2.0)[0] == pytest.approx(
        28 + 22 * np.log10(span) + 20 * np.log10(2)
    )
    hidden = -17.5 + (46 - 7 * np.log10(80)) * np.log10(span) + 20 * np.log10(40 * np.pi * 2 / 3)
    assert urban_macro_db(1000, 80, 2.0, sight=False)[0] == pytest.approx(hidden)
    street = 13.54 + 39.08 * np.log10(np.hypot(1000, 23.5)) + 20 * np.log10(2)
    assert urban_macro_db(1000, 1.5, 2.0, sight=False)[0] == pytest.approx(street)
    assert fading_db([10, 50], sight=True).round(3).tolist() == [4, 3.336]
    for wrong in (1.0, 301.0, np.nan):
        with pytest.raises(InvalidRequest, match="outside"):
            sight_0to1(100, wrong)


def test_an_edge_takes_six_decibels_on_the_line_and_ever_more_above_it():
    number = fresnel_number([-30, 0, 5, 30], 1000, 1000, 2.6)
    loss = knife_edge_db(number)
    assert loss[0] == 0
    assert loss[1] == pytest.approx(6.03, abs=0.01)
    assert (np.diff(loss) > 0).all()


def test_the_strongest_of_all_masts_serves():
    random = np.random.default_rng(5)
    masts = Masts.of(
        114.3 + random.uniform(0, 0.05, 12), 30.5 + random.uniform(0, 0.05, 12),
        reference_dbm=random.uniform(10, 40, 12), synthetic=True,
    )  # fmt: skip
    lon, lat = 114.3 + random.uniform(0, 0.05, 40), 30.5 + random.uniform(0, 0.05, 40)
    found = serve(masts, lon, lat, random.uniform(30, 120, 40), best=12)
    assert (np.diff(found.rsrp_dbm, axis=1) <= 0).all()
    assert (np.sort(found.mast, axis=1) == np.arange(12)).all()
    assert ((found.likely_0to1 > 0.5) == found.covered).mean() > 0.9
    fewer = serve(masts, lon, lat, 60, best=20, nearest=3)
    assert (fewer.mast[:, 3:] == -1).all()
    assert np.isneginf(fewer.rsrp_dbm[:, 3:]).all()


def test_a_wall_between_shadows_what_is_low_and_spares_what_is_high():
    mast = Masts.of([114.3], [30.5], antenna_m=30, synthetic=True)
    wall = Surface(
        "wall",
        lambda lon, _: np.where(np.abs(lon - 114.303) < 5e-4, 80.0, 0.0),
        "EPSG:4326",
        "sea level",
    )
    lon = np.array([114.306, 114.306])
    terrain, free = (
        serve(mast, lon, [30.5, 30.5], [20, 250], link=link, tops=wall, threshold_dbm=-80)
        for link in (Link.TERRAIN, Link.FREE_SPACE)
    )
    lost = free.rsrp_dbm[:, 0] - terrain.rsrp_dbm[:, 0]
    assert lost[0] > 15
    assert lost[1] == 0
    assert terrain.likely_0to1.tolist() == terrain.covered.astype(float).tolist()


def test_a_tilted_beam_leaves_the_sky_to_its_side_lobes():
    place = {"lon": [114.3 + 300 * METRE], "lat": [30.5], "height_m": [120]}
    power = [
        serve(Masts.of([114.3], [30.5], synthetic=True, **beam), **place).rsrp_dbm[0, 0]
        for beam in ({}, {"tilt_deg": 8, "beam_deg": 65}, {"tilt_deg": 8, "beam_deg": 10})
    ]
    assert power[0] > power[1] > power[2]
    assert power[0] - power[2] <= 30


def test_masts_that_are_none_are_refused():
    with pytest.raises(InvalidRequest, match="no masts"):
        serve(Masts.of([], [], synthetic=True), [114], [30], 50)
    with pytest.raises(InvalidRequest, match="terrain is missing"):
        serve(Masts.of([114], [30], synthetic=True), [114], [30], 50, link=Link.TERRAIN)
    with pytest.raises(InvalidRequest, match="no place"):
        Masts.of([114], [30], antenna_m=0, synthetic=True)
    with pytest.raises(InvalidRequest, match="differ in length"):
        Masts(*([np.ones(1)] * 6), np.ones(2), synthetic=True)
