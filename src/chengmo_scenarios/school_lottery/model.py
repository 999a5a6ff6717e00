"""The decision as the platform sees it: a request, a city, a decision."""

from chengmo import City, Text, report_progress, vertical_model
from chengmo_scenarios.school_lottery.analysis import tell_analysis
from chengmo_scenarios.school_lottery.ceremony import ignore_priorities
from chengmo_scenarios.school_lottery.decision import Decision
from chengmo_scenarios.school_lottery.proposing import tell_catchments
from chengmo_scenarios.school_lottery.publishing import tell_commitment, tell_draw, tell_verdict
from chengmo_scenarios.school_lottery.reading import read_ground, read_new_lines
from chengmo_scenarios.school_lottery.refusal import count_missing, tell_infeasible
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.telling import list_caveats
from chengmo_scenarios.school_lottery.words import WORDS

__all__ = ["Decision", "Request", "allot_seats"]


@vertical_model(
    title=Text(zh="多校划片随机派位", en="School seats by lottery"),
    question_zh="谁上哪所学校，怎样派位才公平、人人都能核验？",
    reads=(),
    version="3",
    words=WORDS,
)
def allot_seats(request: Request, city: City) -> Decision:
    """Who gets which school seat, by a lottery that is fair and that every family can check?"""
    report_progress("reading", 0.0)
    ground = read_ground(request, city)
    caveats = list_caveats(request, ground, city)
    if request.overflow and count_missing(ground):
        return tell_infeasible(ground, caveats)
    if request.step == "analyse":
        decision = tell_analysis(request, ground, read_new_lines(request, city))
        return decision.model_copy(update={"caveats": caveats})
    steps = {
        "catchments": tell_catchments,
        "commit": tell_commitment,
        "draw": tell_draw,
        "verify": tell_verdict,
    }
    if request.step != "catchments":
        ground = ignore_priorities(request, ground)
    decision = steps[request.step](request, ground)
    return decision.model_copy(update={"caveats": caveats})
