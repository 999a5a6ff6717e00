"""Answers in fewer bytes: brotli, or gzip where the caller does not take it (RFC 9110, 8.4).

What is not compressed, and why:

- whatever says `Cache-Control: no-store`. That is everything that holds a secret: keys, sessions,
  accounts, problems. The length of a compressed text tells of what is in it (BREACH), so a secret
  must never stand compressed beside text that somebody else chose. Rows may be: a page elsewhere
  cannot have them sent in somebody's name, since the session's cookie is `SameSite=Strict` and a
  key is never sent unasked, and no page of the platform holds a token against forgery to steal;
- streams of events, which would wait for a full block; parts of files; small answers;
- on a server that only this machine can reach: nothing is gained there.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import brotli
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chengmo.errors import InvalidRequest

SETTING = "CHENGMO_COMPRESSION"
# What fits into one packet is not worth it.
LEAST_BYTES = 1000
_WORTH = ("text/", "application/json", "application/javascript", "application/vnd.mapbox-vector")
_NOT_WORTH = "text/event-stream"
# One compression of a megabyte takes milliseconds: others are answered meanwhile.
_THREAD_BYTES = 64 * 1024
_QUICK, _THOROUGH = 1, 9
_KEPT_BYTES = 16 * 2**20
_WITHOUT_BODY = frozenset({204, 206, 304})
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class Coder(Protocol):
    """Compresses a body piece by piece."""

    def add(self, piece: bytes) -> bytes:
        """Take a piece; return what is ready."""
        ...

    def finish(self) -> bytes:
        """Return the rest."""
        ...


class Brotli:
    """RFC 7932."""

    def __init__(self, quality: int) -> None:
        self._compressor = brotli.Compressor(quality=quality)

    def add(self, piece: bytes) -> bytes:
        """Take a piece; return what is ready."""
        return self._compressor.process(piece)

    def finish(self) -> bytes:
        """Return the rest."""
        return self._compressor.finish()


class Gzip:
    """RFC 1952."""

    def __init__(self, quality: int) -> None:
        self._compressor = zlib.compressobj(quality, zlib.DEFLATED, _GZIP_WINDOW)

    def add(self, piece: bytes) -> bytes:
        """Take a piece; return what is ready."""
        return self._compressor.compress(piece)

    def finish(self) -> bytes:
        """Return the rest."""
        return self._compressor.flush()


# The one that we would rather send first.
CODERS: Mapping[str, Callable[[int], Coder]] = {"br": Brotli, "gzip": Gzip}


def is_compressing(environment: Mapping[str, str], *, local: bool) -> bool:
    """Read CHENGMO_COMPRESSION: `on`, `off`, else on where others than this machine may ask.

    Raises:
        InvalidRequest: If it is anything else.
    """
    stated = environment.get(SETTING) or "auto"
    if stated not in {"auto", "on", "off"}:
        raise InvalidRequest(f"{SETTING} is '{stated}'", hint="set it to auto, on or off")
    return stated == "on" or (stated == "auto" and not local)


def accepted_coding(header: str) -> str | None:
    """Return the coding to answer in, of those that an `Accept-Encoding` takes; None for none."""
    taken: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, rest = part.partition(";")
        quality = rest.strip().removeprefix("q=")
        try:
            taken[name.strip()] = float(quality) if rest else 1.0
        except ValueError:
            taken[name.strip()] = 0.0
    everything = taken.get("*", 0.0)
    offered = [(taken.get(name, everything), -place, name) for place, name in enumerate(CODERS)]
    best = max(offered)
    return best[2] if best[0] > 0 else None


class _Kept:
    """What was compressed once, by path, entity tag and coding; the least used goes first."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self._size = 0

    def get(self, key: tuple[str, str, str]) -> bytes | None:
        if key in self._bodies:
            self._bodies.move_to_end(key)
        return self._bodies.get(key)

    def put(self, key: tuple[str, str, str], body: bytes) -> None:
        if key not in self._bodies:
            self._size += len(body)
        self._bodies[key] = body
        while self._size > _KEPT_BYTES:
            _, gone = self._bodies.popitem(last=False)
            self._size -= len(gone)


@dataclass(frozen=True)
class Compression:
    """ASGI middleware.

    Attributes:
        app: Whose answers it compresses.
        kept_under: Paths of files that are the same for all: each is compressed once, thoroughly.
    """

    app: ASGIApp
    kept_under: tuple[str, ...] = ()
    _kept: _Kept = field(default_factory=_Kept)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        coding = accepted_coding(headers.get("accept-encoding", ""))
        if headers.get("range") is not None or scope["method"] == "HEAD":
            coding = None
        tags, plain = _plain_tags(headers.get("if-none-match", ""))
        if tags != plain:
            scope = {**scope, "headers": _with_tags(scope["headers"], plain)}
        keeps = scope["path"].startswith(self.kept_under) if self.kept_under else False
        kept = self._kept if keeps else None
        await self.app(scope, receive, _Sender(send, scope["path"], coding, tags, kept).send)


def _plain_tags(header: str) -> tuple[str, str]:
    """Return an `If-None-Match` as it is, and as it would be of answers that are not coded."""
    plain = header
    for coding in CODERS:
        plain = plain.replace(f'-{coding}"', '"')
    return header, plain


def _with_tags(headers: list[tuple[bytes, bytes]], tags: str) -> list[tuple[bytes, bytes]]:
    rest = [pair for pair in headers if pair[0] != b"if-none-match"]
    return [*rest, (b"if-none-match", tags.encode("latin-1"))]


@dataclass
class _Sender:
    """Sends one answer, compressed where that is worth it.

    Attributes:
        start: The answer's head, held back until its body begins.
        coder: Of a body that is being sent piece by piece.
        gathered: The pieces of a body that is to be kept; None for any other.
        key: Under which it is kept.
    """

    out: Send
    path: str
    coding: str | None
    asked_tags: str
    kept: _Kept | None
    start: Message | None = None
    coder: Coder | None = None
    gathered: list[bytes] | None = None
    key: tuple[str, str, str] = ("", "", "")

    async def send(self, message: Message) -> None:
        """Take a message of the application."""
        if message["type"] == "http.response.start":
            self._begin(message)
            if self.start is None:
                await self.out(message)
        elif message["type"] == "http.response.body" and self.gathered is not None:
            await self._gather(self.gathered, message)
        elif message["type"] == "http.response.body" and self.coder is not None:
            await self._pass_on(self.coder, message)
        else:
            await self.out(message)

    def _begin(self, message: Message) -> None:
        """Look whether the answer's body is to be compressed, and how."""
        headers = MutableHeaders(scope=message)
        tag = headers.get("etag", "")
        if message["status"] == 304:  # noqa: PLR2004 - RFC 9110
            _name_coding(headers, _coding_asked(tag, self.asked_tags))
        if not _is_worth(message["status"], headers):
            return
        # Also where this caller takes no coding: another one does.
        headers.add_vary_header("Accept-Encoding")
        length = int(headers.get("content-length", LEAST_BYTES))
        if self.coding is None or length < LEAST_BYTES:
            return
        _name_coding(headers, self.coding)
        headers["Content-Encoding"] = self.coding
        del headers["accept-ranges"]
        self.start = message
        if self.kept is not None and tag.startswith('"'):
            self.key, self.gathered = (self.path, tag, self.coding), []
        else:
            self.coder = CODERS[self.coding](_QUICK)

    async def _pass_on(self, coder: Coder, message: Message) -> None:
        """Compress a piece and send it; a body that comes at once goes with its length."""
        body, more = _content(message)
        ready = await _off_the_loop(coder.add, body)
        ready += b"" if more else coder.finish()
        if self.start is not None:
            start, self.start = self.start, None
            headers = MutableHeaders(scope=start)
            del headers["content-length"]
            if not more:
                headers["Content-Length"] = str(len(ready))
            await self.out(start)
        if ready or not more:
            await self.out({"type": "http.response.body", "body": ready, "more_body": more})

    async def _gather(self, pieces: list[bytes], message: Message) -> None:
        """Take a piece of a file; after the last, send what was kept of it, or keep it."""
        body, more = _content(message)
        pieces.append(body)
        if more or self.kept is None or self.start is None:
            return
        coded = self.kept.get(self.key)
        if coded is None:
            coder = CODERS[self.key[2]](_THOROUGH)
            coded = await _off_the_loop(
                lambda all_: coder.add(all_) + coder.finish(), b"".join(pieces)
            )
            self.kept.put(self.key, coded)
        MutableHeaders(scope=self.start)["Content-Length"] = str(len(coded))
        await self.out(self.start)
        await self.out({"type": "http.response.body", "body": coded})


async def _off_the_loop(compress: Callable[[bytes], bytes], body: bytes) -> bytes:
    if len(body) < _THREAD_BYTES:
        return compress(body)
    return await to_thread.run_sync(compress, body)


def _content(message: Message) -> tuple[bytes, bool]:
    return bytes(message.get("body", b"")), message.get("more_body", False)


def _is_worth(status: int, headers: Headers | MutableHeaders) -> bool:
    media_type = headers.get("content-type", "").lower()
    worth = media_type.startswith(_WORTH) or media_type.split(";", 1)[0].endswith(("+json", "+xml"))
    return (
        worth
        and status not in _WITHOUT_BODY
        and not media_type.startswith(_NOT_WORTH)
        and "content-encoding" not in headers
        and "no-store" not in headers.get("cache-control", "")
    )


def _coding_asked(tag: str, asked: str) -> str | None:
    """Return the coding of which the caller keeps the answer that has not changed."""
    strong = tag.removeprefix("W/").removesuffix('"')
    return next((name for name in CODERS if strong and f'{strong}-{name}"' in asked), None)


def _name_coding(headers: MutableHeaders, coding: str | None) -> None:
    """Make a strong tag another one: the same answer in another coding is not the same bytes."""
    tag = headers.get("etag", "")
    if coding is not None and tag.startswith('"'):
        headers["ETag"] = f'{tag[:-1]}-{coding}"'
