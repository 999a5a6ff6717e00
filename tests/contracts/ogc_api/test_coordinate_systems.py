"""The abstract tests of OGC API - Features - Part 2 (18-058r1, Annex A): coordinate systems."""

import pytest

pytestmark = pytest.mark.slow

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ITEMS = "/collections/places/items"
GEOJSON = "application/geo+json"


def pages(caller, **query):
    return caller.get(ITEMS, accept=GEOJSON, **query)


def test_conf_crs_crs_uri(caller, feature_collections):
    """`/conf/crs/crs-uri`: systems are named by URIs of OGC's register, or by a reference."""
    shared = caller.get("/collections").document.get("crs", [])
    for one in feature_collections:
        for name in one["crs"]:
            assert name.startswith("http://www.opengis.net/def/crs/") or (
                name == "#/crs" and shared
            )


def test_conf_crs_default_crs(feature_collections):
    """`/conf/crs/default-crs`: longitude and latitude on WGS 84 are offered, and come first."""
    for one in feature_collections:
        assert one["crs"][0] == CRS84


def test_conf_crs_storage_crs(feature_collections):
    """`/conf/crs/storageCrs`: how the rows are kept is one of those offered."""
    for one in feature_collections:
        if one["geometry_type"] == "none":
            assert "storageCrs" not in one
        else:
            assert one["storageCrs"] in one["crs"]


def test_conf_crs_crs_parameter(caller, api):
    """`/conf/crs/crs-parameter`: features can be had in each system that the collection names."""
    listed = api["paths"][ITEMS]["get"]["parameters"]
    (crs,) = [one for one in listed if one["name"] == "crs"]
    assert crs["schema"] | {"type": "string", "format": "uri"} == crs["schema"]
    for name in caller.get("/collections/places").document["crs"]:
        assert pages(caller, crs=name).headers["content-crs"] == f"<{name}>"
        one = caller.get(f"{ITEMS}/1", accept=GEOJSON, crs=name)
        assert one.headers["content-crs"] == f"<{name}>"


def test_conf_crs_crs_parameter_default(caller):
    """`/conf/crs/crs-parameter-default`: without it, as CRS84."""
    bare, asked = pages(caller), pages(caller, crs=CRS84)
    assert bare.headers["content-crs"] == f"<{CRS84}>"
    assert bare.document["features"] == asked.document["features"]


@pytest.mark.parametrize("name", [EPSG + "27700", "EPSG:4326", "nonsense", ""])
def test_conf_crs_crs_parameter_invalid(caller, name):
    """`/conf/crs/crs-parameter-invalid`: a system that is not offered is a 400."""
    assert pages(caller, crs=name).status == 400
    assert caller.get(f"{ITEMS}/1", accept=GEOJSON, crs=name).status == 400


def test_conf_crs_crs_parameter_transform(caller):
    """`/conf/crs/crs-parameter-transform`: the same places, in the axes of the system."""
    plain = pages(caller).document["features"]
    for name in (EPSG + "4326", EPSG + "4490"):
        turned = pages(caller, crs=name).document["features"]
        for one, other in zip(plain, turned, strict=True):
            assert one["geometry"]["coordinates"] == other["geometry"]["coordinates"][::-1]


def test_conf_crs_bbox_crs_parameter(caller, api):
    """`/conf/crs/bbox-crs-parameter`: the box may be in each of the systems."""
    listed = api["paths"][ITEMS]["get"]["parameters"]
    assert [one for one in listed if one["name"] == "bbox-crs"]
    wanted = pages(caller, bbox="114.2,30.5,114.225,30.52", limit=100).document["features"]
    assert wanted
    for name in (EPSG + "4326", EPSG + "4490"):
        found = pages(caller, bbox="30.5,114.2,30.52,114.225", bbox_crs=name, limit=100)
        assert found.document["features"] == wanted


def test_conf_crs_bbox_crs_parameter_default(caller):
    """`/conf/crs/bbox-crs-parameter-default`: without it, as CRS84."""
    box = "114.2,30.5,114.225,30.52"
    bare, asked = pages(caller, bbox=box), pages(caller, bbox=box, bbox_crs=CRS84)
    assert bare.document["features"] == asked.document["features"] != []


@pytest.mark.parametrize("name", [EPSG + "27700", "EPSG:4326"])
def test_conf_crs_bbox_crs_parameter_invalid(caller, name):
    """`/conf/crs/bbox-crs-parameter-invalid`: a system that is not offered is a 400."""
    assert pages(caller, bbox="1,2,3,4", bbox_crs=name).status == 400


def test_conf_crs_geojson(caller):
    """`/conf/crs/geojson`: whatever the system, GeoJSON names none in its body."""
    assert "crs" not in pages(caller, crs=EPSG + "4490").document
