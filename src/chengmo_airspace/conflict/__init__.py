"""Which volumes meet in space and time, exactly, and what to do about it."""

from chengmo_airspace.conflict.index import ConflictIndex, Meeting, Snapshot
from chengmo_airspace.conflict.pairs import find_conflicts, intent_pairs

__all__ = ["ConflictIndex", "Meeting", "Snapshot", "find_conflicts", "intent_pairs"]
