"""Telemetry as it comes in: JSON or Arrow, as one table of columns.

A batch is an Arrow IPC stream or JSON: a list of messages, or an object of columns.

| column | type | |
| --- | --- | --- |
| `aircraft` | text, 1 to 64 letters | serial number or registration |
| `time` | timestamp with zone | when it was there (in JSON RFC 3339) |
| `longitude`, `latitude` | double | degrees, WGS 84 |
| `height` | double or null | metres above `reference` |
| `reference` | text | `AGL`, `AMSL` or `WGS84`; needed with a height: none is guessed |
| `speed` | double or null | metres a second over the ground |
| `course` | double or null | degrees from true north, of the way over the ground |
| `climb` | double or null | metres a second upwards |
| `intent` | text or null | id of the operational intent that it flies; null: as before |
| `on_ground` | bool or null | true once it has landed |
| `synthetic` | bool or null | true for traffic that nobody flies |
"""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import pyarrow as pa

from chengmo import InvalidRequest

# The name under which others know Arrow's tables without importing Arrow.
Table: TypeAlias = pa.Table

MOST_MESSAGES = 20_000
SCHEMA = pa.schema(
    [
        ("aircraft", pa.string()),
        ("time", pa.timestamp("us", "UTC")),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
        ("height", pa.float64()),
        ("reference", pa.string()),
        ("speed", pa.float64()),
        ("course", pa.float64()),
        ("climb", pa.float64()),
        ("intent", pa.string()),
        ("on_ground", pa.bool_()),
        ("synthetic", pa.bool_()),
    ]
)
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3
_LONGEST_WORD = 256
_NEEDED = ("aircraft", "time", "longitude", "latitude")


def read_json(body: bytes) -> pa.Table:
    """Return the messages in JSON.

    Raises:
        InvalidRequest: If they cannot be read.

    Example:
        >>> read_json(b'''[{"aircraft": "UAS-1", "time": "2026-05-01T08:00:00Z",
        ...                "longitude": 114.3, "latitude": 30.5}]''').num_rows
        1
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("the messages are no JSON", hint="give a list of objects") from error
    if isinstance(document, list):
        rows = cast("list[Any]", document)
        check_count(len(rows))
        if not all(isinstance(row, dict) for row in rows):
            raise InvalidRequest("a message is no object", hint="give a list of objects")
        return _table_of({name: [row.get(name) for row in rows] for name in SCHEMA.names})
    if isinstance(document, dict):
        return _table_of(cast("dict[str, Any]", document))
    raise InvalidRequest("no messages", hint="a list of objects, or an object of lists")


def read_arrow(body: bytes) -> pa.Table:
    """Return the messages in an Arrow IPC stream.

    Raises:
        InvalidRequest: If they cannot be read.
    """
    try:
        if any(_is_compressed(message) for message in _messages_in(body)):
            # Eight megabytes may become thousands.
            raise InvalidRequest("the buffers are compressed", hint="send them as they are")
        with pa.ipc.open_stream(pa.BufferReader(body)) as reader:
            batches: list[pa.RecordBatch] = []
            for batch in reader:
                batches.append(batch)
                check_count(sum(len(part) for part in batches))
            table = pa.Table.from_batches(batches, reader.schema)
            table.validate()
        messages = shaped(table)
        # Texts that are no UTF-8 are found now, not by the thread that serves everybody.
        messages.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidRequest("the body is no Arrow IPC stream", hint=str(error)[:200]) from error
    return messages


def read_instant(text: str) -> int:
    """Return the microseconds since 1970 of an instant in RFC 3339.

    Raises:
        InvalidRequest: If it is none, or has no time zone.

    Example:
        >>> read_instant("1970-01-01T01:00:00+01:00")
        0
    """
    try:
        return pa.scalar(text).cast(SCHEMA.field("time").type).value
    except pa.ArrowException as error:
        raise InvalidRequest(f"'{text[:50]}' is no instant", hint="2026-05-01T08:00:00Z") from error


def check_count(count: int) -> None:
    """Refuse more messages than a batch may hold.

    Raises:
        InvalidRequest: If there are more.
    """
    if count > MOST_MESSAGES:
        raise InvalidRequest(f"more than {MOST_MESSAGES} messages in a batch", hint="divide them")


def shaped(table: pa.Table) -> pa.Table:
    """Return a table with exactly the columns of `SCHEMA`, null where there are none.

    Raises:
        InvalidRequest: If a column is missing, comes twice or is of another type.
    """
    arrays: list[pa.ChunkedArray | pa.Array] = []
    for field in SCHEMA:
        places = table.schema.get_all_field_indices(field.name)
        if len(places) > 1 or (not places and field.name in _NEEDED):
            raise InvalidRequest(
                f"the column '{field.name}' is {'there twice' if places else 'missing'}",
                hint="see docs/how-to/watch-the-sky.md",
            )
        if not places:
            arrays.append(pa.nulls(len(table), field.type))
            continue
        arrays.append(_cast(table.column(places[0]), field))
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    is_time = pa.types.is_timestamp(field.type)
    given = column.type
    _check_type(column, field)
    if is_time and pa.types.is_timestamp(given) and given.tz is None:
        raise InvalidRequest("the column 'time' has no time zone", hint="timestamp with UTC")
    try:
        # What is finer than a microsecond is cut off.
        return column.cast(field.type, safe=not is_time)
    except pa.ArrowException as error:
        raise InvalidRequest(
            f"the column '{field.name}' is {given}, not {field.type}", hint=str(error)[:200]
        ) from error


def _check_type(column: pa.ChunkedArray, field: pa.Field) -> None:
    """Refuse what could grow without measure when it is read: long words told many times."""
    given, types = column.type, pa.types
    if types.is_dictionary(given):
        words = [chunk.dictionary for chunk in column.chunks]
        if not _is_text(given.value_type) or not all(_are_short(part) for part in words):
            raise InvalidRequest(
                f"the dictionary of '{field.name}' holds no short words", hint="send text"
            )
    elif not (_is_text(given) or types.is_primitive(given) or types.is_null(given)):
        raise InvalidRequest(f"the column '{field.name}' is {given}", hint=f"send {field.type}")


def _are_short(words: pa.Array) -> bool:
    return len(words) <= MOST_MESSAGES and all(
        len(word or "") <= _LONGEST_WORD for word in words.to_pylist()
    )


def _is_text(sort: pa.DataType) -> bool:
    return pa.types.is_string(sort) or pa.types.is_large_string(sort)


def _messages_in(body: bytes) -> Iterator[bytes]:
    """Return the metadata of the messages of an IPC stream: flatbuffers."""
    reader = pa.ipc.MessageReader.open_stream(pa.BufferReader(body))
    while True:
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        yield message.metadata.to_pybytes()


def _is_compressed(metadata: bytes) -> bool:
    """Tell whether a message's buffers are compressed (Arrow's Message.fbs and Schema.fbs)."""
    root = _number(metadata, 0, 4)
    kind, header = _field(metadata, root, 1), _field(metadata, root, 2)
    if not kind or not header:
        return False
    record = header + _number(metadata, header, 4)
    if metadata[kind] == _DICTIONARY_BATCH:
        data = _field(metadata, record, 1)
        record = data + _number(metadata, data, 4)
    elif metadata[kind] != _RECORD_BATCH:
        return False
    return _field(metadata, record, 3) != 0


def _field(metadata: bytes, table: int, number: int) -> int:
    """Return where a field of a flatbuffer's table is; 0 if it is not there."""
    vtable = table - int.from_bytes(metadata[table : table + 4], "little", signed=True)
    at = 4 + 2 * number
    offset = _number(metadata, vtable + at, 2) if at < _number(metadata, vtable, 2) else 0
    return table + offset if offset else 0


def _number(metadata: bytes, at: int, size: int) -> int:
    return int.from_bytes(metadata[at : at + size], "little")


def _table_of(columns: dict[str, Any]) -> pa.Table:
    arrays: dict[str, pa.Array] = {}
    for field in SCHEMA:
        given = columns.get(field.name)
        if given is None:
            continue
        if not isinstance(given, list):
            raise InvalidRequest(f"'{field.name}' is no list", hint="one value for each message")
        values = cast("list[Any]", given)
        check_count(len(values))
        written = pa.string() if pa.types.is_timestamp(field.type) else field.type
        # Arrow takes true for 1.0.
        if pa.types.is_floating(written) and any(isinstance(value, bool) for value in values):
            raise InvalidRequest(f"'{field.name}' is not a number everywhere", hint="no true")
        try:
            arrays[field.name] = pa.array(values, written)
        # A half of a surrogate pair is a JSON text and no Unicode.
        except (pa.ArrowException, OverflowError, UnicodeError) as error:
            raise InvalidRequest(
                f"'{field.name}' is not {field.type} everywhere", hint=str(error)[:200]
            ) from error
    if len({len(array) for array in arrays.values()}) > 1:
        raise InvalidRequest("columns differ in length", hint="one value for each message")
    return shaped(pa.table(arrays))
