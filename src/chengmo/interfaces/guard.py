"""What stands before every request: who may knock, how much they may bring, what browsers may do.

The platform listens on loopback without a password, so a web page from elsewhere must not reach
it through the visitor's browser:

- a `Host` that is not one of the server's own names is refused, which stops DNS rebinding;
- a write that a page elsewhere could send without asking (a form's POST) is refused: it needs a
  JSON body or the header `X-Chengmo-Request: 1`, neither of which a form can send. Other write
  methods are never sent across sites unasked, and none is granted but to a key (`cors.py`);
- an `Origin` that is not this server's is refused on every write;
- a body beyond its limit is refused, by its declared length or as it arrives;
- over TLS every response says that this name is never to be asked without it (HSTS);
- every response carries a strict Content-Security-Policy and its companions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chengmo.interfaces.boundary import problem_response
from chengmo.interfaces.problem import (
    BAD_HTTP,
    CROSS_ORIGIN,
    MISDIRECTED,
    TOO_LARGE,
    Problem,
)

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
BODY_LIMIT_BYTES = 16 * 2**20
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_DEFAULT_PORTS = {"http": "80", "https": "443"}

# A page of the platform loads everything from itself. `blob:` is for map workers and pictures
# that the page itself makes; nothing inline runs and nothing leaves.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    }
)


# Two years, as browsers' lists ask; the names below are others' to decide. Said over https alone:
# browsers ignore it elsewhere, and a city that tries it out on http must not be locked out.
TRANSPORT_SECURITY = "max-age=63072000"


@dataclass(frozen=True)
class Guard:
    """ASGI middleware; the outermost of all, so that every response passes it.

    Attributes:
        app: What it guards.
        hosts: Names, without port, that this server answers to.
        body_limit_bytes: Of a request's body.
        larger_bodies: Other limits by path prefix, such as `{"/imports": 10 * 2**30}`.
        sockets: Prefixes below which WebSockets are let through: services that identify their
            callers by tokens of their own, which no foreign page can make a browser send.
    """

    app: ASGIApp
    hosts: frozenset[str] = LOOPBACK_NAMES
    body_limit_bytes: int = BODY_LIMIT_BYTES
    larger_bodies: Mapping[str, int] = field(default_factory=dict[str, int])
    sockets: tuple[str, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection: refuse it, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            if self._may_open(scope):
                await self.app(scope, receive, send)
                return
            # Closing before accepting answers 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        guarded = _with_headers(send, is_known_over_tls=_is_known_over_tls(scope))
        limit = self._limit_of(scope["path"])
        refused = self._refusal(scope, limit)
        if refused is not None:
            await problem_response(HTTPConnection(scope), refused)(scope, receive, guarded)
            return
        await self.app(scope, _limited(receive, limit), guarded)

    def _may_open(self, scope: Scope) -> bool:
        """Tell whether a WebSocket may be opened: below those prefixes, by one of our names."""
        is_below = any(scope["path"].startswith(f"{prefix}/") for prefix in self.sockets)
        return is_below and _wrong_host(Headers(scope=scope), self.hosts) is None

    def _limit_of(self, path: str) -> int:
        fitting = [prefix for prefix in self.larger_bodies if path.startswith(prefix)]
        longest = max(fitting, key=len, default=None)
        return self.body_limit_bytes if longest is None else self.larger_bodies[longest]

    def _refusal(self, scope: Scope, limit: int) -> Problem | None:
        headers = Headers(scope=scope)
        return (
            _wrong_host(headers, self.hosts)
            or (None if scope["method"] in SAFE_METHODS else _wrong_writer(scope, headers))
            or _declared_too_large(headers, limit)
        )


def allowed_hosts(names: Iterable[str] = ()) -> frozenset[str]:
    """Return the loopback names and `names`, as a `Host` header would write them."""
    return LOOPBACK_NAMES | {
        f"[{name}]" if ":" in name and not name.startswith("[") else name.lower() for name in names
    }


def _is_known_over_tls(scope: Scope) -> bool:
    # Not of loopback: a browser would keep it for all that this machine serves there.
    name = _name_of(Headers(scope=scope).get("host", ""))
    return scope["scheme"] == "https" and name not in LOOPBACK_NAMES


def _with_headers(send: Send, *, is_known_over_tls: bool) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            if is_known_over_tls:
                headers.setdefault("Strict-Transport-Security", TRANSPORT_SECURITY)
        await send(message)

    return guarded


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                # Starlette's own error, so that the guarded application answers it as any other.
                raise HTTPException(TOO_LARGE.status, _too_large(limit).detail)
        return message

    return counted


def _wrong_host(headers: Headers, hosts: frozenset[str]) -> Problem | None:
    given = headers.getlist("host")
    name = _name_of(given[0]) if len(given) == 1 else ""
    if name in hosts:
        return None
    hint = f"open it by one of these names: {', '.join(sorted(hosts))}"
    return Problem(MISDIRECTED, f"this server does not answer to '{name}'", hint)


def _name_of(authority: str) -> str:
    # `[::1]:8000` keeps its brackets: the colons inside are no port.
    text = authority.lower()
    end = text.find("]")
    return text[: end + 1] if end >= 0 else text.split(":", 1)[0]


def _wrong_writer(scope: Scope, headers: Headers) -> Problem | None:
    if headers.get("authorization") is not None:
        # No page elsewhere can make a browser send it unasked, and whoever sends it is not known
        # by anything that a browser adds on its own.
        return None
    origin = headers.get("origin")
    if origin is not None and not is_same_origin(origin, scope["scheme"], headers.get("host", "")):
        return Problem(CROSS_ORIGIN, f"a page of '{origin}' may not write here", _FROM_ITSELF)
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return Problem(CROSS_ORIGIN, "a page of another site may not write here", _FROM_ITSELF)
    if scope["method"] != "POST" or headers.get("x-chengmo-request") == "1" or _is_json(headers):
        return None
    return Problem(
        CROSS_ORIGIN,
        "a POST without a JSON body could come from any web page",
        "send Content-Type: application/json, or the header X-Chengmo-Request: 1",
    )


_FROM_ITSELF = "write from this server's own page, or from a program that sends no Origin"


def is_same_origin(origin: str, scheme: str, host: str) -> bool:
    """Tell whether a page of `origin` is one of this server, asked as `scheme://host`."""
    return _with_port(origin.lower(), scheme) == _with_port(f"{scheme}://{host.lower()}", scheme)


def _with_port(origin: str, scheme: str) -> str:
    tail = origin.rsplit("]", 1)[-1] if "]" in origin else origin.removeprefix(f"{scheme}://")
    return origin if ":" in tail else f"{origin}:{_DEFAULT_PORTS.get(scheme, '')}"


def _is_json(headers: Headers) -> bool:
    media_type = headers.get("content-type", "").split(";", 1)[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _declared_too_large(headers: Headers, limit: int) -> Problem | None:
    declared = headers.get("content-length")
    if declared is None:
        return None
    if not (declared.isascii() and declared.isdigit()):
        return Problem(
            BAD_HTTP, "Content-Length is not a number", "send the body's length in bytes"
        )
    return _too_large(limit) if int(declared) > limit else None


def _too_large(limit: int) -> Problem:
    return Problem(
        TOO_LARGE,
        f"the body is longer than the {limit} bytes allowed here",
        "send less, or import it as a file",
    )
