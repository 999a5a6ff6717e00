"""Count residents."""

from city_scenarios.count_residents.model import count_residents as model

__all__ = ["model"]
