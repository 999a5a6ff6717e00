"""Frames: what a segment of the log consists of, each with its length, times and checksum.

    bytes  0  4   `CMT1`
           4  1   kind: 1 names, 2 messages, 3 alerts, 4 picture, 5 plans
           5  3   0
           8  4   length of the payload as it is stored (zstd)
          12  4   its length before
          16  4   CRC-32 of what follows in the head, and of the payload as it is stored
          20  4   how many records
          24  8   when it was decided, microseconds since 1970
          32  8   the earliest time of its messages
          40  8   the latest
          48      payload

All numbers are little-endian. The payload of messages holds the columns of `record.MESSAGE` one
after the other; that of names, alerts and plans is JSON.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from chengmo import PlatformError
from chengmo_airspace.tracking.record import MESSAGE, Records

MAGIC = b"CMT1"
NAMES, MESSAGES, ALERTS, PICTURE, PLANS = range(1, 6)
HEAD = struct.Struct("<4sBxxxIIIIqqq")
LONGEST = 256 * 2**20
_CHECKED_FROM = 20
# Level 1 takes telemetry to about half at hundreds of megabytes a second.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a frame.

    Attributes:
        kind: `NAMES`, `MESSAGES`, `ALERTS`, `PICTURE` or `PLANS`.
        stored: Bytes of the payload as it is stored.
        length: Bytes of the payload.
        crc: Checksum.
        count: How many records.
        at_us: When it was decided.
        first_us: The earliest time of its messages.
        last_us: The latest.
    """

    kind: int
    stored: int
    length: int
    crc: int
    count: int
    at_us: int
    first_us: int
    last_us: int


def write_frame(
    kind: int, payload: bytes, *, count: int, at_us: int, span_us: tuple[int, int] | None = None
) -> bytes:
    """Return a frame.

    Args:
        kind: Of it.
        payload: What it holds.
        count: How many records.
        at_us: When it was decided.
        span_us: Of the times of its messages; None for those that have none.
    """
    codec = pa.Codec("zstd", compression_level=_LEVEL)
    stored = codec.compress(payload, asbytes=True)
    first, last = span_us or (at_us, at_us)
    head = HEAD.pack(MAGIC, kind, len(stored), len(payload), 0, count, at_us, first, last)
    crc = zlib.crc32(stored, zlib.crc32(head[_CHECKED_FROM:]))
    return b"".join([head[:16], struct.pack("<I", crc), head[_CHECKED_FROM:], stored])


def read_head(data: bytes) -> Head | None:
    """Return the head at the beginning of some bytes; None if there is none."""
    if len(data) < HEAD.size:
        return None
    magic, *members = HEAD.unpack_from(data)
    head = Head(*members)
    is_sound = magic == MAGIC and NAMES <= head.kind <= PLANS
    return head if is_sound and max(head.stored, head.length) <= LONGEST else None


def read_payload(head_bytes: bytes, stored: bytes) -> bytes | None:
    """Return the payload of a frame; None if it is not whole."""
    head = read_head(head_bytes)
    if head is None or len(stored) != head.stored:
        return None
    if zlib.crc32(stored, zlib.crc32(head_bytes[_CHECKED_FROM : HEAD.size])) != head.crc:
        return None
    return pa.Codec("zstd").decompress(stored, head.length, asbytes=True)


def pack_messages(rows: Records) -> bytes:
    """Return messages as the payload of a frame, column after column."""
    return b"".join(np.ascontiguousarray(rows[name]).tobytes() for name in MESSAGE.names or ())


def unpack_messages(payload: bytes, count: int) -> Records:
    """Return the messages in a payload.

    Raises:
        PlatformError: If it is of another length.
    """
    if len(payload) != count * MESSAGE.itemsize:
        raise PlatformError("messages in the log are of another length", hint="restore it")
    rows = np.empty(count, MESSAGE)
    start = 0
    for name in MESSAGE.names or ():
        sort = MESSAGE[name]
        rows[name] = np.frombuffer(payload, sort, count, start)
        start += count * sort.itemsize
    return rows
