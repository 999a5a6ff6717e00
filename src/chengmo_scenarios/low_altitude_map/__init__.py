"""The low-altitude map: of each cell of an area, may I fly here, how high, when, and why."""

from chengmo_scenarios.low_altitude_map.model import map_airspace as model

__all__ = ["model"]
