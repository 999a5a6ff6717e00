"""A day's flights of several operators: a plan in which none conflict."""

from chengmo_scenarios.flight_day.model import plan_flights as model

__all__ = ["model"]
