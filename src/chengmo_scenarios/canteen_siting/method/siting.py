"""The one entrance: a problem and a goal in, an answer with a proven gap out."""

import time
from dataclasses import replace

import numpy as np

from chengmo_scenarios.canteen_siting.method.centre import find_centre
from chengmo_scenarios.canteen_siting.method.cover import solve_cover
from chengmo_scenarios.canteen_siting.method.median import Median, solve_median
from chengmo_scenarios.canteen_siting.method.plant import Plant, solve_plant
from chengmo_scenarios.canteen_siting.method.problem import (
    Answer,
    Flags,
    Floats,
    Goal,
    OnProgress,
    Problem,
    Status,
    ignore_progress,
)
from chengmo_scenarios.canteen_siting.method.program import is_one
from chengmo_scenarios.canteen_siting.method.statement import needs_links, state

# Where the search of HiGHS stops with a proven gap instead of an optimum.
MAX_NODES = 5_000
# What differs by less than this is the same: a millionth, the tolerance of HiGHS.
SAME = 1e-6
# What HiGHS has solved may break each row by its tolerance, and its bound gains from that.
SOLVED = 1e-5


def solve(
    problem: Problem,
    goal: Goal,
    *,
    max_nodes: int = MAX_NODES,
    on_progress: OnProgress = ignore_progress,
) -> Answer:
    """Return the best plan for `goal` within the limits of `problem`.

    Args:
        problem: The problem; its `max_sites` is p, `cover_share` the share to be served.
        goal: What is to be best. The objective is a number of sites, people covered, the sum of
            people times metres, a cost, or metres.
        max_nodes: Where the search stops with a gap.
        on_progress: Told where the computation stands.
    """
    began = time.process_time()
    on_progress("stating", 0.0)
    inhabited, kept = _where_people_are(problem)
    answer = _dispatch(inhabited, goal, max_nodes, on_progress)
    flow = np.zeros(len(kept))
    flow[kept] = answer.flow
    on_progress("solved", 1.0)
    return replace(answer, flow=flow, cpu_s=time.process_time() - began)


def _where_people_are(problem: Problem) -> tuple[Problem, Flags]:
    """Return the problem without empty demands, and the links that it keeps."""
    lives = problem.weight > 0.0
    kept = lives[problem.links.demand]
    if lives.all():
        return problem, kept
    sizes = np.diff(problem.links.start)[lives]
    near = problem.restrict(kept)
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return replace(
        near,
        weight=problem.weight[lives],
        links=replace(near.links, start=start),
        group=None if problem.group is None else problem.group[lives],
    ), kept


def _dispatch(problem: Problem, goal: Goal, max_nodes: int, on_progress: OnProgress) -> Answer:
    if (problem.locked_in & problem.locked_out).any():
        return _nothing(problem, Status.INFEASIBLE, "a site is locked both in and out")
    if goal is Goal.SHORTEST_FARTHEST:
        return _solve_centre(problem, max_nodes, on_progress)
    if _is_plain_median(problem, goal):
        return _solve_plain_median(problem, max_nodes, on_progress)
    if _is_plant(problem, goal):
        return _solve_as_plant(problem, goal, max_nodes, on_progress)
    return _solve_whole(problem, goal, max_nodes, on_progress)


def go_to_nearest(problem: Problem, is_open: Flags) -> Floats:
    """Return the (links,) flow when every demand goes to the nearest open site in reach."""
    links = problem.links
    if len(is_open) == 0:
        return np.zeros(len(links.site))
    open_links = np.flatnonzero(is_open[links.site])
    # Links are sorted by distance: the first open one of each demand is the nearest.
    _, first = np.unique(links.demand[open_links], return_index=True)
    flow = np.zeros(len(links.site))
    flow[open_links[first]] = 1.0
    return flow


def measure(problem: Problem, goal: Goal, is_open: Flags, flow: Floats) -> float:
    """Return the objective of a plan, computed from the plan itself."""
    weight, links = problem.link_weight, problem.links
    if goal is Goal.FEWEST_SITES:
        return float(is_open.sum())
    if goal is Goal.MOST_COVERED:
        return float(weight @ flow)
    if goal is Goal.SHORTEST_WALK:
        return float((weight * links.distance) @ flow)
    if goal is Goal.LEAST_COST:
        cost = np.zeros(len(flow)) if problem.link_cost is None else problem.link_cost
        return float(problem.site_cost[is_open].sum() + cost @ flow)
    used = (flow > SAME) & (weight > 0.0)
    return float(links.distance[used].max(initial=0.0))


def _has_only_p(problem: Problem) -> bool:
    """Tell whether sites are limited by nothing but their number and the locks."""
    free = problem.economy is None and not np.isfinite(problem.budget)
    return free and problem.cover_share >= 1.0


def _is_plain_median(problem: Problem, goal: Goal) -> bool:
    walks = goal is Goal.SHORTEST_WALK and problem.capacity is None
    return walks and _has_only_p(problem) and problem.max_sites is not None


def _is_plant(problem: Problem, goal: Goal) -> bool:
    served = goal in (Goal.LEAST_COST, Goal.SHORTEST_WALK) and _has_only_p(problem)
    return served and not problem.nearest and problem.n_demands > 0


def _nothing(problem: Problem, status: Status, method: str) -> Answer:
    none = np.zeros(0, dtype=np.int64)
    return Answer(status, np.nan, np.nan, none, np.zeros(len(problem.links.site)), 0.0, method)


def _finish(  # noqa: PLR0913 - what is known of one plan
    problem: Problem,
    goal: Goal,
    is_open: Flags,
    flow: Floats,
    bound: float,
    method: str,
    *,
    within: float = SAME,
) -> Answer:
    """Measure a plan, and call it optimal where its value meets the bound `within` a share."""
    value = measure(problem, goal, is_open, flow)
    if goal is Goal.FEWEST_SITES:
        bound = float(np.ceil(bound - SAME))
    meets = abs(value - bound) <= within * max(1.0, abs(value)) or (
        bound < value if goal is Goal.MOST_COVERED else bound > value
    )
    return Answer(
        status=Status.OPTIMAL if meets else Status.FEASIBLE,
        objective=value,
        bound=value if meets else bound,
        open_site=np.flatnonzero(is_open),
        flow=flow,
        cpu_s=0.0,
        method=method,
    )


def _solve_whole(problem: Problem, goal: Goal, max_nodes: int, on_progress: OnProgress) -> Answer:
    """Solve the whole program by HiGHS."""
    method = "HiGHS on the strong formulation"
    on_progress("exact", 0.2)
    within = SAME
    if not needs_links(problem, goal):
        found = solve_cover(problem, goal, max_nodes=max_nodes)
        is_open, flow = found.is_open, go_to_nearest(problem, found.is_open)
    else:
        stated = state(problem, goal)
        found = stated.program.minimise(max_nodes=max_nodes, doubt_infeasible=True)
        is_open = is_one(found.value[stated.site]) if len(found.value) else np.zeros(0, dtype=bool)
        flow = _tidy(found.value[stated.link]) if len(found.value) else np.zeros(0)
        within = SOLVED if found.is_optimal else SAME
    if found.is_infeasible or len(is_open) == 0:
        status = Status.INFEASIBLE if found.is_infeasible else Status.UNKNOWN
        return _nothing(problem, status, method)
    bound = -found.bound if goal is Goal.MOST_COVERED else found.bound
    return _finish(problem, goal, is_open, flow, bound, method, within=within)


def _tidy(flow: Floats) -> Floats:
    """Return shares without the solver's last digits at 0 and 1."""
    return np.where(flow < SAME, 0.0, np.where(flow > 1.0 - SAME, 1.0, flow))


def _solve_centre(problem: Problem, max_nodes: int, on_progress: OnProgress) -> Answer:
    found = find_centre(problem, max_nodes=max_nodes, on_progress=on_progress)
    method = "binary search over radii, each a covering problem solved by HiGHS"
    if not np.isfinite(found.radius):
        status = Status.UNKNOWN if np.isfinite(found.bound) else Status.INFEASIBLE
        return _nothing(problem, status, method)
    flow = found.flow
    if not needs_links(problem, Goal.FEWEST_SITES):
        flow = go_to_nearest(problem, found.is_open)
        flow[problem.links.distance > found.radius] = 0.0
    return _finish(problem, Goal.SHORTEST_FARTHEST, found.is_open, flow, found.bound, method)


def _solve_plain_median(problem: Problem, max_nodes: int, on_progress: OnProgress) -> Answer:
    links = problem.links
    kept = ~problem.locked_out[links.site]
    rows = np.bincount(links.demand[kept], minlength=problem.n_demands)
    allowed = ~problem.locked_out
    count = min(int(allowed.sum()), problem.max_sites or 0)
    first = None
    if count < problem.locked_in.sum() or (rows == 0).any():
        return _nothing(problem, Status.INFEASIBLE, "a demand has no site in reach, or p is small")
    if (rows < allowed.sum()).any():
        reached = _solve_whole(
            replace(problem, max_sites=count), Goal.FEWEST_SITES, max_nodes, ignore_progress
        )
        if reached.status in (Status.INFEASIBLE, Status.UNKNOWN):
            return reached
        first = np.isin(np.arange(problem.n_sites), reached.open_site)
    median = Median(
        start=np.concatenate([[0], np.cumsum(rows)]).astype(np.int64),
        site=links.site[kept],
        cost=(problem.link_weight * links.distance)[kept],
        allowed=allowed,
        locked=problem.locked_in,
        count=count,
    )
    plan = solve_median(median, first=first, max_nodes=max_nodes, on_progress=on_progress)
    flow = go_to_nearest(problem, plan.is_open)
    return _finish(problem, Goal.SHORTEST_WALK, plan.is_open, flow, plan.bound, plan.method)


def _solve_as_plant(
    problem: Problem, goal: Goal, max_nodes: int, on_progress: OnProgress
) -> Answer:
    links = problem.links
    room = np.full(problem.n_sites, problem.weight.sum())
    walk = goal is Goal.SHORTEST_WALK
    cost = problem.link_weight * links.distance if walk else problem.link_cost
    capacity = room if problem.capacity is None else problem.capacity
    # Compiled code is made once for arrays without gaps; any other layout would be compiled anew.
    plant = Plant(
        weight=np.ascontiguousarray(problem.weight),
        capacity=np.ascontiguousarray(capacity),
        fixed=np.zeros(problem.n_sites) if walk else np.ascontiguousarray(problem.site_cost),
        demand=links.demand,
        site=links.site,
        cost=np.zeros(len(links.site)) if cost is None else np.ascontiguousarray(cost),
        allowed=~problem.locked_out,
        locked=problem.locked_in,
        most=problem.n_sites if problem.max_sites is None else problem.max_sites,
        is_single=problem.single_source,
    )
    plan = solve_plant(plant, max_nodes=max_nodes, on_progress=on_progress)
    if len(plan.flow) == 0:
        status = Status.UNKNOWN if np.isfinite(plan.bound) else Status.INFEASIBLE
        return _nothing(problem, status, "Lagrangian bound and HiGHS")
    return _finish(problem, goal, plan.is_open, plan.flow, plan.bound, plan.method)
