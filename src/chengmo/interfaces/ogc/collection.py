"""Datasets as collections (OGC API - Features): the list, one of them, its schemas."""

from typing import Any

from pydantic_core import to_json

from chengmo.catalog.dataset import Dataset
from chengmo.interfaces.ogc.access import permitted_dataset
from chengmo.interfaces.ogc.crs import CRS84, STORAGE_CRS, SYSTEMS
from chengmo.interfaces.ogc.document import (
    Collection,
    Collections,
    DatasetVersion,
    DatasetVersions,
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
from chengmo.interfaces.ogc.question import (
    DescriptionQuery,
    ItemsQuery,
    queryables_of,
    schema_of,
)
from chengmo.interfaces.ogc.record import describe_catalogue
from chengmo.interfaces.ogc.record_document import CATALOGUE_PATH
from chengmo.interfaces.ogc.relation import GRIDS, HISTORY, LATEST, PROVENANCE, TILESETS

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


def describe_collection(call: Call[Any], dataset: Dataset, *, pinned: str = "") -> Collection:
    """Return `dataset` as a collection.

    Args:
        call: What was asked.
        dataset: A version of it, as the caller may see it.
        pinned: Parameter for links to what belongs to this version; none leads to the latest.
    """
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
            call.link(f"{path}{pinned}", "self", title=title),
            *([call.link(path, LATEST, title=title)] if pinned else ()),
            call.link(f"{path}/versions", HISTORY),
            call.link(f"{path}/items{pinned}", "items", GEOJSON, title),
            call.link(f"{path}/items{_with_html(pinned)}", "items", HTML, title),
            call.link(f"{path}/queryables{pinned}", _QUERYABLES, SCHEMA_JSON),
            call.link(f"{path}/schema{pinned}", _SCHEMA, SCHEMA_JSON),
            *([call.link(f"{path}/tiles{pinned}", TILESETS)] if placed else ()),
            *([call.link(f"{path}/dggs", GRIDS)] if placed else ()),
            call.link(f"{path}/lineage", PROVENANCE),
            call.link(f"{CATALOGUE_PATH}/items/{dataset.id}", "describedby", GEOJSON),
            call.link(f"{path}{_with_html(pinned)}", "alternate", HTML),
            call.link("/app/", "alternate", HTML),
        ),
    )


def _with_html(pinned: str) -> str:
    return f"{pinned}&f=html" if pinned else "?f=html"


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


def answer_collection(call: Call[DescriptionQuery]) -> Reply:
    """Return one collection."""
    dataset = permitted_dataset(call, call.query.dataset_version)
    return call.reply(describe_collection(call, dataset, pinned=call.query.pinning))


def answer_versions(call: Call[Query]) -> Reply:
    """Return the versions of a dataset that the caller may see, the newest first."""
    path = f"/collections/{call.path['collectionId']}"
    listed = tuple(
        DatasetVersion(
            version=each.version,
            updated=each.created_utc,
            row_count=each.row_count,
            links=(
                call.link(f"{path}?dataset-version={each.version}", "version"),
                call.link(f"{path}/items?dataset-version={each.version}", "items", GEOJSON),
            ),
        )
        for each in reversed(call.view.versions(call.path["collectionId"]))
    )
    links = (call.here(), call.link(path, "collection"))
    return call.reply(DatasetVersions(links=links, versions=listed))


def answer_queryables(call: Call[DescriptionQuery]) -> Reply:
    """Return what features can be asked for by, as a JSON schema."""
    return _answer_schema(call, "queryables")


def answer_schema(call: Call[DescriptionQuery]) -> Reply:
    """Return what features have, as a JSON schema."""
    return _answer_schema(call, "schema")


def _answer_schema(call: Call[DescriptionQuery], which: str) -> Reply:
    dataset = permitted_dataset(call, call.query.dataset_version)
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
        "$id": f"{call.base}/collections/{dataset.id}/{which}{call.query.pinning}",
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
        DescriptionQuery,
        answer_collection,
        (Answer(200, "The collection", Collection),),
    ),
    Endpoint(
        "GET",
        "/collections/{collectionId}/versions",
        "getVersions",
        "Features",
        "The versions of a dataset",
        Query,
        answer_versions,
        (Answer(200, "The versions", DatasetVersions),),
    ),
    Endpoint(
        "GET",
        "/collections/{collectionId}/queryables",
        "getQueryables",
        "Features",
        "The properties by which features can be asked for",
        DescriptionQuery,
        answer_queryables,
        (Answer(200, "A JSON schema", _OBJECT, SCHEMA_JSON),),
    ),
    Endpoint(
        "GET",
        "/collections/{collectionId}/schema",
        "getSchema",
        "Features",
        "The properties that features have",
        DescriptionQuery,
        answer_schema,
        (Answer(200, "A JSON schema", _OBJECT, SCHEMA_JSON),),
    ),
)
