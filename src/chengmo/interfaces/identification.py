"""Who asks: found once for each request, before anything else looks at it.

- `Authorization: Bearer KEY` is an API key. One that is not valid is answered with 401: a program
  whose key has ended must not go on as nobody and take the little it sees for all there is.
- Else, if a page of another server asks (`cors.py`): nobody, whatever its visitor may be.
- Else the session cookie of the page. One that has ended is nobody's, so that the page can be
  drawn and ask for the password. A write by cookie must prove that it comes from this server's own
  page; a write by key needs no such proof, since no page elsewhere can make a browser send one.
- Else, as long as nobody has set a password and only this machine can ask: its administrator.
- Else nobody.

The actor stands in `scope["state"]["actor"]` (`actor_of_scope`).
"""

import ipaddress
from contextlib import suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chengmo.errors import ChengmoError, NotSignedIn
from chengmo.identity import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor, People
from chengmo.interfaces.boundary import headers_of, problem_response
from chengmo.interfaces.cors import FOREIGN
from chengmo.interfaces.guard import SAFE_METHODS
from chengmo.interfaces.problem import CROSS_ORIGIN, Problem, problem_of
from chengmo.interfaces.versioned import is_below
from chengmo.interfaces.watch import EndedEarly, Watch

_BEARER = "bearer "
# The prefix makes browsers refuse it but from this very host, over https, for the path `/`.
_SECURE_COOKIE = "__Host-chengmo-session"
_LOOPBACK_COOKIE = "chengmo-session"


@dataclass(frozen=True)
class Identification:
    """ASGI middleware; stands right behind the guard.

    Attributes:
        app: What it identifies for.
        people: Who is known.
        local: Whether only this machine can reach the server.
        foreign: Paths whose callers somebody else identifies, by credentials that are not ours.
    """

    app: ASGIApp
    people: People
    local: bool = False
    foreign: tuple[str, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks and hand the request on, or answer that it cannot be."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if any(is_below(scope["path"], prefix) for prefix in self.foreign):
            scope.setdefault("state", {})["actor"] = ANONYMOUS
            await self.app(scope, receive, send)
            return
        try:
            found = await self._identify(scope)
        except ChengmoError as error:
            found = problem_response(HTTPConnection(scope), problem_of(error), headers_of(error))
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        scope.setdefault("state", {})["actor"] = found
        if found == ANONYMOUS:
            # Who is nobody cannot become less.
            await self.app(scope, receive, send)
            return
        watch = Watch(scope, receive, send, lambda: self._holds(scope, found))
        with suppress(EndedEarly):
            await self.app(scope, receive, watch.send)

    async def _holds(self, scope: Scope, actor: Actor) -> bool:
        """Tell whether `actor`, found when the request began, would be found again."""
        if actor == LOCAL_ADMINISTRATOR:
            return await self._is_open()
        headers = Headers(scope=scope)
        sent = headers.get("authorization")
        secret = _session_token(scope["scheme"], headers) if sent is None else _key_in(sent)
        return secret is not None and await run_in_threadpool(self.people.holds, secret, actor)

    async def _identify(self, scope: Scope) -> Actor | Response:
        headers = Headers(scope=scope)
        credentials = headers.getlist("authorization")
        if credentials:
            return await self._actor_of_key(credentials, _address_of(scope))
        is_foreign = scope.get("state", {}).get(FOREIGN, False)
        return ANONYMOUS if is_foreign else await self._identify_visitor(scope, headers)

    async def _identify_visitor(self, scope: Scope, headers: Headers) -> Actor | Response:
        token = _session_token(scope["scheme"], headers)
        actor = None if token is None else await self._actor_of_session(token)
        if actor is not None:
            if scope["method"] not in SAFE_METHODS and not _is_own_page(headers):
                return problem_response(HTTPConnection(scope), _FOREIGN_WRITE)
            return actor
        if self.local and _is_this_machine(scope) and await self._is_open():
            return LOCAL_ADMINISTRATOR
        return ANONYMOUS

    async def _actor_of_key(self, credentials: list[str], address: str) -> Actor:
        if len(credentials) > 1 or not credentials[0].lower().startswith(_BEARER):
            raise NotSignedIn(
                "this way of signing in is not known here", hint="Authorization: Bearer KEY"
            )
        key = _key_in(credentials[0])
        known = self.people.recall(key)
        return known or await run_in_threadpool(self.people.actor_of_key, key, address=address)

    async def _actor_of_session(self, token: str) -> Actor | None:
        known = self.people.recall(token)
        return known or await run_in_threadpool(self.people.actor_of_session, token)

    async def _is_open(self) -> bool:
        known = self.people.recall_open()
        return await run_in_threadpool(self.people.is_open) if known is None else known


def actor_of_scope(scope: Scope) -> Actor:
    """Return who asks; nobody where no `Identification` stands before."""
    return scope.get("state", {}).get("actor", ANONYMOUS)


def session_cookie_name(scheme: str) -> str:
    """Return what the session's cookie is called over `http` or `https`."""
    return _SECURE_COOKIE if scheme == "https" else _LOOPBACK_COOKIE


def session_token(request: Request) -> str | None:
    """Return the token in the session cookie of `request`, valid or not; None without one."""
    return _session_token(request.scope["scheme"], request.headers)


def give_session(request: Request, response: Response, token: str) -> None:
    """Hand the browser the token of a session, until it is closed."""
    _set_cookie(request, response, token)


def take_session(request: Request, response: Response) -> None:
    """Take the session's cookie away from the browser."""
    _set_cookie(request, response, "", max_age=0)


def address_of(request: Request) -> str:
    """Return where `request` comes from."""
    return _address_of(request.scope)


def _key_in(credentials: str) -> str:
    return credentials[len(_BEARER) :].strip()


def _address_of(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _set_cookie(
    request: Request, response: Response, value: str, max_age: int | None = None
) -> None:
    secure = request.scope["scheme"] == "https"
    response.set_cookie(
        session_cookie_name(request.scope["scheme"]),
        value,
        max_age=max_age,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def _session_token(scheme: str, headers: Headers) -> str | None:
    sent = headers.get("cookie")
    if sent is None:
        return None
    return cookie_parser(sent).get(session_cookie_name(scheme)) or None


def _is_own_page(headers: Headers) -> bool:
    # The guard has refused every Origin but our own. Each browser of today sends one of the two
    # with a write; what sends neither is no page, and should use a key.
    return headers.get("sec-fetch-site") == "same-origin" or headers.get("origin") is not None


def _is_this_machine(scope: Scope) -> bool:
    # A proxy on this machine may hand on what comes from another one.
    client = scope.get("client")
    if client is None:
        return True
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        # A Unix socket, or a test's own client: not the network.
        return True


_FOREIGN_WRITE = Problem(
    CROSS_ORIGIN,
    "a write by session must come from this server's own page",
    "send the header Origin, or use a key instead of the cookie",
)
