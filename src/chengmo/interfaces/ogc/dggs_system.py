"""The two grids as reference systems of OGC API - DGGS: their zones, and how these hang together.

A zone's identifier is its BeiDou code (`N50H0513248`) or its GeoSOT text without grouping marks
(`G001310322230230`). Boxes are west, south, east, north in degrees, CGCS2000.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chengmo.catalog.dataset import Extent
from chengmo.errors import InvalidQuery
from chengmo.grid import (
    GEOSOT_LEVELS,
    NO_CELL,
    children_keys,
    code_bounds,
    code_of_key,
    compact_cells,
    encode_codes,
    encode_keys,
    geosot_text,
    key_bounds,
    key_centres,
    key_indices,
    keys_at,
    neighbour_keys,
    parse_code,
    parse_geosot,
)

Ids = NDArray[np.bytes_]
Keys = NDArray[np.uint64]
# What one answer may be made of before it is paged; more is a matter for a coarser level.
MAX_ZONES = 1 << 20
_UNITS = 7_372_800
_CAP = 88.0
_CAP_IDS = [
    "00",
    "01",
    "02",
    "03",
    "10",
    "11",
    "12",
    "13",
    "20",
    "21",
    "22",
    "23",
    "30",
    "31",
    "32",
    "33",
]
# About a millimetre: an edge on a grid line belongs to the cell before it.
_HAIR = 1e-8


@dataclass(frozen=True)
class Zone:
    """One cell of a reference system.

    Attributes:
        id: Its identifier.
        level: Its level in that system.
        box: Its edges; west > east where a polar cell spans ±180°.
    """

    id: str
    level: int
    box: Extent


class System(Protocol):
    """A reference system (DGGRS)."""

    id: str
    coarsest: int
    finest: int

    def read(self, text: str) -> Zone:
        """Return the zone of an identifier, or raise InvalidCell."""
        ...

    def cells(self, box: Extent, level: int) -> Ids:
        """Return the zones of one level that share area with a box (west ≤ east)."""
        ...

    def count(self, box: Extent, level: int) -> int:
        """Return how many zones `cells` gives, but for those of polar caps."""
        ...

    def of_keys(self, keys: Keys, level: int) -> Ids:
        """Return the zone of one level that holds each level-32 key."""
        ...

    def boxes(self, ids: Ids) -> tuple[NDArray[np.float64], ...]:
        """Return west, south, east, north of zones."""
        ...

    def compact(self, ids: Ids) -> list[str]:
        """Return zones of one level with whole families replaced by their parents, ascending."""
        ...

    def parent(self, zone: Zone) -> str | None:
        """Return the zone one level coarser."""
        ...

    def children(self, zone: Zone) -> list[str]:
        """Return the zones one level finer, in the order of their identifiers."""
        ...

    def neighbours(self, zone: Zone) -> list[str]:
        """Return the zones around a zone that touch its edges or corners."""
        ...


class BeiDou:
    """Codes of GB/T 39409-2020, levels 1 to 10: the cells of each are a regular raster."""

    id = "BeiDou"
    coarsest, finest = 1, 10
    # Width and height of a cell in units of 1/2048″, and the length of its code.
    sizes = (
        (0, 0),
        (6 * _UNITS, 4 * _UNITS),
        (_UNITS // 2, _UNITS // 2),
        (_UNITS // 4, _UNITS // 6),
        *((side, side) for side in (122_880, 8192, 4096, 512, 64, 8, 1)),
    )
    lengths = (0, 4, 6, 7, 9, 11, 12, 14, 16, 18, 20)
    families = (0, 0, 96, 6, 150, 225, 4, 64, 64, 64, 64)

    def read(self, text: str) -> Zone:
        """Return the zone of a code."""
        code = parse_code(text)
        return Zone(code.text, code.level, (code.west, code.south, code.east, code.north))

    def cells(self, box: Extent, level: int) -> Ids:
        """Return the zones of one level that share area with a box."""
        columns, rows = self._raster(box, level)
        wide, high = (size / _UNITS for size in self.sizes[level])
        lon, lat = np.meshgrid((np.arange(*columns) + 0.5) * wide, (np.arange(*rows) + 0.5) * high)
        found = encode_codes(lon.ravel(), lat.ravel(), level=level)
        return np.sort(np.concatenate([found, self._in_caps(box, level)]))

    def count(self, box: Extent, level: int) -> int:
        """Return how many cells of the raster meet a box."""
        columns, rows = self._raster(box, level)
        return (columns[1] - columns[0]) * (rows[1] - rows[0])

    def _raster(self, box: Extent, level: int) -> tuple[tuple[int, int], tuple[int, int]]:
        west, south, east, north = box
        wide, high = self.sizes[level]
        columns = _span(west, east, wide, 180)
        if south >= _CAP or north <= -_CAP:
            return columns, (0, 0)
        return columns, _span(max(south, -_CAP), min(north, _CAP), high, 88)

    def _in_caps(self, box: Extent, level: int) -> Ids:
        west, south, east, north = box
        caps = [side for side, there in (("N", north > _CAP), ("S", south < -_CAP)) if there]
        names = [f"{side}000{end}" for side in caps for end in (("",) if level == 1 else _CAP_IDS)]
        if level > 2 or not names:  # noqa: PLR2004 - deeper the standard names no polar cells
            return np.array([], "S4")
        w, s, e, n = code_bounds(names)
        around = (e < w) | ((w < east) & (e > west))
        return np.array(names, "S")[around & (s < north) & (n > south)]

    def of_keys(self, keys: Keys, level: int) -> Ids:
        """Return the zone that holds each key; of those in polar caps only to level 2."""
        lon, lat = key_centres(keys, level=32)
        if level > 2 and np.any(np.abs(lat) >= _CAP):  # noqa: PLR2004 - as above
            keys = keys[np.abs(lat) < _CAP]
            lon, lat = key_centres(keys, level=32)
        if level in GEOSOT_LEVELS:
            return code_of_key(keys, level=level)
        return encode_codes(lon, lat, level=level)

    def boxes(self, ids: Ids) -> tuple[NDArray[np.float64], ...]:
        """Return west, south, east, north of zones."""
        return code_bounds(ids)

    def compact(self, ids: Ids) -> list[str]:
        """Return zones with whole families replaced by their parents."""
        listed: list[str] = []
        ids = np.unique(ids)
        while ids.size:
            level = self.lengths.index(ids.dtype.itemsize)
            if level == self.coarsest:
                break
            parents, which, sizes = np.unique(
                ids.astype(f"S{self.lengths[level - 1]}"), return_inverse=True, return_counts=True
            )
            polar = np.char.endswith(parents, b"000") & (level == 2)  # noqa: PLR2004 - as above
            whole = sizes == np.where(polar, len(_CAP_IDS), self.families[level])
            listed += ids[~whole[which]].astype(str).tolist()
            ids = parents[whole]
        return sorted([*listed, *ids.astype(str).tolist()])

    def parent(self, zone: Zone) -> str | None:
        """Return the code one level coarser."""
        return zone.id[: self.lengths[zone.level - 1]] if zone.level > self.coarsest else None

    def children(self, zone: Zone) -> list[str]:
        """Return the codes one level finer."""
        if zone.level == self.finest or (zone.id[1:4] == "000" and zone.level > 1):
            return []
        inside = [self.cells(box, zone.level + 1) for box in halves(zone.box)]
        found = np.unique(np.concatenate(inside)).astype(str).tolist()
        return [one for one in found if one.startswith(zone.id)]

    def neighbours(self, zone: Zone) -> list[str]:
        """Return the up to eight codes around a cell outside the polar caps."""
        if zone.id[1:4] == "000":
            return []
        west, south, east, north = zone.box
        lon = (west + east) / 2 + np.array([1, 1, 0, -1, -1, -1, 0, 1]) * (east - west)
        lat = (south + north) / 2 + np.array([0, 1, 1, 1, 0, -1, -1, -1]) * (north - south)
        kept = np.abs(lat) < _CAP
        lon = (lon[kept] + 540) % 360 - 180
        found = encode_codes(lon, lat[kept], level=zone.level)
        return list(dict.fromkeys(found.astype(str).tolist()))


class GeoSOT:
    """Cells of GB/T 40087-2021, levels 1 to 32: a quadtree."""

    id = "GeoSOT"
    coarsest, finest = 1, 32

    def read(self, text: str) -> Zone:
        """Return the zone of a GeoSOT text, with or without its grouping marks."""
        keys, levels = parse_geosot([text.strip().upper()])
        if not levels[0]:
            raise InvalidQuery("'G' is the whole world", hint="zones begin at level 1: G0 to G3")
        west, south, east, north = (float(edge[0]) for edge in key_bounds(keys, level=levels))
        name = geosot_text(keys, levels, grouped=False).item().decode()
        return Zone(name, int(levels[0]), (west, south, east, north))

    def cells(self, box: Extent, level: int) -> Ids:
        """Return the zones of one level that share area with a box."""
        columns, rows = self._raster(box, level)
        x, y = np.meshgrid(np.arange(*columns), np.arange(*rows))
        keys = keys_at(x.ravel(), y.ravel(), level=level)
        return geosot_text(np.sort(keys[keys != NO_CELL]), level, grouped=False)

    def count(self, box: Extent, level: int) -> int:
        """Return how many cells meet a box."""
        columns, rows = self._raster(box, level)
        return (columns[1] - columns[0]) * (rows[1] - rows[0])

    def _raster(self, box: Extent, level: int) -> tuple[tuple[int, int], tuple[int, int]]:
        west, south, east, north = box
        lon = np.array([west, max(east - _HAIR, west)])
        lat = np.array([south, max(north - _HAIR, south)])
        columns, rows = key_indices(encode_keys(lon, lat, level=level), level=level)
        return (int(columns[0]), int(columns[1]) + 1), (int(rows[0]), int(rows[1]) + 1)

    def of_keys(self, keys: Keys, level: int) -> Ids:
        """Return the zone that holds each key."""
        return geosot_text(keys, level, grouped=False)

    def boxes(self, ids: Ids) -> tuple[NDArray[np.float64], ...]:
        """Return west, south, east, north of zones."""
        keys, levels = parse_geosot(ids)
        return key_bounds(keys, level=levels)

    def compact(self, ids: Ids) -> list[str]:
        """Return the fewest zones of the same ground."""
        keys, levels = compact_cells(*parse_geosot(ids))
        # The whole world is no zone: its quarters are.
        if len(levels) == 1 and not levels[0]:
            keys, levels = children_keys(keys, level=0), np.full(4, 1, np.uint8)
        return geosot_text(keys, levels, grouped=False).astype(str).tolist()

    def parent(self, zone: Zone) -> str | None:
        """Return the text one level coarser."""
        return zone.id[:-1] if zone.level > self.coarsest else None

    def children(self, zone: Zone) -> list[str]:
        """Return the up to four texts one level finer."""
        if zone.level == self.finest:
            return []
        keys, _ = parse_geosot([zone.id])
        finer = children_keys(keys, level=zone.level)
        return geosot_text(finer, zone.level + 1, grouped=False).astype(str).tolist()

    def neighbours(self, zone: Zone) -> list[str]:
        """Return the up to eight texts around a cell."""
        keys, _ = parse_geosot([zone.id])
        found = neighbour_keys(keys, level=zone.level)[0]
        kept = found[found != NO_CELL]
        return list(
            dict.fromkeys(geosot_text(kept, zone.level, grouped=False).astype(str).tolist())
        )


SYSTEMS: dict[str, System] = {"BeiDou": BeiDou(), "GeoSOT": GeoSOT()}


def halves(box: Extent) -> list[Extent]:
    """Return a box as boxes that do not span ±180°."""
    west, south, east, north = box
    if west <= east:
        return [box]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def overlap(one: Extent, other: Extent) -> Extent | None:
    """Return the box that two boxes (west ≤ east) share, or None if they share no area."""
    west, south = max(one[0], other[0]), max(one[1], other[1])
    east, north = min(one[2], other[2]), min(one[3], other[3])
    return (west, south, east, north) if west < east and south < north else None


def cells_in(system: System, boxes: Sequence[Extent], level: int) -> Ids:
    """Return the zones of one level that meet any of the boxes, ascending, none twice.

    Raises:
        InvalidQuery: If they would be more than 2²⁰.
    """
    check_count(sum(system.count(box, level) for box in boxes), level)
    parts = [system.cells(box, level) for box in boxes]
    return np.unique(np.concatenate(parts)) if parts else np.array([], "S1")


def check_count(count: int, level: int) -> None:
    """Raise InvalidQuery if so many zones are too many for one answer."""
    if count > MAX_ZONES:
        raise InvalidQuery(
            f"the area has more than {MAX_ZONES} zones of level {level}",
            hint="ask for a coarser zone-level, a smaller bbox or a parent-zone",
        )


def _span(low: float, high: float, size: int, limit: int) -> tuple[int, int]:
    """Return the first cell of an axis that meets an interval, and the one after the last."""
    most = limit * _UNITS // size
    first = int(np.floor((low + _HAIR) * _UNITS / size))
    last = int(np.ceil((high - _HAIR) * _UNITS / size))
    first = min(max(first, -most), most - 1)
    return first, min(max(last, first + 1), most)
