"""Where errors leave the platform over HTTP: an RFC 9457 problem document, or a page to people.

An application uses it as `Starlette(routes=…, exception_handlers=exception_handlers())`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from chengmo.errors import ChengmoError, NotSignedIn, PlatformError, TooManyAttempts
from chengmo.interfaces.problem import (
    INTERNAL,
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    Problem,
    kind_of,
    problem_of,
    problem_of_status,
)
from chengmo.interfaces.problem_page import problem_page

_RETRY_AFTER_S = "5"
CHALLENGE = 'Bearer realm="chengmo"'
Handler = Callable[[Request, Exception], Awaitable[Response]]


def language_of(connection: HTTPConnection) -> str:
    """Return `zh` or `en`: what `?lang=` says, else the first of the two that is accepted."""
    asked = connection.query_params.get("lang")
    if asked in {"zh", "en"}:
        return asked
    for part in connection.headers.get("accept-language", "").lower().split(","):
        tag = part.strip()[:2]
        if tag in {"zh", "en"}:
            return tag
    return "en"


def problem_response(
    connection: HTTPConnection, problem: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    """Return `problem` as a response to `connection`, in the caller's language.

    A program gets the problem document, somebody who opens an address in a browser a page.
    """
    language = language_of(connection)
    sent = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language", **(headers or {})}
    if _opens_page(connection):
        page = problem_page(connection, problem, language)
        return Response(page, problem.kind.status, sent, "text/html")
    members = problem.document(instance=connection.scope.get("path"), language=language)
    return Response(
        json.dumps(members, ensure_ascii=False).encode("utf-8", "backslashreplace"),
        problem.kind.status,
        sent,
        MEDIA_TYPE,
    )


def _opens_page(connection: HTTPConnection) -> bool:
    """Tell whether a browser opens the address and would rather have a page."""
    if connection.scope.get("method", "GET") not in {"GET", "HEAD"}:
        return False
    form = connection.query_params.get("f")
    return form == "html" or (form is None and prefers_html(connection))


def exception_handlers(
    on_error: Callable[[Request, ChengmoError], None] | None = None,
) -> dict[int | type[Exception], Handler]:
    """Return the handlers that turn whatever is raised into a problem document.

    Args:
        on_error: Told of each error of ours before it is answered, such as to write it down.
    """

    async def answer_error(request: Request, error: Exception) -> Response:
        if on_error is not None and isinstance(error, ChengmoError):
            on_error(request, error)
        return await _answer_error(request, error)

    return {ChengmoError: answer_error, HTTPException: _answer_http, Exception: _answer_fault}


async def _answer_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ChengmoError):  # pragma: no cover - registered for this class only
        raise error
    problem = problem_of(error)
    return problem_response(request, problem, headers_of(error))


def headers_of(error: ChengmoError) -> Mapping[str, str]:
    """Return the headers that belong to the answer to `error`."""
    if isinstance(error, NotSignedIn):
        # RFC 9110: a 401 says how to sign in. Not Basic, for which browsers would open a dialog.
        return {"WWW-Authenticate": CHALLENGE}
    if isinstance(error, TooManyAttempts):
        return {"Retry-After": str(error.retry_after_s)}
    passing = isinstance(error, PlatformError) and kind_of(error).status == 503  # noqa: PLR2004 - RFC 9110
    return {"Retry-After": _RETRY_AFTER_S} if passing else {}


async def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # pragma: no cover - registered for this class only
        raise error
    path = request.scope.get("path", "")
    if error.status_code == NOT_FOUND.status:
        problem = Problem(NOT_FOUND, f"nothing is at {path}", "/api lists every path")
    elif error.status_code == METHOD_NOT_ALLOWED.status:
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"{request.method} is not possible at {path}"
        problem = Problem(METHOD_NOT_ALLOWED, detail, f"use {allowed}" if allowed else "")
    else:
        problem = problem_of_status(error.status_code, error.detail)
    return problem_response(request, problem, error.headers)


async def _answer_fault(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the server logs it, the caller must not see it
    problem = Problem(
        INTERNAL,
        "the platform met a fault of its own; nothing that was acknowledged is lost",
        "try again; if it happens again, show the operator the time and the server's log",
    )
    return problem_response(request, problem)


def prefers_html(connection: HTTPConnection) -> bool:
    """Tell whether the caller would rather have a page than JSON, as a browser does."""
    for part in connection.headers.get("accept", "").lower().split(","):
        media_type = part.split(";", 1)[0].strip()
        if media_type in {"text/html", "application/xhtml+xml"}:
            return True
        if "json" in media_type:
            return False
    return False
