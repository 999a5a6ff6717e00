"""From the ground to a network: sites, links, routes, heights, traffic, losses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chengmo import Text, encode_solid_codes, report_progress
from chengmo_airspace.altitude import Heights, Reference
from chengmo_airspace.network import (
    Corridor,
    Covering,
    Design,
    Flows,
    Loss,
    assign_flows,
    cover_most,
    design_network,
    find_parts,
    find_shared_air,
    find_weak,
    gabriel_pairs,
    gravity,
    lane_capacity,
    lay_lanes,
    lose_link,
    lose_site,
    site_capacity,
    strengthen,
)
from chengmo_airspace.risk import Aircraft, SegmentRisk, assess_segments
from chengmo_airspace.risk import Corridor as Operation
from chengmo_scenarios.low_altitude_network.closing import WIND
from chengmo_scenarios.low_altitude_network.reading import Ground
from chengmo_scenarios.low_altitude_network.request import Request

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SITE_LEVEL, CORNER_LEVEL = 7, 7
_ROUNDS = 3
Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Plan:
    """A network, and what was found out about it.

    Attributes:
        covering: Which candidates are sites.
        rows: (n,) the sites' rows among the places.
        sites: (n, 2) longitude and latitude.
        served: (n,) residents for whom a site is the nearest within reach.
        codes: (n,) BeiDou 3-D codes of the sites.
        design: Routes and heights.
        opened: Corridors that have a pair of heights.
        links: (e, 2) their sites.
        seconds: (e,) time of flight.
        wanted: (n, n) flights an hour.
        flows: What flies.
        lane_per_h: What a lane carries.
        site_per_h: What a site handles.
        risks: (e,) SORA's classes along each.
        shared: Pairs of lanes that share air.
        volumes: How many volumes were compared for that.
        parts: How many parts the network has; 1 if every site is joined to every other.
        bridges: Links that alone hold parts together.
        joints: Sites that do.
        link_losses: (e,) what the loss of each link does.
        site_losses: (n,) what the loss of each site does.
    """

    covering: Covering
    rows: Integers
    sites: Floats
    served: Floats
    codes: tuple[str, ...]
    design: Design
    opened: tuple[Corridor, ...]
    links: Integers
    seconds: Floats
    wanted: Floats
    flows: Flows
    lane_per_h: float
    site_per_h: float
    risks: tuple[SegmentRisk, ...]
    shared: int
    volumes: int
    parts: int
    bridges: list[tuple[int, int]]
    joints: list[int]
    link_losses: tuple[Loss, ...]
    site_losses: tuple[Loss, ...]


def plan(request: Request, ground: Ground) -> Plan | Text:
    """Return the network, or why there is none."""
    frame = ground.spaces[0].frame
    if len(ground.closures.closed_pairs(WIND)) == len(ground.spaces):
        return Text(
            zh="这些时段内,所有航线高度的风都超过飞行器的限制或未知。",
            en="Within these hours wind passes the aircraft's limit at every height of the lanes, "
            "or is not known.",
        )
    allowed = np.flatnonzero(ground.places.is_allowed)
    if len(allowed) < 2:  # noqa: PLR2004 - a network joins two
        return Text(
            zh="可设起降点的位置不足两个:其余都在禁飞或须批准的空域内,太靠近边界,"
            "或上空因地面未知、建筑物、无覆盖而关闭。",
            en="Fewer than two places may be sites: the others lie within closed zones, too near "
            "the edge, or below air closed for unknown ground, buildings or want of coverage.",
        )
    places = np.column_stack([ground.places.lon, ground.places.lat])[allowed]
    metres = frame.plane.to_metres(places)
    demand = frame.plane.to_metres(ground.demand[:, :2])
    covering = cover_most(
        demand, ground.demand[:, 2], metres, reach_m=request.site_reach_m, count=request.site_count
    )
    at = metres[covering.chosen]
    near = gabriel_pairs(at, longest_m=request.longest_link_m)
    links = strengthen(at, near, longest_m=request.longest_link_m)
    if len(at) < 2 or not links:  # noqa: PLR2004 - a network joins two
        return Text(
            zh="起降点不足两个,或彼此相距超过最长航路。",
            en="Fewer than two sites serve anybody, or all lie further apart than the longest "
            "link.",
        )
    report_progress("routing", 0.4)
    sites = places[covering.chosen]
    design = _design(request, ground, (sites, at), links)
    opened = tuple(item for item in design.corridors if item.pair >= 0)
    if not opened:
        return Text(zh="起降点之间没有可飞的航路。", en="No route leads from any site to another.")
    report_progress("checking", 0.7)
    served = np.bincount(
        covering.nearest[covering.nearest >= 0],
        ground.demand[covering.nearest >= 0, 2],
        len(sites),
    ).astype(np.float64)
    return _assess(request, ground, (covering, allowed[covering.chosen], sites, served), design)


def _design(
    request: Request, ground: Ground, sites: tuple[Floats, Floats], links: list[Pair]
) -> Design:
    """Return the design; links that cannot be flown are replaced by others that help, if any do."""
    place, metres = sites
    closed: set[Pair] = set()
    design = design_network(ground.spaces, place, links, ground.rules)
    for _ in range(_ROUNDS):
        flown = [item.ends for item in design.corridors if item.pair >= 0]
        closed |= set(links) - set(flown)
        others = strengthen(metres, flown, longest_m=request.longest_link_m, closed=closed)
        if set(others) == set(flown):
            break
        links = others
        design = design_network(ground.spaces, place, links, ground.rules)
    return design


def _assess(
    request: Request,
    ground: Ground,
    sited: tuple[Covering, Integers, Floats, Floats],
    design: Design,
) -> Plan:
    covering, rows, sites, served = sited
    opened = tuple(item for item in design.corridors if item.pair >= 0)
    at = ground.spaces[0].frame.plane.to_metres(sites)
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    wanted = gravity(served, apart, per_h=request.flights_per_h, scale_m=request.demand_scale_m)
    links = np.array([item.ends for item in opened], np.int64)
    seconds = np.array([item.route.length_m for item in opened]) / request.speed_mps
    lanes = lay_lanes(opened, ground.rules)
    shared, volumes = find_shared_air(opened, lanes, ground.rules, ground.altitudes)
    pairs = [item.ends for item in opened]
    bridges, joints = find_weak(len(sites), pairs)
    return Plan(
        covering=covering,
        rows=rows,
        sites=sites,
        served=served,
        codes=code_places(ground, sites, 0.0, SITE_LEVEL),
        design=design,
        opened=opened,
        links=links,
        seconds=seconds,
        wanted=wanted,
        flows=assign_flows(links, seconds, wanted),
        lane_per_h=lane_capacity(request.speed_mps, request.separation_m),
        site_per_h=site_capacity(request.pads, request.pad_s, request.busy_0to1),
        risks=tuple(_risk(request, ground, item) for item in opened),
        shared=len(shared),
        volumes=volumes,
        parts=int(find_parts(len(sites), pairs).max()) + 1,
        bridges=bridges,
        joints=joints,
        link_losses=tuple(lose_link(links, seconds, wanted, n) for n in range(len(links))),
        site_losses=tuple(lose_site(links, seconds, wanted, n) for n in range(len(sites))),
    )


def _risk(request: Request, ground: Ground, corridor: Corridor) -> SegmentRisk:
    """Return the ground risk of a corridor, as of its upper lane."""
    aircraft = Aircraft(request.dimension_m, request.speed_mps, request.mass_kg)
    operation = Operation(aircraft, half_width_m=request.half_width_m)
    height = ground.rules.layers.heights(corridor.pair)[1]
    return assess_segments(corridor.route.spots[:, :2], height, ground.people, operation)


def code_places(ground: Ground, place: Floats, above_m: float, level: int) -> tuple[str, ...]:
    """Return the BeiDou 3-D codes of (n, 2) places so high above the ground."""
    lon, lat = place[:, 0], place[:, 1]
    above = Heights.of(np.full(len(place), above_m), Reference.GROUND)
    metres = ground.altitudes.convert(above, lon, lat, to=Reference.ELLIPSOID).metres
    return tuple(
        code.decode() for code in encode_solid_codes(lon, lat, metres, level=level).tolist()
    )
