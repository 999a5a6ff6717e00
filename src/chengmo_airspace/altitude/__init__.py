"""Heights by name: above the ground, above the sea, above the ellipsoid; never mixed silently."""

from chengmo_airspace.altitude.conversion import Altitudes
from chengmo_airspace.altitude.geoid import egm96
from chengmo_airspace.altitude.height import FOOT_M, Height, Heights, Reference

__all__ = ["FOOT_M", "Altitudes", "Height", "Heights", "Reference", "egm96"]
