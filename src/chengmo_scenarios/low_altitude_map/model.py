"""The decision as the platform sees it: a request, a city, a decision."""

from chengmo import City, Text, report_progress, vertical_model
from chengmo_airspace.atlas import draw_atlas
from chengmo_scenarios.low_altitude_map.caveats import list_caveats
from chengmo_scenarios.low_altitude_map.decision import Decision
from chengmo_scenarios.low_altitude_map.reading import read_ground
from chengmo_scenarios.low_altitude_map.request import Request
from chengmo_scenarios.low_altitude_map.telling import tell
from chengmo_scenarios.low_altitude_map.words import WORDS

__all__ = ["Decision", "Request", "map_airspace"]


@vertical_model(
    title=Text(zh="低空一张图", en="Low-altitude map"),
    question_zh="这片空域里，哪里能飞、飞多高、什么时候、依据哪条规定、为什么？",
    reads=(),
    version="2",
    words=WORDS,
)
def map_airspace(request: Request, city: City) -> Decision:
    """Where may a drone fly in this area: how high, when, by which rule, and why?"""
    report_progress("reading", 0.0)
    ground = read_ground(request, city)
    report_progress("drawing", 0.3)
    atlas = draw_atlas(ground.frame, ground.sources)
    report_progress("telling", 0.8)
    return tell(request, ground, atlas).model_copy(
        update={"caveats": list_caveats(request, ground, atlas, city)}
    )
