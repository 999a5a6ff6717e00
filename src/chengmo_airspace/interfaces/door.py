"""A door: paths under one prefix, each open to some roles, answering as F3548-21 says.

Errors are its `ErrorResponse`; what is wrong with the platform itself goes on to the platform's
own handlers.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chengmo import ResourceExhausted
from chengmo_airspace.flights.refusal import FlightRefused, Reason
from chengmo_airspace.interfaces.token import AccessToken, TokenCheck, TokenRefused

LONGEST_BODY = 8 * 2**20
# What is longer is read by another thread, so that the others need not wait for it.
_SHORT_BODY = 16 * 2**10
_MOST_FAULTS = 5
STATUS_OF: Mapping[Reason, int] = MappingProxyType(
    {
        "invalid": 400,
        "foreign": 403,
        "unknown": 404,
        "stale": 409,
        "missing": 409,
        "state": 409,
        "down": 412,
        "too-large": 413,
        "too-many": 429,
    }
)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Call:
    """One request that may come in.

    Attributes:
        token: Who asks, with which roles.
        parts: What the path says.
        body: As it came.
        query: Parameters of the address.
        sort: Media type of the body, in small letters, without parameters.
        wanted: Media types that the caller takes, as it says.
    """

    token: AccessToken
    parts: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    sort: str = ""
    wanted: str = ""

    def read(self, message: type[M]) -> M:
        """Return the body as a message.

        Raises:
            ValidationError: If it is none.
        """
        return message.model_validate_json(self.body)


@dataclass(frozen=True)
class Later:
    """An answer that is decided in its turn.

    Attributes:
        future: What is answered.
        status: With which status.
    """

    future: Future[dict[str, Any]]
    status: int = 200


Handler = Callable[[Call], Response | Later]


@dataclass(frozen=True)
class Way:
    """One method of one path.

    Attributes:
        method: `GET`, `PUT`, `POST` or `DELETE`.
        path: With its parts in braces, below the door's prefix; one with `?` may be empty.
        scopes: Of which a token needs one.
        handler: What answers.
        is_slow: Whether it may wait for others, and so needs a thread of its own.
    """

    method: str
    path: str
    scopes: frozenset[str]
    handler: Handler
    is_slow: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like."""
        parts = re.sub(r"\{(\w+)\?\}", r"(?P<\1>[^/]*)", self.path)
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", parts))


class Door:
    """ASGI application of one prefix."""

    def __init__(self, ways: Sequence[Way], check: TokenCheck) -> None:
        self.ways = tuple(ways)
        self.check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        found = self._find(request)
        if isinstance(found, Response):
            return found
        way, parts = found
        try:
            token = self.check.check(request.headers.get("authorization"))
        except TokenRefused as refused:
            return error_answer(
                401, str(refused), headers={"WWW-Authenticate": 'Bearer realm="airspace"'}
            )
        if token.scopes.isdisjoint(way.scopes):
            return error_answer(403, f"one of these scopes is needed: {_listed(way.scopes)}")
        body = await _body_of(request)
        if body is None:
            return error_answer(413, f"the body is longer than {LONGEST_BODY} bytes")
        return await _handled(way, _call_of(request, token, parts, body))

    def _find(self, request: Request) -> tuple[Way, dict[str, str]] | Response:
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        fitting = [(way, match) for way in self.ways if (match := way.pattern.fullmatch(path))]
        if not fitting:
            return error_answer(404, "nothing is at this path")
        for way, match in fitting:
            if way.method == request.method:
                return way, match.groupdict()
        allowed = ", ".join(sorted({way.method for way, _ in fitting}))
        return error_answer(405, f"use {allowed}", headers={"Allow": allowed})


def _call_of(request: Request, token: AccessToken, parts: Mapping[str, str], body: bytes) -> Call:
    headers = request.headers
    sort = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Call(
        token, parts, body, dict(request.query_params), sort, headers.get("accept", "").lower()
    )


async def _handled(way: Way, call: Call) -> Response:
    try:
        if way.is_slow or len(call.body) > _SHORT_BODY:
            answer = await to_thread.run_sync(way.handler, call)
        else:
            answer = way.handler(call)
        if isinstance(answer, Response):
            return answer
        return json_answer(answer.status, await asyncio.wrap_future(answer.future))
    except FlightRefused as refused:
        return refusal_answer(refused)
    except ValidationError as error:
        return error_answer(400, _faults_of(error))
    except ResourceExhausted as busy:
        return error_answer(503, busy.message, headers={"Retry-After": "1"})


async def _body_of(request: Request) -> bytes | None:
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > LONGEST_BODY:
        return None
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > LONGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def json_answer(status: int, document: Mapping[str, Any]) -> Response:
    """Return a document."""
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, {"Cache-Control": "no-store"}, media_type="application/json")


def error_answer(
    status: int, message: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an `ErrorResponse`."""
    answer = json_answer(status, {"message": message})
    answer.headers.update(headers or {})
    return answer


def refusal_answer(refused: FlightRefused) -> Response:
    """Return what a refusal is over HTTP."""
    return json_answer(STATUS_OF[refused.reason], {"message": str(refused), **refused.evidence})


def _listed(scopes: frozenset[str]) -> str:
    return ", ".join(sorted(scopes))


def _faults_of(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"
        for fault in faults[:_MOST_FAULTS]
    ]
    return "; ".join(told)
