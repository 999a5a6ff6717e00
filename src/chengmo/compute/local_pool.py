"""Runs on this machine, each in its own process."""

import json
import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from chengmo.compute.capture import Capture
from chengmo.compute.ending import Ending, outcome_of
from chengmo.compute.frame import PROGRESS, TASK, FrameParser, send_frame
from chengmo.compute.pool import Outcome, Progress, Task
from chengmo.compute.starter import Exit, Starter
from chengmo.errors import ResourceExhausted

_PIECE = 1 << 18
_HANDOVER_S = 60.0


class LocalHandle:
    """A run in a process of this machine: one thread here listens to it until it ends."""

    def __init__(self, task: Task, starter: Starter) -> None:
        self._task = task
        self._starter = starter
        self._capture = Capture()
        self._parser = FrameParser()
        self._ending = Ending(limits=task.limits)
        self._progress = Progress()
        self._outcome: Outcome | None = None
        self._done = threading.Event()
        self._exit: Exit | None = None
        self._wake, self._waker = socket.socketpair()
        self._channel, theirs = socket.socketpair()
        self._log, log_write = os.pipe()
        os.set_blocking(self._log, False)
        try:
            self._key = starter.start(theirs, log_write, self._on_exit)
        except ResourceExhausted:
            self._release()
            raise
        finally:
            theirs.close()
            os.close(log_write)
        threading.Thread(target=self._listen, name=f"chengmo-run-{self._key}", daemon=True).start()

    @property
    def progress(self) -> Progress:
        """The last that the run said about itself."""
        return self._progress

    def poll(self) -> Outcome | None:
        """Return how the run ended, or None while it goes on."""
        return self._outcome

    def wait(self, timeout_s: float | None = None) -> Outcome | None:
        """Wait for the end, at most `timeout_s` seconds."""
        self._done.wait(timeout_s)
        return self._outcome

    def cancel(self) -> None:
        """Ask for the end: SIGTERM, and SIGKILL when the grace is over."""
        self._ending.is_cancelled = True
        self._ring()

    def _ring(self) -> None:
        try:
            self._waker.send(b"!")
        except OSError:
            # Closed: the run has ended and nobody needs waking.
            return

    def _on_exit(self, how: Exit) -> None:
        self._exit = how
        self._ring()

    def _listen(self) -> None:
        start_s = time.monotonic()
        try:
            self._hand_over()
            self._follow(start_s)
            self._channel.settimeout(0)
            self._drain()
        finally:
            how = self._exit or Exit(code=-signal.SIGKILL)
            self._outcome = outcome_of(self._ending, how, self._capture)
            self._release()
            self._done.set()

    def _hand_over(self) -> None:
        task = {
            "entry": self._task.entry,
            "arguments": dict(self._task.arguments),
            "folder": str(self._task.folder),
            "memory_mb": self._task.limits.memory_mb,
        }
        self._channel.settimeout(_HANDOVER_S)
        try:
            send_frame(self._channel, TASK, json.dumps(task).encode())
        except OSError:
            # The process ended before it read its task; how it ended says why.
            self._starter.signal(self._key, signal.SIGKILL)

    def _follow(self, start_s: float) -> None:
        stop_s, kill_s = start_s + self._task.limits.wall_s, float("inf")
        with selectors.DefaultSelector() as selector:
            for source in (self._channel, self._log, self._wake):
                selector.register(source, selectors.EVENT_READ)
            while self._exit is None:
                now = time.monotonic()
                if kill_s == float("inf") and (self._ending.must_stop or now >= stop_s):
                    self._ending.is_late = not self._ending.must_stop
                    self._starter.signal(self._key, signal.SIGTERM)
                    kill_s = now + self._task.limits.grace_s
                elif now >= kill_s:
                    self._starter.signal(self._key, signal.SIGKILL)
                    kill_s = now + 1.0
                due_s = min(kill_s, stop_s) if kill_s == float("inf") else kill_s
                for key, _ in selector.select(max(0.0, due_s - now)):
                    if not self._read(key.fileobj):
                        selector.unregister(key.fileobj)

    def _read(self, source: object) -> bool:
        """Take what `source` has; return whether more may come."""
        if source is self._wake:
            self._wake.recv(64)
            return True
        if source is self._channel:
            data = _receive(self._channel)
            self._hear(data)
        else:
            data = os.read(self._log, _PIECE)
            self._capture.feed(data)
        return bool(data)

    def _hear(self, data: bytes) -> None:
        try:
            for kind, content in self._parser.feed(data):
                if kind == PROGRESS:
                    stage, share = json.loads(content)
                    self._progress = Progress(stage, share)
                else:
                    self._ending.hear(kind, content)
        except ResourceExhausted as error:
            self._ending.error = error

    def _drain(self) -> None:
        # Whatever it sent before its end is in the buffers. A process that it left behind may hold
        # the other ends open, so do not wait for them to close.
        for source in (self._channel, self._log):
            try:
                while self._read(source):
                    pass
            except BlockingIOError:
                continue

    def _release(self) -> None:
        self._channel.close()
        self._wake.close()
        self._waker.close()
        os.close(self._log)


def _receive(channel: socket.socket) -> bytes:
    try:
        return channel.recv(_PIECE)
    except ConnectionResetError:
        return b""


class LocalPool:
    """One process for each run, forked from one that has the libraries loaded."""

    def __init__(self, *, warm_up: Sequence[str] = (), log: Path | None = None) -> None:
        """Prepare; nothing is started before `warm` or `start`.

        Args:
            warm_up: `module:function` names, called without arguments before any run.
            log: File for what goes wrong while warming up.
        """
        self._warm_up = tuple(warm_up)
        self._log = log
        self._lock = threading.Lock()
        self._starter: Starter | None = None

    def warm(self) -> None:
        """Load the libraries, in the background."""
        self._ready_starter()

    def start(self, task: Task) -> LocalHandle:
        """Start `task` in its own process.

        Raises:
            ResourceExhausted: If no process can be started.
        """
        try:
            return LocalHandle(task, self._ready_starter())
        except ResourceExhausted:
            # It may have been killed from outside: once more with a new one.
            return LocalHandle(task, self._ready_starter())
        except OSError as error:
            raise ResourceExhausted(
                f"no process can be started: {error}", hint="close programmes and try again"
            ) from error

    def close(self) -> None:
        """End every run."""
        with self._lock:
            starter, self._starter = self._starter, None
        if starter is not None:
            starter.close()

    def _ready_starter(self) -> Starter:
        with self._lock:
            if self._starter is not None and not self._starter.is_alive:
                self._starter.close()
                self._starter = None
            if self._starter is None:
                self._starter = Starter(warm_up=self._warm_up, log=self._log)
            return self._starter
