"""Which coordinate system undeclared places are in, how sure that is, and the evidence in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo.catalog.crs import (
    BD09,
    CGCS2000,
    GCJ02,
    WEB_MERCATOR,
    WGS84,
    CoordinateSystem,
    Floats,
    gauss_kruger_at,
    gauss_kruger_zone,
    named_system,
    read_system,
    restore_places,
)
from chengmo.catalog.importing.options import CrsGuess
from chengmo.catalog.importing.reference import Reference
from chengmo.model.decision import Text

_M_PER_DEG = 111_320.0
_MOST_POINTS = 2000
_FEWEST_PAIRS = 3
_NEAR_M = 2500.0
_LEVEL_SURE = 0.9
_SYSTEMS = (WGS84, GCJ02, BD09)
# China with its seas, in degrees; what lies within when exchanged is swapped beyond doubt.
_WEST, _EAST, _SOUTH, _NORTH = 73.0, 136.0, 3.0, 54.0
_TYPICAL = 0.9
_HALF = 0.5
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
    return Comparison(_SYSTEMS[best], min(0.99, sure), (first, middle, last), count, by_name, name)


def guess_system(
    x: Floats,
    y: Floats,
    *,
    declared: str | None,
    names: Sequence[str],
    comparisons: Sequence[Comparison] = (),
    near_lon: float | None = None,
) -> tuple[CrsGuess, CoordinateSystem | None]:
    """Return the likely system of places, and the means to convert it.

    Args:
        x: First coordinates of a sample (longitude or easting), NaN where not given.
        y: Second coordinates.
        declared: What the file says (code or WKT), if it does.
        names: Names that may speak of a system: columns, layer, file; the most telling first.
        comparisons: Results of `compare_with` under the reading that the coordinates are degrees.
        near_lon: A longitude in the city, to choose a Gauss-Krüger zone by.
    """
    good = np.isfinite(x) & np.isfinite(y)
    x, y = x[good], y[good]
    swapped = _is_swapped(x, y)
    best = max(comparisons, key=lambda found: found.confidence_0to1, default=None)
    named = next(filter(None, (named_system(name) for name in names)), None)
    if declared is not None and (system := read_system(declared)).is_projected:
        guess = _guess(system, 1.0, f"文件声明 {system.name}", f"the file declares {system.name}")
        return guess, system
    if best is not None and best.confidence_0to1 >= _LEVEL_SURE:
        system = best.system
        if system is WGS84 and declared is not None:
            system = read_system(declared)
        return _compared(system, best, swapped=swapped), system
    if named is not None and (named.offset != "none" or declared is None):
        name = next(name for name in names if named_system(name))
        return _guess(
            named,
            0.9,
            f"名称“{name}”指明 {named.name}",
            f"the name '{name}' says {named.name}",
            swapped=swapped,
        ), named
    if declared is not None:
        system = read_system(declared)
        return _guess(
            system,
            0.8,
            f"文件声明 {system.name}（未与参考图层比对）",
            f"the file declares {system.name} (not compared with a reference layer)",
            swapped=swapped,
        ), system
    return _by_values(x, y, swapped=swapped, near_lon=near_lon)


def _by_values(
    x: Floats, y: Floats, *, swapped: bool, near_lon: float | None
) -> tuple[CrsGuess, CoordinateSystem | None]:
    if swapped:
        x, y = y, x
    # Plane coordinates are never so small, so that half of the places are enough to tell.
    if len(x) == 0 or _share(np.abs(x) <= 180, np.abs(y) <= 90) >= _HALF:  # noqa: PLR2004 - degrees
        return _guess(
            CGCS2000,
            0.5,
            "数值是经纬度，但没有声明坐标系；也可能是 GCJ-02 或 BD-09（偏移约 500 米），"
            "请用参考图层核对",
            "the numbers are degrees but nothing says of which system; GCJ-02 or BD-09 (some "
            "500 m off) is possible: compare with a reference layer",
            swapped=swapped,
            others=("EPSG:4326", "GCJ-02", "BD-09"),
        ), CGCS2000
    system, sure = _plane_by_values(x, y, near_lon)
    if system is not None:
        return _guess(
            system,
            sure,
            f"数值符合 {system.name} 的平面坐标范围",
            f"the numbers are such as {system.name} has in China",
            swapped=swapped,
        ), system
    return _guess(
        None,
        0.0,
        "数值是没有声明的平面坐标，无法判断投影带；请选择坐标系，例如 EPSG:4547（中央经线 114°）",
        "plane coordinates without a declared system, whose zone cannot be told: state it, such "
        "as EPSG:4547 (central meridian 114°E)",
        swapped=swapped,
        others=("EPSG:4547", "EPSG:4526", "EPSG:3857"),
    ), None


def _plane_by_values(
    x: Floats, y: Floats, near_lon: float | None
) -> tuple[CoordinateSystem | None, float]:
    """Return the plane system whose numbers in China look like these, and how sure that is."""
    middle = float(np.median(x))
    mercator_lon, mercator_lat = WEB_MERCATOR.to_cgcs2000(x, y)
    zone = gauss_kruger_zone(middle)
    if zone is not None and _in_china(*zone.to_cgcs2000(x, y)):
        return zone, 0.6 if _in_china(mercator_lon, mercator_lat) else 0.95
    if _in_china(mercator_lon, mercator_lat):
        return WEB_MERCATOR, 0.9
    plain = gauss_kruger_at(near_lon) if near_lon is not None else None
    if plain is not None and _in_china(*plain.to_cgcs2000(x, y)) and abs(middle - 5e5) < 2e5:  # noqa: PLR2004 - the false easting and half a zone
        return plain, 0.7
    return None, 0.0


def _is_swapped(x: Floats, y: Floats) -> bool:
    """Tell whether the columns must be exchanged to lie in China, and do not as they stand."""
    if len(x) == 0:
        return False
    degrees = _share(np.abs(x) <= 180, np.abs(y) <= 180) >= _TYPICAL  # noqa: PLR2004 - degrees
    if degrees:
        return _in_china(y, x) and not _in_china(x, y)
    # Chinese surveys write x for the northing (up to 6 000 km) and y for the easting with its zone.
    return gauss_kruger_zone(float(np.median(y))) is not None and float(np.median(x)) < 6e6  # noqa: PLR2004 - metres to 54°N


def _in_china(lon: Floats, lat: Floats) -> bool:
    return _share((lon >= _WEST) & (lon <= _EAST), (lat >= _SOUTH) & (lat <= _NORTH)) >= _TYPICAL


def _share(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.mean(first & second))


def _readings(lon: Floats, lat: Floats) -> list[tuple[Floats, Floats]]:
    return [restore_places(lon, lat, system=system.offset) for system in _SYSTEMS]


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


def _compared(system: CoordinateSystem, found: Comparison, *, swapped: bool) -> CrsGuess:
    return CrsGuess(
        crs=system.name,
        confidence_0to1=found.confidence_0to1,
        evidence=found.evidence,
        swapped=swapped,
        alternatives=tuple(each.name for each in _SYSTEMS if each.name != system.name),
    )


def _guess(
    system: CoordinateSystem | None,
    sure: float,
    zh: str,
    en: str,
    *,
    swapped: bool = False,
    others: tuple[str, ...] = (),
) -> CrsGuess:
    return CrsGuess(
        crs=system.name if system else None,
        confidence_0to1=sure,
        evidence=Text(zh=zh, en=en),
        swapped=swapped,
        alternatives=others,
    )
