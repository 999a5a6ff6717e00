"""The pages of the OGC API that people read most: what stands between the frame's top and foot."""

from collections.abc import Mapping
from typing import Any

from chengmo.interfaces.markup import Child, Markup, anchor, tag
from chengmo.interfaces.ogc.endpoint import Call
from chengmo.interfaces.ogc.page import (
    cell_of,
    facts,
    link,
    links_section,
    page,
    spaced,
    table,
    turning,
)
from chengmo.model import Text

Json = Mapping[str, Any]
_WORDS = {
    "steward": Text(zh="管理单位", en="Steward"),
    "license": Text(zh="许可", en="Terms"),
    "version": Text(zh="版本", en="Version"),
    "versions": Text(zh="历次版本", en="Versions"),
    "rows": Text(zh="行数", en="Rows"),
    "updated": Text(zh="更新时间", en="Updated"),
    "where": Text(zh="范围（西、南、东、北）", en="Where (west, south, east, north)"),
    "when": Text(zh="时间", en="When"),
    "kind": Text(zh="几何类型", en="Geometry"),
    "synthetic": Text(zh="合成数据", en="Synthetic data"),
    "attribution": Text(zh="署名", en="Attribution"),
    "keywords": Text(zh="关键词", en="Keywords"),
    "look": Text(zh="逐行查看", en="Look at the rows"),
    "map": Text(zh="在地图上看", en="On the map"),
    "lineage": Text(zh="来历与用途", en="Where it came from, what used it"),
    "columns": Text(zh="字段", en="Columns"),
    "status": Text(zh="状态", en="Status"),
    "model": Text(zh="模型", en="Model"),
    "started": Text(zh="提交时间", en="Submitted"),
    "outcome": Text(zh="结论", en="Outcome"),
    "reads": Text(zh="所用数据", en="Data it reads"),
    "inputs": Text(zh="输入", en="Inputs"),
    "name": Text(zh="名称", en="Name"),
    "meaning": Text(zh="含义", en="Meaning"),
    "type": Text(zh="类型", en="Type"),
    "unit": Text(zh="单位", en="Unit"),
    "none": Text(zh="没有内容", en="Nothing here"),
    "datasets": Text(zh="数据", en="Data"),
    "models": Text(zh="模型", en="Models"),
    "runs": Text(zh="运行", en="Runs"),
    "decide": Text(zh="在网页上提问", en="Ask it on the page"),
    "conformance": Text(zh="符合的标准", en="Standards kept"),
}


def _say(call: Call[Any], word: str) -> str:
    return call.say(_WORDS[word]) or word


def collections_page(call: Call[Any], document: Json) -> bytes:
    """Return the list of datasets."""
    cards = [_card(call, each) for each in document["collections"]]
    return page(call, _say(call, "datasets"), tag("ul", cards, class_="cards"))


def _card(call: Call[Any], each: Json) -> Markup:
    path = link(call, f"/collections/{each['id']}?f=html")
    quiet = [each.get("steward"), each.get("license"), each.get("updated", "")[:10]]
    return tag(
        "li",
        tag("h2", anchor(path, each["title"])),
        tag("p", each["description"]) if each.get("description") else None,
        tag("p", " · ".join(str(part) for part in quiet if part), class_="quiet"),
    )


def collection_page(call: Call[Any], document: Json) -> bytes:
    """Return one dataset, with schema.org's description of it for search engines."""
    extent = document.get("extent", {})
    box = next(iter(extent.get("spatial", {}).get("bbox", ())), None)
    interval = next(iter(extent.get("temporal", {}).get("interval", ())), None)
    path = f"/collections/{document['id']}"
    pinned = call.query.pinning.replace("?", "&")
    body = facts(
        [
            (_say(call, "steward"), document.get("steward")),
            (_say(call, "license"), document.get("license")),
            (_say(call, "attribution"), document.get("attribution")),
            (_say(call, "version"), document.get("version")),
            (_say(call, "updated"), document.get("updated")),
            (_say(call, "rows"), document.get("row_count")),
            (_say(call, "kind"), document.get("geometry_type")),
            (_say(call, "where"), ", ".join(f"{edge:.5g}" for edge in box) if box else None),
            (_say(call, "when"), " — ".join(str(end or "…") for end in interval or ())),
            (_say(call, "keywords"), ", ".join(document.get("keywords", ()))),
            (_say(call, "synthetic"), "✓" if document.get("synthetic") else None),
        ]
    )
    ways = (
        anchor(link(call, f"{path}/items?f=html{pinned}"), _say(call, "look")),
        anchor(link(call, f"{path}/schema?f=html{pinned}"), _say(call, "columns")),
        anchor(link(call, f"{path}/versions?f=html"), _say(call, "versions")),
        anchor(link(call, f"{path}/lineage?f=html"), _say(call, "lineage")),
        anchor(link(call, "/app/"), _say(call, "map")),
    )
    return page(
        call,
        document["title"],
        tag("p", spaced(ways), class_="ways"),
        body,
        links_section(call, document.get("links", ())),
        about=[schema_org(call, document)] if "version" in document else (),
        lead=document.get("description"),
    )


def versions_page(call: Call[Any], document: Json) -> bytes:
    """Return the versions of a dataset, each with its description and its rows."""
    path = f"/collections/{call.path['collectionId']}"
    rows: list[list[Child]] = []
    for each in document["versions"]:
        pinned = f"?f=html&dataset-version={each['version']}"
        shown = anchor(link(call, path + pinned), str(each["version"]))
        looked = anchor(link(call, f"{path}/items{pinned}"), _say(call, "look"))
        rows.append([shown, each["updated"], each["row_count"], looked])
    headings = [_say(call, name) for name in ("version", "updated", "rows")]
    title = f"{call.path['collectionId']} · {_say(call, 'versions')}"
    return page(call, title, table([*headings, ""], rows), _back(call, document))


def schema_org(call: Call[Any], document: Json) -> dict[str, Any]:
    """Return a collection as schema.org describes a Dataset."""
    address = f"{call.base}/collections/{document['id']}"
    extent = document.get("extent", {})
    described: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": address,
        "url": address,
        "identifier": document["id"],
        "name": document["title"],
        "description": document.get("description") or document["title"],
        "version": str(document["version"]),
        "dateModified": document["updated"],
        "keywords": list(document.get("keywords", ())),
        "license": document.get("license"),
        "creditText": document.get("attribution"),
        "creator": _organisation(document.get("steward")),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": "Chengmo 城模",
            "url": f"{call.base}/",
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": each["type"],
                "contentUrl": each["href"],
            }
            for each in document.get("links", ())
            if each["rel"] == "items"
        ],
    }
    for west, south, east, north in extent.get("spatial", {}).get("bbox", ()):
        # schema.org writes a box as two corners, latitude first.
        shape = {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}
        described["spatialCoverage"] = {"@type": "Place", "geo": shape}
    for first, last in extent.get("temporal", {}).get("interval", ()):
        described["temporalCoverage"] = f"{first or '..'}/{last or '..'}"
    return {name: value for name, value in described.items() if value not in (None, "", [])}


def _organisation(name: str | None) -> dict[str, str] | None:
    return {"@type": "Organization", "name": name} if name else None


def items_page(call: Call[Any], document: Json) -> bytes:
    """Return a page of rows."""
    features = document["features"]
    names = list(dict.fromkeys(name for each in features for name in each["properties"]))
    path = call.request.url.path.removeprefix(call.request.scope.get("root_path", ""))
    rows: list[list[Child]] = [
        [
            anchor(link(call, f"{path}/{each['id']}?f=html"), str(each["id"])),
            *(cell_of(each["properties"].get(name)) for name in names),
        ]
        for each in features
    ]
    shown = table(["#", *names], rows) if rows else tag("p", _say(call, "none"), class_="quiet")
    title = call.path.get("collectionId", "")
    return page(call, title, shown, turning(call, document), _back(call, document))


def _back(call: Call[Any], document: Json) -> Markup | None:
    return links_section(
        call, [each for each in document.get("links", ()) if each["rel"] == "collection"]
    )


def schema_page(call: Call[Any], document: Json) -> bytes:
    """Return what rows have, or can be asked for by."""
    headings = [_say(call, word) for word in ("name", "type", "unit", "meaning")]
    rows = [
        [
            f"{name} ({each['title']})" if each.get("title", name) != name else name,
            each.get("format") or each.get("type"),
            each.get("x-ogc-unit"),
            each.get("description"),
        ]
        for name, each in document["properties"].items()
    ]
    return page(call, document["title"], table(headings, rows))


def processes_page(call: Call[Any], document: Json) -> bytes:
    """Return the list of models."""
    cards = [
        tag(
            "li",
            tag("h2", anchor(link(call, f"/processes/{each['id']}?f=html"), each["title"])),
            tag("p", each.get("description") or ""),
        )
        for each in document["processes"]
    ]
    return page(call, _say(call, "models"), tag("ul", cards, class_="cards"))


def process_page(call: Call[Any], document: Json) -> bytes:
    """Return one model: the question, the data it reads, what it wants to know."""
    reads = spaced(
        anchor(link(call, f"/collections/{name}?f=html"), name) for name in document["reads"]
    )
    headings = [_say(call, word) for word in ("name", "meaning", "type")]
    rows = [
        [f"{each['title']} ({name})", each["description"], cell_of(each["schema"].get("type"))]
        for name, each in document["inputs"].items()
    ]
    return page(
        call,
        document["title"],
        tag("p", anchor(link(call, "/app/"), _say(call, "decide")), class_="ways"),
        facts([(_say(call, "version"), document["version"]), (_say(call, "reads"), reads)]),
        tag("h2", _say(call, "inputs")),
        table(headings, rows),
        links_section(call, document["links"]),
        lead=document.get("description"),
    )


def jobs_page(call: Call[Any], document: Json) -> bytes:
    """Return the list of runs."""
    headings = [_say(call, word) for word in ("runs", "model", "status", "outcome", "started")]
    rows = [
        [
            anchor(link(call, f"/jobs/{each['jobID']}?f=html"), each["jobID"]),
            anchor(link(call, f"/processes/{each['processID']}?f=html"), each["processID"]),
            each["status"],
            each.get("outcome"),
            each.get("created"),
        ]
        for each in document["jobs"]
    ]
    shown = table(headings, rows) if rows else tag("p", _say(call, "none"), class_="quiet")
    return page(call, _say(call, "runs"), shown, turning(call, document))


def conformance_page(call: Call[Any], document: Json) -> bytes:
    """Return the standards that are kept."""
    names = (tag("li", anchor(uri, uri)) for uri in document["conformsTo"])
    return page(call, _say(call, "conformance"), tag("ul", names))
