"""What a siting problem is made of, and what an answer to it holds."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# What a long computation calls now and then: the stage's name and the share done, 0 to 1.
OnProgress = Callable[[str, float], None]


def ignore_progress(_stage: str, _share_0to1: float) -> None:
    """Do nothing: the listener of those who do not listen."""


def add_up(index: Ints, value: Floats, count: int) -> Floats:
    """Return (count,) the sums of `value` over equal numbers in `index`."""
    return np.bincount(index, weights=value, minlength=count).astype(np.float64)


class Goal(StrEnum):
    """What is to be made best."""

    FEWEST_SITES = "fewest-sites"
    MOST_COVERED = "most-covered"
    SHORTEST_WALK = "shortest-walk"
    LEAST_COST = "least-cost"
    SHORTEST_FARTHEST = "shortest-farthest"


class Status(StrEnum):
    """How an answer stands."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Links:
    """Which site each demand can reach, and how far: rows of demand, sorted by distance.

    Attributes:
        start: (n + 1,) first link of each demand, and the end.
        site: (links,) candidate of each link.
        distance: (links,) metres; within one demand it never falls.
    """

    start: Ints
    site: Ints
    distance: Floats

    @property
    def demand(self) -> Ints:
        """(links,) demand of each link."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def keep(self, kept: Flags) -> "Links":
        """Return the links where `kept` is true."""
        counts = np.bincount(self.demand[kept], minlength=len(self.start) - 1)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Links(start, self.site[kept], self.distance[kept])


@dataclass(frozen=True)
class Economy:
    """What a site earns and costs in a year, linear in who is assigned to it.

    Attributes:
        site_balance: (m,) yuan a year that an open site has before the first meal (≤ 0 mostly).
        link_balance: (links,) yuan a year that one demand brings when all of it goes by this link.
        site_subsidy: (m,) public money a year that an open site receives.
        link_subsidy: (links,) public money a year that goes with the meals of this link.
        may_top_up: Whether public money may fill a site's deficit.
        subsidy_budget: The most public money a year in all, yuan.
    """

    site_balance: Floats
    link_balance: Floats
    site_subsidy: Floats
    link_subsidy: Floats
    may_top_up: bool = False
    subsidy_budget: float = np.inf


@dataclass(frozen=True)
class Problem:
    """One siting question.

    Attributes:
        weight: (n,) people at each demand.
        links: Who can reach what. For covering goals a link is within the standard.
        site_cost: (m,) cost of opening a site, in the unit of `budget`.
        capacity: (m,) people a site can serve, or None for no limit.
        link_cost: (links,) cost of serving all of a demand by a link (least-cost goal only).
        locked_in: (m,) sites that stay open.
        locked_out: (m,) candidates that must not be used.
        group: (n,) district of each demand, 0 to number of districts - 1.
        group_share: (districts,) least share of each district's people to be covered.
        cover_share: Least share of all people to be covered (fewest-sites goal).
        max_sites: The most open sites, p.
        budget: The most that open sites may cost in all.
        economy: The sites' balances, or None where money sets no limit.
        single_source: Whether a demand must go to one site as a whole.
        nearest: Whether people go to the nearest open site, whatever the planner would like.
    """

    weight: Floats
    links: Links
    site_cost: Floats
    capacity: Floats | None = None
    link_cost: Floats | None = None
    locked_in: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    locked_out: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    group: Ints | None = None
    group_share: Floats | None = None
    cover_share: float = 1.0
    max_sites: int | None = None
    budget: float = np.inf
    economy: Economy | None = None
    single_source: bool = False
    nearest: bool = False

    def __post_init__(self) -> None:
        """Give the locks their full length."""
        for name in ("locked_in", "locked_out"):
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.zeros(len(self.site_cost), dtype=bool))

    @property
    def n_demands(self) -> int:
        """Number of demands."""
        return len(self.weight)

    @property
    def n_sites(self) -> int:
        """Number of candidates."""
        return len(self.site_cost)

    @property
    def link_weight(self) -> Floats:
        """(links,) people behind each link."""
        return self.weight[self.links.demand]

    def restrict(self, kept: Flags) -> "Problem":
        """Return the problem with only the links where `kept` is true."""
        economy = self.economy
        if economy is not None:
            economy = replace(
                economy,
                link_balance=economy.link_balance[kept],
                link_subsidy=economy.link_subsidy[kept],
            )
        link_cost = None if self.link_cost is None else self.link_cost[kept]
        return replace(self, links=self.links.keep(kept), link_cost=link_cost, economy=economy)


@dataclass(frozen=True)
class Answer:
    """A plan and what is proven about it.

    Attributes:
        status: Optimal, feasible (a gap remains), infeasible or unknown.
        objective: The value of the plan; NaN where there is none.
        bound: The value that no plan can beat, proven.
        open_site: Numbers of the open sites, ascending.
        flow: (links,) share of the demand that goes by each link, 0 to 1.
        cpu_s: Seconds of processor time used.
        method: What was done, in words.
    """

    status: Status
    objective: float
    bound: float
    open_site: Ints
    flow: Floats
    cpu_s: float
    method: str

    @property
    def gap(self) -> float:
        """What may still be gained, as a share of the objective; 0 when proven optimal."""
        if self.status is Status.OPTIMAL:
            return 0.0
        if not np.isfinite(self.objective) or not np.isfinite(self.bound):
            return np.inf
        return abs(self.objective - self.bound) / max(abs(self.objective), 1e-9)
