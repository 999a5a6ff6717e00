"""May I fly a drone here: how high, when, by which rule, and why."""

from chengmo_scenarios.flight_permission.model import ask_permission as model

__all__ = ["model"]
