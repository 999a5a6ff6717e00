"""Datasets as collections."""

from collections.abc import Callable

from starlette.testclient import TestClient

from chengmo.identity.actor import ANONYMOUS, Actor
from chengmo.interfaces.ogc.crs import CRS84


def test_every_dataset_is_a_collection(client: TestClient):
    document = client.get("/collections").json()
    assert [c["id"] for c in document["collections"]] == [
        "areas",
        "budget",
        "islands",
        "places",
        "_catalogue",
    ]


def test_a_collection_says_what_where_and_when(client: TestClient):
    places = client.get("/collections/places?lang=zh").json()
    assert places["title"] == "居民点"
    assert places["license"] == "CC0-1.0"
    assert places["row_count"] == 250
    assert places["extent"]["spatial"]["bbox"] == [[114.2, 30.5, 114.44, 30.59]]
    first, last = places["extent"]["temporal"]["interval"][0]
    assert (first, last) == ("2000-01-01T00:00:00Z", "2020-06-14T23:59:59Z")
    assert places["crs"][0] == CRS84
    assert places["storageCrs"] in places["crs"]
    assert {"self", "items"} <= {link["rel"] for link in places["links"]}


def test_made_up_data_are_labelled(client: TestClient):
    assert client.get("/collections/areas").json()["synthetic"] is True


def test_a_dataset_without_places_has_no_spatial_extent(client: TestClient):
    assert "extent" not in client.get("/collections/budget").json()


def test_an_unknown_dataset_is_a_404(client: TestClient):
    for path in ("/collections/x", "/collections/x/items", "/collections/x/queryables"):
        response = client.get(path)
        assert response.status_code == 404
        assert response.json()["type"] == "/errors#unknown-dataset"


def test_queryables_are_the_columns_that_can_be_asked_for(client: TestClient):
    response = client.get("/collections/places/queryables")
    assert response.headers["content-type"] == "application/schema+json"
    schema = response.json()
    assert schema["$id"] == str(client.base_url) + "/collections/places/queryables"
    assert schema["additionalProperties"] is False
    assert schema["properties"]["floors"]["type"] == "integer"
    assert schema["properties"]["built"]["format"] == "date"
    assert schema["properties"]["geometry"]["format"] == "geometry-point-or-multipoint"
    height = {"title": "height_m", "description": "Height of the eaves", "x-ogc-unit": "m"}
    assert height.items() <= schema["properties"]["height_m"].items()
    # A column called as a parameter can be read but not asked for.
    assert "limit" not in schema["properties"]


def test_the_schema_has_every_column(client: TestClient):
    schema = client.get("/collections/places/schema").json()
    assert {"name", "区", "limit", "geometry"} <= schema["properties"].keys()
    assert "geometry" not in client.get("/collections/budget/schema").json()["properties"]


def test_who_may_not_see_a_dataset_does_not_find_it(client_as: Callable[[Actor], TestClient]):
    outside = client_as(ANONYMOUS)
    listed = outside.get("/collections").json()["collections"]
    assert [collection["id"] for collection in listed] == ["places", "_catalogue"]
    for path in ("/collections/areas", "/collections/areas/items", "/collections/areas/items/1"):
        response = outside.get(path)
        assert response.status_code == 404
        assert response.json() == {
            **outside.get(path.replace("areas", "nothing")).json(),
            "instance": path,
            "detail": "there is no dataset 'areas'",
        }
    assert "/collections/areas/items" not in outside.get("/api").json()["paths"]
