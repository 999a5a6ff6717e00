"""Airspace zones with rules, their exchange formats, and the question "may I fly here"."""

from chengmo_airspace.zones.asking import Verdicts, ask_many
from chengmo_airspace.zones.buffers import Buffer, buffer_places
from chengmo_airspace.zones.codes import zone_codes
from chengmo_airspace.zones.ed269 import read_ed269
from chengmo_airspace.zones.ed269_checking import Flaw, find_flaws
from chengmo_airspace.zones.ed269_writing import lost_by_reading, lost_by_writing, write_ed269
from chengmo_airspace.zones.ed318 import Publication, read_ed318
from chengmo_airspace.zones.ed318_writing import write_ed318
from chengmo_airspace.zones.finding import Finding, Permission, Verdict
from chengmo_airspace.zones.permission import Question, ask
from chengmo_airspace.zones.profile import Band, Span, free_up_to, profile, timeline
from chengmo_airspace.zones.regulation import (
    CHINA_2024,
    AircraftClass,
    Regulation,
    SpecialUse,
)
from chengmo_airspace.zones.schedule import DailyPeriod, Period
from chengmo_airspace.zones.selection import Selection, select
from chengmo_airspace.zones.sun import DayEvent
from chengmo_airspace.zones.table import (
    read_table,
    rows_of_zones,
    write_table,
    zones_of_dataset,
    zones_of_rows,
)
from chengmo_airspace.zones.volume_asking import ask_volume
from chengmo_airspace.zones.wording import Wording
from chengmo_airspace.zones.zone import (
    ALL_KINDS,
    Authority,
    Coverage,
    Rule,
    Zone,
    ZoneLayer,
)
from chengmo_airspace.zones.zone_map import ZoneMap

__all__ = [
    "ALL_KINDS",
    "CHINA_2024",
    "AircraftClass",
    "Authority",
    "Band",
    "Buffer",
    "Coverage",
    "DailyPeriod",
    "DayEvent",
    "Finding",
    "Flaw",
    "Period",
    "Permission",
    "Publication",
    "Question",
    "Regulation",
    "Rule",
    "Selection",
    "Span",
    "SpecialUse",
    "Verdict",
    "Verdicts",
    "Wording",
    "Zone",
    "ZoneLayer",
    "ZoneMap",
    "ask",
    "ask_many",
    "ask_volume",
    "buffer_places",
    "find_flaws",
    "free_up_to",
    "lost_by_reading",
    "lost_by_writing",
    "profile",
    "read_ed269",
    "read_ed318",
    "read_table",
    "rows_of_zones",
    "select",
    "timeline",
    "write_ed269",
    "write_ed318",
    "write_table",
    "zone_codes",
    "zones_of_dataset",
    "zones_of_rows",
]
