"""Volumes: pieces of airspace for a while, compared exactly."""

from chengmo_airspace.volume.columns import VolumeColumns
from chengmo_airspace.volume.outline import Circle, Outline, Polygon, follow_geodesics
from chengmo_airspace.volume.volume import Box, Volume, meet

__all__ = [
    "Box",
    "Circle",
    "Outline",
    "Polygon",
    "Volume",
    "VolumeColumns",
    "follow_geodesics",
    "meet",
]
