"""Vector tiles of a dataset: Mapbox Vector Tile 2 in the tile matrix set WebMercatorQuad.

Tiles are cut from the rows as they lie (a version never changes, so a tile never does). Where more
rows fall into a tile than a map can show, one stands for those that share its pixels, and outlines
lose what is finer than half a pixel.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from chengmo.catalog.dataset import Dataset, Extent
from chengmo.catalog.lake import Lake, quoted
from chengmo.catalog.reading import Page, Reader
from chengmo.catalog.window import Windows
from chengmo.errors import InvalidQuery

FINEST_LEVEL = 22
# OGC 17-083r4, annex D.1: the radius of the sphere, and half the width of the square, in metres.
RADIUS_M = 6378137.0
HALF_M = math.pi * RADIUS_M

_EXTENT = 4096
_BUFFER = 64
_PIXELS = 512
# A tile is drawn on so many units of a pixel.
_PIXEL = _EXTENT / _PIXELS
_FAR = (_EXTENT + _BUFFER, _EXTENT + _BUFFER)
_MARGIN = (-_BUFFER, -_BUFFER, *_FAR)
_AREA = 2
# A point costs a tenth of an area.
_MOST_POINTS = 20_000
_MOST_SHAPES = 6000
_MOST_COLUMNS = 40
_SIMPLIFIED_FROM = 12
_CACHE_BYTES = 64 << 20
_WAIT_S = 10.0
_WRITTEN = frozenset({"date", "datetime"})
_BOUNDS = ("_west", "_south", "_east", "_north")

Floats = NDArray[np.float64]


@dataclass(frozen=True, order=True)
class Tile:
    """A tile of WebMercatorQuad.

    Attributes:
        level: Tile matrix, from 0 (the whole world).
        row: From the north.
        column: From the west.
    """

    level: int
    row: int
    column: int

    def __post_init__(self) -> None:
        if not 0 <= self.level <= FINEST_LEVEL:
            raise InvalidQuery(
                f"there is no tile matrix {self.level}", hint=f"ask for 0 to {FINEST_LEVEL}"
            )
        if not (0 <= self.row < self.count and 0 <= self.column < self.count):
            raise InvalidQuery(
                f"matrix {self.level} has no tile in row {self.row}, column {self.column}",
                hint=f"rows and columns run from 0 to {self.count - 1}",
            )

    @property
    def count(self) -> int:
        """How many tiles lie side by side at this level."""
        return 1 << self.level

    @property
    def side_m(self) -> float:
        """Side of the tile in metres of the projection."""
        return 2 * HALF_M / self.count

    def square(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in metres of Web Mercator (EPSG:3857)."""
        west = -HALF_M + self.column * self.side_m
        north = HALF_M - self.row * self.side_m
        return west, north - self.side_m, west + self.side_m, north

    def reach(self) -> Extent:
        """Return west, south, east, north in degrees of the tile and the margin around it."""
        margin = self.side_m * _BUFFER / _EXTENT
        west, south, east, north = self.square()
        lon = [math.degrees(x / RADIUS_M) for x in (west - margin, east + margin)]
        lat = [
            math.degrees(math.atan(math.sinh(y / RADIUS_M)))
            for y in (south - margin, north + margin)
        ]
        return max(lon[0], -180.0), lat[0], min(lon[1], 180.0), lat[1]


class Tiles:
    """Cuts tiles and keeps the last ones."""

    def __init__(self, lake: Lake, reader: Reader, windows: Windows) -> None:
        self._lake = lake
        self._reader = reader
        self._windows = windows
        self._kept: OrderedDict[tuple[str, int, str, Tile], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def tile(self, dataset: Dataset, tile: Tile) -> bytes:
        """Return a tile with one layer, called by the dataset's id; no bytes if it is empty.

        A feature has the row's number as its id and the first 40 columns as attributes.
        """
        key = (dataset.id, dataset.snapshot, dataset.edition, tile)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = self._cut(dataset, tile)
        with self._lock:
            self._kept[key] = made
            while sum(map(len, self._kept.values())) > _CACHE_BYTES:
                self._kept.popitem(last=False)
        return made

    def _cut(self, dataset: Dataset, tile: Tile) -> bytes:
        columns = [column.name for column in dataset.columns][:_MOST_COLUMNS]
        rows = self._rows(dataset, tile, [*columns, "_row", "_geometry"])
        shapes = drawn(shapely.from_wkb(rows.column("_geometry").to_numpy()), tile)
        seen = ~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
        if not seen.any():
            return b""
        drawing = pa.array(shapely.to_wkb(shapes[seen]), pa.binary())
        rows = rows.filter(pa.array(seen))
        rows = rows.set_column(rows.schema.get_field_index("_geometry"), "_geometry", drawing)
        return self._encode(dataset, rows, columns)

    def _rows(self, dataset: Dataset, tile: Tile, columns: Sequence[str]) -> pa.Table:
        most = _MOST_POINTS if dataset.geometry_type == "point" else _MOST_SHAPES
        window = self._windows.of(dataset, wait_s=_WAIT_S)
        if window is not None:
            positions, bounds = window.within(tile.reach())
            return window.rows(positions[thinned(bounds, tile, most)], columns)
        rows = self._reader.table(dataset, Page([*columns, *_BOUNDS], tile.reach()))
        bounds = np.stack([rows.column(name).to_numpy() for name in _BOUNDS])
        return rows.select(list(columns)).take(pa.array(thinned(bounds, tile, most)))

    def _encode(self, dataset: Dataset, rows: pa.Table, columns: Sequence[str]) -> bytes:
        self._lake.load("spatial")
        kinds = {column.name: column.type for column in dataset.columns}
        attributes = "".join(
            f", {quoted(name)}{'::VARCHAR' if kinds[name] in _WRITTEN else ''} AS {quoted(name)}"
            for name in columns
        )
        query = (
            "SELECT ST_AsMVT(feature, ?, ?, '_geometry', '_row') FROM (SELECT "  # noqa: S608 - quoted names
            f"ST_GeomFromWKB(_geometry) AS _geometry, _row{attributes} FROM tile_rows) feature"
        )
        with self._lake.cursor() as cursor:
            cursor.register("tile_rows", rows)
            found = cursor.execute(query, [dataset.id, _EXTENT]).fetchone()
        return bytes(found[0]) if found else b""


def thinned(bounds: Floats, tile: Tile, most: int) -> NDArray[np.int64]:
    """Return which of many rows a tile shows, in their order.

    Rows larger than a pixel come first, the largest if there are too many; of the others one for
    each square of as few pixels as will do.

    Args:
        bounds: Shape (4, rows): west, south, east, north in degrees.
        tile: Where.
        most: At most so many.
    """
    count = bounds.shape[1]
    if count <= most:
        return np.arange(count)
    left, top, pixel_m = tile.square()[0], tile.square()[3], tile.side_m / _PIXELS
    x = (RADIUS_M * np.radians(bounds[::2]) - left) / pixel_m
    y = (top - _northing(bounds[1::2])) / pixel_m
    size = np.maximum(x[1] - x[0], y[0] - y[1])
    large = np.flatnonzero(size > 1)
    if large.size >= most:
        return np.sort(large[np.argsort(-size[large], kind="stable")[:most]])
    small = np.flatnonzero(size <= 1)
    column, row = x.mean(axis=0)[small], y.mean(axis=0)[small]
    side = 1.0
    while True:
        squares = np.floor(column / side) * _EXTENT * 4 + np.floor(row / side)
        first = np.unique(squares, return_index=True)[1]
        if first.size + large.size <= most:
            return np.sort(np.concatenate([large, small[first]]))
        side *= 2


def drawn(shapes: NDArray[np.object_], tile: Tile) -> NDArray[np.object_]:
    """Return shapes in whole units of a tile: x to the east, y to the south, 4096 each way.

    What reaches beyond the tile's margin is cut off, what is finer than half a pixel left out; an
    area smaller than a pixel is drawn as one. Exterior rings have a positive area, as Mapbox Vector
    Tile 2, 4.3.3.3 has it. Shapes that lie beyond are empty.
    """
    west, _, _, north = tile.square()
    scale = _EXTENT / tile.side_m
    shapes = shapely.transform(shapes, lambda places: _in_units(places, west, north, scale))
    many = shapely.get_num_coordinates(shapes) >= _SIMPLIFIED_FROM
    shapes[many] = shapely.simplify(shapes[many], _PIXEL / 2)
    shapes = shapely.transform(shapes, np.rint)
    shapes = _as_pixels(shapes)
    beyond = (shapely.bounds(shapes) * [-1, -1, 1, 1] > [_BUFFER, _BUFFER, *_FAR]).any(axis=1)
    shapes[beyond] = shapely.transform(shapely.clip_by_rect(shapes[beyond], *_MARGIN), np.rint)
    return _in_order(shapes)


def _in_units(places: Floats, west: float, north: float, scale: float) -> Floats:
    x = RADIUS_M * np.radians(places[:, 0])
    return np.column_stack([(x - west) * scale, (north - _northing(places[:, 1])) * scale])


def _as_pixels(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return `shapes` with each area below one pixel as the square of that pixel."""
    west, south, east, north = shapely.bounds(shapes).T
    # NaN, the bounds of nothing, is less than nothing.
    tiny = np.fmax(east - west, north - south) < _PIXEL
    tiny &= shapely.get_dimensions(shapes) == _AREA
    x, y = np.rint((west + east)[tiny] / 2), np.rint((south + north)[tiny] / 2)
    shapes[tiny] = shapely.box(x - _PIXEL / 2, y - _PIXEL / 2, x + _PIXEL / 2, y + _PIXEL / 2)
    return shapes


def _in_order(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    areas = shapely.get_dimensions(shapes) == _AREA
    # Rounding may make rings touch or cross themselves.
    crossed = areas & ~shapely.is_valid(shapes)
    mended = shapely.set_precision(shapely.make_valid(shapes[crossed]), 1.0)
    mended[shapely.get_dimensions(mended) != _AREA] = None
    shapes[crossed] = mended
    shapes[areas] = shapely.orient_polygons(shapes[areas], exterior_cw=False)
    return shapes


def _northing(lat: Floats) -> Floats:
    # The square ends at 85.06°: what lies beyond is drawn at its edge.
    limit = math.degrees(math.atan(math.sinh(math.pi)))
    return RADIUS_M * np.arcsinh(np.tan(np.radians(np.clip(lat, -limit, limit))))
