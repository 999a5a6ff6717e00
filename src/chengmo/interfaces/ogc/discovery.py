"""What search engines ask for: which pages there are, and which to leave alone."""

from typing import Any

from chengmo.interfaces.markup import tag
from chengmo.interfaces.ogc.endpoint import Answer, Call, Endpoint, Query, Reply

PLAIN = "text/plain"
XML = "application/xml"
# Runs are nobody's business but the asker's; rows are to be asked for, not to be crawled.
_LEAVE_ALONE = ("/jobs", "/collections/*/items", "/collections/*/tiles", "/datasets", "/imports")
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def answer_robots(call: Call[Query]) -> Reply:
    """Return what a crawler may look at."""
    lines = (
        "User-agent: *",
        *(f"Disallow: {path}" for path in _LEAVE_ALONE),
        "Allow: /collections/_catalogue/items/",
        f"Sitemap: {call.base}/sitemap.xml",
    )
    return Reply("\n".join((*lines, "")).encode(), media_type=PLAIN)


def answer_sitemap(call: Call[Query]) -> Reply:
    """Return the addresses of the pages about data and models that the caller may see."""
    pages: list[tuple[str, str | None]] = [
        ("/?f=html", None),
        ("/collections?f=html", None),
        ("/processes?f=html", None),
        *(
            (f"/collections/{dataset.id}?f=html", dataset.created_utc)
            for dataset in call.view.datasets()
        ),
        *((f"/processes/{model}?f=html", None) for model in call.platform.models),
    ]
    listed = (
        tag("url", tag("loc", f"{call.base}{path}"), tag("lastmod", when) if when else None)
        for path, when in pages
    )
    whole = tag("urlset", listed, xmlns=_NAMESPACE)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{whole}\n'
    return Reply(text.encode(), media_type=XML)


_TEXT = {"type": "string"}
ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        "/robots.txt",
        "getRobots",
        "Discovery",
        "What a crawler may look at",
        Query,
        answer_robots,
        (Answer(200, "Rules for crawlers", _TEXT, PLAIN),),
    ),
    Endpoint(
        "GET",
        "/sitemap.xml",
        "getSitemap",
        "Discovery",
        "The addresses of the pages about data and models",
        Query,
        answer_sitemap,
        (Answer(200, "A site map (sitemaps.org 0.9)", _TEXT, XML),),
    ),
)
