"""Carry out one request in the reading process and write its answer, line by line."""

import errno
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa

from chengmo.catalog.importing.message import (
    encode_error,
    encode_preview,
    encode_progress,
    encode_staged,
)
from chengmo.catalog.importing.options import ImportOptions, Limits, Progress
from chengmo.catalog.importing.reference import Reference
from chengmo.catalog.importing.task import Task, preview_file, stage_table
from chengmo.errors import ChengmoError, ResourceExhausted, UnreadableFile

_EVERY_S = 0.1
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM}


def answer(request: Mapping[str, Any], out: TextIO, scratch: Path) -> int:
    """Carry out `request` and return the exit status, 0 if it was answered at all."""
    listener = _Reporter(out)
    try:
        out.write(_result(request, listener, scratch))
    except ChengmoError as error:
        out.write(encode_error(error))
    except (MemoryError, pa.ArrowMemoryError):
        out.write(encode_error(_out_of_memory(request)))
    except OSError as error:
        out.write(encode_error(_failed_disk(error)))
    except RecursionError:
        out.write(encode_error(_unreadable("it is nested too deeply")))
    except (pa.ArrowException, UnicodeError, OverflowError) as error:
        out.write(encode_error(_unreadable(str(error)[:500])))
    out.flush()
    return 0


class _Reporter:
    """Writes progress, at most ten times a second and whenever the stage changes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last = 0.0
        self._stage = ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage == self._stage and now - self._last < _EVERY_S:
            return
        self._last, self._stage = now, progress.stage
        self._out.write(encode_progress(progress))
        self._out.flush()


def _result(request: Mapping[str, Any], listener: _Reporter, scratch: Path) -> str:
    references = [
        Reference(
            each["name"],
            np.array(each["lon"], np.float64),
            np.array(each["lat"], np.float64),
            tuple(each["labels"]),
        )
        for each in request["references"]
    ]
    task = Task(
        Path(request["path"]),
        request["name"],
        ImportOptions.model_validate(request["options"]),
        Limits.model_validate(request["limits"]),
        scratch,
        references,
    )
    if request["folder"] is None:
        return encode_preview(preview_file(task, listener))
    return encode_staged(stage_table(task, Path(request["folder"]), listener))


def _out_of_memory(request: Mapping[str, Any]) -> ResourceExhausted:
    most = int(request["limits"]["memory_bytes"]) >> 20
    return ResourceExhausted(
        f"reading the file needs more than {most} MB of memory",
        hint="split it, or hand it over as CSV, GeoPackage or Parquet, which are read in pieces",
    )


def _failed_disk(error: OSError) -> ChengmoError:
    if error.errno in _FULL:
        return ResourceExhausted(
            f"no room to write: {error.strerror}", hint="free some disk space and try again"
        )
    return _unreadable(str(error))


def _unreadable(why: str) -> UnreadableFile:
    return UnreadableFile(
        f"the file cannot be read: {why}", hint="open it in its own program and export it again"
    )
