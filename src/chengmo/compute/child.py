"""What a run's own process does, from the fork to the answer. Linux."""

import ctypes
import faulthandler
import gc
import importlib
import json
import os
import random
import resource
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any, Self

from chengmo.compute.frame import (
    ERROR,
    PROGRESS,
    RESULT,
    TASK,
    TRACEBACK,
    receive_frame,
    send_frame,
)
from chengmo.compute.pool import Entry
from chengmo.errors import ChengmoError, ResourceExhausted

_CHANNEL = 3
_PR_SET_PDEATHSIG = 1
_REPORT_EVERY_S = 0.1
_FREE_STAGES = 200
_MIB = 1 << 20
# Room for saying that memory ran out, given back when it did.
_RESERVE_BYTES = 64 * _MIB


def become_run(channel: int, log: int, parent: int) -> None:
    """Turn a freshly forked process into a run, do its task and send the answer.

    Args:
        channel: Descriptor of the stream to whoever asked.
        log: Descriptor that takes what is printed.
        parent: Process id of the parent, which this process must not outlive.
    """
    _leave_parent(parent)
    _keep_only(channel, log)
    # Between a fork and here the interpreter's state is the parent's: make it the same every time.
    random.seed(0)
    gc.enable()
    with socket.socket(fileno=_CHANNEL) as stream, _Answer(stream) as answer:
        kind, content = receive_frame(stream)
        if kind != TASK:
            raise EOFError("the first message is no task")
        task = json.loads(content)
        _limit_memory(task["memory_mb"], Path(task["folder"]))
        answer.send(RESULT, _do(task, answer))


def _do(task: dict[str, Any], answer: "_Answer") -> bytes:
    entry = load_entry(task["entry"])
    return entry(task["arguments"], Path(task["folder"]), answer.report)


def load_entry(name: str) -> Entry:
    """Return the function that `module:function` names."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def _leave_parent(parent: int) -> None:
    os.setpgid(0, 0)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # The parent ended before the kernel was told what to do then.
        os.kill(os.getpid(), signal.SIGKILL)
    # The kernel takes a run before the server when memory is short, and the server's turn first.
    Path("/proc/self/oom_score_adj").write_text("500")
    os.nice(5)


def _keep_only(channel: int, log: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    # Out of the way first: one of the numbers below may be one of those we are about to use.
    channel, log, nothing = (os.dup(number) for number in (channel, log, nothing))
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(channel, _CHANNEL, inheritable=False)
    os.closerange(_CHANNEL + 1, highest)
    # New ones: those of the parent remember what its descriptors were.
    sys.stdout, sys.stderr = (
        open(number, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115 - kept open
        for number in (1, 2)
    )
    faulthandler.enable(file=2)


def _limit_memory(memory_mb: int, folder: Path) -> None:
    # What is loaded and the mapped files of the task do not count: a limit says what a model needs.
    loaded = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    files = sum(path.stat().st_size for path in folder.iterdir()) if folder.is_dir() else 0
    limit = loaded + files + memory_mb * _MIB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit + _RESERVE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Answer:
    """Sends progress, and at the end whatever came: the place where every error is caught."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._stage = ""
        self._sent_s = 0.0
        self._free_stages = _FREE_STAGES

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if error is not None:
            self._send_error(error)
        sys.stdout.flush()
        sys.stderr.flush()
        return True

    def send(self, kind: bytes, content: bytes) -> None:
        send_frame(self._stream, kind, content)

    def report(self, stage: str, share_0to1: float) -> None:
        now = time.monotonic()
        is_new_stage = stage != self._stage and self._free_stages > 0
        if now - self._sent_s < _REPORT_EVERY_S and not is_new_stage:
            return
        self._free_stages -= is_new_stage
        self._stage, self._sent_s = stage, now
        self.send(PROGRESS, json.dumps([stage[:200], round(share_0to1, 4)]).encode())

    def _send_error(self, error: BaseException) -> None:
        if isinstance(error, MemoryError):
            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
            traceback.clear_frames(error.__traceback__)
            error = ResourceExhausted(
                "the model ran out of the memory it may use",
                hint="ask for less, or raise the memory limit of runs (CHENGMO_RUN_MEMORY_MB)",
            )
        if isinstance(error, ChengmoError):
            slugs = [kind.slug for kind in type(error).__mro__ if issubclass(kind, ChengmoError)]
            content = {"slugs": slugs, "message": error.message, "hint": error.hint}
            self.send(ERROR, json.dumps(content).encode())
        else:
            trace = "".join(traceback.format_exception(error))
            content = {"kind": type(error).__name__, "traceback": trace[-65536:]}
            self.send(TRACEBACK, json.dumps(content).encode())
