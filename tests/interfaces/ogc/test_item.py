"""Rows as features: pages, boxes, times, values, coordinate systems."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape
from starlette.testclient import TestClient

from chengmo.app import open_platform
from chengmo.interfaces.ogc.crs import CRS84, EPSG_4326, EPSG_4490

PLACES = "/collections/places/items"
AREAS = "/collections/areas/items"


def ids(client: TestClient, path: str, **parameters) -> list[int]:
    response = client.get(path, params={"limit": 1000, **parameters})
    assert response.status_code == 200, response.text
    return [feature["id"] for feature in response.json()["features"]]


def link(page: dict, rel: str) -> str | None:
    return next((one["href"] for one in page["links"] if one["rel"] == rel), None)


def test_a_page_has_ten_features_and_says_so(client: TestClient):
    response = client.get(PLACES)
    assert response.headers["content-type"] == "application/geo+json"
    page = response.json()
    assert page["numberReturned"] == len(page["features"]) == 10
    assert page["numberMatched"] == 250
    assert page["features"][0]["geometry"]["type"] == "Point"
    assert page["timeStamp"].endswith("Z")
    assert response.headers["content-crs"] == f"<{CRS84}>"


@pytest.mark.parametrize("limit", [1, 7, 100, 249, 250])
def test_next_links_lead_through_every_row_once(client: TestClient, limit: int):
    seen: list[int] = []
    url: str | None = f"{PLACES}?limit={limit}&lang=zh"
    while url:
        page = client.get(url).json()
        seen += [feature["id"] for feature in page["features"]]
        url = link(page, "next")
        if url:
            kept = parse_qs(urlsplit(url).query)
            assert kept["lang"] == ["zh"]
            assert kept["limit"] == [str(limit)]
    assert seen == list(range(1, 251))


def test_a_next_link_keeps_to_its_version(client: TestClient):
    following = link(client.get(f"{PLACES}?limit=5").json(), "next")
    assert following is not None
    assert "dataset-version=1" in following


def test_a_limit_beyond_the_greatest_is_no_error(client: TestClient):
    assert client.get(f"{PLACES}?limit=99999999").json()["numberReturned"] == 250


def test_a_large_page_is_streamed_and_whole(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chengmo.interfaces.ogc.item._BATCH_ROWS", 40)
    response = client.get(f"{PLACES}?limit=200")
    assert "content-length" not in response.headers
    page = response.json()
    assert [feature["id"] for feature in page["features"]] == list(range(1, 201))
    assert page["numberReturned"] == 200


def test_an_empty_page_is_a_whole_document(client: TestClient):
    page = client.get(f"{PLACES}?floors=-1").json()
    assert page["features"] == []
    assert page["numberReturned"] == 0
    assert link(page, "next") is None


def test_a_box_selects_what_lies_in_it(client: TestClient):
    found = ids(client, PLACES, bbox="114.195,30.495,114.225,30.515")
    assert len(found) == 6


def test_a_box_in_another_system_has_its_axis_order(client: TestClient):
    wanted = ids(client, PLACES, bbox="114.195,30.495,114.225,30.515")
    for system in (EPSG_4326, EPSG_4490):
        swapped = {"bbox": "30.495,114.195,30.515,114.225", "bbox-crs": system}
        assert ids(client, PLACES, **swapped) == wanted


def test_a_box_of_six_numbers_ignores_the_heights(client: TestClient):
    assert len(ids(client, PLACES, bbox="114.195,30.495,-9,114.225,30.515,900")) == 6


def test_a_box_meets_the_geometry_not_only_its_bounds(client: TestClient):
    # The upper right corner of a triangle's bounds is empty.
    assert ids(client, AREAS, bbox="100.8,30.8,100.9,30.9") == []
    assert ids(client, AREAS, bbox="100.1,30.1,100.2,30.2") == [1]


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.floats(99, 113), st.floats(29.5, 31.5)),
    st.tuples(st.floats(0, 5), st.floats(0, 1)),
    st.integers(1, 5),
)
def test_pages_of_a_box_are_what_geometry_itself_says(client: TestClient, corner, size, limit):
    box = (*corner, corner[0] + size[0], corner[1] + size[1])
    everything = client.get(AREAS, params={"limit": 100}).json()["features"]
    area = shapely.box(*box)
    wanted = [f["id"] for f in everything if shape(f["geometry"]).intersects(area)]
    seen: list[int] = []
    parameters = {"bbox": ",".join(map(repr, box)), "limit": str(limit), "with-count": "true"}
    response = client.get(AREAS, params=parameters)
    while True:
        page = response.json()
        assert page["numberMatched"] == len(wanted)
        seen += [f["id"] for f in page["features"]]
        following = link(page, "next")
        if following is None:
            break
        assert page["numberReturned"] == limit
        response = client.get(following)
    assert seen == wanted


def test_a_box_may_cross_the_antimeridian(client: TestClient):
    page = client.get("/collections/islands/items?bbox=170,-20,-170,0").json()
    assert {f["properties"]["name"] for f in page["features"]} == {"west", "east"}
    assert ids(client, AREAS, bbox="110.5,29,-170,32") == [11, 12]


def test_a_box_finds_nothing_in_a_dataset_without_places(client: TestClient):
    assert ids(client, "/collections/budget/items", bbox="-180,-90,180,90") == []
    assert client.get("/collections/budget/items").json()["features"][0]["geometry"] is None


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("2000-01-01", 1),
        ("2000-01-01T12:00:00Z", 1),
        ("2000-01-02", 0),
        ("../2000-01-31", 2),
        ("2020-06-14/..", 1),
        ("2000-01-01/2000-12-31", 13),
    ],
)
def test_time_selects_by_a_date_column(client: TestClient, asked: str, count: int):
    assert len(ids(client, PLACES, datetime=asked)) == count


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("2024-05-02", [2]),
        ("2024-05-02T12:00:00Z", [2]),
        ("2024-05-02T20:00:00+08:00", [2]),
        ("2024-05-02T00:00:00Z", []),
        ("2024-05-02T12:00:01Z/2024-05-03", [3]),
    ],
)
def test_time_selects_by_a_datetime_column(client: TestClient, asked: str, wanted: list[int]):
    assert ids(client, AREAS, datetime=asked) == wanted


def test_what_has_no_time_matches_every_time(client: TestClient):
    assert len(ids(client, "/collections/islands/items", datetime="1900-01-01")) == 3


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"区": "武昌区"}, 125),
        ({"floors": "3"}, 7),
        ({"lit": "true"}, 84),
        ({"built": "2000-01-31"}, 1),
        ({"seen": "2024-05-01T01:00:00Z"}, 1),
        ({"height_m": "3.1"}, 1),
        ({"区": "武昌区", "floors": "3"}, 0),
        ({"name": "'; DROP TABLE x; --"}, 0),
    ],
)
def test_values_select_by_property(client: TestClient, asked: dict[str, str], count: int):
    assert len(ids(client, PLACES, **asked)) == count


@pytest.mark.parametrize(
    "query",
    [
        "floors=three",
        "lit=perhaps",
        "built=yesterday",
        "seen=2024",
        "unheard=1",
        "_row=1",
        "_geometry=1",
        "floors=1&floors=2",
        "bbox=1,2,3",
        "bbox=114,31,115,30",
        "bbox=114,30,115,91",
        "limit=0",
        "limit=1_0",
        "floors=1_0",
        "floors=%D9%A3",
        "bbox=1_1,2,113,4",
        "limit=-5",
        "limit=x",
        "datetime=x",
        "crs=EPSG:4490",
        "f=xml",
    ],
)
def test_what_cannot_be_read_is_a_400_with_the_way_out(client: TestClient, query: str):
    response = client.get(f"{PLACES}?{query}")
    assert response.status_code == 400
    assert response.json()["hint"]
    name = query.split("=", maxsplit=1)[0]
    assert name in response.json()["detail"] or "twice" in response.json()["detail"]


def test_counting_is_done_when_asked_for(client: TestClient):
    assert "numberMatched" not in client.get(f"{PLACES}?floors=3").json()
    assert client.get(f"{PLACES}?floors=3&with-count=true").json()["numberMatched"] == 7


@pytest.mark.parametrize("system", [EPSG_4326, EPSG_4490])
def test_an_epsg_system_has_latitude_first(client: TestClient, system: str):
    response = client.get(f"{PLACES}/1", params={"crs": system})
    assert response.headers["content-crs"] == f"<{system}>"
    assert response.json()["geometry"]["coordinates"] == [30.5, 114.2]
    page = client.get(AREAS, params={"crs": system, "limit": 1}).json()
    assert page["features"][0]["geometry"]["coordinates"][0][0] == [30.0, 100.0]


def test_one_feature_has_its_number_and_links(client: TestClient):
    response = client.get(f"{PLACES}/7")
    assert response.headers["content-type"] == "application/geo+json"
    feature = response.json()
    assert feature["id"] == 7
    assert {"self", "collection"} <= {one["rel"] for one in feature["links"]}


@pytest.mark.parametrize("row", ["0", "251", "-1", "x", "1.0", "٣", "9" * 30])
def test_a_row_that_is_not_there_is_a_404(client: TestClient, row: str):
    response = client.get(f"{PLACES}/{row}")
    assert response.status_code == 404
    assert "1 to 250" in response.json()["hint"]


def test_an_unknown_version_is_a_404(client: TestClient):
    assert client.get(f"{PLACES}?dataset-version=9").status_code == 404
    assert client.get(f"{PLACES}?dataset-version=1").status_code == 200


@pytest.mark.parametrize("path", [PLACES, f"{PLACES}/1"])
def test_what_has_not_changed_is_not_sent_again(client: TestClient, path: str):
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.content == b""
    assert client.get(path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


@pytest.mark.parametrize("sent", ["*", "{strong}", '"other", {tag}', '{tag}, W/"other"'])
def test_what_is_held_is_found_among_others_and_compared_weakly(client: TestClient, sent: str):
    tag = client.get(PLACES).headers["etag"]
    header = sent.format(tag=tag, strong=tag.removeprefix("W/"))
    assert client.get(PLACES, headers={"If-None-Match": header}).status_code == 304


def test_no_number_that_json_cannot_hold_is_ever_written(client: TestClient):
    def refuse(name: str):
        raise AssertionError(name)

    text = client.get(f"{PLACES}?limit=1000").text
    features = json.loads(text, parse_constant=refuse)["features"]
    assert sum(feature["properties"]["height_m"] is None for feature in features) == 2


def test_a_page_is_never_mixed_of_two_versions(tmp_path, commit_places, client_of):
    with open_platform(home=tmp_path / "city", work=False) as platform:
        commit_places(platform.catalog, tmp_path)
        own = client_of(platform)
        first = own.get(f"{PLACES}?limit=200").json()
        row = platform.catalog.dataset("places")
        platform.catalog.describe("places", row.metadata.model_copy(update={"steward": "other"}))
        following = link(first, "next")
        assert following is not None
        rest = own.get(following).json()
        assert "dataset-version=1" in following
        assert [f["id"] for f in rest["features"]] == list(range(201, 251))
        assert own.get("/collections/places").json()["version"] == 2
