"""The geometry part of a shapefile (ESRI, July 1998): records to WKB."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo.errors import UnreadableFile

_FILE_HEADER = 100
_RECORD_HEADER = 8
_MAGIC = 9994
_MOST_RECORD_BYTES = 1 << 30
_POINT, _LINE, _POLYGON, _MULTIPOINT, _MULTIPATCH = 1, 3, 5, 8, 31
_RING_PLACES = 4

Places = NDArray[np.float64]


class ShapeRecords:
    """The shapes of one .shp file; heights and measures are left out."""

    def __init__(self, path: Path) -> None:
        """Check the header.

        Raises:
            UnreadableFile: If it is no .shp file, or holds surfaces in space.
        """
        self._path = path
        with path.open("rb") as file:
            head = file.read(_FILE_HEADER)
        if len(head) < _FILE_HEADER or struct.unpack(">i", head[:4])[0] != _MAGIC:
            raise UnreadableFile("the .shp file has no header", hint="export the shapefile again")
        if struct.unpack("<i", head[32:36])[0] == _MULTIPATCH:
            raise UnreadableFile(
                "the shapefile holds surfaces in space (MultiPatch)",
                hint="export their footprints as polygons",
            )

    def read(self) -> Iterator[bytes | str | None]:
        """Yield WKB a record, None for an empty shape, or a text that says why it is unreadable."""
        with self._path.open("rb") as file:
            file.seek(_FILE_HEADER)
            while len(head := file.read(_RECORD_HEADER)) == _RECORD_HEADER:
                length = 2 * struct.unpack(">i", head[4:])[0]
                if not 4 <= length <= _MOST_RECORD_BYTES:  # noqa: PLR2004 - a record has at least its type
                    yield "the shape has an impossible length; those after it cannot be found"
                    return
                content = file.read(length)
                if len(content) < length:
                    yield "the shape is cut off"
                    return
                try:
                    yield _wkb(content)
                except (ValueError, IndexError, struct.error, shapely.GEOSException) as error:
                    yield f"the shape cannot be read: {error}"


def _wkb(content: bytes) -> bytes | None:
    kind = struct.unpack("<i", content[:4])[0]
    if kind == 0:
        return None
    plain = kind % 10
    if kind > 30 or plain not in {_POINT, _LINE, _POLYGON, _MULTIPOINT}:  # noqa: PLR2004 - types end at 28
        raise ValueError(f"type {kind}")
    if plain == _POINT:
        x, y = struct.unpack("<dd", content[4:20])
        return struct.pack("<BIdd", 1, 1, x, y)
    if plain == _MULTIPOINT:
        places = _places(content, 40, struct.unpack("<i", content[36:40])[0])
        points: Any = shapely.points(places)
        shape: Any = shapely.multipoints(points)
    else:
        parts = _parts(content)
        shape = _lines(parts) if plain == _LINE else _polygons(parts)
    return shapely.to_wkb(shape, byte_order=1)


def _parts(content: bytes) -> list[Places]:
    parts, count = struct.unpack("<ii", content[36:44])
    if parts < 1 or count < 1 or 44 + 4 * parts + 16 * count > len(content):
        raise ValueError("its parts do not fit")
    starts = np.frombuffer(content, "<i4", parts, 44)
    places = _places(content, 44 + 4 * parts, count)
    if starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] > count:
        raise ValueError("its parts are out of order")
    return [part for part in np.split(places, starts[1:]) if len(part)]


def _places(content: bytes, at: int, count: int) -> Places:
    if count < 1 or at + 16 * count > len(content):
        raise ValueError("its places do not fit")
    return np.frombuffer(content, "<f8", 2 * count, at).reshape(count, 2)


def _lines(parts: list[Places]) -> Any:
    lines: list[Any] = [shapely.linestrings(part) for part in parts if len(part) > 1]
    return lines[0] if len(lines) == 1 else shapely.multilinestrings(lines)


def _polygons(parts: list[Places]) -> Any:
    """Build polygons of rings: clockwise ones are shells, the others holes of the shell around.

    Rings that do not keep to the rule are no loss: a hole outside of every shell becomes a shell.
    """
    rings: list[Any] = [
        shapely.linearrings(_closed(part)) for part in parts if len(part) >= _RING_PLACES - 1
    ]
    if not rings:
        raise ValueError("it has no ring of three places")
    if len(rings) == 1:
        return shapely.polygons(rings[0])
    shells = [ring for ring in rings if not shapely.is_ccw(ring)]
    holes = [ring for ring in rings if shapely.is_ccw(ring)]
    if not shells:
        shells, holes = holes, []
    if len(shells) == 1:
        return shapely.polygons(shells[0], holes or None)
    return shapely.multipolygons(_with_holes(shells, holes))


def _with_holes(shells: list[Any], holes: list[Any]) -> list[Any]:
    plain: list[Any] = [shapely.polygons(shell) for shell in shells]
    areas = np.array([shapely.area(polygon) for polygon in plain])
    tree = shapely.STRtree(plain)
    owned: list[list[Any]] = [[] for _ in shells]
    alone: list[Any] = []
    for hole in holes:
        # The first place of a hole may lie on its shell, a point inside of it may not.
        inside = shapely.point_on_surface(shapely.polygons(hole))
        around = tree.query(inside, predicate="intersects")
        if len(around):
            owned[int(around[np.argmin(areas[around])])].append(hole)
        else:
            alone.append(shapely.polygons(hole))
    return [
        shapely.polygons(shell, mine or None) for shell, mine in zip(shells, owned, strict=True)
    ] + alone


def _closed(ring: Places) -> Places:
    return ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]])
