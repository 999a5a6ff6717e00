"""The server: what it offers, and how errors of the platform look to an assistant."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from starlette.types import ASGIApp

from chengmo.errors import ChengmoError, UnknownModel
from chengmo.identity import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.identification import Identification, actor_of_scope
from chengmo.interfaces.mcp.dataset_resource import TEMPLATES, list_resources, read_resource
from chengmo.interfaces.mcp.model_tool import PURPOSE as RUN
from chengmo.interfaces.mcp.model_tool import call_model, model_tool
from chengmo.interfaces.mcp.prompt import complete, get_prompt, list_prompts
from chengmo.interfaces.mcp.row_tool import READ_ROWS, read_rows
from chengmo.interfaces.mcp.sql_tool import ASK_IN_SQL, answer_sql
from chengmo.interfaces.problem import problem_of
from chengmo.interfaces.purpose import VIEW, purpose_of
from chengmo.interfaces.refusal import Refusals
from chengmo.runs.platform import Platform

PATH = "/mcp"
_INSTRUCTIONS = (
    "An open city model platform. Resources describe the city's datasets (columns, units, "
    "licence); the tool read_rows reads their rows; ask_in_sql counts, joins and sums them in one "
    "read-only question; every other tool is a model that decides a question of the city on them. "
    "A decision carries its run id and digest, so that anyone can check it; tell its quality, its "
    "caveats and `synthetic` data along with the answer."
)
Context = Any


def make_server(platform: Platform, actor: Actor | None = None) -> Server[Any]:
    """Return a server over `platform`.

    Args:
        platform: What answers.
        actor: On behalf of whom it is asked; None over HTTP, where each request says so itself.
    """
    refusals = Refusals(platform.audit)

    async def tools(_: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        models = [model_tool(platform.models[name]) for name in sorted(platform.models)]
        return types.ListToolsResult(tools=[READ_ROWS, ASK_IN_SQL, *models])

    async def call(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        asker = _asker(context, actor)
        return await _answered(
            lambda: _call(platform, asker, context, params),
            lambda error: refusals.note(asker, "mcp", params.name, error),
        )

    async def resources(
        context: Context, _: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        with _explained():
            return await list_resources(platform, _asker(context, actor), _purpose(context, VIEW))

    async def templates(
        _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return TEMPLATES

    async def read(
        context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        asker = _asker(context, actor)
        with _explained({"uri": params.uri}):
            return await read_resource(platform, asker, params.uri, _purpose(context, VIEW))

    prompting = _Prompting(platform, actor)
    return Server(
        "chengmo",
        title="城模 Chengmo",
        instructions=_INSTRUCTIONS,
        on_list_tools=tools,
        on_call_tool=call,
        on_list_resources=resources,
        on_list_resource_templates=templates,
        on_read_resource=read,
        on_list_prompts=prompting.list,
        on_get_prompt=prompting.get,
        on_completion=prompting.complete,
    )


@dataclass(frozen=True)
class _Prompting:
    """What a person may begin with, and how a name goes on."""

    platform: Platform
    actor: Actor | None

    async def list(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        return list_prompts(self.platform)

    async def get(self, _: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        with _explained({"name": params.name}):
            return get_prompt(self.platform, params.name, params.arguments)

    async def complete(
        self, context: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        with _explained():
            asker, purpose = _asker(context, self.actor), _purpose(context, VIEW)
            return await complete(self.platform, asker, params, purpose)


async def _call(
    platform: Platform, asker: Actor, context: Context, params: types.CallToolRequestParams
) -> types.CallToolResult:
    arguments = params.arguments or {}
    if params.name == READ_ROWS.name:
        return await read_rows(platform, asker, arguments, _purpose(context, VIEW))
    if params.name == ASK_IN_SQL.name:
        return await answer_sql(platform, asker, arguments)
    report, purpose = context.session.report_progress, _purpose(context, RUN)
    return await call_model(platform, asker, params.name, arguments, report, purpose)


def _asker(context: Context, actor: Actor | None) -> Actor:
    if actor is not None:
        return actor
    # Over HTTP the transport hands on the request that the identification has looked at.
    return ANONYMOUS if context.request is None else actor_of_scope(context.request.scope)


def _purpose(context: Context, unstated: str) -> str:
    return unstated if context.request is None else purpose_of(context.request, unstated)


@contextmanager
def _explained(data: dict[str, str] | None = None) -> Generator[None]:
    """Turn what the platform refuses into an error of the protocol, with `data` about it."""
    try:
        yield
    except ChengmoError as error:
        raise MCPError(types.INVALID_PARAMS, str(error), data) from error


async def _answered(
    answer: Callable[[], Awaitable[types.CallToolResult]],
    refused: Callable[[ChengmoError], None],
) -> types.CallToolResult:
    """Return what `answer` gives, or what went wrong in words that help an assistant."""
    try:
        return await answer()
    except UnknownModel as error:
        raise MCPError(types.INVALID_PARAMS, str(error)) from error
    except ChengmoError as error:
        refused(error)
        problem = problem_of(error)
        said = "\n".join(
            [str(error), *(f"{fault.pointer}: {fault.en}" for fault in problem.faults)]
        )
        return types.CallToolResult(content=[types.TextContent(text=said)], is_error=True)


async def serve_stdio(platform: Platform, actor: Actor = LOCAL_ADMINISTRATOR) -> None:
    """Answer one assistant over standard input and output on behalf of `actor`, until it goes."""
    server = make_server(platform, actor)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def http_app(platform: Platform) -> ASGIApp:
    """Return the web application that answers assistants at `/mcp` (streamable HTTP)."""
    # Without sessions each request stands for itself, and nothing is kept of who asked.
    application = make_server(platform).streamable_http_app(
        streamable_http_path=PATH, stateless_http=True
    )
    return Guard(Identification(application, platform.people, local=True))
