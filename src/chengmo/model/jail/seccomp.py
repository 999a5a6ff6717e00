"""seccomp: which calls to the kernel this process may make at all, whatever runs in it. Linux.

From the kernel's Documentation/userspace-api/seccomp_filter.rst: a filter is a small program (BPF)
that the kernel runs before each call; it cannot be taken off again. Ours is a list of what may be
called. Everything else, and so sockets, other processes, signals, tracing, namespaces, keys and
whatever a later kernel adds, is answered as not permitted. It is written by hand, for a list needs
five kinds of instructions; a library would bring a compiler of its own to each installation.

The numbers are those of the kernel's unistd.h for each architecture.
"""

import ctypes
import errno
import platform
import struct
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType

# Reading what is open or may be opened, writing to what is open. (x86_64, aarch64); 0: no such call
_FILES = MappingProxyType({
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66),
    "pread64": (17, 67), "preadv": (295, 69), "preadv2": (327, 286), "lseek": (8, 62),
    "close": (3, 57), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "open": (2, None), "openat": (257, 56), "stat": (4, None), "fstat": (5, 80),
    "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None),
    "readlinkat": (267, 78), "getcwd": (79, 17), "chdir": (80, 49), "getdents": (78, None),
    "getdents64": (217, 61), "fadvise64": (221, 223), "fstatfs": (138, 44),
    "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None),
    "epoll_pwait": (281, 22), "eventfd2": (290, 19),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
})  # fmt: skip
_MEMORY = MappingProxyType({
    "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226),
    "madvise": (28, 233), "mincore": (27, 232), "brk": (12, 214), "membarrier": (324, 283),
    "get_mempolicy": (239, 236),
})  # fmt: skip
_THREADS = MappingProxyType({
    "futex": (202, 98), "set_robust_list": (273, 99), "get_robust_list": (274, 100),
    "rseq": (334, 293), "set_tid_address": (218, 96), "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136), "sigaltstack": (131, 132), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120), "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126), "exit": (60, 93), "exit_group": (231, 94),
})  # fmt: skip
_FACTS = MappingProxyType({
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101), "gettimeofday": (96, 169), "time": (201, None), "times": (100, 153),
    "getrusage": (98, 165), "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getcpu": (309, 168), "getrlimit": (97, 163), "getrandom": (318, 278), "uname": (63, 160),
    "sysinfo": (99, 179),
})  # fmt: skip
ALLOWED: Mapping[str, tuple[int, int | None]] = MappingProxyType(
    {**_FILES, **_MEMORY, **_THREADS, **_FACTS}
)
# Looked at more closely: threads but no processes; no owner of a file, whom the kernel would signal
# (F_SETOWN); limits read but never raised.
_CLONE, _CLONE3, _IOCTL = (56, 220), (435, 435), (16, 29)
_FCNTL, _PRLIMIT = (72, 25), (302, 261)
_SECCOMP = (317, 277)
_CLONE_THREAD = 0x10000
_FCNTL_COMMANDS = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC

_ARCHITECTURES = MappingProxyType({"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)})
_X32 = 0x40000000  # calls with 32-bit pointers, which have other numbers
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_SET_FILTER, _ASK_ACTION, _ALL_THREADS = 1, 2, 1
_SET_NO_NEW_PRIVS = 38


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def can_filter() -> bool:
    """Tell whether the kernel filters calls, on an architecture whose numbers we know."""
    if not sys.platform.startswith("linux") or platform.machine() not in _ARCHITECTURES:
        return False
    column, _ = _ARCHITECTURES[platform.machine()]
    action = ctypes.c_uint32(_REFUSE)
    asked = ctypes.CDLL(None).syscall(_SECCOMP[column], _ASK_ACTION, 0, ctypes.byref(action))
    return asked == 0


def keep_to_calls() -> None:
    """Let this process, in all its threads, make the calls of the list only, for ever.

    Raises:
        OSError: If the filter cannot be put up.
    """
    column, _ = _ARCHITECTURES[platform.machine()]
    made = program_for(platform.machine())
    code = b"".join(struct.pack("HBBI", *each) for each in made)
    library = ctypes.CDLL(None, use_errno=True)
    wanted = _Filter(len(made), code)
    done = library.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or library.syscall(
        _SECCOMP[column], _SET_FILTER, _ALL_THREADS, ctypes.byref(wanted)
    )
    if done:
        number = ctypes.get_errno()
        raise OSError(number, f"no filter of calls: {done}")


def program_for(machine: str) -> list[tuple[int, int, int, int]]:
    """Return the filter of an architecture: code, jump if true, jump if false, operand of each."""
    return list(_instructions(*_ARCHITECTURES[machine]))


def _instructions(column: int, architecture: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the program: code, jump if true, jump if false, operand. Jumps count from the next."""
    yield (_LOAD, 0, 0, _ARCHITECTURE_AT)
    yield (_EQUAL, 1, 0, architecture)
    yield (_RETURN, 0, 0, _KILL)
    yield (_LOAD, 0, 0, _NUMBER_AT)
    yield (_AT_LEAST, 0, 1, _X32)
    yield (_RETURN, 0, 0, _REFUSE | errno.EPERM)
    for numbers in ALLOWED.values():
        if numbers[column] is not None:
            yield from _if_called(numbers[column] or 0, [(_RETURN, 0, 0, _ALLOW)])
    # The C library then tries `clone`, whose flags can be looked at.
    yield from _if_called(_CLONE3[column], [(_RETURN, 0, 0, _REFUSE | errno.ENOSYS)])
    # What Python asks of every file it opens: whether it is a terminal.
    yield from _if_called(_IOCTL[column], [(_RETURN, 0, 0, _REFUSE | errno.ENOTTY)])
    yield from _if_called(
        _CLONE[column],
        [
            (_LOAD, 0, 0, _ARGUMENTS_AT),
            (_HAS_BITS, 0, 1, _CLONE_THREAD),
            (_RETURN, 0, 0, _ALLOW),
        ],
    )
    yield from _if_called(
        _FCNTL[column],
        [
            (_LOAD, 0, 0, _ARGUMENTS_AT + 8),
            *(
                each
                for command in _FCNTL_COMMANDS
                for each in ((_EQUAL, 0, 1, command), (_RETURN, 0, 0, _ALLOW))
            ),
        ],
    )
    new_limit = _ARGUMENTS_AT + 16
    yield from _if_called(
        _PRLIMIT[column],
        [
            (_LOAD, 0, 0, new_limit),
            (_EQUAL, 0, 3, 0),
            (_LOAD, 0, 0, new_limit + 4),
            (_EQUAL, 0, 1, 0),
            (_RETURN, 0, 0, _ALLOW),
        ],
    )
    yield (_RETURN, 0, 0, _REFUSE | errno.EPERM)


def _if_called(
    number: int, then: list[tuple[int, int, int, int]]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield what is to be done at one call; where it does not answer, the call is refused."""
    yield (_EQUAL, 0, len(then) + 1, number)
    yield from then
    yield (_RETURN, 0, 0, _REFUSE | errno.EPERM)
