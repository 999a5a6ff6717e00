"""The catalogue as a searchable collection of records (OGC API - Records, OGC 20-004r1).

It stands beside the datasets as one more collection, so any client of Features reads it too.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from pydantic_core import to_json

from chengmo.errors import UnknownDataset
from chengmo.interfaces.exchange.record import Record
from chengmo.interfaces.exchange.search import ranked
from chengmo.interfaces.ogc.crs import CRS84
from chengmo.interfaces.ogc.dcat import answer_dcat_record
from chengmo.interfaces.ogc.document import Link, RecordCollection
from chengmo.interfaces.ogc.endpoint import (
    GEOJSON,
    HTML,
    JSON_LD,
    SCHEMA_JSON,
    TURTLE,
    Answer,
    Call,
    Endpoint,
    PageQuery,
    Query,
    Reply,
)
from chengmo.interfaces.ogc.record_document import (
    CATALOGUE,
    CATALOGUE_PATH,
    FACET_WORDS,
    FACETS,
    MOST_BUCKETS,
    OPENING_WORDS,
    SHARING_WORDS,
    facets_of,
    record_document,
)
from chengmo.interfaces.ogc.record_question import (
    RESOURCE_TYPE,
    SORTABLES,
    RecordQuery,
    RecordsQuery,
    SearchQuery,
    select,
)
from chengmo.interfaces.ogc.record_source import records_for
from chengmo.model import Text

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_OGC = "http://www.opengis.net/def/rel/ogc/1.0/"
TITLE = Text(zh="数据目录", en="The catalogue of data")
DESCRIPTION = Text(
    zh="本平台数据与采集自其他平台的数据条目：谁管理、如何共享、到哪里获取。",
    en="The data of this platform, and entries harvested from others: who answers for them, how "
    "they are shared, where they are.",
)
_TITLES = {
    "id": Text(zh="标识", en="Id"),
    "title": Text(zh="名称", en="Title"),
    "updated": Text(zh="更新时间", en="Updated"),
    "type": Text(zh="类型", en="Type"),
    **FACET_WORDS,
}


def describe_catalogue(call: Call[Any]) -> RecordCollection:
    """Return the catalogue as a collection."""
    title = call.say(TITLE)
    items = f"{CATALOGUE_PATH}/items"
    return RecordCollection(
        id=CATALOGUE,
        title=title or CATALOGUE,
        description=call.say(DESCRIPTION),
        crs=(CRS84,),
        links=(
            call.link(CATALOGUE_PATH, "self", title=title),
            call.link(f"{CATALOGUE_PATH}?f=html", "alternate", HTML),
            call.link("/dcat?f=jsonld", "alternate", JSON_LD, "DCAT-AP"),
            call.link("/dcat?f=ttl", "alternate", TURTLE, "DCAT-AP"),
            call.link(items, "items", GEOJSON, title),
            call.link(f"{CATALOGUE_PATH}/queryables", f"{_OGC}queryables", SCHEMA_JSON),
            call.link(f"{CATALOGUE_PATH}/sortables", f"{_OGC}sortables", SCHEMA_JSON),
            call.link(f"{CATALOGUE_PATH}/facets", f"{_OGC}facets"),
        ),
    )


def answer_catalogue(call: Call[PageQuery]) -> Reply:
    """Return the catalogue as a collection."""
    return call.reply(describe_catalogue(call))


def answer_records(call: Call[RecordsQuery]) -> Reply:
    """Return a page of entries, and how often each value occurs in all that fit."""
    query = call.query
    found = select(records_for(call), query)
    page = found[query.offset : query.offset + query.limit]
    time = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    document = _page_document(call, found, page, _page_links(call, len(found)))
    return Reply(to_json({**document, "timeStamp": time}), media_type=GEOJSON)


def answer_search(call: Call[SearchQuery]) -> Reply:
    """Return the entries, ours and harvested ones, that answer a question, the best first."""
    query = call.query
    found = ranked(records_for(call), query.q)
    page = found[query.offset : query.offset + query.limit]
    links = [call.here(GEOJSON)]
    if query.offset + query.limit < len(found):
        asked = {"q": query.q, "limit": query.limit, "offset": query.offset + query.limit}
        links.append(call.link(f"/search?{urlencode(asked)}", "next", GEOJSON))
    return Reply(to_json(_page_document(call, found, page, links)), media_type=GEOJSON)


def _page_document(
    call: Call[Any], found: Sequence[Record], page: Sequence[Record], links: list[Link]
) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [record_document(call, record) for record in page],
        "facets": facets_of(found),
        "numberMatched": len(found),
        "numberReturned": len(page),
        "links": [link.model_dump(exclude_none=True) for link in links],
    }


def _page_links(call: Call[RecordsQuery], found: int) -> list[Link]:
    query = call.query
    links = [
        call.here(GEOJSON),
        _moved(call, "alternate", HTML, {"f": "html"}),
        call.link(CATALOGUE_PATH, "collection"),
    ]
    if query.offset + query.limit < found:
        after = {"offset": str(query.offset + query.limit)}
        links.append(_moved(call, "next", GEOJSON, after))
    if query.offset > 0:
        before = {"offset": str(max(0, query.offset - query.limit))}
        links.append(_moved(call, "prev", GEOJSON, before))
    return links


def _moved(call: Call[Any], rel: str, media_type: str, changes: dict[str, str]) -> Link:
    kept = {name: value for name, value in call.request.query_params.items() if name not in changes}
    asked = urlencode({**kept, **changes})
    return call.link(f"{CATALOGUE_PATH}/items?{asked}", rel, media_type)


def answer_record(call: Call[RecordQuery]) -> Reply:
    """Return one entry.

    Raises:
        UnknownDataset: If there is none that the caller may know of.
    """
    record = _record(call)
    if call.form in {"jsonld", "ttl"}:
        return answer_dcat_record(call, record)
    return Reply(to_json(record_document(call, record)), media_type=GEOJSON)


def _record(call: Call[Any]) -> Record:
    wanted = call.path["recordId"]
    found = next((record for record in records_for(call) if record.id == wanted), None)
    if found is None:
        raise UnknownDataset(
            f"the catalogue has no entry '{wanted[:100]}'", hint=f"search in {CATALOGUE_PATH}/items"
        )
    return found


def answer_queryables(call: Call[PageQuery]) -> Reply:
    """Return what entries can be asked for by, as a JSON schema."""
    values: dict[str, dict[str, Any]] = {name: {"type": "string"} for name in FACETS}
    values["sharing"]["enum"] = [*SHARING_WORDS]
    values["opening"]["enum"] = [*OPENING_WORDS]
    values["type"] = {"type": "string", "enum": [RESOURCE_TYPE]}
    properties: dict[str, Any] = {
        name: {**schema, "title": call.say(_TITLES[name]), "facet": name in FACETS}
        for name, schema in values.items()
    }
    properties["geometry"] = {"format": "geometry-polygon", "x-ogc-role": "primary-geometry"}
    return _schema(call, "queryables", properties)


def answer_sortables(call: Call[PageQuery]) -> Reply:
    """Return what entries can be sorted by, as a JSON schema."""
    properties = {name: {"type": "string", "title": call.say(_TITLES[name])} for name in SORTABLES}
    properties["updated"] |= {"format": "date-time"}
    return _schema(call, "sortables", properties)


def _schema(call: Call[Any], which: str, properties: dict[str, Any]) -> Reply:
    schema = {
        "$schema": _DRAFT,
        "$id": f"{call.base}{CATALOGUE_PATH}/{which}",
        "type": "object",
        "title": call.say(TITLE),
        "properties": properties,
        "additionalProperties": False,
    }
    return Reply(to_json(schema), media_type=SCHEMA_JSON)


def answer_facets(call: Call[Query]) -> Reply:
    """Return by which values entries are counted (draft of OGC API - Records, Part 2)."""
    facets = {name: {"type": "term", "property": name, "sortedBy": "count"} for name in FACETS}
    document = {
        "id": CATALOGUE,
        "title": call.say(TITLE),
        "facets": facets,
        "defaultBucketCount": MOST_BUCKETS,
    }
    return Reply(to_json(document))


_RECORD = {
    "type": "object",
    "required": ["id", "type", "geometry", "properties", "links"],
    "properties": {
        "id": {"type": "string"},
        "type": {"type": "string", "enum": ["Feature"]},
        "time": {"type": "object", "nullable": True},
        "geometry": {"type": "object", "nullable": True},
        "properties": {
            "type": "object",
            "required": ["type", "title"],
            "properties": {"type": {"type": "string"}, "title": {"type": "string"}},
        },
        "links": {"type": "array", "items": {"type": "object", "required": ["href", "rel"]}},
    },
}
_RECORDS = {
    "type": "object",
    "required": ["type", "features", "numberMatched", "numberReturned", "links", "facets"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": _RECORD},
        "facets": {"type": "object"},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
        "timeStamp": {"type": "string", "format": "date-time"},
        "links": {"type": "array", "items": {"type": "object", "required": ["href", "rel"]}},
    },
}
SEARCH = Endpoint(
    "GET",
    "/search",
    "search",
    "Records",
    "Entries that answer a question, of this catalogue and of those harvested, the best first",
    SearchQuery,
    answer_search,
    (Answer(200, "The entries", _RECORDS, GEOJSON),),
)
_OBJECT = {"type": "object", "required": ["$schema", "type", "properties"]}
ENDPOINTS: tuple[Endpoint[Any], ...] = (
    SEARCH,
    Endpoint(
        "GET",
        CATALOGUE_PATH,
        "getCatalogue",
        "Records",
        "The catalogue, as a collection of records",
        PageQuery,
        answer_catalogue,
        (Answer(200, "The collection", RecordCollection),),
    ),
    Endpoint(
        "GET",
        f"{CATALOGUE_PATH}/items",
        "getRecords",
        "Records",
        "A page of the catalogue's entries, searched and counted",
        RecordsQuery,
        answer_records,
        (Answer(200, "A page of records", _RECORDS, GEOJSON),),
    ),
    Endpoint(
        "GET",
        f"{CATALOGUE_PATH}/items/{{recordId}}",
        "getCatalogueRecord",
        "Records",
        "One entry of the catalogue",
        RecordQuery,
        answer_record,
        (Answer(200, "The record", _RECORD, GEOJSON, also=(JSON_LD, TURTLE)),),
    ),
    Endpoint(
        "GET",
        f"{CATALOGUE_PATH}/queryables",
        "getRecordQueryables",
        "Records",
        "The properties by which entries can be asked for",
        PageQuery,
        answer_queryables,
        (Answer(200, "A JSON schema", _OBJECT, SCHEMA_JSON),),
    ),
    Endpoint(
        "GET",
        f"{CATALOGUE_PATH}/sortables",
        "getSortables",
        "Records",
        "The properties by which entries can be sorted",
        PageQuery,
        answer_sortables,
        (Answer(200, "A JSON schema", _OBJECT, SCHEMA_JSON),),
    ),
    Endpoint(
        "GET",
        f"{CATALOGUE_PATH}/facets",
        "getFacets",
        "Records",
        "The properties whose values are counted in a page of entries",
        Query,
        answer_facets,
        (Answer(200, "The facets", {"type": "object", "required": ["id", "facets"]}),),
    ),
)
