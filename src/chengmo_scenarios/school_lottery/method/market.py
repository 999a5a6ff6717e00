"""What a school lottery is made of, and what an allocation holds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# One number out of an array, as compiled code sees it.
One = Any

# What a long computation calls now and then: the stage's name and the share done, 0 to 1.
OnProgress = Callable[[str, float], None]

# No school; after the last choice of a unit, and the place of a unit without one.
NONE = -1
# A limit that never binds.
UNLIMITED = 1 << 40
# Lottery numbers are below half of this: a key is `tier * NUMBERS + number`.
NUMBERS = 1 << 40


def ignore_progress(_stage: str, _share_0to1: float) -> None:
    """Do nothing: the listener of those who do not listen."""


class Mechanism(StrEnum):
    """How choices, priorities and lottery numbers become places."""

    DEFERRED = "deferred-acceptance"
    DEFERRED_MULTIPLE = "deferred-acceptance-multiple"
    PARALLEL = "parallel"
    IMMEDIATE = "immediate-acceptance"
    SERIAL = "serial-dictatorship"
    TRADING = "top-trading-cycles"
    RING = "ring"


@dataclass(frozen=True)
class Market:
    """Units (a child, or siblings who stay together), schools, choices and rules.

    Attributes:
        choice: (n, K) school of each choice, best first; `NONE` after the last.
        tier: (n, K) priority of the unit at that school; a smaller number goes first.
        size: (n,) children in the unit.
        group: (n,) the unit's row of `belongs`: what groups it belongs to, 0 to T - 1.
        belongs: (T, G) whether the units of a row belong to a group; none, one or several.
        registered: (n,) the unit's place in the queue of registration; the ring rule counts along
            it and nothing else uses it.
        zone: (n,) number of the catchment, which chooses the row of `fallback`.
        seats: (m,) seats of each school.
        reserved: (m, G) seats that members of a group take first; what they leave is for all.
            Whoever belongs to several takes a seat of one (`reserve`).
        at_most: (m, G) most seats for members of a group; `UNLIMITED` where none.
        open_first: Whether the seats that are not reserved are filled before the reserved ones, so
            that a group's best do not use up its reserve (Dur et al. 2018).
        fallback: (zones, m) schools from near to far for units left without a place, `NONE` after
            the last; no columns where nobody is placed beyond their choices.
    """

    choice: Ints
    tier: Ints
    size: Ints
    group: Ints
    belongs: Flags
    registered: Ints
    zone: Ints
    seats: Ints
    reserved: Ints
    at_most: Ints
    open_first: bool
    fallback: Ints

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.size)

    @property
    def n_schools(self) -> int:
        """Number of schools."""
        return len(self.seats)

    @property
    def has_rules(self) -> Flags:
        """(m,) whether a school has reserves or limits for groups."""
        limited = self.reserved.any(axis=1) | (self.at_most < UNLIMITED).any(axis=1)
        return np.asarray(limited, dtype=np.bool_)


@dataclass(frozen=True)
class Allocation:
    """Who got what.

    Attributes:
        place: (n,) school of each unit, or `NONE`.
        rank: (n,) index of the choice that was met; `NONE` where none was, also where the unit was
            placed beyond its choices.
    """

    place: Ints
    rank: Ints

    @property
    def is_overflow(self) -> Flags:
        """(n,) whether the unit was placed beyond its choices."""
        return (self.place != NONE) & (self.rank == NONE)


def plain_market(
    choice: Ints,
    seats: Ints,
    *,
    tier: Ints | None = None,
    size: Ints | None = None,
    group: Ints | None = None,
    reserved: Ints | None = None,
) -> Market:
    """Return a market in which whatever is left out does not matter.

    Example:
        >>> market = plain_market(np.array([[0, 1], [0, -1]]), np.array([1, 1]))
        >>> market.n_units, market.n_schools
        (2, 2)
    """
    n, m = len(choice), len(seats)
    group = np.zeros(n, np.int64) if group is None else group
    n_groups = int(group.max(initial=0)) + 1 if reserved is None else reserved.shape[1]
    return Market(
        choice=choice.astype(np.int64),
        tier=np.zeros(choice.shape, np.int64) if tier is None else tier.astype(np.int64),
        size=np.ones(n, np.int64) if size is None else size,
        group=group,
        belongs=np.eye(n_groups, dtype=np.bool_),
        registered=np.arange(n, dtype=np.int64),
        zone=np.zeros(n, np.int64),
        seats=seats.astype(np.int64),
        reserved=np.zeros((m, n_groups), np.int64) if reserved is None else reserved,
        at_most=np.full((m, n_groups), UNLIMITED),
        open_first=False,
        fallback=np.zeros((1, 0), np.int64),
    )
