"""Run the reading of a file in a process of its own, with limits on all it may use.

A file from outside may be broken or hostile: whatever it makes its reader do, crash, loop, eat
memory or fill the disk, ends with that process and comes back as an error with the way out.
"""

import json
import queue
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chengmo.catalog.importing.message import decode_error, decode_staged
from chengmo.catalog.importing.options import (
    SORTING_PREFIX,
    ImportOptions,
    Limits,
    Preview,
    Progress,
)
from chengmo.catalog.importing.reference import Reference
from chengmo.catalog.importing.starter import Reader, the_starter
from chengmo.catalog.staged import StagedTable
from chengmo.errors import ResourceExhausted, UnreadableFile

Listener = Callable[[Progress], None]

_BEAT_S = 0.2
_GRACE_S = 5
_SHOWN_LETTERS = 300


def prepare() -> None:
    """Begin to load the libraries of the reader, so that the first file need not wait for them."""
    the_starter().prepare()


def inspect_file(
    path: Path,
    options: ImportOptions | None = None,
    *,
    name: str | None = None,
    references: Sequence[Reference] = (),
    limits: Limits | None = None,
    on_progress: Listener | None = None,
) -> Preview:
    """Look at the first rows of a file and say what an import would make of it.

    Args:
        path: The file.
        options: What a person knows better than the file; every other choice is guessed.
        name: What the file is called where it came from, if `path` does not say.
        references: Good layers nearby, to tell GCJ-02 and BD-09 from WGS 84 by.
        limits: What reading may use.
        on_progress: Called about five times a second; whatever it raises stops the reading.

    Raises:
        UnreadableFile: If nobody can make a table of it; the hint says the way out.
        ResourceExhausted: If a limit is reached.
    """
    request = _request(path, options, name, references, limits)
    answer = _carry_out(request, limits or Limits(), on_progress)
    return Preview.model_validate(answer["preview"])


def stage_file(  # noqa: PLR0913 - what is read, where to, and how it is watched
    path: Path,
    options: ImportOptions | None,
    folder: Path,
    *,
    name: str | None = None,
    references: Sequence[Reference] = (),
    limits: Limits | None = None,
    on_progress: Listener | None = None,
) -> StagedTable:
    """Read a whole file into `folder` as a table in the lake's layout.

    Writes `table.parquet` and, if rows cannot be read, `quarantine.parquet`; rows kept and rows in
    quarantine are together all rows of the file. Arguments and errors are those of `inspect_file`;
    after an error or a stop nothing is left in `folder`.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    request = _request(path, options, name, references, limits) | {"folder": str(folder)}
    answered = False
    try:
        answer = _carry_out(request, limits or Limits(), on_progress)
        answered = True
    finally:
        if not answered:
            for left in ("table.parquet", "quarantine.parquet"):
                (folder / left).unlink(missing_ok=True)
            for half in folder.glob(f"{SORTING_PREFIX}*"):
                shutil.rmtree(half)
    return decode_staged(answer["staged"])


def _request(
    path: Path,
    options: ImportOptions | None,
    name: str | None,
    references: Sequence[Reference],
    limits: Limits | None,
) -> dict[str, Any]:
    if not path.is_file():
        raise UnreadableFile(f"there is no file '{path.name}'", hint="check the path")
    limits = limits or Limits()
    return {
        "path": str(path.absolute()),
        "name": name or path.name,
        "folder": None,
        "options": (options or ImportOptions()).model_dump(),
        "limits": limits.model_dump(),
        "limits_os": _os_limits(limits),
        "references": [each.as_json() for each in references],
    }


def _os_limits(limits: Limits) -> dict[str, tuple[int, int]]:
    return {
        "RLIMIT_AS": (limits.memory_bytes, limits.memory_bytes),
        # The first number is met with a signal that can be told apart, the second with a kill.
        "RLIMIT_CPU": (limits.cpu_s, limits.cpu_s + _GRACE_S),
        "RLIMIT_FSIZE": (limits.file_bytes, limits.file_bytes),
        "RLIMIT_CORE": (0, 0),
    }


def _carry_out(
    request: Mapping[str, Any], limits: Limits, on_progress: Listener | None
) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory(prefix="chengmo-import-") as scratch:
        (unpacked := Path(scratch) / "unpacked").mkdir()
        with (Path(scratch) / "errors").open("w+b") as complaints:
            with _reader(unpacked, complaints.fileno()) as reader:
                answer = _converse(reader, request, limits, on_progress)
                status = 0 if answer else reader.status()
            if "error" in answer:
                raise decode_error(answer["error"])
            if not answer:
                complaints.seek(0)
                raise _died(status, complaints.read(), limits)
    return answer


@contextmanager
def _reader(scratch: Path, complaints: int) -> Generator[Reader]:
    """Start the reading process; it is gone when the block ends, however that is."""
    reader = the_starter().start(scratch, complaints)
    try:
        yield reader
    finally:
        reader.close()


def _converse(
    reader: Reader,
    request: Mapping[str, Any],
    limits: Limits,
    on_progress: Listener | None,
) -> Mapping[str, Any]:
    """Send the request and return the last line; empty if the process died without one."""
    lines: queue.Queue[bytes] = queue.Queue()
    listener = threading.Thread(target=_listen, args=(reader, lines), daemon=True)
    listener.start()
    reader.ask(request)
    progress = Progress(stage="starting")
    deadline = time.monotonic() + limits.wall_s
    while True:
        line = _next(lines)
        if line == b"":
            return {}
        message = json.loads(line) if line else {}
        if message and "progress" not in message:
            return message
        if message:
            progress = Progress.model_validate(message["progress"])
        if on_progress is not None:
            on_progress(progress)
        if time.monotonic() > deadline:
            raise ResourceExhausted(
                f"reading took longer than {limits.wall_s:.0f} s",
                hint="split the file, or allow more time",
            )


def _listen(reader: Reader, lines: queue.Queue[bytes]) -> None:
    for line in reader.answers:
        lines.put(line)
    lines.put(b"")


def _next(lines: queue.Queue[bytes]) -> bytes | None:
    try:
        return lines.get(timeout=_BEAT_S)
    except queue.Empty:
        return None


def _died(status: int, complaints: bytes, limits: Limits) -> ResourceExhausted | UnreadableFile:
    if status == -signal.SIGXCPU:
        return ResourceExhausted(
            f"reading took more than {limits.cpu_s} s of processor time", hint="split the file"
        )
    text = complaints.decode("utf-8", "replace")
    if any(sign in text for sign in ("MemoryError", "bad_alloc", "Cannot allocate memory")) or (
        status == -signal.SIGKILL
    ):
        return ResourceExhausted(
            f"reading needs more than {limits.memory_bytes >> 20} MB of memory",
            hint="split the file, or hand it over as CSV, GeoPackage or Parquet",
        )
    last = next(iter(text.strip().splitlines()[-1:]), f"status {status}")
    return UnreadableFile(
        f"the reader stopped on this file: {last[:_SHOWN_LETTERS]}",
        hint="the file is probably damaged: open it in its own program and export it again",
    )
