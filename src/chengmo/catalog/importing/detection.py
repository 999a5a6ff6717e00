"""Which coordinate system undeclared places are in, how sure that is, and the evidence in words."""

from collections.abc import Sequence

import numpy as np

from chengmo.catalog.crs import (
    CGCS2000,
    WEB_MERCATOR,
    WGS84,
    CoordinateSystem,
    Floats,
    gauss_kruger_at,
    gauss_kruger_zone,
    named_system,
    read_system,
)
from chengmo.catalog.importing.comparison import OFFSET_SYSTEMS, Comparison
from chengmo.catalog.importing.options import CrsGuess
from chengmo.model.decision import Text

_LEVEL_SURE = 0.9
# China with its seas, in degrees; what lies within when exchanged is swapped beyond doubt.
_WEST, _EAST, _SOUTH, _NORTH = 73.0, 136.0, 3.0, 54.0
_TYPICAL = 0.9
_HALF = 0.5


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


def _compared(system: CoordinateSystem, found: Comparison, *, swapped: bool) -> CrsGuess:
    return CrsGuess(
        crs=system.name,
        confidence_0to1=found.confidence_0to1,
        evidence=found.evidence,
        swapped=swapped,
        alternatives=tuple(each.name for each in OFFSET_SYSTEMS if each.name != system.name),
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
