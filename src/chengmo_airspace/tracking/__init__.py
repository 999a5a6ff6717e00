"""The data centre (通数): telemetry of aircraft taken, kept, watched, and replayed."""

from chengmo_airspace.tracking.alert import Alert
from chengmo_airspace.tracking.centre import DataCentre
from chengmo_airspace.tracking.limits import Limits
from chengmo_airspace.tracking.picture import features_of, see, write_sight
from chengmo_airspace.tracking.plan import Plan, PlanBook
from chengmo_airspace.tracking.telemetry import read_arrow, read_json

__all__ = [
    "Alert",
    "DataCentre",
    "Limits",
    "Plan",
    "PlanBook",
    "features_of",
    "read_arrow",
    "read_json",
    "see",
    "write_sight",
]
