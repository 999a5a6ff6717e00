"""Which volumes meet in space and time, exactly, and what to do about it."""

from chengmo_airspace.conflict.index import ConflictIndex, Meeting, Snapshot
from chengmo_airspace.conflict.pairs import find_conflicts, intent_pairs
from chengmo_airspace.conflict.planning import (
    DayPlan,
    FlightWish,
    OperatorShare,
    PlannedFlight,
    Way,
    find_way,
    plan_day,
)
from chengmo_airspace.conflict.resolution import Leeway, Proposal, find_cheapest, propose_changes

__all__ = [
    "ConflictIndex",
    "DayPlan",
    "FlightWish",
    "Leeway",
    "Meeting",
    "OperatorShare",
    "PlannedFlight",
    "Proposal",
    "Snapshot",
    "Way",
    "find_cheapest",
    "find_conflicts",
    "find_way",
    "intent_pairs",
    "plan_day",
    "propose_changes",
]
