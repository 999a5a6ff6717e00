"""Whatever can go wrong in a model."""

from city_scenarios.make_trouble.model import make_trouble as model

__all__ = ["model"]
