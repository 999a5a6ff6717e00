"""The design of a network: a route for each link, a pair of heights for each route.

Each link has two lanes, one for either direction, at two heights above the ground: the lower one of
the pair for flights that go east of north to south (0° up to 180°), the upper one for the others.
Links that come near one another outside the terminal areas of their sites get different pairs, so
that no two lanes ever share air; where they meet around a site, order is the site's to keep.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo import InvalidRequest, Text
from chengmo_airspace.network.layering import Colouring, colour_apart
from chengmo_airspace.network.links import Pair
from chengmo_airspace.routes import Frame, NoRoute, Route, Space, Spot, find_route

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TERMINAL = Text(zh="其他起降点的起降区", en="the terminal area of another site")
_ROUNDS = 6
_SPARE_M = 10.0


@dataclass(frozen=True)
class Layers:
    """The heights lanes may have: metres above the ground.

    Attributes:
        lowest_m: Height of the lowest lane.
        step_m: From one lane's height to the next.
        pairs: How many pairs of lanes lie one above the other.
        half_height_m: Above and below a lane's height: less than half a step.
    """

    lowest_m: float
    step_m: float
    pairs: int
    half_height_m: float

    def __post_init__(self) -> None:
        """Refuse lanes that touch."""
        if not (0 < self.half_height_m < self.step_m / 2 and self.pairs >= 1):
            raise InvalidRequest(f"{self}", hint="lanes may not touch: half_height_m < step_m / 2")
        if self.lowest_m < self.half_height_m:
            raise InvalidRequest("the lowest lane reaches below the ground", hint="fly higher")

    def heights(self, pair: int) -> tuple[float, float]:
        """Return the heights of the two lanes of a pair."""
        low = self.lowest_m + 2 * pair * self.step_m
        return low, low + self.step_m

    @property
    def top_m(self) -> float:
        """How high the highest lane reaches."""
        return self.heights(self.pairs - 1)[1] + self.half_height_m


@dataclass(frozen=True)
class Rules:
    """How lanes and terminals are laid out.

    Attributes:
        layers: The heights.
        half_width_m: To each side of a lane's middle.
        terminal_m: Radius around a site in which aircraft climb, descend and turn.
        weights: What routes are to keep low; see `chengmo_airspace.routes.find_route`.
    """

    layers: Layers
    half_width_m: float
    terminal_m: float
    weights: dict[str, float]

    @property
    def apart_m(self) -> float:
        """How far apart the middles of two lanes lie that may share a height.

        Corners of a lane's rectangles lie √2 half widths out.
        """
        return 2 * np.sqrt(2) * self.half_width_m + _SPARE_M


@dataclass(frozen=True, eq=False)
class Corridor:
    """One link with its route.

    Attributes:
        ends: The two sites.
        route: Between them, at the heights of its pair.
        line: Its middle outside both terminals, metres of the frame's plane.
        pair: Which pair of heights; -1 where none was left.
    """

    ends: Pair
    route: Route
    line: shapely.LineString
    pair: int


@dataclass(frozen=True, eq=False)
class Design:
    """A network.

    Attributes:
        corridors: Links that have a route.
        unjoined: Links between which there is none, and why.
        colouring: How the pairs of heights were given; its nodes are the corridors.
        near: Pairs of corridors that come near one another.
    """

    corridors: tuple[Corridor, ...]
    unjoined: tuple[tuple[Pair, NoRoute], ...]
    colouring: Colouring
    near: tuple[Pair, ...]


def design_network(
    spaces: Sequence[Space],
    sites: Floats,
    links: Sequence[Pair],
    rules: Rules,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Design:
    """Return routes and heights for links between sites.

    All links are routed at the lowest pair of heights; then those near one another are told apart
    by pairs, and those whose pair has another space are routed again there, a few times, until
    nothing changes. What then still shares a pair with one near it has no pair (-1).

    Args:
        spaces: Of each pair of heights the space, one layer of cells: closed where either lane is.
        sites: (n, 2) longitude and latitude.
        links: Pairs of sites.
        rules: How to lay it out.
        on_progress: Told the share that is done.
    """
    layout = _Layout(spaces, np.asarray(sites, np.float64), rules)
    pairs = dict.fromkeys(links, 0)
    corridors: list[Corridor] = []
    colouring, near = Colouring((), 0), tuple[Pair, ...]()
    for turn in range(_ROUNDS):
        corridors = layout.lay_all(pairs)
        colouring, near = _tell_apart(corridors, rules)
        on_progress((turn + 1) / _ROUNDS)
        wanted = {
            item.ends: max(colour, 0)
            for item, colour in zip(corridors, colouring.colours, strict=True)
        }
        if all(pairs[link] == pair for link, pair in wanted.items()):
            break
        pairs |= wanted
        if layout.is_alike:
            corridors = [replace(item, pair=pairs[item.ends]) for item in corridors]
            break
    kept = _drop_shared([item.pair for item in corridors], colouring, near)
    corridors = [replace(item, pair=pair) for item, pair in zip(corridors, kept, strict=True)]
    return Design(
        tuple(corridors), layout.unjoined(pairs), Colouring(tuple(kept), colouring.at_least), near
    )


class _Layout:
    """Lays corridors, each once for each pair of heights."""

    def __init__(self, spaces: Sequence[Space], sites: Floats, rules: Rules) -> None:
        self.spaces, self.sites, self.rules = spaces, sites, rules
        frame = spaces[0].frame
        self.discs = [
            shapely.Point(at).buffer(rules.terminal_m, 32) for at in frame.plane.to_metres(sites)
        ]
        self._closed = [_around(frame, disc, rules.half_width_m) for disc in self.discs]
        self._laid: dict[tuple[Pair, int], Corridor | NoRoute] = {}

    @property
    def is_alike(self) -> bool:
        """Whether what is closed is the same at all pairs of heights."""
        first = self.spaces[0].obstacles != 0
        return all(np.array_equal(first, space.obstacles != 0) for space in self.spaces[1:])

    def lay_all(self, pairs: dict[Pair, int]) -> list[Corridor]:
        """Return the corridors of those links that have a route."""
        found = [self._lay_once(link, pair) for link, pair in pairs.items()]
        return [item for item in found if isinstance(item, Corridor)]

    def unjoined(self, pairs: dict[Pair, int]) -> tuple[tuple[Pair, NoRoute], ...]:
        """Return the links that have none, and why."""
        found = {link: self._laid.get((link, pair)) for link, pair in pairs.items()}
        return tuple((link, item) for link, item in found.items() if isinstance(item, NoRoute))

    def _lay_once(self, link: Pair, pair: int) -> Corridor | NoRoute:
        if (link, pair) not in self._laid:
            self._laid[link, pair] = self._lay(link, pair)
        return self._laid[link, pair]

    def _lay(self, link: Pair, pair: int) -> Corridor | NoRoute:
        space, frame = self.spaces[pair], self.spaces[pair].frame
        others = [mask for site, mask in enumerate(self._closed) if site not in link]
        if others:
            own = self._closed[link[0]] | self._closed[link[1]]
            cells = np.logical_or.reduce(others) & ~own
            space = space.close(cells[:, :, None], TERMINAL)
        height = frame.floor_m + frame.sizes_m[2] / 2
        ends = [Spot(float(lon), float(lat), height) for lon, lat in self.sites[list(link)]]
        route = find_route(space, ends[0], ends[1], weights=self.rules.weights)
        if isinstance(route, NoRoute):
            return route
        line = shapely.LineString(frame.metres_of(route.cells)[:, :2])
        outside = shapely.difference(line, self.discs[link[0]].union(self.discs[link[1]]))
        return Corridor(link, route, _longest(outside), pair)


def _tell_apart(corridors: Sequence[Corridor], rules: Rules) -> tuple[Colouring, tuple[Pair, ...]]:
    """Return a pair of heights for each corridor, and which corridors come near one another."""
    # Where no link has a route there is no line, and an empty list would be an array of numbers.
    lines = np.array([corridor.line for corridor in corridors], np.object_)
    tree = shapely.STRtree(lines)
    rows, columns = tree.query(lines, predicate="dwithin", distance=rules.apart_m)
    near = tuple((int(i), int(j)) for i, j in zip(rows, columns, strict=True) if i < j)
    around: list[set[int]] = [set() for _ in corridors]
    for i, j in near:
        around[i].add(j)
        around[j].add(i)
    return colour_apart([frozenset(item) for item in around], most=rules.layers.pairs), near


def _drop_shared(pairs: Sequence[int], colouring: Colouring, near: Sequence[Pair]) -> list[int]:
    """Return the pairs, -1 for what was left without one or shares one with what is near it."""
    kept = [
        -1 if colour < 0 else pair for pair, colour in zip(pairs, colouring.colours, strict=True)
    ]
    for i, j in sorted(near):
        if kept[i] == kept[j] and kept[i] >= 0:
            kept[j] = -1
    return kept


def _around(frame: Frame, disc: shapely.Polygon, half_width_m: float) -> Bools:
    """Return (east, north) the columns whose lane would reach into a terminal."""
    east, north = frame.middles()
    reach = half_width_m * np.sqrt(2) + np.hypot(*frame.sizes_m[:2]) / 2
    wide = disc.buffer(reach)
    x, y = np.meshgrid(east, north, indexing="ij")
    shapely.prepare(wide)
    return np.asarray(shapely.contains_xy(wide, x, y), np.bool_)


def _longest(geometry: shapely.Geometry) -> shapely.LineString:
    """Return the longest line of what is left outside the terminals; a point's line if nothing."""
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, shapely.LineString)]
    return max(parts, key=lambda part: part.length, default=shapely.LineString())
