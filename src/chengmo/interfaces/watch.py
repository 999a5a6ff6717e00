"""An answer that takes long ends when who asked may ask no more.

Each message of an answer passes `Watch.send`; when some seconds have passed since the last look, it
looks again whether the session or key still stands for the same actor: not revoked, not expired,
with the same roles. If not, an answer that has not begun becomes a 401, and one under way is cut
off. A stream says something every few seconds, so it ends within them. Looking is no use of a
session: a stream does not keep one from expiring.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from chengmo.errors import NotSignedIn
from chengmo.interfaces.boundary import headers_of, problem_response
from chengmo.interfaces.problem import problem_of

LOOK_EVERY_S = 5.0


class EndedEarly(Exception):
    """The answer was cut off; raised through the application, so that it stops making more."""


@dataclass
class Watch:
    """Watches one answer.

    Attributes:
        scope: Of the request.
        receive: Of the request.
        onward: Where the answer goes.
        holds: Tells whether who asked may still have it.
    """

    scope: Scope
    receive: Receive
    onward: Send
    holds: Callable[[], Awaitable[bool]]
    _looked_s: float = field(default_factory=time.monotonic)
    _is_open_ended: bool = False

    async def send(self, message: Message) -> None:
        """Hand a message on, or end the answer.

        Raises:
            EndedEarly: If it was ended.
        """
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            if not await self.holds():
                await self._end(message)
                raise EndedEarly
        if message["type"] == "http.response.start":
            self._is_open_ended = Headers(raw=message["headers"]).get("content-length") is None
        await self.onward(message)

    async def _end(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            error = NotSignedIn(
                "the session or the key ended while the answer was made", hint="sign in again"
            )
            response = problem_response(
                HTTPConnection(self.scope), problem_of(error), headers_of(error)
            )
            await response(self.scope, self.receive, self.onward)
        elif self._is_open_ended:
            # Of an answer with a length the server breaks the connection instead: it is short.
            await self.onward({"type": "http.response.body", "body": b"", "more_body": False})
