"""WebSockets of the data centre: `/report` for messages in, `/watch` for the picture out.

Who connects shows a token in the `Authorization` header, or, as browsers cannot, in a first text
message `{"token": "…"}` within ten seconds. Closed with 4401 without a good token, with 4403
without the scope, with 1009 for a message that is too long, with 4400 for one that cannot be read.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from anyio import to_thread
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from chengmo import PlatformError, ResourceExhausted
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.interfaces.door import LONGEST_BODY, Door, Way
from chengmo_airspace.interfaces.token import AccessToken, TokenCheck, TokenRefused
from chengmo_airspace.interfaces.tracking import (
    REPORTERS,
    WATCHERS,
    Alerts,
    read_messages,
    receipt_document,
)
from chengmo_airspace.tracking import DataCentre
from chengmo_airspace.tracking.monitor import Receipt
from chengmo_airspace.tracking.sights import Sights
from chengmo_airspace.tracking.telemetry import Table

WITHOUT_TOKEN, WITHOUT_SCOPE, UNREADABLE, TOO_LONG, TROUBLE = 4401, 4403, 4400, 1009, 1011
_PATIENCE_S = 10.0
# Batches of one connection that may be on their way to the disk; then it is read no further.
_MOST_AT_ONCE = 8
_BUSY_S = 0.05
MOST_A_SECOND = 25
_EMPTY_EVERY_S = 1.0
Talk = Callable[[WebSocket, AccessToken], Awaitable[None]]


class TrackingDoor(Door):
    """The door of the data centre, with its WebSockets.

    Attributes:
        sockets: Path of each, with the scopes of which a token needs one.
    """

    def __init__(self, ways: list[Way], check: TokenCheck, centre: DataCentre) -> None:
        super().__init__(ways, check)
        self._centre = centre
        self._sights = Sights(centre)
        self._talks: dict[str, tuple[frozenset[str], Talk]] = {
            "/report": (REPORTERS, self._hear),
            "/watch": (WATCHERS, self._show),
        }
        self.sockets = {path: scopes for path, (scopes, _) in self._talks.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or talk by one WebSocket."""
        if scope["type"] != "websocket":
            await super().__call__(scope, receive, send)
            return
        socket = WebSocket(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path not in self._talks:
            await socket.close()
            return
        scopes, talk = self._talks[path]
        with suppress(WebSocketDisconnect):
            token = await self._greet(socket, scopes)
            if token is not None:
                await talk(socket, token)

    async def _greet(self, socket: WebSocket, scopes: frozenset[str]) -> AccessToken | None:
        await socket.accept()
        try:
            header = socket.headers.get("authorization")
            if header is None:
                first = await asyncio.wait_for(socket.receive_text(), _PATIENCE_S)
                header = _bearer_in(first)
            token = self.check.check(header)
        # A first message in binary has no text.
        except (TokenRefused, TimeoutError, LookupError) as refused:
            await socket.close(WITHOUT_TOKEN, str(refused)[:100])
            return None
        if token.scopes.isdisjoint(scopes):
            await socket.close(WITHOUT_SCOPE, f"needs {', '.join(sorted(scopes))}")
            return None
        return token

    async def _hear(self, socket: WebSocket, token: AccessToken) -> None:
        """Take batches, binary for Arrow and text for JSON, answering each in its turn."""
        turns: asyncio.Queue[Future[Receipt]] = asyncio.Queue(_MOST_AT_ONCE)
        answering = asyncio.create_task(_answer(socket, turns))
        try:
            while not answering.done():
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text, data = message.get("text"), message.get("bytes")
                body: bytes = data if data is not None else (text or "").encode()
                if len(body) > LONGEST_BODY:
                    await socket.close(TOO_LONG, f"at most {LONGEST_BODY} bytes")
                    return
                table = await to_thread.run_sync(_read, body, data is not None)
                await turns.put(await self._submit(table, token.sub))
        except FlightRefused as refused:
            await socket.close(UNREADABLE, str(refused)[:100])
        finally:
            answering.cancel()

    async def _submit(self, table: Table, operator: str) -> Future[Receipt]:
        while True:
            try:
                return await to_thread.run_sync(self._centre.report, table, operator)
            except ResourceExhausted:
                # Not read further until there is room: who sends must wait, too.
                await asyncio.sleep(_BUSY_S)

    async def _show(self, socket: WebSocket, token: AccessToken) -> None:
        """Send the picture in frames, and alerts as text, until the token ends or nobody looks."""
        ending = asyncio.create_task(_drained(socket))
        alerts = Alerts(self._centre, lambda _: True)
        telling = asyncio.create_task(_tell(socket, alerts))
        try:
            await self._show_frames(socket, token, ending, _rate_of(socket))
        finally:
            alerts.close()
            for task in (ending, telling):
                task.cancel()

    async def _show_frames(
        self, socket: WebSocket, token: AccessToken, ending: asyncio.Task[None], rate: float
    ) -> None:
        loop = asyncio.get_running_loop()
        since, next_at, empty_at = -1, loop.time(), 0.0
        while not ending.done():
            sight = await to_thread.run_sync(self._sights.frame, since)
            if sight.turn != since or loop.time() >= empty_at:
                await socket.send_bytes(sight.frame)
                since, empty_at = sight.turn, loop.time() + _EMPTY_EVERY_S
            if self._sights.now_s() > token.ends_s:
                await socket.close(WITHOUT_TOKEN, "the access token has ended")
                return
            next_at = max(next_at + 1 / rate, loop.time())
            await asyncio.wait({ending}, timeout=next_at - loop.time())


def _bearer_in(first: str) -> str:
    """Return the header that a first message stands for."""
    try:
        return f"Bearer {json.loads(first)['token']}"
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise TokenRefused('the first message is not {"token": "…"}') from error


def _rate_of(socket: WebSocket) -> float:
    try:
        asked = float(socket.query_params.get("rate", MOST_A_SECOND))
    except ValueError:
        return MOST_A_SECOND
    return min(max(asked, 0.1), MOST_A_SECOND) if asked == asked else MOST_A_SECOND  # noqa: PLR0124 - NaN


def _read(body: bytes, is_arrow: bool) -> Table:  # noqa: FBT001 - run_sync gives no names
    return read_messages(body, is_arrow=is_arrow)


async def _answer(socket: WebSocket, turns: asyncio.Queue[Future[Receipt]]) -> None:
    while True:
        taken = await turns.get()
        try:
            receipt = await asyncio.wrap_future(taken)
        except PlatformError as fault:
            # What is not on disk is not acknowledged: who sends it sends it again.
            await socket.close(TROUBLE, fault.message[:100])
            return
        await socket.send_text(json.dumps(receipt_document(receipt)))


async def _tell(socket: WebSocket, alerts: Alerts) -> None:
    while True:
        found, missed = await alerts.next(3600.0)
        if found:
            document: dict[str, Any] = {"alerts": [alert.document() for alert in found]}
            if missed:
                document["missed"] = missed
            await socket.send_text(json.dumps(document, ensure_ascii=False))


async def _drained(socket: WebSocket) -> None:
    """Return when the other goes; what it says meanwhile is nothing to us."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
