"""The door of the data centre (通数): `/tracking/v1/…`.

Who reports has the scope `chengmo.tracking.report` and is the operator: what `sub` says, and nobody
else's aircraft. Who watches has `chengmo.tracking.watch` and sees the whole city.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future
from typing import Any

import pyarrow as pa
from starlette.responses import Response, StreamingResponse

from chengmo import InvalidRequest
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.interfaces.door import Call, Later, Way, json_answer
from chengmo_airspace.tracking import DataCentre, features_of, read_arrow, read_json, see
from chengmo_airspace.tracking.alert import Alert
from chengmo_airspace.tracking.centre import now_us
from chengmo_airspace.tracking.flown import HOUR_US
from chengmo_airspace.tracking.monitor import Receipt
from chengmo_airspace.tracking.picture import Bounds, Sight, table_of, write_sight
from chengmo_airspace.tracking.replay import Passage, Replay
from chengmo_airspace.tracking.statistics import MINIMUM, summarise
from chengmo_airspace.tracking.telemetry import Table, read_instant

PREFIX = "/tracking/v1"
REPORT = "chengmo.tracking.report"
WATCH = "chengmo.tracking.watch"
REPORTERS = frozenset({REPORT})
WATCHERS = frozenset({WATCH})
ARROW = "application/vnd.apache.arrow.stream"
PICTURE = "application/octet-stream"
_UNKEPT = {"Cache-Control": "no-store", "Vary": "Accept"}
_LONGEST_REPLAY_US, _LONGEST_STATISTICS_US = HOUR_US, 31 * 24 * HOUR_US
_MOST_REFUSED_TOLD = 100
_MOST_UNTOLD = 1000
_BREATH_S = 15.0


def tracking_ways(centre: DataCentre) -> list[Way]:
    """Return every way of the door but its WebSockets."""

    def report(call: Call) -> Later:
        table = read_messages(call.body, is_arrow=call.sort == ARROW)
        answer: Future[dict[str, Any]] = Future()
        taken = centre.report(table, call.token.sub)
        taken.add_done_callback(lambda done: _pass_on(done, answer))
        return Later(answer)

    def picture(call: Call) -> Response:
        bounds = bounds_of(call.query.get("bbox"))
        sight = centre.look(lambda monitor: see(monitor, at_us=now_us()))
        return sight_answer(sight, bounds, call.wanted)

    def alerts(call: Call) -> Response:
        found = [alert.document() for alert in centre.recent_alerts() if _may_hear(call, alert)]
        return json_answer(200, {"alerts": found})

    def stream(call: Call) -> Response:
        told = told_alerts(centre, lambda alert: _may_hear(call, alert))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(told, 200, headers, media_type="text/event-stream")

    def status(_: Call) -> Response:
        counts = centre.counts()
        return json_answer(
            200,
            {
                "aircraft": counts.aircraft,
                "messages": counts.messages,
                "alerts": counts.alerts,
                "waiting": counts.waiting,
            },
        )

    hearers = REPORTERS | WATCHERS
    return [
        *_replay_ways(centre),
        Way("POST", "/messages", REPORTERS, report),
        Way("GET", "/picture", WATCHERS, picture, is_slow=True),
        Way("GET", "/alerts", hearers, alerts, is_slow=True),
        Way("GET", "/alerts/stream", hearers, stream),
        Way("GET", "/status", WATCHERS, status),
    ]


def _replay_ways(centre: DataCentre) -> list[Way]:
    replay = Replay(centre.log)

    def moment(call: Call) -> Response:
        bounds = bounds_of(call.query.get("bbox"))
        return _passage_answer(replay.at(_instant(call, "at"), bounds=bounds), call.wanted)

    def messages(call: Call) -> Response:
        begin, end = _while(call, _LONGEST_REPLAY_US)
        bounds = bounds_of(call.query.get("bbox"))
        table = replay.between(begin, end, bounds=bounds).table()
        return Response(arrow_bytes(table), 200, _UNKEPT, media_type=ARROW)

    def past_alerts(call: Call) -> Response:
        found = replay.alerts(*_while(call, _LONGEST_STATISTICS_US))
        return json_answer(200, {"alerts": [one.document() for one in found]})

    def statistics(call: Call) -> Response:
        begin, end = _while(call, _LONGEST_STATISTICS_US)
        begin, last = begin // HOUR_US * HOUR_US, end // HOUR_US * HOUR_US - 1
        table = summarise(
            replay.between(begin, last), replay.plans(begin, last), replay.alerts(begin, last)
        )
        if ARROW in call.wanted:
            return Response(arrow_bytes(table), 200, _UNKEPT, media_type=ARROW)
        rows = [row | {"hour": row["hour"].isoformat()} for row in table.to_pylist()]
        return json_answer(200, {"rows": rows, "minimum": MINIMUM})

    return [
        Way("GET", "/moments", WATCHERS, moment, is_slow=True),
        Way("GET", "/messages", WATCHERS, messages, is_slow=True),
        Way("GET", "/alerts/past", WATCHERS, past_alerts, is_slow=True),
        Way("GET", "/statistics", WATCHERS, statistics, is_slow=True),
    ]


def _instant(call: Call, name: str) -> int:
    try:
        return read_instant(call.query.get(name, ""))
    except InvalidRequest as error:
        raise FlightRefused(f"{name}: {error.message}, as {error.hint}") from error


def _while(call: Call, longest_us: int) -> tuple[int, int]:
    begin, end = _instant(call, "from"), _instant(call, "to")
    if not begin <= end <= begin + longest_us:
        raise FlightRefused(f"to lies at most {longest_us // HOUR_US} hours after from")
    return begin, end


def _passage_answer(passage: Passage, wanted: str) -> Response:
    table = passage.table()
    if ARROW in wanted:
        return Response(arrow_bytes(table), 200, _UNKEPT, media_type=ARROW)
    features: list[dict[str, Any]] = []
    for row in table.to_pylist():
        place = [row.pop("longitude"), row.pop("latitude")]
        above = row.pop("ellipsoidal_height")
        point = {"type": "Point", "coordinates": place if above is None else [*place, above]}
        row["time"] = row["time"].isoformat()
        features.append({"type": "Feature", "geometry": point, "properties": row})
    answer = json_answer(200, {"type": "FeatureCollection", "features": features})
    answer.headers.update({"Content-Type": "application/geo+json", **_UNKEPT})
    return answer


def read_messages(body: bytes, *, is_arrow: bool) -> Table:
    """Return the messages in a body.

    Raises:
        FlightRefused: If they cannot be read.
    """
    try:
        return read_arrow(body) if is_arrow else read_json(body)
    except InvalidRequest as error:
        raise FlightRefused(f"{error.message}: {error.hint}", hint=error.hint) from error


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """Return what became of a batch, as JSON is made of."""
    told = receipt.refused[:_MOST_REFUSED_TOLD]
    return {
        "accepted": receipt.accepted,
        "late": receipt.late,
        "duplicates": receipt.duplicates,
        "refused": len(receipt.refused),
        "reasons": [{"row": row, "reason": reason} for row, reason in told],
    }


def sight_answer(sight: Sight, bounds: Bounds | None, wanted: str) -> Response:
    """Return the aircraft at one moment in the form that is wanted: GeoJSON if nothing else is."""
    headers = _UNKEPT
    if PICTURE in wanted:
        return Response(write_sight(sight.within(bounds)), 200, headers, media_type=PICTURE)
    if ARROW in wanted:
        table = table_of(sight.within(bounds))
        return Response(arrow_bytes(table), 200, headers, media_type=ARROW)
    answer = json_answer(200, features_of(sight.within(bounds)))
    answer.headers.update({"Content-Type": "application/geo+json", **headers})
    return answer


def arrow_bytes(table: pa.Table) -> bytes:
    """Return a table as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def bounds_of(text: str | None) -> Bounds | None:
    """Return west, south, east, north of a `bbox` in degrees.

    Raises:
        FlightRefused: If it is none.

    Example:
        >>> bounds_of("114,30,115,31")
        (114.0, 30.0, 115.0, 31.0)
    """
    if text is None:
        return None
    try:
        west, south, east, north = (float(edge) for edge in text.split(","))
    except ValueError as error:
        raise FlightRefused("bbox is west,south,east,north in degrees") from error
    if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004 - degrees
        raise FlightRefused("bbox is west,south,east,north in degrees")
    return west, south, east, north


async def told_alerts(centre: DataCentre, is_for: Callable[[Alert], bool]) -> AsyncGenerator[bytes]:
    """Yield alerts as server-sent events while somebody listens; a comment when there are none.

    Who is too slow misses the oldest, and is told how many.
    """
    waiting, missed = Alerts(centre, is_for), 0
    try:
        yield b": chengmo alerts\n\n"
        while True:
            found, missed = await waiting.next(_BREATH_S)
            if missed:
                yield f'event: missed\ndata: {{"missed": {missed}}}\n\n'.encode()
            for alert in found:
                yield event_of(alert)
            if not found:
                yield b": \n\n"
    finally:
        waiting.close()


def event_of(alert: Alert) -> bytes:
    """Return an alert as a server-sent event."""
    text = json.dumps(alert.document(), ensure_ascii=False)
    return f"id: {alert.id}\nevent: alert\ndata: {text}\n\n".encode()


class Alerts:
    """The alerts for one who listens, from the centre's thread into this event loop."""

    def __init__(self, centre: DataCentre, is_for: Callable[[Alert], bool]) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_for = is_for
        self._waiting: list[Alert] = []
        self._missed = 0
        self._is_there = asyncio.Event()
        self._end = centre.listen(self._hear)

    async def next(self, timeout_s: float) -> tuple[list[Alert], int]:
        """Return what has come, waiting for it at most so long, and how many were missed."""
        try:
            await asyncio.wait_for(self._is_there.wait(), timeout_s)
        except TimeoutError:
            return [], 0
        self._is_there.clear()
        found, missed = self._waiting, self._missed
        self._waiting, self._missed = [], 0
        return found, missed

    def close(self) -> None:
        """Hear no more."""
        self._end()

    def _hear(self, alerts: Sequence[Alert]) -> None:
        chosen = [alert for alert in alerts if self._is_for(alert)]
        if chosen and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._add, chosen)

    def _add(self, alerts: list[Alert]) -> None:
        self._waiting += alerts
        over = len(self._waiting) - _MOST_UNTOLD
        if over > 0:
            del self._waiting[:over]
            self._missed += over
        self._is_there.set()


def _may_hear(call: Call, alert: Alert) -> bool:
    return WATCH in call.token.scopes or alert.operator == call.token.sub


def _pass_on(done: Future[Receipt], answer: Future[dict[str, Any]]) -> None:
    fault = done.exception()
    if fault is not None:
        answer.set_exception(fault)
    else:
        answer.set_result(receipt_document(done.result()))
