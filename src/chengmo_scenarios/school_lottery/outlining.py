"""Zones as areas: the cells around the homes of a zone, dissolved."""

import json
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import JsonValue
from scipy.spatial import KDTree

from chengmo import Plane, dissolve_cells, encode_keys, key_bounds
from chengmo_scenarios.school_lottery.method.market import Floats, Ints

Keys = NDArray[np.uint64]

# Cells of 16″, about 430 by 490 m in Wuhan: a block, and never one house.
LEVEL = 17
STEP_DEGREES = 16.0 / 3600.0
# A zone reaches half-way to the next homes, but no farther than this from its own.
REACH_M = 1500.0


@dataclass(frozen=True)
class Area:
    """A zone's number and its outline as GeoJSON, degrees."""

    zone: int
    geometry: dict[str, JsonValue]


def outline_zones(place: Floats, zone: Ints) -> list[Area]:
    """Return the outline of each zone: every cell near homes belongs to its nearest home's zone.

    Outlines of neighbours meet without a gap, for they are of the same cells.

    Args:
        place: (n, 2) homes, degrees.
        zone: (n,) zone of each.
    """
    plane = Plane.around(place)
    tree = KDTree(plane.to_metres(place))
    keys = _find_cells_near(place, _find_reach(tree))
    west, south, east, north = key_bounds(keys, level=LEVEL)
    centre = np.column_stack([(west + east) / 2.0, (south + north) / 2.0])
    away, home = tree.query(plane.to_metres(centre))
    # A home keeps its own cell, however large its neighbourhood is.
    own = np.isin(keys, encode_keys(place[:, 0], place[:, 1], level=LEVEL))
    kept = own | (np.asarray(away) <= _find_reach(tree))
    cell_zone = zone[np.asarray(home)]
    return [
        Area(z, _as_geojson(keys[kept & (cell_zone == z)]))
        for z in np.unique(cell_zone[kept]).tolist()
    ]


def _find_reach(tree: KDTree) -> float:
    """Return how far the area of a home reaches, metres: so far that neighbours meet."""
    if tree.n == 1:
        return REACH_M / 2.0
    away, _ = tree.query(tree.data, k=2)
    return float(min(REACH_M, max(2.0 * float(np.median(np.asarray(away)[:, 1])), 500.0)))


def _find_cells_near(place: Floats, reach_m: float) -> Keys:
    own = np.unique(encode_keys(place[:, 0], place[:, 1], level=LEVEL))
    west, south, east, north = key_bounds(own, level=LEVEL)
    steps = np.arange(-int(reach_m // 400) - 1, int(reach_m // 400) + 2) * STEP_DEGREES
    lon = ((west + east) / 2.0)[:, None, None] + steps[None, :, None] + 0.0 * steps
    lat = ((south + north) / 2.0)[:, None, None] + steps[None, None, :] + 0.0 * steps[:, None]
    return np.unique(encode_keys(lon.ravel(), lat.ravel(), level=LEVEL))


def _as_geojson(keys: Keys) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", json.loads(shapely.to_geojson(dissolve_cells(keys, LEVEL))))
