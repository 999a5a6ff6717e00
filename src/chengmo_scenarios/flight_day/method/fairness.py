"""How evenly a burden lies on several.

Jain's index of x₁ … xₙ is (Σx)² / (n·Σx²): 1 where all have the same, 1/n where one has all (Jain,
Chiu and Hawe, A Quantitative Measure of Fairness and Discrimination for Resource Allocation in
Shared Computer Systems, DEC-TR-301, 1984). Max-min fairness looks at the worst-off alone: of two
plans the one is fairer whose largest burden is less.
"""

from collections.abc import Sequence


def jain_index(shares: Sequence[float]) -> float:
    """Return Jain's index; 1 where nobody has anything.

    Example:
        >>> jain_index([1, 1, 1]), jain_index([3, 0, 0])
        (1.0, 0.3333333333333333)
    """
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0
