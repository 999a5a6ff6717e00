"""Who gets which school seat, by a lottery that every family can check."""

from chengmo_scenarios.school_lottery.model import allot_seats as model

__all__ = ["model"]
