"""Runs as jobs (OGC API - Processes): the list, with the standard's filters."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from chengmo.interfaces.ogc.document import JobList
from chengmo.interfaces.ogc.endpoint import Answer, Call, Endpoint, PageQuery, Reply
from chengmo.interfaces.ogc.job import describe_job
from chengmo.interfaces.ogc.question import Period, When
from chengmo.runs.status import RunStatus, State

_PAGE_ROWS = 200
# Filters that the store does not know are tried on at most so many jobs a request.
_SCAN_MAX = 10_000


def _split(value: str) -> tuple[str, ...]:
    parts = tuple(value.split(","))
    if not all(parts):
        raise ValueError("a name between its commas is empty")
    return parts


def _are_statuses(values: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [value for value in values if value not in get_args(State)]
    if wrong:
        raise ValueError(f"'{wrong[0]}' is not one of {', '.join(get_args(State))}")
    return values


_LIST = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
Names = Annotated[tuple[str, ...], BeforeValidator(_split), WithJsonSchema(_LIST)]
Statuses = Annotated[
    tuple[str, ...],
    BeforeValidator(_split),
    AfterValidator(_are_statuses),
    WithJsonSchema({**_LIST, "items": {"type": "string", "enum": [*get_args(State)]}}),
]


class JobsQuery(PageQuery):
    """Parameters of the job list."""

    limit: int = Field(default=10, ge=1, le=1000, description="Jobs a page")
    type: Literal["process"] | None = Field(default=None, description="Every job here is a process")
    process_id: Names | None = Field(
        default=None, alias="processID", description="Only jobs of these processes"
    )
    status: Statuses | None = Field(default=None, description="Only jobs in one of these states")
    datetime: When | None = Field(
        default=None, description="Only jobs created at this RFC 3339 time or in this interval"
    )
    min_duration: float | None = Field(
        default=None, alias="minDuration", ge=0, description="Only jobs that ran so many seconds"
    )
    max_duration: float | None = Field(
        default=None, alias="maxDuration", ge=0, description="Only jobs that ran no longer, seconds"
    )
    before: str | None = Field(
        default=None,
        max_length=100,
        description="Job before which the page begins, as the `next` link says",
    )


def answer_jobs(call: Call[JobsQuery]) -> Reply:
    """Return a page of jobs, the newest first."""
    query = call.query
    seen: list[RunStatus] = []
    fitting: list[RunStatus] = []
    for run in islice(_runs(call), _SCAN_MAX):
        if len(fitting) == query.limit:
            break
        seen.append(run)
        if _fits(run, query):
            fitting.append(run)
    else:
        # The store had no more, unless the scan stopped at its limit.
        return _job_page(call, fitting, seen[-1] if len(seen) == _SCAN_MAX else None)
    return _job_page(call, fitting, seen[-1])


def _job_page(call: Call[JobsQuery], jobs: list[RunStatus], last: RunStatus | None) -> Reply:
    links = [call.here(), *call.as_page()]
    if last is not None:
        kept = [pair for pair in call.request.query_params.multi_items() if pair[0] != "before"]
        links.append(call.link(f"/jobs?{urlencode([*kept, ('before', last.id)])}", "next"))
    described = tuple(describe_job(call, run) for run in jobs)
    return call.reply(JobList(jobs=described, links=tuple(links)))


def _runs(call: Call[JobsQuery]) -> Iterator[RunStatus]:
    query = call.query
    model = query.process_id[0] if query.process_id and len(query.process_id) == 1 else None
    status = query.status[0] if query.status and len(query.status) == 1 else None
    before = query.before
    size = min(_PAGE_ROWS, query.limit + 1)
    while True:
        page = call.runs.list(model=model, status=status, limit=size, before=before)
        yield from page
        if len(page) < size:
            return
        before, size = page[-1].id, _PAGE_ROWS


def _fits(run: RunStatus, query: JobsQuery) -> bool:
    return (
        (query.process_id is None or run.model in query.process_id)
        and (query.status is None or run.status in query.status)
        and (query.datetime is None or _is_within(run.submitted_utc, query.datetime))
        and _lasted(run, query)
    )


def _is_within(instant: str, period: Period) -> bool:
    when = datetime.fromisoformat(instant)
    return (period.start is None or when >= period.start) and (
        period.end is None or when <= period.end
    )


def _lasted(run: RunStatus, query: JobsQuery) -> bool:
    if query.min_duration is None and query.max_duration is None:
        return True
    if run.started_utc is None:
        return False
    until = datetime.fromisoformat(run.ended_utc) if run.ended_utc else None
    began = datetime.fromisoformat(run.started_utc)
    lasted_s = ((until or datetime.now(began.tzinfo)) - began).total_seconds()
    return (query.min_duration is None or lasted_s >= query.min_duration) and (
        query.max_duration is None or lasted_s <= query.max_duration
    )


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        "/jobs",
        "getJobs",
        "Jobs",
        "The jobs, the newest first",
        JobsQuery,
        answer_jobs,
        (Answer(200, "A page of jobs", JobList),),
    ),
)
