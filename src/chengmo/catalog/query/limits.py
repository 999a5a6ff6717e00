"""What one question in SQL may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class QueryLimits:
    """Limits of one question; whoever needs more exports the data and works at home.

    Attributes:
        wall_s: Seconds until its process is ended.
        memory_mb: Of DuckDB; nothing spills to disk.
        threads: Of DuckDB.
        rows: Of the answer.
        bytes: Of the answer, as an Arrow stream.
    """

    wall_s: float = 30.0
    memory_mb: int = 1024
    threads: int = 2
    rows: int = 100_000
    bytes: int = 64 << 20

    def of_process(self, in_use: int) -> dict[str, tuple[int, int]]:
        """Return the kernel's limits for the process, which holds `in_use` bytes of addresses."""
        # DuckDB keeps most of its memory within its own limit, but not all: twice as much at most.
        space = in_use + (2 * self.memory_mb << 20)
        cpu_s = int(self.wall_s * self.threads) + 1
        return {
            "RLIMIT_AS": (space, space),
            "RLIMIT_CPU": (cpu_s, cpu_s + 5),
            # What it prints when it dies is all that it may write.
            "RLIMIT_FSIZE": (1 << 20, 1 << 20),
            "RLIMIT_CORE": (0, 0),
            "RLIMIT_NOFILE": (1024, 1024),
        }
