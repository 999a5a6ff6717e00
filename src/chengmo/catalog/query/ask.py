"""Ask a question in SQL: in a process of its own, which ends with the answer or with the time."""

import atexit
import json
import os
import select
import signal
import tempfile
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.extension import extension_path
from chengmo.catalog.importing.message import decode_error
from chengmo.catalog.importing.starter import Reader, Starter
from chengmo.catalog.query.limits import QueryLimits
from chengmo.catalog.query.statement import Statement
from chengmo.catalog.staged import SYSTEM_FIELDS
from chengmo.errors import PlatformError, ResourceExhausted
from chengmo.model.decision import ValueType

_MODULE = "chengmo.catalog.query"
_AT_ONCE = 4
_PATIENCE_S = 10.0
_LOADING_S = 300.0
_CHUNK = 1 << 20
_SQL_TYPES: Mapping[ValueType, str] = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
}
_SYSTEM_TYPES = {"int64": "BIGINT", "uint64": "UBIGINT", "double": "DOUBLE", "binary": "BLOB"}


@dataclass(frozen=True)
class Source:
    """A dataset that may be asked, and where its rows are.

    Attributes:
        dataset: A version or an edition of it, as the one who asks may see it.
        files: Its Parquet files.
    """

    dataset: Dataset
    files: Sequence[str]


def ask(
    statement: Statement, sources: Sequence[Source], limits: QueryLimits | None = None
) -> pa.Table:
    """Return the answer to a checked question over the datasets it names.

    Args:
        statement: The question.
        sources: One for each of `statement.datasets`, by whoever decides what may be seen.
        limits: What it may use.

    Raises:
        InvalidQuery: If a column or a type does not fit, or the answer is too large.
        ResourceExhausted: If it takes too long or too much memory, or too many ask at once.
        LakeUnavailable: If a file of the data cannot be read.
    """
    limits = limits or QueryLimits()
    request = {
        "sql": statement.sql,
        "shelves": [_shelf(source) for source in sources],
        "spatial": str(extension_path("spatial")) if statement.needs_geometry else None,
        "grid": statement.needs_grid,
        "limits": asdict(limits),
        "limits_os": {},
    }
    with _turn(), tempfile.TemporaryDirectory(prefix="chengmo-sql-") as scratch:
        header, payload = _carried_out(request, Path(scratch), limits)
    if "error" in header:
        raise decode_error(header["error"])
    with pa.ipc.open_stream(payload) as stream:
        return stream.read_all()


def prepare() -> None:
    """Begin to load the engine's libraries, so that the first question need not wait for them."""
    _starter().prepare()


@cache
def _starter() -> Starter:
    starter = Starter(_MODULE)
    atexit.register(starter.close)
    return starter


@cache
def _turns() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(_AT_ONCE)


@contextmanager
def _turn() -> Generator[None]:
    """Let a few questions run at once and the others wait, not for long."""
    if not _turns().acquire(timeout=_PATIENCE_S):
        raise ResourceExhausted("too many questions are being answered", hint="ask again later")
    try:
        yield
    finally:
        _turns().release()


def _shelf(source: Source) -> dict[str, Any]:
    columns = {column.name: _SQL_TYPES[column.type] for column in source.dataset.columns}
    columns |= {field.name: _SYSTEM_TYPES[str(field.type)] for field in SYSTEM_FIELDS}
    return {"name": source.dataset.id, "columns": columns, "files": list(source.files)}


def _carried_out(
    request: Mapping[str, Any], scratch: Path, limits: QueryLimits
) -> tuple[dict[str, Any], bytes]:
    with (scratch / "errors").open("w+b") as complaints:
        (scratch / "files").mkdir()
        reader = _starter().start(scratch / "files", complaints.fileno())
        try:
            reader.ask(request)
            answered = _received(reader, limits)
            line, _, payload = answered.partition(b"\n")
            header = json.loads(line) if line else {}
            # Killed while it wrote, it has sent a part.
            if not header or len(payload) != header.get("answer", {}).get("bytes", 0):
                raise _died(reader.status(), limits)
            return header, payload
        finally:
            reader.close()


def _received(reader: Reader, limits: QueryLimits) -> bytes:
    """Return all that the process writes until its end, after the line that says it has begun."""
    number, held = reader.answers.fileno(), bytearray()
    poll = select.poll()
    poll.register(number, select.POLLIN)
    # The first question of all waits for the libraries, and for the grid to be compiled.
    deadline = time.monotonic() + _LOADING_S
    begun = False
    while True:
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not poll.poll(left_s * 1000):
            raise ResourceExhausted(
                f"the question took longer than {limits.wall_s:g} s",
                hint="ask about fewer rows, or join by a key instead of comparing all with all",
            )
        if not begun:
            begun = os.read(number, 1) == b"\n"
            deadline = time.monotonic() + limits.wall_s
            continue
        chunk = os.read(number, _CHUNK)
        if not chunk:
            return bytes(held)
        held += chunk


def _died(status: int, limits: QueryLimits) -> PlatformError:
    if status == -signal.SIGXCPU:
        return ResourceExhausted(
            "the question took too much processor time", hint="ask about fewer rows"
        )
    if status >= 0:
        return PlatformError("the engine stopped without an answer", hint="ask in other words")
    return ResourceExhausted(
        f"the question needs more than {limits.memory_mb} MB of memory",
        hint="ask about fewer rows or columns, or group and sort less at once",
    )
