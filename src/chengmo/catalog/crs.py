"""Coordinate systems as received, and the way from each of them to CGCS2000 (EPSG:4490).

Chinese map services publish places in GCJ-02 (Amap, Tencent, Google China; some 500 m off) and
BD-09 (Baidu; a further kilometre), which no EPSG code names. Both are functions of WGS 84
longitude and latitude alone. The forward formulas are those in public circulation since 2013
(``eviltransform``, ``coordtransform``); the inverses here are iterated on them and end below a
thousandth of a millimetre. WGS 84 and CGCS2000 agree within centimetres and are taken as one.

All coordinates are degrees or metres in x, y order (longitude or easting first), on whole columns.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numba
import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import CRSError, ProjError

from chengmo.errors import UnreadableFile

Floats = NDArray[np.float64]
Offset = Literal["none", "gcj02", "bd09"]

# Krasovsky 1940 semi-major axis in metres and squared eccentricity, as the GCJ-02 formula has them.
_AXIS_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
# 1e-11 degrees is a micrometre; both maps contract by 100 or more a step, so a few steps suffice.
_SETTLED_DEG = 1e-11
_MOST_STEPS = 30
# The box within which the published formula shifts places.
_WEST, _SOUTH, _EAST, _NORTH = 72.004, 0.8293, 137.8347, 55.8271
_LONGEST_NAME = 40
# Gauss-Krüger: a million metres a zone number, 500 km false easting, zones at most 400 km wide.
_ZONE_M = 1_000_000
_REACH_M = 400_000
_FIRST3, _LAST3, _FIRST6, _LAST6 = 25, 45, 13, 23

SAME_AS_CGCS2000 = frozenset({"EPSG:4490", "EPSG:4326", "EPSG:4480", "EPSG:4979", "OGC:CRS84"})
_NAMES: tuple[tuple[str, str], ...] = (
    (r"gcj|火星|高德|amap|gaode|腾讯|tencent|国测局", "GCJ-02"),
    (r"bd[-_ ]?0?9(?:ll)?(?!mc)|百度|baidu", "BD-09"),
    (r"wgs[-_ ]?(?:19)?84", "EPSG:4326"),
    (r"cgcs[-_ ]?(?:2000|2k)|国家大地2000|2000国家大地", "EPSG:4490"),
)


@numba.njit(cache=True, nogil=True)
def _gcj_step(lon: float, lat: float) -> tuple[float, float]:
    """Return what GCJ-02 adds to a WGS 84 place, in degrees; nothing outside China's box."""
    if not (_WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH):
        return 0.0, 0.0
    x, y = lon - 105.0, lat - 35.0
    root, pi = np.sqrt(abs(x)), np.pi
    wave = 20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (wave + 20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (wave + 20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = lat / 180.0 * pi
    magic = 1.0 - _ECCENTRICITY2 * np.sin(angle) ** 2
    meridian = _AXIS_M * (1.0 - _ECCENTRICITY2) / (magic * np.sqrt(magic))
    parallel = _AXIS_M / np.sqrt(magic) * np.cos(angle)
    return east * 180.0 / (parallel * pi), north * 180.0 / (meridian * pi)


@numba.njit(cache=True, nogil=True)
def _bd_step(lon: float, lat: float) -> tuple[float, float]:
    """Return what BD-09 adds to a GCJ-02 place, in degrees."""
    radius = np.sqrt(lon * lon + lat * lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065 - lon, radius * np.sin(angle) + 0.006 - lat


@numba.njit(cache=True, nogil=True)
def _shift(lon: float, lat: float, baidu: bool) -> tuple[float, float]:  # noqa: FBT001 - numba has no keyword-only arguments
    east, north = _gcj_step(lon, lat)
    if baidu:
        more_east, more_north = _bd_step(lon + east, lat + north)
        return east + more_east, north + more_north
    return east, north


@numba.njit(cache=True, nogil=True)
def _forward(lon: Floats, lat: Floats, baidu: bool, out: tuple[Floats, Floats]) -> None:  # noqa: FBT001 - numba has no keyword-only arguments
    for i in range(lon.size):
        east, north = _shift(lon[i], lat[i], baidu)
        out[0][i], out[1][i] = lon[i] + east, lat[i] + north


@numba.njit(cache=True, nogil=True)
def _inverse(lon: Floats, lat: Floats, baidu: bool, out: tuple[Floats, Floats]) -> None:  # noqa: FBT001 - numba has no keyword-only arguments
    for i in range(lon.size):
        x, y = lon[i], lat[i]
        for _ in range(_MOST_STEPS):
            east, north = _shift(x, y, baidu)
            error = max(abs(lon[i] - east - x), abs(lat[i] - north - y))
            x, y = lon[i] - east, lat[i] - north
            if error < _SETTLED_DEG:
                break
        out[0][i], out[1][i] = x, y


def offset_places(lon: ArrayLike, lat: ArrayLike, *, system: Offset) -> tuple[Floats, Floats]:
    """Return WGS 84 places as GCJ-02 or BD-09 shows them.

    Example:
        >>> lon, lat = offset_places([114.3055], [30.5928], system="gcj02")
        >>> round(float(lon[0]), 4), round(float(lat[0]), 4)
        (114.3109, 30.5904)
    """
    return _run(_forward, lon, lat, system)


def restore_places(lon: ArrayLike, lat: ArrayLike, *, system: Offset) -> tuple[Floats, Floats]:
    """Return GCJ-02 or BD-09 places in WGS 84; undoes `offset_places` to below 1 mm.

    Places outside the box 72.004–137.8347°E, 0.8293–55.8271°N have no GCJ-02 offset, and at its
    very edge (within the offset, some 500 m) the inverse is not unique.
    """
    return _run(_inverse, lon, lat, system)


def _run(
    kernel: Callable[[Floats, Floats, bool, tuple[Floats, Floats]], None],
    lon: ArrayLike,
    lat: ArrayLike,
    system: Offset,
) -> tuple[Floats, Floats]:
    a, b = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    if system == "none":
        return a, b
    out = np.empty(a.size), np.empty(a.size)
    kernel(a.ravel(), b.ravel(), system == "bd09", out)
    return out[0].reshape(a.shape), out[1].reshape(a.shape)


@dataclass(frozen=True)
class CoordinateSystem:
    """One coordinate system a file may be in.

    Attributes:
        name: `GCJ-02`, `BD-09`, `EPSG:4547`, or the name in the file if no code is known.
        definition: What PROJ reads (code or WKT); empty for GCJ-02 and BD-09.
        offset: The offset to take away after PROJ, if any.
    """

    name: str
    definition: str = ""
    offset: Offset = "none"

    @cached_property
    def _transformer(self) -> pyproj.Transformer | None:
        if not self.definition or self.name in SAME_AS_CGCS2000:
            return None
        return pyproj.Transformer.from_crs(self.definition, "EPSG:4490", always_xy=True)

    @cached_property
    def is_projected(self) -> bool:
        """Tell whether coordinates are metres on a plane rather than degrees."""
        return bool(self.definition) and pyproj.CRS(self.definition).is_projected

    @cached_property
    def loses_datum(self) -> bool:
        """Tell whether PROJ knows no datum shift to CGCS2000 (such as from Xian 1980)."""
        if self._transformer is None:
            return False
        try:
            pyproj.Transformer.from_crs(
                self.definition, "EPSG:4490", always_xy=True, allow_ballpark=False
            )
        except ProjError:
            return True
        return False

    @property
    def conversion(self) -> str:
        """Say in words what `to_cgcs2000` does."""
        if self.offset != "none":
            return f"{self.name} to WGS 84 by the iterated inverse of the published offset formula"
        if self._transformer is None:
            return f"{self.name} kept as CGCS2000 (they agree within centimetres)"
        return f"{self.name} to CGCS2000 (EPSG:4490) by PROJ {pyproj.proj_version_str}"

    def to_cgcs2000(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Return longitude and latitude in degrees; infinite where PROJ finds no place."""
        a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
        if self._transformer is not None:
            a, b = self._transformer.transform(a, b)
        return restore_places(a, b, system=self.offset)


CGCS2000 = CoordinateSystem("EPSG:4490", "EPSG:4490")
WGS84 = CoordinateSystem("EPSG:4326", "EPSG:4326")
GCJ02 = CoordinateSystem("GCJ-02", offset="gcj02")
BD09 = CoordinateSystem("BD-09", offset="bd09")
WEB_MERCATOR = CoordinateSystem("EPSG:3857", "EPSG:3857")


def named_system(text: str) -> CoordinateSystem | None:
    """Return the system that a column, file or layer name speaks of, if it speaks of one.

    Example:
        >>> named_system("lng_gcj02").name, named_system("百度经度").name, named_system("lon")
        ('GCJ-02', 'BD-09', None)
    """
    lowered = text.casefold()
    for pattern, name in _NAMES:
        if re.search(pattern, lowered):
            return {"GCJ-02": GCJ02, "BD-09": BD09}.get(name) or CoordinateSystem(name, name)
    return None


def read_system(text: str) -> CoordinateSystem:
    """Return the system that `text` declares.

    Args:
        text: A name (GCJ-02, BD-09, WGS84, CGCS2000), `EPSG:4547`, an OGC URN, WKT (also that of
            .prj files) or PROJJSON.

    Raises:
        UnreadableFile: If nobody knows such a system, or it is no horizontal one.
    """
    short = text.strip()
    named = (
        named_system(short) if len(short) < _LONGEST_NAME and "EPSG" not in short.upper() else None
    )
    if named is not None:
        return named
    if re.search(r"CRS:?:?(?:1\.3:)?:?(?:CRS)?84$", short, re.IGNORECASE):
        return WGS84
    try:
        crs = pyproj.CRS.from_user_input(short)
    except CRSError as error:
        raise UnreadableFile(
            f"'{short[:80]}' is no coordinate system",
            hint="use an EPSG code such as EPSG:4490 or EPSG:4547, or GCJ-02, BD-09, WGS84",
        ) from error
    flat = crs.to_2d()
    if not (flat.is_geographic or flat.is_projected):
        raise UnreadableFile(
            f"'{crs.name}' has no longitude and latitude or plane coordinates",
            hint="state the horizontal coordinate system, such as EPSG:4490",
        )
    code = _code(flat)
    name = f"EPSG:{code}" if code else flat.name
    return CoordinateSystem(name, name if code else flat.to_wkt())


def _code(crs: pyproj.CRS) -> int | None:
    """Return the EPSG code of a system; a likely one only if it bears the same name."""
    sure = crs.to_epsg(min_confidence=70)
    likely = sure or crs.to_epsg(min_confidence=20)
    if likely is None or (sure is None and pyproj.CRS.from_epsg(likely).name != crs.name):
        return None
    return likely


def gauss_kruger_zone(easting_m: float) -> CoordinateSystem | None:
    """Return the CGCS2000 Gauss-Krüger zone that an easting with zone prefix names.

    Chinese surveys write the zone number before the 500 km false easting: 38 545 000 is zone 38 of
    the 3-degree zones 25–45 (EPSG:4513–4533), 19 545 000 zone 19 of the 6-degree zones 13–23
    (EPSG:4491–4501).

    Example:
        >>> gauss_kruger_zone(38_545_000).name
        'EPSG:4526'
    """
    zone, rest = divmod(easting_m, _ZONE_M)
    if abs(rest - _ZONE_M / 2) > _REACH_M:
        return None
    if _FIRST3 <= zone <= _LAST3:
        return CoordinateSystem(code := f"EPSG:{4513 + int(zone) - _FIRST3}", code)
    if _FIRST6 <= zone <= _LAST6:
        return CoordinateSystem(code := f"EPSG:{4491 + int(zone) - _FIRST6}", code)
    return None


def gauss_kruger_at(lon_deg: float) -> CoordinateSystem:
    """Return the 3-degree CGCS2000 zone without prefix whose central meridian is nearest.

    Example:
        >>> gauss_kruger_at(114.3).name
        'EPSG:4547'
    """
    zone = min(_LAST3, max(_FIRST3, round(lon_deg / 3)))
    return CoordinateSystem(code := f"EPSG:{4534 + zone - _FIRST3}", code)
