"""Which base stations an aircraft hears, and how well."""

from chengmo_airspace.coverage.edge import fresnel_number, knife_edge_db, worst_edge_db
from chengmo_airspace.coverage.loss import (
    fading_db,
    free_space_db,
    sight_0to1,
    urban_macro_db,
)
from chengmo_airspace.coverage.masts import Masts
from chengmo_airspace.coverage.reception import Link, Service, serve
from chengmo_airspace.coverage.table import masts_of_dataset

__all__ = [
    "Link",
    "Masts",
    "Service",
    "fading_db",
    "free_space_db",
    "fresnel_number",
    "knife_edge_db",
    "masts_of_dataset",
    "serve",
    "sight_0to1",
    "urban_macro_db",
    "worst_edge_db",
]
