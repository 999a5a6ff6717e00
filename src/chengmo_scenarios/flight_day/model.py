"""The decision as the platform sees it: a request, a city, a decision."""

import numpy as np

from chengmo import City, InvalidRequest, Text, report_progress, vertical_model
from chengmo_airspace.zones import ZoneMap
from chengmo_scenarios.flight_day.closing import close_above, close_area, close_zones, day_of
from chengmo_scenarios.flight_day.decision import Decision
from chengmo_scenarios.flight_day.load import loads_of
from chengmo_scenarios.flight_day.making import Wanted, make_flights
from chengmo_scenarios.flight_day.planning import conflicts_as_asked, plan_day_of
from chengmo_scenarios.flight_day.reading import (
    AskedFlight,
    read_flights,
    read_ground,
    read_residents,
    read_zones,
)
from chengmo_scenarios.flight_day.request import Request
from chengmo_scenarios.flight_day.telling import Found, list_caveats, tell
from chengmo_scenarios.flight_day.whatif import close
from chengmo_scenarios.flight_day.words import WORDS

__all__ = ["Decision", "Request", "plan_flights"]


@vertical_model(
    title=Text(zh="一天的飞行计划", en="A day's flights"),
    question_zh="今天各家的飞行怎样安排才互不冲突，谁要改、改多少、公平吗？",
    reads=(),
    version="2",
    words=WORDS,
)
def plan_flights(request: Request, city: City) -> Decision:
    """How can the day's flights of all operators be flown without conflict, and who must change?"""
    report_progress("reading", 0.0)
    zone_map = read_zones(request, city)
    flights = _flights(request, city, zone_map)
    day = day_of(flights)
    closed = [
        *close_zones(zone_map, day, read_ground(request, city)),
        close_above(request, flights, day),
    ]
    report_progress("planning", 0.1)
    plan = plan_day_of(request, flights, closed, order=request.order)
    report_progress("comparing", 0.5)
    other = plan_day_of(
        request, flights, closed, order="schedule" if request.order == "turns" else "turns"
    )
    what_if = None
    if request.closure is not None:
        report_progress("closing", 0.7)
        closure = close_area(request.closure, zone_map)
        what_if = close(request, plan, closed, closure, request.closure.announced)
        closed, plan = [*closed, *closure], what_if.after
    report_progress("telling", 0.9)
    found = Found(
        flights=flights,
        closed=closed,
        plan=plan,
        whatif=what_if,
        other=other,
        conflicts_asked=conflicts_as_asked(flights, request),
        loads=loads_of(flights, plan.outcomes.values(), request),
        zone_map=zone_map,
    )
    return tell(request, found).model_copy(update={"caveats": list_caveats(request, found, city)})


def _flights(request: Request, city: City, zone_map: ZoneMap) -> list[AskedFlight]:
    if request.flights is not None:
        flights = read_flights(request, request.flights, city)
        if not flights:
            raise InvalidRequest(
                f"dataset '{request.flights}' has no flight", hint="give one flight or more"
            )
        return flights
    places, residents = read_residents(request.population or "population", city)
    return make_flights(
        np.asarray(places),
        residents,
        Wanted(request.synthetic_flights, request.seed, request.synthetic_day, request.width_m),
        closed=[layer.area() for _, layer in zone_map.layers],
    )
