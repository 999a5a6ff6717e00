"""Reserved seats of groups that meet: each child takes a seat of one of its groups.

Whoever belongs to several groups (low income and newcomer) counts at one reserve, not at each. At
which is not fixed: those let in are moved between the reserves of their groups as long as that
makes room for one more. So a school always honours as many reserved seats as its applicants can
fill, and takes the best claims among all who fill that many: the meritorious horizontal choice rule
of Sönmez & Yenmez (Econometrica 2022), by augmenting paths (Berge 1957). No family gains by hiding
a group, and deferred acceptance keeps its properties: the sets of units that can be seated are
those of a matroid (of a polymatroid, where siblings stay together), and the greedy choice in it is
substitutable.
"""

import numpy as np
from numba import njit

from chengmo_scenarios.school_lottery.method.market import NONE, Flags, Ints, One

# Columns of a school's counts: from here children in each group's reserve; then the members let in
# of each group; then, for each row of `belongs`, its children in each group's reserve.
RESERVE = 2


@njit(cache=True)
def find_seat(belongs: Flags, reserved: Ints, used: Ints, row: One, take: One) -> One:
    """Return the group whose reserve has a seat that one more child of `row` makes used, or `NONE`.

    The seat may be another's than the child's: then others move over. Searched breadth first.

    Args:
        belongs: (T, G) whether a row belongs to a group.
        reserved: (G,) reserved seats of the school.
        used: Its counts.
        row: The row of `belongs` of the child.
        take: Whether to take the seat; `used` is changed then.
    """
    n_groups, may_move = len(reserved), False
    for group in range(n_groups):
        if belongs[row, group] and reserved[group] > 0:
            if used[RESERVE + group] < reserved[group]:
                if take:
                    used[RESERVE + group] += 1
                    used[RESERVE + (2 + row) * n_groups + group] += 1
                return group
            may_move = True
    return move_others(belongs, reserved, used, row, take) if may_move else NONE


@njit(cache=True)
def move_others(belongs: Flags, reserved: Ints, used: Ints, row: One, take: One) -> One:
    """Do the same where the child's own reserves are full."""
    n_groups = len(reserved)
    held = RESERVE + 2 * n_groups
    before, mover = np.full(n_groups, NONE, np.int64), np.full(n_groups, NONE, np.int64)
    queue, filled = np.empty(n_groups, np.int64), 0
    for group in np.nonzero(belongs[row] & (reserved > 0))[0]:
        mover[group], queue[filled] = row, group
        filled += 1
    at = 0
    while at < filled:
        group = queue[at]
        at += 1
        if used[RESERVE + group] < reserved[group]:
            if take:
                move_over(used, n_groups, before, mover, group)
            return group
        for other in range(len(belongs)):
            if used[held + other * n_groups + group] > 0:
                for to in np.nonzero(belongs[other] & (reserved > 0) & (mover == NONE))[0]:
                    before[to], mover[to], queue[filled] = group, other, to
                    filled += 1
    return NONE


@njit(cache=True)
def move_over(used: Ints, n_groups: One, before: Ints, mover: Ints, group: One) -> None:
    """Fill a seat of `group`, and move one child along each step that led there."""
    held = RESERVE + 2 * n_groups
    used[RESERVE + group] += 1
    while before[group] != NONE:
        used[held + mover[group] * n_groups + group] += 1
        used[held + mover[group] * n_groups + before[group]] -= 1
        group = before[group]
    used[held + mover[group] * n_groups + group] += 1


@njit(cache=True)
def take_seats(belongs: Flags, reserved: Ints, used: Ints, row: One, size: One) -> One:
    """Take reserved seats for up to `size` children of `row`; return for how many there were."""
    for taken in range(size):
        if find_seat(belongs, reserved, used, row, take=True) == NONE:
            return taken
    return size
