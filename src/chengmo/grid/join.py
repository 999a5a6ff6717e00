"""Which points lie in which polygons: by integers, and exactly as shapely says at the edges.

A `PolygonIndex` is built once from polygons and then asked for columns of points, which need not be
sorted or indexed. Its answers equal those of shapely's predicates for every pair.
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidRequest
from chengmo.grid.cover import Scan, fewest_cells, scan
from chengmo.grid.cover_kernel import CENTRE, WITHIN, Edges, Indices, find_in_rows
from chengmo.grid.join_kernel import (
    IN,
    Directory,
    Groups,
    Lists,
    cells_of_edges,
    mark_unsure,
    write_pairs,
)
from chengmo.grid.kernel import UNITS_PER_DEGREE, Floats, Keys
from chengmo.grid.key import check_level, encode_keys, key_centres, key_range, place_columns
from chengmo.grid.polygon_edges import Geometries, as_column, edges_of, polygons_on_earth
from chengmo.grid.topology import keys_at

Predicate = Literal["intersects", "within"]

Room = tuple[Indices, Indices, NDArray[np.uint8]]

# Half the thickness of an edge in units, 15 µm: more than any rounding here, less than matters.
_MARGIN = 1e-3
# From fine (6 cm) to coarse.
_LEVELS = range(27, 0, -1)
# Cells on the boundary for each edge, and for the whole: finer cells cost more than they save.
_CELLS_PER_EDGE, _CELLS_ANYWAY = 1.0, 4096
_PIECE = 1 << 17
_PREDICATES = {"intersects": shapely.intersects_xy, "within": shapely.contains_xy}


@dataclass(frozen=True, slots=True)
class PolygonIndex:
    """Polygons ready to be asked which points lie in them.

    Attributes:
        polygons: The polygons, those across ±180° cut there.
        level: The GeoSOT level of the cells on their boundaries.

    Example:
        >>> index = PolygonIndex.of([shapely.box(114, 30, 115, 31), shapely.box(115, 30, 116, 31)])
        >>> index.first([114.5, 115.5, 90.0], [30.5, 30.5, 30.5]).tolist()
        [0, 1, -1]
        >>> points, polygons = index.pairs([115.0], [30.5])     # on the edge between the two
        >>> polygons.tolist()
        [0, 1]
    """

    polygons: Geometries
    level: int
    _directory: Directory
    _lists: Lists
    _groups: Groups

    @classmethod
    def of(cls, polygons: object, *, level: int | None = None) -> Self:
        """Return the index of polygons.

        Args:
            polygons: A sequence or array of polygons and multipolygons in degrees, longitude first;
                they may overlap, and be empty.
            level: The level of the cells on the boundaries; by default one at which a cell has an
                edge or two.

        Raises:
            InvalidGeometry: If one is no valid polygon on Earth; names the first.
        """
        shapes = polygons_on_earth(as_column(polygons))
        edges = edges_of(shapes)
        level = _good_level(edges) if level is None else check_level(level, coarsest=1)
        scanned = scan(edges, len(shapes), level, margin=_MARGIN)
        inner, inner_levels, inner_owners = fewest_cells(scanned, WITHIN)
        cells, cell_owners, groups = _groups_of(shapes, edges, scanned)
        first, last = key_range(inner, inner_levels)
        edge_first, edge_last = key_range(cells, level)
        directory, lists = _directory_of(
            np.r_[first, edge_first],
            np.r_[last, edge_last],
            np.r_[inner_owners, cell_owners],
            np.r_[np.full(inner.size, -1), np.arange(cells.size)],
        )
        shapely.prepare(shapes)
        return cls(shapes, level, directory, lists, groups)

    def pairs(
        self, lon: ArrayLike, lat: ArrayLike, *, predicate: Predicate = "intersects"
    ) -> tuple[Indices, Indices]:
        """Return (points, polygons), the indices of all pairs in which the point is in the polygon.

        Args:
            lon: Degrees east, flat.
            lat: Degrees north.
            predicate: Whether a point on the boundary counts (`intersects`) or not (`within`).

        Returns:
            Two columns of indices, ascending by point and then by polygon.

        Raises:
            InvalidCell: If a point is not finite or out of range; names the first.
        """
        if predicate not in _PREDICATES:
            raise InvalidRequest(
                f"there is no predicate {predicate!r}", hint=f"use {' or '.join(_PREDICATES)}"
            )
        lon, lat, _ = place_columns(lon, lat)
        room = _room(4 * _PIECE)
        parts: list[tuple[Indices, Indices]] = []
        for start in range(0, lon.size, _PIECE):
            x, y = lon[start : start + _PIECE], lat[start : start + _PIECE]
            parts += self._pairs(x, y, start, predicate, room)
        if not parts:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        points, polygons = zip(*parts, strict=True)
        return np.concatenate(points), np.concatenate(polygons)

    def first(
        self, lon: ArrayLike, lat: ArrayLike, *, predicate: Predicate = "intersects"
    ) -> Indices:
        """Return for each point the first polygon that it is in, or −1; see `pairs`."""
        points, polygons = self.pairs(lon, lat, predicate=predicate)
        found = np.full(np.broadcast(lon, lat).size, -1)
        found[points[::-1]] = polygons[::-1]
        return found

    def _pairs(
        self,
        lon: Floats,
        lat: Floats,
        start: int,
        predicate: Predicate,
        room: Room,
    ) -> list[tuple[Indices, Indices]]:
        places = lon, lat, encode_keys(lon, lat)
        index = self._directory, self._lists, self._groups
        parts: list[tuple[Indices, Indices]] = []
        at = 0
        while at < lon.size and self._directory[0].size:
            before = at
            at, count = write_pairs(places, at, index, room)
            if at == before:
                # One point in more polygons than there is room for.
                room = _room(2 * room[0].size)
                continue
            points, polygons = room[0][:count], room[1][:count]
            unsure = np.flatnonzero(room[2][:count] != IN)
            kept = np.ones(count, np.bool_)
            x, y = lon[points[unsure]], lat[points[unsure]]
            kept[unsure] = _PREDICATES[predicate](self.polygons[polygons[unsure]], x, y)
            parts.append((points[kept] + start, polygons[kept]))
        return parts


def join_points(
    polygons: object, lon: ArrayLike, lat: ArrayLike, *, predicate: Predicate = "intersects"
) -> tuple[Indices, Indices]:
    """Return (points, polygons), the indices of all pairs in which a point is in a polygon.

    For more than one column of points make a `PolygonIndex` once. See `PolygonIndex.pairs`.

    Raises:
        InvalidGeometry: If one is no valid polygon on Earth; names the first.
        InvalidCell: If a point is not finite or out of range; names the first.
    """
    return PolygonIndex.of(polygons).pairs(lon, lat, predicate=predicate)


def _room(size: int) -> Room:
    return np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.uint8)


def _good_level(edges: Edges) -> int:
    """Return the finest level at which the boundaries meet few enough cells."""
    points, owners = edges
    length = float(np.abs(points[:, :2] - points[:, 2:]).sum())
    allowed = _CELLS_PER_EDGE * owners.size + _CELLS_ANYWAY
    cells = ((level, length / (UNITS_PER_DEGREE * 2.0 ** (9 - level))) for level in _LEVELS)
    return next((level for level, count in cells if count <= allowed), _LEVELS[-1])


def _groups_of(shapes: Geometries, edges: Edges, scanned: Scan) -> tuple[Keys, Indices, Groups]:
    """Return the key and the polygon of each cell on a boundary, and the edges in it."""
    nothing = np.empty(0, np.int64)
    inputs = edges, scanned.axes, _MARGIN, scanned.spans
    count = cells_of_edges(*inputs, (nothing, nothing, nothing))
    columns, rows, which = (np.empty(count, np.int64) for _ in range(3))
    cells_of_edges(*inputs, (columns, rows, which))
    slots = rows + scanned.shifts[edges[1][which]]
    width = int(np.ptp(columns)) + 1 if count else 1
    together = slots * width + (columns - columns.min(initial=0))
    order = np.argsort(together, kind="stable")
    begins = np.flatnonzero(np.diff(together[order], prepend=-1))
    first = order[begins]
    owners = edges[1][which[first]]
    keys = keys_at(columns[first], rows[first], level=scanned.level)
    middles = np.column_stack(key_centres(keys, level=scanned.level))
    inside = np.zeros(keys.size, np.bool_)
    find_in_rows((columns[first], slots[first]), scanned.found(CENTRE), inside)
    given, _ = edges_of(shapes, in_degrees=True)
    groups = np.r_[begins, count], given[which[order]], middles, inside.astype(np.uint8)
    mark_unsure(groups)
    return keys, owners, groups


def _directory_of(
    first: Keys, last: Keys, owners: Indices, groups: Indices
) -> tuple[Directory, Lists]:
    """Return disjoint intervals with the polygons (and groups) of each, and bins to find them."""
    # The end of the last interval of all would be 2⁶⁴: there is nothing after it to begin.
    ends = last + np.uint64(1)
    firsts = np.unique(np.r_[first, ends[ends > first]])
    begin = np.searchsorted(firsts, first)
    end = np.where(ends > first, np.searchsorted(firsts, ends), firsts.size)
    counts = end - begin
    item = np.repeat(np.arange(counts.size), counts)
    interval = np.arange(item.size) - np.repeat(np.cumsum(counts) - counts, counts) + begin[item]
    order = np.lexsort((owners[item], interval))
    begins = np.searchsorted(interval[order], np.arange(firsts.size + 1))
    lists = owners[item[order]], groups[item[order]]
    span = int(firsts[-1] - firsts[0]) if firsts.size else 0
    shift = max(span.bit_length() - max(2 * firsts.size, 2).bit_length(), 0)
    edges = np.arange((span >> shift) + 2, dtype=np.uint64) << np.uint64(shift)
    bins = np.searchsorted(firsts - firsts[:1], edges, side="left")
    return (firsts, bins, begins, np.uint64(shift)), lists
