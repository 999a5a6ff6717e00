"""One zone: what it is, and what a dataset has in it."""

from typing import Any

import pyarrow as pa
from pydantic_core import to_json

from chengmo.catalog.feature import encode_features
from chengmo.interfaces.ogc.access import permitted_dataset
from chengmo.interfaces.ogc.dggs_data import ZoneRows
from chengmo.interfaces.ogc.dggs_document import describe_zone
from chengmo.interfaces.ogc.dggs_question import ZoneDataQuery, ZoneQuery
from chengmo.interfaces.ogc.dggs_reply import (
    json_reply,
    next_link,
    origin_of,
    path_of,
    plain,
    wants_geojson,
    zone_of,
)
from chengmo.interfaces.ogc.endpoint import GEOJSON, Call, Reply
from chengmo.interfaces.ogc.geojson import stream_collection
from chengmo.interfaces.ogc.question import schema_of
from chengmo.interfaces.problem import Problem
from chengmo.model import Text

_SCHEMA = "https://schemas.opengis.net/ogcapi/dggs/1.0/core/schemas/dggs-json/dggs-json.json"
_ROWS = Text(zh="行数", en="Rows")


def answer_zone(call: Call[ZoneQuery]) -> Reply | Problem:
    """Return what a zone is."""
    origin_of(call)
    found = zone_of(call)
    if isinstance(found, Problem):
        return found
    system, zone = found
    described = describe_zone(call, system, zone, f"{path_of(call)}/{system.id}")
    if not wants_geojson(call):
        return json_reply(described)
    outline = {name: described.pop(name) for name in ("geometry", "bbox", "links")}
    properties = {"zoneID": described.pop("id"), **described}
    feature = {"type": "Feature", "id": zone.id, **outline, "properties": properties}
    return json_reply(feature, GEOJSON)


def answer_zone_data(call: Call[ZoneDataQuery]) -> Reply | Problem:
    """Return the rows of a dataset in a zone, or their counts and means by sub-zone."""
    dataset, found = permitted_dataset(call), zone_of(call)
    if isinstance(found, Problem):
        return found
    rows = ZoneRows(call.view, dataset, *found)
    return _rows_page(call, rows) if wants_geojson(call, otherwise=True) else _sums(call, rows)


def _rows_page(call: Call[ZoneDataQuery], rows: ZoneRows) -> Reply:
    names = [column.name for column in rows.dataset.columns]
    skipped, missing = call.query.offset, call.query.limit
    features: list[bytes] = []
    more, returned = False, 0
    for batch in rows.batches(names):
        part = batch.slice(min(skipped, batch.num_rows))
        skipped -= batch.num_rows - part.num_rows
        more = part.num_rows > missing
        taken = part.slice(0, missing)
        features.append(encode_features(pa.Table.from_batches([taken]), names))
        returned += taken.num_rows
        missing -= taken.num_rows
        if more:
            break
    links = [call.here(GEOJSON), call.link(f"/collections/{rows.dataset.id}", "collection")]
    if more:
        links.append(next_link(call, call.query.offset + call.query.limit, GEOJSON))
    tail = to_json({"numberReturned": returned, "links": plain(*links)})
    head = b'{"type":"FeatureCollection","features":['
    pieces = stream_collection(head, iter(features), b"]," + tail[1:])
    return Reply(b"".join(pieces), media_type=GEOJSON)


def _sums(call: Call[ZoneDataQuery], rows: ZoneRows) -> Reply:
    depth = min(call.query.zone_depth, rows.system.finest - rows.zone.level)
    values = rows.sums(rows.zone.level + depth)
    columns = {column.name: column for column in rows.dataset.columns}
    shapes = {name: schema_of(columns[name], call.say) for name in values if name in columns}
    counted = {"type": "integer", "title": call.say(_ROWS)}
    return json_reply(
        {
            "$schema": _SCHEMA,
            "dggrs": f"{call.base}/dggs/{rows.system.id}",
            "zoneId": rows.zone.id,
            "depths": [depth],
            "schema": {"type": "object", "properties": {"_rows": counted, **shapes}},
            "values": {name: [_packet(depth, column)] for name, column in values.items()},
        }
    )


def _packet(depth: int, data: list[Any]) -> dict[str, Any]:
    shape = {"count": len(data), "subZones": len(data)}
    return {"depth": depth, "shape": shape, "data": data}
