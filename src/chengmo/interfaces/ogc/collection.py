"""Datasets as collections (OGC API - Features): the list, one of them, its schemas."""

from typing import Any

from pydantic_core import to_json

from chengmo.catalog.dataset import Dataset
from chengmo.interfaces.ogc.access import permitted_dataset
from chengmo.interfaces.ogc.crs import CRS84, STORAGE_CRS, SYSTEMS
from chengmo.interfaces.ogc.document import (
    Collection,
    Collections,
    Extent,
    SpatialExtent,
    TemporalExtent,
)
from chengmo.interfaces.ogc.endpoint import (
    GEOJSON,
    HTML,
    SCHEMA_JSON,
    Answer,
    Call,
    Endpoint,
    Query,
    Reply,
    names_of,
)
from chengmo.interfaces.ogc.question import ItemsQuery, queryables_of, schema_of
from chengmo.interfaces.ogc.record import describe_catalogue
from chengmo.interfaces.ogc.record_document import CATALOGUE_PATH
from chengmo.interfaces.ogc.relation import GRIDS, PROVENANCE, TILESETS

_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_SCHEMA = "http://www.opengis.net/def/rel/ogc/1.0/schema"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_GEOMETRY_FORMATS = {
    "point": "geometry-point-or-multipoint",
    "line": "geometry-linestring-or-multilinestring",
    "polygon": "geometry-polygon-or-multipolygon",
    "mixed": "geometry-any",
}
RESERVED = names_of(ItemsQuery)


def describe_collection(call: Call[Any], dataset: Dataset) -> Collection:
    """Return `dataset` as a collection."""
    path = f"/collections/{dataset.id}"
    title = call.say(dataset.title) or dataset.id
    placed = dataset.geometry_type != "none"
    return Collection(
        id=dataset.id,
        title=title,
        description=call.say(dataset.description),
        attribution=dataset.attribution or None,
        keywords=dataset.keywords,
        extent=_extent_of(dataset),
        crs=tuple(SYSTEMS) if placed else (CRS84,),
        storage_crs=STORAGE_CRS if placed else None,
        license=dataset.licence or None,
        steward=dataset.steward or None,
        version=dataset.version,
        row_count=dataset.row_count,
        geometry_type=dataset.geometry_type,
        synthetic=dataset.synthetic,
        updated=dataset.created_utc,
        links=(
            call.link(path, "self", title=title),
            call.link(f"{path}/items", "items", GEOJSON, title),
            call.link(f"{path}/items?f=html", "items", HTML, title),
            call.link(f"{path}/queryables", _QUERYABLES, SCHEMA_JSON),
            call.link(f"{path}/schema", _SCHEMA, SCHEMA_JSON),
            *([call.link(f"{path}/tiles", TILESETS)] if placed else ()),
            *([call.link(f"{path}/dggs", GRIDS)] if placed else ()),
            call.link(f"{path}/lineage", PROVENANCE),
            call.link(f"{CATALOGUE_PATH}/items/{dataset.id}", "describedby", GEOJSON),
            call.link(f"{path}?f=html", "alternate", HTML),
            call.link("/app/", "alternate", HTML),
        ),
    )


def _extent_of(dataset: Dataset) -> Extent | None:
    if dataset.extent is None and dataset.time_extent is None:
        return None
    return Extent(
        spatial=SpatialExtent(bbox=(dataset.extent,), crs=CRS84) if dataset.extent else None,
        temporal=_interval_of(dataset.time_extent) if dataset.time_extent else None,
    )


def _interval_of(extent: tuple[str, str]) -> TemporalExtent:
    # The standard wants date-times: a date column's first and last day begin and end at midnight.
    first, last = (
        text if "T" in text else f"{text}T{clock}Z"
        for text, clock in zip(extent, ("00:00:00", "23:59:59"), strict=True)
    )
    return TemporalExtent(interval=((first, last),))


def answer_collections(call: Call[Query]) -> Reply:
    """Return the collections that the caller may see."""
    listed = tuple(describe_collection(call, dataset) for dataset in call.view.datasets())
    links = (
        call.here(),
        call.link("/collections?f=html", "alternate", HTML),
        call.link("/app/", "alternate", HTML),
    )
    every = (*listed, describe_catalogue(call))
    return call.reply(Collections(links=links, crs=tuple(SYSTEMS), collections=every))


def answer_collection(call: Call[Query]) -> Reply:
    """Return one collection."""
    return call.reply(describe_collection(call, permitted_dataset(call)))


def answer_queryables(call: Call[Query]) -> Reply:
    """Return what features can be asked for by, as a JSON schema."""
    return _answer_schema(call, "queryables")


def answer_schema(call: Call[Query]) -> Reply:
    """Return what features have, as a JSON schema."""
    return _answer_schema(call, "schema")


def _answer_schema(call: Call[Query], which: str) -> Reply:
    dataset = permitted_dataset(call)
    asking = which == "queryables"
    columns = queryables_of(dataset, RESERVED) if asking else dataset.columns
    properties: dict[str, Any] = {column.name: schema_of(column, call.say) for column in columns}
    if dataset.geometry_type in _GEOMETRY_FORMATS:
        properties["geometry"] = {
            "format": _GEOMETRY_FORMATS[dataset.geometry_type],
            "x-ogc-role": "primary-geometry",
        }
    if dataset.time_column in properties:
        properties[dataset.time_column]["x-ogc-role"] = "primary-instant"
    schema = {
        "$schema": _DRAFT,
        "$id": f"{call.base}/collections/{dataset.id}/{which}",
        "type": "object",
        "title": call.say(dataset.title) or dataset.id,
        "properties": properties,
        # Other names are refused, so a misspelt filter is never silently ignored.
        **({"additionalProperties": False} if asking else {}),
    }
    return Reply(to_json(schema), media_type=SCHEMA_JSON)


_OBJECT = {"type": "object", "required": ["$schema", "type", "properties"]}
ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        "/collections",
        "getCollections",
        "Features",
        "The datasets, as collections of features",
        Query,
        answer_collections,
        (Answer(200, "The collections", Collections),),
    ),
    Endpoint(
        "GET",
        "/collections/{collectionId}",
        "describeCollection",
        "Features",
        "One dataset: what it is, where and when it holds",
        Query,
        answer_collection,
        (Answer(200, "The collection", Collection),),
    ),
    Endpoint(
        "GET",
        "/collections/{collectionId}/queryables",
        "getQueryables",
        "Features",
        "The properties by which features can be asked for",
        Query,
        answer_queryables,
        (Answer(200, "A JSON schema", _OBJECT, SCHEMA_JSON),),
    ),
    Endpoint(
        "GET",
        "/collections/{collectionId}/schema",
        "getSchema",
        "Features",
        "The properties that features have",
        Query,
        answer_schema,
        (Answer(200, "A JSON schema", _OBJECT, SCHEMA_JSON),),
    ),
)
