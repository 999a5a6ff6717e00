"""The OpenAPI 3.0.3 document, read off the endpoints: it can say nothing that they do not do.

The document stands alone: a closed network cannot follow a remote reference, so every reference
points inside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chengmo.interfaces.identification import session_cookie_name
from chengmo.interfaces.ogc.dialect import to_openapi
from chengmo.interfaces.ogc.endpoint import HTML, Answer, Endpoint, Header, Query
from chengmo.interfaces.problem import MEDIA_TYPE as PROBLEM_JSON
from chengmo.interfaces.purpose import HEADER as PURPOSE_HEADER
from chengmo.interfaces.purpose import VIEW
from chengmo.sharing.policy import PURPOSE_PATTERN

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


_KEY, _SESSION = "key", "session"
_CREDENTIALS: tuple[Schema, ...] = ({_KEY: []}, {_SESSION: []})
# Below these paths answers are made of data, which are for a purpose.
_OF_DATA = ("/collections", "/dcat", "/search")
_PURPOSE = Header(
    PURPOSE_HEADER,
    "What the data are for: one word. Policies may go by it, and the audit keeps it.",
    {"type": "string", "pattern": PURPOSE_PATTERN, "default": VIEW},
)


def openapi_document(
    endpoints: Iterable[Endpoint[Any]],
    *,
    servers: Sequence[str],
    version: str,
    filters: Mapping[str, Sequence[Schema]],
) -> Schema:
    """Return the API's description.

    Args:
        endpoints: All of them; a path with fixed ids stands beside its template.
        servers: Where the API lies; what was asked comes first.
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
        "servers": [{"url": server} for server in servers],
        "tags": [{"name": name} for name in dict.fromkeys(item.tag for item in listed)],
        # What is open to everybody needs no credentials.
        "security": [{}, *_CREDENTIALS],
        "paths": paths,
        "components": {
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
            "securitySchemes": _security_schemes(servers[0]),
        },
    }


def _security_schemes(server: str) -> Schema:
    return {
        _KEY: {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key: made on the page of one's account, or by `chengmo key add`",
        },
        _SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": session_cookie_name(server.partition(":")[0]),
            "description": "The page's session. What writes by it must send this server's Origin.",
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
        for header in (*endpoint.headers, *((_PURPOSE,) if _is_for_a_purpose(endpoint) else ()))
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
    if endpoint.scope != "read":
        # As long as nobody has set a password, this machine's user needs neither.
        operation["security"] = [*_CREDENTIALS, {}]
        operation["description"] = f"Needs a role, and a key of scope `{endpoint.scope}`."
    if endpoint.body is not None:
        operation["requestBody"] = {
            "description": endpoint.body.description,
            "required": True,
            "content": {"application/json": {"schema": to_openapi(endpoint.body.schema)}},
        }
    return operation


def _is_for_a_purpose(endpoint: Endpoint[Any]) -> bool:
    return endpoint.scope == "run" or endpoint.path.startswith(_OF_DATA)


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
