"""The parent's side of the process that forks readers: one, started when first needed."""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from chengmo.errors import ResourceExhausted

# What Python, its locale and its compiled caches need; no secret of the platform goes along.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "NUMBA_CACHE_DIR")
# One thread a library: the address space of threads counts against the memory limit.
FIXED_ENVIRONMENT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    # What is large goes back to the system when it is freed: left to itself, the allocator learns
    # to keep it, and columns sorted long ago still take memory.
    "MALLOC_MMAP_THRESHOLD_": str(8 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "NUMBA_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PROJ_NETWORK": "OFF",
    "PYTHONUTF8": "1",
}
_LARGEST_STATUS = 4096


@dataclass(frozen=True)
class Reader:
    """A process that reads one file.

    Attributes:
        request: What is written here is its standard input.
        answers: Its standard output.
        leash: Its status comes from here; letting go of it ends the reader.
    """

    request: BinaryIO
    answers: BinaryIO
    leash: socket.socket

    def ask(self, request: Mapping[str, Any]) -> None:
        """Send the one request that it reads, as a line of JSON."""
        try:
            self.request.write(json.dumps(request).encode() + b"\n")
            self.request.close()
        except BrokenPipeError:
            return  # It died at once; its status says why.

    def status(self) -> int:
        """Wait until the reader has ended; return its exit code, or minus the signal's number."""
        told = self.leash.recv(_LARGEST_STATUS)
        # Without a word its own starter has died: of what else than too little memory?
        return int(json.loads(told)["status"]) if told else -signal.SIGKILL

    def close(self) -> None:
        """End the reader; when this returns it is gone."""
        with self.leash, contextlib.suppress(ConnectionError):
            self.leash.shutdown(socket.SHUT_WR)
            while self.leash.recv(_LARGEST_STATUS):
                pass
        # Only now: whoever listens to the answers has come to their end.
        self.answers.close()
        with contextlib.suppress(BrokenPipeError):
            self.request.close()


class Starter:
    """Starts readers: as copies of a process that has loaded the libraries already."""

    def __init__(self, module: str = "chengmo.catalog.importing") -> None:
        """Start nothing yet; `module` is what the process runs, a `Nursery` of its work."""
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0

    def start(self, scratch: Path, complaints: int) -> Reader:
        """Start a reader.

        Args:
            scratch: Folder of its temporary files.
            complaints: Descriptor of the file that takes what it prints to its standard error.

        Raises:
            ResourceExhausted: If no process can be started.
        """
        with self._lock:
            try:
                return self._started(scratch, complaints)
            except ConnectionError:
                # The last one was killed while nobody looked.
                self._stop()
            try:
                return self._started(scratch, complaints)
            except OSError as error:
                raise ResourceExhausted(
                    f"no process can be started: {error.strerror}", hint="try again later"
                ) from error

    def prepare(self) -> None:
        """Begin to load the libraries, so that the first reader need not wait for it."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the process that forks readers; those it has forked end with it."""
        with self._lock:
            self._stop()

    def _started(self, scratch: Path, complaints: int) -> Reader:
        control = self._running()
        ours, theirs = socket.socketpair()
        request_end, request = os.pipe()
        answers, answers_end = os.pipe()
        reader = Reader(os.fdopen(request, "wb"), os.fdopen(answers, "rb"), ours)
        try:
            with theirs:
                numbers = [request_end, answers_end, complaints, theirs.fileno()]
                socket.send_fds(control, [os.fsencode(scratch)], numbers)
        except OSError:
            reader.close()
            raise
        finally:
            os.close(request_end)
            os.close(answers_end)
        return reader

    def _running(self) -> socket.socket:
        # After a fork the old one belongs to the parent: two must not give it orders.
        if self._control is not None and self._owner == os.getpid():
            return self._control
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._owner = os.getpid()
        environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - a module of the platform
                [sys.executable, "-P", "-m", self._module],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=environment | FIXED_ENVIRONMENT,
                start_new_session=True,
            )
        return self._control

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is None or self._owner != os.getpid():
            return
        # It may still be loading libraries that nobody needs any more.
        self._process.kill()
        self._process.wait()
        self._process = None


@cache
def the_starter() -> Starter:
    """Return the one starter of this process."""
    starter = Starter()
    atexit.register(starter.close)
    return starter
