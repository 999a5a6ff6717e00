"""The abstract tests of OGC API - Features - Part 1 (17-069r4, Annex A), against a real server.

Each function is named as the abstract test that its first line names. The classes are core,
GeoJSON and OpenAPI 3.0; HTML and GML are not declared.
"""

import re
from datetime import datetime

import pytest

pytestmark = pytest.mark.slow

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SPEC = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
GEOJSON = "application/geo+json"
GEOMETRIES = {
    "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
    "GeometryCollection",
}  # fmt: skip


def items(caller, collection="places", **query):
    answer = caller.get(f"/collections/{collection}/items", accept=GEOJSON, **query)
    assert answer.status == 200, answer.body
    return answer


def parameter(api, name, collection="places"):
    listed = api["paths"][f"/collections/{collection}/items"]["get"]["parameters"]
    return next(one for one in listed if one["name"] == name)


def test_conf_core_http(caller):
    """`/conf/core/http`: HTTP 1.1."""
    assert caller.get("/").status == 200


def test_conf_core_root_op(caller):
    """`/conf/core/root-op`: the landing page is there."""
    assert caller.get("/").media_type == "application/json"


def test_conf_core_root_success(caller):
    """`/conf/core/root-success`: it leads to the API, conformance and the data."""
    landing = caller.get("/")
    assert landing.links("service-desc") or landing.links("service-doc")
    assert landing.links("conformance")
    assert landing.links("data")


def test_conf_core_api_definition_op(caller):
    """`/conf/core/api-definition-op`: each definition that is linked can be read."""
    landing = caller.get("/")
    for link in (*landing.links("service-desc"), *landing.links("service-doc")):
        assert caller.get(link["href"], accept=link["type"]).status == 200


def test_conf_core_api_definition_success(caller):
    """`/conf/core/api-definition-success`: in the type that the link says."""
    for link in caller.get("/").links("service-desc"):
        answer = caller.get(link["href"], accept=link["type"])
        assert answer.media_type == link["type"].split(";")[0]
        assert answer.document["openapi"].startswith("3.0")


def test_conf_core_conformance_op(caller):
    """`/conf/core/conformance-op`: what is conformed to is told where the link says."""
    (link,) = [one for one in caller.get("/").links("conformance") if one["rel"] == "conformance"]
    assert caller.get(link["href"]).status == 200


def test_conf_core_conformance_success(caller):
    """`/conf/core/conformance-success`: the classes tested here are among them."""
    declared = set(caller.get("/conformance").document["conformsTo"])
    assert {SPEC + "core", SPEC + "geojson", SPEC + "oas30"} <= declared


def test_conf_core_fc_md_op(caller):
    """`/conf/core/fc-md-op`: the collections are listed."""
    assert caller.get("/collections").status == 200


def test_conf_core_fc_md_success(caller):
    """`/conf/core/fc-md-success`: as the schema of the standard says."""
    document = caller.get("/collections").document
    for one in document["collections"]:
        assert isinstance(one["id"], str)
        assert one["links"]
        assert all({"href", "rel"} <= link.keys() for link in one["links"])


def test_conf_core_fc_md_links(caller):
    """`/conf/core/fc-md-links`: itself, and itself in every other representation."""
    collections = caller.get("/collections")
    assert [link["href"] for link in collections.links("self")]
    assert {link["type"] for link in collections.links("alternate")} == {"text/html"}
    assert all(link["type"] for rel in ("self", "alternate") for link in collections.links(rel))


def test_conf_core_fc_md_items(caller, feature_collections):
    """`/conf/core/fc-md-items`: every collection is listed that one can read."""
    assert {"places", "budget", "population", "districts", "roads"} <= {
        one["id"] for one in feature_collections
    }


def test_conf_core_fc_md_items_links(feature_collections):
    """`/conf/core/fc-md-items-links`: each leads to its items in every representation."""
    for one in feature_collections:
        links = [link for link in one["links"] if link["rel"] == "items"]
        assert {link["type"] for link in links} == {GEOJSON, "text/html"}, one["id"]


def test_conf_core_fc_md_extent(caller, feature_collections):
    """`/conf/core/fc-md-extent`: the extent holds every geometry and time."""
    for one in feature_collections:
        if "spatial" not in one.get("extent", {}):
            assert one["geometry_type"] == "none"
            continue
        ((west, south, east, north),) = one["extent"]["spatial"]["bbox"]
        for feature in items(caller, one["id"], limit=50).document["features"]:
            for lon, lat in positions(feature["geometry"]):
                assert west - 1e-9 <= lon <= east + 1e-9
                assert south - 1e-9 <= lat <= north + 1e-9
    ((start, end),) = caller.get("/collections/places").document["extent"]["temporal"]["interval"]
    assert start.startswith("2000-01-01")
    assert end.startswith("2009-12-01")


def positions(geometry):
    if geometry is None:
        return
    stack = [geometry["coordinates"]]
    while stack:
        part = stack.pop()
        if isinstance(part[0], int | float):
            yield part[:2]
        else:
            stack.extend(part)


def test_conf_core_sfc_md_op(caller, feature_collections):
    """`/conf/core/sfc-md-op`: each collection is described at its own address."""
    for one in feature_collections:
        assert caller.get(f"/collections/{one['id']}").status == 200


def test_conf_core_sfc_md_success(caller, feature_collections):
    """`/conf/core/sfc-md-success`: in the same words as in the list."""
    for one in feature_collections:
        alone = caller.get(f"/collections/{one['id']}").document
        for member in ("id", "title", "description", "extent", "itemType", "crs"):
            assert alone.get(member) == one.get(member)


def test_conf_core_fc_op(caller, feature_collections):
    """`/conf/core/fc-op`: each collection's features can be read."""
    for one in feature_collections:
        assert items(caller, one["id"], limit=1).document["type"] == "FeatureCollection"


def test_conf_core_fc_limit_definition(api):
    """`/conf/core/fc-limit-definition`: an optional whole number, with bounds and a default."""
    limit = parameter(api, "limit")
    assert (limit["in"], limit["required"]) == ("query", False)
    schema = limit["schema"]
    assert schema["type"] == "integer"
    assert 1 <= schema["minimum"] <= schema["default"] <= schema["maximum"]


def test_conf_core_fc_limit_response(caller, api):
    """`/conf/core/fc-limit-response`: never more than asked for, nor than the most."""
    most = parameter(api, "limit")["schema"]["maximum"]
    for limit in (1, 7, 100):
        assert len(items(caller, limit=limit).document["features"]) == limit
    beyond = items(caller, "population", limit=most + 1).document
    assert len(beyond["features"]) <= most


def test_conf_core_fc_bbox_definition(api):
    """`/conf/core/fc-bbox-definition`: four or six numbers, separated by commas."""
    bbox = parameter(api, "bbox")
    assert (bbox["in"], bbox["required"]) == ("query", False)
    assert (bbox["style"], bbox["explode"]) == ("form", False)
    schema = bbox["schema"]
    assert (schema["minItems"], schema["maxItems"]) == (4, 6)
    assert schema["items"] == {"type": "number"}


def test_conf_core_fc_bbox_response(caller):
    """`/conf/core/fc-bbox-response`: what meets the box, and nothing else."""
    west, south, east, north = box = (114.235, 30.495, 114.275, 30.545)
    everything = items(caller, limit=1000).document["features"]
    wanted = {
        one["id"]
        for one in everything
        for lon, lat in positions(one["geometry"])
        if west <= lon <= east and south <= lat <= north
    }
    found = items(caller, limit=1000, bbox=",".join(map(str, box))).document["features"]
    assert {one["id"] for one in found} == wanted
    assert wanted
    six = items(caller, limit=1000, bbox=f"{west},{south},0,{east},{north},9").document
    assert {one["id"] for one in six["features"]} == wanted
    assert items(caller, bbox="0,0,1,1").document["features"] == []


def test_conf_core_fc_bbox_response_of_features_without_a_place(caller):
    """`/conf/core/fc-bbox-response`: what has no place may be told or not; ours is not."""
    assert items(caller, "budget", bbox="-180,-90,180,90").document["features"] == []


def test_conf_core_fc_time_definition(api):
    """`/conf/core/fc-time-definition`: an optional text."""
    when = parameter(api, "datetime")
    assert (when["in"], when["required"]) == ("query", False)
    assert when["schema"]["type"] == "string"


@pytest.mark.parametrize(
    ("datetime", "count"),
    [
        ("2000-01-01", 1),
        ("2000-01-01T00:00:00Z", 1),
        ("2000-01-01/2000-12-31", 12),
        ("2000-01-01T00:00:00Z/2000-03-01T00:00:00Z", 3),
        ("../2000-12-31", 12),
        ("/2000-12-31", 12),
        ("2009-12-01/..", 1),
        ("2009-12-01/", 1),
        ("1990-01-01", 0),
    ],
)
def test_conf_core_fc_time_response(caller, datetime, count):
    """`/conf/core/fc-time-response`: what is of the instant or interval."""
    found = items(caller, limit=1000, datetime=datetime).document["features"]
    assert len(found) == count


def test_conf_core_fc_response(caller, feature_collections):
    """`/conf/core/fc-response`: a page of features as the schema says."""
    for one in feature_collections:
        document = items(caller, one["id"], limit=3).document
        assert document["type"] == "FeatureCollection"
        assert {feature["type"] for feature in document["features"]} == {"Feature"}


def test_conf_core_fc_links(caller):
    """`/conf/core/fc-links`: itself and every other representation, with their types."""
    page = items(caller, limit=2, floors=3)
    (own,) = page.links("self")
    assert caller.get(own["href"], accept=GEOJSON).document["features"] == page.document["features"]
    (other,) = page.links("alternate")
    assert other["type"] == "text/html"
    html = caller.get(other["href"], accept="*/*")
    assert (html.status, html.media_type) == (200, "text/html")


def test_conf_core_fc_links_to_the_next_page(caller):
    """`/conf/core/fc-links`: `next` leads through all features, each once."""
    seen = []
    page = items(caller, limit=50)
    while True:
        seen += [one["id"] for one in page.document["features"]]
        following = page.links("next")
        if not following:
            break
        page = caller.get(following[0]["href"], accept=GEOJSON)
    assert len(seen) == len(set(seen)) == 120


def test_conf_core_fc_timestamp(caller):
    """`/conf/core/fc-timeStamp`: a moment with its zone."""
    stamp = items(caller).document["timeStamp"]
    assert datetime.fromisoformat(stamp).tzinfo is not None


def test_conf_core_fc_numbermatched(caller):
    """`/conf/core/fc-numberMatched`: how many fit, whatever the page."""
    assert items(caller, limit=3).document["numberMatched"] == 120
    counted = items(caller, limit=3, floors=3, with_count="true").document
    assert counted["numberMatched"] == 17


def test_conf_core_fc_numberreturned(caller):
    """`/conf/core/fc-numberReturned`: how many are in the page."""
    for limit in (1, 10, 1000):
        document = items(caller, limit=limit).document
        assert document["numberReturned"] == len(document["features"])


def test_conf_core_f_op(caller, feature_collections):
    """`/conf/core/f-op`: each feature of a page has an address of its own."""
    for one in feature_collections:
        for feature in items(caller, one["id"], limit=2).document["features"]:
            path = f"/collections/{one['id']}/items/{feature['id']}"
            assert caller.get(path, accept=GEOJSON).status == 200


def test_conf_core_f_success(caller, feature_collections):
    """`/conf/core/f-success`: and is there what it is in the page."""
    for one in feature_collections:
        (feature,) = items(caller, one["id"], limit=1).document["features"]
        path = f"/collections/{one['id']}/items/{feature['id']}"
        alone = caller.get(path, accept=GEOJSON).document
        assert {name: alone[name] for name in feature} == feature


def test_conf_core_f_links(caller):
    """`/conf/core/f-links`: itself, its other representation, and its collection."""
    feature = caller.get("/collections/places/items/1", accept=GEOJSON)
    assert feature.links("self")
    assert [link["type"] for link in feature.links("alternate")] == ["text/html"]
    (collection,) = feature.links("collection")
    assert caller.get(collection["href"]).document["id"] == "places"


@pytest.mark.parametrize(
    "path",
    ["/", "/conformance", "/collections", "/collections/places", "/collections/places/items",
     "/collections/places/items/1"],
)  # fmt: skip
def test_conf_core_query_param_unknown(caller, path):
    """`/conf/core/query-param-unknown`: a parameter that is not declared is a 400."""
    assert caller.get(path, nobody_knows="1").status == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "many"), ("bbox", "1,2,3"), ("bbox", "a,b,c,d"),
     ("bbox", "0,2,1,1"), ("datetime", "yesterday"), ("datetime", "2001-01-01/2000-01-01")],
)  # fmt: skip
def test_conf_core_query_param_invalid(caller, name, value):
    """`/conf/core/query-param-invalid`: a value that cannot be is a 400."""
    assert caller.get("/collections/places/items", **{name: value}).status == 400


def test_conf_core_crs84(caller, feature_collections):
    """`/conf/core/crs84`: longitude first, in WGS 84, unless asked otherwise."""
    for one in feature_collections:
        if one.get("crs"):
            assert one["crs"][0] == CRS84
        if "spatial" in one.get("extent", {}):
            assert one["extent"]["spatial"]["crs"] == CRS84
    for lon, lat in positions(items(caller, limit=1).document["features"][0]["geometry"]):
        assert 114 < lon < 115
        assert 30 < lat < 31


def test_conf_geojson_definition(caller, feature_collections):
    """`/conf/geojson/definition`: features come as GeoJSON, and say so."""
    for one in feature_collections:
        assert items(caller, one["id"], limit=1).media_type == GEOJSON
    assert caller.get("/collections/places/items/1", accept=GEOJSON).media_type == GEOJSON


def test_conf_geojson_content(caller, feature_collections):
    """`/conf/geojson/content`: as RFC 7946 has it."""
    for one in feature_collections:
        for feature in items(caller, one["id"], limit=20).document["features"]:
            assert {"type", "geometry", "properties"} <= feature.keys()
            assert feature["geometry"] is None or feature["geometry"]["type"] in GEOMETRIES
            rings_close(feature["geometry"])


def rings_close(geometry):
    if geometry is None or "Polygon" not in geometry["type"]:
        return
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for ring in (ring for part in parts for ring in part):
        assert ring[0] == ring[-1]
        assert len(ring) >= 4


def test_conf_oas30_completeness(caller, api):
    """`/conf/oas30/completeness`: every address of the standard is described."""
    wanted = {"/", "/api", "/conformance", "/collections", "/collections/{collectionId}"}
    items_ = "/collections/{collectionId}/items"
    assert wanted | {items_, items_ + "/{featureId}"} <= api["paths"].keys()
    for path, operations in api["paths"].items():
        declared = set(re.findall(r"\{(\w+)\}", path))
        for operation in operations.values():
            named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert declared <= named, path
            assert operation["responses"], path


def test_conf_oas30_exception_codes(api):
    """`/conf/oas30/exception-codes`: what can go wrong is described too."""
    for operations in api["paths"].values():
        for operation in operations.values():
            assert {"4XX", "default"} <= operation["responses"].keys()


def test_conf_oas30_oas_definition_1(caller):
    """`/conf/oas30/oas-definition-1`: one definition is in OpenAPI's own type."""
    types = {link["type"] for link in caller.get("/").links("service-desc")}
    assert "application/vnd.oai.openapi+json;version=3.0" in types


def test_conf_oas30_oas_definition_2(api):
    """`/conf/oas30/oas-definition-2`: it is what OpenAPI 3.0 says it must be."""
    from_openapi = {"openapi", "info", "paths"}
    assert from_openapi <= api.keys()
    assert {"title", "version"} <= api["info"].keys()
    names = [o["operationId"] for path in api["paths"].values() for o in path.values()]
    assert len(names) == len(set(names))


def test_conf_oas30_oas_impl(caller, api):
    """`/conf/oas30/oas-impl`: what it says can be read without parameters is there."""
    for path, operations in api["paths"].items():
        if "get" not in operations or "{" in path or path == "/jobs/{jobId}/events":
            continue
        required = [
            one for one in operations["get"].get("parameters", ()) if one.get("required", False)
        ]
        if not required:
            assert caller.get(path, accept="*/*").status in {200, 204}, path


def test_conf_oas30_security(api):
    """`/conf/oas30/security`: how one proves who one is."""
    assert api["components"]["securitySchemes"]
