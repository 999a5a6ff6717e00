"""The abstract tests of OGC API - Tiles - Part 1 (20-057, Annex A) for what is declared of it."""

import gzip

import pytest

pytestmark = pytest.mark.slow

SPEC = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
MVT = "application/vnd.mapbox-vector-tile"


@pytest.fixture(scope="module")
def tileset(caller):
    """The tileset of the districts, reached by links alone."""
    collection = caller.get("/collections/districts")
    (listed,) = collection.links("tilesets-vector")
    (one,) = caller.get(listed["href"]).document["tilesets"]
    (link,) = [link for link in one["links"] if link["rel"] == "self"]
    return caller.get(link["href"])


def test_conf_core_conformance_success(caller):
    """`/conf/core/conformance-success`: the classes tested here are declared."""
    names = ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")
    assert {SPEC + name for name in names} <= set(caller.get("/conformance").document["conformsTo"])


def template(tileset):
    (link,) = [one for one in tileset.document["links"] if one["rel"] == "item"]
    assert link["type"] == MVT
    assert link["templated"] is True
    return link["href"]


def tile(caller, tileset, level, row, column):
    places = {"{tileMatrix}": level, "{tileRow}": row, "{tileCol}": column}
    address = template(tileset)
    for name, number in places.items():
        address = address.replace(name, str(number))
    return caller.get(address, accept=MVT)


def test_conf_core_tc_op_and_success(caller, tileset):
    """`/conf/core/tc-op`, `/conf/core/tc-success`: a tile where something lies is there."""
    answer = tile(caller, tileset, 0, 0, 0)
    assert (answer.status, answer.media_type) == (200, MVT)
    assert answer.body


@pytest.mark.parametrize(
    ("level", "row", "column", "statuses"),
    [(0, 1, 0, {400, 404}), (0, 0, -1, {400, 404}), (99, 0, 0, {400, 404}), ("x", 0, 0, {400, 404}),
     (10, 0, 0, {200, 204})],
)  # fmt: skip
def test_conf_core_tc_error(caller, tileset, level, row, column, statuses):
    """`/conf/core/tc-error`: outside the set it is an error, inside it may be empty."""
    assert tile(caller, tileset, level, row, column).status in statuses


def test_conf_core_tc_parameters(api):
    """`/conf/core/tc-tilematrix-definition`, `-tilerow-`, `-tilecol-`: they are described."""
    path = "/collections/{collectionId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"
    listed = api["paths"][path]["get"]["parameters"]
    assert {"tileMatrix", "tileRow", "tileCol"} <= {one["name"] for one in listed}


def test_conf_tileset_description(caller, tileset):
    """`/conf/tileset/description`: its type, system, matrix set, and the way to its tiles."""
    document = tileset.document
    assert document["dataType"] == "vector"
    assert document["crs"].endswith("/EPSG/0/3857")
    (scheme,) = tileset.links("tiling-scheme")
    matrices = caller.get(scheme["href"]).document
    assert matrices["uri"] == document["tileMatrixSetURI"]
    assert matrices["tileMatrices"][0]["matrixWidth"] == 1


def test_conf_tilesets_list_tileset_links(caller):
    """`/conf/tilesets-list/tileset-links`: each in the list leads to itself."""
    for one in caller.get("/collections/districts/tiles").document["tilesets"]:
        assert {"dataType", "crs", "links"} <= one.keys()
        assert [link for link in one["links"] if link["rel"] == "self"]


def test_conf_geodata_tilesets_desc_links(caller, feature_collections):
    """`/conf/geodata-tilesets/desc-links`: what has places leads to its tiles."""
    for one in feature_collections:
        linked = [link for link in one["links"] if link["rel"].endswith("/tilesets-vector")]
        assert bool(linked) == (one["geometry_type"] != "none")


def test_conf_mvt_content(caller, tileset):
    """`/conf/mvt/content`: a Mapbox vector tile, with a layer (field 3 of the message)."""
    answer = tile(caller, tileset, 0, 0, 0)
    body = answer.body
    if answer.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    assert body[0] == 0x1A
    assert b"districts" in body
