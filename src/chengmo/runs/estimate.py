"""How long a run will still take."""

import statistics
from collections.abc import Sequence

# Before this share, the rate of progress says more about the start than about the rest.
_TRUSTED_SHARE = 0.05


def estimate_rest_s(
    elapsed_s: float, progress_0to1: float, earlier_s: Sequence[float]
) -> float | None:
    """Return the seconds that a run will still take, or None if nothing is known.

    Args:
        elapsed_s: Since its start; 0 if it has not started.
        progress_0to1: What it says is done.
        earlier_s: Durations of earlier runs of the same model.
    """
    by_rate = None
    if _TRUSTED_SHARE <= progress_0to1 <= 1:
        by_rate = elapsed_s * (1 - progress_0to1) / progress_0to1
    if not earlier_s:
        return by_rate
    by_history = max(0.0, statistics.median(earlier_s) - elapsed_s)
    if by_rate is None:
        # Past the usual time the history says nothing any more.
        return by_history or None
    # The further it is, the more its own rate counts.
    return progress_0to1 * by_rate + (1 - progress_0to1) * by_history
