"""What if an area were closed for a while: who is affected, and what then.

Only planned flights that meet the closure are touched; the others stand as planned. Each of these
gets its proposals (the cheapest of each kind of change, were it the only one affected), and all of
them together a new plan past the closure and past the flights that stand. Beside it stands what
planning everybody afresh would give, which can be cheaper and touches more flights.

When the closure is announced, some may be in the air. They keep their time and level, and the leg
they are on; from its end they go round what is closed, or have to land.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from chengmo_airspace.conflict import FlightWish, Leeway, Snapshot, Way, find_way
from chengmo_airspace.volume import VolumeColumns
from chengmo_scenarios.flight_day.closing import CLOSED, CLOSURE, Closed, index_of
from chengmo_scenarios.flight_day.flying import (
    AS_ASKED,
    FLIGHT,
    ROUND,
    Course,
    areas_near,
    cost_of,
    fly,
    leeway_of,
    wish_of,
)
from chengmo_scenarios.flight_day.method.detour import go_round
from chengmo_scenarios.flight_day.method.path import cut_path, length_of
from chengmo_scenarios.flight_day.planning import Outcome, Plan, Wished, plan_day_of
from chengmo_scenarios.flight_day.reading import AskedFlight
from chengmo_scenarios.flight_day.request import Request


@dataclass(frozen=True)
class WhatIf:
    """What a closure changes.

    Attributes:
        closed: The closure.
        before: The plan without it.
        affected: The flights that meet it as planned, by id.
        airborne: Those of them that are in the air when it is announced.
        proposals: For each affected flight on the ground the cheapest of each kind of change, the
            cheapest first, if the other affected flights were not there.
        after: The plan with it: only affected flights are moved.
        afresh: The plan with it if all flights on the ground were planned again.
    """

    closed: Sequence[Closed]
    before: Plan
    affected: tuple[str, ...]
    airborne: frozenset[str]
    proposals: Mapping[str, Sequence[Outcome]]
    after: Plan
    afresh: Plan


def close(
    request: Request,
    before: Plan,
    closed: Sequence[Closed],
    closure: Sequence[Closed],
    announced: datetime | None,
) -> WhatIf:
    """Return what a closure changes in a plan.

    Args:
        request: Leeway, steps and costs.
        before: The plan without it.
        closed: What is closed anyway.
        closure: What would be closed besides.
        announced: When operators are told; None: before the first flight.
    """
    affected = _affected(before, closure)
    in_air = {
        name
        for name, one in before.outcomes.items()
        if announced and one.status != "refused" and _departure(one) <= announced
    }
    both = [*closed, *closure]
    standing = {name: one for name, one in before.outcomes.items() if name not in affected}
    after = _plan_again(request, before, both, (standing, in_air, announced))
    settled = {name: after.outcomes[name] for name in in_air}
    afresh = _plan_again(request, before, both, (settled, in_air, announced))
    on_ground = [name for name in affected if name not in in_air]
    return WhatIf(
        closure,
        before,
        affected,
        frozenset(in_air & set(affected)),
        _propose(request, before, both, standing, on_ground, announced),
        after,
        afresh,
    )


def _affected(plan: Plan, closure: Sequence[Closed]) -> tuple[str, ...]:
    known = index_of(closure).snapshot()
    return tuple(
        name
        for name, one in plan.outcomes.items()
        if one.status != "refused"
        and CLOSURE not in one.flight.authorised
        and known.find_meetings(one.volumes)
    )


def _departure(outcome: Outcome) -> datetime:
    return outcome.flight.departure + timedelta(seconds=outcome.delay_s)


def _plan_again(
    request: Request,
    before: Plan,
    closed: Sequence[Closed],
    fixed: tuple[Mapping[str, Outcome], set[str], datetime | None],
) -> Plan:
    """Plan all flights that do not stand: those in the air by what they can still do."""
    standing, in_air, announced = fixed
    zones = index_of(closed).snapshot()
    flights: list[AskedFlight] = []
    wished: dict[str, Wished] = {}
    for name, one in before.outcomes.items():
        if name in standing:
            continue
        if name in in_air:
            flight = _as_flown(one)
            wished[name] = _wish_in_air(request, one, closed, announced)
        else:
            flight = _on_ground(request, one.flight, announced)
            wished[name] = wish_of(flight, request, closed, zones)
        flights.append(flight)
    plan = plan_day_of(
        request, flights, closed, order=request.order, standing=standing, wished=wished
    )
    again = {
        name: one if name in standing else _restate(request, before.outcomes[name], one)
        for name, one in plan.outcomes.items()
    }
    return Plan(again, plan.conflicts)


def _on_ground(request: Request, flight: AskedFlight, announced: datetime | None) -> AskedFlight:
    """Return a flight that leaves after the announcement, with the leeway that is left."""
    leeway = leeway_of(flight, request)
    first = flight.departure - timedelta(seconds=leeway.earlier_s)
    if announced is None or first > announced:
        return flight
    if flight.departure > announced:
        earlier = (flight.departure - announced).total_seconds() // request.step_s * request.step_s
        return replace(flight, earlier_min=max(0.0, earlier - request.step_s) / 60)
    steps = int((announced - flight.departure).total_seconds() // request.step_s) + 1
    shift = steps * request.step_s
    return replace(
        flight,
        departure=flight.departure + timedelta(seconds=shift),
        earlier_min=0.0,
        later_min=max(0, leeway.later_s - shift) / 60,
    )


def _as_flown(one: Outcome) -> AskedFlight:
    """Return a flight as it was planned: its time, its level and its path are what it asks for."""
    return replace(
        one.flight,
        departure=_departure(one),
        path=one.course.path,
        lower_m=one.flight.lower_m + one.course.lift_m,
        upper_m=one.flight.upper_m + one.course.lift_m,
        earlier_min=0.0,
        later_min=0.0,
    )


def _wish_in_air(
    request: Request, one: Outcome, closed: Sequence[Closed], announced: datetime | None
) -> Wished:
    """Return what a flight in the air can still do: go round from the end of its leg."""
    flight = _as_flown(one)
    exempt = frozenset(CLOSED + key for key in flight.authorised)
    courses = {Course(AS_ASKED, flight.path).name: Course(AS_ASKED, flight.path)}
    ways: list[Way] = []
    found = _round_from(request, flight, closed, announced)
    if found:
        course, rest, flown = found
        courses[course.name] = course
        cost = cost_of(flight, course, request)
        ways.append(Way(course.name, cost, partial(_volumes_round, request, one, rest, flown)))
    leeway = Leeway(later_s=0, step_s=request.step_s, minute_cost=request.minute_cost)
    wish = FlightWish(
        FLIGHT + flight.id, flight.operator, flight.priority, one.volumes, leeway, ways, exempt
    )
    return wish, courses


def _round_from(
    request: Request, flight: AskedFlight, closed: Sequence[Closed], announced: datetime | None
) -> tuple[Course, AskedFlight, int] | None:
    """Return the whole course, the flight from where it turns off, and the legs flown by then."""
    legs = cut_path(flight.path, speed_mps=flight.speed_mps, leg_s=request.leg_s)
    climb = flight.upper_m / request.climb_mps
    gone = (announced - flight.departure).total_seconds() - climb if announced else 0.0
    flown = int(np.searchsorted(legs.to_s, gone)) + 1 if gone > 0 else 0
    areas = areas_near(flight, closed, request)
    if flown >= len(legs.to_s) or not areas:
        return None
    turn = legs.begin[flown]
    ahead = flight.path[_vertex_after(flight, float(legs.from_s[flown])) :]
    path = go_round(
        np.vstack([turn, ahead]), areas, clearance_m=request.clearance_m + flight.width_m / 2
    )
    if path is None:
        return None
    whole = np.vstack([flight.path[: len(flight.path) - len(ahead)], path])
    course = Course(ROUND, whole, 0.0, length_of(whole) - length_of(flight.path))
    late = timedelta(seconds=float(legs.from_s[flown]))
    return course, replace(flight, path=path, departure=flight.departure + late), flown


def _vertex_after(flight: AskedFlight, seconds: float) -> int:
    """Return the number of the first vertex of a path that is reached later than an instant."""
    whole = cut_path(flight.path, speed_mps=flight.speed_mps, leg_s=np.inf)
    return int(np.searchsorted(whole.to_s, seconds + 1e-6, side="right")) + 1


def _volumes_round(request: Request, one: Outcome, rest: AskedFlight, flown: int) -> VolumeColumns:
    """Return the climb and the legs flown as planned, and the new way from there."""
    new = fly(rest, Course(ROUND, rest.path), request)
    old = one.volumes.take(np.arange(flown + 1))
    return VolumeColumns.join([old, new.take(np.arange(1, len(new)))])


def _restate(request: Request, before: Outcome, after: Outcome) -> Outcome:
    """Return an outcome of a flight that was shifted as one of what was asked for at first."""
    flight, asked = before.flight, after.flight
    shift = round((asked.departure - flight.departure).total_seconds())
    route = after.course.route
    if route == AS_ASKED and asked.path is before.course.path:
        route = before.course.route
    course = Course(
        route,
        after.course.path,
        asked.lower_m + after.course.lift_m - flight.lower_m,
        length_of(after.course.path) - length_of(flight.path),
    )
    alone = min(after.alone, before.alone) if shift else after.alone
    if after.status == "refused":
        return replace(after, flight=flight, alone=alone)
    delay = after.delay_s + shift
    cost = abs(delay) / 60 * request.minute_cost + cost_of(flight, course, request)
    return replace(
        after, flight=flight, delay_s=delay, course=course, cost=cost, alone=min(alone, cost)
    ).named()


def _propose(
    request: Request,
    before: Plan,
    closed: Sequence[Closed],
    standing: Mapping[str, Outcome],
    names: Sequence[str],
    announced: datetime | None,
) -> dict[str, list[Outcome]]:
    """Return the cheapest of each kind of change for each flight on the ground."""
    known = index_of(closed)
    zones = known.snapshot()
    for name, one in standing.items():
        if one.status != "refused":
            known.put(FLIGHT + name, one.volumes)
    snapshot = known.snapshot()
    found: dict[str, list[Outcome]] = {}
    for name in names:
        one = before.outcomes[name]
        flight = _on_ground(request, one.flight, announced)
        wish, courses = wish_of(flight, request, closed, zones)
        found[name] = [
            _restate(request, one, proposal)
            for proposal in _cheapest_by_kind(flight, wish, courses, snapshot)
        ]
        found[name].sort(key=lambda proposal: proposal.cost)
    return found


def _cheapest_by_kind(
    flight: AskedFlight, wish: FlightWish, courses: Mapping[str, Course], snapshot: Snapshot
) -> list[Outcome]:
    """Return the cheapest delay, change of level and other path that are free."""
    asked = Course(AS_ASKED, flight.path)
    best: dict[str, Outcome] = {}
    for way in (None, *wish.ways):
        alone = replace(wish, ways=())
        if way:
            alone = replace(alone, volumes=way.make())
        part = find_way(alone, snapshot)
        if part.move is None:
            continue
        course = courses[way.name] if way else asked
        cost = part.cost + (way.cost if way else 0.0)
        outcome = Outcome(
            flight, "accepted", part.move.delay_s, course, cost, 0.0, (), part.volumes
        ).named()
        kept = best.get(outcome.status)
        if kept is None or cost < kept.cost:
            best[outcome.status] = outcome
    return list(best.values())
