"""The sky for people of the city: what flies now, what is wrong, what was; for the live map.

The page lies beside this module (`live_page/`) and holds no data. The platform identifies and
admits who asks (`chengmo.interfaces.admission`); nothing here looks at credentials.
"""

import json
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import anyio
from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from chengmo_airspace.tracking import Alert, DataCentre, see, write_sight
from chengmo_airspace.tracking.centre import now_us

PREFIX = "/airspace/live"
PAGE = Path(__file__).parent / "live_page"
# At most so many frames a second; after so long without a change an empty one says that the stream
# lives, and lets the platform look whether who listens still may.
FRAMES_A_SECOND = 20
_QUIET_S = 1.0
# Alerts that nobody fetches are let go of, the oldest first.
_MOST_UNREAD = 1_000
_NO_STORE = {"Cache-Control": "no-store"}


def live_app(centre: DataCentre) -> ASGIApp:
    """Return what answers below `PREFIX/data`: the picture, the alerts."""

    async def picture(_: Request) -> Response:
        frames = picture_frames(centre)
        return StreamingResponse(frames, media_type="application/octet-stream", headers=_NO_STORE)

    async def alerts(_: Request) -> Response:
        events = alert_events(centre)
        return StreamingResponse(events, media_type="text/event-stream", headers=_NO_STORE)

    return Starlette(routes=[Route("/picture", picture), Route("/alerts", alerts)])


async def picture_frames(centre: DataCentre) -> AsyncGenerator[bytes]:
    """Yield the whole picture, then what changes, as `tracking/README.md` lays frames out."""
    since, told_us = -1, 0
    while True:
        sight = await to_thread.run_sync(
            lambda known=since: centre.look(
                lambda monitor: see(monitor, at_us=now_us(), since=known)
            )
        )
        is_news = len(sight.crafts) or sight.gone or since < 0
        if is_news or sight.at_us - told_us > _QUIET_S * 1e6:
            yield write_sight(sight)
            told_us = sight.at_us
        since = sight.turn
        await anyio.sleep(1 / FRAMES_A_SECOND)


async def alert_events(centre: DataCentre) -> AsyncGenerator[bytes]:
    """Yield the last alerts and then each as it is decided, as server-sent events."""
    send, receive = anyio.create_memory_object_stream[Sequence[Alert]](_MOST_UNREAD)
    portal = anyio.from_thread.BlockingPortal()
    async with portal:
        stop = centre.listen(
            lambda alerts: portal.start_task_soon(_hand_over, send, alerts) and None
        )
        try:
            yield b": alerts, the oldest first\n\n"
            for alert in centre.recent_alerts():
                yield _event(alert)
            while True:
                with anyio.move_on_after(_QUIET_S * 5):
                    for alert in await receive.receive():
                        yield _event(alert)
                    continue
                yield b": still here\n\n"
        finally:
            stop()


def _event(alert: Alert) -> bytes:
    text = json.dumps(alert.document(), ensure_ascii=False)
    return f"event: alert\nid: {alert.id}\ndata: {text}\n\n".encode()
