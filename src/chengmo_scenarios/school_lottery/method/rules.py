"""One school's rules, compiled: whom it lets in, best first, under reserves and limits.

A unit is let in while a seat is free, also when it needs more: the last unit let in at each stage
may take up to its size less one seats beyond the plan.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from chengmo_scenarios.school_lottery.method.market import (
    NONE,
    UNLIMITED,
    Flags,
    Ints,
    Market,
    One,
)
from chengmo_scenarios.school_lottery.method.reserve import RESERVE, find_seat, take_seats

# The first columns of `used`, the counts of a school: seats of the plan that are taken; children
# let in at seats that are not reserved. The others are those of `reserve`.
TOTAL = 0
OPEN = 1

# Above every key.
HIGHEST = 1 << 62

# Stages in which a school fills.
STAGE_OPEN, STAGE_RESERVE, STAGE_LEFT = 0, 1, 2


class Rules(NamedTuple):
    """What compiled code needs of a `Market`, besides choices and priorities."""

    size: Ints
    group: Ints
    belongs: Flags
    sole: Ints
    overlaps: bool
    seats: Ints
    reserved: Ints
    at_most: Ints
    open_first: bool
    has_rules: Flags
    has_limits: bool
    open_seats: Ints


def rules_of(market: Market) -> Rules:
    """Return the rules of `market` for compiled code."""
    number = market.belongs.sum(axis=1)
    return Rules(
        market.size,
        market.group,
        market.belongs,
        np.where(number == 1, market.belongs.argmax(axis=1), NONE).astype(np.int64),
        bool((number > 1).any()),
        market.seats,
        market.reserved,
        market.at_most,
        market.open_first,
        market.has_rules,
        bool((market.at_most < UNLIMITED).any()),
        market.seats - market.reserved.sum(axis=1),
    )


@njit(cache=True)
def start_counts(rules: Rules) -> Ints:
    """Return (m, 2 + 2 G + T G) zeros: nobody is in yet."""
    m, n_groups = rules.reserved.shape
    return np.zeros((m, RESERVE + (2 + len(rules.belongs)) * n_groups), np.int64)


@njit(cache=True)
def may_enter(rules: Rules, school: One, used: Ints, group: One, stage: int) -> One:
    """Return whether a unit of row `group` may take a seat of `school` at this stage.

    Args:
        rules: The market's rules.
        school: Number of the school.
        used: Its row of counts.
        group: Row of `belongs`.
        stage: Seats that are not reserved, reserves, or every seat that is left.
    """
    n_groups = rules.reserved.shape[1]
    if used[TOTAL] >= rules.seats[school]:
        return False
    if rules.has_limits:
        for one in range(n_groups):
            is_full = used[RESERVE + n_groups + one] >= rules.at_most[school, one]
            if is_full and rules.belongs[group, one]:
                return False
    if stage == STAGE_OPEN:
        return used[OPEN] < rules.open_seats[school]
    if stage == STAGE_RESERVE:
        return find_seat(rules.belongs, rules.reserved[school], used, group, take=False) != NONE
    return True


@njit(cache=True)
def enter(rules: Rules, school: One, used: Ints, unit: One, stage: int) -> None:
    """Count `unit` in a school's row of counts.

    What siblings take beyond the seats of their stage is beyond the plan and takes no other seat:
    so nobody is let in because somebody else applied too, and the order of asking changes nothing.
    """
    group, size = rules.group[unit], rules.size[unit]
    fits, n_groups = size, rules.reserved.shape[1]
    for one in range(n_groups):
        if rules.belongs[group, one]:
            used[RESERVE + n_groups + one] += size
    if stage == STAGE_OPEN:
        fits = min(size, rules.open_seats[school] - used[OPEN])
        used[OPEN] += size
    elif stage == STAGE_RESERVE:
        fits = take_seats(rules.belongs, rules.reserved[school], used, group, size)
    used[TOTAL] += fits


@njit(cache=True)
def choose(rules: Rules, school: One, order: Ints, used: Ints, is_in: Flags) -> None:
    """Mark in `is_in` whom of `order`, best first, the school lets in; `used` counts them."""
    is_in[: len(order)] = False
    for stage in range(0 if rules.open_first else 1, 3):
        if rules.has_limits or stage == STAGE_OPEN:
            fill(rules, school, order, used, is_in, stage)
        elif stage == STAGE_RESERVE and rules.overlaps:
            fill_meeting(rules, school, order, used, is_in)
        else:
            fill_fast(rules, school, order, used, is_in, stage)


@njit(cache=True)
def fill(rules: Rules, school: One, order: Ints, used: Ints, is_in: Flags, stage: One) -> None:
    """Let in at one stage whom the rules allow, best first."""
    free = find_free(rules, school, used, stage)
    for i in range(len(order)):
        if free <= 0:
            break
        unit = order[i]
        if not is_in[i] and may_enter(rules, school, used, rules.group[unit], stage):
            enter(rules, school, used, unit, stage)
            is_in[i] = True
            free = find_free(rules, school, used, stage)


@njit(cache=True)
def fill_meeting(rules: Rules, school: One, order: Ints, used: Ints, is_in: Flags) -> None:
    """Do the same as `fill` for reserves of groups that meet, where groups have no limits.

    Once there is no room for a unit, there is none for another in the same groups.
    """
    belongs, reserved, seats = rules.belongs, rules.reserved[school], rules.seats[school]
    is_full, free = np.zeros(len(belongs), np.bool_), find_free(rules, school, used, STAGE_RESERVE)
    for i in range(len(order)):
        if used[TOTAL] >= seats or free <= 0:
            break
        row = rules.group[order[i]]
        if is_in[i] or is_full[row]:
            continue
        taken = take_seats(belongs, reserved, used, row, rules.size[order[i]])
        is_in[i], is_full[row] = taken > 0, taken == 0
        used[TOTAL] += taken
        free -= taken


@njit(cache=True)
def fill_fast(rules: Rules, school: One, order: Ints, used: Ints, is_in: Flags, stage: One) -> None:
    """Do the same as `fill` where groups have no limits, none meet, and the stage is not the first.

    Members of a group are not counted: they matter for limits alone.
    """
    seats = rules.seats[school]
    free = find_free(rules, school, used, stage)
    for i in range(len(order)):
        if used[TOTAL] >= seats or free <= 0:
            break
        if is_in[i]:
            continue
        size, group, left = rules.size[order[i]], rules.sole[rules.group[order[i]]], 0
        if group != NONE:
            left = rules.reserved[school, group] - used[RESERVE + group]
        if stage == STAGE_LEFT or left > 0:
            # As `enter` counts; a call with so many arrays would cost more than the work.
            is_in[i] = True
            if stage == STAGE_RESERVE:
                size = min(left, size)
                used[RESERVE + group] += size
                free -= size
            used[TOTAL] += size


@njit(cache=True)
def find_free(rules: Rules, school: One, used: Ints, stage: int) -> int:
    """Return how many seats can still be taken at this stage, at most."""
    if stage == STAGE_OPEN:
        return rules.open_seats[school] - used[OPEN]
    if stage == STAGE_LEFT:
        return rules.seats[school] - used[TOTAL]
    free = 0
    for group in range(rules.reserved.shape[1]):
        free += max(rules.reserved[school, group] - used[RESERVE + group], 0)
    return free
