"""The pages of the catalogue: a search with what narrows it, and one entry."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from chengmo.interfaces.markup import Markup, anchor, tag
from chengmo.interfaces.ogc.endpoint import Call
from chengmo.interfaces.ogc.page import link, links_section, page, spaced, turning, value_of
from chengmo.interfaces.ogc.record_document import FACET_WORDS, VALUE_WORDS
from chengmo.model import Text

Json = Mapping[str, Any]
_SEARCH = Text(zh="搜索", en="Search")
_CATALOGUE = Text(zh="数据目录", en="Catalogue of data")


def records_page(call: Call[Any], document: Json) -> bytes:
    """Return entries of the catalogue, with a field to search in and what narrows the search."""
    asked = dict(call.request.query_params.items())
    kept = [
        tag("input", type="hidden", name=name, value=value)
        for name, value in {**asked, "f": "html"}.items()
        if name not in {"q", "offset"}
    ]
    box = tag("input", type="search", name="q", value=asked.get("q", ""), aria_label="q")
    form = tag("form", box, kept, tag("button", call.say(_SEARCH)), method="get", role="search")
    cards = [_record_card(call, each) for each in document["features"]]
    return page(
        call,
        f"{call.say(_CATALOGUE)} ({document['numberMatched']})",
        form,
        _facets(call, document["facets"], asked) if call.request.url.path != "/search" else None,
        tag("ul", cards, class_="cards"),
        turning(call, document),
    )


def _record_card(call: Call[Any], each: Json) -> Markup:
    entry = each["properties"]
    path = link(call, f"/collections/_catalogue/items/{each['id']}?f=html")
    quiet = [entry.get("steward"), entry.get("license"), entry.get("source"), entry.get("access")]
    return tag(
        "li",
        tag("h2", anchor(path, entry["title"])),
        tag("p", entry["description"]) if entry.get("description") else None,
        tag("p", " · ".join(str(part) for part in quiet if part), class_="quiet"),
    )


def _facets(call: Call[Any], facets: Json, asked: dict[str, str]) -> Markup:
    groups: list[Markup] = []
    for name, facet in facets.items():
        if len(facet["buckets"]) < 2 and name not in asked:  # noqa: PLR2004 - one value narrows nothing
            continue
        values = [
            anchor(
                f"?{urlencode({**asked, 'f': 'html', 'offset': '0', name: bucket['value']})}",
                f"{_value(call, name, bucket['value'])} ({bucket['count']})",
                aria_current="true" if asked.get(name) == bucket["value"] else None,
            )
            for bucket in facet["buckets"]
        ]
        groups.append(tag("p", tag("b", call.say(FACET_WORDS[name])), " ", spaced(values)))
    return tag("div", groups, class_="facets")


def record_page(call: Call[Any], document: Json) -> bytes:
    """Return one entry of the catalogue."""
    entry = document["properties"]
    left_out = {"title", "description", "language", "languages"}
    shown = {name: value for name, value in entry.items() if name not in left_out}
    if document.get("time"):
        shown["time"] = " — ".join(document["time"]["interval"])
    return page(
        call,
        entry["title"],
        value_of(call, shown),
        links_section(call, document["links"]),
        lead=entry.get("description"),
    )


def _value(call: Call[Any], facet: str, value: str) -> str:
    return call.say(VALUE_WORDS.get((facet, value))) or value
