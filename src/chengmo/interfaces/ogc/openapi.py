"""The OpenAPI 3.0.3 document, read off the endpoints: it can say nothing that they do not do.

The document stands alone: a closed network cannot follow a remote reference, so every reference
points inside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chengmo.interfaces.identification import LOOPBACK_COOKIE
from chengmo.interfaces.ogc.dialect import to_openapi
from chengmo.interfaces.ogc.endpoint import HTML, Answer, Endpoint, Query
from chengmo.interfaces.problem import MEDIA_TYPE as PROBLEM_JSON

Schema = dict[str, Any]
_TEMPLATE = "#/components/schemas/{model}"
PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "description": "RFC 9457 problem document",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened"},
        "hint": {"type": "string", "description": "The way out"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "What is wrong with single fields of the request",
            "items": {
                "type": "object",
                "required": ["detail", "pointer"],
                "properties": {
                    "detail": {"type": "string", "description": "What is wrong"},
                    "pointer": {"type": "string", "description": "The field: an RFC 6901 pointer"},
                },
            },
        },
    },
}
_PATH_PARAMETERS: Mapping[str, str] = {
    "collectionId": "Id of a dataset",
    "recordId": "Id of an entry of the catalogue",
    "featureId": "Number of a row, from 1",
    "processId": "Id of a model",
    "jobId": "Id of a run",
    "otherId": "Id of another run",
    "layerKey": "Key of a layer of the decision",
    "dggrsId": "Id of a grid: BeiDou or GeoSOT",
    "zoneId": "Code of a cell",
    "tileMatrix": "Level, from 0 (the whole world in one tile) to 22",
    "tileRow": "Row, from 0 in the north",
    "tileCol": "Column, from 0 in the west",
}


def openapi_document(
    endpoints: Iterable[Endpoint[Any]],
    *,
    server: str,
    version: str,
    filters: Mapping[str, Sequence[Schema]],
) -> Schema:
    """Return the API's description.

    Args:
        endpoints: All of them; a path with fixed ids stands beside its template.
        server: Where the API lies.
        version: Of the platform.
        filters: Parameters that a dataset's queryables add, by path.
    """
    listed = list(endpoints)
    paths: Schema = {}
    for endpoint in listed:
        item = paths.setdefault(endpoint.path, {})
        item[endpoint.method.lower()] = _operation(endpoint, filters.get(endpoint.path, ()))
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Chengmo 城模",
            "version": version,
            "description": "Datasets as OGC API - Features, models as OGC API - Processes.",
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "servers": [{"url": server}],
        "tags": [{"name": name} for name in dict.fromkeys(item.tag for item in listed)],
        "paths": paths,
        # What is open to everybody needs neither.
        "security": [{}, {"key": []}, {"session": []}],
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "One's own API key"},
                "session": {"type": "apiKey", "in": "cookie", "name": LOOPBACK_COOKIE},
            },
            "schemas": {**_shapes(listed), "Problem": PROBLEM_SCHEMA},
            "responses": {
                "Problem": {
                    "description": "It could not be done; the document says why and what would",
                    "content": {
                        PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}},
                        HTML: {"schema": {"type": "string"}},
                    },
                }
            },
        },
    }


@cache
def query_parameters(query: type[Query]) -> list[Schema]:
    """Return the parameter objects of a query class."""
    schema = query.model_json_schema(by_alias=True)
    required = schema.get("required", ())
    parameters: list[Schema] = []
    for name, described in schema["properties"].items():
        value = to_openapi({k: v for k, v in described.items() if k != "title"})
        value.pop("nullable", None)
        if value.get("default", 0) is None:
            del value["default"]
        parameter = {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": value.pop("description", ""),
            "schema": value,
        }
        if value.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        parameters.append(parameter)
    return parameters


def _operation(endpoint: Endpoint[Any], filters: Sequence[Schema]) -> Schema:
    path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": {"type": "string"},
        }
        for name, description in _PATH_PARAMETERS.items()
        if f"{{{name}}}" in endpoint.path
    ]
    headers = [
        {
            "name": header.name,
            "in": "header",
            "required": False,
            "description": header.description,
            "schema": dict(header.schema),
        }
        for header in endpoint.headers
    ]
    operation: Schema = {
        "operationId": endpoint.operation,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "parameters": [*path, *query_parameters(endpoint.query), *filters, *headers],
        "responses": {
            **{
                str(answer.status): _response(answer, paged=endpoint.page is not None)
                for answer in endpoint.answers
            },
            "4XX": {"$ref": "#/components/responses/Problem"},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "description": endpoint.body.description,
            "required": True,
            "content": {"application/json": {"schema": to_openapi(endpoint.body.schema)}},
        }
    return operation


def _response(answer: Answer, *, paged: bool) -> Schema:
    response: Schema = {"description": answer.description}
    if answer.headers:
        response["headers"] = {
            name: {"description": description, "schema": {"type": "string"}}
            for name, description in answer.headers.items()
        }
    if answer.shape is None:
        return response
    if isinstance(answer.shape, type):
        schema: Schema = {"$ref": _TEMPLATE.format(model=answer.shape.__name__)}
    else:
        schema = to_openapi(answer.shape)
    others = (*answer.also, *((HTML,) if paged else ()))
    content = {answer.media_type: {"schema": schema}}
    content |= {media_type: {"schema": {"type": "string"}} for media_type in others}
    return {**response, "content": content}


def _shapes(endpoints: Iterable[Endpoint[Any]]) -> Schema:
    shapes = (answer.shape for endpoint in endpoints for answer in endpoint.answers)
    classes = dict.fromkeys(shape for shape in shapes if isinstance(shape, type))
    return _schemas_of(tuple(classes))


# The classes are the same at every call, and reading their schemas takes tens of milliseconds.
@cache
def _schemas_of(shapes: tuple[type[BaseModel], ...]) -> Schema:
    _, schema = models_json_schema(
        [(shape, "serialization") for shape in shapes], by_alias=True, ref_template=_TEMPLATE
    )
    return {name: _optional(to_openapi(shape)) for name, shape in schema["$defs"].items()}


def _optional(shape: Schema) -> Schema:
    # What has a default may be left out, and what is null is left out. The titles only repeat
    # the names.
    for value in shape.get("properties", {}).values():
        value.pop("title", None)
        if value.get("default", 0) is None:
            del value["default"]
    required = [
        name
        for name in shape.get("required", ())
        if not shape["properties"].get(name, {}).get("nullable")
    ]
    if required:
        shape["required"] = required
    else:
        shape.pop("required", None)
    return shape
