"""What an endpoint of the page is: method, path, query parameters, and a function that answers."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chengmo.audit import Action as AuditAction
from chengmo.catalog.dataset import Dataset
from chengmo.errors import InvalidQuery, InvalidRequest
from chengmo.identity import Actor, People, Scope, check_permission
from chengmo.interfaces.boundary import problem_response
from chengmo.interfaces.entity_tag import is_held
from chengmo.interfaces.identification import actor_of_scope
from chengmo.interfaces.problem import Problem
from chengmo.interfaces.purpose import HEADER as PURPOSE_HEADER
from chengmo.interfaces.purpose import purpose_of
from chengmo.interfaces.treated import treated_header
from chengmo.runs.platform import Platform
from chengmo.sharing import View

Model = TypeVar("Model", bound=BaseModel)
# Each hash takes 64 MiB: a flood of sign-ins must not take the memory, nor the other threads.
HASHES_AT_ONCE = 2


@dataclass(frozen=True)
class Visit:
    """One call of an endpoint.

    Attributes:
        platform: What answers.
        actor: Who asks.
        path: The path's parameters.
        query: The query's parameters, only such as the endpoint knows.
        body: The JSON object of the body, empty where there is none.
        purpose: What the caller says the data are for.
        request: As it came, for what few endpoints need: the session, the address.
    """

    platform: Platform
    actor: Actor
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    request: Request
    purpose: str

    @property
    def accept(self) -> str:
        """What formats the caller takes, as the header says."""
        return self.request.headers.get("accept", "")

    @cached_property
    def people(self) -> People:
        """The people of the platform, as the caller changes them."""
        return self.platform.people.acting(self.actor, "web")

    def note(self, action: AuditAction, *, what: str) -> None:
        """Write down, before it is done, what the caller does."""
        self.platform.sharing.note(self.actor, "web", action, detail={"what": what})

    @cached_property
    def view(self) -> View:
        """The catalogue as the caller may see it."""
        return self.platform.sharing.view(self.actor, self.purpose, "web")

    @property
    def treated(self) -> tuple[Dataset, ...]:
        """The treated editions that the answer was made of, if rows were asked for at all."""
        return self.view.treated if "view" in self.__dict__ else ()


# A Response is sent as it is, a Problem as a problem document, anything else as JSON.
Answer = Response | Problem | BaseModel | Mapping[str, Any] | None


@dataclass(frozen=True)
class Action:
    """One endpoint.

    Attributes:
        method: HTTP method.
        path: Template, such as `/datasets/{id}/versions`.
        handle: Answers a visit; runs in a thread.
        parameters: Names of the query parameters it knows.
        status: HTTP status of an answer that is neither a Response nor a Problem.
        scope: What the caller's roles and key must reach to.
        hashes: Whether it computes password hashes, of which few may go on at once.
        kept: Whether the caller's own cache may keep its answer and ask by the entity tag whether
            it is still the same. Not for what holds a secret.
    """

    method: str
    path: str
    handle: Callable[[Visit], Answer]
    parameters: frozenset[str] = frozenset({"lang"})
    status: int = 200
    scope: Scope = "read"
    hashes: bool = False
    kept: bool = False


def routes_of(actions: Iterable[Action], platform: Platform) -> list[Route]:
    """Return one route a path, so that a wrong method is answered with those that are right."""
    paths: dict[str, dict[str, Action]] = {}
    hashing = CapacityLimiter(HASHES_AT_ONCE)
    for action in actions:
        paths.setdefault(action.path, {})[action.method] = action
    return [
        Route(path, _Answerer(platform, methods, hashing).answer, methods=[*methods])
        for path, methods in paths.items()
    ]


@dataclass(frozen=True)
class _Answerer:
    platform: Platform
    actions: Mapping[str, Action]
    hashing: CapacityLimiter

    async def answer(self, request: Request) -> Response:
        action = self.actions["GET" if request.method == "HEAD" else request.method]
        actor = actor_of_scope(request.scope)
        check_permission(actor, action.scope)
        visit = Visit(
            platform=self.platform,
            actor=actor,
            path={name: str(value) for name, value in request.path_params.items()},
            query=read_query(request, action.parameters),
            body=await _read_body(request),
            purpose=purpose_of(request),
            request=request,
        )
        limiter = self.hashing if action.hashes else None
        answer = await anyio.to_thread.run_sync(action.handle, visit, limiter=limiter)
        if action.kept and not isinstance(answer, Response | Problem):
            response = _revalidated(request, answer)
        else:
            response = answered(request, answer, action.status)
        response.headers.update(treated_header(visit.treated))
        return response


def _revalidated(request: Request, answer: BaseModel | Mapping[str, Any] | None) -> Response:
    """Return `answer`, or 304 where the caller has it already."""
    content = to_json(answer, inf_nan_mode="null")
    tag = f'W/"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": tag,
        "Vary": f"Accept-Language, Authorization, Cookie, {PURPOSE_HEADER}",
    }
    if is_held(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def answered(request: Request, answer: Answer, status: int = 200) -> Response:
    """Return `answer` as a response to `request`."""
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Problem):
        return problem_response(request, answer)
    headers = {"Cache-Control": "no-store"}
    if answer is None:
        return Response(status_code=204, headers=headers)
    return Response(to_json(answer, inf_nan_mode="null"), status, headers, "application/json")


def read_query(request: Request, known: frozenset[str]) -> Mapping[str, str]:
    """Return the query's parameters.

    Raises:
        InvalidQuery: If one is unknown or given twice.
    """
    pairs = request.query_params.multi_items()
    for name, _ in pairs:
        if name not in known:
            raise InvalidQuery(
                f"'{name[:100]}' is not a parameter here",
                hint=f"the parameters are: {', '.join(sorted(known)) or 'none'}",
            )
    if len(dict(pairs)) < len(pairs):
        raise InvalidQuery("a parameter is given twice", hint="give each parameter once")
    return dict(pairs)


def read_number(visit: Visit, name: str, default: int, *, most: int) -> int:
    """Return the query parameter `name` as a number from 1 to `most`.

    Raises:
        InvalidQuery: If it is none.
    """
    text = visit.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        raise InvalidQuery(f"parameter '{name}' is no number", hint=f"give 1 to {most}")
    number = int(text)
    if not 1 <= number <= most:
        raise InvalidQuery(f"parameter '{name}' is out of range", hint=f"give 1 to {most}")
    return number


def read_model(kind: type[Model], value: object, where: str) -> Model:
    """Return `value` as a `kind`.

    Raises:
        InvalidRequest: Naming the field that is wrong.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join([where, *(str(part) for part in first["loc"])])
        said = first["msg"].removeprefix("Value error, ")
        raise InvalidRequest(f"{name}: {said[:300]}", hint=f"put '{name}' right") from error


def only(body: Mapping[str, Any], *names: str) -> None:
    """Refuse a body with members other than `names`.

    Raises:
        InvalidRequest: If it has any.
    """
    unknown = sorted(body.keys() - set(names))
    if unknown:
        raise InvalidRequest(
            f"the body has unknown members: {', '.join(unknown)[:300]}",
            hint=f"the members are: {', '.join(names) or 'none'}",
        )


async def _read_body(request: Request) -> Mapping[str, Any]:
    raw = await request.body()
    if not raw:
        return {}
    hint = "send a JSON object with Content-Type: application/json"
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("the body is no JSON", hint=hint) from error
    if not isinstance(value, dict):
        raise InvalidRequest("the body is no JSON object", hint=hint)
    return value
