"""A model that takes its time and may fail, to see how the platform bears it."""

from ogc_scenarios.stumble.model import stumble as model

__all__ = ["model"]
