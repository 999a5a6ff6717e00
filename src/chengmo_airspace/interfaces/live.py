"""The sky for people of the city: what flies now and what is wrong, for the live map.

The page lies beside this module (`live_page/`) and holds no data. The platform identifies and
admits who asks (`chengmo.interfaces.admission`); nothing here looks at credentials. Frames are laid
out in `tracking/README.md`.
"""

from collections.abc import AsyncGenerator
from pathlib import Path
from time import monotonic

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from chengmo_airspace.interfaces.tracking import PICTURE, event_of, told_alerts
from chengmo_airspace.tracking import DataCentre, Limits, write_sight
from chengmo_airspace.tracking.replay import Replay
from chengmo_airspace.tracking.sights import Sights
from chengmo_airspace.tracking.telemetry import read_instant

PREFIX = "/airspace/live"
DATA = f"{PREFIX}/data"
PAGE = Path(__file__).parent / "live_page"
FRAMES_A_SECOND = 25
SHOWN_ALERTS = 200
# After so long without a change an empty frame says that the stream lives, and lets the platform
# look whether who watches still may.
_QUIET_S = 1.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def live_app(centre: DataCentre) -> ASGIApp:
    """Return what answers below `DATA`.

    `/picture`: frames without end; `/at?time=`: the frame of a moment; `/alerts`: events.
    """
    sights, replay = Sights(centre), Replay(centre.log)

    async def picture(_: Request) -> Response:
        return StreamingResponse(picture_frames(sights), 200, _HEADERS, media_type=PICTURE)

    async def at(request: Request) -> Response:
        at_us = read_instant(request.query_params.get("time", ""))
        frame = await to_thread.run_sync(moment_frame, replay, at_us, centre.limits)
        return Response(frame, 200, _HEADERS, media_type=PICTURE)

    async def alerts(_: Request) -> Response:
        return StreamingResponse(events(centre), 200, _HEADERS, media_type="text/event-stream")

    # Errors go up to the platform, which says them as it says all others.
    return Router([Route("/picture", picture), Route("/at", at), Route("/alerts", alerts)])


def moment_frame(replay: Replay, at_us: int, limits: Limits) -> bytes:
    """Return the whole picture of a moment that is over, as one frame."""
    lost_after_s = limits.lost_link_s
    return write_sight(replay.at(at_us).sight(at_us, lost_after_s=lost_after_s))


async def events(centre: DataCentre) -> AsyncGenerator[bytes]:
    """Yield the last alerts, the oldest first, then each as it is decided; some may come twice."""
    coming = told_alerts(centre, lambda _: True)
    # The first of these says that they are listened for: what is decided meanwhile is not lost.
    yield await anext(coming)
    for alert in centre.recent_alerts()[-SHOWN_ALERTS:]:
        yield event_of(alert)
    async for event in coming:
        yield event


async def picture_frames(sights: Sights) -> AsyncGenerator[bytes]:
    """Yield the whole picture, then what changes, at most `FRAMES_A_SECOND`."""
    since, told_s, next_s = -1, 0.0, monotonic()
    while True:
        sight = await to_thread.run_sync(sights.frame, since)
        if sight.turn != since or monotonic() - told_s >= _QUIET_S:
            yield sight.frame
            since, told_s = sight.turn, monotonic()
        next_s = max(next_s + 1 / FRAMES_A_SECOND, monotonic())
        await anyio.sleep(max(0.0, next_s - monotonic()))
