"""GCJ-02 and BD-09 are told from WGS 84, with the evidence and how sure it is."""

import numpy as np
import pyproj
import pytest

from chengmo.catalog.crs import offset_places
from chengmo.catalog.importing.comparison import compare_with
from chengmo.catalog.importing.reference import Reference
from chengmo.errors import UnreadableFile


def reference(stations, *, named=True):
    labels = stations["name"] if named else ()
    return Reference("metro-stations", stations["lon_wgs84"], stations["lat_wgs84"], labels)


def table(names, lon, lat, header="名称,经度,纬度"):
    rows = zip(names, lon, lat, strict=True)
    return header + "\n" + "".join(f"{name},{x:.6f},{y:.6f}\n" for name, x, y in rows)


@pytest.mark.parametrize(
    ("system", "name"), [("none", "EPSG:4326"), ("gcj02", "GCJ-02"), ("bd09", "BD-09")]
)
@pytest.mark.parametrize("named", [True, False])
def test_the_offset_is_found_by_places_known_to_be_right(
    write, stage, stations, system, name, named
):
    x, y = offset_places(stations["lon_wgs84"], stations["lat_wgs84"], system=system)
    path = write(table(stations["name"], x, y))
    result = stage(path, references=(reference(stations, named=named),))
    lineage = result.staged.lineage
    assert lineage.crs_received == name
    assert lineage.crs_confidence_0to1 > 0.9
    assert "metro-stations" in lineage.crs_evidence
    assert "米" in lineage.crs_evidence
    np.testing.assert_allclose(result.table.column("_west"), stations["lon_wgs84"], atol=2e-6)
    np.testing.assert_allclose(result.table.column("_south"), stations["lat_wgs84"], atol=2e-6)


def test_names_may_differ_by_their_endings(stations):
    names = [f" {name}站" for name in stations["name"]]
    found = compare_with(stations["lon_gcj02"], stations["lat_gcj02"], names, reference(stations))
    assert found.by_name
    assert found.system.name == "GCJ-02"


def test_scattered_places_make_no_sure_guess(stations):
    rng = np.random.default_rng(7)
    lon = rng.uniform(114.0, 114.6, 500)
    lat = rng.uniform(30.3, 30.8, 500)
    found = compare_with(lon, lat, [], reference(stations))
    assert found is not None
    assert found.confidence_0to1 < 0.5


def test_a_far_reference_says_nothing(stations):
    lon, lat = stations["lon_wgs84"] + 5, stations["lat_wgs84"]
    assert compare_with(lon, lat, [], reference(stations)) is None


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("名称,lng_gcj02,lat_gcj02", "GCJ-02"),
        ("名称,bd_lng,bd_lat", "EPSG:4490"),
        ("名称,bd09_lng,bd09_lat", "BD-09"),
        ("名称,lon_wgs84,lat_wgs84", "EPSG:4326"),
        ("名称,高德经度,高德纬度", "GCJ-02"),
        ("名称,百度经度,百度纬度", "BD-09"),
        ("名称,经度,纬度", "EPSG:4490"),
    ],
)
def test_a_name_declares_the_system(write, preview, header, name):
    shown = preview(write(table(["a"], [114.3], [30.5], header)))
    assert shown.crs.crs == name
    assert shown.crs.confidence_0to1 == (0.5 if name == "EPSG:4490" else 0.9)
    assert shown.crs.evidence.zh
    assert shown.crs.evidence.en


def test_a_file_name_declares_the_system(write, preview):
    shown = preview(write(table(["a"], [114.3], [30.5]), name="站点_火星坐标.csv"))
    assert shown.crs.crs == "GCJ-02"


def test_the_better_of_two_pairs_of_columns_is_taken(stations, stage):
    result = stage(stations["path"])
    assert result.staged.lineage.crs_received == "EPSG:4326"
    result = stage(stations["path"], lon="lon_gcj02", lat="lat_gcj02")
    assert result.staged.lineage.crs_received == "GCJ-02"
    assert "inverse" in result.staged.lineage.conversion
    np.testing.assert_allclose(result.table.column("_west"), stations["lon_wgs84"], atol=2e-6)


def test_a_stated_system_overrules_every_guess(stations, stage):
    result = stage(stations["path"], crs="EPSG:4490", references=(reference(stations),))
    assert result.staged.lineage.crs_received == "EPSG:4490"
    assert result.staged.lineage.crs_confidence_0to1 == 1.0


def test_a_declared_system_that_is_wrong_is_found_out(write, stage, stations):
    features = [
        f'{{"type": "Feature", "properties": {{"名称": "{name}"}}, '
        f'"geometry": {{"type": "Point", "coordinates": [{x}, {y}]}}}}'
        for name, x, y in zip(
            stations["name"], stations["lon_gcj02"], stations["lat_gcj02"], strict=True
        )
    ]
    crs = '{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}}'
    text = f'{{"type": "FeatureCollection", "crs": {crs}, "features": [{", ".join(features)}]}}'
    path = write(text, name="a.geojson")
    assert stage(path).staged.lineage.crs_received == "EPSG:4326"
    result = stage(path, references=(reference(stations),))
    assert result.staged.lineage.crs_received == "GCJ-02"


def test_exchanged_longitude_and_latitude_are_put_right_and_told(write, stage, preview, stations):
    path = write(table(stations["name"], stations["lat_wgs84"], stations["lon_wgs84"]))
    shown = preview(path)
    assert shown.crs.swapped
    assert shown.options.swapped
    result = stage(path)
    np.testing.assert_allclose(result.table.column("_west"), stations["lon_wgs84"], atol=1e-9)
    assert "exchanged" in result.staged.lineage.conversion
    assert any("exchanged" in warning for warning in result.staged.lineage.warnings)


def test_exchanged_coordinates_of_geometries_are_put_right(write, stage):
    result = stage(write('id;geom\n1;"LINESTRING (30 114, 31 115)"\n'))
    assert result.staged.extent == (114.0, 30.0, 115.0, 31.0)


def test_a_person_can_forbid_the_exchange(write, stage):
    result = stage(write("lon,lat\n30.5,114.3\n30.6,50\n"), swapped=False)
    assert [row["row_number"] for row in result.quarantine] == [1]


@pytest.mark.parametrize("code", [4526, 4497, 3857])
def test_undeclared_plane_coordinates_are_recognised_where_they_can_be(write, stage, code):
    forward = pyproj.Transformer.from_crs("EPSG:4490", f"EPSG:{code}", always_xy=True)
    lon, lat = np.array([114.1, 114.3, 114.5]), np.array([30.4, 30.5, 30.6])
    x, y = forward.transform(lon, lat)
    result = stage(write(table("abc", x, y, "名称,x,y")))
    assert result.staged.lineage.crs_received == f"EPSG:{code}"
    np.testing.assert_allclose(result.table.column("_west"), lon, atol=1e-6)
    # Surveyors write the northing as x.
    result = stage(write(table("abc", y, x, "名称,x,y"))) if code != 3857 else result
    np.testing.assert_allclose(result.table.column("_west"), lon, atol=1e-6)


def test_plane_coordinates_without_their_zone_must_be_stated(write, stage, preview, stations):
    forward = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    x, y = forward.transform(stations["lon_wgs84"], stations["lat_wgs84"])
    path = write(table(stations["name"], x, y, "名称,x,y"))
    shown = preview(path)
    assert shown.crs.crs is None
    assert shown.crs.confidence_0to1 == 0
    assert "EPSG:4547" in shown.crs.alternatives
    with pytest.raises(UnreadableFile, match="cannot be told") as caught:
        stage(path)
    assert "EPSG:4547" in caught.value.hint
    for told in ({"crs": "EPSG:4547"}, {"references": (reference(stations),)}):
        result = stage(path, **told)
        np.testing.assert_allclose(result.table.column("_west"), stations["lon_wgs84"], atol=1e-6)
