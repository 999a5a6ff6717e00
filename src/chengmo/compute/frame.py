"""Messages on a byte stream: one letter of kind, eight bytes of length, the content."""

import socket
import struct
from collections.abc import Iterator

from chengmo.errors import ResourceExhausted

TASK, PROGRESS, RESULT, ERROR, TRACEBACK = b"T", b"P", b"R", b"E", b"X"
LARGEST_BYTES = 1 << 29
_HEAD = struct.Struct("!cQ")


def send_frame(channel: socket.socket, kind: bytes, content: bytes) -> None:
    """Send one message; blocks until the other side has taken it or the buffer holds it."""
    channel.sendall(_HEAD.pack(kind, len(content)))
    channel.sendall(content)


def receive_frame(channel: socket.socket) -> tuple[bytes, bytes]:
    """Wait for one message.

    Raises:
        EOFError: If the other side is gone.
    """
    kind, size = _HEAD.unpack(_receive_exactly(channel, _HEAD.size))
    return kind, _receive_exactly(channel, size)


def _receive_exactly(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        data = channel.recv(min(size - len(parts), 1 << 20))
        if not data:
            raise EOFError("the other side of the channel is gone")
        parts += data
    return bytes(parts)


class FrameParser:
    """Cuts messages out of the pieces in which a stream arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Take the next piece and yield the messages that are complete.

        Raises:
            ResourceExhausted: If a message says it is larger than 512 MiB.
        """
        self._buffer += data
        while len(self._buffer) >= _HEAD.size:
            kind, size = _HEAD.unpack_from(self._buffer)
            if size > LARGEST_BYTES:
                raise ResourceExhausted(
                    f"the answer has {size >> 20} MiB; {LARGEST_BYTES >> 20} are allowed",
                    hint="ask for less detail: fewer features in the layers, fewer rows",
                )
            end = _HEAD.size + size
            if len(self._buffer) < end:
                return
            content = bytes(self._buffer[_HEAD.size : end])
            del self._buffer[:end]
            yield kind, content
