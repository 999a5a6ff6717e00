"""Landlock: the kernel's own wall around what this process may open, whatever runs in it. Linux.

From docs.kernel.org/userspace-api/landlock.html: a ruleset names the kinds of access it handles;
what is handled and not allowed by a rule is refused, for this thread and all it starts, for ever.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_ASK_VERSION = 1
_PATH_BENEATH = 1
_SET_NO_NEW_PRIVS = 38

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# Version → how many kinds of access to files it knows: each version added to those before it.
_KINDS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_KINDS = 16
NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_TCP_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_version() -> int:
    """Return the version of Landlock that the kernel offers, 0 without any."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, _call(_CREATE_RULESET, None, 0, _ASK_VERSION))


def keep_to(files: Iterable[Path], folders: Iterable[Path]) -> bool:
    """Let this thread, and those it starts, read `files` and below `folders`, and nothing else.

    What is open stays open. From here on nothing can be written, made, deleted or executed, and no
    TCP connection opened where the kernel knows how to forbid it (Linux 6.7).

    Returns:
        False if the kernel has no Landlock: then nothing has changed.

    Raises:
        OSError: If it has, and the wall cannot be built; or a path is not there.
    """
    version = landlock_version()
    if not version:
        return False
    ruleset = _create(version)
    try:
        for path, kinds in (
            *((file, _READ_FILE) for file in files),
            *((folder, _READ_FILE | _READ_DIR) for folder in folders),
        ):
            # The kernel takes a right to list folders for a folder only.
            _allow(ruleset, path, kinds if path.is_dir() else kinds & ~_READ_DIR)
        _checked(ctypes.CDLL(None, use_errno=True).prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _create(version: int) -> int:
    attributes = _Ruleset(
        files=(1 << _KINDS.get(version, _NEWEST_KINDS)) - 1,
        network=_TCP_BIND_AND_CONNECT if version >= NETWORK_SINCE else 0,
        scoped=_ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPES_SINCE else 0,
    )
    size = ctypes.sizeof(attributes)
    return _checked(_call(_CREATE_RULESET, ctypes.byref(attributes), size, 0))


def _allow(ruleset: int, path: Path, kinds: int) -> None:
    number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathRule(allowed=kinds, parent=number)
        _checked(_call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(number)


def _call(number: int, *arguments: object) -> int:
    return ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
