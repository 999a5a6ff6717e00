"""The hands: where work happens, each piece in its own process, with limits."""

from chengmo.compute.local_pool import LocalPool
from chengmo.compute.pool import Handle, Limits, Outcome, Pool, Progress, Task

__all__ = ["Handle", "Limits", "LocalPool", "Outcome", "Pool", "Progress", "Task"]
