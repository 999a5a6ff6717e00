"""The grids as OGC API - DGGS (OGC 21-038r1): reference systems, zones, zones of data."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chengmo.interfaces.ogc.crs import EPSG_4490
from chengmo.interfaces.ogc.dggs_data import RowsInTime, zones_with_data
from chengmo.interfaces.ogc.dggs_document import RELATION, zone_area_m2, zone_features
from chengmo.interfaces.ogc.dggs_question import (
    DEPTH_MAX,
    WORLD,
    ZoneDataQuery,
    ZoneQuery,
    ZonesQuery,
    area_of,
    level_of,
    period_of,
)
from chengmo.interfaces.ogc.dggs_reply import (
    json_reply,
    next_link,
    origin_link,
    origin_of,
    path_of,
    plain,
    system_of,
    wants_geojson,
)
from chengmo.interfaces.ogc.dggs_subset import Subset, read_subset
from chengmo.interfaces.ogc.dggs_system import SYSTEMS, Ids, System, Zone, cells_in
from chengmo.interfaces.ogc.dggs_zone import answer_zone, answer_zone_data
from chengmo.interfaces.ogc.document import Link
from chengmo.interfaces.ogc.endpoint import (
    GEOJSON,
    HTML,
    JSON,
    Answer,
    Call,
    Endpoint,
    Query,
    Reply,
)
from chengmo.interfaces.problem import Problem
from chengmo.model import Text

TITLES = {
    "BeiDou": Text(zh="北斗网格位置码 GB/T 39409-2020", en="BeiDou grid location code"),
    "GeoSOT": Text(zh="GeoSOT 地球空间网格编码 GB/T 40087-2021", en="GeoSOT quadtree grid"),
}
DESCRIPTIONS = {
    "BeiDou": Text(
        zh="十级经纬网格，自 6°×4° 至 1/2048″。标识为编码，上级是其开头。",
        en="Ten levels of cells in longitude and latitude, 6° × 4° to 1/2048″ (GB/T 39409-2020). A "
        "zone's identifier is its code; a parent's is its beginning.",
    ),
    "GeoSOT": Text(
        zh="三十二级四叉网格，自半球至 1/2048″。标识为 G 加四进制数字，上级是其开头。",
        en="A quadtree of 32 levels down to 1/2048″ (GB/T 40087-2021). A zone's identifier is G "
        "and digits 0 to 3; a parent's is its beginning.",
    ),
}
_DEFINITION = "https://openstd.samr.gov.cn/"


def answer_systems(call: Call[Query]) -> Reply:
    """Return the list of reference systems."""
    origin_of(call)
    path = path_of(call)
    listed = [
        {
            "id": name,
            "title": call.say(TITLES[name]),
            "links": plain(call.link(f"{path}/{name}", "self"), _definition()),
        }
        for name in SYSTEMS
    ]
    return json_reply({"dggrs": listed, "links": plain(call.here(), origin_link(call))})


def answer_system(call: Call[Query]) -> Reply | Problem:
    """Return one reference system."""
    dataset, system = origin_of(call), system_of(call)
    if isinstance(system, Problem):
        return system
    path = f"{path_of(call)}/{system.id}"
    zone = f"{call.base}{path}/zones/{{zoneId}}"
    templates = [{"rel": f"{RELATION}-zone-info", "type": "application/json", "uriTemplate": zone}]
    if dataset is not None:
        data = {"rel": f"{RELATION}-zone-data", "type": GEOJSON, "uriTemplate": f"{zone}/data"}
        templates.append(data)
    query = call.link(f"{path}/zones", f"{RELATION}-zone-query")
    return json_reply(
        {
            "id": system.id,
            "title": call.say(TITLES[system.id]),
            "description": call.say(DESCRIPTIONS[system.id]),
            "crs": EPSG_4490,
            "defaultDepth": 1,
            "maxRefinementLevel": system.finest,
            "maxRelativeDepth": DEPTH_MAX,
            "links": plain(call.here(), origin_link(call), _definition(), query),
            "linkTemplates": templates,
        }
    )


def answer_zones(call: Call[ZonesQuery]) -> Reply | Problem:
    """Return the zones of an area, or those in which a dataset has something."""
    dataset, system = origin_of(call), system_of(call)
    if isinstance(system, Problem):
        return system
    parent = None if call.query.parent_zone is None else system.read(call.query.parent_zone)
    whole = WORLD if dataset is None else dataset.extent
    subset = read_subset(call.query.subset) if call.query.subset else Subset(None, None)
    has_time = dataset is not None and bool(dataset.time_column)
    period = period_of(call.query, subset, has_time=has_time)
    area = [] if whole is None else area_of(call.query, subset, parent, whole)
    level = level_of(call.query, system, parent, area)
    if parent is not None and parent.level > level:
        area = []
    if dataset is None:
        ids = cells_in(system, area, level)
    else:
        rows = RowsInTime(call.view, dataset, period)
        ids = zones_with_data(rows, system, area, level)
    return _zones_page(call, system, _listed(call.query, system, parent, ids))


def _listed(query: ZonesQuery, system: System, parent: Zone | None, ids: Ids) -> list[str]:
    if parent is not None:
        ids = ids[np.char.startswith(ids, parent.id.encode())]
    if not query.compact_zones or not ids.size:
        return ids.astype(str).tolist()
    names = system.compact(ids)
    # Nothing but the parent itself or what is in it is asked for.
    whole = parent is not None and any(len(name) < len(parent.id) for name in names)
    return [parent.id] if whole and parent is not None else names


def _zones_page(call: Call[ZonesQuery], system: System, names: list[str]) -> Reply:
    query = call.query
    page = names[query.offset : query.offset + query.limit]
    kind = GEOJSON if wants_geojson(call) else JSON
    system_link = call.link(f"{path_of(call)}/{system.id}", RELATION)
    links = [call.here(kind), system_link, _definition()]
    if query.offset + query.limit < len(names):
        links.append(next_link(call, query.offset + query.limit, kind))
    numbers = {"numberMatched": len(names), "numberReturned": len(page), "links": plain(*links)}
    if kind == GEOJSON:
        features = zone_features(system, page, query.geometry)
        return json_reply({"type": "FeatureCollection", "features": features, **numbers}, GEOJSON)
    boxes = (system.read(name).box for name in page)
    area_m2 = sum(zone_area_m2(box) for box in boxes)
    return json_reply({"zones": page, "returnedAreaMetersSquare": area_m2, **numbers})


def _definition() -> Link:
    return Link(href=_DEFINITION, rel=f"{RELATION}-definition", type=HTML)


_LINKS = {"type": "array", "items": {"type": "object", "required": ["href", "rel"]}}
_SYSTEMS = {
    "type": "object",
    "required": ["dggrs", "links"],
    "properties": {
        "dggrs": {
            "type": "array",
            "items": {"type": "object", "required": ["id", "title", "links"]},
        },
        "links": _LINKS,
    },
}
_SYSTEM = {
    "type": "object",
    "required": ["id", "title", "description", "defaultDepth", "links", "linkTemplates"],
    "properties": {"id": {"type": "string"}, "links": _LINKS},
}
_ZONES = {
    "type": "object",
    "required": ["links"],
    "properties": {"zones": {"type": "array", "items": {"type": "string"}}, "links": _LINKS},
}
_ZONE = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {"id": {"type": "string"}, "links": _LINKS},
}
_DATA = {"type": "object"}
_Handle = Callable[[Call[Any]], Reply | Problem]
_OPERATIONS: tuple[tuple[str, str, str, type[Query], _Handle, Any, str], ...] = (
    (
        "",
        "getDGGRSList",
        "The grids, as reference systems of zones",
        Query,
        answer_systems,
        _SYSTEMS,
        JSON,
    ),
    ("/{dggrsId}", "getDGGRS", "One reference system", Query, answer_system, _SYSTEM, JSON),
    (
        "/{dggrsId}/zones",
        "getDGGRSZones",
        "The zones of an area",
        ZonesQuery,
        answer_zones,
        _ZONES,
        JSON,
    ),
    (
        "/{dggrsId}/zones/{zoneId}",
        "getDGGRSZoneInfo",
        "One zone: edges, area, relatives",
        ZoneQuery,
        answer_zone,
        _ZONE,
        JSON,
    ),
    (
        "/{dggrsId}/zones/{zoneId}/data",
        "getDGGRSZoneData",
        "What a dataset has in a zone",
        ZoneDataQuery,
        answer_zone_data,
        _DATA,
        GEOJSON,
    ),
)


def _endpoints(prefix: str, origin: str) -> list[Endpoint[Any]]:
    return [
        Endpoint(
            "GET",
            prefix + path,
            f".{origin}.{operation}",
            "DGGS",
            summary,
            query,
            handle,
            (Answer(200, "As asked", shape, kind),),
        )
        for path, operation, summary, query, handle, shape, kind in _OPERATIONS
        # Rows belong to a dataset.
        if origin == "collection" or not path.endswith("/data")
    ]


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    *_endpoints("/dggs", "dataset"),
    *_endpoints("/collections/{collectionId}/dggs", "collection"),
)
