"""The catalogue as DCAT-AP 3: the European profile of the W3C's Data Catalog Vocabulary.

Written as a tree (see `turtle`), which is JSON-LD already. Every object carries its class, for the
profile's shapes check classes, and a reader may not be able to look an address up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chengmo.catalog.dataset import Extent
from chengmo.interfaces.exchange.record import Record
from chengmo.interfaces.exchange.turtle import flattened, iri_text
from chengmo.model import Text

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
}
_EU = "http://publications.europa.eu/resource/authority/"
_MEDIA = "https://www.iana.org/assignments/media-types/"
_SPDX = "https://spdx.org/licenses/"
_SPDX_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*-[0-9][A-Za-z0-9.+-]*")
# ISO 8601 durations as the EU's authority table of frequencies names them.
_FREQUENCIES = {
    "PT1H": "HOURLY",
    "P1D": "DAILY",
    "P1W": "WEEKLY",
    "P7D": "WEEKLY",
    "P2W": "BIWEEKLY",
    "P1M": "MONTHLY",
    "P2M": "BIMONTHLY",
    "P3M": "QUARTERLY",
    "P6M": "ANNUAL_2",
    "P1Y": "ANNUAL",
    "P2Y": "BIENNIAL",
}
_ACCESS = {"unconditional": "PUBLIC", "conditional": "RESTRICTED", "none": "NON_PUBLIC"}
_LANGUAGES = ("ZHO", "ENG")
TITLE = Text(zh="城模数据目录", en="Chengmo catalogue of data")
DESCRIPTION = Text(
    zh="本平台的数据，以及采集自其他平台的数据条目。",
    en="The data of this platform, and entries harvested from others.",
)
Tree = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """One form in which a dataset can be had.

    Attributes:
        name: Such as `GeoJSON`.
        media_type: Its media type.
        path: Its address below the platform's.
    """

    name: str
    media_type: str
    path: str


def catalogue_tree(records: Sequence[Record], base: str, exports: Sequence[Export]) -> list[Tree]:
    """Return the catalogue and every entry.

    Args:
        records: What the reader may read.
        base: The platform's address, without a final slash.
        exports: In what forms a dataset that may be seen can be had; `{id}` stands for its id.
    """
    publisher = _agent(f"{base}/#publisher", "Chengmo 城模")
    datasets = [dataset_tree(record, base, exports) for record in records]
    catalogue: Tree = {
        "@id": f"{base}/dcat",
        "@type": "dcat:Catalog",
        "dct:title": _texts(TITLE),
        "dct:description": _texts(DESCRIPTION),
        "dct:publisher": publisher,
        "dct:language": [
            _typed(f"{_EU}language/{code}", "dct:LinguisticSystem") for code in _LANGUAGES
        ],
        "foaf:homepage": _typed(f"{base}/", "foaf:Document"),
        "dcat:service": _service(base, [record.id for record in records if record.findings]),
    }
    if datasets:
        catalogue["dcat:dataset"] = datasets
    return list(map(dict, flattened([catalogue])))


def record_tree(record: Record, base: str, exports: Sequence[Export]) -> list[Tree]:
    """Return one entry; see `catalogue_tree`."""
    return list(map(dict, flattened([dataset_tree(record, base, exports)])))


def json_ld(tree: Sequence[Tree]) -> Tree:
    """Return a tree as a JSON-LD document, its prefixes on board."""
    return {"@context": PREFIXES, "@graph": list(tree)}


def address_of(record: Record, base: str) -> str:
    """Return the address that names a dataset."""
    if record.origin is not None:
        return record.origin.link or f"{base}/collections/_catalogue/items/{record.id}"
    return f"{base}/collections/{record.id}"


def dataset_tree(record: Record, base: str, exports: Sequence[Export]) -> Tree:
    """Return one dataset as dcat:Dataset; of one only known, what its steward stated."""
    page = f"{base}/collections/_catalogue/items/{record.id}?f=html"
    tree: Tree = {
        "@id": iri_text(address_of(record, base)),
        "@type": "dcat:Dataset",
        "dct:identifier": record.id if record.origin is None else record.origin.remote_id,
        "dct:title": _texts(record.title),
        "dct:description": _texts(record.description or record.title),
        "dcat:landingPage": _typed(page, "foaf:Document"),
    }
    if record.keywords:
        tree["dcat:keyword"] = [_literal(word) for word in record.keywords]
    if record.steward:
        tree |= _steward(record.steward)
    if record.opening is not None:
        right = f"{_EU}access-right/{_ACCESS[record.opening]}"
        tree["dct:accessRights"] = _typed(right, "dct:RightsStatement")
    frequency = _FREQUENCIES.get(record.update_frequency or "")
    if frequency:
        tree["dct:accrualPeriodicity"] = _typed(f"{_EU}frequency/{frequency}", "dct:Frequency")
    return tree | _findings(record) | _distributions(record, base, exports)


def _steward(name: str) -> Tree:
    kind = {"@type": ["vcard:Kind", "vcard:Organization"], "vcard:fn": _literal(name)}
    return {
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _literal(name)},
        "dcat:contactPoint": kind,
    }


def _findings(record: Record) -> Tree:
    tree: Tree = {}
    if record.findings is not None:
        tree["owl:versionInfo"] = str(record.findings.version)
        tree["dcat:version"] = str(record.findings.version)
    if record.updated_utc:
        tree["dct:modified"] = _time(record.updated_utc)
    if record.extent is not None:
        shape = {"@value": _wkt(record.extent), "@type": "gsp:wktLiteral"}
        tree["dct:spatial"] = {"@type": "dct:Location", "dcat:bbox": shape}
    if record.period is not None:
        ends = zip(("dcat:startDate", "dcat:endDate"), record.period, strict=True)
        bounds = {name: _time(text) for name, text in ends if text and text != ".."}
        tree["dct:temporal"] = {"@type": "dct:PeriodOfTime", **bounds}
    return tree


def _distributions(record: Record, base: str, exports: Sequence[Export]) -> Tree:
    if record.findings is None:
        return {}
    return {
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dct:title": _literal(export.name),
                "dcat:accessURL": {"@id": f"{base}/collections/{record.id}"},
                "dcat:downloadURL": {"@id": f"{base}{export.path.format(id=record.id)}"},
                "dcat:mediaType": _typed(f"{_MEDIA}{export.media_type}", "dct:MediaType"),
                **({"dct:license": _licence(record.licence)} if record.licence else {}),
            }
            for export in exports
        ]
    }


def _service(base: str, served: Sequence[str]) -> Tree:
    service: Tree = {
        "@id": f"{base}/#service",
        "@type": "dcat:DataService",
        "dct:title": _literal("OGC API"),
        "dcat:endpointURL": {"@id": f"{base}/"},
        "dcat:endpointDescription": {"@id": f"{base}/api"},
    }
    if served:
        service["dcat:servesDataset"] = [{"@id": f"{base}/collections/{name}"} for name in served]
    return service


def _licence(text: str) -> Tree:
    if _SPDX_ID.fullmatch(text):
        return _typed(f"{_SPDX}{text}", "dct:LicenseDocument")
    if text.startswith(("http://", "https://")):
        return _typed(text, "dct:LicenseDocument")
    return {"@type": "dct:LicenseDocument", "dct:title": _literal(text)}


def _agent(address: str, name: str) -> Tree:
    return {"@id": address, "@type": "foaf:Agent", "foaf:name": _literal(name)}


def _typed(address: str, kind: str) -> Tree:
    # Addresses may hold what RDF does not allow in one: it is encoded alike in both forms.
    return {"@id": iri_text(address), "@type": kind}


def _literal(text: str) -> Tree:
    return {"@value": text}


def _texts(text: Text) -> list[Tree]:
    said = (("zh", text.zh), ("en", text.en))
    return [{"@value": words, "@language": code} for code, words in said if words]


def _time(text: str) -> Tree:
    return {"@value": text, "@type": "xsd:dateTime" if "T" in text else "xsd:date"}


def _wkt(extent: Extent) -> str:
    west, south, east, north = (_degrees(edge) for edge in extent)
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({','.join(f'{x} {y}' for x, y in ring)}))"


def _degrees(edge: float) -> str:
    return f"{Decimal(repr(edge)):f}"
