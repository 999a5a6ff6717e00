"""What the answers about zones share: paths, links, the representation that is wanted."""

from typing import Any
from urllib.parse import urlencode

from pydantic_core import to_json

from chengmo.catalog.dataset import Dataset
from chengmo.errors import InvalidCell
from chengmo.interfaces.ogc.access import permitted_dataset
from chengmo.interfaces.ogc.dggs_system import SYSTEMS, System, Zone
from chengmo.interfaces.ogc.document import Link
from chengmo.interfaces.ogc.endpoint import GEOJSON, JSON, Call, Reply
from chengmo.interfaces.ogc.relation import DATASET, GEODATA
from chengmo.interfaces.problem import NOT_FOUND, Problem


def path_of(call: Call[Any]) -> str:
    """Return the path of the list of systems that a call is about."""
    collection = call.path.get("collectionId")
    return f"/collections/{collection}/dggs" if collection else "/dggs"


def origin_link(call: Call[Any]) -> Link:
    """Return the link to what the zones are of: a collection, or all that there is."""
    collection = call.path.get("collectionId")
    if collection is None:
        return call.link("/", DATASET)
    return call.link(f"/collections/{collection}", GEODATA)


def origin_of(call: Call[Any]) -> Dataset | None:
    """Return the dataset whose zones are asked about, if any.

    Raises:
        UnknownDataset: If there is none of that name.
        SharingDenied: If the caller may not see it.
    """
    return permitted_dataset(call) if "collectionId" in call.path else None


def system_of(call: Call[Any]) -> System | Problem:
    """Return the reference system that the path names."""
    system = SYSTEMS.get(call.path["dggrsId"])
    return system or Problem(
        NOT_FOUND,
        f"there is no reference system '{call.path['dggrsId'][:50]}'",
        f"there are {', '.join(SYSTEMS)}",
    )


def zone_of(call: Call[Any]) -> tuple[System, Zone] | Problem:
    """Return the zone that the path names, and its system."""
    system = system_of(call)
    if isinstance(system, Problem):
        return system
    try:
        return system, system.read(call.path["zoneId"])
    except InvalidCell as error:
        return Problem(NOT_FOUND, error.message, error.hint)


def wants_geojson(call: Call[Any], *, otherwise: bool = False) -> bool:
    """Tell whether GeoJSON is wanted: by `f`, or else by the header Accept."""
    if call.query.f is not None:
        return call.query.f == "geojson"
    accepted = call.request.headers.get("accept", "")
    if GEOJSON in accepted:
        return True
    return otherwise and JSON not in accepted


def plain(*links: Link) -> list[dict[str, Any]]:
    """Return links as they stand in a document."""
    return [link.model_dump(exclude_none=True) for link in links]


def json_reply(document: dict[str, Any], media_type: str = JSON) -> Reply:
    """Return a document as JSON."""
    return Reply(to_json(document), media_type=media_type)


def next_link(call: Call[Any], offset: int, media_type: str) -> Link:
    """Return the link to the page that begins at `offset`."""
    pairs = call.request.query_params.multi_items()
    kept = [*((name, value) for name, value in pairs if name != "offset"), ("offset", str(offset))]
    path = call.request.url.path.removeprefix(call.request.scope.get("root_path", ""))
    return call.link(f"{path}?{urlencode(kept)}", "next", media_type)
