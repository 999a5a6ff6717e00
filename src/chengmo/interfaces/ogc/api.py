"""The whole API: every endpoint joined to the platform, and the document that describes them."""

from dataclasses import replace
from typing import Any

from pydantic_core import to_json
from starlette.routing import BaseRoute

from chengmo.interfaces.ogc.collection import ENDPOINTS as COLLECTION_ENDPOINTS
from chengmo.interfaces.ogc.collection import RESERVED
from chengmo.interfaces.ogc.dcat import ENDPOINTS as DCAT_ENDPOINTS
from chengmo.interfaces.ogc.dggs import ENDPOINTS as DGGS_ENDPOINTS
from chengmo.interfaces.ogc.discovery import ENDPOINTS as DISCOVERY_ENDPOINTS
from chengmo.interfaces.ogc.dispatch import routes_of
from chengmo.interfaces.ogc.endpoint import OPENAPI_JSON, Answer, Call, Endpoint, Query, Reply
from chengmo.interfaces.ogc.event import ENDPOINTS as EVENT_ENDPOINTS
from chengmo.interfaces.ogc.item import ENDPOINTS as ITEM_ENDPOINTS
from chengmo.interfaces.ogc.job import ENDPOINTS as JOB_ENDPOINTS
from chengmo.interfaces.ogc.job_list import ENDPOINTS as JOB_LIST_ENDPOINTS
from chengmo.interfaces.ogc.landing import ENDPOINTS as LANDING_ENDPOINTS
from chengmo.interfaces.ogc.lineage import ENDPOINTS as LINEAGE_ENDPOINTS
from chengmo.interfaces.ogc.openapi import openapi_document
from chengmo.interfaces.ogc.page_index import with_page
from chengmo.interfaces.ogc.process import ENDPOINTS as PROCESS_ENDPOINTS
from chengmo.interfaces.ogc.process import description_of, execution_endpoint
from chengmo.interfaces.ogc.question import filter_parameters, queryables_of
from chengmo.interfaces.ogc.record import ENDPOINTS as RECORD_ENDPOINTS
from chengmo.interfaces.ogc.tile import ENDPOINTS as TILE_ENDPOINTS
from chengmo.interfaces.ogc.version import platform_version
from chengmo.interfaces.versioned import PREFIX
from chengmo.runs.platform import Platform


def routes(platform: Platform) -> list[BaseRoute]:
    """Return the routes of the API over `platform`."""
    return [*routes_of(ENDPOINTS, platform)]


def answer_api(call: Call[Query]) -> Reply:
    """Return the OpenAPI document: the endpoints, the datasets and models spelt out."""
    datasets = call.view.datasets()
    concrete: list[Endpoint[Any]] = []
    filters: dict[str, Any] = {}
    for dataset in datasets:
        path = f"/collections/{dataset.id}/items"
        concrete.append(replace(_ITEMS, path=path, operation=f"getFeaturesOf.{dataset.id}"))
        filters[path] = filter_parameters(queryables_of(dataset, RESERVED))
    for model in call.platform.models.values():
        path = f"/processes/{model.id}/execution"
        schema = description_of(model).request_schema
        concrete.append(execution_endpoint(path, f"execute.{model.id}", schema))
    document = openapi_document(
        [*ENDPOINTS, *concrete],
        # Without a version, a program should learn of the address that stays as it is.
        servers=tuple(dict.fromkeys((call.base, f"{call.site}{PREFIX}"))),
        version=platform_version(),
        filters=filters,
    )
    return Reply(to_json(document), media_type=OPENAPI_JSON)


_LISTED: tuple[Endpoint[Any], ...] = (
    *LANDING_ENDPOINTS,
    Endpoint(
        "GET",
        "/api",
        "getApi",
        "Common",
        "This document",
        Query,
        answer_api,
        (Answer(200, "The OpenAPI document", {"type": "object"}, OPENAPI_JSON),),
    ),
    # Before the datasets: their paths have a place for an id, which the catalogue's would fill.
    *RECORD_ENDPOINTS,
    *DCAT_ENDPOINTS,
    *COLLECTION_ENDPOINTS,
    *LINEAGE_ENDPOINTS,
    *ITEM_ENDPOINTS,
    *DGGS_ENDPOINTS,
    *TILE_ENDPOINTS,
    *PROCESS_ENDPOINTS,
    *JOB_LIST_ENDPOINTS,
    *JOB_ENDPOINTS,
    *DISCOVERY_ENDPOINTS,
    *EVENT_ENDPOINTS,
)
ENDPOINTS: tuple[Endpoint[Any], ...] = tuple(map(with_page, _LISTED))
_ITEMS = next(each for each in ENDPOINTS if each.operation == "getFeatures")
