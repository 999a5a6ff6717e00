"""Which share of the residents lives near a place."""

from ogc_scenarios.reach_share.model import reach_share as model

__all__ = ["model"]
