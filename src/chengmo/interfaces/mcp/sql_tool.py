"""One question in SQL as a tool: read-only, for a purpose that is stated, over what one may see."""

from collections.abc import Mapping
from typing import Any

import mcp_types as types
from anyio import to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json, to_json

from chengmo.catalog.query.limits import QueryLimits
from chengmo.errors import InvalidRequest
from chengmo.identity import Actor, check_permission
from chengmo.model.description import inline
from chengmo.runs.fault_words import faults_of
from chengmo.runs.platform import Platform
from chengmo.sharing.policy import PURPOSE_PATTERN
from chengmo.sharing.sql import SqlQuestion, ask_in_sql

# What an assistant reads must fit into what it can hold in mind.
LIMITS = QueryLimits(rows=1_000, bytes=1 << 20)
_QUERY = (
    "One SELECT in DuckDB's language. A table is a dataset's id, as the resources list it, in "
    'double quotes: SELECT count(*) FROM "metro-stations". Columns are the dataset\'s, and _row, '
    "_cell, _west, _south, _east, _north (degrees, CGCS2000), _geometry. An answer of more than "
    "1,000 rows is an error: aggregate, or use LIMIT."
)


class SqlRequest(BaseModel):
    """A question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str = Field(min_length=1, max_length=100_000, description=_QUERY)
    purpose: str = Field(
        pattern=PURPOSE_PATTERN,
        description=(
            "What the answer is for, as the person said: one word, such as flood-planning. It "
            "decides what may be seen, and stands in the audit. Ask the person if it is not clear."
        ),
    )


ASK_IN_SQL = types.Tool(
    name="ask_in_sql",
    title="用 SQL 查询 Ask in SQL",
    description="Answer one read-only question in SQL over the datasets that may be seen: counts, "
    "sums, joins.\n对可用的数据作一次只读的 SQL 查询：计数、汇总、连接。",
    input_schema=inline(SqlRequest.model_json_schema()),
    annotations=types.ToolAnnotations(
        read_only_hint=True, idempotent_hint=True, open_world_hint=False
    ),
)


async def answer_sql(
    platform: Platform, actor: Actor, arguments: Mapping[str, Any]
) -> types.CallToolResult:
    """Return the answer to the question in `arguments`: columns, rows, what was done to the data.

    Raises:
        InvalidRequest: If the arguments are not those of the tool.
        NotAllowed: If the caller may not ask in SQL.
        ChengmoError: As `ask_in_sql`.
    """
    check_permission(actor, "sql")
    try:
        asked = SqlRequest.model_validate(dict(arguments))
    except ValidationError as error:
        raise InvalidRequest(
            "ask_in_sql cannot take this request", faults=faults_of(error)
        ) from error
    question = SqlQuestion(asked.query, asked.purpose, "mcp")
    found = await to_thread.run_sync(ask_in_sql, platform.sharing, actor, question, LIMITS)
    answer = from_json(found.as_bytes("json"))
    text = to_json(answer).decode()
    return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=answer)
