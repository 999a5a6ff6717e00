"""From what a process said and how it ended to what a caller and an operator may know."""

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from chengmo.compute.capture import Capture
from chengmo.compute.frame import ERROR, RESULT, TRACEBACK
from chengmo.compute.pool import Limits, Outcome
from chengmo.compute.starter import Exit
from chengmo.errors import ChengmoError, PlatformError, ResourceExhausted, RunFailed

_CANNOT_START = 126


@dataclass
class Ending:
    """What is known so far about the end of a run."""

    limits: Limits
    result: bytes | None = None
    error: ChengmoError | None = None
    traceback: str = ""
    is_cancelled: bool = False
    is_late: bool = False

    @property
    def must_stop(self) -> bool:
        """Whether the run is to be ended: cancelled, or what it sends is of no use."""
        return self.is_cancelled or self.error is not None

    def hear(self, kind: bytes, content: bytes) -> None:
        """Take the run's last word."""
        if kind == RESULT:
            self.result = content
        elif kind == ERROR:
            self.error = _error_from(content)
        elif kind == TRACEBACK:
            told = json.loads(content)
            self.traceback = told["traceback"]
            self.error = RunFailed(
                f"the model stopped with an unexpected {told['kind']}",
                hint="this is a fault of the scenario: its author needs the run's log",
            )


def outcome_of(ending: Ending, how: Exit, capture: Capture) -> Outcome:
    """Return the outcome of a process that ended `how`, after saying what is in `ending`."""
    log = "\n".join(part for part in (capture.text(), ending.traceback) if part)
    is_cancelled = ending.is_cancelled and ending.result is None
    has_result = ending.result is not None and ending.error is None
    error = None if has_result or is_cancelled else _why(ending, how)
    return Outcome(
        result=ending.result if has_result else None,
        error=error,
        cancelled=is_cancelled,
        log=log,
        peak_memory_mb=how.peak_memory_mb,
        cpu_s=how.cpu_s,
    )


def _why(ending: Ending, how: Exit) -> ChengmoError:
    if ending.is_late:
        return ResourceExhausted(
            f"the run took longer than its limit of {ending.limits.wall_s:g} s",
            hint="ask for less, or raise the time limit of runs (CHENGMO_RUN_WALL_S)",
        )
    return ending.error or _from_exit(ending.limits, how)


def _from_exit(limits: Limits, how: Exit) -> ChengmoError:
    if how.reason:
        kind = ResourceExhausted if how.code == _CANNOT_START else RunFailed
        return kind(how.reason, hint="look whether the machine is out of memory; run it again")
    if how.code >= 0:
        return RunFailed(
            f"the model ended its own process (exit code {how.code}) without a decision",
            hint="this is a fault of the scenario: its author needs the run's log",
        )
    name = _signal_name(-how.code)
    if -how.code == signal.SIGKILL or how.peak_memory_mb > 0.8 * limits.memory_mb:
        return ResourceExhausted(
            f"the run was ended by {name}: most likely memory ran out",
            hint="ask for less, close other programmes, or use a machine with more memory",
        )
    return RunFailed(
        f"the model crashed ({name})",
        hint="a library it uses failed: the scenario's author needs the run's log",
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _error_from(content: bytes) -> ChengmoError:
    told = json.loads(content)
    # A class without a slug of its own is another name of the one above it.
    known = {kind.slug: kind for kind in _all_errors(ChengmoError) if "slug" in vars(kind)}
    # A scenario may have errors of its own: the nearest one that this process knows stands in.
    kind = next((known[slug] for slug in told["slugs"] if slug in known), PlatformError)
    return kind(told["message"], hint=told["hint"])


def _all_errors(kind: type[ChengmoError]) -> Iterator[type[ChengmoError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _all_errors(below)
