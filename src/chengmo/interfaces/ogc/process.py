"""Models as processes (OGC API - Processes): the list, one of them, and how to execute it.

Every field of a model's request is one input, its schema inlined; the one output is the decision.
A field left out takes its default, as in every other way in.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from chengmo.errors import InvalidQuery, InvalidRequest, UnknownModel
from chengmo.interfaces.ogc.dialect import to_openapi
from chengmo.interfaces.ogc.document import (
    InputDescription,
    Metadata,
    OutputDescription,
    ProcessDescription,
    ProcessList,
    ProcessSummary,
    StatusInfo,
)
from chengmo.interfaces.ogc.endpoint import (
    HTML,
    JSON,
    Answer,
    Body,
    Call,
    Endpoint,
    Header,
    PageQuery,
    Query,
    Reply,
)
from chengmo.interfaces.ogc.job import answer_result, describe_job
from chengmo.interfaces.ogc.reference import value_of_input
from chengmo.interfaces.problem import Problem
from chengmo.interfaces.purpose import purpose_of
from chengmo.model import Text, VerticalModel
from chengmo.model.description import Description, describe
from chengmo.runs.status import RunStatus

PURPOSE = "decide"
OUTPUT = "decision"
# How long a caller that named no time is kept waiting before the answer is the job instead.
WAIT_DEFAULT_S = 60.0
WAIT_MAX_S = 600.0
_EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"
_DECISION = Text(zh="决策", en="The decision")
_WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,6})\"?")
_KEY_PATTERN = "^[!-~]{1,200}$"


class ProcessesQuery(PageQuery):
    """Parameters of the process list."""

    limit: int = Field(default=1000, ge=1, le=10_000, description="Processes to list at most")
    after: str | None = Field(
        default=None, description="Process after which the list begins, as the `next` link says"
    )


@cache
def description_of(model: VerticalModel) -> Description:
    """Return `model` as plain data, made once: reading its schemas takes tens of milliseconds."""
    return describe(model)


def _model_of(call: Call[Any]) -> VerticalModel:
    models = call.platform.models
    wanted = call.path["processId"]
    if wanted not in models:
        raise UnknownModel(
            f"no model is called '{wanted[:100]}'",
            hint=f"the models are: {', '.join(models) or 'none is installed'}",
        )
    return models[wanted]


def _summary_of(call: Call[Any], model: VerticalModel) -> dict[str, Any]:
    path = f"/processes/{model.id}"
    return {
        "id": model.id,
        "version": model.version,
        "title": call.say(model.title),
        "description": call.say(model.question),
        "metadata": (
            Metadata(title=call.say(_FORM) or "", role="form", href=call.address("/app/")),
        ),
        "reads": model.reads,
        "links": (
            call.link(path, "self"),
            call.link(f"{path}/execution", _EXECUTE),
            call.link("/app/", "alternate", HTML),
        ),
    }


_FORM = Text(zh="网页表单", en="Form on the web page")


def answer_processes(call: Call[ProcessesQuery]) -> Reply:
    """Return the processes."""
    query = call.query
    models = [model for model in call.platform.models.values() if model.id > (query.after or "")]
    page = sorted(models, key=lambda model: model.id)[: query.limit]
    links = [call.here(), *call.as_page()]
    if len(page) < len(models):
        pairs = call.request.query_params.multi_items()
        kept = [pair for pair in pairs if pair[0] != "after"]
        links.append(call.link(f"/processes?{urlencode([*kept, ('after', page[-1].id)])}", "next"))
    listed = tuple(ProcessSummary(**_summary_of(call, model)) for model in page)
    return call.reply(ProcessList(processes=listed, links=tuple(links)))


def answer_process(call: Call[Query]) -> Reply:
    """Return one process with its inputs and outputs."""
    model = _model_of(call)
    description = description_of(model)
    return call.reply(
        ProcessDescription(
            **_summary_of(call, model),
            inputs=_inputs_of(description),
            outputs={
                OUTPUT: OutputDescription(
                    title=getattr(_DECISION, call.language),
                    description=getattr(model.question, call.language),
                    value_schema=to_openapi(description.decision_schema),
                )
            },
        )
    )


def _inputs_of(description: Description) -> dict[str, InputDescription]:
    required = description.request_schema.get("required", ())
    return {
        name: InputDescription(
            title=str(schema.get("title", name)),
            description=str(schema.get("description", name)),
            value_schema=to_openapi(schema),
            min_occurs=1 if name in required else 0,
        )
        for name, schema in description.request_schema.get("properties", {}).items()
    }


def answer_execution(call: Call[Query]) -> Reply | Problem:
    """Execute a process: the decision if it is there in time, else the job."""
    model = _model_of(call)
    body = _checked_body(call.body)
    key = _key_of(call)
    preference = call.request.headers.get("prefer", "").lower()
    runs = call.platform.runs
    status = runs.submit(
        model.id,
        _request_of(model, body.get("inputs", {})),
        actor=call.actor,
        purpose=purpose_of(call.request, PURPOSE),
        idempotency_key=key,
    )
    wait_s = _wait_of(preference)
    if wait_s > 0:
        status = runs.wait(status.id, wait_s)
    asynchronous = "respond-async" in preference
    if status.has_ended and not asynchronous:
        return answer_result(call, status, body.get("response", "raw"), _monitor(call, status))
    applied = {"Preference-Applied": "respond-async"} if asynchronous else {}
    info = describe_job(call, status)
    return call.reply(
        info, status=201, headers={"Location": f"{call.base}/jobs/{status.id}", **applied}
    )


def _monitor(call: Call[Any], status: RunStatus) -> Mapping[str, str]:
    where = f"{call.base}/jobs/{status.id}"
    return {"Location": where, "Link": f'<{where}>; rel="monitor"; type="{JSON}"'}


def _wait_of(preference: str) -> float:
    found = _WAIT.search(preference)
    if found:
        return min(float(found[1]), WAIT_MAX_S)
    return 0.0 if "respond-async" in preference else WAIT_DEFAULT_S


def _key_of(call: Call[Any]) -> str | None:
    key = call.request.headers.get("idempotency-key")
    if key is not None and not re.fullmatch(_KEY_PATTERN, key):
        raise InvalidQuery(
            "Idempotency-Key is not usable", hint="use 1 to 200 visible ASCII characters"
        )
    return key


def _checked_body(body: Mapping[str, Any]) -> Mapping[str, Any]:
    hint = f"send {{\"inputs\": {{…}}}}; the one output is '{OUTPUT}', by value"
    unknown = body.keys() - {"inputs", "outputs", "response"}
    if "subscriber" in unknown:
        raise InvalidRequest(
            "callbacks are not offered", hint="leave out 'subscriber'; poll the job"
        )
    if unknown:
        raise InvalidRequest(
            f"the body has unknown members: {', '.join(sorted(unknown))}", hint=hint
        )
    if not isinstance(body.get("inputs", {}), dict):
        raise InvalidRequest("'inputs' is no object", hint=hint)
    if body.get("response", "raw") not in {"raw", "document"}:
        raise InvalidRequest("'response' is neither 'raw' nor 'document'", hint=hint)
    outputs = body.get("outputs", {})
    if not isinstance(outputs, dict) or outputs.keys() - {OUTPUT}:
        raise InvalidRequest("'outputs' names what is no output", hint=hint)
    for wanted in outputs.values():
        if not isinstance(wanted, dict) or wanted.get("transmissionMode", "value") != "value":
            raise InvalidRequest("outputs are sent by value only", hint=hint)
    return body


def _request_of(model: VerticalModel, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value_of_input(model, name, value) for name, value in inputs.items()}


def execution_endpoint(path: str, operation: str, request: Mapping[str, Any]) -> Endpoint[Query]:
    """Return the endpoint that executes a process whose request has the schema `request`."""
    return Endpoint(
        "POST",
        path,
        operation,
        "Processes",
        "Execute a process: a model answers a request",
        Query,
        answer_execution,
        (
            Answer(200, "The decision, when it came in time", {"type": "object"}),
            Answer(201, "The job, still under way", StatusInfo, headers={"Location": "The job"}),
        ),
        headers=(
            Header(
                "Prefer",
                "respond-async: answer with the job at once; wait=N: wait up to N seconds",
                {"type": "string", "example": "respond-async"},
            ),
            Header(
                "Idempotency-Key",
                "The same key and request again is the same run",
                {"type": "string", "pattern": _KEY_PATTERN},
            ),
        ),
        body=Body(_execute_schema(request), "The inputs, one for each field of the request"),
        waits=True,
    )


def _execute_schema(request: Mapping[str, Any]) -> dict[str, Any]:
    inputs = {key: value for key, value in request.items() if key not in {"title", "description"}}
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": ["inputs"]} if request.get("required") else {}),
        "properties": {
            "inputs": inputs,
            "outputs": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    OUTPUT: {
                        "type": "object",
                        "properties": {"transmissionMode": {"type": "string", "enum": ["value"]}},
                    }
                },
            },
            "response": {"type": "string", "enum": ["raw", "document"], "default": "raw"},
        },
    }


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        "/processes",
        "getProcesses",
        "Processes",
        "The models, as processes",
        ProcessesQuery,
        answer_processes,
        (Answer(200, "The processes", ProcessList),),
    ),
    Endpoint(
        "GET",
        "/processes/{processId}",
        "getProcessDescription",
        "Processes",
        "One model: the question it answers, its inputs and its output",
        Query,
        answer_process,
        (Answer(200, "The process", ProcessDescription),),
    ),
    execution_endpoint("/processes/{processId}/execution", "execute", {"type": "object"}),
)
