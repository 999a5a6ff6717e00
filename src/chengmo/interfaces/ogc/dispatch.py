"""From endpoints to Starlette routes: read the call, check it, answer it in a thread."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from chengmo.errors import InvalidQuery
from chengmo.identity import check_permission
from chengmo.interfaces.boundary import language_of, problem_response
from chengmo.interfaces.identification import actor_of_scope
from chengmo.interfaces.ogc.endpoint import HTML, Call, Endpoint, Reply, names_of, read_query
from chengmo.interfaces.problem import BAD_HTTP, UNSUPPORTED_MEDIA, Problem
from chengmo.interfaces.purpose import HEADER as PURPOSE_HEADER
from chengmo.interfaces.treated import treated_header
from chengmo.interfaces.versioned import site_of
from chengmo.runs.platform import Platform

WAITING_CALLS = 64
_OK = 200


@dataclass(frozen=True)
class Dispatcher:
    """Answers the calls of one path.

    Attributes:
        platform: What answers.
        endpoints: The path's endpoints, by method.
        waiting: Threads for calls that wait for a run, so that they never block the others.
    """

    platform: Platform
    endpoints: Mapping[str, Endpoint[Any]]
    waiting: CapacityLimiter

    async def answer(self, request: Request) -> Response:
        """Answer `request`, or raise what `chengmo.interfaces.boundary` turns into a problem."""
        method = "GET" if request.method == "HEAD" else request.method
        endpoint = self.endpoints[method]
        body: Mapping[str, Any] = {}
        if endpoint.body is not None:
            read = await _read_body(request)
            if isinstance(read, Problem):
                return problem_response(request, read)
            body = read
        if endpoint.waits:
            reply = await anyio.to_thread.run_sync(
                self._reply, endpoint, request, body, limiter=self.waiting
            )
        else:
            reply = await run_in_threadpool(self._reply, endpoint, request, body)
        return reply if isinstance(reply, Response) else _response(reply, language_of(request))

    def _reply(
        self, endpoint: Endpoint[Any], request: Request, body: Mapping[str, Any]
    ) -> Reply | Response:
        actor = actor_of_scope(request.scope)
        check_permission(actor, endpoint.scope)
        pairs = request.query_params.multi_items()
        filters: dict[str, str] = {}
        if endpoint.takes_filters:
            known = names_of(endpoint.query)
            filters = {name: value for name, value in pairs if name not in known}
            if len(filters) + sum(name in known for name, _ in pairs) < len(pairs):
                raise InvalidQuery(
                    "a parameter is given twice", hint="give each parameter at most once"
                )
            pairs = [(name, value) for name, value in pairs if name in known]
        call = Call(
            platform=self.platform,
            actor=actor,
            query=read_query(endpoint.query, pairs),
            filters=filters,
            path={name: str(value) for name, value in request.path_params.items()},
            body=body,
            base=str(request.base_url).rstrip("/"),
            site=site_of(request),
            language="zh" if language_of(request) == "zh" else "en",
            request=request,
        )
        reply = endpoint.handle(call)
        if isinstance(reply, Problem):
            return problem_response(request, reply)
        reply = replace(reply, headers={**treated_header(call.treated), **reply.headers})
        return _as_page(endpoint, call, reply)


def routes_of(endpoints: Iterable[Endpoint[Any]], platform: Platform) -> list[Route]:
    """Return one route a path, so that a wrong method is answered with those that are right."""
    paths: dict[str, dict[str, Endpoint[Any]]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    waiting = CapacityLimiter(WAITING_CALLS)
    return [
        Route(path, Dispatcher(platform, methods, waiting).answer, methods=[*methods])
        for path, methods in paths.items()
    ]


def _as_page(endpoint: Endpoint[Any], call: Call[Any], reply: Reply) -> Reply:
    """Return `reply`, as a page if that was asked for and the endpoint has one."""
    if endpoint.page is None or reply.status != _OK or call.form != "html":
        return reply
    content = reply.content
    if isinstance(content, AsyncIterator):  # pragma: no cover - no endpoint with a page streams so
        raise TypeError("a page is made of a whole document")
    whole = content if isinstance(content, bytes) else b"".join(content)
    return replace(reply, content=endpoint.page(call, json.loads(whole)), media_type=HTML)


async def _read_body(request: Request) -> Mapping[str, Any] | Problem:
    raw = await request.body()
    media_type = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if media_type != "application/json":
        return Problem(
            UNSUPPORTED_MEDIA,
            f"the body is '{media_type}', not JSON" if media_type else "the body's type is missing",
            "send Content-Type: application/json",
        )
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return Problem(BAD_HTTP, f"the body is no JSON: {error}", "RFC 8259 says what JSON is")
    if not isinstance(value, dict):
        return Problem(BAD_HTTP, "the body is no JSON object", 'send {"inputs": {…}}')
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _response(reply: Reply, language: str) -> Response:
    headers = {
        "Content-Language": language,
        # Who asks, and for what, decides what is answered: no cache may hand it to somebody else.
        "Vary": f"Accept, Accept-Language, Authorization, Cookie, {PURPOSE_HEADER}",
        "Cache-Control": "private, no-cache",
        **reply.headers,
    }
    if isinstance(reply.content, bytes):
        return Response(reply.content, reply.status, headers, reply.media_type)
    return StreamingResponse(reply.content, reply.status, headers, reply.media_type)
