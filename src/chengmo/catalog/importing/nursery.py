"""Fork a reader for each file, tell how it ended, and end it when nobody waits for it. Linux.

Each order comes with four descriptors: the reader's standard input, output and error, and a leash.
When the reader has ended, its status goes over the leash; when the other end of the leash is let
go, by whatever death, the reader is killed.

When it has become a reader, the process answers in lines of JSON. One request stands on the
standard input; each line of the standard output is a `{"progress": …}`, and the last one a
`{"preview": …}`, `{"staged": …}` or `{"error": …}`.
"""

import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

LARGEST_ORDER = 8192
_DESCRIPTORS = 4
_PR_SET_PDEATHSIG = 1

# Carries out a request, writes the answer, may use the folder; returns the exit status.
Work = Callable[[Mapping[str, Any], TextIO, Path], int]


@dataclass(frozen=True)
class _Child:
    """A reader.

    Attributes:
        process: Its process id.
        life: Reading end of a pipe that the reader alone holds open: at its end it is dead.
        leash: Where its status goes.
    """

    process: int
    life: int
    leash: socket.socket


class Nursery:
    """Readers of one parent. One thread, so that forking is safe."""

    def __init__(self, control: socket.socket, work: Work) -> None:
        self._control = control
        self._work = work
        self._poll = select.poll()
        self._children: dict[int, _Child] = {}

    def serve(self) -> None:
        """Fork readers until the parent goes; then none of them is left."""
        # What never changes is shared by all readers: collecting would copy it.
        gc.collect()
        gc.freeze()
        self._poll.register(self._control, select.POLLIN)
        while True:
            for ready, _ in self._poll.poll():
                if ready == self._control.fileno():
                    if not self._obey():
                        return
                elif ready in self._children:
                    self._look_after(self._children[ready], ready)

    def _obey(self) -> bool:
        try:
            order, descriptors, _, _ = socket.recv_fds(self._control, LARGEST_ORDER, _DESCRIPTORS)
        except ConnectionError:
            return False
        if not order:
            return False
        life, end_of_life = os.pipe()
        parent, process = os.getpid(), os.fork()
        if process == 0:
            scratch = Path(os.fsdecode(order))
            _become_reader(self._work, scratch, [*descriptors[:3], end_of_life], parent)
        for number in (*descriptors[:3], end_of_life):
            os.close(number)
        child = _Child(process, life, socket.socket(fileno=descriptors[3]))
        for number in (life, child.leash.fileno()):
            self._children[number] = child
            self._poll.register(number, select.POLLIN)
        return True

    def _look_after(self, child: _Child, ready: int) -> None:
        if ready != child.life:
            # Nobody waits any more. It has not been waited for: the number is still its own.
            os.kill(child.process, signal.SIGKILL)
            self._forget(ready)
            return
        self._forget(child.life)
        self._forget(child.leash.fileno())
        _, status = os.waitpid(child.process, 0)
        with child.leash:
            _tell(child.leash, os.waitstatus_to_exitcode(status))
        os.close(child.life)

    def _forget(self, number: int) -> None:
        if self._children.pop(number, None) is not None:
            self._poll.unregister(number)


def _tell(leash: socket.socket, status: int) -> None:
    try:
        leash.send(json.dumps({"status": status}).encode())
    except OSError:
        return  # Nobody waits.


def _become_reader(work: Work, scratch: Path, descriptors: list[int], parent: int) -> None:
    """Read one file and end; descriptors are those of the request, answer, complaints and life."""
    status = 1
    try:
        os.setsid()
        # Without its parent nobody could end it any more.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(status)
        # All were received while 0 to 2 were taken: none is overwritten before it is moved.
        for wanted, number in enumerate(descriptors):
            os.dup2(number, wanted)
        os.closerange(len(descriptors), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os.environ["TMPDIR"] = str(scratch)
        tempfile.tempdir = None
        status = _carry_out(work, scratch)
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(status)


def _carry_out(work: Work, scratch: Path) -> int:
    with os.fdopen(0, encoding="utf-8") as lines:
        request = json.loads(lines.readline())
    # Before anything of the file is looked at.
    for name, value in request["limits_os"].items():
        resource.setrlimit(getattr(resource, name), tuple(value))
    with os.fdopen(1, "w", encoding="utf-8") as out:
        return work(request, out, scratch)
