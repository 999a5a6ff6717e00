"""Heights by name: above the ground, above the sea, above the ellipsoid; never mixed silently."""

from chengmo_airspace.altitude.conversion import Altitudes
from chengmo_airspace.altitude.geoid import egm96
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
    "level_ground",
    "number_column",
    "terrain_of_dataset",
]
