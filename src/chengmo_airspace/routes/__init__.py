"""Routes: ways of least cost through a three-dimensional grid above the ground."""

from chengmo_airspace.routes.finding import find_route, find_timed_route
from chengmo_airspace.routes.flying import Clearance, corner_codes, corridor_cover, route_volumes
from chengmo_airspace.routes.frame import Frame, Spot
from chengmo_airspace.routes.route import NoRoute, Route, StraightLine
from chengmo_airspace.routes.space import Closure, Prices, Space

__all__ = [
    "Clearance",
    "Closure",
    "Frame",
    "NoRoute",
    "Prices",
    "Route",
    "Space",
    "Spot",
    "StraightLine",
    "corner_codes",
    "corridor_cover",
    "find_route",
    "find_timed_route",
    "route_volumes",
]
