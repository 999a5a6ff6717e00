"""HTML written so that no text can become markup: everything is escaped but `Markup` itself."""

import html
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

_ALONE = frozenset({"meta", "link", "input", "br", "hr"})
_SAFE_SCHEMES = frozenset({"", "http", "https", "mailto"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | int | float | Iterable["Child"] | None


def tag(name: str, /, *children: Child, **attributes: str | bool | None) -> Markup:
    """Return an element; `class_` stands for `class`, `_` in names for `-`, None is left out.

    Example:
        >>> tag("a", "<b>", href="/x?a=1&b=2")
        '<a href="/x?a=1&amp;b=2">&lt;b&gt;</a>'
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _ALONE:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Return children one after the other, texts escaped."""
    return Markup("".join(_written(child) for child in children))


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int | float):
        return html.escape(str(child))
    return join(child)


def _attribute(key: str, value: str | bool | None) -> str:  # noqa: FBT001 - HTML has such attributes
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(value)}"'


def anchor(href: str, *children: Child, **attributes: str | bool | None) -> Markup:
    """Return a link, or only its text where the address could run something (`javascript:`)."""
    if is_address(href):
        return tag("a", *children, href=href, **attributes)
    return tag("span", *children)


def is_address(text: str) -> bool:
    """Tell whether `text` may stand in a link: an address of the web, or one of this server."""
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return False
    # A browser drops control characters and leading blanks before it looks for the scheme.
    return scheme.lower() in _SAFE_SCHEMES and all(character > " " for character in text)


def json_block(value: Any) -> Markup:
    """Return JSON-LD as a block of data, which no browser runs and which nothing inside can end."""
    text = json.dumps(value, ensure_ascii=False)
    for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(character, escape)
    return Markup(f'<script type="application/ld+json">{text}</script>')
