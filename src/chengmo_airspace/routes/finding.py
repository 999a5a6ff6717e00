"""Finding a route through a space.

What is proved: by 26 moves (`any_angle=False`) the cost is least, or at most (1 + within) times the
least. At any angle it is never more than that, and mostly less, as pieces are not bound to
the moves' directions; but it is not proved to be the least of all at any angle, which is NP-hard in
three dimensions. Costs are sums in 64-bit floating point of prices in 32 bits; which cells a
way touches is exact.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengmo import InvalidRequest, Text
from chengmo_airspace.routes.column_kernel import bound_below, left_to_pay
from chengmo_airspace.routes.frame import Spot
from chengmo_airspace.routes.lattice_kernel import find_way, open_length
from chengmo_airspace.routes.moves import PAD
from chengmo_airspace.routes.route import NoRoute, Route, StraightLine
from chengmo_airspace.routes.sight_kernel import list_along, price_along
from chengmo_airspace.routes.slant_kernel import find_slant_way, straighten
from chengmo_airspace.routes.space import LENGTH, Prices, Space

Integers = NDArray[np.int64]

# How far the bounds are laid beyond the start, as a share of its cost.
_MARGIN = 0.02
# Where prices differ by height, the cells of so many columns to each side of the ends count for
# themselves in the bounds. More tell little more and cost more than they save (tried: 0 to 30).
_TALL = 16
# Where a search at any angle takes more cells, the least way by 26 moves is straightened instead.
MOST_AT_ANY_ANGLE = 100_000
# The moves east, north and up.
_EAST, _NORTH, _UP = 22, 16, 14


def find_route(
    space: Space,
    start: Spot,
    end: Spot,
    *,
    weights: Mapping[str, float] | None = None,
    any_angle: bool = True,
    within: float = 0.0,
) -> Route | NoRoute:
    """Return a route of least cost between two spots, or why there is none.

    It begins and ends in the middles of the cells that hold them. See the head of this module for
    what is proved.

    Args:
        space: What is open, and what a metre costs. Closures do not count: see `find_timed_route`.
        start: Where it begins.
        end: Where it ends.
        weights: Of each kind of cost; of the length alone by default.
        any_angle: Straight pieces from any cell to any other, else by 26 moves.
        within: Be content with so much more than the least, as a share (0.02 for 2 %): faster.

    Raises:
        InvalidRequest: If a spot is not within the space, or a weight cannot be used.
    """
    if not 0 <= within < np.inf:
        raise InvalidRequest(f"within {within} of the least", hint="0 or more, 0.02 for 2 %")
    ends = space.frame.cells_of(np.array([start, end]))
    closed = _closed_ends(space, ends)
    if closed is not None:
        return closed
    prices = space.price(weights or {LENGTH: 1.0})
    way, found = _search(prices, ends, any_angle=any_angle, within=within)
    straight = _compare(space, prices, ends)
    if not len(way):
        return NoRoute(
            Text(zh="起点与终点之间没有通路。", en="No way leads from the start to the end."),
            straight.blocked_by,
        )
    return _tell(space, prices, way, straight=straight, found=found)


def find_timed_route(
    space: Space,
    start: Spot,
    end: Spot,
    *,
    departure: datetime,
    speed_mps: float,
    weights: Mapping[str, float] | None = None,
) -> Route | NoRoute:
    """Return a route that keeps clear of all that is closed at any instant of the flight.

    What is closed for a part of the flight counts as closed for all of it: the route is safe, and
    may be longer than one that waits for nothing. The flight takes as long as its length at one
    speed; a longer route may meet more closures, which are then added, until none is new.

    Args:
        space: With its closures.
        start: Where it begins.
        end: Where it ends.
        departure: First instant, aware.
        speed_mps: Over the ground, metres a second.
        weights: As for `find_route`.

    Raises:
        InvalidRequest: As `find_route`, or if the speed is not above 0.
    """
    if not speed_mps > 0:
        raise InvalidRequest(f"a speed of {speed_mps} m/s", hint="more than 0")
    until = departure
    while True:
        route = find_route(space.during(departure, until), start, end, weights=weights)
        if isinstance(route, NoRoute):
            return route
        landing = departure + timedelta(seconds=route.length_m / speed_mps)
        if not any(until < closure.begin <= landing for closure in space.closures):
            return route
        until = max(until, landing)


class Found(NamedTuple):
    """What a search found: the cost of the way, a bound for it, and how many cells it took up."""

    cost: float
    bound: float
    looked_at: int


def _search(
    prices: Prices, ends: Integers, *, any_angle: bool, within: float
) -> tuple[Integers, Found]:
    moves, strides = prices.moves, prices.strides
    padded = ends + PAD
    cells = padded @ strides
    tall = _tall_columns(prices, padded)
    side = int(np.sign(prices.cheap_layer - padded[1, 2])) if len(tall) else 0
    bounds = bound_below(prices.cells, prices.lowest, strides, moves, cells, tall, side, _MARGIN)
    problem = (prices.cells, strides, moves, padded, prices.least, 1.0 + within, bounds)
    way, cost, looked = np.empty(0, np.int64), np.inf, MOST_AT_ANY_ANGLE + 1
    if any_angle:
        way, cost, looked = find_slant_way(*problem, MOST_AT_ANY_ANGLE)
    if looked > MOST_AT_ANY_ANGLE:
        way, cost, looked = find_way(*problem)
    if any_angle and len(way):
        way, cost = straighten(prices.cells, strides, _sizes(prices), way)
    dx, dy, dz = (padded[1] - padded[0]).tolist()
    through_nothing = open_length(dx, dy, dz, moves.lengths) * prices.least
    bound = max(float(left_to_pay(*bounds, cells[0], strides[1])), float(through_nothing))
    return way, Found(float(cost), bound, int(looked))


def _tall_columns(prices: Prices, ends: Integers) -> Integers:
    """Return the columns about both ends whose cells the bounds tell apart."""
    if np.isnan(prices.cheap_layer):
        return np.empty(0, np.int64)
    row = prices.strides[0] // prices.strides[1]
    shape = np.array([len(prices.lowest) // row, row])
    found = []
    for end in ends[:, :2]:
        low, high = np.maximum(end - _TALL, 0), np.minimum(end + _TALL + 1, shape)
        east, north = np.mgrid[low[0] : high[0], low[1] : high[1]]
        found.append((east * row + north).ravel())
    return np.unique(np.concatenate(found))


def _sizes(prices: Prices) -> NDArray[np.float64]:
    return np.asarray(prices.moves.lengths)[[_EAST, _NORTH, _UP]]


def _closed_ends(space: Space, ends: Integers) -> NoRoute | None:
    for cell, name in zip(ends, (("起点", "start"), ("终点", "end")), strict=True):
        number = int(space.obstacles[tuple(cell)])
        if number:
            reason = space.reasons[number - 1]
            why = Text(
                zh=f"{name[0]}不可飞:{reason.zh}。", en=f"The {name[1]} is closed: {reason.en}."
            )
            return NoRoute(why, (reason,))
    return None


def _cells_of(way: Integers, strides: Integers) -> Integers:
    """Return (n, 3) cells, without padding, of places in the flat array."""
    rows = (way // strides[0], way % strides[0] // strides[1], way % strides[1])
    return np.stack(rows, axis=1) - PAD


def _compare(space: Space, prices: Prices, ends: Integers) -> StraightLine:
    sizes = _sizes(prices)
    length = float(np.sqrt((((ends[1] - ends[0]) * sizes) ** 2).sum()))
    met, _ = list_along(prices.strides, sizes, ends + PAD)
    numbers = space.obstacles[tuple(_cells_of(met, prices.strides).T)]
    first = dict.fromkeys(int(number) for number in numbers if number)
    blocked_by = tuple(space.reasons[number - 1] for number in first)
    cost = float(price_along(prices.cells, prices.strides, sizes, ends + PAD, np.inf))
    return StraightLine(length, blocked_by, cost if np.isfinite(cost) else None)


def _tell(
    space: Space,
    prices: Prices,
    way: Integers,
    *,
    straight: StraightLine,
    found: Found,
) -> Route:
    cells = _cells_of(way, prices.strides)
    parts = [
        list_along(prices.strides, _sizes(prices), cells[n : n + 2] + PAD)
        for n in range(len(cells) - 1)
    ] or [(way, np.zeros(1))]
    met = _cells_of(np.concatenate([part[0] for part in parts]), prices.strides)
    lengths = np.concatenate([part[1] for part in parts])
    amounts = {LENGTH: float(lengths.sum())}
    for kind, rates in space.rates.items():
        along = np.broadcast_to(rates, space.frame.shape)[tuple(met.T)]
        amounts[kind] = float(along.astype(np.float64) @ lengths)
    return Route(
        frame=space.frame,
        cells=cells,
        spots=space.frame.spots_of(cells),
        length_m=amounts[LENGTH],
        cost=found.cost,
        amounts=amounts,
        bound=found.bound,
        looked_at=found.looked_at,
        straight=straight,
    )
