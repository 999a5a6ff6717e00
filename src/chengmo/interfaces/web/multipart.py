"""Receive one file of a multipart form straight to disk, never whole in memory."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from chengmo.errors import InvalidRequest

_FIELD = b"file"
_HEADER_BYTES = 16_384
_HINT = "send multipart/form-data with one part named 'file' that has a file name"


class _Parts:
    """Follows the parts of a form and keeps the bytes of the part `file`."""

    def __init__(self, place: Callable[[str], Path]) -> None:
        self._place = place
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._sink: BinaryIO | None = None
        self.path: Path | None = None
        self.size = 0
        self.ended = False

    def part_begin(self) -> None:
        self._disposition = b""

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._check_header()

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if len(self._header) + len(self._value) > _HEADER_BYTES:
            raise InvalidRequest("a header of the form is too long", hint=_HINT)

    def header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != _FIELD or b"filename" not in options:
            return
        if self.path is not None:
            raise InvalidRequest("the form has more than one file", hint="bring one at a time")
        self.path = self._place(options[b"filename"].decode("utf-8", "replace"))
        self._sink = self.path.open("xb")

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._sink is not None:
            self.size += self._sink.write(data[start:end])

    def part_end(self) -> None:
        self.close()

    def end(self) -> None:
        self.ended = True

    def close(self) -> None:
        if self._sink is not None:
            self._sink.close()
            self._sink = None


async def receive_file(
    content_type: str, chunks: AsyncIterator[bytes], place: Callable[[str], Path]
) -> int:
    """Write the form's one file and return its size in bytes.

    Args:
        content_type: The request's, with the boundary.
        chunks: The request's body.
        place: Gives the path to write to, from the name the file had where it came from.

    Raises:
        InvalidRequest: If the body is no such form, or it breaks off.
    """
    media_type, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if media_type != b"multipart/form-data" or not boundary:
        raise InvalidRequest("the body is no multipart form", hint=_HINT)
    parts = _Parts(place)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.part_begin,
                "on_header_field": parts.header_field,
                "on_header_value": parts.header_value,
                "on_header_end": parts.header_end,
                "on_headers_finished": parts.headers_finished,
                "on_part_data": parts.part_data,
                "on_part_end": parts.part_end,
                "on_end": parts.end,
            },
        )
        async for chunk in chunks:
            # Writing waits for the disk: not on the thread that serves everybody else.
            await run_in_threadpool(parser.write, chunk)
    except FormParserError as error:
        raise InvalidRequest("the form cannot be read", hint=_HINT) from error
    finally:
        parts.close()
    if parts.path is None or not parts.ended:
        raise InvalidRequest("the form has no whole file", hint=_HINT)
    return parts.size
