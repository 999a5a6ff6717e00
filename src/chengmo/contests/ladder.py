"""What the public board tells of a score: the Ladder mechanism of Blum and Hardt (ICML 2015).

Somebody who sees every score exactly can change one prediction at a time and read off the hidden
rows. The Ladder tells a new score only if it is better than the best one told so far by more than
a step, and then rounded to that step; else it repeats what it told before. However many files are
brought, what is told changes at most as often as the score can climb a step.
"""

import math


def told_loss(previous: float | None, loss: float, *, step: float) -> float:
    """Return the loss that is told after a new submission: algorithm 1 of the paper.

    Args:
        previous: What was told before; None at the first submission.
        loss: Of the new one; less is better.
        step: The paper's eta, in the unit of the loss.
    """
    if previous is not None and not loss < previous - step:
        return previous
    return rounded(loss, step)


def rounded(number: float, step: float) -> float:
    """Return the multiple of `step` nearest to a number, written as short as the step is.

    Example:
        >>> rounded(17.3349, 0.1)
        17.3
    """
    if not math.isfinite(number / step):
        return number
    digits = max(0, 2 - math.floor(math.log10(step)))
    return round(round(number / step) * step, digits) + 0.0
