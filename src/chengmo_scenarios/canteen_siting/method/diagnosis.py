"""Why there is no plan, and the least change of each limit that alone would make one.

Every number is computed: a limit is lifted, all others stay, and the program asks how little of
it would do (an elastic program, Chinneck, Feasibility and Infeasibility in Optimization, 2008).
"""

from dataclasses import dataclass

import numpy as np

from chengmo_scenarios.canteen_siting.method.cover import solve_cover
from chengmo_scenarios.canteen_siting.method.problem import Floats, Goal, Ints, Problem
from chengmo_scenarios.canteen_siting.method.statement import Limit, needs_links, state

MAX_NODES = 1_000


@dataclass(frozen=True)
class Remedy:
    """What one limit would have to be, all others unchanged.

    Attributes:
        limit: The limit.
        asked: What the request says.
        needed: What would do: sites, budget, share of people (coverage; of the district that falls
            shortest the shortfall is in `asked - needed`), people of extra capacity, or public
            money a year. NaN where lifting this limit alone does not help.
        is_exact: Whether `needed` is proven least; else it would do, but less might.
    """

    limit: Limit
    asked: float
    needed: float
    is_exact: bool


@dataclass(frozen=True)
class Diagnosis:
    """Why a problem has no plan.

    Attributes:
        unreached: Demands that no usable candidate reaches, heaviest first.
        unreached_m: Metres from each of them to its nearest candidate, NaN where unknown.
        standard_m: The least distance at which the candidates reach the share asked for, NaN where
            unknown or where no candidate is left.
        clashing: Sites that are locked both in and out.
        remedies: One for each limit of the request.
    """

    unreached: Ints
    unreached_m: Floats
    standard_m: float
    clashing: Ints
    remedies: list[Remedy]


def diagnose(problem: Problem, goal: Goal, *, nearest_m: Floats | None = None) -> Diagnosis:
    """Explain why `problem` has no plan.

    Args:
        problem: The problem, as it was solved.
        goal: Likewise.
        nearest_m: (n,) metres from each demand to its nearest usable candidate, however far.
    """
    unreached = _find_unreached(problem)
    clashing = np.flatnonzero(problem.locked_in & problem.locked_out)
    far = np.full(problem.n_demands, np.nan) if nearest_m is None else nearest_m
    remedies: list[Remedy] = []
    if len(clashing) == 0:
        remedies = [_find_remedy(problem, goal, limit) for limit in _limits_of(problem, goal)]
    return Diagnosis(
        unreached, far[unreached], _find_standard(problem, goal, far), clashing, remedies
    )


def _find_unreached(problem: Problem) -> Ints:
    usable = ~problem.locked_out[problem.links.site]
    count = np.bincount(problem.links.demand[usable], minlength=problem.n_demands)
    unreached = np.flatnonzero((count == 0) & (problem.weight > 0.0))
    return unreached[np.argsort(-problem.weight[unreached], kind="stable")]


def _find_standard(problem: Problem, goal: Goal, nearest_m: Floats) -> float:
    """Return the least distance at which everybody could be covered who must be."""
    share = 0.0 if goal is Goal.MOST_COVERED else problem.cover_share
    needed = [_quantile(nearest_m, problem.weight, share)]
    if problem.group is not None and problem.group_share is not None:
        for district, least in enumerate(problem.group_share.tolist()):
            inside = problem.group == district
            needed.append(_quantile(nearest_m[inside], problem.weight[inside], least))
    worst = float(max(needed))
    return worst if np.isfinite(worst) else np.nan


def _quantile(metres: Floats, weight: Floats, share: float) -> float:
    """Return the least distance within which `share` of the weight lies."""
    if share <= 0.0 or weight.sum() <= 0.0:
        return 0.0
    if np.isnan(metres).any():
        return np.nan
    order = np.argsort(metres, kind="stable")
    reached = np.cumsum(weight[order])
    place = np.searchsorted(reached, share * weight.sum() * (1.0 - 1e-9))
    return float(metres[order][min(int(place), len(order) - 1)])


def _limits_of(problem: Problem, goal: Goal) -> list[Limit]:
    economy = problem.economy
    present = {
        Limit.SITES: problem.max_sites is not None,
        Limit.BUDGET: bool(np.isfinite(problem.budget)),
        Limit.COVERAGE: goal is not Goal.MOST_COVERED,
        Limit.DISTRICTS: problem.group_share is not None and problem.group is not None,
        Limit.CAPACITY: problem.capacity is not None,
        Limit.SUBSIDY: economy is not None,
    }
    return [limit for limit, is_present in present.items() if is_present]


def _find_remedy(problem: Problem, goal: Goal, limit: Limit) -> Remedy:
    asked = _asked(problem, limit)
    if goal is Goal.SHORTEST_FARTHEST or not needs_links(problem, goal):
        goal = goal if goal is Goal.MOST_COVERED else Goal.FEWEST_SITES
    elif problem.capacity is None and problem.economy is None:
        # Everybody must be served: whether that can be is a question of reach alone.
        goal = Goal.FEWEST_SITES
    if needs_links(problem, goal):
        found = state(problem, goal, relaxed=limit).program.minimise(max_nodes=MAX_NODES)
        value, proven = found.objective, found.is_optimal
    else:
        cover = solve_cover(problem, goal, relaxed=limit, max_nodes=MAX_NODES)
        value = cover.objective
        proven = bool(abs(cover.objective - cover.bound) <= 1e-6 * max(1.0, abs(cover.bound)))
    return Remedy(limit, asked, _read(problem, limit, value), proven)


def _asked(problem: Problem, limit: Limit) -> float:
    economy = problem.economy
    asked = {
        Limit.SITES: float(problem.max_sites or 0),
        Limit.BUDGET: problem.budget,
        Limit.COVERAGE: problem.cover_share,
        Limit.DISTRICTS: 0.0 if problem.group_share is None else float(problem.group_share.max()),
        Limit.CAPACITY: 0.0,
        Limit.SUBSIDY: np.inf if economy is None else economy.subsidy_budget,
    }
    return asked[limit]


def _read(problem: Problem, limit: Limit, value: float) -> float:
    """Turn the objective of the lifted program into the unit of the limit."""
    if limit is Limit.COVERAGE:
        return -value / max(float(problem.weight.sum()), 1e-12)
    if limit is Limit.DISTRICTS:
        return _asked(problem, limit) - value
    if limit is Limit.SITES:
        return float(np.rint(value)) if np.isfinite(value) else np.nan
    return value
