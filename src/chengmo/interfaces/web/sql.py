"""Questions in SQL over HTTP: `POST /sql`, answered as JSON, CSV or an Arrow stream.

`GET /sql` tells what may be asked of: tables, columns, limits.
"""

import re
from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.query.limits import QueryLimits
from chengmo.catalog.query.result import MEDIA_TYPES, AnswerFormat
from chengmo.errors import InvalidQuery, InvalidRequest
from chengmo.interfaces.purpose import VIEW
from chengmo.interfaces.treated import treated_header
from chengmo.interfaces.web.action import Action, Answer, Visit, only
from chengmo.sharing.policy import PURPOSE_PATTERN
from chengmo.sharing.sql import SqlQuestion, ask_in_sql, tables_in_sql

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def answer_sql(visit: Visit) -> Answer:
    """Answer the question in the body, in the format that the caller accepts."""
    only(visit.body, "query", "purpose")
    text = visit.body.get("query")
    if not isinstance(text, str):
        raise InvalidRequest("'query' is no text", hint='send {"query": "SELECT …"}')
    kind = _wanted(visit.accept)
    question = SqlQuestion(text, _purpose(visit), "web")
    answer = ask_in_sql(visit.platform.sharing, visit.actor, question)
    headers = {**_HEADERS, **treated_header(answer.editions)}
    return Response(answer.as_bytes(kind), headers=headers, media_type=MEDIA_TYPES[kind])


def list_tables(visit: Visit) -> Answer:
    """Return the tables that the caller may ask of, with their columns, and the limits."""
    found = tables_in_sql(visit.platform.sharing, visit.actor, visit.purpose)
    return {"tables": [_table(each) for each in found], "limits": asdict(QueryLimits())}


def _table(dataset: Dataset) -> dict[str, Any]:
    shown = {"id", "version", "title", "geometry_type", "row_count", "treated", "synthetic"}
    columns = [
        {"name": each.name, "type": each.type, "title": each.title, "unit": each.unit}
        for each in dataset.columns
    ]
    return {**dataset.model_dump(mode="json", include=shown), "columns": columns}


def _purpose(visit: Visit) -> str:
    """Return the purpose of the body, else of the header; nothing stands for one not stated."""
    stated = visit.body.get("purpose", "" if visit.purpose == VIEW else visit.purpose)
    if stated and not (isinstance(stated, str) and re.fullmatch(PURPOSE_PATTERN, stated)):
        raise InvalidRequest("'purpose' is no word", hint="give one word, such as flood-planning")
    return stated


def _wanted(accept: str) -> AnswerFormat:
    """Return the first of our formats that the header names; JSON if it takes anything."""
    names = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    for name in names:
        for kind, media_type in MEDIA_TYPES.items():
            if name == media_type.partition(";")[0]:
                return kind
    if not accept or "*/*" in names or "application/*" in names:
        return "json"
    raise InvalidQuery(
        "the header Accept names no format that there is",
        hint=f"the formats are: {', '.join(MEDIA_TYPES.values())}",
    )


ACTIONS: tuple[Action, ...] = (
    Action("GET", "/sql", list_tables, scope="sql"),
    Action("POST", "/sql", answer_sql, frozenset(), scope="sql"),
)
