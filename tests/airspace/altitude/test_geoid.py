"""The shipped geoid against the values its publisher gives."""

import numpy as np
import pytest

from chengmo_airspace.altitude import egm96
from chengmo_airspace.altitude.geoid import read_samples

# Test points of the agency's program F477 (INPUT.DAT and OUTPUT.DAT of EGM96): its own sum of
# spherical harmonics to degree 360, metres.
PUBLISHED = [
    (38.6281550, 269.7791550, -31.628),
    (-14.6212170, 305.0211140, -2.969),
    (46.8743190, 102.4487290, -43.575),
    (-23.6174460, 133.8747120, 15.871),
    (38.6254730, 359.9995000, 50.066),
    (-0.4667440, 0.0023000, 17.329),
]


def test_the_publishers_test_points_are_met_within_five_millimetres():
    lat, lon, expected = np.array(PUBLISHED).T
    assert np.abs(egm96().heights(lon, lat) - expected).max() < 0.005


def test_the_samples_are_the_published_grid():
    samples = read_samples()
    assert samples.shape == (721, 1440)
    assert (samples.min(), samples.max()) == (-10699, 8539)
    # 0° N 0° E, both poles, and grid points that others quote from the file.
    assert samples[360, 0] == 1716
    assert set(samples[0].tolist()) == {1361}
    assert set(samples[-1].tolist()) == {-2953}
    assert abs(samples[4 * (90 - 38), 4 * 270] / 100 + 30.262) < 0.006


def test_the_geoid_passes_through_its_samples():
    rows, columns = np.array([0, 1, 100, 360, 719, 720]), np.array([0, 1439, 7, 720, 3, 1])
    found = egm96().heights(columns / 4, 90 - rows / 4)
    assert found == pytest.approx(read_samples()[rows, columns] / 100, abs=1e-9)


def test_the_geoid_closes_around_the_earth_and_over_the_poles():
    lon, lat = np.array([-180.0, 180.0, 540.0, 0.0, 90.0]), np.array([20.0, 20.0, 20.0, 90.0, 90.0])
    found = egm96().heights(lon, lat)
    assert found[0] == found[1] == found[2]
    assert found[3] == pytest.approx(found[4], abs=1e-9)
    near = egm96().heights(np.array([359.999999, 0.000001]), np.zeros(2))
    assert near[0] == pytest.approx(near[1], abs=1e-5)


def test_beyond_the_poles_nothing_is_known():
    assert np.isnan(egm96().heights(np.array([0.0, np.nan]), np.array([90.1, 0.0]))).all()
