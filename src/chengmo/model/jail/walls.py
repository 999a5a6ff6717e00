"""Shut this process in: all walls at once, or none and an error."""

import ctypes
import resource
from collections.abc import Iterable, Mapping
from pathlib import Path

from chengmo.model.jail.landlock import keep_to, landlock_version
from chengmo.model.jail.seccomp import can_filter, keep_to_calls

_CAPABILITY_VERSION = 0x20080522
_MOST_FILES = 256
_GRACE_S = 3


class _CapabilityHead(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


def missing_walls() -> tuple[str, ...]:
    """Return which walls this machine cannot build; none may be missing where packages run."""
    found = {
        "Landlock (Linux 5.13, enabled)": landlock_version() > 0,
        "seccomp filters (Linux 4.14, x86_64 or aarch64)": can_filter(),
    }
    return tuple(name for name, is_there in found.items() if not is_there)


def shut_in(readable: Iterable[Path], *, memory_bytes: int, cpu_s: int) -> None:
    """Shut this process in for ever. It must have one thread only: the others would stay outside.

    From here on it reads files in `readable` only, writes to what is open already and nothing
    else, starts threads but no processes, and sends nothing to anybody.

    Args:
        readable: Folders.
        memory_bytes: Of address space, in all.
        cpu_s: Processor time, of all threads together.

    Raises:
        OSError: If a wall cannot be built; then nothing may be run in here.
    """
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise OSError("a jailed process begins with one thread")
    for name, value in _limits(memory_bytes, cpu_s).items():
        # The first end of the time is told from other deaths by its signal.
        most = value + _GRACE_S if name == "RLIMIT_CPU" else value
        resource.setrlimit(getattr(resource, name), (value, most))
    # Memory runs short here before it does anywhere else.
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    if not keep_to((), (path for path in readable if path.exists())):
        raise OSError("this kernel has no Landlock")
    _drop_capabilities()
    keep_to_calls()


def _limits(memory_bytes: int, cpu_s: int) -> Mapping[str, int]:
    return {
        "RLIMIT_AS": memory_bytes,
        "RLIMIT_CPU": cpu_s,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_NOFILE": _MOST_FILES,
    }


def _drop_capabilities() -> None:
    """Give up what an administrator's process may do: of no effect on anybody else's."""
    head, nothing = _CapabilityHead(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    library = ctypes.CDLL(None, use_errno=True)
    if library.capset(ctypes.byref(head), nothing):
        raise OSError(ctypes.get_errno(), "capabilities cannot be dropped")
