"""How an intent can be moved in time or height so that it meets nothing.

Move all volumes of an intent later by d and higher by h. Its volume i and a known volume j whose
outlines meet then meet just if

    begin_j − end_i ≤ d ≤ end_j − begin_i   and   lower_j − upper_i ≤ h ≤ upper_j − lower_i,

a closed rectangle in the plane of d and h. One search, with the intent's volumes stretched by all
the leeway there is, finds every such pair, so the least free delay (and climb) is had exactly, by
going through the ends of intervals instead of trying delays.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chengmo import InvalidRequest
from chengmo_airspace.conflict.index import Besides, Snapshot, Volumes, as_columns
from chengmo_airspace.volume import VolumeColumns
from chengmo_airspace.volume.columns import BEGIN, END, LOWER, UPPER
from chengmo_airspace.volume.lattice import PER_METRE, PER_SECOND, to_millimetres
from chengmo_airspace.volume.ring_kernel import Integers

Kind = Literal["none", "delay", "level", "both"]
Preference = tuple[float, int, int, int, int]


@dataclass(frozen=True)
class Leeway:
    """How far an intent may be moved, in which steps, and what that costs.

    The costs are the operator's or the city's to set: they only put proposals in order.

    Attributes:
        earlier_s: How much earlier at most; whole steps of it are tried.
        later_s: How much later at most.
        step_s: Delays are whole multiples of this; the least free one is found.
        lower_m: No volume may be moved below this, metres above the ellipsoid.
        upper_m: No volume may be moved above this.
        climb_step_m: Climbs and descents are whole multiples of this.
        minute_cost: Of a minute earlier or later.
        metre_cost: Of a metre up or down.
    """

    earlier_s: int = 0
    later_s: int = 3600
    step_s: int = 1
    lower_m: float = 0.0
    upper_m: float = 0.0
    climb_step_m: float = 1.0
    minute_cost: float = 1.0
    metre_cost: float = 0.1

    def __post_init__(self) -> None:
        if min(self.earlier_s, self.later_s) < 0 or self.step_s < 1 or self.climb_step_m < 0.001:  # noqa: PLR2004 - a millimetre
            raise InvalidRequest(
                "a leeway that is negative or without a step",
                hint="give seconds of 0 or more, steps of a second and a millimetre or more",
            )

    def cost(self, delay_s: int, climb_m: float) -> float:
        """Return what moving an intent costs."""
        return abs(delay_s) / 60 * self.minute_cost + abs(climb_m) * self.metre_cost

    def climbs_mm(self, boxes: Integers) -> range:
        """Return the climbs and descents that keep an intent within the band, 0 among them.

        An intent that leaves the band as it is stays at its height.
        """
        down = to_millimetres(self.lower_m) - int(boxes[:, LOWER].min())
        up = to_millimetres(self.upper_m) - int(boxes[:, UPPER].max())
        step = to_millimetres(self.climb_step_m)
        if down > 0 or up < 0:
            return range(1)
        return range(-(-down // step) * step, up + 1, step)


@dataclass(frozen=True)
class Proposal:
    """A way to move an intent so that it meets nothing, and why not less.

    Attributes:
        kind: What is changed.
        delay_s: Seconds later; below 0, earlier.
        climb_m: Metres higher; below 0, lower.
        cost: By the leeway's prices.
        because: The intents it would still meet one step nearer to where it was, ascending.
    """

    kind: Kind
    delay_s: int
    climb_m: float
    cost: float
    because: tuple[str, ...]


@dataclass(frozen=True)
class Obstacles:
    """The closed rectangles of delay and climb that would make an intent meet something.

    Attributes:
        delays: (m, 2) from and to, microseconds.
        climbs: (m, 2) from and to, millimetres.
        intents: (m,) what would be met.
    """

    delays: Integers
    climbs: Integers
    intents: tuple[str, ...]

    def at(self, *, delay_us: int | None = None, climb_mm: int | None = None) -> Integers:
        """Return which rectangles hold a delay, or a climb, or both."""
        held = np.ones(len(self.intents), np.bool_)
        for move, ranges in ((delay_us, self.delays), (climb_mm, self.climbs)):
            if move is not None:
                held &= (ranges[:, 0] <= move) & (move <= ranges[:, 1])
        return np.flatnonzero(held)

    def names(self, rows: Integers) -> tuple[str, ...]:
        """Return the intents of some rectangles, each once, ascending."""
        return tuple(sorted({self.intents[row] for row in rows.tolist()}))


def find_obstacles(
    snapshot: Snapshot, volumes: VolumeColumns, leeway: Leeway, *, besides: Besides = ""
) -> Obstacles:
    """Return all that an intent could meet if it were moved within its leeway."""
    climbs = leeway.climbs_mm(volumes.boxes)
    stretched = volumes.boxes.copy()
    stretched[:, BEGIN] -= leeway.earlier_s * PER_SECOND
    stretched[:, END] += leeway.later_s * PER_SECOND
    stretched[:, LOWER] += climbs[0]
    stretched[:, UPPER] += climbs[-1]
    asked = VolumeColumns(stretched, volumes.vertices, volumes.offsets)
    mine, theirs, names = snapshot.find_neighbours(asked, besides=besides)
    own = volumes.boxes[mine]
    return Obstacles(
        np.column_stack([theirs[:, BEGIN] - own[:, END], theirs[:, END] - own[:, BEGIN]]),
        np.column_stack([theirs[:, LOWER] - own[:, UPPER], theirs[:, UPPER] - own[:, LOWER]]),
        names,
    )


def propose_changes(
    snapshot: Snapshot, volumes: Volumes, leeway: Leeway, *, besides: Besides = ""
) -> list[Proposal]:
    """Return how an intent can be moved to meet nothing: the least of each kind, cheapest first.

    Of delays the least later and the least earlier, of level changes the least up and the least
    down, each exactly; none where the leeway does not suffice. An intent that meets nothing gets
    one proposal, to stay. To change both is left to `find_cheapest`.

    Args:
        snapshot: The known intents.
        volumes: Those of the intent.
        leeway: How far it may be moved.
        besides: A known intent to pass over, the one that is to be moved; or several.
    """
    columns = as_columns(volumes)
    obstacles = find_obstacles(snapshot, columns, leeway, besides=besides)
    if not len(obstacles.at(delay_us=0, climb_mm=0)):
        return [Proposal("none", 0, 0.0, 0.0, ())]
    climbs = leeway.climbs_mm(columns.boxes)
    step_us, step_mm = leeway.step_s * PER_SECOND, climbs.step
    in_time = obstacles.delays[obstacles.at(climb_mm=0)]
    in_height = obstacles.climbs[obstacles.at(delay_us=0)]
    delays = [
        find_free(in_time, step_us, leeway.later_s * PER_SECOND),
        find_free(in_time, -step_us, leeway.earlier_s * PER_SECOND),
    ]
    levels = [find_free(in_height, step_mm, climbs[-1]), find_free(in_height, -step_mm, -climbs[0])]
    moves = [(delay, 0) for delay in delays if delay is not None]
    moves += [(0, climb) for climb in levels if climb is not None]
    moves.sort(key=lambda move: _preference(leeway, *move))
    return [_propose(obstacles, leeway, *move) for move in moves]


def find_cheapest(
    snapshot: Snapshot, volumes: Volumes, leeway: Leeway, *, besides: Besides = ""
) -> Proposal | None:
    """Return the cheapest move in time, height or both that meets nothing, or None.

    It is the cheapest of all within the leeway: to each climb the least delay is found.
    """
    columns = as_columns(volumes)
    obstacles = find_obstacles(snapshot, columns, leeway, besides=besides)
    step_us, moves = leeway.step_s * PER_SECOND, list[tuple[Preference, int, int]]()
    for climb in sorted(leeway.climbs_mm(columns.boxes), key=abs):
        if moves and leeway.cost(0, climb / PER_METRE) > min(moves)[0][0]:
            break
        in_time = obstacles.delays[obstacles.at(climb_mm=climb)]
        for step, limit in ((step_us, leeway.later_s), (-step_us, leeway.earlier_s)):
            delay = find_free(in_time, step, limit * PER_SECOND)
            if delay is not None:
                moves.append((_preference(leeway, delay, climb), delay, climb))
    return _propose(obstacles, leeway, *min(moves)[1:]) if moves else None


def find_free(taken: Integers, step: int, limit: int) -> int | None:
    """Return the multiple of a step nearest to 0, on its side, that lies in no closed interval.

    Args:
        taken: (m, 2) from and to.
        step: Above 0 to look up, below 0 to look down.
        limit: How far from 0 at most.

    Example:
        >>> find_free(np.array([[-3, 4], [5, 5], [9, 12]]), 2, 20)
        6
        >>> find_free(np.array([[-3, 4], [5, 5], [9, 12]]), -2, 20)
        -4
        >>> find_free(np.array([[-3, 4]]), 2, 5) is None
        True
    """
    sign = 1 if step > 0 else -1
    size, move = abs(step), 0
    ends = np.sort(taken * sign, axis=1)
    for low, high in ends[np.argsort(ends[:, 0], kind="stable")].tolist():
        if low > move:
            break
        if high >= move:
            move = (high // size + 1) * size
    return sign * move if move <= limit else None


def _propose(obstacles: Obstacles, leeway: Leeway, delay_us: int, climb_mm: int) -> Proposal:
    delay, climb = delay_us // PER_SECOND, climb_mm / PER_METRE
    step_us = leeway.step_s * PER_SECOND * ((delay_us > 0) - (delay_us < 0))
    step_mm = to_millimetres(leeway.climb_step_m) * ((climb_mm > 0) - (climb_mm < 0))
    nearer = obstacles.at(delay_us=delay_us - step_us, climb_mm=climb_mm)
    if not delay_us:
        nearer = obstacles.at(delay_us=0, climb_mm=climb_mm - step_mm)
    kind: Kind = "level" if climb_mm else "none"
    if delay_us:
        kind = "both" if climb_mm else "delay"
    return Proposal(kind, delay, climb, leeway.cost(delay, climb), obstacles.names(nearer))


def _preference(leeway: Leeway, delay_us: int, climb_mm: int) -> Preference:
    """Order by cost, then by how little is changed, later before earlier, down before up."""
    cost = leeway.cost(delay_us // PER_SECOND, climb_mm / PER_METRE)
    return (cost, abs(climb_mm), abs(delay_us), -delay_us, climb_mm)
