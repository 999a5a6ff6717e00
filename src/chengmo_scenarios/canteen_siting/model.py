"""The decision as the platform sees it: a request, a city, a decision."""

import numpy as np

from chengmo import City, Quality, Text, report_progress, vertical_model
from chengmo_scenarios.canteen_siting.decision import Decision
from chengmo_scenarios.canteen_siting.method.curve import find_bindings, trace_curve
from chengmo_scenarios.canteen_siting.method.diagnosis import diagnose
from chengmo_scenarios.canteen_siting.method.problem import Answer, Goal, Status
from chengmo_scenarios.canteen_siting.method.siting import solve
from chengmo_scenarios.canteen_siting.method.statement import Limit
from chengmo_scenarios.canteen_siting.reading import Ground, read_ground
from chengmo_scenarios.canteen_siting.refusal import tell_infeasible
from chengmo_scenarios.canteen_siting.request import Request
from chengmo_scenarios.canteen_siting.telling import list_caveats, tell_plan
from chengmo_scenarios.canteen_siting.words import WORDS

__all__ = ["Decision", "Request", "site_canteens"]

# Goals of which a curve over the number of sites can be drawn in the time a person waits.
CURVED = (Goal.MOST_COVERED, Goal.SHORTEST_WALK)
MOST_CURVED_LINKS = 1_000_000


@vertical_model(
    title=Text(zh="幸福食堂选址", en="Senior canteen siting"),
    question_zh="幸福食堂建在哪里，老人走得近，食堂也办得下去？",
    reads=("population",),
    version="3",
    words=WORDS,
)
def site_canteens(request: Request, city: City) -> Decision:
    """Where should senior canteens be, so that they are near and can live?"""
    report_progress("reading", 0.0)
    ground = read_ground(request, city)
    goal = Goal(request.goal)
    answer = solve(
        ground.problem,
        goal,
        max_nodes=request.max_nodes,
        on_progress=lambda stage, share: report_progress(stage, 0.05 + 0.6 * share),
    )
    caveats = list_caveats(request, ground, city)
    if answer.status is Status.INFEASIBLE:
        report_progress("diagnosis", 0.7)
        found = diagnose(ground.problem, goal, nearest_m=ground.nearest_m)
        return tell_infeasible(request, ground, found, caveats)
    if answer.status is Status.UNKNOWN:
        return tell_unknown(request, caveats)
    curve = _trace(request, ground, goal)
    limits = find_bindings(ground.problem, goal, answer, max_nodes=request.max_nodes)
    report_progress("telling", 0.98)
    return tell_plan(request, ground, answer, limits, curve).model_copy(update={"caveats": caveats})


def tell_unknown(request: Request, caveats: tuple[Text, ...]) -> Decision:
    """Return the decision when the search stopped without a plan and without a proof."""
    en = f"No plan was found within {request.max_nodes} search nodes, and none is ruled out."
    return Decision(
        outcome="limit-reached",
        answer=Text(zh=f"在 {request.max_nodes} 个搜索节点内没有找到方案，也不能证明没有。", en=en),
        quality=Quality(kind="heuristic"),
        caveats=caveats,
    )


def _trace(request: Request, ground: Ground, goal: Goal) -> list[tuple[int, Answer]]:
    """Return the best plans for a few numbers of sites up to the one asked for."""
    most = request.max_sites
    fixed = int(ground.problem.locked_in.sum())
    if request.curve_points == 0 or goal not in CURVED or most is None or most <= fixed:
        return []
    if len(ground.problem.links.site) > MOST_CURVED_LINKS:
        return []
    counts = np.unique(np.linspace(max(fixed, 1), most, request.curve_points).astype(int))
    answers = trace_curve(
        ground.problem,
        goal,
        Limit.SITES,
        counts.tolist(),
        max_nodes=request.max_nodes,
        on_progress=lambda stage, share: report_progress(stage, 0.65 + 0.3 * share),
    )
    found = zip(counts.tolist(), answers, strict=True)
    return [(count, answer) for count, answer in found if np.isfinite(answer.objective)]
