"""A day's flights planned so that none conflict, by priority and fairly between operators.

**The rule.** Priority classes are planned from the highest down; what is planned stays. Each flight
gets the cheapest move in time and height that is free by then, so with whom the choice begins
decides who waits. Within a class there are two orders:

- `"schedule"`: by the start asked for. In air traffic flow management this is called rationing by
  schedule (Vossen, Ball, Hoffman and Wambsganss, A General Approach to Equity in Traffic Flow
  Management, 2003); unlike first come, first served it does not reward who files early.
- `"turns"`: operators take turns. Next is the one of whose flights in this class the least share is
  planned; among equals the one whose flights have cost it most on average so far; then the
  earlier start. An operator plans its own flights by the start asked for. Turns are in proportion
  to flights, so an operator split in two has no more of them; who had to wait chooses earlier.

A flight may name other ways to fly it, each with what it costs more; they are tried with all their
delays, the cheapest first. It may also be exempt from known intents, such as a zone it is
authorised for.

A flight that finds no place although it would if it were alone chooses first when its class is
planned again, before those that did so earlier, up to `rounds` times; of the class's plans the one
that leaves the fewest out is kept, then the cheapest, then the earliest (after Joslin and Clements,
Squeaky Wheel Optimization, 1999).

The plan has no conflicts, which is checked again at the end over all pairs. It is a heuristic: that
no plan is cheaper is not proven. What each flight would cost without the others (`DayPlan.alone`)
is a bound that no plan can fall below.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from chengmo import InvalidRequest
from chengmo_airspace.conflict.index import ConflictIndex, Snapshot, Volumes, as_columns
from chengmo_airspace.conflict.pairs import find_conflicts
from chengmo_airspace.conflict.resolution import Leeway, Proposal, find_cheapest
from chengmo_airspace.volume import Volume, VolumeColumns
from chengmo_airspace.volume.columns import BEGIN
from chengmo_airspace.volume.lattice import PER_SECOND, to_millimetres

Order = Literal["schedule", "turns"]


@dataclass(frozen=True)
class Way:
    """Another way to fly the same flight: another height, another path.

    Attributes:
        name: What it is called in the plan.
        cost: What it costs more than the way wished for, before any delay; 0 or more.
        make: Gives its volumes; asked only where nothing cheaper is free.
    """

    name: str
    cost: float
    make: Callable[[], Volumes]


@dataclass(frozen=True)
class FlightWish:
    """A flight somebody wants, as it would be without others.

    Attributes:
        intent: Its id.
        operator: Whose it is.
        priority: Higher goes first.
        volumes: Where and when it wants to be.
        leeway: How far it may be moved, on each of its ways.
        ways: Others to fly it; of equal cost the first.
        exempt: Known intents it may meet.
    """

    intent: str
    operator: str
    priority: int
    volumes: Sequence[Volume] | VolumeColumns
    leeway: Leeway
    ways: Sequence[Way] = ()
    exempt: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlannedFlight:
    """A flight in a plan.

    Attributes:
        intent: Its id.
        operator: Whose it is.
        move: How it is moved and why, or None where its leeway does not suffice: it stays out.
        volumes: Where and when it will be; as wished where it stays out.
        way: The other way that it takes, None as wished.
        blocked_by: What it would meet as wished, ascending; of what was planned before it.
    """

    intent: str
    operator: str
    move: Proposal | None
    volumes: VolumeColumns
    way: Way | None = None
    blocked_by: tuple[str, ...] = ()

    @property
    def cost(self) -> float:
        """Return what its move and its way cost; 0 where it stays out."""
        return self.move.cost + (self.way.cost if self.way else 0.0) if self.move else 0.0


@dataclass(frozen=True)
class OperatorShare:
    """How an operator fares in a plan.

    Attributes:
        operator: Who.
        flights: Planned ones.
        left_out: Those that found no place.
        cost: Of all its planned flights.
    """

    operator: str
    flights: int
    left_out: int
    cost: float


@dataclass(frozen=True)
class DayPlan:
    """Flights that do not conflict, in the order they were planned.

    Attributes:
        flights: All that were wished for.
        shares: How each operator fares, by name.
        alone: What each flight would cost without the other flights, by id; None where even then it
            finds no place.
        quality: What is known of the plan's cost.
    """

    flights: tuple[PlannedFlight, ...]
    shares: tuple[OperatorShare, ...]
    alone: Mapping[str, float | None]
    quality: Literal["heuristic, not proven"] = "heuristic, not proven"

    @property
    def cost(self) -> float:
        """The cost of all planned flights."""
        return sum(share.cost for share in self.shares)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The flights that found no place within their leeway."""
        return tuple(flight.intent for flight in self.flights if flight.move is None)


def plan_day(
    wishes: Iterable[FlightWish],
    *,
    order: Order = "turns",
    known: ConflictIndex | None = None,
    rounds: int = 3,
) -> DayPlan:
    """Plan flights so that none conflict, with each other nor with what is known already.

    Args:
        wishes: The flights.
        order: Who chooses when within a priority class; see above.
        known: Intents that stand and are not moved. It is read, not changed.
        rounds: How often at most a class is planned again for those that found no place; 0: never.

    Raises:
        InvalidRequest: If an id comes twice, or is known.
    """
    listed = list(wishes)
    names = {wish.intent for wish in listed}
    if len(names) != len(listed) or (known is not None and any(name in known for name in names)):
        raise InvalidRequest("a flight comes twice", hint="give each flight an id of its own")
    empty = Snapshot() if known is None else known.snapshot()
    alone = {wish.intent: find_way(wish, empty) for wish in listed}
    able = {name for name, found in alone.items() if found.move}
    index, flights = ConflictIndex(like=known), list[PlannedFlight]()
    for priority in sorted({wish.priority for wish in listed}, reverse=True):
        own = [wish for wish in listed if wish.priority == priority]
        planned, index = _plan_rounds(own, order, index, able, rounds)
        flights += planned
    _check(flights)
    costs = {name: found.cost if found.move else None for name, found in alone.items()}
    return DayPlan(tuple(flights), _share_out(flights), costs)


def _plan_rounds(
    wishes: list[FlightWish], order: Order, known: ConflictIndex, able: set[str], rounds: int
) -> tuple[list[PlannedFlight], ConflictIndex]:
    """Plan the flights of one priority class, again for those that could fly and found no place."""
    first, plans = dict[str, int](), list[tuple[float, float, int]]()
    kept: tuple[list[PlannedFlight], ConflictIndex] = ([], known)
    for number in range(rounds + 1):
        index = ConflictIndex(like=known)
        flights = _plan_class(wishes, order, index, first)
        out = {flight.intent for flight in flights if flight.move is None} & able
        plans.append((len(out), sum(flight.cost for flight in flights), number))
        if min(plans)[2] == number:
            kept = (flights, index)
        if not out:
            break
        first.update(dict.fromkeys(out, number + 1))
    return kept


def _plan_class(
    wishes: list[FlightWish], order: Order, index: ConflictIndex, first: Mapping[str, int]
) -> list[PlannedFlight]:
    """Plan the flights of one priority class, those in `first` before the others, highest first."""
    flights: list[PlannedFlight] = []
    starts = {wish.intent: int(as_columns(wish.volumes).boxes[:, BEGIN].min()) for wish in wishes}
    queues: dict[str, list[FlightWish]] = {}

    def due(wish: FlightWish) -> tuple[int, int, str]:
        return (-first.get(wish.intent, 0), starts[wish.intent], wish.intent)

    for wish in sorted(wishes, key=due, reverse=True):
        queues.setdefault(wish.operator if order == "turns" else "", []).append(wish)
    sizes = {operator: len(queue) for operator, queue in queues.items()}
    costs = dict.fromkeys(queues, 0.0)

    def turn(operator: str) -> tuple[int, float, float, int, str]:
        queue = queues[operator]
        done = sizes[operator] - len(queue)
        share, paid = done / sizes[operator], costs[operator] / max(done, 1)
        early = -first.get(queue[-1].intent, 0)
        return (early, share, -paid, starts[queue[-1].intent], operator)

    while queues:
        operator = min(queues, key=turn)
        wish = queues[operator].pop()
        if not queues[operator]:
            del queues[operator]
        flight = _place(wish, index)
        costs[operator] += flight.cost
        flights.append(flight)
    return flights


def _place(wish: FlightWish, index: ConflictIndex) -> PlannedFlight:
    """Move a flight as cheaply as what is planned allows, and plan it."""
    flight = find_way(wish, index.snapshot())
    if flight.move:
        index.put(wish.intent, flight.volumes)
    return flight


def find_way(wish: FlightWish, snapshot: Snapshot) -> PlannedFlight:
    """Return the cheapest of a flight's ways and moves that meets nothing of what is known."""
    wished = as_columns(wish.volumes)
    best = PlannedFlight(wish.intent, wish.operator, None, wished)
    for way in (None, *sorted(wish.ways, key=lambda way: way.cost)):
        if best.move and (way.cost if way else 0.0) >= best.cost:
            break
        volumes = as_columns(way.make()) if way else wished
        move = find_cheapest(snapshot, volumes, wish.leeway, besides=wish.exempt)
        if move is None or (best.move and move.cost + (way.cost if way else 0.0) >= best.cost):
            continue
        moved = volumes.moved(
            time_us=move.delay_s * PER_SECOND, height_mm=to_millimetres(move.climb_m)
        )
        best = PlannedFlight(wish.intent, wish.operator, move, moved, way)
    if best.way is None and best.move and best.move.kind == "none":
        return best
    met = snapshot.find_meetings(wished, besides=wish.exempt)
    return replace(best, blocked_by=tuple(sorted({meeting.intent for meeting in met})))


def _check(flights: Sequence[PlannedFlight]) -> None:
    """Make sure, by another way than planning went, that no two planned flights conflict."""
    planned = [flight.volumes for flight in flights if flight.move]
    owner = np.repeat(np.arange(len(planned)), [len(volumes) for volumes in planned])
    if len(find_conflicts(VolumeColumns.join(planned), owner)):
        raise AssertionError("two planned flights conflict")


def _share_out(flights: Sequence[PlannedFlight]) -> tuple[OperatorShare, ...]:
    shares: list[OperatorShare] = []
    for operator in sorted({flight.operator for flight in flights}):
        own = [flight for flight in flights if flight.operator == operator]
        costs = [flight.cost for flight in own if flight.move]
        shares.append(OperatorShare(operator, len(costs), len(own) - len(costs), sum(costs)))
    return tuple(shares)
