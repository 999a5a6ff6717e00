"""Children, schools, and the market that they make under the rules of a request."""

from dataclasses import dataclass

import numpy as np

from chengmo_scenarios.school_lottery.method.chance import name_unit
from chengmo_scenarios.school_lottery.method.market import NONE, UNLIMITED, Floats, Ints, Market
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.walking import Walker

# Household tiers are 0 to 8 in a priority's digit; 9 is for whoever has none.
MOST_TIER = 8
DIGIT = 10


@dataclass(frozen=True)
class Children:
    """(n,) children. `place` is (n, 2) longitude and latitude, NaN where unknown."""

    id: list[str]
    salt: list[str]
    place: Floats
    zone: list[str]
    tier: Ints
    group: list[tuple[str, ...]]
    unit: list[str]
    sibling_at: Ints
    staff_at: Ints
    registered: Ints
    choice: Ints


@dataclass(frozen=True)
class Schools:
    """(m,) schools, the zones that each belongs to, its reserves and limits by group."""

    id: list[str]
    name: list[str]
    place: Floats
    seats: Ints
    zones: list[frozenset[str]]
    reserved: list[dict[str, int]]
    at_most: list[dict[str, int]]


@dataclass(frozen=True)
class Ground:
    """The market, and where its numbers came from.

    Attributes:
        market: Units sorted by ticket, schools, rules.
        ticket: (n,) public name of each unit.
        first: (n,) row in `children` of each unit's first child.
        children: The roster.
        schools: The schools.
        groups: Names of the groups.
        kinds: (T,) the groups of each row of `market.belongs`.
        zones: Names of the zones.
        walk_m: (n, m) metres from home to each school, NaN where the home is unknown.
        walker: What measured the walks.
        measured: (3,) pairs of home and school, by how they were measured.
        dropped: Choices not read because they lie outside the zone.
        is_synthetic: Whether any of it was made up.
        has_salts: Whether every child has a salt, so that tickets hide who they are.
    """

    market: Market
    ticket: list[str]
    first: Ints
    children: Children
    schools: Schools
    groups: tuple[str, ...]
    kinds: tuple[tuple[int, ...], ...]
    zones: tuple[str, ...]
    walk_m: Floats
    walker: Walker
    measured: Ints
    dropped: int
    is_synthetic: bool
    has_salts: bool


def to_metres(place: Floats, centre: Floats) -> Floats:
    """Return (n, 2) metres east and north of `centre`: right to 0.1 % within 100 km of it."""
    radius = 6_371_008.8
    lon, lat = np.radians(place[:, 0] - centre[0]), np.radians(place[:, 1] - centre[1])
    return np.column_stack([lon * radius * np.cos(np.radians(centre[1])), lat * radius])


def make_ground(
    request: Request, children: Children, schools: Schools, walker: Walker, *, is_synthetic: bool
) -> Ground:
    """Return the market of a roster under the rules of `request`."""
    members = _form_units(request, children)
    tickets = [name_unit([children.salt[c] for c in unit], [children.id[c] for c in unit])
               for unit in members]  # fmt: skip
    order = sorted(range(len(members)), key=tickets.__getitem__)
    members = [members[u] for u in order]
    first = np.array([unit[0] for unit in members], dtype=np.int64)
    zones = tuple(sorted({*children.zone, *(name for names in schools.zones for name in names)}))
    named = {name for names in children.group for name in names}
    groups = tuple(sorted(named | _groups_of(request, schools))) or ("",)
    shared = [_share_groups(children, unit, groups) for unit in members]
    kinds = tuple(sorted({(), *shared}))
    in_zone = _find_in_zone(request, children, schools, first)
    choice, dropped = _keep_choices(request, children.choice[first], in_zone)
    walk_m, measured = walker.measure(children.place[first], schools.place)
    reserved, at_most = _set_quotas(request, schools, groups)
    zone = np.array([zones.index(children.zone[c]) for c in first], dtype=np.int64)
    market = Market(
        choice=choice,
        tier=_rate(request, children, first, choice, in_zone),
        size=np.array([len(unit) for unit in members], dtype=np.int64),
        group=np.array([kinds.index(kind) for kind in shared], dtype=np.int64),
        belongs=np.array([[g in kind for g in range(len(groups))] for kind in kinds], np.bool_),
        registered=_rank(children.registered[first], tickets, order),
        zone=zone,
        seats=schools.seats,
        reserved=reserved,
        at_most=at_most,
        open_first=request.reserve_order == "open-first",
        fallback=_order_fallback(request, walk_m, zone, len(zones)),
    )
    return Ground(
        market=market,
        ticket=[tickets[u] for u in order],
        first=first,
        children=children,
        schools=schools,
        groups=groups,
        kinds=kinds,
        zones=zones,
        walk_m=walk_m,
        walker=walker,
        measured=measured,
        dropped=dropped,
        is_synthetic=is_synthetic,
        has_salts=all(children.salt),
    )


def _form_units(request: Request, children: Children) -> list[list[int]]:
    if request.siblings == "apart":
        return [[c] for c in range(len(children.id))]
    units: dict[str, list[int]] = {}
    for c in sorted(range(len(children.id)), key=children.id.__getitem__):
        label = children.unit[c]
        units.setdefault(f"unit {label}" if label else f"child {children.id[c]}", []).append(c)
    return list(units.values())


def _share_groups(children: Children, unit: list[int], groups: tuple[str, ...]) -> tuple[int, ...]:
    """Return the groups that all children of a unit belong to: a reserve is for members alone."""
    shared = set(children.group[unit[0]]).intersection(*(children.group[c] for c in unit))
    return tuple(g for g, name in enumerate(groups) if name in shared)


def _groups_of(request: Request, schools: Schools) -> set[str]:
    named = {name for row in (*schools.reserved, *schools.at_most) for name in row}
    return named | ({request.reserve_group} if request.reserve_group else set())


def _find_in_zone(
    request: Request, children: Children, schools: Schools, first: Ints
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return (n, m) whether a school belongs to the unit's zone."""
    if request.catchment == "none":
        return np.ones((len(first), len(schools.id)), dtype=np.bool_)
    inside = {
        zone: np.array([zone in zones for zones in schools.zones], dtype=np.bool_)
        for zone in set(children.zone)
    }
    rows = [inside[children.zone[c]] for c in first]
    return np.array(rows, dtype=np.bool_).reshape(len(first), len(schools.id))


def _keep_choices(request: Request, choice: Ints, in_zone: np.ndarray) -> tuple[Ints, int]:
    kept = choice != NONE
    stated = int(kept.sum())
    if request.catchment == "only":
        kept &= np.take_along_axis(in_zone, np.maximum(choice, 0), axis=1)
    # A stable sort of "is left out" moves what is kept to the front, in its order.
    front = np.argsort(~kept, axis=1, kind="stable")
    moved = np.take_along_axis(np.where(kept, choice, NONE), front, axis=1)
    return moved[:, : request.most_choices].copy(), stated - int(kept.sum())


def _rate(
    request: Request, children: Children, first: Ints, choice: Ints, in_zone: np.ndarray
) -> Ints:
    """Return (n, K) priorities: one decimal digit for each criterion, the weightiest first."""
    school = np.maximum(choice, 0)
    digit = {
        "sibling": (children.sibling_at[first][:, None] != school).astype(np.int64),
        "staff": (children.staff_at[first][:, None] != school).astype(np.int64),
        "zone": (~np.take_along_axis(in_zone, school, axis=1)).astype(np.int64),
        "tier": np.broadcast_to(np.clip(children.tier[first], 0, MOST_TIER)[:, None], school.shape),
    }
    rate = np.zeros(choice.shape, np.int64)
    for criterion in request.priorities:
        rate = rate * DIGIT + digit[criterion]
    return np.where(choice == NONE, 0, rate)


def _set_quotas(request: Request, schools: Schools, groups: tuple[str, ...]) -> tuple[Ints, Ints]:
    reserved = np.zeros((len(schools.id), len(groups)), np.int64)
    at_most = np.full(reserved.shape, UNLIMITED, np.int64)
    for s, (keep, limit) in enumerate(zip(schools.reserved, schools.at_most, strict=True)):
        for name, count in keep.items():
            reserved[s, groups.index(name)] = count
        for name, count in limit.items():
            at_most[s, groups.index(name)] = count
    if request.reserve_group:
        column = groups.index(request.reserve_group)
        share = np.floor(schools.seats * request.reserve_share_0to1).astype(np.int64)
        reserved[:, column] = np.maximum(reserved[:, column], share)
    return reserved, at_most


def _rank(registered: Ints, tickets: list[str], order: list[int]) -> Ints:
    # Whoever shares a number of registration stands in the order of tickets.
    ticket_order = np.array([tickets[u] for u in order])
    rank = np.empty(len(registered), np.int64)
    rank[np.lexsort((ticket_order, registered))] = np.arange(len(registered))
    return rank


def _order_fallback(request: Request, walk_m: Floats, zone: Ints, n_zones: int) -> Ints:
    """Return (zones, m) schools from near to far, as seen from the homes of a zone."""
    if not request.overflow:
        return np.zeros((n_zones, 0), np.int64)
    mean = np.zeros((n_zones, walk_m.shape[1]))
    walk = np.nan_to_num(walk_m, nan=0.0)
    for z in range(n_zones):
        if (zone == z).any():
            mean[z] = walk[zone == z].mean(axis=0)
    return np.argsort(np.round(mean, 3), axis=1, kind="stable").astype(np.int64)
