"""The least total walk with p sites (p-median), to a proven optimum where the size allows.

1. Greedy and exchange give a plan (`interchange`), Lagrangian prices a bound (`multiplier`).
2. Sites and links that no better plan can hold are ruled out.
3. What remains goes to HiGHS in the form of Cornuéjols, Nemhauser & Wolsey (1980) with the short
   rows of Elloumi, A tighter formulation of the p-median problem, J. Comb. Optim. 19 (2010):
   `z_ik = 1` if no site within the k-th distance D_ik of demand i is open,
   minimise `sum_i w_i (D_i1 + sum_k (D_i,k+1 - D_ik) z_ik)`,
   `z_ik + sum_{j at D_ik} y_j >= z_i,k-1`.
"""

from dataclasses import dataclass

import numpy as np

from chengmo_scenarios.canteen_siting.method.interchange import (
    exchange,
    open_greedily,
    search_around,
    total_cost,
)
from chengmo_scenarios.canteen_siting.method.multiplier import Remainder, raise_bound, rule_out
from chengmo_scenarios.canteen_siting.method.problem import (
    Flags,
    Floats,
    Ints,
    OnProgress,
    ignore_progress,
)
from chengmo_scenarios.canteen_siting.method.program import Program, is_one

ROUNDS, STEPS_A_ROUND = 20, 100
SHAKES, SEED = 60, 20_240_601
# Above this many links the exact stage is left out: its linear program alone takes minutes.
MAX_EXACT_LINKS = 400_000
MAX_NODES = 20_000
SMALLEST_STEP = 1e-4


@dataclass(frozen=True)
class Median:
    """A p-median: demands' links with their costs (weight times distance), sorted by cost.

    Attributes:
        start: (n + 1,) first link of each demand.
        site: (links,) candidate.
        cost: (links,) cost of serving all of the demand by the link.
        allowed: (m,) sites that may open.
        locked: (m,) sites that must.
        count: Number of open sites.
    """

    start: Ints
    site: Ints
    cost: Floats
    allowed: Flags
    locked: Flags
    count: int

    @property
    def far(self) -> Floats:
        """(n,) a cost of going unserved, higher than that of all walks together."""
        last = np.zeros(len(self.start) - 1)
        served = np.diff(self.start) > 0
        last[served] = self.cost[self.start[1:][served] - 1]
        return np.full(len(last), last.sum() + 1.0)

    @property
    def least_step(self) -> float:
        """How much better a better plan is at least: 1 where all costs are whole numbers."""
        is_whole = bool((self.cost == np.rint(self.cost)).all())
        return 1.0 if is_whole else 0.0


@dataclass(frozen=True)
class MedianPlan:
    """Open sites, their cost, and the proven bound."""

    is_open: Flags
    cost: float
    bound: float
    method: str


def solve_median(
    median: Median,
    *,
    first: Flags | None = None,
    max_nodes: int = MAX_NODES,
    on_progress: OnProgress = ignore_progress,
) -> MedianPlan:
    """Return the best plan found and the bound proven.

    Args:
        median: The problem; some `count` sites must reach every demand.
        first: (m,) such sites, where not every demand has a link to every site.
        max_nodes: Where the search of HiGHS stops.
        on_progress: Told where the computation stands.
    """
    far = median.far
    is_open = _open_first(median, far, first)
    best = total_cost(median.start, median.site, median.cost, far, is_open)
    is_open, best, price, bound = _close_in(median, far, is_open, best, on_progress)
    ceiling = _ceiling(median, best)
    if bound >= ceiling:
        return MedianPlan(is_open, best, best, "exchange, proven by the Lagrangian bound")
    best = search_around(
        median.start, median.site, median.cost, far, is_open, median.allowed, median.locked,
        SHAKES, max(2, median.count // 20), SEED,
    )  # fmt: skip
    ceiling = _ceiling(median, best)
    rest = rule_out(
        median.start, median.site, median.cost, price, (median.allowed, median.locked),
        median.count, ceiling,
    )  # fmt: skip
    if rest.link.sum() > MAX_EXACT_LINKS:
        return MedianPlan(is_open, best, min(bound, best), "exchange and Lagrangian bound")
    on_progress("exact", 0.8)
    return _finish(median, rest, MedianPlan(is_open, best, bound, ""), max_nodes)


def _ceiling(median: Median, best: float) -> float:
    """Return the cost that a strictly better plan stays below."""
    return best - median.least_step + 1e-6 if median.least_step else best * (1.0 - 1e-9)


def _open_first(median: Median, far: Floats, first: Flags | None) -> Flags:
    is_open = median.locked.copy() if first is None else first.copy()
    links = (median.start, median.site, median.cost, far, is_open)
    open_greedily(*links, median.allowed, median.count)
    exchange(*links, median.allowed, median.locked, 10 * median.count + 100)
    return is_open


def _close_in(
    median: Median, far: Floats, is_open: Flags, best: float, on_progress: OnProgress
) -> tuple[Flags, float, Floats, float]:
    """Raise the bound round by round; where it proposes sites, exchange from there."""
    links = (median.start, median.site, median.cost)
    price = _first_prices(median, is_open, far)
    top, top_price, state = -np.inf, price.copy(), np.array([1.0])
    for turn in range(ROUNDS):
        bound, chosen = raise_bound(
            *links, price, median.allowed, median.locked, median.count, best, state, STEPS_A_ROUND
        )
        if bound > top:
            top, top_price = bound, price.copy()
        if top >= _ceiling(median, best) or state[0] < SMALLEST_STEP:
            break
        if turn % 4 == 0 and chosen.sum() == median.count:
            exchange(*links, far, chosen, median.allowed, median.locked, 200)
            value = total_cost(*links, far, chosen)
            if value < best:
                best, is_open = value, chosen
        on_progress("bound", 0.1 + 0.6 * (turn + 1) / ROUNDS)
    return is_open, best, top_price, top


def _first_prices(median: Median, is_open: Flags, far: Floats) -> Floats:
    """Return for each demand the cost of its second nearest open site, at most."""
    price = np.zeros(len(far))
    for i, (low, high) in enumerate(zip(median.start[:-1], median.start[1:], strict=True)):
        costs = median.cost[low:high][is_open[median.site[low:high]]][:2]
        price[i] = costs.mean() if len(costs) else median.cost[high - 1]
    return price


def _finish(median: Median, rest: Remainder, known: MedianPlan, max_nodes: int) -> MedianPlan:
    """Let HiGHS search what remains; `known` stays where nothing better exists."""
    program, columns = state_remainder(median, rest)
    step = median.least_step
    found = program.minimise(max_nodes=max_nodes, absolute_gap=step - 1e-6 if step else 1e-6)
    method = "exchange, Lagrangian bound, and HiGHS on the links that remained"
    is_open, cost = known.is_open, known.cost
    if len(found.value):
        trial = np.zeros(len(median.allowed), dtype=bool)
        trial[rest.site] = is_one(found.value[columns])
        value = total_cost(median.start, median.site, median.cost, median.far, trial)
        if value < cost:
            is_open, cost = trial, value
    if found.is_optimal or found.is_infeasible:
        return MedianPlan(is_open, cost, cost, method)
    return MedianPlan(is_open, cost, min(max(known.bound, found.bound), cost), method)


def state_remainder(median: Median, rest: Remainder) -> tuple[Program, Ints]:
    """Return the program over what remains, and the columns of the remaining sites."""
    program = Program()
    sites = np.flatnonzero(rest.site)
    column = np.full(len(rest.site), -1)
    y = program.add_columns(
        np.zeros(len(sites)), lower=rest.must[sites].astype(np.float64), upper=1.0, whole=True
    )
    column[sites] = y
    program.add_row([(y, 1.0)], lower=-np.inf, upper=float(median.count))
    link = np.flatnonzero(rest.link)
    demand = np.repeat(np.arange(len(median.start) - 1), np.diff(median.start))[link]
    cost = median.cost[link]
    # A new step begins where the demand or the cost changes.
    is_new = np.ones(len(link), dtype=bool)
    is_new[1:] = (demand[1:] != demand[:-1]) | (cost[1:] != cost[:-1])
    step = np.cumsum(is_new) - 1
    step_demand, step_cost = demand[is_new], cost[is_new]
    is_first = np.ones(len(step_demand), dtype=bool)
    is_first[1:] = step_demand[1:] != step_demand[:-1]
    is_last = np.ones(len(step_demand), dtype=bool)
    is_last[:-1] = is_first[1:]
    rise = np.zeros(len(step_demand))
    rise[:-1] = step_cost[1:] - step_cost[:-1]
    z = program.add_columns(np.where(is_last, 0.0, rise), upper=np.where(is_last, 0.0, 1.0))
    # The demand's first distance is paid in any case.
    program.add_columns(np.array([step_cost[is_first].sum()]), lower=1.0, upper=1.0)
    rows = np.arange(len(step_demand))
    later = rows[~is_first]
    program.add_rows(
        len(rows),
        [(rows, z, 1.0), (step, column[median.site[link]], 1.0), (later, z[later - 1], -1.0)],
        lower=is_first.astype(np.float64),
    )
    return program, y
