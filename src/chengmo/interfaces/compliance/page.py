"""A report as one HTML file: it loads nothing, runs nothing, and prints."""

import base64
import hashlib
from importlib import resources

from chengmo.interfaces.compliance.document import Block, Document, Section
from chengmo.interfaces.markup import Markup, tag

MEDIA_TYPE = "text/html; charset=utf-8"


def page_of(document: Document) -> bytes:
    """Return a report as a page that needs nothing beside it, as UTF-8."""
    style = _style()
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        # Kept as a file there is no server to send the header.
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", document.title),
        tag("style", Markup(style)),
    )
    contents = tag(
        "nav",
        tag(
            "ol",
            (
                tag("li", tag("a", section.title, href=f"#s{number}"))
                for number, section in enumerate(document.sections, 1)
            ),
        ),
    )
    body = tag(
        "body",
        tag(
            "main",
            tag("h1", document.title),
            tag("p", document.lead, class_="lead"),
            contents,
            (_section(number, each) for number, each in enumerate(document.sections, 1)),
        ),
    )
    language = "zh-CN" if document.language == "zh" else "en"
    return f"<!doctype html>\n{tag('html', head, body, lang=language)}\n".encode()


def content_security_policy() -> str:
    """Return what such a page may do, for the header: be laid out by its own style."""
    return f"{_policy(_style())}; frame-ancestors 'none'; sandbox"


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _style() -> str:
    return (
        resources.files("chengmo.interfaces.compliance")
        .joinpath("report.css")
        .read_text(encoding="utf-8")
    )


def _section(number: int, section: Section) -> Markup:
    return tag(
        "section",
        tag("h2", f"{number}  {section.title}"),
        tag("p", section.lead, class_=section.tone) if section.lead else None,
        _facts(section),
        (_block(each) for each in section.blocks),
        id=f"s{number}",
    )


def _facts(section: Section) -> Markup | None:
    if not section.facts:
        return None
    return tag("dl", ((tag("dt", name), tag("dd", value)) for name, value in section.facts))


def _block(block: Block) -> Markup:
    title = tag("h3", block.title) if block.title else None
    if not block.rows:
        return tag("div", title, tag("p", block.empty, class_="none"))
    head = tag("thead", tag("tr", (tag("th", each, scope="col") for each in block.headings)))
    body = tag("tbody", (tag("tr", (tag("td", cell) for cell in row)) for row in block.rows))
    # Scrolls by keyboard, too, where the screen is narrower than the table.
    table = tag("div", tag("table", head, body), class_="wide", tabindex="0")
    return tag("div", title, table)
