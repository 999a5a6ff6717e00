"""What a run may use, and how many go on side by side."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from chengmo.compute import Limits
from chengmo.errors import InvalidRequest

_MIB = 1 << 20


def default_memory_mb() -> int:
    """Return half of this machine's memory in MiB, at least 1024."""
    return max(1024, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MIB // 2)


def default_slots() -> int:
    """Return how many runs go on side by side: one for each core, at most four."""
    return min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class RunSettings:
    """Limits of every run.

    Attributes:
        memory_mb: Memory of one run in MiB.
        wall_s: Longest time of one run in seconds.
        slots: Runs side by side.
        lease_s: How long a worker that gives no sign keeps its runs, in seconds.
    """

    memory_mb: int = field(default_factory=default_memory_mb)
    wall_s: float = 3600.0
    slots: int = field(default_factory=default_slots)
    lease_s: float = 30.0

    @property
    def limits(self) -> Limits:
        """The limits as the pool wants them."""
        return Limits(memory_mb=self.memory_mb, wall_s=self.wall_s)


def settings_from(environment: Mapping[str, str]) -> RunSettings:
    """Read CHENGMO_RUN_MEMORY_MB, CHENGMO_RUN_WALL_S and CHENGMO_RUN_SLOTS.

    Raises:
        InvalidRequest: If one is set and no positive number.
    """
    names = {"CHENGMO_RUN_MEMORY_MB": "memory_mb", "CHENGMO_RUN_WALL_S": "wall_s"}
    names["CHENGMO_RUN_SLOTS"] = "slots"
    found = {
        attribute: _positive(name, environment[name])
        for name, attribute in names.items()
        if environment.get(name)
    }
    return RunSettings(**found)


def _positive(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise InvalidRequest(f"{name}={text!r} is no number", hint="give a whole number from 1")
    return int(text)
