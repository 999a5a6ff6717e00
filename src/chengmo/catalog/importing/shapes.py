"""Geometries on whole columns: read, repair, move to CGCS2000, measure and key them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo.catalog.crs import CoordinateSystem, Floats
from chengmo.catalog.dataset import GeometryType
from chengmo.catalog.importing.kernels import blank_out, is_absent
from chengmo.grid import encode_keys, is_valid_place

Mask = NDArray[np.bool_]
Objects = NDArray[np.object_]

_POINT_WKB = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
_FAMILY: dict[int, GeometryType] = {
    0: "point",
    1: "line",
    2: "line",
    3: "polygon",
    4: "point",
    5: "line",
    6: "polygon",
    7: "mixed",
}
_SHOWN = 80


@dataclass(frozen=True)
class Places:
    """Where the rows of a batch are, in degrees, CGCS2000.

    Attributes:
        wkb: WKB a row, null without place.
        bounds: West, south, east, north; NaN without place.
        cells: GeoSOT level-32 keys; anything without place.
        has_place: Rows that have a place.
        reasons: Why a row's place cannot be read; None for rows that are right.
        families: Which kinds of geometry occur.
        levels: GeoSOT levels at which the places were given.
        counts: How often something was put right, by what was done.
    """

    wkb: pa.Array
    bounds: tuple[Floats, Floats, Floats, Floats]
    cells: NDArray[np.uint64]
    has_place: Mask
    reasons: Objects
    families: frozenset[GeometryType] = frozenset()
    levels: frozenset[int] = frozenset()
    counts: dict[str, int] = field(default_factory=dict[str, int])


def no_places(count: int, reasons: Objects) -> Places:
    """Return the places of rows that have none."""
    empty = np.full(count, np.nan)
    return Places(
        pa.nulls(count, pa.binary()),
        (empty, empty, empty, empty),
        np.zeros(count, np.uint64),
        np.zeros(count, np.bool_),
        reasons,
    )


def places_of_points(x: Floats, y: Floats, system: CoordinateSystem, reasons: Objects) -> Places:
    """Return the places of coordinates as received; a row without both has none.

    Args:
        x: Longitude or easting, NaN where not given.
        y: Latitude or northing.
        system: What they are in.
        reasons: Why a row is already refused, None elsewhere; completed here.
    """
    absent_x, absent_y = np.isnan(x), np.isnan(y)
    _give(reasons, absent_x & ~absent_y, lambda i: f"latitude {y[i]!s} without a longitude")
    _give(reasons, absent_y & ~absent_x, lambda i: f"longitude {x[i]!s} without a latitude")
    given = ~absent_x & ~absent_y
    lon, lat = system.to_cgcs2000(np.where(given, x, 0.0), np.where(given, y, 0.0))
    good = np.asarray(is_valid_place(lon, lat))
    _give(
        reasons,
        given & ~good,
        lambda i: f"x {x[i]!s}, y {y[i]!s} is no place on Earth in {system.name}",
    )
    placed = given & good & is_absent(reasons)
    lon, lat = np.where(placed, lon, np.nan), np.where(placed, lat, np.nan)
    return Places(
        point_wkb(lon, lat, placed),
        (lon, lat, lon, lat),
        _keys(lon, lat, placed),
        placed,
        reasons,
        frozenset({"point"}) if placed.any() else frozenset(),
        frozenset({32}) if placed.any() else frozenset(),
    )


def places_of_shapes(
    shapes: Objects, given: Mask, system: CoordinateSystem, *, swapped: bool, reasons: Objects
) -> Places:
    """Return the places of shapely geometries as received (None where unreadable).

    Polygons that cross themselves are repaired; heights are left out; an empty geometry is none.
    """
    counts: dict[str, int] = {}
    _give(reasons, given & shapely.is_missing(shapes), lambda _: "the geometry cannot be read")
    shapes = blank_out(shapes, shapely.is_empty(shapes))
    high = shapely.has_z(shapes)
    if high.any():
        counts["heights left out of geometries"] = int(high.sum())
        shapes = shapely.force_2d(shapes)
    _give(reasons, ~_is_finite(shapes), lambda _: "the geometry has a coordinate that is no number")
    shapes = blank_out(shapes, ~is_absent(reasons))
    shapes = _moved(shapes, system, swapped=swapped)
    shapes = _on_earth(shapes, system, reasons)
    shapes = _repaired(shapes, reasons, counts)
    return _described(shapes, reasons, counts)


def point_wkb(lon: Floats, lat: Floats, placed: Mask) -> pa.Array:
    """Return little-endian WKB points, null where not `placed`."""
    points = np.zeros(len(lon), _POINT_WKB)
    points["order"], points["type"], points["x"], points["y"] = 1, 1, lon, lat
    offsets = np.arange(len(lon) + 1, dtype=np.int32) * _POINT_WKB.itemsize
    valid = None if placed.all() else pa.py_buffer(np.packbits(placed, bitorder="little"))
    return pa.Array.from_buffers(
        pa.binary(), len(lon), [valid, pa.py_buffer(offsets), pa.py_buffer(points)]
    )


def families_of(shapes: Objects) -> frozenset[GeometryType]:
    """Return which kinds of geometry occur."""
    kinds = np.unique(shapely.get_type_id(shapes))
    return frozenset(_FAMILY.get(int(kind), "mixed") for kind in kinds if kind >= 0)


def one_family(families: frozenset[GeometryType]) -> GeometryType:
    """Return the one kind of geometry, `mixed` for several and `none` for none."""
    if len(families) > 1:
        return "mixed"
    for family in families:
        return family
    return "none"


def _give(reasons: Objects, mask: Mask, reason: Callable[[int], str]) -> None:
    """Write a reason to each row of `mask` that has none yet."""
    for i in np.flatnonzero(mask):
        if reasons[i] is None:
            reasons[i] = reason(int(i))


def _is_finite(shapes: Objects) -> Mask:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.ones(len(shapes), np.bool_)
    finite[owner[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite


def _moved(shapes: Objects, system: CoordinateSystem, *, swapped: bool) -> Objects:
    def move(coordinates: Floats) -> Floats:
        x, y = coordinates.T[::-1] if swapped else coordinates.T
        return np.stack(system.to_cgcs2000(x, y), axis=1)

    return np.asarray(shapely.transform(shapes, move), np.object_)


def _on_earth(shapes: Objects, system: CoordinateSystem, reasons: Objects) -> Objects:
    west, south, east, north = shapely.bounds(shapes).T
    good = np.asarray(is_valid_place(west, south)) & np.asarray(is_valid_place(east, north))
    off = ~good & ~shapely.is_missing(shapes)
    _give(reasons, off, lambda _: f"the geometry lies off the Earth in {system.name}")
    return blank_out(shapes, off)


def _repaired(shapes: Objects, reasons: Objects, counts: dict[str, int]) -> Objects:
    broken = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    if not broken.any():
        return shapes
    whole = np.asarray(
        shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False), np.object_
    )
    lost = shapely.is_empty(whole) | shapely.is_missing(whole)
    shapes = shapes.copy()
    shapes[broken] = blank_out(whole, lost)
    collapsed = np.flatnonzero(broken)[lost]
    mask = np.zeros(len(shapes), np.bool_)
    mask[collapsed] = True
    _give(reasons, mask, lambda _: "the geometry has no area or length and cannot be repaired")
    counts["geometries crossed themselves and were repaired"] = int(broken.sum() - lost.sum())
    return shapes


def _described(shapes: Objects, reasons: Objects, counts: dict[str, int]) -> Places:
    placed = ~shapely.is_missing(shapes)
    west, south, east, north = (np.ascontiguousarray(edge) for edge in shapely.bounds(shapes).T)
    lon, lat = _representatives(shapes)
    return Places(
        pa.array(shapely.to_wkb(shapes, byte_order=1), pa.binary()),
        (west, south, east, north),
        _keys(lon, lat, placed),
        placed,
        reasons,
        families_of(shapes),
        frozenset({32}) if placed.any() else frozenset(),
        counts,
    )


def _representatives(shapes: Objects) -> tuple[Floats, Floats]:
    """Return a place on each geometry: the point itself, else a point on the surface or line."""
    if not (shapely.get_type_id(shapes) > 0).any():
        return shapely.get_x(shapes), shapely.get_y(shapes)
    inside = shapely.point_on_surface(shapes)
    return shapely.get_x(inside), shapely.get_y(inside)


def _keys(lon: ArrayLike, lat: ArrayLike, placed: Mask) -> NDArray[np.uint64]:
    return encode_keys(np.where(placed, lon, 0.0), np.where(placed, lat, 0.0))
