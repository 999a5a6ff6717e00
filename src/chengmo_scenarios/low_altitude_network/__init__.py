"""The low-altitude network: where to take off and land, by which corridors, at which heights."""

from chengmo_scenarios.low_altitude_network.model import plan_network as model

__all__ = ["model"]
