"""Answer one question in the jailed process: shut the doors, open the engine, run, write Arrow."""

import io
import json
import os
import re
import resource
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import duckdb
import pyarrow as pa

from chengmo.catalog.importing.message import encode_error
from chengmo.catalog.query.engine import SCHEMA, Shelf, check_parsed, open_engine
from chengmo.catalog.query.limits import QueryLimits
from chengmo.errors import ChengmoError, InvalidQuery, LakeUnavailable, ResourceExhausted
from chengmo.model.jail.landlock import keep_to

_BATCH_ROWS = 8192
_LONGEST_MESSAGE = 300
_KIND = re.compile(r"^[A-Z][\w ]* Error: ")
# DuckDB looks up how much memory its group of processes may have, and dies if it cannot.
_CONTROL_GROUPS = (Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
_PACKAGES = ("stdlib", "platstdlib", "purelib", "platlib")
# What the person's own statement is to blame for.
_THEIRS = (
    duckdb.ProgrammingError,
    duckdb.DataError,
    duckdb.NotSupportedError,
    duckdb.IntegrityError,
)


def answer(request: Mapping[str, Any], out: TextIO, scratch: Path) -> int:
    """Answer `request` and return the exit status.

    Writes an empty line at once, from which the time counts; then a line of JSON, either
    `{"answer": {"rows": …, "bytes": …}}` and the answer as an Arrow stream, or `{"error": …}`.
    """
    out.write("\n")
    out.flush()
    limits = QueryLimits(**request["limits"])
    payload = b""
    try:
        rows, payload = _answered(request, limits, scratch)
        line = json.dumps({"answer": {"rows": rows, "bytes": len(payload)}}) + "\n"
    except ChengmoError as error:
        line = encode_error(error)
    except (MemoryError, pa.ArrowMemoryError, duckdb.OutOfMemoryException):
        line = encode_error(_out_of_memory(limits))
    except duckdb.Error as error:
        line = encode_error(_translated(error))
    out.write(line)
    out.flush()
    out.buffer.write(payload)
    out.buffer.flush()
    return 0


def _answered(request: Mapping[str, Any], limits: QueryLimits, scratch: Path) -> tuple[int, bytes]:
    spatial = Path(request["spatial"]) if request["spatial"] else None
    files = [Path(file) for shelf in request["shelves"] for file in shelf["files"]]
    shelves = _linked(request["shelves"], scratch)
    # The engine sees file names that say nothing, in a folder of its own.
    os.chdir(scratch)
    _limit_process(limits)
    keep_to([*files, *([spatial] if spatial else [])], _readable_places())
    engine = open_engine(
        shelves,
        memory_mb=limits.memory_mb,
        threads=limits.threads,
        spatial=spatial,
        grid=bool(request["grid"]),
    )
    check_parsed(engine, request["sql"], shelves)
    return _collected(engine.execute(request["sql"]).to_arrow_reader(_BATCH_ROWS), limits)


def _linked(shelves: list[dict[str, Any]], scratch: Path) -> list[Shelf]:
    linked: list[Shelf] = []
    for number, shelf in enumerate(shelves):
        names: list[str] = []
        for order, file in enumerate(shelf["files"]):
            names.append(f"{number}-{order}.parquet")
            (scratch / names[-1]).symlink_to(file)
        linked.append(Shelf(shelf["name"], shelf["columns"], names))
    return linked


def _readable_places() -> list[Path]:
    """Return where Python's and the platform's code lie: what is loaded late is read from there."""
    folders = {Path(sysconfig.get_path(name)) for name in _PACKAGES}
    folders.add(Path(__file__).parents[2])
    return [path for path in (*folders, *_CONTROL_GROUPS) if path.exists()]


def _limit_process(limits: QueryLimits) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    for name, value in limits.of_process(pages * resource.getpagesize()).items():
        resource.setrlimit(getattr(resource, name), value)


def _collected(batches: pa.RecordBatchReader, limits: QueryLimits) -> tuple[int, bytes]:
    rows, held = 0, io.BytesIO()
    with pa.ipc.new_stream(held, batches.schema) as writer:
        for batch in batches:
            rows += batch.num_rows
            writer.write_batch(batch)
            if rows > limits.rows:
                raise _too_much(f"{limits.rows} rows")
            if held.tell() > limits.bytes:
                raise _too_much(f"{limits.bytes >> 20} MB")
    return rows, held.getvalue()


def _too_much(most: str) -> InvalidQuery:
    return InvalidQuery(
        f"the answer has more than {most}",
        hint="add LIMIT or WHERE, or aggregate; whole datasets are exported, not asked for",
    )


def _out_of_memory(limits: QueryLimits) -> ResourceExhausted:
    return ResourceExhausted(
        f"the question needs more than {limits.memory_mb} MB of memory",
        hint="ask about fewer rows or columns, or group and sort less at once",
    )


def _translated(error: duckdb.Error) -> ChengmoError:
    told = _KIND.sub("", (str(error).strip() or "unknown").splitlines()[0])[:_LONGEST_MESSAGE]
    if isinstance(error, duckdb.IOException):
        return LakeUnavailable(
            "a file of the data cannot be read", hint="ask the operator to look at the lake"
        )
    # A message that names a file or a setting is the engine's own affair.
    if isinstance(error, _THEIRS) and "parquet" not in told.lower():
        return InvalidQuery(
            told.replace(f"{SCHEMA}.", ""),
            hint="put the question right; a dataset's columns: chengmo show DATASET",
        )
    return InvalidQuery("the engine cannot answer this", hint="ask it in other words")
