"""How the benchmarks of this folder take processor time."""

import time
from collections.abc import Callable

import numpy as np


def seconds(run: Callable[[], object], repeats: int) -> float:
    """Return the median processor seconds of `run`, after one call that is not counted."""
    run()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return float(np.median(spent))
