"""How the best plan changes with a limit, and which limit binds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from chengmo_scenarios.canteen_siting.method.problem import (
    Answer,
    Floats,
    Goal,
    Ints,
    OnProgress,
    Problem,
    Status,
    add_up,
    ignore_progress,
)
from chengmo_scenarios.canteen_siting.method.siting import MAX_NODES, solve
from chengmo_scenarios.canteen_siting.method.statement import Limit, state

# Above this many links the prices cost more than the plan did.
MAX_PRICED_LINKS = 100_000
SAME = 1e-6


@dataclass(frozen=True)
class Binding:
    """One limit at the plan found.

    Attributes:
        limit: The limit.
        used: How much of it the plan uses.
        allowed: The limit itself (for coverage and districts the least, else the most).
        binds: Whether the plan uses all of it.
        price: What the objective gains by one unit more, by linear programming; NaN if not known.
    """

    limit: Limit
    used: float
    allowed: float
    binds: bool
    price: float


def trace_curve(
    problem: Problem,
    goal: Goal,
    limit: Limit,
    values: Sequence[float],
    *,
    max_nodes: int,
    on_progress: OnProgress = ignore_progress,
) -> list[Answer]:
    """Return the answers when `limit` (sites or budget) takes each of the ascending `values`.

    A plan within a tight limit is one within a loose limit too: where the search stopped short of
    that, the tighter plan is taken over, so that the curve never falls.
    """
    answers: list[Answer] = []
    for step, value in enumerate(values):
        change = {"max_sites": int(value)} if limit is Limit.SITES else {"budget": float(value)}
        answer = solve(replace(problem, **change), goal, max_nodes=max_nodes)
        if answers and _is_worse(answer, answers[-1], goal):
            answer = replace(answers[-1], status=Status.FEASIBLE, bound=answer.bound)
        answers.append(answer)
        on_progress("curve", (step + 1) / len(values))
    return answers


def _is_worse(answer: Answer, before: Answer, goal: Goal) -> bool:
    if not np.isfinite(before.objective):
        return False
    if not np.isfinite(answer.objective):
        return answer.status is Status.UNKNOWN
    gain = answer.objective - before.objective
    lost = -gain if goal is Goal.MOST_COVERED else gain
    return lost > SAME * max(1.0, abs(before.objective))


def find_bindings(
    problem: Problem, goal: Goal, answer: Answer, *, max_nodes: int = MAX_NODES
) -> list[Binding]:
    """Return every limit of the problem with its use at `answer` and its price."""
    used = _measure_use(problem, goal, answer)
    prices = _find_prices(problem, goal)
    found = [
        Binding(limit, use, allowed, _is_tight(use, allowed), prices.get(limit, np.nan))
        for limit, (use, allowed) in used.items()
    ]
    if problem.economy is not None and len(answer.open_site):
        found.append(_bind_balance(problem, goal, answer, max_nodes))
    return found


def _bind_balance(problem: Problem, goal: Goal, answer: Answer, max_nodes: int) -> Binding:
    """Tell whether the balances bind: whether a plan that need not pay its way is better."""
    free = solve(replace(problem, economy=None), goal, max_nodes=max_nodes)
    gain = abs(free.objective - answer.objective)
    binds = gain > SAME * max(1.0, abs(answer.objective))
    least = float(_balance_sites(problem, answer).min())
    return Binding(Limit.BALANCE, least, 0.0, bool(binds), np.nan)


def _balance_sites(problem: Problem, answer: Answer) -> Floats:
    """Return each open site's balance a year before any top-up."""
    economy = problem.economy
    if economy is None:
        return np.zeros(len(answer.open_site))
    earned = add_up(problem.links.site, economy.link_balance * answer.flow, problem.n_sites)
    return (economy.site_balance + earned)[answer.open_site]


def _is_tight(use: float, allowed: float) -> bool:
    return abs(use - allowed) <= SAME * max(1.0, abs(allowed))


def _measure_use(problem: Problem, goal: Goal, answer: Answer) -> dict[Limit, tuple[float, float]]:
    use: dict[Limit, tuple[float, float]] = {}
    weight = problem.link_weight
    if problem.max_sites is not None:
        use[Limit.SITES] = (float(len(answer.open_site)), float(problem.max_sites))
    if np.isfinite(problem.budget):
        use[Limit.BUDGET] = (float(problem.site_cost[answer.open_site].sum()), problem.budget)
    if goal is not Goal.MOST_COVERED:
        total = max(float(problem.weight.sum()), 1e-12)
        use[Limit.COVERAGE] = (float(weight @ answer.flow) / total, problem.cover_share)
    if problem.group is not None and problem.group_share is not None:
        use[Limit.DISTRICTS] = _tightest_district(
            problem, answer, problem.group, problem.group_share
        )
    if problem.capacity is not None:
        load = add_up(problem.links.site, weight * answer.flow, problem.n_sites)
        use[Limit.CAPACITY] = (
            float(load.sum()),
            float(problem.capacity[answer.open_site].sum()),
        )
    if problem.economy is not None and np.isfinite(problem.economy.subsidy_budget):
        use[Limit.SUBSIDY] = (spend_public_money(problem, answer), problem.economy.subsidy_budget)
    return use


def _tightest_district(
    problem: Problem, answer: Answer, group: Ints, asked: Floats
) -> tuple[float, float]:
    n = len(asked)
    people = add_up(group, problem.weight, n)
    served = add_up(group[problem.links.demand], problem.link_weight * answer.flow, n)
    share = np.where(people > 0.0, served / np.maximum(people, 1e-12), 1.0)
    worst = int(np.argmin(share - asked))
    return float(share[worst]), float(asked[worst])


def spend_public_money(problem: Problem, answer: Answer) -> float:
    """Return the public money a year of a plan: grants, meal subsidies and top-ups."""
    economy = problem.economy
    if economy is None:
        return 0.0
    sites = answer.open_site
    deficit = np.maximum(0.0, -_balance_sites(problem, answer))
    top_up = float(deficit.sum()) if economy.may_top_up else 0.0
    paid = float(economy.site_subsidy[sites].sum() + economy.link_subsidy @ answer.flow)
    return paid + top_up


def _find_prices(problem: Problem, goal: Goal) -> dict[Limit, float]:
    """Return the duals of the relaxed program, as gains of the goal for one unit more."""
    if len(problem.links.site) > MAX_PRICED_LINKS or goal is Goal.SHORTEST_FARTHEST:
        return {}
    stated = state(problem, goal)
    found = stated.program.minimise(relaxed=True)
    if not found.is_optimal:
        return {}
    single = (Limit.SITES, Limit.BUDGET, Limit.COVERAGE, Limit.SUBSIDY)
    return {
        limit: float(abs(found.dual[rows[0]])) + 0.0
        for limit, rows in stated.row.items()
        if limit in single
    }
