"""The decision as the platform sees it: a request, a city, a decision."""

from datetime import timedelta

from chengmo import City, Text, report_progress, vertical_model
from chengmo_airspace.zones import ask, profile, timeline
from chengmo_scenarios.flight_permission.decision import Decision
from chengmo_scenarios.flight_permission.reading import read_ground
from chengmo_scenarios.flight_permission.request import Request
from chengmo_scenarios.flight_permission.telling import Found, list_caveats, tell
from chengmo_scenarios.flight_permission.words import WORDS

__all__ = ["Decision", "Request", "ask_permission"]


@vertical_model(
    title=Text(zh="这里能飞吗", en="May I fly here"),
    question_zh="无人机在这里能飞吗：飞多高、什么时候、依据哪条规定、为什么？",
    reads=(),
    version="3",
    words=WORDS,
)
def ask_permission(request: Request, city: City) -> Decision:
    """May a drone fly here: how high, when, by which rule, and why?"""
    report_progress("reading", 0.0)
    ground = read_ground(request, city)
    report_progress("asking", 0.4)
    horizon = max(timedelta(hours=request.horizon_h), request.duration)
    found = Found(
        question=ground.question,
        permission=ask(ground.zone_map, ground.question),
        bands=profile(ground.zone_map, ground.question, top_m=request.top_m),
        spans=timeline(ground.zone_map, ground.question, until=request.start + horizon),
    )
    report_progress("telling", 0.8)
    return tell(request, ground, found).model_copy(
        update={"caveats": list_caveats(request, ground, found, city)}
    )
