"""Compiled algebra of sets of cells, held as turns: keys at which being in the set begins or ends.

A set is an ascending column of *used* level-32 keys: in from the first on, out from the second on,
and so forth; an odd number of turns means in to the end of all keys. Unused codes belong to the
used key before them, so that equal sets of places have equal turns, and a parent whose used
children are in a set is in it as a whole.
"""

# pyright: reportReturnType=false, reportArgumentType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np

from chengmo.grid.kernel import Keys, Levels, fields_of

# Truth tables of in-or-out: bit (in the first) + 2 · (in the second).
UNION, INTERSECTION, DIFFERENCE, SYMMETRIC_DIFFERENCE = 0b1110, 0b1000, 0b0010, 0b0110
_ALL = np.uint64(2**64 - 1)
_U0, _U1 = np.uint64(0), np.uint64(1)


@numba.njit(cache=True, nogil=True)
def next_used(key: np.uint64) -> np.uint64:
    """Return the first used level-32 key from this one on; 0 if there is none."""
    while fields_of(key, _ALL)[2]:
        # Skip the coarsest cell that is unused as a whole.
        level = 1
        while not fields_of(key, _ALL << np.uint64(64 - 2 * level))[2]:
            level += 1
        shift = np.uint64(64 - 2 * level)
        key = ((key >> shift) + _U1) << shift
        if key == _U0:
            return key
    return key


@numba.njit(cache=True, nogil=True)
def turns_of_ranges(ranges: Keys) -> Keys:
    """Return the turns of intervals (first, last) that ascend by their first key."""
    turns = np.empty(2 * ranges.shape[0], np.uint64)
    n = 0
    for i in range(ranges.shape[0]):
        first = next_used(ranges[i, 0])
        if ranges[i, 1] < first or first < ranges[i, 0]:
            continue
        # 0 stands for the end of all keys: nothing can come after it.
        end = _U0 if ranges[i, 1] == _ALL else next_used(ranges[i, 1] + _U1)
        if n and (turns[n - 1] == _U0 or first <= turns[n - 1]):
            if turns[n - 1] != _U0 and (end == _U0 or end > turns[n - 1]):
                turns[n - 1] = end
            continue
        turns[n], turns[n + 1] = first, end
        n += 2
    if n and turns[n - 1] == _U0:
        n -= 1
    return turns[:n].copy()


@numba.njit(cache=True, nogil=True)
def ranges_of_turns(turns: Keys) -> Keys:
    """Return (first, last), both included, of a set's intervals; unused codes are in the last."""
    ranges = np.empty(((turns.size + 1) // 2, 2), np.uint64)
    for i in range(ranges.shape[0]):
        ranges[i, 0] = turns[2 * i]
        ranges[i, 1] = turns[2 * i + 1] - _U1 if 2 * i + 1 < turns.size else _ALL
    return ranges


@numba.njit(cache=True, nogil=True)
def combine_turns(one: Keys, other: Keys, truth: int) -> Keys:
    """Return the turns of two sets' union, intersection, … by a truth table; no key is out of both.

    The tables have 0 for "in neither", so that the result is a set again.
    """
    turns = np.empty(one.size + other.size, np.uint64)
    i = j = n = 0
    was = 0
    while i < one.size or j < other.size:
        first = j == other.size or (i < one.size and one[i] <= other[j])
        key = one[i] if first else other[j]
        if i < one.size and one[i] == key:
            i += 1
        if j < other.size and other[j] == key:
            j += 1
        now = (truth >> ((i & 1) + 2 * (j & 1))) & 1
        if now != was:
            turns[n] = key
            n += 1
            was = now
    return turns[:n].copy()


@numba.njit(cache=True, nogil=True)
def largest_level(key: np.uint64, end: np.uint64) -> int:
    """Return the level of the largest cell that begins at a key and ends at or before an end.

    An end of 0 is the end of all keys.
    """
    level = 32
    while level > 0:
        # The parent's size; that of the world is 2⁶⁴, which is 0 here, and 0 − 1 all bits.
        size = _U1 << np.uint64(66 - 2 * level) if level > 1 else _U0
        if key & (size - _U1) or (end and (size == _U0 or end - key < size)):
            break
        level -= 1
    return level


@numba.njit(cache=True, nogil=True)
def write_fewest(turns: Keys, keys: Keys, levels: Levels) -> int:
    """Write the fewest cells that make up a set, ascending; only count if there is no room."""
    n = 0
    for i in range(0, turns.size, 2):
        key = turns[i]
        end = turns[i + 1] if i + 1 < turns.size else _U0
        more = True
        while more:
            level = largest_level(key, end)
            if keys.size:
                keys[n], levels[n] = key, level
            n += 1
            # Sums wrap to 0 at the end of all keys.
            key = key + (_U1 << np.uint64(64 - 2 * level)) if level > 0 else _U0
            key = next_used(key) if key else _U0
            more = key != _U0 and (end == _U0 or key < end)
    return n
