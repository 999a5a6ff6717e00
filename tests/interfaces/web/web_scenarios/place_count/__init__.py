"""Count the places of a dataset."""

from web_scenarios.place_count.model import count_places as model

__all__ = ["model"]
