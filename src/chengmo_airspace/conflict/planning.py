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

The plan has no conflicts, which is checked again at the end over all pairs. It is a heuristic: that
no plan is cheaper is not proven.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chengmo import InvalidRequest
from chengmo_airspace.conflict.index import ConflictIndex, as_columns
from chengmo_airspace.conflict.pairs import find_conflicts
from chengmo_airspace.conflict.resolution import Leeway, Proposal, find_cheapest
from chengmo_airspace.volume import Volume, VolumeColumns
from chengmo_airspace.volume.columns import BEGIN
from chengmo_airspace.volume.lattice import PER_SECOND, to_millimetres

Order = Literal["schedule", "turns"]


@dataclass(frozen=True)
class FlightWish:
    """A flight somebody wants, as it would be without others.

    Attributes:
        intent: Its id.
        operator: Whose it is.
        priority: Higher goes first.
        volumes: Where and when it wants to be.
        leeway: How far it may be moved.
    """

    intent: str
    operator: str
    priority: int
    volumes: Sequence[Volume] | VolumeColumns
    leeway: Leeway


@dataclass(frozen=True)
class PlannedFlight:
    """A flight in a plan.

    Attributes:
        intent: Its id.
        operator: Whose it is.
        move: How it is moved and why, or None where its leeway does not suffice: it stays out.
        volumes: Where and when it will be; as wished where it stays out.
    """

    intent: str
    operator: str
    move: Proposal | None
    volumes: VolumeColumns


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
        quality: What is known of the plan's cost.
    """

    flights: tuple[PlannedFlight, ...]
    shares: tuple[OperatorShare, ...]
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
    wishes: Iterable[FlightWish], *, order: Order = "turns", known: ConflictIndex | None = None
) -> DayPlan:
    """Plan flights so that none conflict, with each other nor with what is known already.

    Args:
        wishes: The flights.
        order: Who chooses when within a priority class; see above.
        known: Intents that stand and are not moved. It is read, not changed.

    Raises:
        InvalidRequest: If an id comes twice, or is known.
    """
    listed = list(wishes)
    names = {wish.intent for wish in listed}
    if len(names) != len(listed) or (known is not None and any(name in known for name in names)):
        raise InvalidRequest("a flight comes twice", hint="give each flight an id of its own")
    index = ConflictIndex(like=known)
    flights: list[PlannedFlight] = []
    for priority in sorted({wish.priority for wish in listed}, reverse=True):
        _plan_class([wish for wish in listed if wish.priority == priority], order, index, flights)
    _check(flights)
    return DayPlan(tuple(flights), _share_out(flights))


def _plan_class(
    wishes: list[FlightWish], order: Order, index: ConflictIndex, flights: list[PlannedFlight]
) -> None:
    """Plan the flights of one priority class."""
    columns = {wish.intent: as_columns(wish.volumes) for wish in wishes}
    starts = {name: int(volumes.boxes[:, BEGIN].min()) for name, volumes in columns.items()}
    queues: dict[str, list[FlightWish]] = {}
    for wish in sorted(wishes, key=lambda wish: (starts[wish.intent], wish.intent), reverse=True):
        queues.setdefault(wish.operator if order == "turns" else "", []).append(wish)
    sizes = {operator: len(queue) for operator, queue in queues.items()}
    costs = dict.fromkeys(queues, 0.0)

    def turn(operator: str) -> tuple[float, float, int, str]:
        queue = queues[operator]
        done = sizes[operator] - len(queue)
        share, paid = done / sizes[operator], costs[operator] / max(done, 1)
        return (share, -paid, starts[queue[-1].intent], operator)

    while queues:
        operator = min(queues, key=turn)
        wish = queues[operator].pop()
        if not queues[operator]:
            del queues[operator]
        flight = _place(wish, columns[wish.intent], index)
        costs[operator] += flight.move.cost if flight.move else 0.0
        flights.append(flight)


def _place(wish: FlightWish, volumes: VolumeColumns, index: ConflictIndex) -> PlannedFlight:
    """Move a flight as cheaply as what is planned allows, and plan it."""
    move = find_cheapest(index.snapshot(), volumes, wish.leeway)
    if move is not None:
        volumes = volumes.moved(
            time_us=move.delay_s * PER_SECOND, height_mm=to_millimetres(move.climb_m)
        )
        index.put(wish.intent, volumes)
    return PlannedFlight(wish.intent, wish.operator, move, volumes)


def _check(flights: Sequence[PlannedFlight]) -> None:
    """Make sure, by another way than planning went, that no two planned flights conflict."""
    planned = [flight.volumes for flight in flights if flight.move]
    owner = np.repeat(np.arange(len(planned)), [len(volumes) for volumes in planned])
    if len(find_conflicts(VolumeColumns.join(planned), owner)):
        raise AssertionError("two planned flights conflict")


def _share_out(flights: Sequence[PlannedFlight]) -> tuple[OperatorShare, ...]:
    shares: list[OperatorShare] = []
    for operator in sorted({flight.operator for flight in flights}):
        moves = [flight.move for flight in flights if flight.operator == operator]
        costs = [move.cost for move in moves if move]
        shares.append(OperatorShare(operator, len(costs), len(moves) - len(costs), sum(costs)))
    return tuple(shares)
