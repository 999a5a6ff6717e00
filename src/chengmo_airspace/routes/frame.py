"""The frame of a space: cells of one size in a plane true to scale, in layers above the ground."""

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest, Plane

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_CELLS = 1 << 28
_WIDEST_M = 200_000.0
_WIDEST_DEGREES, _MOST_LAT = 10.0, 85.0


class Spot(NamedTuple):
    """A place at a height above the ground (AGL, 真高): degrees (WGS 84) and metres."""

    lon: float
    lat: float
    above_ground_m: float


@dataclass(frozen=True)
class Frame:
    """Where the cells of a space lie.

    Cells are boxes on a transverse Mercator plane, in layers that follow the ground: the third
    number counts from the ground, whatever its height. A line that is straight here follows the
    ground too.

    Attributes:
        plane: The plane.
        west_m: Western edge of the first cells, metres east of the plane's middle.
        south_m: Southern edge of the first cells, metres north of the plane's middle.
        floor_m: Lower edge of the first cells, metres above the ground.
        sizes_m: Of a cell: east, north, up.
        shape: Cells east, north and up.
    """

    plane: Plane
    west_m: float
    south_m: float
    floor_m: float
    sizes_m: tuple[float, float, float]
    shape: tuple[int, int, int]

    def __post_init__(self) -> None:
        """Refuse what has no cells, or too many."""
        widest = max(self.sizes_m[0] * self.shape[0], self.sizes_m[1] * self.shape[1])
        if min(self.shape) < 1 or not min(self.sizes_m) > 0 or widest > _WIDEST_M:
            raise InvalidRequest(
                f"a space of {self.shape} cells of {self.sizes_m} m",
                hint=f"one cell or more each way, at most {_WIDEST_M / 1000:.0f} km wide",
            )
        if np.prod([size + 2.0 for size in self.shape]) > MOST_CELLS:
            raise InvalidRequest(
                f"a space of {self.shape} cells", hint=f"at most {MOST_CELLS}: take larger cells"
            )

    @classmethod
    def over(
        cls,
        box: tuple[float, float, float, float],
        *,
        cell_m: tuple[float, float, float] = (50.0, 50.0, 10.0),
        band_m: tuple[float, float] = (0.0, 300.0),
    ) -> Self:
        """Return the frame over a box.

        Args:
            box: Degrees west, south, east, north (WGS 84).
            cell_m: Sizes of a cell: east, north, up.
            band_m: Metres above the ground: the floor of the lowest layer, and what the highest
                one shall reach.

        Raises:
            InvalidRequest: If that makes no cells, or too many.

        Example:
            >>> Frame.over((114.2, 30.5, 114.3, 30.6)).shape
            (192, 222, 30)
        """
        west, south, east, north = box
        if not (west < east <= west + _WIDEST_DEGREES and -_MOST_LAT <= south < north <= _MOST_LAT):
            raise InvalidRequest(f"the box {box}", hint="degrees west, south, east, north")
        plane = Plane((west + east) / 2, (south + north) / 2)
        edge = np.array([[west, south], [west, north], [east, south], [east, north]])
        edge = np.vstack([edge, [[plane.lon, south], [plane.lon, north]]])
        metres = plane.to_metres(edge)
        low, high = metres.min(axis=0), metres.max(axis=0)
        spans = (high[0] - low[0], high[1] - low[1], band_m[1] - band_m[0])
        east_n, north_n, up_n = (
            ceil(span / size - 1e-9) for span, size in zip(spans, cell_m, strict=True)
        )
        return cls(plane, float(low[0]), float(low[1]), band_m[0], cell_m, (east_n, north_n, up_n))

    def cells_of(self, spots: ArrayLike) -> Integers:
        """Return (n, 3) cells that hold (n, 3) spots: longitude, latitude, metres above ground.

        Raises:
            InvalidRequest: If one is not within the frame; names the first.
        """
        rows = np.atleast_2d(np.asarray(spots, np.float64))
        metres = np.column_stack([self.plane.to_metres(rows[:, :2]), rows[:, 2]])
        with np.errstate(invalid="ignore"):
            share = (metres - self._corner) / self.sizes_m
        within = np.isfinite(share) & (share >= 0) & (share < self.shape)
        if not within.all():
            which = int(np.flatnonzero(~within.all(axis=1))[0])
            top = self.floor_m + self.sizes_m[2] * self.shape[2]
            raise InvalidRequest(
                f"{rows[which].tolist()} is not within the space",
                hint=f"longitude, latitude, metres above ground from {self.floor_m} to {top}",
            )
        return share.astype(np.int64)

    def spots_of(self, cells: ArrayLike) -> Floats:
        """Return (n, 3) the middles of cells: longitude, latitude, metres above ground."""
        metres = self.metres_of(cells)
        return np.column_stack([self.plane.to_places(metres[:, :2]), metres[:, 2]])

    def metres_of(self, cells: ArrayLike) -> Floats:
        """Return (n, 3) the middles of cells: metres east, north, above ground."""
        rows = np.atleast_2d(np.asarray(cells, np.float64))
        return (rows + 0.5) * self.sizes_m + self._corner

    def layer_bounds(self) -> Floats:
        """Return the (up + 1) edges of the layers, metres above the ground."""
        count = np.arange(self.shape[2] + 1, dtype=np.float64)
        return np.asarray(self.floor_m + count * self.sizes_m[2], np.float64)

    def middles(self) -> tuple[Floats, Floats]:
        """Return the metres east of the columns (n) and the metres north of the rows (m)."""
        columns, rows = (np.arange(count) + 0.5 for count in self.shape[:2])
        east = self.west_m + columns * self.sizes_m[0]
        north = self.south_m + rows * self.sizes_m[1]
        return np.asarray(east, np.float64), np.asarray(north, np.float64)

    def touched_by(self, area: shapely.Geometry) -> NDArray[np.bool_]:
        """Return (east, north) which columns an area may touch.

        None that it touches is left out; some within half a diagonal of a cell are too many.

        Args:
            area: Degrees (WGS 84), longitude first.
        """
        corners = self.plane.to_metres(shapely.get_coordinates(area))
        reach = float(np.hypot(self.sizes_m[0], self.sizes_m[1])) / 2
        # Chords of the buffer's corners lie inside them: 1 % more makes up for it.
        wide = shapely.buffer(
            shapely.set_coordinates(shapely.force_2d(area), corners), 1.01 * reach
        )
        east, north = self.middles()
        touched = np.zeros(self.shape[:2], np.bool_)
        if wide.is_empty:
            return touched
        x0, y0, x1, y1 = wide.bounds
        columns = slice(*np.searchsorted(east, [x0, x1]))
        rows = slice(*np.searchsorted(north, [y0, y1]))
        x, y = np.meshgrid(east[columns], north[rows], indexing="ij")
        shapely.prepare(wide)
        touched[columns, rows] = shapely.contains_xy(wide, x, y)
        return touched

    @property
    def _corner(self) -> Floats:
        return np.array([self.west_m, self.south_m, self.floor_m])
