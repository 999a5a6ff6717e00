"""The plan of a day: every flight accepted, moved or refused, with what that costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from chengmo_airspace.conflict import (
    FlightWish,
    PlannedFlight,
    Snapshot,
    find_conflicts,
    find_way,
    intent_pairs,
    plan_day,
)
from chengmo_airspace.volume import VolumeColumns
from chengmo_scenarios.flight_day.closing import Closed, index_of
from chengmo_scenarios.flight_day.flying import AS_ASKED, FLIGHT, Course, fly, wish_of
from chengmo_scenarios.flight_day.method.fairness import jain_index
from chengmo_scenarios.flight_day.reading import AskedFlight
from chengmo_scenarios.flight_day.request import Request

Status = Literal["accepted", "delayed", "level", "rerouted", "refused"]
Order = Literal["turns", "schedule"]
# What a flight wishes for, and its courses by the names of its ways.
Wished = tuple[FlightWish, dict[str, Course]]
_AS_ASKED_NAME = Course(AS_ASKED, np.empty((0, 2))).name


@dataclass(frozen=True)
class Outcome:
    """What became of a flight.

    Attributes:
        flight: As asked for.
        status: The greatest change: rerouted before level before delayed.
        delay_s: Seconds later; below 0, earlier.
        course: Where it goes; as asked where it is refused.
        cost: Of its changes, or of its refusal.
        alone: What it would cost if no other flight were there.
        blocked_by: What it would meet as asked: flights and zones.
        volumes: Where and when it will be; as asked where it is refused.
    """

    flight: AskedFlight
    status: Status
    delay_s: int
    course: Course
    cost: float
    alone: float
    blocked_by: tuple[str, ...]
    volumes: VolumeColumns

    @property
    def delay_min(self) -> float:
        """Return minutes later."""
        return self.delay_s / 60

    def named(self) -> Self:
        """Return it with the status that its greatest change gives it; for one that flies."""
        status: Status = "accepted"
        if self.course.route != AS_ASKED:
            status = "rerouted"
        elif self.course.lift_m:
            status = "level"
        elif self.delay_s:
            status = "delayed"
        return replace(self, status=status)


@dataclass(frozen=True)
class Share:
    """How an operator fares.

    Attributes:
        operator: Who.
        flights: How many it asked for.
        refused: How many found no place.
        moved: How many fly otherwise than asked.
        delay_min: Mean delay of those that fly.
        burden: Mean cost a flight asked for, refusals counted, beyond what it would cost without
            other flights: what the others cost it.
    """

    operator: str
    flights: int
    refused: int
    moved: int
    delay_min: float
    burden: float


@dataclass(frozen=True)
class Plan:
    """A day without conflicts.

    Attributes:
        outcomes: By the flights' ids.
        conflicts: Pairs of flights that meet in it, and flights that meet what is closed to them:
            none, counted over all pairs at the end.
    """

    outcomes: Mapping[str, Outcome]
    conflicts: int

    @property
    def cost(self) -> float:
        """Return what all changes and refusals cost."""
        return sum(outcome.cost for outcome in self.outcomes.values())

    @property
    def bound(self) -> float:
        """Return what no plan can cost less than: each flight alone with what is closed."""
        return sum(outcome.alone for outcome in self.outcomes.values())

    def with_status(self, status: Status) -> list[Outcome]:
        """Return the outcomes of one kind, by id."""
        return [outcome for outcome in self.outcomes.values() if outcome.status == status]

    def shares(self) -> list[Share]:
        """Return how each operator fares, by name."""
        by_operator: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes.values():
            by_operator.setdefault(outcome.flight.operator, []).append(outcome)
        return [_share(name, by_operator[name]) for name in sorted(by_operator)]

    def jain(self) -> float:
        """Return Jain's index of the operators' burdens."""
        return jain_index([share.burden for share in self.shares()])


def plan_day_of(
    request: Request,
    flights: Sequence[AskedFlight],
    closed: Sequence[Closed],
    *,
    order: Order,
    standing: Mapping[str, Outcome] | None = None,
    wished: Mapping[str, Wished] | None = None,
) -> Plan:
    """Return a plan of flights past what is closed and past flights that stand as planned.

    Args:
        request: Leeway, steps and costs.
        flights: Those to plan.
        closed: What is closed.
        order: Who chooses first within a priority.
        standing: Planned flights that are not moved; they are in the result as they are.
        wished: What flights wish for, by id, where that is known already.
    """
    fixed = standing or {}
    known = index_of(closed)
    zones = known.snapshot()
    for name, outcome in fixed.items():
        if outcome.status != "refused":
            known.put(FLIGHT + name, outcome.volumes)
    given = wished or {}
    wishes = {
        flight.id: given.get(flight.id) or wish_of(flight, request, closed, zones)
        for flight in flights
    }
    plan = plan_day([wish for wish, _ in wishes.values()], order=order, known=known)
    alone = plan.alone
    if fixed:  # beside flights that stand nobody is alone
        alone = {wish.intent: _cost_alone(wish, zones) for wish, _ in wishes.values()}
    by_id, refusal = {flight.id: flight for flight in flights}, request.refusal_cost
    found = {
        name: _outcome(by_id[name], part, wishes[name][1], (refusal, least))
        for part in plan.flights
        for name in (part.intent.removeprefix(FLIGHT),)
        for least in (_least(alone[part.intent], refusal),)
    }
    outcomes = dict(sorted({**fixed, **found}.items()))
    return Plan(outcomes, count_conflicts(list(outcomes.values()), closed))


def count_conflicts(outcomes: Sequence[Outcome], closed: Sequence[Closed]) -> int:
    """Return how many pairs meet that must not, over all pairs of flights and what is closed.

    The compiled search of all pairs decides, on whole numbers; planning asked an index instead.
    """
    flying = [outcome for outcome in outcomes if outcome.status != "refused"]
    numbers = {part.key: len(flying) + n for n, part in enumerate(closed)}
    parts = [outcome.volumes for outcome in flying]
    parts += [VolumeColumns.from_volumes(part.volumes()) for part in closed]
    ids = [*range(len(flying)), *(numbers[part.key] for part in closed)]
    owner = np.repeat(np.array(ids, np.int64), [len(part) for part in parts])
    pairs = intent_pairs(find_conflicts(VolumeColumns.join(parts), owner), owner)
    keys = {number: key for key, number in numbers.items()}
    return sum(
        1
        for one, other in pairs.tolist()
        if one < len(flying) and keys.get(other, "") not in flying[one].flight.authorised
    )


def conflicts_as_asked(flights: Sequence[AskedFlight], request: Request) -> int:
    """Return how many pairs of flights meet if all fly as asked."""
    parts = [fly(flight, Course(AS_ASKED, flight.path), request) for flight in flights]
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return len(intent_pairs(find_conflicts(VolumeColumns.join(parts), owner), owner))


def _outcome(
    flight: AskedFlight,
    part: PlannedFlight,
    courses: Mapping[str, Course],
    costs: tuple[float, float],
) -> Outcome:
    """Return what became of a flight; `costs` are those of a refusal and of flying alone."""
    refusal, alone = costs
    course = courses[part.way.name if part.way else _AS_ASKED_NAME]
    if part.move is None:
        return Outcome(flight, "refused", 0, course, refusal, alone, part.blocked_by, part.volumes)
    delay = part.move.delay_s
    return Outcome(
        flight, "accepted", delay, course, part.cost, alone, part.blocked_by, part.volumes
    ).named()


def _cost_alone(wish: FlightWish, zones: Snapshot) -> float | None:
    found = find_way(wish, zones)
    return found.cost if found.move else None


def _least(cost: float | None, refusal: float) -> float:
    return refusal if cost is None else min(cost, refusal)


def _share(operator: str, outcomes: Sequence[Outcome]) -> Share:
    flying = [outcome for outcome in outcomes if outcome.status != "refused"]
    return Share(
        operator=operator,
        flights=len(outcomes),
        refused=len(outcomes) - len(flying),
        moved=sum(outcome.status != "accepted" for outcome in flying),
        delay_min=sum(one.delay_min for one in flying) / len(flying) if flying else 0.0,
        burden=sum(max(0.0, one.cost - one.alone) for one in outcomes) / len(outcomes),
    )
