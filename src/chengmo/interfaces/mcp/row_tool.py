"""Rows as a tool: a typed question, never SQL."""

from collections.abc import Mapping
from typing import Any

import mcp_types as types
import shapely
from anyio import to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json, to_jsonable_python

from chengmo.catalog.condition import Condition, Operator
from chengmo.errors import Fault, InvalidRequest
from chengmo.identity import Actor, check_permission
from chengmo.interfaces.purpose import VIEW as PURPOSE
from chengmo.model.description import inline
from chengmo.runs.fault_words import faults_of
from chengmo.runs.platform import Platform
from chengmo.sharing import View

ROWS_MAX = 500


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Where(_Asked):
    """A condition that every row meets."""

    column: str
    op: Operator = "="
    value: bool | int | float | str | list[bool | int | float | str] | None = None


class RowsRequest(_Asked):
    """Which rows of which dataset."""

    dataset: str = Field(description="Id of the dataset, as the resources list it")
    columns: list[str] | None = Field(
        default=None, description="Columns to return; all if left out"
    )
    bbox: tuple[float, float, float, float] | None = Field(
        default=None, description="West, south, east, north in degrees (CGCS2000 / WGS 84)"
    )
    where: list[Where] = Field(default=[], description="Conditions, all of which must hold")
    limit: int = Field(default=50, ge=1, le=ROWS_MAX)
    after_row: int | None = Field(
        default=None, description="Go on after this row: `next_after_row` of the page before"
    )
    with_geometry: bool = Field(default=False, description="Add each row's shape as GeoJSON")


READ_ROWS = types.Tool(
    name="read_rows",
    title="读取数据行 Read rows",
    description="Read rows of a dataset, by place and by the values of its columns, page by page.\n"
    "按位置和列的取值，逐页读取一个数据的行。",
    input_schema=inline(RowsRequest.model_json_schema()),
    annotations=types.ToolAnnotations(
        read_only_hint=True, idempotent_hint=True, open_world_hint=False
    ),
)


async def read_rows(
    platform: Platform, actor: Actor, arguments: Mapping[str, Any], purpose: str = PURPOSE
) -> types.CallToolResult:
    """Return the rows that `arguments` ask for.

    Raises:
        InvalidQuery: If a column or a value makes no sense.
        InvalidRequest: If the arguments are not those of the tool.
        SharingDenied: If the caller may not see the dataset.
        UnknownDataset: If there is none.
        NotAllowed: If the key in use may not read.
    """
    check_permission(actor, "read")
    try:
        asked = RowsRequest.model_validate(dict(arguments))
    except ValidationError as error:
        faults: list[Fault] = faults_of(error)
        raise InvalidRequest("read_rows cannot take this request", faults=faults) from error
    answer = await to_thread.run_sync(_read, platform.sharing.view(actor, purpose, "mcp"), asked)
    text = to_json(answer).decode()
    return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=answer)


def _shape(asked: RowsRequest) -> tuple[str, ...]:
    return ("_geometry",) if asked.with_geometry else ()


def _read(view: View, asked: RowsRequest) -> dict[str, Any]:
    dataset = view.dataset(asked.dataset)
    columns = list(asked.columns or ()) or [column.name for column in dataset.columns]
    columns += [name for name in ("_row", *_shape(asked)) if name not in columns]
    table = view.read(
        dataset.id,
        version=dataset.version,
        columns=columns,
        bbox=asked.bbox,
        where=[Condition(one.column, one.op, one.value) for one in asked.where],
        after_row=asked.after_row,
        limit=asked.limit + 1,
    )
    rows = table.slice(0, asked.limit).to_pylist()
    for row in rows:
        shape = row.pop("_geometry", None)
        if shape is not None:
            row["_geometry"] = shapely.to_geojson(shapely.from_wkb(shape))
    return {
        "dataset": dataset.id,
        "version": dataset.version,
        "licence": dataset.licence,
        "attribution": dataset.attribution,
        "synthetic": dataset.synthetic,
        "treated": [text.model_dump() for text in dataset.treated],
        "rows": to_jsonable_python(rows, inf_nan_mode="null"),
        "next_after_row": rows[-1]["_row"] if table.num_rows > asked.limit else None,
    }
