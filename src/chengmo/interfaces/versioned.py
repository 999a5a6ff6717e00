"""The API's version in its addresses: `/v1/collections` is what `/collections` is today.

Whoever asks below `/v1` is answered with links below `/v1`, and stays with that version when the
addresses without one move on to the next. The page and the services of other packages have one
address each: the page comes with its server, and services name their versions themselves.
"""

from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

VERSION = "1"
PREFIX = f"/v{VERSION}"
HEADER = "API-Version"
PAGE = "/app"
_ASKED = "asked_by_version"


@dataclass(frozen=True)
class Versioned:
    """ASGI middleware; stands right before the application.

    Attributes:
        app: What answers.
        apart: Paths, with all below, that have no version: they are not found below one.
    """

    app: ASGIApp
    apart: tuple[str, ...] = (PAGE,)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on, its version moved from the path to the root of all links."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, root = scope["path"], scope.get("root_path", "")
        named = path.removeprefix(root)
        within = named.removeprefix(PREFIX)
        asked = is_below(named, PREFIX) and not self._is_apart(within)
        if asked:
            scope = {
                **scope,
                "path": path if within else f"{path}/",
                "root_path": f"{root}{PREFIX}",
                "state": {**scope.get("state", {}), _ASKED: True},
            }
        told = send if not asked and self._is_apart(named) else _telling(send)
        await self.app(scope, receive, told)

    def _is_apart(self, path: str) -> bool:
        return any(is_below(path, prefix) for prefix in self.apart)


def _telling(send: Send) -> Send:
    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)[HEADER] = VERSION
        await send(message)

    return telling


def is_below(path: str, prefix: str) -> bool:
    """Tell whether `path` is `prefix` or a path below it."""
    return path == prefix or path.startswith(f"{prefix}/")


def site_of(connection: HTTPConnection) -> str:
    """Return where the server lies, without a version and a final slash."""
    base = str(connection.base_url).rstrip("/")
    asked = connection.scope.get("state", {}).get(_ASKED, False)
    return base.removesuffix(PREFIX) if asked else base


def address_of(path: str, *, base: str, site: str) -> str:
    """Return the address of `path`: the page's from the `site`, all others from the `base`."""
    return f"{site if is_below(path.partition('#')[0], PAGE) else base}{path}"
