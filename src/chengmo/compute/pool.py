"""The role of a pool: start a task somewhere, follow it, stop it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from chengmo.errors import ChengmoError

# What a task's entry is: plain arguments, the folder with its files, and whom to tell of progress.
Report = Callable[[str, float], None]
Entry = Callable[[Mapping[str, Any], Path, Report], bytes]


@dataclass(frozen=True)
class Limits:
    """What a task may use.

    Attributes:
        memory_mb: Address space in MiB on top of what the loaded libraries take.
        wall_s: Seconds from start to end.
        grace_s: Seconds between the request to stop (SIGTERM) and the end (SIGKILL).
    """

    memory_mb: int = 8192
    wall_s: float = 3600.0
    grace_s: float = 3.0


@dataclass(frozen=True)
class Task:
    """Work as plain data, so that it can cross to another process or machine.

    Attributes:
        entry: `module:function` of an `Entry`.
        arguments: A JSON object.
        folder: Where the files of the task lie.
        limits: What it may use.
    """

    entry: str
    arguments: Mapping[str, Any]
    folder: Path
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Progress:
    """Where a task stands, as it says itself."""

    stage: str = ""
    share_0to1: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How a task ended: with bytes, with an error, or cancelled.

    Attributes:
        result: What the entry returned.
        error: Why there is no result; safe to show to the caller.
        cancelled: Whether it was stopped by `Handle.cancel`.
        log: What it printed, and the traceback of an unexpected error. Private to the operator.
        peak_memory_mb: Largest resident memory of the process, MiB; 0 if unknown.
        cpu_s: Processor seconds, user and system.
    """

    result: bytes | None = None
    error: ChengmoError | None = None
    cancelled: bool = False
    log: str = ""
    peak_memory_mb: float = 0.0
    cpu_s: float = 0.0


class Handle(Protocol):
    """A task that was started."""

    @property
    def progress(self) -> Progress:
        """The last that the task said about itself."""
        ...

    def poll(self) -> Outcome | None:
        """Return how the task ended, or None while it goes on."""
        ...

    def wait(self, timeout_s: float | None = None) -> Outcome | None:
        """Wait for the end; return None if it has not come after `timeout_s` seconds."""
        ...

    def cancel(self) -> None:
        """Ask for the end; `wait` says when it has come. Does nothing to a task that ended."""
        ...


class Pool(Protocol):
    """Somewhere to compute."""

    def warm(self) -> None:
        """Get ready, so that the first task does not wait."""
        ...

    def start(self, task: Task) -> Handle:
        """Start `task` in its own process.

        Raises:
            ResourceExhausted: If no process can be started.
        """
        ...

    def close(self) -> None:
        """End every task and release everything."""
        ...
