"""The grids over the web: reference systems, zones, zones with data."""

import math

import numpy as np
import pytest
import shapely
from shapely.geometry import shape
from starlette.testclient import TestClient

from chengmo.grid import encode_code, encode_codes
from chengmo.identity.actor import ANONYMOUS
from chengmo.interfaces.ogc.dggs_document import zone_area_m2
from chengmo.interfaces.ogc.dggs_system import SYSTEMS

RELATION = "https://www.opengis.net/def/rel/ogc/1.0/dggrs"
BOX = "114.2,30.5,114.25,30.55"


def get(client: TestClient, path: str, **parameters):
    response = client.get(path, params=parameters or None)
    assert response.status_code == 200, response.text
    return response.json()


def zones(client: TestClient, system: str, prefix: str = "", **parameters) -> list[str]:
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    return get(client, f"{prefix}/dggs/{system}/zones", **{"limit": 10000, **named})["zones"]


def related(document: dict, relation: str) -> list[str]:
    rel = f"{RELATION}-zone-{relation}"
    return [link["href"].rsplit("/", 1)[1] for link in document["links"] if link["rel"] == rel]


@pytest.mark.parametrize("prefix", ["", "/collections/places"])
def test_both_grids_are_listed_and_described(client: TestClient, prefix):
    listed = get(client, f"{prefix}/dggs")
    assert [one["id"] for one in listed["dggrs"]] == ["BeiDou", "GeoSOT"]
    for one in listed["dggrs"]:
        rels = {link["rel"] for link in one["links"]}
        assert {"self", f"{RELATION}-definition"} <= rels
        described = get(client, f"{prefix}/dggs/{one['id']}")
        assert {"title", "description", "defaultDepth", "crs"} <= described.keys()
        templates = {link["rel"] for link in described["linkTemplates"]}
        assert (f"{RELATION}-zone-data" in templates) == bool(prefix)
        assert f"{RELATION}-zone-query" in {link["rel"] for link in described["links"]}


def test_conformance_and_the_landing_page_name_them(client: TestClient):
    classes = get(client, "/conformance")["conformsTo"]
    assert "https://www.opengis.net/spec/ogcapi-dggs-1/1.0/conf/zone-query" in classes
    landing = client.get("/", params={"f": "json"}).json()
    assert f"{RELATION}-list" in {link["rel"] for link in landing["links"]}


@pytest.mark.parametrize(("system", "level"), [("BeiDou", 3), ("BeiDou", 5), ("GeoSOT", 15)])
def test_the_zones_of_a_box_tile_it(client: TestClient, system, level):
    found = zones(client, system, bbox=BOX, zone_level=level, compact_zones=False)
    boxes = [SYSTEMS[system].read(name).box for name in found]
    area = shapely.box(*map(float, BOX.split(",")))
    cells = [shapely.box(*box) for box in boxes]
    assert math.isclose(sum(one.intersection(area).area for one in cells), area.area)
    assert all(one.intersection(area).area > 0 for one in cells)


@pytest.mark.parametrize("system", ["BeiDou", "GeoSOT"])
def test_compact_zones_are_the_same_ground_in_fewer_zones(client: TestClient, system):
    parent = SYSTEMS[system].read("N50H05132" if system == "BeiDou" else "G00131023")
    level = parent.level + 2
    fine = zones(client, system, parent_zone=parent.id, zone_level=level, compact_zones=False)
    assert zones(client, system, parent_zone=parent.id, zone_level=level) == [parent.id]
    west, south, east, north = parent.box
    part = f"{west},{south},{east - (east - west) / 4},{north}"
    some = zones(client, system, bbox=part, zone_level=level, compact_zones=False)
    few = zones(client, system, bbox=part, zone_level=level)
    assert len(few) < len(some) < len(fine)
    sizes = [shapely.box(*SYSTEMS[system].read(one).box).area for one in some]
    assert math.isclose(
        sum(shapely.box(*SYSTEMS[system].read(one).box).area for one in few), sum(sizes)
    )


def test_the_whole_world_has_its_sheets_and_caps(client: TestClient):
    first = get(client, "/dggs/BeiDou/zones", **{"zone-level": 1})
    assert first["numberMatched"] == 2 * 60 * 22 + 2
    assert first["numberReturned"] == 1000
    seen = list(first["zones"])
    page = first
    while following := [one["href"] for one in page["links"] if one["rel"] == "next"]:
        page = client.get(following[0]).json()
        seen += page["zones"]
    assert len(set(seen)) == len(seen) == first["numberMatched"]
    assert {"N000", "S000", "N50H", "S01V"} <= set(seen)
    # The area of the Earth, from the areas of its zones (GRS 80: 510 065 622 km²).
    area_m2 = sum(zone_area_m2(SYSTEMS["BeiDou"].read(name).box) for name in seen)
    assert math.isclose(area_m2, 510_065_621_724_000, rel_tol=1e-9)
    assert zones(client, "GeoSOT", zone_level=2) == ["G0", "G1", "G2", "G3"]


@pytest.mark.parametrize(
    ("system", "name"),
    [("BeiDou", "N50H"), ("BeiDou", "S18B0512"), ("BeiDou", "N50H05132"), ("BeiDou", "N000"),
     ("GeoSOT", "G001310322230230"), ("GeoSOT", "G1"), ("GeoSOT", "G3" + "0" * 31)],
)  # fmt: skip
def test_a_zone_names_its_relatives_and_they_name_it(client: TestClient, system, name):
    name = name if system == "GeoSOT" or len(name) != 8 else name[:-1]
    zone = get(client, f"/dggs/{system}/zones/{name}")
    assert zone["id"] == name
    outline = shape(zone["geometry"])
    assert outline.bounds == pytest.approx(zone["bbox"])
    for child in related(zone, "child")[:5]:
        assert related(get(client, f"/dggs/{system}/zones/{child}"), "parent") == [name]
    for other in related(zone, "neighbor"):
        assert name in related(get(client, f"/dggs/{system}/zones/{other}"), "neighbor")
    inside = [shapely.box(*SYSTEMS[system].read(one).box) for one in related(zone, "child")]
    if inside and name != "N000":
        assert math.isclose(sum(one.area for one in inside), outline.area)


def test_a_zone_is_a_feature_too(client: TestClient):
    accept = {"Accept": "application/geo+json"}
    feature = client.get("/dggs/BeiDou/zones/N50H05132", headers=accept).json()
    assert feature["properties"]["zoneID"] == feature["id"] == "N50H05132"
    page = get(client, "/dggs/GeoSOT/zones", bbox=BOX, f="geojson", geometry="zone-centroid")
    assert {one["geometry"]["type"] for one in page["features"]} == {"Point"}
    regions = get(client, "/dggs/GeoSOT/zones", bbox=BOX, f="geojson")
    assert all(one["properties"]["zoneID"] == one["id"] for one in regions["features"])
    assert 1 <= regions["numberReturned"] <= 1000


def test_a_box_across_the_date_line_is_two_boxes(client: TestClient):
    found = zones(client, "BeiDou", bbox="179,-18,-179,-17", zone_level=1)
    assert found == ["S01E", "S60E"]
    same = zones(client, "BeiDou", subset="Lon(179:-179),Lat(-18:-17)", zone_level=1)
    assert same == found
    latitude_first = zones(
        client, "BeiDou", bbox="-18,179,-17,-179", zone_level=1,
        bbox_crs="http://www.opengis.net/def/crs/EPSG/0/4490",
    )  # fmt: skip
    assert latitude_first == found


def test_subsets_may_come_one_by_one_and_reach_beyond_the_earth(client: TestClient):
    asked = "/dggs/BeiDou/zones?zone-level=2&compact-zones=false&limit=10000"
    together = get(client, f"{asked}&subset=Lat(30:31),Lon(114:115)")["zones"]
    apart = get(client, f"{asked}&subset=lat(30:31)&subset=Longitude(114:115)")["zones"]
    assert apart == together != []
    beyond = get(client, f"{asked}&subset=Lat(89:100)&subset=Lon(170:200)")["zones"]
    assert beyond == get(client, f"{asked}&subset=Lat(89:90),Lon(170:180)")["zones"] != []
    for nothing in ("Lat(91:100)", "Lon(185:190)", "Lon(-200:-190)"):
        assert get(client, f"{asked}&subset={nothing}")["zones"] == []
    twice = client.get(f"{asked}&zone-level=3")
    assert twice.status_code == 400


@pytest.mark.parametrize(
    "name", ["[EPSG:4490]", "https://www.opengis.net/def/crs/EPSG/0/4490", "[EPSG:4326]"]
)
def test_coordinate_systems_have_safe_curies(client: TestClient, name):
    asked = {"bbox": "30.5,114.2,30.55,114.25", "bbox_crs": name, "zone_level": 5}
    plain = zones(client, "BeiDou", bbox=BOX, bbox_crs="[OGC:CRS84]", zone_level=5)
    assert zones(client, "BeiDou", **asked) == plain != []


def test_zones_of_a_time_are_those_with_rows_of_it(client: TestClient):
    prefix = "/collections/areas"
    everything = zones(client, "BeiDou", prefix, zone_level=1)
    one_day = zones(client, "BeiDou", prefix, zone_level=1, datetime="2024-05-03")
    assert set() < set(one_day) < set(everything)
    for subset in ('time("2024-05-03T00:00:00Z":"2024-05-03T23:00:00Z")', "time(2024-05-03)"):
        assert zones(client, "BeiDou", prefix, zone_level=1, subset=subset) == one_day
    whole = zones(client, "BeiDou", prefix, zone_level=1, subset="time(*:*)")
    assert whole == everything
    box = zones(client, "BeiDou", prefix, zone_level=1, bbox=BOX, subset="time(2024-05-03)")
    assert set(box) <= set(one_day)
    assert zones(client, "BeiDou", bbox=BOX, zone_level=4, datetime="2024-05-03") != []


def test_a_place_is_in_one_zone(client: TestClient):
    found = zones(client, "BeiDou", bbox="114.3,30.5,114.3,30.5", zone_level=8)
    assert encode_code(114.3, 30.5, 8) in found
    assert len(found) <= 4


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"zone-level": 11}, "no level 11"),
        ({"zone-level": 9}, "more than"),
        ({"parent-zone": "N50Z"}, "'Z' at position 4"),
        ({"bbox": BOX, "subset": "Lat(1:2)"}, "both"),
        ({"subset": "Height(1:2)"}, "no range of an axis"),
        ({"subset": "Lat(a:2)"}, "no range of numbers"),
        ({"subset": "Lat(inf)"}, "no range of numbers"),
        ({"subset": "Lat(31:30)"}, "ends before it begins"),
        ({"subset": ["Lat(1:2)", "Latitude(1:2)"]}, "an axis twice"),
        ({"subset": "time(2024-05-03)"}, "no axis of this"),
        ({"subset": "time(x)"}, "no RFC 3339 date"),
        ({"limit": 0}, "limit"),
    ],
)
def test_questions_without_an_answer_say_why(client: TestClient, parameters, said):
    response = client.get("/dggs/BeiDou/zones", params=parameters)
    assert 400 <= response.status_code < 500
    assert said in response.json()["detail"]
    assert response.json()["hint"]


@pytest.mark.parametrize("path", ["/dggs/H3", "/dggs/H3/zones", "/dggs/BeiDou/zones/X"])
def test_what_is_not_there_is_not_found(client: TestClient, path):
    assert client.get(path).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize(("system", "level"), [("BeiDou", 2), ("BeiDou", 4), ("GeoSOT", 16)])
def test_every_point_is_in_the_data_of_exactly_one_zone(client: TestClient, system, level):
    found = zones(client, system, "/collections/places", zone_level=level, compact_zones=False)
    seen: list[int] = []
    for name in found:
        path = f"/collections/places/dggs/{system}/zones/{name}/data"
        features = get(client, path)["features"]
        assert features
        seen += [one["id"] for one in features]
    assert sorted(seen) == list(range(1, 250))


def test_zones_of_points_are_those_of_their_codes(client: TestClient):
    found = zones(client, "BeiDou", "/collections/places", zone_level=5, compact_zones=False)
    number = np.delete(np.arange(250), 5)
    codes = encode_codes(114.2 + 0.01 * (number % 25), 30.5 + 0.01 * (number // 25), level=5)
    assert found == sorted(set(codes.astype(str).tolist()))


def test_polygons_are_in_every_zone_that_they_meet(client: TestClient):
    found = zones(client, "GeoSOT", "/collections/areas", zone_level=11, compact_zones=False)
    triangles = [shapely.Polygon([(x, 30), (x + 1, 30), (x, 31)]) for x in range(100, 112)]
    area = shapely.union_all(triangles)
    whole = zones(client, "GeoSOT", bbox="100,30,112,31", zone_level=11, compact_zones=False)
    boxes = {name: shapely.box(*SYSTEMS["GeoSOT"].read(name).box) for name in whole}
    assert set(found) >= {name for name, box in boxes.items() if box.intersection(area).area > 0}
    assert all(boxes[name].intersects(area) for name in found)
    first = get(client, f"/collections/areas/dggs/GeoSOT/zones/{found[0]}/data")["features"]
    outline = shape(get(client, f"/dggs/GeoSOT/zones/{found[0]}")["geometry"])
    assert all(shape(one["geometry"]).intersects(outline) for one in first)


def test_rows_come_in_pages(client: TestClient):
    path = "/collections/places/dggs/BeiDou/zones/N50H/data"
    seen: list[int] = []
    page = get(client, path, limit=100)
    while True:
        seen += [one["id"] for one in page["features"]]
        following = [one["href"] for one in page["links"] if one["rel"] == "next"]
        if not following:
            break
        page = client.get(following[0]).json()
    assert len(set(seen)) == len(seen) == 249


def test_counts_and_means_by_sub_zone_add_up(client: TestClient):
    path = "/collections/places/dggs/BeiDou/zones/N50H/data"
    packet = get(client, path, f="json", **{"zone-depth": 1})
    rows = packet["values"]["_rows"][0]
    assert rows["shape"] == {"count": 96, "subZones": 96}
    assert sum(rows["data"]) == 249
    floors = packet["values"]["floors"][0]["data"]
    total = sum(m * n for m, n in zip(floors, rows["data"], strict=True) if m is not None)
    assert math.isclose(total, sum(i % 40 for i in range(250) if i != 5))
    assert packet["schema"]["properties"]["height_m"]["x-ogc-unit"] == "m"
    only = get(client, path, f="json", **{"zone-depth": 0})
    assert only["values"]["_rows"][0]["data"] == [249]


def test_islands_on_both_sides_of_180_are_found(client: TestClient):
    found = zones(client, "BeiDou", "/collections/islands", zone_level=1)
    assert found == ["S01E", "S56E", "S60E"]


def test_a_table_without_places_has_no_zones(client: TestClient):
    assert zones(client, "BeiDou", "/collections/budget") == []


def test_sharing_rules_hold_here_too(client_as):
    stranger = client_as(ANONYMOUS)
    for path in ("", "/BeiDou", "/BeiDou/zones", "/BeiDou/zones/N50H", "/BeiDou/zones/N50H/data"):
        assert stranger.get(f"/collections/areas/dggs{path}").status_code == 404
    assert stranger.get("/collections/nothing/dggs").status_code == 404
