"""Rows as features (OGC API - Features): pages of them and single ones."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from pydantic_core import to_json

from chengmo.catalog.condition import Condition
from chengmo.catalog.dataset import Dataset
from chengmo.catalog.feature import encode_features
from chengmo.errors import InvalidQuery
from chengmo.interfaces.entity_tag import is_held
from chengmo.interfaces.ogc.access import permitted_dataset
from chengmo.interfaces.ogc.collection import RESERVED
from chengmo.interfaces.ogc.crs import SYSTEMS
from chengmo.interfaces.ogc.document import Link
from chengmo.interfaces.ogc.endpoint import GEOJSON, Answer, Call, Endpoint, Reply
from chengmo.interfaces.ogc.geojson import stream_collection
from chengmo.interfaces.ogc.question import (
    FeatureQuery,
    ItemsQuery,
    box_of,
    queryables_of,
)
from chengmo.interfaces.ogc.relation import LATEST
from chengmo.interfaces.ogc.selection import Selection, time_conditions
from chengmo.interfaces.ogc.version import platform_version
from chengmo.interfaces.problem import NOT_FOUND, Problem

_BATCH_ROWS = 1000
_INT64_MAX = 2**63 - 1


def answer_items(call: Call[ItemsQuery]) -> Reply:
    """Return a page of features, with a link to the next one if there are more."""
    query = call.query
    dataset = permitted_dataset(call, query.dataset_version)
    conditions = _conditions_of(call, dataset)
    box = box_of(query.bbox, query.bbox_crs) if query.bbox else None
    tag = _tag_of(call, dataset)
    if is_held(call.request, tag):
        return Reply(status=304, media_type=GEOJSON, headers={"ETag": tag, **call.keeping})
    selection = Selection(call.view, dataset, conditions, box)
    page, is_last = selection.page(after_row=query.after, limit=query.limit)
    up = call.link(f"/collections/{dataset.id}{query.pinning}", "collection")
    links = [call.here(GEOJSON), *call.as_page(), up]
    if query.dataset_version is not None:
        links.append(call.link(f"/collections/{dataset.id}/items", LATEST, GEOJSON))
    if not is_last:
        links.append(_next_link(call, dataset, page.column("_row")[-1].as_py()))
    counted = selection.is_everything or query.with_count
    tail = _tail(page.num_rows, selection.count() if counted else None, links)
    headers = {"Content-Crs": f"<{query.crs}>", "ETag": tag, **call.keeping}
    return Reply(_write(page, dataset, query.crs, tail), media_type=GEOJSON, headers=headers)


def _write(page: pa.Table, dataset: Dataset, system: str, tail: bytes) -> bytes | Iterator[bytes]:
    names = [column.name for column in dataset.columns]
    latitude_first = SYSTEMS[system].latitude_first
    head = b'{"type":"FeatureCollection","features":['
    batches = (
        encode_features(page.slice(start, _BATCH_ROWS), names, latitude_first=latitude_first)
        for start in range(0, page.num_rows, _BATCH_ROWS)
    )
    pieces = stream_collection(head, batches, tail)
    # A small page goes out whole, with its length; a large one is never held as text at once.
    return b"".join(pieces) if page.num_rows <= _BATCH_ROWS else pieces


def _tail(returned: int, matched: int | None, links: Sequence[Link]) -> bytes:
    members: dict[str, Any] = {"numberReturned": returned}
    if matched is not None:
        members["numberMatched"] = matched
    members["timeStamp"] = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    members["links"] = [link.model_dump(exclude_none=True) for link in links]
    return b"]," + to_json(members)[1:]


def _tag_of(call: Call[Any], dataset: Dataset) -> str:
    # Weak, for the time stamp differs while the features are the same.
    version = f"{dataset.id}.{dataset.version}.{dataset.snapshot}.{dataset.edition[:16]}"
    return f'W/"{version}.{platform_version()}.{call.language}.{call.form}"'


def _next_link(call: Call[ItemsQuery], dataset: Dataset, last_row: int) -> Link:
    kept = [
        (name, value)
        for name, value in call.request.query_params.multi_items()
        if name not in {"after", "dataset-version"}
    ]
    # The version is pinned, so that a page is never mixed of two versions.
    pinned = [*kept, ("dataset-version", str(dataset.version)), ("after", str(last_row))]
    return call.link(f"/collections/{dataset.id}/items?{urlencode(pinned)}", "next", GEOJSON)


def _conditions_of(call: Call[ItemsQuery], dataset: Dataset) -> tuple[Condition, ...]:
    columns = {column.name: column for column in queryables_of(dataset, RESERVED)}
    for name in call.filters:
        if name not in columns:
            raise InvalidQuery(
                f"'{name[:100]}' is not a parameter here",
                hint=f"the parameters are: {', '.join([*sorted(RESERVED), *columns])}",
            )
    equal = (Condition(name, "=", text) for name, text in call.filters.items())
    return (*equal, *time_conditions(dataset, call.query.datetime))


def answer_item(call: Call[FeatureQuery]) -> Reply | Problem:
    """Return one feature."""
    dataset = permitted_dataset(call, call.query.dataset_version)
    text = call.path["featureId"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0  # noqa: PLR2004 - int64
    if not 1 <= number <= min(dataset.row_count, _INT64_MAX):
        detail = f"'{dataset.id}' has no row '{text[:100]}'"
        return Problem(NOT_FOUND, detail, f"rows are numbered from 1 to {dataset.row_count}")
    tag = _tag_of(call, dataset)
    if is_held(call.request, tag):
        return Reply(status=304, media_type=GEOJSON, headers={"ETag": tag, **call.keeping})
    row = call.view.item(dataset.id, number, dataset.version)
    names = [column.name for column in dataset.columns]
    system = call.query.crs
    feature = encode_features(row, names, latitude_first=SYSTEMS[system].latitude_first)
    path = f"/collections/{dataset.id}{call.query.pinning}"
    links = (call.here(GEOJSON), *call.as_page(), call.link(path, "collection"))
    listed = to_json({"links": [link.model_dump(exclude_none=True) for link in links]})
    return Reply(
        feature[:-1] + b"," + listed[1:],
        media_type=GEOJSON,
        headers={"Content-Crs": f"<{system}>", "ETag": tag, **call.keeping},
    )


_GEOMETRY = {
    "type": "object",
    "nullable": True,
    "required": ["type"],
    "properties": {"type": {"type": "string"}},
}
_FEATURE = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"type": "integer"},
        "geometry": _GEOMETRY,
        "properties": {"type": "object"},
    },
}
_COLLECTION = {
    "type": "object",
    "required": ["type", "features", "numberReturned", "links"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": _FEATURE},
        "numberReturned": {"type": "integer", "minimum": 0},
        "numberMatched": {"type": "integer", "minimum": 0},
        "timeStamp": {"type": "string", "format": "date-time"},
        "links": {"type": "array", "items": {"type": "object", "required": ["href", "rel"]}},
    },
}
_HEADERS = {"Content-Crs": "Coordinate system of the answer", "ETag": "Of this version and query"}
UNCHANGED = Answer(304, "Unchanged since the ETag that was sent")


def items_endpoint(path: str, operation: str) -> Endpoint[ItemsQuery]:
    """Return the endpoint of a page of features, at `path`."""
    return Endpoint(
        "GET",
        path,
        operation,
        "Features",
        "A page of features, the rows of a dataset",
        ItemsQuery,
        answer_items,
        (Answer(200, "A page of features", _COLLECTION, GEOJSON, _HEADERS), UNCHANGED),
        takes_filters=True,
    )


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    items_endpoint("/collections/{collectionId}/items", "getFeatures"),
    Endpoint(
        "GET",
        "/collections/{collectionId}/items/{featureId}",
        "getFeature",
        "Features",
        "One feature, a row of a dataset",
        FeatureQuery,
        answer_item,
        (Answer(200, "The feature", _FEATURE, GEOJSON, _HEADERS), UNCHANGED),
    ),
)
