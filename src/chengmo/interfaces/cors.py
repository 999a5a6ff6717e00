"""Which web pages of other servers may ask this one (CORS, Fetch standard): none, unless stated.

`CHENGMO_CORS_ORIGINS` names them, `https://map.example https://lab.example:8443`, or is `*`, any.

A page elsewhere that may ask is who its key says, and without a key nobody: neither the cookie of a
visitor's session nor the standing of this machine's own administrator ever speaks for it, so
`Access-Control-Allow-Credentials` is never sent. A write without a key stays refused by the guard.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chengmo.errors import InvalidRequest
from chengmo.interfaces.guard import is_same_origin
from chengmo.interfaces.purpose import HEADER as PURPOSE_HEADER
from chengmo.interfaces.treated import HEADER as TREATED_HEADER

SETTING = "CHENGMO_CORS_ORIGINS"
EVERY = "*"
# In the scope's state: a page of another server asks.
FOREIGN = "foreign_page"
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")
_METHODS = "GET, HEAD, POST, PUT, DELETE"
_SENT = (
    "Accept, Accept-Language, Authorization, Content-Type, If-None-Match, Prefer, "
    f"X-Chengmo-Request, {PURPOSE_HEADER}"
)
_READ = (
    "API-Version, Content-Crs, Content-Disposition, Content-Language, ETag, Link, Location, "
    f"Preference-Applied, Retry-After, WWW-Authenticate, {TREATED_HEADER}"
)
_REMEMBERED_S = "600"


def cors_origins_from(environment: Mapping[str, str]) -> frozenset[str]:
    """Read CHENGMO_CORS_ORIGINS: origins with blanks or commas between, or `*`.

    Raises:
        InvalidRequest: If one is no origin, or `*` stands among others.
    """
    stated = frozenset(environment.get(SETTING, "").replace(",", " ").split())
    if stated == frozenset({EVERY}):
        return stated
    for origin in stated:
        if not _ORIGIN.fullmatch(origin):
            raise InvalidRequest(
                f"{SETTING}: '{origin}' is no origin",
                hint="write https://name or https://name:port, in lower case, without a path",
            )
    return stated


@dataclass(frozen=True)
class Cors:
    """ASGI middleware; stands between the guard and the identification.

    Attributes:
        app: What pages elsewhere may ask.
        origins: Of those pages; `*` alone for any.
    """

    app: ASGIApp
    origins: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: a browser's question beforehand, or hand it on."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin")
        if origin is None or not self._is_allowed(origin, scope, headers):
            await self.app(scope, receive, self._marked(send, None))
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await Response(status_code=204, headers=self._beforehand(origin))(scope, receive, send)
            return
        scope.setdefault("state", {})[FOREIGN] = True
        await self.app(scope, receive, self._marked(send, origin))

    def _is_allowed(self, origin: str, scope: Scope, headers: Headers) -> bool:
        if is_same_origin(origin, scope["scheme"], headers.get("host", "")):
            # The server's own page needs no leave, and must stay who it is.
            return False
        return EVERY in self.origins or origin in self.origins

    def _beforehand(self, origin: str) -> dict[str, str]:
        return {
            "Access-Control-Allow-Origin": self._answer_to(origin),
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _SENT,
            "Access-Control-Max-Age": _REMEMBERED_S,
            "Vary": "Origin",
        }

    def _answer_to(self, origin: str) -> str:
        return EVERY if EVERY in self.origins else origin

    def _marked(self, send: Send, origin: str | None) -> Send:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # What is kept for one origin must not be handed to a page of another.
                headers.add_vary_header("Origin")
                if origin is not None:
                    headers["Access-Control-Allow-Origin"] = self._answer_to(origin)
                    headers["Access-Control-Expose-Headers"] = _READ
            await send(message)

        return marked
