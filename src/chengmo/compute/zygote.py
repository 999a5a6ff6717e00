"""The process that starts runs: it loads the libraries once and forks a copy for each run.

It is started by `Starter` with a socket of whole messages as its standard input and the process id
of the server as its argument. Linux. It has one thread of Python's, so that forking is safe, and
ends with every run as soon as the server is gone, however the server went.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any, Self

from chengmo.compute.child import become_run, load_entry

LARGEST_MESSAGE = 4096
_COURTESY = 10


class _Shown:
    """Prints an error and goes on: a run that needs what failed will say so itself."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if error is not None:
            traceback.print_exception(error)
        return True


class Zygote:
    """Forks on request and tells how each fork ended."""

    def __init__(self, control: socket.socket, server: int) -> None:
        self._control = control
        self._server = server
        self._runs: dict[int, int] = {}  # process id -> the server's number for it
        self._wake, wake_write = socket.socketpair()
        for end in (self._wake, wake_write):
            end.settimeout(0)
        # The write end lives as long as the process: children only reset the number below.
        signal.set_wakeup_fd(wake_write.detach(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def serve(self) -> None:
        """Start, signal and reap runs until the server goes."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        watch = _open_pidfd(self._server)
        if watch is not None:
            poll.register(watch, select.POLLIN)
        while os.getppid() == self._server:
            ready = {number for number, _ in poll.poll()}
            if self._wake.fileno() in ready:
                self._wake.recv(LARGEST_MESSAGE)
                self._reap()
            if watch in ready:
                break
            if self._control.fileno() in ready and not self._obey():
                break
        for pid in self._runs:
            _signal_group(pid, signal.SIGKILL)

    def _obey(self) -> bool:
        content, descriptors, _, _ = socket.recv_fds(self._control, LARGEST_MESSAGE, 2)
        if not content:
            return False
        order: dict[str, Any] = json.loads(content)
        if order["do"] == "start":
            channel, log = descriptors
            self._fork(order["key"], channel, log)
        else:
            self._signal(order["key"], order["signal"])
        return True

    def _fork(self, key: int, channel: int, log: int) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            # As a shell says that a command could not be started.
            self._tell({"key": key, "exit": 126, "reason": str(error)})
        else:
            if pid == 0:
                self._be_run(channel, log, parent)
            # Here and in the child: whichever comes first, a signal finds the group.
            os.setpgid(pid, pid)
            self._runs[pid] = key
        os.close(channel)
        os.close(log)

    def _be_run(self, channel: int, log: int, parent: int) -> None:
        status = 70
        try:
            signal.set_wakeup_fd(-1)
            # Their numbers are about to be reused: nothing may close them by being collected.
            self._control.detach()
            self._wake.detach()
            with _Shown():
                become_run(channel, log, parent)
                status = 0
        finally:
            os._exit(status)

    def _signal(self, key: int, number: int) -> None:
        for pid, other in self._runs.items():
            if other == key:
                _signal_group(pid, number)

    def _reap(self) -> None:
        while self._runs:
            pid, status, used = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            key = self._runs.pop(pid, None)
            if key is not None:
                # What a run started itself must not outlive it.
                _signal_group(pid, signal.SIGKILL)
                self._tell(
                    {
                        "key": key,
                        "exit": os.waitstatus_to_exitcode(status),
                        "peak_kb": used.ru_maxrss,
                        "cpu_s": used.ru_utime + used.ru_stime,
                    }
                )

    def _tell(self, message: dict[str, Any]) -> None:
        self._control.sendall(json.dumps(message).encode())


def _do_nothing(*_: object) -> None:
    """Handle SIGCHLD: the wake-up descriptor says all."""


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def _open_pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except OSError:
        # Old kernels and some containers: the end of the socket then says it.
        return None


def main() -> None:
    """Serve the server whose process id is the first argument, after the warm-up in the second."""
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    gc.disable()
    # Loading and runs give way to the server: a page must answer while models compute.
    os.nice(_COURTESY)
    with _Shown():
        for warm_up in sys.argv[2:]:
            load_entry(warm_up)()  # pyright: ignore[reportCallIssue] - a warm-up takes nothing
    # Forks share what never changes: collecting would copy every page that it touches.
    gc.collect()
    gc.freeze()
    Zygote(control, int(sys.argv[1])).serve()
