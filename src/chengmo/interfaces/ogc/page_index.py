"""Which addresses have a page for people, and which page."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from chengmo.interfaces.ogc.endpoint import Call, Endpoint, PageQuery, Query
from chengmo.interfaces.ogc.lineage import lineage_page
from chengmo.interfaces.ogc.page import document_page
from chengmo.interfaces.ogc.page_record import record_page, records_page
from chengmo.interfaces.ogc.page_view import (
    collection_page,
    collections_page,
    conformance_page,
    items_page,
    jobs_page,
    process_page,
    processes_page,
    schema_page,
    versions_page,
)

Page = Callable[[Call[Any], Any], bytes]

# By the operation's name in the OpenAPI document.
PAGES: Mapping[str, Page] = MappingProxyType(
    {
        "getLandingPage": document_page,
        "getConformance": conformance_page,
        "getProblemTypes": document_page,
        "getCollections": collections_page,
        "describeCollection": collection_page,
        "getVersions": versions_page,
        "getQueryables": schema_page,
        "getSchema": schema_page,
        "getFeatures": items_page,
        "getFeature": document_page,
        "getCatalogue": document_page,
        "getRecords": records_page,
        "search": records_page,
        "getCatalogueRecord": record_page,
        "getRecordQueryables": schema_page,
        "getSortables": schema_page,
        "getLineage": lineage_page,
        "getProcesses": processes_page,
        "getProcessDescription": process_page,
        "getJobs": jobs_page,
        "getStatus": document_page,
    }
)


def with_page(endpoint: Endpoint[Any]) -> Endpoint[Any]:
    """Return `endpoint` with its page, and with `f=html` among its parameters, if it has one."""
    made = PAGES.get(endpoint.operation)
    if made is None:
        return endpoint
    query = PageQuery if endpoint.query is Query else endpoint.query
    return replace(endpoint, page=made, query=query)
