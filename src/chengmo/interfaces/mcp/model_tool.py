"""Models as tools: the schema of the contract is the schema of the tool."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
import mcp_types as types
from anyio import to_thread
from pydantic_core import to_json

from chengmo.errors import RunFailed
from chengmo.identity import Actor, check_permission
from chengmo.ledger import RunRecord
from chengmo.model import VerticalModel
from chengmo.model.description import describe
from chengmo.runs.platform import Platform

PURPOSE = "assistant"
_LOOK_EVERY_S = 0.5
Report = Callable[[float, float | None, str | None], Awaitable[None]]

_ANSWER_SCHEMA = {
    "type": "object",
    "required": ["run", "digest", "outcome", "decision"],
    "properties": {
        "run": {"type": "string", "description": "Id of the run, by which anyone can repeat it"},
        "digest": {"type": "string", "description": "Fingerprint of the decision"},
        "outcome": {"type": "string"},
        "datasets": {"type": "object", "description": "Versions of the data, by dataset id"},
        "decision": {
            "type": "object",
            "description": "The decision: answer, quality, measures, tables, caveats",
        },
    },
}


def model_tool(model: VerticalModel) -> types.Tool:
    """Return `model` as a tool."""
    description = describe(model)
    reads = f" Reads: {', '.join(model.reads)}." if model.reads else ""
    return types.Tool(
        name=model.id,
        title=f"{model.title.zh} {model.title.en}",
        description=f"{model.question.en}\n{model.question.zh}\n{reads}".strip(),
        input_schema=description.request_schema,
        output_schema=_ANSWER_SCHEMA,
        # A run is written into the ledger, and asked twice it decides the same.
        annotations=types.ToolAnnotations(
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


async def call_model(
    platform: Platform,
    actor: Actor,
    model: str,
    request: Mapping[str, Any],
    report: Report,
    purpose: str = PURPOSE,
) -> types.CallToolResult:
    """Run `model`, tell its progress, and return its decision.

    Raises:
        ChengmoError: Whatever kept the model from deciding.
    """
    check_permission(actor, "run")
    runs = platform.runs
    status = await to_thread.run_sync(
        lambda: runs.submit(model, request, actor=actor, purpose=purpose)
    )
    try:
        while not status.has_ended:
            status = await to_thread.run_sync(
                runs.wait, status.id, _LOOK_EVERY_S, abandon_on_cancel=True
            )
            await report(status.progress_0to1, 1.0, status.stage or None)
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(runs.cancel, status.id)
        raise
    record = await to_thread.run_sync(runs.result, status.id)
    return _result_of(record)


def _result_of(record: RunRecord) -> types.CallToolResult:
    if record.decision is None:
        message = record.error.message if record.error else f"the run was {record.status}"
        hint = record.error.hint if record.error else "ask again"
        raise RunFailed(f"run {record.run}: {message}", hint=hint)
    answer = {
        "run": record.run,
        "digest": record.decision_digest,
        "outcome": record.outcome,
        "datasets": {name: version.version for name, version in record.datasets.items()},
        "decision": _without_shapes(record.decision),
    }
    text = to_json(answer).decode()
    return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=answer)


def _without_shapes(decision: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision without what only a map or a picture can show."""
    layers = [
        {
            **{key: value for key, value in layer.items() if key != "features"},
            "features": len(layer.get("features", ())),
        }
        for layer in decision.get("layers", ())
    ]
    return {key: value for key, value in decision.items() if key != "charts"} | {"layers": layers}
