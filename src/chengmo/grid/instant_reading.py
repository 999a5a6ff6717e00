"""Read instants: ISO 8601 texts, `datetime` objects and `datetime64` columns, to UTC seconds.

Nothing is guessed: an instant without a zone is refused unless the caller names the zone, a date is
no instant, and a local time that the clocks skip or repeat is named.
"""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.instant_kernel import OFFSET_WIDTH, UTC_WIDTH, read_texts

Seconds = NDArray[np.datetime64]

_FIRST, _END = np.datetime64("0001-01-01", "s"), np.datetime64("10000-01-01", "s")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what NumPy counts from, without a zone
_SHORTEST_TIME = len("2026-11-22T09")
_NO_ASCII = np.uint32(255)
_NO_ZONE = (
    "write 2026-11-22T09:30Z or 2026-11-22T17:30+08:00, or say the zone, zone='Asia/Shanghai'"
)


def read_instants(instants: ArrayLike, zone: str | None) -> Seconds:
    """Return instants as UTC `datetime64[s]`, parts of seconds cut off.

    Args:
        instants: One or a column of ISO 8601 texts, `datetime` objects or `datetime64`.
        zone: The zone of those that name none; see `time_keys`.

    Raises:
        InvalidCell: Naming the first that is no instant, or has no zone.
    """
    column = np.asarray(instants)
    where = None if zone is None else zone_of(zone)
    if column.size == 0:
        return np.empty(column.shape, "M8[s]")
    flat = column.reshape(-1)
    if column.dtype.kind == "M":
        seconds = _read_datetime64(flat, where)
    elif column.dtype.kind in "USTO":
        seconds = _read_objects(flat, where)
    else:
        raise InvalidCell(
            f"a column of {column.dtype} holds no instants",
            hint="give ISO 8601 texts, datetime objects or datetime64; numbers say no unit",
        )
    outside = ~((seconds >= _FIRST) & (seconds < _END))
    for i in np.flatnonzero(outside)[:1]:
        raise InvalidCell(f"{flat[i]} at index {i} is no instant of the years 1 to 9999")
    return seconds.reshape(column.shape)


def read_instant(instant: ArrayLike, zone: str | None) -> np.datetime64:
    """Return one instant; see `read_instants`."""
    seconds = read_instants(instant, zone)
    if seconds.shape:
        raise InvalidCell(f"{seconds.size} instants where one is meant", hint="give one")
    return seconds.reshape(-1)[0]


def zone_of(name: str) -> tzinfo:
    """Return a time zone: `UTC`, an offset (`+08:00`) or an IANA name (`Asia/Shanghai`).

    Raises:
        InvalidCell: If there is none of that name.
    """
    if name.upper() in {"UTC", "Z"}:
        return UTC
    try:
        if name[:1] in "+-":
            offset = datetime.strptime(name.replace("-", "+"), "+%H:%M")  # noqa: DTZ007 - an offset
            size = timedelta(hours=offset.hour, minutes=offset.minute)
            return timezone(-size if name[0] == "-" else size)
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise InvalidCell(
            f"there is no time zone {name!r} here", hint="UTC, +08:00 or Asia/Shanghai"
        ) from error


def _read_datetime64(flat: Seconds, zone: tzinfo | None) -> Seconds:
    for i in np.flatnonzero(np.isnat(flat))[:1]:
        raise InvalidCell(f"NaT at index {i} is no instant", hint="set rows without time aside")
    if zone is None:
        raise InvalidCell("a column of datetime64 names no zone", hint="say it: zone='UTC'")
    unit = np.datetime_data(flat.dtype)[0]
    if unit in {"Y", "M", "W", "D"} and zone is not UTC:
        raise _mere_date(str(flat[0]), 0)
    return _to_utc(flat.astype("M8[s]"), zone)


def _read_objects(flat: NDArray[np.object_], zone: tzinfo | None) -> Seconds:
    fixed = _read_fixed(flat)
    if fixed is not None:
        return fixed
    seconds = np.empty(flat.size, "M8[s]")
    naive = np.zeros(flat.size, np.bool_)
    for i, item in enumerate(flat.tolist()):
        moment = item if isinstance(item, datetime) else _parse(item, i, zone)
        naive[i] = moment.tzinfo is None
        if naive[i] and zone is None:
            raise InvalidCell(f"'{item}' at index {i} names no time zone", hint=_NO_ZONE)
        offset = moment.utcoffset() or timedelta(0)
        seconds[i] = np.datetime64(
            (moment.replace(tzinfo=None) - _EPOCH) // timedelta(seconds=1), "s"
        )
        seconds[i] -= np.timedelta64(offset // timedelta(seconds=1), "s")
    if zone is not None:
        seconds[naive] = _to_utc(seconds[naive], zone)
    return seconds


def _parse(item: object, index: int, zone: tzinfo | None) -> datetime:
    text = item.decode() if isinstance(item, bytes) else item
    if not isinstance(text, str):
        raise InvalidCell(f"{item!r} at index {index} is no instant", hint="give ISO 8601 texts")
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidCell(
            f"'{text}' at index {index} is no instant of ISO 8601: {error}",
            hint="2026-11-22T09:30:15Z; leap seconds are not kept apart",
        ) from error
    if len(text.strip()) < _SHORTEST_TIME and "T" not in text.upper() and zone is not UTC:
        raise _mere_date(text, index)
    return moment


def _mere_date(text: str, index: int) -> InvalidCell:
    return InvalidCell(
        f"'{text}' at index {index} is a date, no instant",
        hint="a day is an interval of its zone: use read_interval; with zone='UTC' it is one cell",
    )


def _read_fixed(flat: NDArray[np.object_]) -> Seconds | None:
    """Return texts that are all `2026-11-22T09:30:15` and `Z` or an offset; None if not all are.

    A compiled loop reads these; what is wrong with one, the general way says.
    """
    if flat.dtype.kind == "U":
        points = np.ascontiguousarray(flat).view(np.uint32).reshape(flat.size, -1)
        # What is not ASCII becomes a byte that no text may have.
        matrix = np.minimum(points, _NO_ASCII).astype(np.uint8)
    elif flat.dtype.kind == "S":
        matrix = np.ascontiguousarray(flat).view(np.uint8).reshape(flat.size, -1)
    else:
        return None
    for width in (UTC_WIDTH, OFFSET_WIDTH):
        if matrix.shape[1] > width and not matrix[:, width:].any():
            matrix = np.ascontiguousarray(matrix[:, :width])
    out = np.empty(flat.size, np.int64)
    if matrix.shape[1] not in (UTC_WIDTH, OFFSET_WIDTH) or read_texts(matrix, out):
        return None
    return out.view("M8[s]")


def _to_utc(local: Seconds, zone: tzinfo) -> Seconds:
    """Return UTC seconds of local clock times.

    Raises:
        InvalidCell: If a local time is skipped or comes twice (names the first).
    """
    if zone is UTC or isinstance(zone, timezone):
        offset = zone.utcoffset(None) or timedelta(0)
        return local - np.timedelta64(offset // timedelta(seconds=1), "s")
    # A day at whose ends and middle the offset is the same has that offset throughout.
    days, which = np.unique(local.astype("M8[D]"), return_inverse=True)
    offsets = np.array([_offset_of_day(day, zone) for day in days.astype(object)], "m8[s]")
    found = offsets[which]
    for i in np.flatnonzero(np.isnat(found)):
        moment = local[i].astype(object)
        first, second = (moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
        if first != second:
            raise InvalidCell(
                f"{local[i]} at index {i} is a time that the clocks of {zone} skip or repeat",
                hint="write the offset with it, as in 2026-11-22T17:30+08:00",
            )
        found[i] = np.timedelta64(first // timedelta(seconds=1), "s")
    return local - found


def _offset_of_day(day: date, zone: tzinfo) -> np.timedelta64:
    """Return the offset of a local day, or NaT if it changes."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    offsets = {
        (midnight + timedelta(hours=hours)).replace(fold=fold).utcoffset()
        for hours in (0, 12, 23.9999)
        for fold in (0, 1)
    }
    offset = offsets.pop()
    if offsets or offset is None:
        return np.timedelta64("NaT", "s")
    return np.timedelta64(offset // timedelta(seconds=1), "s")
