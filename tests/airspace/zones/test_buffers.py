"""Buffers reach as far as they say, and say where that is written."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from pyproj import Geod

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import Buffer, Rule, Zone, ZoneLayer, buffer_places

LIKE = Zone(
    "RAIL",
    Rule.AUTHORISATION,
    (ZoneLayer(shapely.box(0, 0, 1, 1), None, Height(120, Reference.GROUND)),),
    kind="rail",
    citation="assumption",
)


def test_a_point_becomes_a_circle():
    zone = buffer_places([shapely.Point(114.3, 30.5)], Buffer(200, LIKE))
    assert zone.layers == (
        ZoneLayer(Circle(114.3, 30.5, 200), None, Height(120, Reference.GROUND)),
    )


def test_a_line_is_surrounded_by_its_distance_everywhere():
    line = shapely.LineString([(114.2, 30.4), (114.3, 30.55), (114.5, 30.5)])
    zone = buffer_places([line], Buffer(500, LIKE))
    edge = shapely.get_coordinates(zone.layers[0].outline)
    near = shapely.get_coordinates(shapely.segmentize(line, 0.00005))
    geod = Geod(ellps="WGS84")
    for lon, lat in edge[:: max(1, len(edge) // 25)]:
        _, _, metres = geod.inv(np.full(len(near), lon), np.full(len(near), lat), *near.T)
        assert 499.5 < metres.min() < 502


def test_a_buffer_without_a_source_or_a_distance_is_refused():
    for wrong in (lambda: Buffer(5, replace(LIKE, citation="")), lambda: Buffer(0, LIKE)):
        with pytest.raises(InvalidRequest) as caught:
            wrong()
        assert caught.value.hint
    with pytest.raises(InvalidRequest, match="no place"):
        buffer_places([], Buffer(5, LIKE))
