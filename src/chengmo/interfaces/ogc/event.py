"""A job's progress as server-sent events, until it ends."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
from anyio import to_thread

from chengmo.interfaces.ogc.document import StatusInfo
from chengmo.interfaces.ogc.endpoint import EVENT_STREAM, Answer, Call, Endpoint, Query, Reply
from chengmo.interfaces.ogc.job import describe_job

_PERIOD_S = 0.25
# An ended session is noticed when something is said (`watch.py`).
_SILENCE_S = 5.0
_RETRY = b"retry: 1000\n\n"


def answer_events(call: Call[Query]) -> Reply:
    """Return the stream of a job's states; the first comes at once, the last is an `end` event."""
    call.runs.status(call.path["jobId"])  # an unknown job is a problem, not a stream
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Reply(_states(call), media_type=EVENT_STREAM, headers=headers)


async def _states(call: Call[Query]) -> AsyncIterator[bytes]:
    yield _RETRY
    said: StatusInfo | None = None
    silent_s = 0.0
    while True:
        status = await to_thread.run_sync(call.runs.status, call.path["jobId"])
        info = describe_job(call, status)
        if info != said:
            yield _event("status", info)
            said, silent_s = info, 0.0
        elif silent_s >= _SILENCE_S:
            # A comment: it keeps the connection open and shows when the listener is gone.
            yield b": still here\n\n"
            silent_s = 0.0
        if status.has_ended:
            yield _event("end", info)
            return
        await anyio.sleep(_PERIOD_S)
        silent_s += _PERIOD_S


def _event(name: str, info: StatusInfo) -> bytes:
    # JSON has no line break inside, so one `data` line holds it.
    return b"event: %b\ndata: %b\n\n" % (name.encode(), info.to_bytes())


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        "/jobs/{jobId}/events",
        "getEvents",
        "Jobs",
        "A job's progress, as server-sent events",
        Query,
        answer_events,
        (Answer(200, "Events `status`, and `end`", {"type": "string"}, EVENT_STREAM),),
    ),
)
