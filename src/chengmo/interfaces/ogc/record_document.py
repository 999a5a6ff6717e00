"""Entries of the catalogue as GeoJSON records (OGC 20-004r1), and what they have in common."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from chengmo.catalog.dataset import Extent
from chengmo.interfaces.exchange.record import Record
from chengmo.interfaces.ogc.document import Link
from chengmo.interfaces.ogc.endpoint import GEOJSON, HTML, JSON_LD, TURTLE, Call
from chengmo.interfaces.ogc.record_question import RESOURCE_TYPE, external_ids_of, source_of
from chengmo.interfaces.ogc.relation import GRIDS, PROVENANCE, TILESETS
from chengmo.model import Text

# No dataset can be called so: a dataset's id begins with a letter or digit.
CATALOGUE = "_catalogue"
CATALOGUE_PATH = f"/collections/{CATALOGUE}"
RECORD_CORE = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
MOST_BUCKETS = 10
SHARING_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "unconditional": Text(zh="无条件共享", en="Shared unconditionally"),
        "conditional": Text(zh="有条件共享", en="Shared on conditions"),
        "none": Text(zh="不予共享", en="Not shared"),
    }
)
OPENING_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "unconditional": Text(zh="无条件开放", en="Open to everybody"),
        "conditional": Text(zh="有条件开放", en="Opened on conditions"),
        "none": Text(zh="不予开放", en="Not opened"),
    }
)
VALUE_WORDS: Mapping[tuple[str, str], Text] = MappingProxyType(
    {
        **{("sharing", value): words for value, words in SHARING_WORDS.items()},
        **{("opening", value): words for value, words in OPENING_WORDS.items()},
        ("source", "local"): Text(zh="本平台", en="This platform"),
    }
)
FACET_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "keywords": Text(zh="关键词", en="Keyword"),
        "steward": Text(zh="管理单位", en="Steward"),
        "license": Text(zh="许可", en="Terms"),
        "sharing": Text(zh="共享类型", en="Sharing"),
        "opening": Text(zh="开放类型", en="Opening"),
        "source": Text(zh="来源", en="Source"),
    }
)
_ONLY_KNOWN = Text(
    zh="可以知道此数据，但不能查看。请向管理单位申请使用。",
    en="You may know of these data and not see them. Request their use from the steward.",
)
_LANGUAGES = (
    {"code": "zh", "name": "中文", "alternate": "Chinese"},
    {"code": "en", "name": "English"},
)
MEDIA_TYPES = MappingProxyType(
    {
        "GeoJSON": "application/geo+json",
        "GeoParquet": "application/vnd.apache.parquet",
        "GeoPackage": "application/geopackage+sqlite3",
        "CSV": "text/csv",
        "Arrow": "application/vnd.apache.arrow.file",
    }
)


def record_document(call: Call[Any], record: Record) -> dict[str, Any]:
    """Return an entry as a GeoJSON record, its links included."""
    return {
        "id": record.id,
        "type": "Feature",
        "conformsTo": [RECORD_CORE],
        "geometry": _geometry(record.extent),
        "time": _time(record),
        "properties": _properties(call, record),
        "links": [link.model_dump(exclude_none=True) for link in links_of(call, record)],
    }


def _geometry(extent: Extent | None) -> dict[str, Any] | None:
    if extent is None:
        return None
    west, south, east, north = extent
    if west > east:
        # RFC 7946, 3.1.9: what crosses 180° is cut there.
        halves = [(west, south, 180.0, north), (-180.0, south, east, north)]
        return {"type": "MultiPolygon", "coordinates": [[_ring(half)] for half in halves]}
    return {"type": "Polygon", "coordinates": [_ring(extent)]}


def _ring(extent: Extent) -> list[list[float]]:
    west, south, east, north = extent
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _time(record: Record) -> dict[str, Any] | None:
    if record.period is None:
        return None
    ends = [_written(text) for text in record.period]
    return {"interval": ends}


def _written(text: str) -> str:
    """Return a time as the standard writes it: a date, or an instant in UTC with a `Z`."""
    if not text or text == ".." or "T" not in text:
        return text or ".."
    read = datetime.fromisoformat(text)
    utc = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return utc.isoformat().replace("+00:00", "Z")


def _properties(call: Call[Any], record: Record) -> dict[str, Any]:
    found = record.findings
    members: dict[str, Any] = {
        "type": RESOURCE_TYPE,
        "title": call.say(record.title) or record.id,
        "titles": {"zh": record.title.zh, "en": record.title.en},
        "description": call.say(record.description),
        "keywords": list(record.keywords),
        "themes": _themes(call, record),
        "language": _LANGUAGES[0] if call.language == "zh" else _LANGUAGES[1],
        "languages": list(_LANGUAGES),
        "externalIds": [
            {"scheme": scheme, "value": value} for scheme, value in external_ids_of(record)
        ],
        "formats": [
            {"name": name, "mediaType": MEDIA_TYPES[name]}
            if name in MEDIA_TYPES
            else {"name": name}
            for name in record.formats
        ],
        "contacts": _contacts(record),
        "license": record.licence,
        "rights": record.attribution,
        "updated": record.updated_utc and _written(record.updated_utc),
        "steward": record.steward,
        "sharing": record.sharing,
        "opening": record.opening,
        "synthetic": record.synthetic or None,
        "update_frequency": record.update_frequency,
        "access": call.say(_ONLY_KNOWN) if record.is_only_known else None,
        "version": found.version if found else None,
        "row_count": found.row_count if found else None,
        "geometry_type": found.geometry_type if found else None,
        "treated": [call.say(text) for text in found.treated] if found else None,
        "source": source_of(record) if record.origin else None,
        "harvested": record.origin.harvested_utc if record.origin else None,
        "gone": record.origin.gone_utc if record.origin else None,
    }
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def _themes(call: Call[Any], record: Record) -> list[dict[str, Any]]:
    classified = (
        ("urn:chengmo:sharing", record.sharing, SHARING_WORDS),
        ("urn:chengmo:opening", record.opening, OPENING_WORDS),
    )
    return [
        {"scheme": scheme, "concepts": [{"id": value, "title": call.say(words[value])}]}
        for scheme, value, words in classified
        if value is not None
    ]


def _contacts(record: Record) -> list[dict[str, Any]]:
    if not record.steward:
        return []
    return [{"organization": record.steward, "roles": ["custodian", "pointOfContact"]}]


def links_of(call: Call[Any], record: Record) -> list[Link]:
    """Return the links of an entry: its representations, and the data where they may be had."""
    path = f"{CATALOGUE_PATH}/items/{record.id}"
    links = [
        call.link(path, "self", GEOJSON),
        call.link(f"{path}?f=html", "alternate", HTML),
        call.link(f"{path}?f=jsonld", "alternate", JSON_LD, "DCAT-AP"),
        call.link(f"{path}?f=ttl", "alternate", TURTLE, "DCAT-AP"),
        call.link(CATALOGUE_PATH, "collection"),
    ]
    if record.origin is not None and record.origin.link:
        links.append(Link(href=record.origin.link, rel="item", title=record.title.zh))
    if record.findings is None:
        return links
    return [*links, *_data_links(call, record)]


def export_path(dataset: str, name: str) -> str:
    """Return where a dataset can be had in the format `name`."""
    return f"/datasets/{dataset}/export?format={name.lower()}"


def _data_links(call: Call[Any], record: Record) -> Iterable[Link]:
    found, data = record.findings, f"/collections/{record.id}"
    yield call.link(data, "describes")
    yield call.link(f"{data}/items", "item", GEOJSON)
    yield call.link(f"{data}/lineage", PROVENANCE)
    if found is not None and found.has_places:
        yield call.link(f"{data}/tiles", TILESETS)
        yield call.link(f"{data}/dggs", GRIDS)
    if found is not None and found.previous_version is not None:
        earlier = f"{data}/items?dataset-version={found.previous_version}"
        yield call.link(earlier, "predecessor-version", GEOJSON)
    for name in record.formats:
        yield call.link(export_path(record.id, name), "enclosure", MEDIA_TYPES[name], name)


FACETS: Mapping[str, Callable[[Record], Iterable[str | None]]] = MappingProxyType(
    {
        "keywords": lambda record: record.keywords,
        "steward": lambda record: (record.steward,),
        "license": lambda record: (record.licence,),
        "sharing": lambda record: (record.sharing,),
        "opening": lambda record: (record.opening,),
        "source": lambda record: (source_of(record),),
    }
)


def facets_of(records: Sequence[Record]) -> dict[str, Any]:
    """Return how often each value occurs in the entries found (draft of Part 2, `term` facets)."""
    facets: dict[str, Any] = {}
    for name, read in FACETS.items():
        counted = Counter(value for record in records for value in read(record) if value)
        ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
        facets[name] = {
            "type": "term",
            "property": name,
            "buckets": [{"value": value, "count": count} for value, count in ranked[:MOST_BUCKETS]],
            "more": len(ranked) > MOST_BUCKETS,
        }
    return facets
