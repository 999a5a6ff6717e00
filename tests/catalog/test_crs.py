import csv
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengmo.catalog.crs import (
    BD09,
    GCJ02,
    CoordinateSystem,
    gauss_kruger_at,
    gauss_kruger_zone,
    named_system,
    offset_places,
    read_system,
    restore_places,
)
from chengmo.errors import UnreadableFile

M_PER_DEG = 111_320.0
STATIONS = Path(__file__).parent / "importing" / "data" / "wuhan_metro_stations_excerpt.csv"


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj02_has_the_published_places(wgs84, gcj02):
    # Test vectors of googollee/eviltransform.
    lon, lat = offset_places([wgs84[0]], [wgs84[1]], system="gcj02")
    np.testing.assert_allclose([lon[0], lat[0]], gcj02, rtol=0, atol=1e-12)
    lon, lat = restore_places([gcj02[0]], [gcj02[1]], system="gcj02")
    np.testing.assert_allclose([lon[0], lat[0]], wgs84, rtol=0, atol=1e-11)


def test_bd09_has_the_published_place():
    # The example of wandergis/coordtransform, from GCJ-02 to BD-09.
    lon, lat = restore_places([116.404], [39.915], system="gcj02")
    lon, lat = offset_places(lon, lat, system="bd09")
    assert lon[0] == pytest.approx(116.41036949371029, abs=1e-11)
    assert lat[0] == pytest.approx(39.92133699351021, abs=1e-11)


@given(
    lon=st.floats(73.5, 135.0),
    lat=st.floats(3.5, 53.5),
    system=st.sampled_from(["gcj02", "bd09"]),
)
def test_restoring_an_offset_place_errs_below_a_millimetre(lon, lat, system):
    x, y = offset_places([lon], [lat], system=system)
    back_lon, back_lat = restore_places(x, y, system=system)
    assert abs(back_lon[0] - lon) * M_PER_DEG < 1e-3
    assert abs(back_lat[0] - lat) * M_PER_DEG < 1e-3


@given(lon=st.floats(73.5, 135.0), lat=st.floats(3.5, 53.5))
def test_the_offset_of_gcj02_is_between_some_metres_and_a_kilometre(lon, lat):
    x, y = offset_places([lon], [lat], system="gcj02")
    east = (x[0] - lon) * np.cos(np.radians(lat)) * M_PER_DEG
    assert np.hypot(east, (y[0] - lat) * M_PER_DEG) < 1500


def test_places_outside_of_china_have_no_gcj02_offset():
    lon, lat = offset_places([2.35, -74.0, 140.0], [48.85, 40.7, 36.0], system="gcj02")
    assert lon.tolist() == [2.35, -74.0, 140.0]
    assert lat.tolist() == [48.85, 40.7, 36.0]


def test_nothing_is_made_of_places_that_are_no_numbers():
    lon, lat = restore_places([np.nan, np.inf, 114.0], [30.0, 30.0, np.nan], system="bd09")
    assert not (np.isfinite(lon) & np.isfinite(lat)).any()


def test_metro_stations_in_gcj02_come_to_their_wgs84_places():
    with STATIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    x, y, east, north = (
        np.array([float(row[name]) for row in rows])
        for name in ("lon_gcj02", "lat_gcj02", "lon_wgs84", "lat_wgs84")
    )
    lon, lat = GCJ02.to_cgcs2000(x, y)
    # The file gives six decimals, some 0.1 m.
    np.testing.assert_allclose(lon, east, rtol=0, atol=2e-6)
    np.testing.assert_allclose(lat, north, rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("EPSG:4547", "EPSG:4547"),
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("OGC:CRS84", "EPSG:4326"),
        ("gcj02", "GCJ-02"),
        ("火星坐标系", "GCJ-02"),
        ("bd09ll", "BD-09"),
        ("百度坐标", "BD-09"),
        ("CGCS2000", "EPSG:4490"),
        ("WGS84", "EPSG:4326"),
        (pyproj.CRS(4547).to_wkt("WKT1_ESRI"), "EPSG:4547"),
        (pyproj.CRS(4526).to_wkt("WKT1_GDAL"), "EPSG:4526"),
        (pyproj.CRS(4490).to_json(), "EPSG:4490"),
    ],
)
def test_a_declared_system_is_recognised(text, name):
    assert read_system(text).name == name


@pytest.mark.parametrize("text", ["", "nonsense", "EPSG:999999", "EPSG:5773", "🗺"])
def test_what_is_no_horizontal_system_is_refused_with_a_way_out(text):
    with pytest.raises(UnreadableFile) as caught:
        read_system(text)
    assert "EPSG:4490" in caught.value.hint


def test_names_that_speak_of_no_system_give_none():
    assert named_system("gcjLng") == GCJ02
    assert named_system("lon") is None
    assert named_system("bd09mc_x") is None


@pytest.mark.parametrize("code", [4513 + 13, 4491 + 6, 4547, 3857, 32650])
def test_plane_coordinates_come_back_to_degrees(code):
    forward = pyproj.Transformer.from_crs("EPSG:4490", f"EPSG:{code}", always_xy=True)
    lon, lat = np.array([114.3, 114.9]), np.array([30.5, 30.9])
    x, y = forward.transform(lon, lat)
    back = CoordinateSystem(f"EPSG:{code}", f"EPSG:{code}").to_cgcs2000(x, y)
    np.testing.assert_allclose(back, [lon, lat], rtol=0, atol=1e-9)


def test_an_easting_with_its_zone_names_the_zone():
    assert gauss_kruger_zone(38_545_000.0) == CoordinateSystem("EPSG:4526", "EPSG:4526")
    assert gauss_kruger_zone(19_745_000.0) == CoordinateSystem("EPSG:4497", "EPSG:4497")
    assert gauss_kruger_zone(545_000.0) is None
    assert gauss_kruger_zone(38_050_000.0) is None
    assert gauss_kruger_at(114.3).name == "EPSG:4547"
    for zone in range(25, 46):
        name = pyproj.CRS(gauss_kruger_zone(zone * 1e6 + 5e5).definition).name
        assert name.endswith(f"zone {zone}")


def test_a_datum_without_a_public_shift_is_told():
    assert read_system("EPSG:4610").loses_datum
    assert not read_system("EPSG:4547").loses_datum
    assert not BD09.loses_datum


def test_the_conversion_is_said_in_words():
    assert "inverse" in GCJ02.conversion
    assert "kept" in read_system("EPSG:4326").conversion
    assert "PROJ" in read_system("EPSG:4547").conversion
