"""Heights by name: above the ground, above the sea, above the ellipsoid; never mixed silently."""

from chengmo_airspace.altitude.conversion import Altitudes
from chengmo_airspace.altitude.geoid import egm96
from chengmo_airspace.altitude.geoid_file import geoid_of_dataset, name_geoid, read_gtx
from chengmo_airspace.altitude.height import FOOT_M, Height, Heights, Reference
from chengmo_airspace.altitude.number_column import number_column
from chengmo_airspace.altitude.terrain import level_ground, terrain_of_dataset

__all__ = [
    "FOOT_M",
    "Altitudes",
    "Height",
    "Heights",
    "Reference",
    "egm96",
    "geoid_of_dataset",
    "level_ground",
    "name_geoid",
    "number_column",
    "read_gtx",
    "terrain_of_dataset",
]
