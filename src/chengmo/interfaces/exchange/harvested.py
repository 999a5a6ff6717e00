"""Another catalogue's entries, as they are read from what it answers."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from chengmo.catalog.dataset import Extent
from chengmo.errors import HarvestFailed
from chengmo.interfaces.exchange.fetch import Fetcher
from chengmo.interfaces.exchange.record import Origin, Record
from chengmo.model import Text
from chengmo.model.text import Frozen

Kind = Literal["chengmo", "ogc-records", "dcat", "ckan"]
Json = Mapping[str, Any]
PAGE = 100
_HAN = re.compile("[\u3400-\u9fff]")
_MOST_LETTERS = 10_000


class HarvestedEntry(Frozen):
    """One entry as the other catalogue states it."""

    remote_id: str = Field(min_length=1, max_length=500)
    title: Text
    description: Text | None = None
    keywords: tuple[str, ...] = ()
    steward: str = ""
    licence: str = ""
    link: str = ""
    updated_utc: str | None = None
    extent: Extent | None = None
    period: tuple[str, str] | None = None
    formats: tuple[str, ...] = ()

    def record(self, catalogue: str, harvested_utc: str, gone_utc: str | None) -> Record:
        """Return it as an entry of this catalogue."""
        return Record(
            id=entry_id(catalogue, self.remote_id),
            title=self.title,
            description=self.description,
            keywords=self.keywords,
            steward=self.steward,
            licence=self.licence,
            updated_utc=self.updated_utc,
            extent=self.extent,
            period=self.period,
            formats=self.formats,
            origin=Origin(catalogue, self.remote_id, self.link, harvested_utc, gone_utc),
        )


def entry_id(catalogue: str, remote_id: str) -> str:
    """Return the id of a harvested entry: no dataset's id begins with `_`."""
    return "_" + hashlib.sha256(f"{catalogue}\n{remote_id}".encode()).hexdigest()[:16]


def read_catalogue(fetcher: Fetcher, kind: Kind | None) -> tuple[Kind, list[HarvestedEntry]]:
    """Return what kind of catalogue it is, and all its entries, each id once.

    Raises:
        HarvestFailed: If it cannot be read to its end: then nothing is known of what is missing.
    """
    found = kind or _guess(fetcher)
    readers = {"chengmo": _records, "ogc-records": _records, "dcat": _dcat, "ckan": _ckan}
    entries: dict[str, HarvestedEntry] = {}
    try:
        for entry in readers[found](fetcher):
            entries.setdefault(entry.remote_id, entry)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        # pydantic's error is a ValueError too.
        raise HarvestFailed(
            f"what {fetcher.address[:200]} answers is not of the kind '{found}'",
            hint="name another kind: chengmo, ogc-records, dcat, ckan",
        ) from error
    return found, list(entries.values())


def _guess(fetcher: Fetcher) -> Kind:
    try:
        document = fetcher.get()
    except HarvestFailed:
        return "ckan"
    if isinstance(document, Mapping):
        if {"@context", "@graph", "dataset"} & document.keys():
            return "dcat"
        if "links" in document:
            return "ogc-records"
    return "ckan"


def _records(fetcher: Fetcher) -> Iterator[HarvestedEntry]:
    base = fetcher.address.rstrip("/")
    listed = fetcher.get(f"{base}/collections")["collections"]
    catalogues = [each["id"] for each in listed if each.get("itemType") in {"record", "catalog"}]
    if not catalogues:
        raise HarvestFailed(
            f"{base[:200]} has no collection of records", hint="is it a catalogue? try --kind ckan"
        )
    for name in catalogues:
        address: str | None = f"{base}/collections/{quote(name)}/items?f=json&limit={PAGE}"
        while address is not None:
            page = fetcher.get(address)
            # What it harvested itself is to be harvested where it comes from.
            own = (each for each in page["features"] if "harvested" not in each["properties"])
            yield from map(_record, own)
            onward = (each["href"] for each in page.get("links", ()) if each["rel"] == "next")
            address = next(onward, None)


def _record(feature: Json) -> HarvestedEntry:
    told = feature["properties"]
    named = told.get("titles") or {}
    title = told.get("title") or str(feature["id"])
    interval = (feature.get("time") or {}).get("interval")
    links = [each for each in feature.get("links", ()) if each.get("rel") in {"describes", "item"}]
    contacts = told.get("contacts") or ()
    return HarvestedEntry(
        remote_id=str(feature["id"]),
        title=Text(zh=named.get("zh") or title, en=named.get("en") or title),
        description=_same(told.get("description")),
        keywords=tuple(map(str, told.get("keywords") or ())),
        steward=next((each["organization"] for each in contacts if each.get("organization")), ""),
        licence=told.get("license") or "",
        link=links[0]["href"] if links else "",
        updated_utc=_time(told.get("updated")),
        extent=_bounds(feature.get("geometry")),
        period=_period(interval),
        formats=tuple(each["name"] for each in told.get("formats") or () if each.get("name")),
    )


def _same(text: str | None) -> Text | None:
    cut = text[:_MOST_LETTERS] if text else ""
    return Text(zh=cut, en=cut) if cut else None


def _time(text: Any) -> str | None:
    """Return a time as it is, or None where it is none: others' faults break no search."""
    if not isinstance(text, str):
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return text


def _period(interval: Any) -> tuple[str, str] | None:
    if not isinstance(interval, list) or len(interval) != 2:  # noqa: PLR2004 - start and end
        return None
    first, last = (_time(end) or ".." for end in interval)
    return None if first == last == ".." else (first, last)


def _bounds(geometry: Json | None) -> Extent | None:
    if not geometry or geometry.get("type") == "GeometryCollection":
        return None
    points = list(_points(geometry["coordinates"]))
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    if not points or max(map(abs, xs)) > 180 or max(map(abs, ys)) > 90:  # noqa: PLR2004 - the world
        return None
    return (min(xs), min(ys), max(xs), max(ys))


def _points(coordinates: Sequence[Any]) -> Iterator[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for part in coordinates:
        yield from _points(part)


def _ckan(fetcher: Fetcher) -> Iterator[HarvestedEntry]:
    base, start = fetcher.address.rstrip("/"), 0
    while True:
        answer = fetcher.get(f"{base}/api/3/action/package_search?rows={PAGE}&start={start}")
        result = answer["result"]
        for package in result["results"]:
            yield _package(package, base)
        start += len(result["results"])
        if not result["results"] or start >= result["count"]:
            return


def _package(package: Json, base: str) -> HarvestedEntry:
    title = package.get("title") or package["name"]
    updated = package.get("metadata_modified")
    resources = package.get("resources") or ()
    return HarvestedEntry(
        remote_id=str(package["id"]),
        title=Text(zh=title, en=title),
        description=_same(package.get("notes")),
        keywords=tuple(each["name"] for each in package.get("tags") or ()),
        steward=(package.get("organization") or {}).get("title") or "",
        licence=package.get("license_id") or package.get("license_title") or "",
        link=f"{base}/dataset/{quote(package['name'])}",
        # CKAN's times are in UTC and do not say so.
        updated_utc=_time(f"{updated}Z" if updated and not updated.endswith("Z") else updated),
        formats=tuple(dict.fromkeys(each["format"] for each in resources if each.get("format"))),
    )


def _dcat(fetcher: Fetcher) -> Iterator[HarvestedEntry]:
    document = fetcher.get()
    nodes = [_plain_names(node) for node in _nodes(document)]
    # A node is described in one place and only named in others: what says most comes last.
    by_address = {node["@id"]: node for node in sorted(nodes, key=len) if "@id" in node}
    for node in nodes:
        if "Dataset" in _kinds(node):
            yield _dcat_entry(node, by_address)


def _nodes(value: Any) -> Iterator[Json]:
    """Yield every object of a JSON-LD document, or of a `data.json`, however deep it lies."""
    if isinstance(value, list):
        for each in value:
            yield from _nodes(each)
    elif isinstance(value, Mapping):
        yield value
        for name, each in value.items():
            if name != "@context":
                yield from _nodes(each)


def _plain_names(node: Json) -> dict[str, Any]:
    # `dct:title`, `http://purl.org/dc/terms/title` and `title` are the same word here.
    return {
        name if name.startswith("@") else re.split(r"[:/#]", name)[-1]: value
        for name, value in node.items()
    }


def _kinds(node: Json) -> set[str]:
    types = node.get("@type", ())
    listed = [types] if isinstance(types, str) else types
    return {re.split(r"[:/#]", str(each))[-1] for each in listed}


def _dcat_entry(node: dict[str, Any], by_address: Mapping[str, dict[str, Any]]) -> HarvestedEntry:
    address = node.get("@id", "")
    publisher = _told(node.get("publisher"), by_address)
    shares = [_told(each, by_address) for each in _listed(node.get("distribution"))]
    licences = [_word(share.get("license")) for share in ({**node}, *shares)]
    identifier = _word(node.get("identifier")) or address
    return HarvestedEntry(
        remote_id=identifier,
        title=_text(node.get("title")) or Text(zh=identifier, en=identifier),
        description=_text(node.get("description")),
        keywords=tuple(filter(None, map(_word, _listed(node.get("keyword"))))),
        steward=_word(publisher.get("name")),
        licence=next(filter(None, licences), ""),
        link=address if address.startswith("http") else _word(node.get("landingPage")),
        updated_utc=_time(_word(node.get("modified"))),
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _told(value: Any, by_address: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    first = next(iter(_listed(value)), None)
    if isinstance(value, str):
        return by_address.get(value, {})
    if not isinstance(first, Mapping):
        return {}
    own = _plain_names(first)
    return by_address.get(own.get("@id", ""), own) if len(own) == 1 else own


def _word(value: Any) -> str:
    first = next(iter(_listed(value)), None)
    if isinstance(first, Mapping):
        return str(first.get("@value") or first.get("@id") or "")
    return "" if first is None else str(first)


def _text(value: Any) -> Text | None:
    """Return the texts of a property in both languages; one stands for the other if missing."""
    said: dict[str, str] = {}
    for each in _listed(value):
        text = _word(each)
        code = str(each.get("@language", "")) if isinstance(each, Mapping) else ""
        language = code[:2].lower() or ("zh" if _HAN.search(text) else "en")
        said.setdefault(language, text)
    first = next(iter(said.values()), "")
    if not first:
        return None
    return Text(zh=said.get("zh", first), en=said.get("en", first))
