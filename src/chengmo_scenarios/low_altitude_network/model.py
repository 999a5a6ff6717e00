"""The decision as the platform sees it: a request, a city, a decision."""

from chengmo import City, Text, report_progress, vertical_model
from chengmo_scenarios.low_altitude_network.caveats import list_caveats
from chengmo_scenarios.low_altitude_network.decision import Decision
from chengmo_scenarios.low_altitude_network.planning import plan
from chengmo_scenarios.low_altitude_network.reading import read_ground
from chengmo_scenarios.low_altitude_network.request import Request
from chengmo_scenarios.low_altitude_network.telling import refuse, tell
from chengmo_scenarios.low_altitude_network.words import WORDS

__all__ = ["Decision", "Request", "plan_network"]


@vertical_model(
    title=Text(zh="低空一张网", en="Low-altitude network"),
    question_zh="起降点设在哪里、航路怎么走、各飞多高,才能服务最多的人、少扰人、不冲突、不怕断?",
    reads=(),
    version="2",
    words=WORDS,
)
def plan_network(request: Request, city: City) -> Decision:
    """Where should drones take off and land, by which corridors and at which heights?"""
    report_progress("reading", 0.0)
    ground = read_ground(request, city)
    report_progress("planning", 0.2)
    found = plan(request, ground)
    report_progress("telling", 0.9)
    decision = refuse(found) if isinstance(found, Text) else tell(request, ground, found)
    return decision.model_copy(update={"caveats": list_caveats(request, ground, city)})
