"""`/conformance` is true: each class that is claimed names the tests that hold it."""

import ast
from functools import cache
from pathlib import Path

import pytest

from chengmo.interfaces.ogc.api import ENDPOINTS
from chengmo.interfaces.ogc.landing import CONFORMS_TO

HERE = Path(__file__).parent
LINKS = "test_landing.py::test_every_link_of_the_landing_page_leads_somewhere"
OPENAPI = "test_openapi.py::test_the_document_is_valid_openapi_3_0"
SERVED = "test_openapi.py::test_every_documented_path_is_served"
FUZZED = "test_fuzz.py::test_what_is_asked_is_answered_as_documented"
RECORD = "test_record.py::test_an_entry_tells_where_when_and_where_to_get_it"
RECORDS = "test_record.py::test_the_catalogue_stands_among_the_collections_as_records"
FOUND = "test_record.py::test_entries_are_found_by_words_ids_values_place_and_time"
TILES = "test_tile.py::test_a_collection_leads_to_its_tiles"
PROCESS = "test_process.py::test_every_model_is_a_process"
DECISION = "test_process.py::test_a_decision_comes_at_once_with_the_way_to_its_job"
GRIDS = "test_dggs.py::test_both_grids_are_listed_and_described"
ZONE = "test_dggs.py::test_a_zone_names_its_relatives_and_they_name_it"
HELD_BY = {
    "ogcapi-common-1/1.0/conf/core": [LINKS],
    "ogcapi-common-1/1.0/conf/landing-page": [LINKS],
    "ogcapi-common-1/1.0/conf/json": [FUZZED],
    "ogcapi-common-1/1.0/conf/oas30": [OPENAPI, SERVED],
    "ogcapi-common-2/1.0/conf/collections": [
        "test_collection.py::test_every_dataset_is_a_collection"
    ],
    "ogcapi-features-1/1.0/conf/core": [
        "test_item.py::test_next_links_lead_through_every_row_once",
        "test_item.py::test_a_box_meets_the_geometry_not_only_its_bounds",
        "test_item.py::test_time_selects_by_a_datetime_column",
        "test_landing.py::test_an_unknown_parameter_is_refused_everywhere",
        "test_clients.py::test_gdal_pages_through_every_feature",
    ],
    "ogcapi-features-1/1.0/conf/geojson": [
        "test_item.py::test_a_page_has_ten_features_and_says_so"
    ],
    "ogcapi-features-1/1.0/conf/oas30": [OPENAPI, FUZZED],
    "ogcapi-features-2/1.0/conf/crs": [
        "test_item.py::test_an_epsg_system_has_latitude_first",
        "test_item.py::test_a_box_in_another_system_has_its_axis_order",
        "test_clients.py::test_gdal_reads_another_coordinate_system_in_the_right_order",
    ],
    "ogcapi-features-3/1.0/conf/queryables": [
        "test_collection.py::test_queryables_are_the_columns_that_can_be_asked_for"
    ],
    "ogcapi-features-3/1.0/conf/queryables-query-parameters": [
        "test_item.py::test_values_select_by_property"
    ],
    "ogcapi-tiles-1/1.0/conf/core": [TILES, "test_tile.py::test_what_is_no_tile_is_not_found"],
    "ogcapi-tiles-1/1.0/conf/tileset": [TILES],
    "ogcapi-tiles-1/1.0/conf/tilesets-list": [TILES],
    "ogcapi-tiles-1/1.0/conf/geodata-tilesets": [TILES],
    "ogcapi-tiles-1/1.0/conf/mvt": [
        "../../catalog/test_tiles.py::test_gdal_reads_every_row_where_it_lies"
    ],
    "ogcapi-records-1/1.0/conf/record-core": [RECORD],
    "ogcapi-records-1/1.0/conf/record-collection": [RECORDS],
    "ogcapi-records-1/1.0/conf/record-core-query-parameters": [FOUND],
    "ogcapi-records-1/1.0/conf/records-api": [
        "test_record.py::test_owslib_reads_the_catalogue_as_records"
    ],
    "ogcapi-records-1/1.0/conf/searchable-catalog": [FOUND],
    "ogcapi-records-1/1.0/conf/searchable-catalog/sorting": [FOUND],
    "ogcapi-records-1/1.0/conf/sorting": [FOUND, RECORDS],
    "ogcapi-records-1/1.0/conf/json": [RECORD],
    "ogcapi-records-1/1.0/conf/oas30": [OPENAPI],
    "ogcapi-processes-1/1.0/conf/core": [
        PROCESS,
        DECISION,
        "test_process.py::test_who_prefers_not_to_wait_gets_the_job",
        "test_job.py::test_an_unknown_job_has_the_standards_type",
    ],
    "ogcapi-processes-1/1.0/conf/ogc-process-description": [
        "test_process.py::test_each_field_of_the_request_is_an_input"
    ],
    "ogcapi-processes-1/1.0/conf/json": [DECISION],
    "ogcapi-processes-1/1.0/conf/oas30": [
        OPENAPI,
        "test_openapi.py::test_every_dataset_and_model_is_spelt_out",
    ],
    "ogcapi-processes-1/1.0/conf/job-list": [
        "test_job_list.py::test_pages_lead_through_every_job_once_newest_first"
    ],
    "ogcapi-processes-1/1.0/conf/dismiss": [
        "test_job.py::test_a_job_under_way_can_be_dismissed"
    ],
    "ogcapi-dggs-1/1.0/conf/core": [GRIDS, ZONE],
    "ogcapi-dggs-1/1.0/conf/root-dggs": [GRIDS],
    "ogcapi-dggs-1/1.0/conf/collection-dggs": [GRIDS],
    "ogcapi-dggs-1/1.0/conf/data-retrieval": [
        "test_dggs.py::test_every_point_is_in_the_data_of_exactly_one_zone"
    ],
    "ogcapi-dggs-1/1.0/conf/zone-query": ["test_dggs.py::test_the_zones_of_a_box_tile_it"],
    "ogcapi-dggs-1/1.0/conf/data-json": [
        "test_dggs.py::test_counts_and_means_by_sub_zone_add_up"
    ],
    "ogcapi-dggs-1/1.0/conf/data-geojson": ["test_dggs.py::test_rows_come_in_pages"],
    "ogcapi-dggs-1/1.0/conf/zone-geojson": ["test_dggs.py::test_a_zone_is_a_feature_too"],
    "ogcapi-dggs-1/1.0/conf/operation-ids": [
        "test_conformance.py::test_the_operations_of_grids_have_the_standards_names"
    ],
}  # fmt: skip


@cache
def functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_class_that_is_claimed_is_held_by_tests():
    assert [uri.partition("/spec/")[2] for uri in CONFORMS_TO] == [*HELD_BY]


@pytest.mark.parametrize("name", sorted({test for tests in HELD_BY.values() for test in tests}))
def test_every_test_that_holds_a_class_is_there(name):
    file, _, function = name.partition("::")
    assert function in functions_in(HERE / file)


def test_the_operations_of_grids_have_the_standards_names():
    # OGC 21-038r1: the operation's name behind what it is asked of.
    names = {each.operation for each in ENDPOINTS if each.tag == "DGGS"}
    wanted = {f"getDGGRS{what}" for what in ("List", "", "Zones", "ZoneInfo")}
    for origin in ("dataset", "collection"):
        assert {f".{origin}.{name}" for name in wanted} <= names
    # Rows belong to a collection.
    assert ".collection.getDGGRSZoneData" in names
