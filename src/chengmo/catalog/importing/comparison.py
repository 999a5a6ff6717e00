"""How well places fit a layer known to be right, when read as WGS 84, GCJ-02 and BD-09."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo.catalog.crs import BD09, GCJ02, WGS84, CoordinateSystem, Floats, restore_places
from chengmo.catalog.importing.reference import Reference
from chengmo.model.decision import Text

OFFSET_SYSTEMS = (WGS84, GCJ02, BD09)
_M_PER_DEG = 111_320.0
_MOST_POINTS = 2000
_FEWEST_PAIRS = 3
_NEAR_M = 2500.0
_NAME_ENDINGS = re.compile(r"[\s·•()（）\-]|地铁站$|站$|\(.*\)|（.*）")


@dataclass(frozen=True)
class Comparison:
    """How well places fit a reference layer when read as each system.

    Attributes:
        system: The best fitting.
        confidence_0to1: How sure that is.
        distances_m: Median distance to the reference as WGS 84, GCJ-02 and BD-09.
        matched: Number of places compared.
        by_name: Whether places of the same name were compared, rather than the nearest.
        reference: Name of the layer.
    """

    system: CoordinateSystem
    confidence_0to1: float
    distances_m: tuple[float, float, float]
    matched: int
    by_name: bool
    reference: str

    @property
    def evidence(self) -> Text:
        """Say the comparison in words."""
        wgs, gcj, bd = (f"{distance:.0f}" for distance in self.distances_m)
        n, layer = self.matched, self.reference
        zh_way, en_way = (
            ("同名点", "places of the same name") if self.by_name else ("最近点", "nearest")
        )
        return Text(
            zh=f"与参考图层“{layer}”比对 {n} 个{zh_way}，中位偏差：按 WGS 84 {wgs} 米，"
            f"按 GCJ-02 {gcj} 米，按 BD-09 {bd} 米",
            en=f"compared with '{layer}' ({n} {en_way}), the median distance is {wgs} m as "
            f"WGS 84, {gcj} m as GCJ-02, {bd} m as BD-09",
        )


def compare_with(
    lon: Floats, lat: Floats, labels: Sequence[str | None], reference: Reference
) -> Comparison | None:
    """Test which of WGS 84, GCJ-02 and BD-09 brings places closest to `reference`.

    Places of the same name (unique on both sides) are compared if there are at least three; else
    each place with its nearest neighbour, which shows only what follows the reference closely.

    Args:
        lon: Degrees as received.
        lat: Degrees as received.
        labels: One name a place, or empty.
        reference: Known good places.

    Returns:
        The comparison, or None if there is nothing to compare (too few, or far apart).
    """
    good = np.isfinite(lon) & np.isfinite(lat)
    lon, lat = lon[good], lat[good]
    kept = [label for label, keep in zip(labels, good, strict=False) if keep]
    pairs = _same_names(kept, reference.labels)
    if len(pairs) >= _FEWEST_PAIRS:
        mine, theirs = np.array(pairs).T
        distances = [
            _distance_m(*place, reference.lon[theirs], reference.lat[theirs])
            for place in _readings(lon[mine], lat[mine])
        ]
        return _judged(np.array(distances), reference.name, by_name=True)
    return _nearest(lon, lat, reference)


def _nearest(lon: Floats, lat: Floats, reference: Reference) -> Comparison | None:
    if len(lon) < _FEWEST_PAIRS or len(reference.lon) < _FEWEST_PAIRS:
        return None
    step = max(1, len(lon) // _MOST_POINTS)
    lon, lat = lon[::step], lat[::step]
    shrink = float(np.cos(np.radians(np.mean(reference.lat))))
    tree = shapely.STRtree(_plane_points(reference.lon, reference.lat, shrink))
    distances = np.array(
        [_nearest_m(tree, _plane_points(*place, shrink)) for place in _readings(lon, lat)]
    )
    near = distances.min(axis=0) < _NEAR_M
    if near.sum() < _FEWEST_PAIRS:
        return None
    return _judged(distances[:, near], reference.name, by_name=False)


def _plane_points(lon: Floats, lat: Floats, shrink: float) -> NDArray[np.object_]:
    """Return points in metres on a plane that is true near the reference."""
    plane = np.stack([lon * shrink, lat], axis=1) * _M_PER_DEG
    return np.asarray(shapely.points(plane), np.object_)


def _nearest_m(tree: shapely.STRtree, points: NDArray[np.object_]) -> Floats:
    (owner, _), distances = tree.query_nearest(points, return_distance=True, all_matches=False)
    found = np.full(len(points), np.inf)
    found[owner] = distances
    return found


def _judged(distances: Floats, name: str, *, by_name: bool) -> Comparison:
    """Take the system of the least median distance; be as sure as the places agree on it."""
    medians = np.median(distances, axis=1)
    order = np.argsort(medians)
    best, second = int(order[0]), int(order[1])
    agree = float(np.mean(distances[best] < distances[second]))
    count = distances.shape[1]
    # The best must be clearly closer, most places must agree, and there must be enough of them.
    clear = 1.0 - min(1.0, float(medians[best] / max(medians[second], 1e-9)))
    sure = min(1.0, 1.25 * clear) * agree * (1.0 - 1.0 / (count + 1))
    sure *= 1.0 if by_name else 0.95
    first, middle, last = (float(median) for median in medians)
    return Comparison(
        OFFSET_SYSTEMS[best], min(0.99, sure), (first, middle, last), count, by_name, name
    )


def _readings(lon: Floats, lat: Floats) -> list[tuple[Floats, Floats]]:
    return [restore_places(lon, lat, system=system.offset) for system in OFFSET_SYSTEMS]


def _distance_m(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    east = (lon - other_lon) * np.cos(np.radians(other_lat))
    return np.hypot(east, lat - other_lat) * _M_PER_DEG


def _same_names(mine: Sequence[str | None], theirs: Sequence[str | None]) -> list[tuple[int, int]]:
    first, second = _unique(mine), _unique(theirs)
    return [(first[name], second[name]) for name in first if name in second]


def _unique(labels: Sequence[str | None]) -> dict[str, int]:
    places: dict[str, int] = {}
    twice: set[str] = set()
    for i, label in enumerate(labels):
        name = _NAME_ENDINGS.sub("", label or "").casefold()
        if name in places:
            twice.add(name)
        places[name] = i
    return {name: i for name, i in places.items() if name and name not in twice}
