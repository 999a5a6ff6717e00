"""The frame of every page: head, ways on, languages, representations; and documents as such.

A page is made of the JSON that the same address answers, so it can show nothing that the caller
may not have. It loads one style sheet from this server and runs nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from chengmo.interfaces.markup import Child, Markup, anchor, is_address, join, json_block, tag
from chengmo.interfaces.ogc.endpoint import HTML, Call, forms_of
from chengmo.model import Text

NAME = Text(zh="城模", en="Chengmo")
_WAYS = (
    ("/?f=html", Text(zh="首页", en="Start")),
    ("/collections?f=html", Text(zh="数据", en="Data")),
    ("/collections/_catalogue/items?f=html", Text(zh="目录", en="Catalogue")),
    ("/processes?f=html", Text(zh="模型", en="Models")),
    ("/jobs?f=html", Text(zh="运行", en="Runs")),
    ("/app/", Text(zh="地图", en="Map")),
)
_FORM_NAMES = {"json": "JSON", "html": "HTML", "jsonld": "JSON-LD", "ttl": "Turtle"}
_LINKS = Text(zh="链接", en="Links")
_AS = Text(zh="其他格式", en="Also as")
_CLASSES = Text(zh="符合的标准", en="Standards kept")
_INTERFACE = Text(zh="接口说明", en="The interface")
_NEXT = Text(zh="下一页", en="Next page")
_PREVIOUS = Text(zh="上一页", en="Previous page")
_NONE = Text(zh="没有内容", en="Nothing here")
_RELATIONS = {
    "service-desc": Text(zh="接口说明（OpenAPI）", en="The interface (OpenAPI)"),
    "service-doc": Text(zh="地图网页", en="The page with the map"),
    "conformance": Text(zh="符合的标准", en="Standards kept"),
    "data": Text(zh="数据", en="Data"),
    "ogc-catalog": Text(zh="数据目录", en="The catalogue"),
    "tiling-schemes": Text(zh="瓦片矩阵集", en="Tile matrix sets"),
    "dggrs-list": Text(zh="网格", en="Grids"),
    "tilesets-vector": Text(zh="矢量瓦片", en="Vector tiles"),
    "processes": Text(zh="模型", en="Models"),
    "job-list": Text(zh="运行", en="Runs"),
    "items": Text(zh="全部行", en="The rows"),
    "item": Text(zh="全部行", en="The rows"),
    "describes": Text(zh="数据", en="The dataset"),
    "describedby": Text(zh="说明", en="What describes it"),
    "queryables": Text(zh="可查询的字段", en="What it can be asked by"),
    "sortables": Text(zh="可排序的字段", en="What it can be sorted by"),
    "facets": Text(zh="分面", en="Facets"),
    "schema": Text(zh="字段", en="Columns"),
    "has_provenance": Text(zh="来历与用途", en="Where it came from, what used it"),
    "version-history": Text(zh="历次版本", en="Versions"),
    "latest-version": Text(zh="最新版本", en="The latest version"),
    "collection": Text(zh="所属数据", en="What it belongs to"),
    "predecessor-version": Text(zh="上一版本", en="The version before"),
    "results": Text(zh="结果", en="The result"),
    "execute": Text(zh="执行", en="Execute"),
}
_MOST_CELL = 400


def page(
    call: Call[Any],
    title: str,
    *body: Child,
    about: Sequence[Mapping[str, Any]] = (),
    lead: str | None = None,
) -> bytes:
    """Return a whole page as UTF-8.

    Args:
        call: What was asked: its language, and which other representations there are.
        title: Heading and title.
        body: What stands below the heading.
        about: JSON-LD about what the page shows, for search engines.
        lead: A sentence below the heading.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · {call.say(NAME)}"),
        tag("link", rel="icon", href=call.address("/app/seal.svg")),
        tag("link", rel="stylesheet", href=call.address("/app/styles/tokens.css")),
        tag("link", rel="stylesheet", href=call.address("/app/styles/reading.css")),
        (json_block(each) for each in about),
    )
    content = tag(
        "main",
        tag("h1", title),
        tag("p", lead, class_="lead") if lead else None,
        *body,
        id="content",
    )
    whole = tag("html", head, tag("body", _top(call), content, _bottom(call)), lang=call.language)
    return f"<!doctype html>\n{whole}\n".encode()


def _top(call: Call[Any]) -> Markup:
    ways = (tag("li", anchor(link(call, path), call.say(name))) for path, name in _WAYS)
    other, label = ("en", "English") if call.language == "zh" else ("zh", "中文")
    return tag(
        "header",
        anchor(link(call, "/?f=html"), call.say(NAME), class_="name"),
        tag("nav", tag("ul", ways), aria_label=call.say(NAME)),
        anchor(_here(call, lang=other), label, class_="language", hreflang=other, lang=other),
    )


def _bottom(call: Call[Any]) -> Markup:
    forms = [form for form in forms_of(type(call.query)) if form != "html"]
    others = (anchor(_here(call, f=form), _FORM_NAMES.get(form, form)) for form in forms)
    return tag(
        "footer",
        tag("p", call.say(_AS), ": ", spaced(others)),
        tag(
            "p",
            anchor(link(call, "/conformance?f=html"), call.say(_CLASSES)),
            " · ",
            anchor(link(call, "/api"), call.say(_INTERFACE)),
        ),
    )


def spaced(children: Any) -> Markup:
    """Return children with blanks between them."""
    return join(item for child in children for item in (child, " "))


def _here(call: Call[Any], **changes: str) -> str:
    kept = {**dict(call.request.query_params.items()), **changes}
    return f"?{urlencode(kept)}"


def link(call: Call[Any], path: str) -> str:
    """Return the address of `path`, in the language that was asked for by name."""
    asked = call.query.lang
    mark = "&" if "?" in path else "?"
    address = call.address(path)
    return f"{address}{mark}lang={asked}" if asked else address


def facts(pairs: Sequence[tuple[str, Child]]) -> Markup:
    """Return names and values, those without a value left out."""
    rows = ((tag("dt", name), tag("dd", value)) for name, value in pairs if value not in (None, ""))
    return tag("dl", rows)


def table(headings: Sequence[str], rows: Sequence[Sequence[Child]]) -> Markup:
    """Return a table, in a frame that scrolls on a narrow screen."""
    head = tag("thead", tag("tr", (tag("th", heading, scope="col") for heading in headings)))
    body = tag("tbody", (tag("tr", (tag("td", cell) for cell in row)) for row in rows))
    return tag("div", tag("table", head, body), class_="wide", tabindex="0")


def document_page(call: Call[Any], document: Mapping[str, Any]) -> bytes:
    """Return any JSON document as a page: all its members, and all its links."""
    title = document.get("title") or call.request.url.path
    rest = {name: value for name, value in document.items() if name not in {"title", "links"}}
    lead = rest.pop("description", None)
    return page(
        call,
        str(title),
        value_of(call, rest),
        links_section(call, document.get("links", ())),
        lead=lead if isinstance(lead, str) else None,
    )


def links_section(call: Call[Any], links: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Return the links of a document; its own address and its other forms stand in the frame."""
    told = [
        each
        for each in links
        if each.get("rel") not in {"self", "alternate"}
        # A browser gets the page of either.
        and (each.get("rel"), each.get("type")) != ("items", HTML)
    ]
    # A relation with a short and a long name is one link to a person.
    shown = list({each.get("href"): each for each in reversed(told)}.values())[::-1]
    if not shown:
        return None
    items = (
        tag(
            "li",
            anchor(str(each.get("href", "")), each.get("title") or _word(call, each)),
            tag("span", " ", each.get("type") or "", class_="quiet"),
        )
        for each in shown
    )
    return tag("section", tag("h2", call.say(_LINKS)), tag("ul", items, class_="links"))


def _word(call: Call[Any], each: Mapping[str, Any]) -> str:
    relation = str(each.get("rel", "")).rsplit("/", 1)[-1].rsplit("#", 1)[-1]
    return call.say(_RELATIONS.get(relation)) or relation


def turning(call: Call[Any], document: Mapping[str, Any]) -> Markup:
    """Return the links to the pages before and after."""
    turned: list[Markup] = []
    for rel, word in (("prev", _PREVIOUS), ("next", _NEXT)):
        for each in document.get("links", ()):
            if each["rel"] == rel:
                mark = "&" if "?" in each["href"] else "?"
                href = each["href"] if "f=html" in each["href"] else f"{each['href']}{mark}f=html"
                turned.append(anchor(href, call.say(word), rel=rel))
    return tag("p", spaced(turned), class_="ways")


def value_of(call: Call[Any], value: Any) -> Child:
    """Return any JSON value as HTML."""
    if isinstance(value, Mapping):
        return facts([(str(name), value_of(call, item)) for name, item in value.items()])
    if isinstance(value, list):
        return _list_of(call, value)
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, str) and value.startswith(("http://", "https://")) and is_address(value):
        return anchor(value, value)
    return value if isinstance(value, str | int | float) else None


def _list_of(call: Call[Any], values: list[Any]) -> Child:
    if not values:
        return tag("p", call.say(_NONE), class_="quiet")
    if all(isinstance(value, Mapping) for value in values):
        names = list(dict.fromkeys(name for value in values for name in value if name != "links"))
        rows = [[cell_of(value.get(name)) for name in names] for value in values]
        return table(names, rows)
    return tag("ul", (tag("li", value_of(call, value)) for value in values))


def cell_of(value: Any) -> Child:
    """Return a JSON value as the text of one cell."""
    if isinstance(value, Mapping | list):
        text = str(value)
        return text if len(text) <= _MOST_CELL else f"{text[:_MOST_CELL]}…"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return value if isinstance(value, str | int | float) else None
