"""Whether a caller holds already what would be answered (RFC 9110, 13.1.2)."""

import re

from starlette.requests import HTTPConnection

_OPAQUE = re.compile(r'(?:W/)?("[^"]*")')


def is_held(request: HTTPConnection, tag: str) -> bool:
    """Tell whether `If-None-Match` names `tag`, perhaps among others, or is `*`.

    The comparison is the weak one: `W/"1"` and `"1"` are the same.
    """
    sent = ",".join(request.headers.getlist("if-none-match"))
    return sent.strip() == "*" or _OPAQUE.sub(r"\1", tag) in _OPAQUE.findall(sent)
