"""Random zones of a small city, for tests that compare one way of asking with another."""

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest
import shapely

from chengmo import Surface
from chengmo_airspace.altitude import Altitudes, Height, Reference, egm96
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import (
    ALL_KINDS,
    Coverage,
    DailyPeriod,
    Period,
    Rule,
    Zone,
    ZoneLayer,
    ZoneMap,
)

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
EVERYWHERE = Coverage(shapely.box(113, 29, 116, 32), ALL_KINDS)
SLOPE = Surface("a slope", lambda lon, lat: 400 * (lon - 114) + 0 * lat, "EPSG:4326", "sea level")


def random_outline(random):
    lon, lat = random.uniform(114, 114.5), random.uniform(30.3, 30.8)
    kind = random.integers(3)
    if kind == 0:
        return Circle(lon, lat, random.uniform(500, 20_000))
    turns = np.sort(random.uniform(0, 2 * np.pi, 8))
    size = random.uniform(0.02, 0.15, 8)
    area = shapely.Polygon(
        np.column_stack([lon + size * np.cos(turns), lat + size * np.sin(turns)])
    )
    if kind == 1 or not shapely.is_valid(area):
        return shapely.box(lon, lat, lon + 0.1, lat + 0.07)
    return area.difference(shapely.Point(lon, lat).buffer(0.01))


def random_layer(random):
    low, high = np.sort(random.uniform(0, 300, 2)).round(1)
    one, other = (list(Reference)[random.integers(3)] for _ in range(2))
    if one is other:
        return ZoneLayer(random_outline(random), Height(low, one), Height(high, one))
    lower = None if random.random() < 0.3 else Height(low, one)
    upper = None if random.random() < 0.3 else Height(high, other)
    return ZoneLayer(random_outline(random), lower, upper)


def random_periods(random):
    if random.random() < 0.5:
        return ()
    start = NOON + timedelta(hours=int(random.integers(-48, 24)))
    hours = DailyPeriod(
        tuple(random.choice(7, 4, replace=False).tolist()),
        time(int(random.integers(24)), tzinfo=UTC),
        time(int(random.integers(24)), 30, tzinfo=UTC),
    )
    return (Period(start, start + timedelta(hours=60), (hours,) if random.random() < 0.5 else ()),)


def make_map(random, *, count=12, terrain=SLOPE, coverage=(EVERYWHERE,)):
    zones = [
        Zone(
            f"Z{number}",
            list(Rule)[random.integers(4)],
            tuple(random_layer(random) for _ in range(random.integers(1, 3))),
            periods=random_periods(random),
        )
        for number in range(count)
    ]
    return ZoneMap(zones, coverage, Altitudes(egm96(), terrain))


@pytest.fixture
def random_map():
    """Return the function that makes a map of random zones."""
    return make_map
