"""Inputs of a process: in line, qualified, or by reference (OGC 18-062r2, 7.11.2.2).

A reference is followed only as far as it reaches without a network: a `data:` URL (RFC 2397), which
brings its value along. Nothing is fetched from afar: the platform is no way for others to reach
what it can reach, and a run is to rest on nothing that may be different tomorrow.
"""

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from chengmo.errors import InvalidRequest
from chengmo.model import VerticalModel

_QUALIFIERS = frozenset({"value", "mediaType", "encoding", "schema", "format"})
_LINK = frozenset({"href", "type", "rel", "title", "hreflang"})
_DATA = re.compile(
    r"data:(?P<type>[^;,]*)(?:;[^;,]*)*?(?P<base64>;base64)?,(?P<content>.*)", re.DOTALL
)
_HINT = "send the value itself, or a data: URL of JSON or text: nothing is fetched from afar"


def value_of_input(model: VerticalModel, name: str, value: Any) -> Any:
    """Return what an input of an execute request means.

    Args:
        model: Whose input.
        name: Of the input.
        value: As it stands in the request.

    Raises:
        InvalidRequest: If it is a link that leads elsewhere, or to what is neither JSON nor text.
    """
    # The standard wraps an object in {"value": …} to tell it from a link or a qualified value.
    if not isinstance(value, dict):
        return value
    field = model.request_type.model_fields.get(name)
    own = getattr(field.annotation, "model_fields", {}) if field else {}
    if "href" in value and value.keys() <= _LINK and "href" not in own:
        return _followed(name, value)
    if "value" in value and value.keys() <= _QUALIFIERS and "value" not in own:
        return value["value"]
    return value


def _followed(name: str, link: dict[str, Any]) -> Any:
    found = _DATA.fullmatch(str(link["href"]))
    if found is None:
        raise InvalidRequest(f"input '{name}' is a link that leads elsewhere", hint=_HINT)
    media_type = (found["type"] or str(link.get("type", "text/plain"))).lower()
    try:
        content = unquote_to_bytes(found["content"])
        if found["base64"]:
            content = base64.b64decode(content, validate=True)
        text = content.decode("utf-8")
        if media_type == "application/json" or media_type.endswith("+json"):
            return json.loads(text)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidRequest(
            f"the data: URL of input '{name}' cannot be read: {error}", hint=_HINT
        ) from error
    if not media_type.startswith("text/"):
        raise InvalidRequest(f"input '{name}' is '{media_type[:100]}'", hint=_HINT)
    return text
