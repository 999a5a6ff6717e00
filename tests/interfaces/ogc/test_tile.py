"""Datasets as vector tiles."""

import pytest
from starlette.testclient import TestClient

from chengmo.identity.actor import ANONYMOUS

TILES = "/collections/places/tiles/WebMercatorQuad"
CITY = f"{TILES}/8/105/209"


def test_a_collection_leads_to_its_tiles(client: TestClient):
    links = client.get("/collections/places").json()["links"]
    (path,) = [link["href"] for link in links if link["rel"].endswith("tilesets-vector")]
    (tileset,) = client.get(path).json()["tilesets"]
    assert tileset["dataType"] == "vector"
    (own,) = [link["href"] for link in tileset["links"] if link["rel"] == "self"]
    described = client.get(own).json()
    assert described["tileMatrixSetURI"].endswith("/WebMercatorQuad")
    assert described["layers"][0]["id"] == "places"
    assert described["boundingBox"]["lowerLeft"] == [114.2, 30.5]
    (template,) = [link["href"] for link in described["links"] if link["rel"] == "item"]
    tile = template.format(tileMatrix=8, tileRow=105, tileCol=209)
    assert client.get(tile).headers["content-type"] == "application/vnd.mapbox-vector-tile"


def test_a_tile_is_not_sent_twice(client: TestClient):
    first = client.get(CITY)
    assert first.status_code == 200
    assert b"places" in first.content
    again = client.get(CITY, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_where_nothing_lies_there_is_no_content(client: TestClient):
    assert client.get(f"{TILES}/8/0/0").status_code == 204


@pytest.mark.parametrize("place", ["23/0/0", "3/8/0", "3/0/8"])
def test_a_tile_outside_the_matrix_set_is_refused_with_the_way_out(client: TestClient, place: str):
    response = client.get(f"{TILES}/{place}")
    assert response.status_code == 400
    assert response.json()["hint"]


@pytest.mark.parametrize("place", ["x/0/0", "3/-1/0", "3/0/1.5", "3/0/²", "99999999999/0/0"])
def test_what_is_no_tile_is_not_found(client: TestClient, place: str):
    assert client.get(f"{TILES}/{place}").status_code == 404


def test_rows_without_places_have_no_tiles(client: TestClient):
    for path in ("/collections/budget/tiles", "/collections/budget/tiles/WebMercatorQuad"):
        assert client.get(path).status_code == 404
    links = client.get("/collections/budget").json()["links"]
    assert not [link for link in links if "tiles" in link["href"]]


def test_who_may_not_see_a_dataset_sees_no_tile_of_it(client_as):
    stranger = client_as(ANONYMOUS)
    tiles = "/collections/areas/tiles"
    for path in (tiles, f"{tiles}/WebMercatorQuad", f"{tiles}/WebMercatorQuad/8/105/209"):
        assert stranger.get(path).status_code == 404
    assert stranger.get(CITY).status_code == 200


def test_the_tile_matrix_set_is_the_standards(client: TestClient):
    (listed,) = client.get("/tileMatrixSets").json()["tileMatrixSets"]
    found = client.get(listed["links"][0]["href"]).json()
    coarsest, next_one = found["tileMatrices"][:2]
    assert coarsest["id"] == "0"
    # OGC 17-083r4, annex D.1, table D.1.
    assert coarsest["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-12)
    assert coarsest["cellSize"] == pytest.approx(156543.033928041, rel=1e-12)
    assert next_one["matrixWidth"] == 2
    assert coarsest["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
