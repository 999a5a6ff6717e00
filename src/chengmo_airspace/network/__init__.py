"""The low-altitude network (通网): sites, corridors at heights of their own, traffic, losses."""

from chengmo_airspace.network.covering import Covering, cover_most
from chengmo_airspace.network.design import Corridor, Design, Layers, Rules, design_network
from chengmo_airspace.network.lanes import Lane, find_shared_air, lane_volumes, lay_lanes
from chengmo_airspace.network.layering import Colouring, colour_apart
from chengmo_airspace.network.links import find_parts, find_weak, gabriel_pairs, strengthen
from chengmo_airspace.network.traffic import (
    Flows,
    Loss,
    assign_flows,
    gravity,
    lane_capacity,
    lose_link,
    lose_site,
    site_capacity,
)

__all__ = [
    "Colouring",
    "Corridor",
    "Covering",
    "Design",
    "Flows",
    "Lane",
    "Layers",
    "Loss",
    "Rules",
    "assign_flows",
    "colour_apart",
    "cover_most",
    "design_network",
    "find_parts",
    "find_shared_air",
    "find_weak",
    "gabriel_pairs",
    "gravity",
    "lane_capacity",
    "lane_volumes",
    "lay_lanes",
    "lose_link",
    "lose_site",
    "site_capacity",
    "strengthen",
]
