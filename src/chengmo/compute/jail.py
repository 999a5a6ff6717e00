"""Run code that nobody here has read, in a process that can reach nothing but its inputs. Linux.

The walls are those of `chengmo.model.jail`; this is the outside: a fresh process without anything
of ours, watched until it ends. Where a wall cannot be built nothing is run.
"""

import contextlib
import json
import os
import platform
import resource
import selectors
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from chengmo.compute.capture import Capture
from chengmo.errors import PlatformError, ResourceExhausted
from chengmo.model.jail.inmate import ANSWER
from chengmo.model.jail.walls import missing_walls

PROGRAM = "from chengmo.model.jail.inmate import main; main()"
# Raised whenever the same package may answer otherwise in another version of the jail.
JAIL_VERSION = "1"
# What packages may import, besides Python's own library; their versions are part of the record.
LIBRARIES = ("numpy", "pyarrow", "scipy", "pandas", "polars", "shapely", "highspy", "numba")
_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo")
_LOOK_EVERY_S = 0.02
_PIECE = 1 << 16
_LOG_BYTES = 8192
_LARGEST_FAULT = 4096
_ENVIRONMENT: Mapping[str, str] = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
}

Stage = Literal["fit", "predict"]


@dataclass(frozen=True)
class JailLimits:
    """What one jailed process may use.

    Attributes:
        memory_mb: Address space in all, libraries included; mapped inputs come on top.
        wall_s: From the start to the end.
        cpu_s: Processor time, of all threads together.
        threads: At once.
        answer_bytes: Largest answer.
    """

    memory_mb: int = 3072
    wall_s: float = 90.0
    cpu_s: int = 90
    threads: int = 64
    answer_bytes: int = 64 << 20


@dataclass(frozen=True)
class JailedCall:
    """One question to a package.

    Attributes:
        package: Folder of its unpacked files.
        inputs: Folder of what it is given; the only other one it may read of ours.
        stage: `fit` reads the tables in `train/` and answers what it has learnt, pickled;
            `predict` reads `state.bin` and `rows.arrow` and answers a float64 for each row.
        target: Column to take where `predict` gives a table.
        seed: Of Python's and NumPy's random numbers, and handed to `fit`.
    """

    package: Path
    inputs: Path
    stage: Stage
    target: str = ""
    seed: int = 0
    limits: JailLimits = field(default_factory=JailLimits)


@dataclass(frozen=True)
class Fault:
    """Why there is no answer.

    Attributes:
        what: `error`: it raised one; `died`: it ended without a word; else the limit it met.
        kind: Class of the error, or the name of the signal. The package chooses this text.
        place: File and line of the package, likewise.
    """

    what: Literal["error", "died", "time", "memory", "threads", "size"]
    kind: str = ""
    place: str = ""


@dataclass(frozen=True)
class Released:
    """What came out of a jail; all of it is the package's word.

    Attributes:
        answer: Bytes; empty if there is a fault.
        fault: Why there is no answer.
        log: The beginning and the end of what it printed, and the traceback of its error.
    """

    answer: bytes
    fault: Fault | None
    log: str


def check_walls() -> None:
    """Pass if packages can be jailed here.

    Raises:
        PlatformError: If not; they are then never run.
    """
    missing = missing_walls()
    if missing:
        raise PlatformError(
            f"packages cannot be run here: this machine has no {' and no '.join(missing)}",
            hint="run the platform on such a Linux, or ask for files of predictions only",
        )


@cache
def jail_environment() -> Mapping[str, str]:
    """Return what besides a package and its inputs decides about the answer."""
    found = {f"package:{name}": _version_of(name) for name in LIBRARIES}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "jail": JAIL_VERSION,
        **{name: number for name, number in found.items() if number},
    }


def run_jailed(call: JailedCall) -> Released:
    """Ask a package in a jail and wait for the end of its process.

    Raises:
        PlatformError: If a wall is missing, or no process can be started.
    """
    check_walls()
    answers, answers_end = os.pipe()
    log, log_end = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-s", "-S", "-P", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=answers_end,
            stderr=log_end,
            env={**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join((_own_code(), *_site_packages()))},
            cwd=call.package,
        )
    except OSError as error:
        os.close(answers)
        os.close(log)
        raise ResourceExhausted(
            f"no process can be started: {error.strerror}", hint="try again later"
        ) from error
    finally:
        os.close(answers_end)
        os.close(log_end)
    with process, os.fdopen(answers, "rb", 0), os.fdopen(log, "rb", 0):
        try:
            _send(process, call)
            return _Watch(process, call).until_the_end(answers, log)
        finally:
            process.kill()


def _send(process: subprocess.Popen[bytes], call: JailedCall) -> None:
    inputs = sum(path.stat().st_size for path in call.inputs.rglob("*") if path.is_file())
    order = {
        "parent": os.getpid(),
        "package": str(call.package),
        "inputs": str(call.inputs),
        "own_code": _own_code(),
        "readable": _readable(),
        "memory_bytes": _allowed_here((call.limits.memory_mb << 20) + inputs),
        "cpu_s": call.limits.cpu_s,
        "stage": call.stage,
        "target": call.target,
        "seed": call.seed,
    }
    # It may have died already; how it ended says why.
    with contextlib.suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.close()


def _allowed_here(wanted: int) -> int:
    # A run's own process has limits, and none of its children may have more.
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


class _Watch:
    """Listens to a jailed process and ends it when it meets a limit."""

    def __init__(self, process: subprocess.Popen[bytes], call: JailedCall) -> None:
        self._process = process
        self._call = call
        self._answer = bytearray()
        self._log = Capture(head_bytes=_LOG_BYTES, tail_bytes=_LOG_BYTES)
        self._met: Fault | None = None
        self._end_s = time.monotonic() + call.limits.wall_s

    def until_the_end(self, answers: int, log: int) -> Released:
        """Return what came out."""
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            selector.register(log, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select(_LOOK_EVERY_S):
                    data = os.read(key.fd, _PIECE)
                    if not data:
                        selector.unregister(key.fd)
                    elif key.fd == log:
                        self._log.feed(data)
                    else:
                        self._answer += data
                self._met = self._met or self._limit_met()
                if self._met is not None:
                    self._process.kill()
        return self._released(self._process.wait())

    def _limit_met(self) -> Fault | None:
        limits = self._call.limits
        if time.monotonic() > self._end_s:
            return Fault("time")
        if len(self._answer) > limits.answer_bytes:
            return Fault("size")
        # Threads are counted from outside: the kernel's own limit counts a whole account's.
        return Fault("threads") if _threads_of(self._process.pid) > limits.threads else None

    def _released(self, status: int) -> Released:
        kind, content = bytes(self._answer[:1]), bytes(self._answer[1:])
        log = _without_places(self._log.text(), self._call)
        if self._met is not None:
            return Released(b"", self._met, log)
        if status != 0:
            return Released(b"", _fault_of(status), log)
        if kind == ANSWER:
            return Released(content, None, log)
        return Released(b"", _fault_told(content), log)


def _without_places(log: str, call: JailedCall) -> str:
    """Say nothing of where things lie on this machine."""
    ours = dict.fromkeys((*_readable(), _own_code()), "…")
    named = {str(call.package): "package", str(call.inputs): "inputs", **ours}
    for path in sorted(named, key=len, reverse=True):
        if len(path) > len("/usr/lib"):
            log = log.replace(path, named[path])
    return log


def _threads_of(process: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{process}/task").iterdir())
    except OSError:
        return 0  # It has ended.


def _fault_of(status: int) -> Fault:
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        # The kernel ends by SIGKILL what used up its time, and whom it takes when memory is short.
        return Fault("time" if status == -signal.SIGXCPU else "memory")
    name = signal.Signals(-status).name if -status in set(signal.Signals) else str(status)
    return Fault("died", kind=name)


def _fault_told(content: bytes) -> Fault:
    try:
        told = json.loads(content[:_LARGEST_FAULT])
        kind, place = str(told["kind"]), str(told["place"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Fault("died")
    return Fault("memory" if kind == "MemoryError" else "error", kind, place)


@cache
def _own_code() -> str:
    return str(Path(__file__).parents[2])


@cache
def _site_packages() -> tuple[str, ...]:
    return tuple(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))


@cache
def _readable() -> tuple[str, ...]:
    """Return where Python, its libraries and the system's lie."""
    python = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
    return tuple(dict.fromkeys((*python, *_site_packages(), *_SYSTEM_LIBRARIES)))


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
