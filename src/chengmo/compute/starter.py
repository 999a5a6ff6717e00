"""The server's side of the process that starts runs."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chengmo.compute.zygote import LARGEST_MESSAGE
from chengmo.errors import ResourceExhausted

# What a run may see of the server's environment: never its passwords.
_INHERITED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "NUMBA_CACHE_DIR")
# The same numbers every time: one thread a library, one order of sets, one time zone.
_FIXED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}


@dataclass(frozen=True)
class Exit:
    """How a process ended: its exit code, or minus the number of the signal."""

    code: int
    peak_memory_mb: float = 0.0
    cpu_s: float = 0.0
    reason: str = ""


# What a run gets when the process that starts runs is itself gone.
LOST = Exit(code=-signal.SIGKILL, reason="the process that starts runs has ended")


class Starter:
    """One process that forks runs, and the thread that hears how they end."""

    def __init__(self, *, warm_up: Sequence[str], log: Path | None) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Callable[[Exit], None]] = {}
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = "from chengmo.compute.zygote import main; main()"
        command = [sys.executable, "-P", "-c", program, str(os.getpid())]
        with theirs, Path(log or os.devnull).open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [*command, *warm_up],
                stdin=theirs.fileno(),
                stdout=output,
                stderr=output,
                env=_environment(),
                start_new_session=True,
            )
        self.is_alive = True
        self._thread = threading.Thread(target=self._listen, name="chengmo-starter", daemon=True)
        self._thread.start()

    def start(self, channel: socket.socket, log: int, on_exit: Callable[[Exit], None]) -> int:
        """Fork a run that talks on `channel` and prints to `log`; return its number.

        Raises:
            ResourceExhausted: If the process that starts runs is gone.
        """
        with self._lock:
            key = next(self._numbers)
            order = json.dumps({"do": "start", "key": key}).encode()
            try:
                socket.send_fds(self._control, [order], [channel.fileno(), log])
            except OSError as error:
                self.is_alive = False
                raise ResourceExhausted(
                    f"no process can be started: {error}", hint="try again; see the pool's log"
                ) from error
            self._waiting[key] = on_exit
        return key

    def signal(self, key: int, number: signal.Signals) -> None:
        """Send a signal to a run and what it started, if it has not ended."""
        with self._lock:
            if key in self._waiting:
                order = {"do": "signal", "key": key, "signal": int(number)}
                self._send(json.dumps(order).encode())

    def _send(self, order: bytes) -> None:
        try:
            self._control.sendall(order)
        except OSError:
            # It is gone, and every run with it: the listening thread is about to say so.
            self.is_alive = False

    def close(self) -> None:
        """End the process and every run."""
        with self._lock:
            self._control.shutdown(socket.SHUT_RDWR)
            if not self._waiting:
                # It may still be loading libraries that nobody needs any more.
                self._process.kill()
        self._thread.join()
        self._control.close()

    def _listen(self) -> None:
        while message := _received(self._control):
            told = json.loads(message)
            with self._lock:
                on_exit = self._waiting.pop(told["key"], None)
            if on_exit is not None:
                on_exit(_exit_from(told))
        self.is_alive = False
        self._process.wait()
        with self._lock:
            left, self._waiting = list(self._waiting.values()), {}
        for on_exit in left:
            on_exit(LOST)


def _received(control: socket.socket) -> bytes:
    try:
        return control.recv(LARGEST_MESSAGE)
    except ConnectionError:
        return b""


def _exit_from(told: Mapping[str, int | float | str]) -> Exit:
    return Exit(
        code=int(told["exit"]),
        peak_memory_mb=float(told.get("peak_kb", 0)) / 1024,
        cpu_s=float(told.get("cpu_s", 0)),
        reason=str(told.get("reason", "")),
    )


def _environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    folders = [str(Path(folder).absolute()) for folder in sys.path]
    return {**inherited, **_FIXED, "PYTHONPATH": os.pathsep.join(folders)}
