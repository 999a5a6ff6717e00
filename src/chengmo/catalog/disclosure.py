"""Statistical disclosure control on cells: how coarse a place must be so that nobody stands alone.

Numbers in, numbers out. Deterministic: the same rows under the same key give the same answer, so
asking again, or in another order, adds nothing.
"""

import hmac
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from chengmo.grid.key import parent_keys

Keys = NDArray[np.uint64]
Levels = NDArray[np.int16]
NO_LEVEL = -1


def safe_levels(keys: Keys, *, level: int, coarsest: int, minimum: int) -> Levels:
    """Return the finest level at which each row may be placed.

    Rows in a cell with at least `minimum` rows stay there; the others rise, a level at a time, and
    meet those that rose from the cells beside theirs. What is left at the coarsest level joins the
    smallest group of its cell there, so that no group, and no difference between a total and the
    sum of its groups, holds 1 to `minimum` - 1 rows.

    Args:
        keys: Shape (rows,): level-32 keys.
        level: The finest level allowed.
        coarsest: Where rising ends.
        minimum: Rows that share a cell, at least.

    Returns:
        Shape (rows,): a level each; -1 where even the coarsest cell has too few rows.
    """
    levels = np.full(keys.size, NO_LEVEL, np.int16)
    rising = np.arange(keys.size)
    for here in range(level, coarsest - 1, -1):
        _, group, counts = np.unique(
            parent_keys(keys[rising], here), return_inverse=True, return_counts=True
        )
        enough = counts[group] >= minimum
        levels[rising[enough]] = here
        rising = rising[~enough]
        if not rising.size:
            return levels
    _take_in(levels, parent_keys(keys, coarsest), rising, coarsest)
    return levels


def _take_in(levels: Levels, roots: Keys, left: NDArray[np.int64], coarsest: int) -> None:
    """Let the rows that are `left` join the smallest group of their coarsest cell."""
    for root in np.unique(roots[left]):
        placed = np.flatnonzero((roots == root) & (levels != NO_LEVEL))
        if placed.size == 0:
            continue
        # A group is its level and its cell; the level alone is enough to find a smallest one.
        sizes = np.bincount(levels[placed])
        sizes[sizes == 0] = np.iinfo(np.int64).max
        joined = placed[levels[placed] == int(sizes.argmin())]
        levels[joined] = coarsest
        levels[left[roots[left] == root]] = coarsest


def rounded_counts(
    keys: Keys, levels: Levels, counts: NDArray[np.int64], *, base: int, secret: bytes
) -> NDArray[np.int64]:
    """Return counts rounded to multiples of `base` by chance, the expected value kept.

    A count n is rounded up with probability (n mod base) / base (Fellegi 1975, Survey Methodology
    1: 123-133). The chance comes from HMAC-SHA-256 of the cell and the count under `secret`.

    Args:
        keys: Shape (cells,).
        levels: Shape (cells,).
        counts: Shape (cells,), each at least `base`.
        base: The step.
        secret: Key of the chance, known to this platform alone.
    """
    rest = counts % base
    chance = np.fromiter(
        (
            _chance(secret, f"{key} {level} {count}")
            for key, level, count in zip(keys, levels, counts, strict=True)
        ),
        np.float64,
        counts.size,
    )
    return counts - rest + np.where(chance * base < rest, base, 0)


def _chance(secret: bytes, what: str) -> float:
    """Return a number in [0, 1) that only the key's holder can foretell."""
    drawn = hmac.digest(secret, what.encode(), sha256)
    return int.from_bytes(drawn[:6], "big") / 2**48
