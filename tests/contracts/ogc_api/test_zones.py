"""The abstract tests of OGC API - DGGS - Part 1 (21-038r1, Annex A), against a real server.

The classes that are declared: core, root and collection DGGS, data retrieval, zone query, DGGS-JSON
and GeoJSON data, GeoJSON zone lists, operation ids. Each function is named as the abstract test
that its first line names; the ids are those of the annex in the standard's repository. Every test
of the grids is asked of both, below the root and below a collection.
"""

import itertools

import pytest
import shapely

pytestmark = pytest.mark.slow

SPEC = "https://www.opengis.net/spec/ogcapi-dggs-1/1.0/conf/"
RELATION = "https://www.opengis.net/def/rel/ogc/1.0/dggrs"
GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ORIGINS = ("", "/collections/places")
GRIDS = ("BeiDou", "GeoSOT")
BOX = "114.2,30.5,114.3,30.6"
LEVEL = {"BeiDou": 4, "GeoSOT": 14}
FINER = {"BeiDou": 5, "GeoSOT": 16}


@pytest.fixture(params=[f"{origin}/dggs/{grid}" for origin in ORIGINS for grid in GRIDS])
def grid(request):
    """The path of a grid, of an origin."""
    return request.param


def rels(document):
    return {link["rel"] for link in document["links"]}


def listed(caller, grid, **query):
    """Every zone of a list, page by page."""
    page = caller.get(f"{grid}/zones", limit=10_000, **query)
    assert page.status == 200, page.body
    assert not page.links("next")
    return page.document["zones"]


def name_of(grid):
    return grid.rpartition("/")[2]


def some_zones(caller, grid):
    return listed(caller, grid, bbox=BOX, zone_level=LEVEL[name_of(grid)], compact_zones="false")


@pytest.mark.parametrize("origin", ORIGINS)
def test_conf_core_dggrs_list(caller, origin):
    """`/conf/core/dggrs-list`: the systems, each with its name, itself and its definition."""
    found = caller.get(f"{origin}/dggs")
    assert (found.status, found.media_type) == (200, "application/json")
    assert [one["id"] for one in found.document["dggrs"]] == [*GRIDS]
    for one in found.document["dggrs"]:
        assert one["title"]
        assert {"self", f"{RELATION}-definition"} <= rels(one)
    (link,) = caller.get(origin or "/").links("dggrs-list")
    assert caller.get(link["href"]).document["dggrs"] == found.document["dggrs"]


def test_conf_core_dggrs_description(caller, grid):
    """`/conf/core/dggrs-description`: itself, its definition, its system, a template for zones."""
    told = caller.get(grid).document
    assert told["id"] == name_of(grid)
    assert told["title"]
    assert told["description"]
    assert told["crs"].startswith("http")
    assert {"self", f"{RELATION}-definition"} <= rels(told)
    templates = {one["rel"]: one["uriTemplate"] for one in told["linkTemplates"]}
    zone = some_zones(caller, grid)[0]
    info = caller.get(templates[f"{RELATION}-zone-info"].replace("{zoneId}", zone))
    assert info.document["id"] == zone


def test_conf_core_zone_info(caller, grid):
    """`/conf/core/zone-info`: its id, and the way back to its system."""
    zone = some_zones(caller, grid)[0]
    info = caller.get(f"{grid}/zones/{zone}")
    assert (info.status, info.media_type) == (200, "application/json")
    assert info.document["id"] == zone
    (back,) = info.links("dggrs")
    assert caller.get(back["href"]).document["id"] == name_of(grid)


@pytest.mark.parametrize("name", GRIDS)
def test_conf_data_retrieval_zone_data(caller, name):
    """`/conf/data-retrieval/zone-data`: linked by template and by each zone; all of it is there."""
    grid = f"{ORIGINS[1]}/dggs/{name}"
    told = caller.get(grid).document
    (template,) = [one for one in told["linkTemplates"] if one["rel"].endswith("-zone-data")]
    assert isinstance(told["defaultDepth"], int)
    seen = set()
    for zone in some_zones(caller, grid):
        (link,) = caller.get(f"{grid}/zones/{zone}").links("dggrs-zone-data")
        assert link["href"] == template["uriTemplate"].replace("{zoneId}", zone)
        data = caller.get(link["href"], accept=GEOJSON)
        assert (data.status, data.media_type) == (200, GEOJSON)
        numbers = {one["id"] for one in data.document["features"]}
        assert not seen & numbers
        seen |= numbers
    inside = caller.get("/collections/places/items", bbox=BOX, limit=1000).document["features"]
    assert {one["id"] for one in inside} <= seen


@pytest.mark.parametrize("name", GRIDS)
def test_conf_data_json_content(caller, name):
    """`/conf/data-json/content`: a value for each sub-zone of each depth, null where there is none.

    The default depth is the one that the description names.
    """
    grid = f"{ORIGINS[1]}/dggs/{name}"
    zone = some_zones(caller, grid)[0]
    told = caller.get(f"{grid}/zones/{zone}/data")
    assert told.media_type == "application/json"
    assert told.document["depths"] == [caller.get(grid).document["defaultDepth"]]
    for depth in (0, 1):
        document = caller.get(f"{grid}/zones/{zone}/data", zone_depth=depth).document
        assert document["zoneId"] == zone
        assert document["depths"] == [depth]
        assert document["schema"]["properties"].keys() == document["values"].keys()
        for packets in document["values"].values():
            (packet,) = packets
            assert len(packet["data"]) == packet["shape"]["subZones"]
            assert all(value is None or isinstance(value, int | float) for value in packet["data"])
    whole, parts = (
        caller.get(f"{grid}/zones/{zone}/data", zone_depth=depth).document["values"]["_rows"][0]
        for depth in (0, 1)
    )
    assert sum(whole["data"]) == sum(value or 0 for value in parts["data"])


@pytest.mark.parametrize("name", GRIDS)
def test_conf_data_geojson_content(caller, name):
    """`/conf/data-geojson/content`: features of the zone, by longitude, latitude; none beyond."""
    grid = f"{ORIGINS[1]}/dggs/{name}"
    for zone in some_zones(caller, grid)[:3]:
        west, south, east, north = caller.get(f"{grid}/zones/{zone}").document["bbox"]
        data = caller.get(f"{grid}/zones/{zone}/data", accept=GEOJSON).document
        assert data["type"] == "FeatureCollection"
        for feature in data["features"]:
            lon, lat = feature["geometry"]["coordinates"]
            assert west <= lon <= east
            assert south <= lat <= north


def test_conf_zone_query_zones_list(caller, grid):
    """`/conf/zone-query/zones-list`: linked from the system; where data are, of one level."""
    (link,) = caller.get(grid).links("dggrs-zone-query")
    assert caller.get(link["href"]).status == 200
    zones = some_zones(caller, grid)
    assert len(zones) == len(set(zones))
    levels = {caller.get(f"{grid}/zones/{zone}").document["level"] for zone in zones}
    assert levels == {LEVEL[name_of(grid)]}


def test_conf_zone_query_json_response(caller, grid):
    """`/conf/zone-query/json-response`: texts in `zones`, and links to the system."""
    answer = caller.get(f"{grid}/zones", bbox=BOX, limit=5)
    assert answer.media_type == "application/json"
    assert all(isinstance(zone, str) for zone in answer.document["zones"])
    assert {RELATION, f"{RELATION}-definition"} <= rels(answer.document)


def test_conf_zone_query_zone_level(caller, grid):
    """`/conf/zone-query/zone-level`: of the level, or coarser where they stand for whole ones."""
    for level in (LEVEL[name_of(grid)], FINER[name_of(grid)]):
        for compact in ("true", "false"):
            asked = {
                "zone_level": level,
                "compact_zones": compact,
                "bbox": "114.2,30.5,114.22,30.52",
            }
            zones = listed(caller, grid, **asked)
            found = {caller.get(f"{grid}/zones/{one}").document["level"] for one in zones[:40]}
            assert max(found) <= level
            assert compact == "true" or found == {level}


def test_conf_zone_query_compact_zones(caller, grid):
    """`/conf/zone-query/compact-zones`: the same ground in no more zones, unless it is false."""
    asked = {"bbox": BOX, "zone_level": FINER[name_of(grid)]}
    plain, compact, unsaid = (
        listed(caller, grid, **asked, **said)
        for said in ({"compact_zones": "false"}, {"compact_zones": "true"}, {})
    )
    assert compact == unsaid
    assert len(compact) <= len(plain)
    assert all(any(one.startswith(whole) for whole in compact) for one in plain)


def test_conf_zone_query_parent_zone(caller, grid):
    """`/conf/zone-query/parent-zone`: nothing but the zone and what is in it."""
    parent = some_zones(caller, grid)[0]
    zones = listed(caller, grid, parent_zone=parent)
    assert zones
    assert all(zone.startswith(parent) for zone in zones)


def test_conf_zone_query_bbox(caller, grid):
    """`/conf/zone-query/bbox`: only zones that meet the box; heights are taken."""
    box = shapely.box(*map(float, BOX.split(",")))
    zones = some_zones(caller, grid)
    for zone in zones:
        told = caller.get(f"{grid}/zones/{zone}").document
        assert shapely.box(*told["bbox"]).intersects(box)
    high = {"zone_level": LEVEL[name_of(grid)], "compact_zones": "false"}
    assert listed(caller, grid, bbox="114.2,30.5,0,114.3,30.6,100", **high) == zones


def test_conf_zone_query_bbox_crs(caller, grid):
    """`/conf/zone-query/bbox-crs`: as URI or safe CURIE, the storage system too."""
    zones = some_zones(caller, grid)
    how = {"zone_level": LEVEL[name_of(grid)], "compact_zones": "false"}
    turned = "30.5,114.2,30.6,114.3"
    storage = caller.get("/collections/places").document["storageCrs"]
    for name, box in (
        (CRS84, BOX),
        ("[OGC:CRS84]", BOX),
        (storage, turned),
        ("[EPSG:4490]", turned),
    ):
        assert listed(caller, grid, bbox=box, bbox_crs=name, **how) == zones
    assert caller.get(f"{grid}/zones", limit=5, bbox_crs="[OGC:CRS84]").status == 200


def test_conf_zone_query_subset(caller, grid):
    """`/conf/zone-query/subset`: axes by name, in one or several; no unknown, no two boxes."""
    zones = some_zones(caller, grid)
    how = {"zone_level": LEVEL[name_of(grid)], "compact_zones": "false"}
    assert listed(caller, grid, subset="Lat(30.5:30.6),Lon(114.2:114.3)", **how) == zones
    path = f"{grid}/zones?limit=10000&zone-level={how['zone_level']}&compact-zones=false"
    twice = caller.get(f"{path}&subset=Lat(30.5:30.6)&subset=Lon(114.2:114.3)")
    assert twice.document["zones"] == zones
    assert caller.get(f"{grid}/zones", subset="pressure(1:2)").status == 400
    assert caller.get(f"{grid}/zones", subset="Lat(30:31)", bbox=BOX).status == 400
    around = caller.get("/dggs/BeiDou/zones", subset="Lat(10:11),Lon(179:-179)", limit=5)
    assert around.document["zones"]


def test_conf_zone_query_subset_crs(caller, grid):
    """`/conf/zone-query/subset-crs`: the same axes in another system; alone it has no effect."""
    zones = some_zones(caller, grid)
    how = {"zone_level": LEVEL[name_of(grid)], "compact_zones": "false"}
    for name in (CRS84, "[OGC:CRS84]", "[EPSG:4490]"):
        asked = {"subset": "Lat(30.5:30.6),Lon(114.2:114.3)", "subset_crs": name}
        assert listed(caller, grid, **asked, **how) == zones
    assert caller.get(f"{grid}/zones", limit=5, subset_crs="[OGC:CRS84]").status == 200


@pytest.mark.parametrize("name", GRIDS)
def test_conf_zone_query_datetime(caller, name):
    """`/conf/zone-query/datetime`: zones with rows of the time; no effect where none has any."""
    grid = f"{ORIGINS[1]}/dggs/{name}"
    how = {"zone_level": LEVEL[name], "compact_zones": "false"}
    every = listed(caller, grid, **how)
    early, late = (
        listed(caller, grid, datetime=t, **how) for t in ("../2004-06-01", "2004-06-02/")
    )
    assert set(early) | set(late) == set(every)
    assert set(early) < set(every)
    assert listed(caller, grid, datetime="2000-01-01T00:00:00Z", **how)
    root = caller.get(f"/dggs/{name}/zones", bbox=BOX, datetime="2000-01-01", limit=5)
    assert root.document["zones"]


def test_conf_root_dggs_dggs(caller):
    """`/conf/root-dggs/dggs`: linked from the landing page, to which it links back."""
    assert caller.get("/").links("dggrs-list")
    for path in ("/dggs", "/dggs/BeiDou", "/dggs/GeoSOT"):
        (back,) = caller.get(path).links("dataset")
        assert caller.get(back["href"]).links("conformance")


def test_conf_collection_dggs_dggs(caller):
    """`/conf/collection-dggs/dggs`: linked from the collection, to which it links back."""
    assert caller.get("/collections/places").links("dggrs-list")
    for path in ("", "/BeiDou", "/GeoSOT"):
        (back,) = caller.get(f"/collections/places/dggs{path}").links("geodata")
        assert caller.get(back["href"]).document["id"] == "places"


def test_conf_zone_geojson_content(caller, grid):
    """`/conf/zone-geojson/content`: a feature for each zone, with its code and its outline."""
    answer = caller.get(f"{grid}/zones", accept=GEOJSON, bbox=BOX, zone_level=LEVEL[name_of(grid)])
    assert answer.media_type == GEOJSON
    for feature in answer.document["features"][:10]:
        zone = feature["properties"]["zoneID"]
        told = caller.get(f"{grid}/zones/{zone}").document
        assert shapely.geometry.shape(feature["geometry"]).equals(shapely.box(*told["bbox"]))


def test_conf_operation_ids_operation_ids(api):
    """`/conf/operation-ids/operation-ids`: those of the standard's table, at their paths."""
    suffixes = {
        "": "getDGGRSList",
        "/{dggrsId}": "getDGGRS",
        "/{dggrsId}/zones": "getDGGRSZones",
        "/{dggrsId}/zones/{zoneId}": "getDGGRSZoneInfo",
        "/{dggrsId}/zones/{zoneId}/data": "getDGGRSZoneData",
    }
    origins = {"/dggs": "dataset", "/collections/{collectionId}/dggs": "collection"}
    for (prefix, origin), (tail, suffix) in itertools.product(origins.items(), suffixes.items()):
        path = api["paths"].get(prefix + tail)
        if path is None:
            assert (origin, suffix) == ("dataset", "getDGGRSZoneData")
        else:
            assert path["get"]["operationId"].endswith(f".{origin}.{suffix}")


def test_the_classes_that_are_tested_are_those_that_are_declared(caller):
    declared = set(caller.get("/conformance").document["conformsTo"])
    assert {one.removeprefix(SPEC) for one in declared if one.startswith(SPEC)} == {
        "core", "root-dggs", "collection-dggs", "data-retrieval", "zone-query", "data-json",
        "data-geojson", "zone-geojson", "operation-ids",
    }  # fmt: skip
