"""The whole API: every endpoint joined to the platform, and the document that describes them."""

from typing import Any

from pydantic_core import to_json
from starlette.routing import BaseRoute

from chengmo.interfaces.ogc.collection import ENDPOINTS as COLLECTION_ENDPOINTS
from chengmo.interfaces.ogc.collection import RESERVED
from chengmo.interfaces.ogc.dggs import ENDPOINTS as DGGS_ENDPOINTS
from chengmo.interfaces.ogc.dispatch import routes_of
from chengmo.interfaces.ogc.endpoint import OPENAPI_JSON, Answer, Call, Endpoint, Query, Reply
from chengmo.interfaces.ogc.event import ENDPOINTS as EVENT_ENDPOINTS
from chengmo.interfaces.ogc.item import ENDPOINTS as ITEM_ENDPOINTS
from chengmo.interfaces.ogc.item import items_endpoint
from chengmo.interfaces.ogc.job import ENDPOINTS as JOB_ENDPOINTS
from chengmo.interfaces.ogc.job_list import ENDPOINTS as JOB_LIST_ENDPOINTS
from chengmo.interfaces.ogc.landing import ENDPOINTS as LANDING_ENDPOINTS
from chengmo.interfaces.ogc.openapi import openapi_document
from chengmo.interfaces.ogc.process import ENDPOINTS as PROCESS_ENDPOINTS
from chengmo.interfaces.ogc.process import description_of, execution_endpoint
from chengmo.interfaces.ogc.question import filter_parameters, queryables_of
from chengmo.interfaces.ogc.tile import ENDPOINTS as TILE_ENDPOINTS
from chengmo.interfaces.ogc.version import platform_version
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
        concrete.append(items_endpoint(path, f"getFeaturesOf.{dataset.id}"))
        filters[path] = filter_parameters(queryables_of(dataset, RESERVED))
    for model in call.platform.models.values():
        path = f"/processes/{model.id}/execution"
        schema = description_of(model).request_schema
        concrete.append(execution_endpoint(path, f"execute.{model.id}", schema))
    document = openapi_document(
        [*ENDPOINTS, *concrete],
        server=call.base or "/",
        version=platform_version(),
        filters=filters,
    )
    return Reply(to_json(document), media_type=OPENAPI_JSON)


ENDPOINTS: tuple[Endpoint[Any], ...] = (
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
    *COLLECTION_ENDPOINTS,
    *ITEM_ENDPOINTS,
    *DGGS_ENDPOINTS,
    *TILE_ENDPOINTS,
    *PROCESS_ENDPOINTS,
    *JOB_LIST_ENDPOINTS,
    *JOB_ENDPOINTS,
    *EVENT_ENDPOINTS,
)
