"""One run as a job (OGC API - Processes): its status, result, record, comparisons and end."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from chengmo.errors import Conflict
from chengmo.interfaces.ogc.document import StatusInfo
from chengmo.interfaces.ogc.endpoint import (
    EVENT_STREAM,
    GEOJSON,
    Answer,
    Call,
    Endpoint,
    Query,
    Reply,
)
from chengmo.interfaces.problem import (
    DISMISSED,
    NOT_FOUND,
    RESULT_NOT_READY,
    Problem,
    kind_of_slug,
)
from chengmo.interfaces.treated import header_of_run
from chengmo.ledger import RunRecord
from chengmo.runs.comparison import Comparison
from chengmo.runs.status import RunStatus
from chengmo.sharing.used import treatment_of

_CANCEL_PATIENCE_S = 10.0
_RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"


def describe_job(call: Call[Any], run: RunStatus) -> StatusInfo:
    """Return `run` as OGC status information, with the platform's own members."""
    path = f"/jobs/{run.id}"
    more = [call.link(f"{path}/events", "monitor", EVENT_STREAM)]
    if run.status == "successful":
        more = [call.link(f"{path}/results", _RESULTS)]
    if run.has_ended:
        more.append(call.link(f"{path}/record", "describedby"))
    return StatusInfo(
        process_id=run.model,
        job_id=run.id,
        status=run.status,
        message=run.message or None,
        created=run.submitted_utc,
        started=run.started_utc,
        finished=run.ended_utc,
        updated=run.ended_utc or run.started_utc or run.submitted_utc,
        progress=100 if run.status == "successful" else int(100 * run.progress_0to1),
        stage=run.stage or None,
        estimate_s=run.estimate_s,
        outcome=run.outcome,
        digest=run.digest,
        links=(call.link(path, "self"), *more),
    )


def answer_job(call: Call[Query]) -> Reply:
    """Return where a job stands, and why it failed if it did."""
    status = call.runs.status(call.path["jobId"])
    told = describe_job(call, status)
    if status.status == "failed":
        told = told.model_copy(update={"problem": _why(call, status)})
    return call.reply(told)


def _why(call: Call[Any], status: RunStatus) -> dict[str, object] | None:
    error = call.runs.result(status.id).error
    if error is None:
        return None
    problem = Problem(kind_of_slug(error.slug), error.message, error.hint)
    return problem.document(instance=f"/jobs/{status.id}", language=call.language)


def answer_dismissal(call: Call[Query]) -> Reply:
    """Cancel a job; what has ended otherwise stays, for the ledger is append only.

    Raises:
        Conflict: If the job has ended with a result or a failure.
    """
    runs, run = call.runs, call.path["jobId"]
    status = runs.cancel(run)
    if not status.has_ended:
        status = runs.wait(run, _CANCEL_PATIENCE_S)
    if status.status in {"successful", "failed"}:
        raise Conflict(
            f"the job is {status.status}: it stays on record", hint="cancel a job before it ends"
        )
    return call.reply(describe_job(call, status))


def answer_results(call: Call[Query]) -> Reply | Problem:
    """Return the decision of a job that was successful."""
    return answer_result(call, call.runs.status(call.path["jobId"]))


def answer_result(
    call: Call[Any],
    status: RunStatus,
    response: str = "raw",
    headers: Mapping[str, str] | None = None,
) -> Reply | Problem:
    """Return the decision of the run `status`, or the problem that stands in its place."""
    if not status.has_ended:
        detail = f"the job is {status.status}"
        return Problem(RESULT_NOT_READY, detail, f"ask {call.base}/jobs/{status.id} until it ends")
    if status.status == "dismissed":
        return Problem(DISMISSED, "the job was dismissed before it had a result", "execute it anew")
    record = call.runs.result(status.id)
    if record.error is not None:
        kind, where = kind_of_slug(record.error.slug), f"/jobs/{status.id}"
        return Problem(kind, record.error.message, record.error.hint, where)
    decision = record.decision
    content = to_json({"decision": {"value": decision}} if response == "document" else decision)
    return Reply(content, headers={**header_of_run(record.datasets), **(headers or {})})


def answer_record(call: Call[Query]) -> Reply | Problem:
    """Return what the ledger keeps of a job."""
    status = call.runs.status(call.path["jobId"])
    if not status.has_ended:
        detail = f"the job is {status.status}: it is written down when it ends"
        return Problem(RESULT_NOT_READY, detail, f"ask {call.base}/jobs/{status.id} until it ends")
    record = call.runs.result(status.id)
    return Reply(record.model_dump_json().encode(), headers=header_of_run(record.datasets))


def answer_rerun(call: Call[Query]) -> Reply:
    """Repeat a job on the same data and compare the decisions."""
    return _compared(call.runs.rerun(call.path["jobId"]))


def answer_diff(call: Call[Query]) -> Reply:
    """Compare two jobs."""
    return _compared(call.runs.diff(call.path["jobId"], call.path["otherId"]))


def _compared(comparison: Comparison) -> Reply:
    return Reply(comparison.model_dump_json().encode())


def answer_layer(call: Call[Query]) -> Reply | Problem:
    """Return one layer of a decision as GeoJSON."""
    found = answer_results(call)
    if isinstance(found, Problem):
        return found
    record = call.runs.result(call.path["jobId"])
    decision = record.decision or {}
    layers = {layer["key"]: layer for layer in decision.get("layers", ())}
    key = call.path["layerKey"]
    if key not in layers:
        hint = f"its layers are: {', '.join(layers) or 'none'}"
        return Problem(NOT_FOUND, f"the decision has no layer '{key[:100]}'", hint)
    layer = layers[key]
    title = layer["title"][call.language]
    features = [{"type": "Feature", "id": n, **f} for n, f in enumerate(layer["features"], 1)]
    links = [call.here(GEOJSON).model_dump(exclude_none=True)]
    collection = {
        "type": "FeatureCollection",
        "title": title,
        "chengmo": _terms(record),
        "features": features,
        "numberReturned": len(features),
        "links": links,
    }
    return Reply(to_json(collection), media_type=GEOJSON, headers=found.headers)


def _terms(record: RunRecord) -> dict[str, Any]:
    """Return what travels with a layer: its run, the data, and how these were treated."""
    return {
        "run": record.run,
        "model": record.model,
        "model_version": record.model_version,
        "datasets": {
            name: {
                "version": used.version,
                "edition": used.edition,
                "treated": [text.model_dump() for text in treatment_of(used).words()],
            }
            for name, used in record.datasets.items()
        },
    }


def _get(path: str, operation: str, summary: str, handle: Any, answer: Answer) -> Endpoint[Query]:
    return Endpoint("GET", path, operation, "Jobs", summary, Query, handle, (answer,))


_OBJECT = {"type": "object"}
_FEATURES = {"type": "object", "required": ["type", "features"]}
ENDPOINTS: tuple[Endpoint[Any], ...] = (
    _get(
        "/jobs/{jobId}",
        "getStatus",
        "Where a job stands",
        answer_job,
        Answer(200, "The status", StatusInfo),
    ),
    Endpoint(
        "DELETE",
        "/jobs/{jobId}",
        "dismiss",
        "Jobs",
        "Cancel a job that has not ended",
        Query,
        answer_dismissal,
        (Answer(200, "The status", StatusInfo),),
        waits=True,
    ),
    _get(
        "/jobs/{jobId}/results",
        "getResult",
        "The decision",
        answer_results,
        Answer(200, "The decision", _OBJECT),
    ),
    _get(
        "/jobs/{jobId}/record",
        "getRecord",
        "What the ledger keeps of a job",
        answer_record,
        Answer(200, "The record", RunRecord),
    ),
    Endpoint(
        "POST",
        "/jobs/{jobId}/rerun",
        "rerun",
        "Jobs",
        "Repeat a job on the same data and compare the decisions",
        Query,
        answer_rerun,
        (Answer(200, "Whether the decisions are the same", Comparison),),
        waits=True,
    ),
    _get(
        "/jobs/{jobId}/diff/{otherId}",
        "diff",
        "Compare two jobs",
        answer_diff,
        Answer(200, "Where they differ", Comparison),
    ),
    _get(
        "/jobs/{jobId}/layers/{layerKey}",
        "getLayer",
        "One layer of a decision, as features",
        answer_layer,
        Answer(200, "The features", _FEATURES, GEOJSON),
    ),
)
